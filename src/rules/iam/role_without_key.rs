use crate::rule;
use crate::rules::iam::{asks, lacking};
use crate::rules::{Findings, Scope};

rule! {
    /// Objects are encrypted with a customer's key that the role may not use.
    ///
    /// ## Why
    /// Each delivery fails with `S3.AccessDenied` or `KMS.AccessDenied`. The key is the one of `KMSEncryptionConfig`, or else
    /// the bucket's own default. `kms:Decrypt` alone is a warning: it is needed for multipart uploads. Keys that AWS
    /// manages (`alias/aws/s3`) need no grant.
    ///
    /// ## Fires on
    /// ```yaml
    /// Resources:
    ///   Key:
    ///     Type: AWS::KMS::Key
    ///   Data:
    ///     Type: AWS::S3::Bucket
    ///     Properties:
    ///       BucketEncryption:
    ///         ServerSideEncryptionConfiguration:
    ///           - ServerSideEncryptionByDefault: {SSEAlgorithm: "aws:kms", KMSMasterKeyID: !GetAtt Key.Arn}
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
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// Resources:
    ///   Key:
    ///     Type: AWS::KMS::Key
    ///   Data:
    ///     Type: AWS::S3::Bucket
    ///     Properties:
    ///       BucketEncryption:
    ///         ServerSideEncryptionConfiguration:
    ///           - ServerSideEncryptionByDefault: {SSEAlgorithm: "aws:kms", KMSMasterKeyID: !GetAtt Key.Arn}
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
    ///               - {Effect: Allow, Action: ["kms:Decrypt", "kms:GenerateDataKey"], Resource: !GetAtt Key.Arn}
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: !GetAtt Role.Arn
    ///         BucketARN: !GetAtt Data.Arn
    /// ```
    ///
    /// ## References
    /// Firehose developer guide, "Grant Firehose access to an Amazon S3 destination".
    "FH708", "role-without-key", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    lacking::report_with(
        scope,
        asks::s3_keys(scope),
        findings,
        |missing| missing,
        |ask, _, finding| finding.related(ask.at.node.span, "objects are encrypted with this key"),
    );
}
