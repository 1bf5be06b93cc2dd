use crate::foundation::diagnostic::Severity;
use crate::rule;
use crate::rules::iam::{asks, lacking};
use crate::rules::{Findings, Scope};

rule! {
    /// The role may not describe the OpenSearch domain, or index documents in it.
    ///
    /// ## Why
    /// The stream is refused, or all documents go to the bucket. The describing actions are on the domain's ARN, the
    /// `es:ESHttp` ones on the paths below it (`/*`). The older `es:DescribeElasticsearchDomain` actions do as well.
    /// `es:ESHttpGet` alone is a warning.
    ///
    /// ## Fires on
    /// ```yaml
    /// Resources:
    ///   Data:
    ///     Type: AWS::S3::Bucket
    ///   Search:
    ///     Type: AWS::OpenSearchService::Domain
    ///     Properties: {EngineVersion: OpenSearch_2.11}
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
    ///               - {Effect: Allow, Action: "es:*", Resource: !GetAtt Search.Arn}
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       AmazonopensearchserviceDestinationConfiguration:
    ///         DomainARN: !GetAtt Search.Arn
    ///         IndexName: events
    ///         RoleARN: !GetAtt Role.Arn
    ///         S3Configuration:
    ///           RoleARN: !GetAtt Role.Arn
    ///           BucketARN: !GetAtt Data.Arn
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// Resources:
    ///   Data:
    ///     Type: AWS::S3::Bucket
    ///   Search:
    ///     Type: AWS::OpenSearchService::Domain
    ///     Properties: {EngineVersion: OpenSearch_2.11}
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
    ///               - {Effect: Allow, Action: ["es:DescribeDomain*", "es:ESHttp*"], Resource: [!GetAtt Search.Arn, !Sub "${Search.Arn}/*"]}
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       AmazonopensearchserviceDestinationConfiguration:
    ///         DomainARN: !GetAtt Search.Arn
    ///         IndexName: events
    ///         RoleARN: !GetAtt Role.Arn
    ///         S3Configuration:
    ///           RoleARN: !GetAtt Role.Arn
    ///           BucketARN: !GetAtt Data.Arn
    /// ```
    ///
    /// ## References
    /// Firehose developer guide, "Grant Firehose access to a public OpenSearch Service destination".
    "FH710", "role-without-opensearch-write", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    lacking::report_with(
        scope,
        asks::opensearch(scope),
        findings,
        |missing| missing,
        |_, missing, finding| match missing.iter().any(|missing| missing.severity() == Severity::Error) {
            true => finding.service("Verify that the IAM role has access to the Elasticsearch domain."),
            false => finding,
        },
    );
}
