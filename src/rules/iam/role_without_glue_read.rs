use crate::foundation::diagnostic::Severity;
use crate::rule;
use crate::rules::iam::{asks, lacking};
use crate::rules::{Findings, Scope};

rule! {
    /// The role of record format conversion may not read the Glue table.
    ///
    /// ## Why
    /// The stream is refused, as Firehose reads the table when it makes one. Glue checks the catalog, the database and the
    /// table: where one of them is left out it is a warning, as are `glue:GetTable` and `glue:GetTableVersion`. Under Lake
    /// Formation the role also needs its grants, which IAM can't give.
    ///
    /// ## Fires on
    /// ```yaml
    /// Resources:
    ///   Data:
    ///     Type: AWS::S3::Bucket
    ///   Role:
    ///     Type: AWS::IAM::Role
    ///     Properties:
    ///       AssumeRolePolicyDocument:
    ///         Statement:
    ///           - Effect: Allow
    ///             Principal: {Service: firehose.amazonaws.com}
    ///             Action: sts:AssumeRole
    ///             Condition: {StringEquals: {"sts:ExternalId": !Ref AWS::AccountId}}
    ///       Policies:
    ///         - PolicyName: delivery
    ///           PolicyDocument:
    ///             Statement:
    ///               - {Effect: Allow, Action: ["s3:*Object", "s3:*Upload*", "s3:GetBucketLocation", "s3:ListBucket*"], Resource: !Sub "${Data.Arn}*"}
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: !GetAtt Role.Arn
    ///         BucketARN: !GetAtt Data.Arn
    ///         BufferingHints: {SizeInMBs: 128, IntervalInSeconds: 300}
    ///         DataFormatConversionConfiguration:
    ///           InputFormatConfiguration: {Deserializer: {OpenXJsonSerDe: {}}}
    ///           OutputFormatConfiguration: {Serializer: {ParquetSerDe: {}}}
    ///           SchemaConfiguration:
    ///             RoleARN: !GetAtt Role.Arn
    ///             DatabaseName: analytics
    ///             TableName: events
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// Resources:
    ///   Data:
    ///     Type: AWS::S3::Bucket
    ///   Role:
    ///     Type: AWS::IAM::Role
    ///     Properties:
    ///       AssumeRolePolicyDocument:
    ///         Statement:
    ///           - Effect: Allow
    ///             Principal: {Service: firehose.amazonaws.com}
    ///             Action: sts:AssumeRole
    ///             Condition: {StringEquals: {"sts:ExternalId": !Ref AWS::AccountId}}
    ///       Policies:
    ///         - PolicyName: delivery
    ///           PolicyDocument:
    ///             Statement:
    ///               - {Effect: Allow, Action: ["s3:*Object", "s3:*Upload*", "s3:GetBucketLocation", "s3:ListBucket*"], Resource: !Sub "${Data.Arn}*"}
    ///               - {Effect: Allow, Action: ["glue:GetTable", "glue:GetTableVersion", "glue:GetTableVersions"], Resource: "*"}
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: !GetAtt Role.Arn
    ///         BucketARN: !GetAtt Data.Arn
    ///         BufferingHints: {SizeInMBs: 128, IntervalInSeconds: 300}
    ///         DataFormatConversionConfiguration:
    ///           InputFormatConfiguration: {Deserializer: {OpenXJsonSerDe: {}}}
    ///           OutputFormatConfiguration: {Serializer: {ParquetSerDe: {}}}
    ///           SchemaConfiguration:
    ///             RoleARN: !GetAtt Role.Arn
    ///             DatabaseName: analytics
    ///             TableName: events
    /// ```
    ///
    /// ## References
    /// Firehose developer guide, "Grant Firehose access to AWS Glue for data format conversion".
    "FH706", "role-without-glue-read", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    lacking::report_with(
        scope,
        asks::glue(scope),
        findings,
        |missing| missing,
        |_, missing, finding| {
            match missing.iter().any(|missing| missing.severity() == Severity::Error) {
            true => finding.service(
                "Access was denied when calling Glue. Please ensure that the role specified in the data format \
                 conversion configuration has the necessary permissions",
            ),
            false => finding,
        }
        },
    );
}
