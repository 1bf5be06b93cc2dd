use crate::rule;
use crate::rules::iam::{asks, lacking};
use crate::rules::{Findings, Scope};

rule! {
    /// The role of the source may not read the Kinesis stream.
    ///
    /// ## Why
    /// The stream is refused when it is made, or reads nothing. `kinesis:ListShards` alone is a warning. Where the source is
    /// encrypted with a key of yours the role needs `kms:Decrypt` on it too.
    ///
    /// ## Fires on
    /// ```yaml
    /// Resources:
    ///   Data:
    ///     Type: AWS::S3::Bucket
    ///   Source:
    ///     Type: AWS::Kinesis::Stream
    ///     Properties: {ShardCount: 1}
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
    ///       DeliveryStreamType: KinesisStreamAsSource
    ///       KinesisStreamSourceConfiguration:
    ///         KinesisStreamARN: !GetAtt Source.Arn
    ///         RoleARN: !GetAtt Role.Arn
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: !GetAtt Role.Arn
    ///         BucketARN: !GetAtt Data.Arn
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// Resources:
    ///   Data:
    ///     Type: AWS::S3::Bucket
    ///   Source:
    ///     Type: AWS::Kinesis::Stream
    ///     Properties: {ShardCount: 1}
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
    ///               - Effect: Allow
    ///                 Action: ["kinesis:DescribeStream", "kinesis:GetShardIterator", "kinesis:GetRecords", "kinesis:ListShards"]
    ///                 Resource: !GetAtt Source.Arn
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       DeliveryStreamType: KinesisStreamAsSource
    ///       KinesisStreamSourceConfiguration:
    ///         KinesisStreamARN: !GetAtt Source.Arn
    ///         RoleARN: !GetAtt Role.Arn
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: !GetAtt Role.Arn
    ///         BucketARN: !GetAtt Data.Arn
    /// ```
    ///
    /// ## References
    /// Firehose developer guide, "Grant Firehose access to an Amazon S3 destination"; the aws-cdk issue 5221.
    "FH707", "role-without-kinesis-read", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    lacking::report_with(
        scope,
        asks::kinesis(scope),
        findings,
        |missing| missing,
        |_, missing, finding| match missing
            .iter()
            .any(|missing| missing.permission.action == "kinesis:DescribeStream")
        {
            true => finding.service("not authorized to perform: kinesis:DescribeStream"),
            false => finding,
        },
    );
}
