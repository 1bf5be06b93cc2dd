use crate::rule;
use crate::rules::iam::lacking::Missing;
use crate::rules::iam::{asks, lacking};
use crate::rules::{Findings, Scope};

rule! {
    /// The role may not write the objects of a bucket that the stream delivers to.
    ///
    /// ## Why
    /// Each delivery fails with `S3.AccessDenied`, and the data is lost after 24 hours. Grants on the bucket's ARN alone, on
    /// another bucket or on another prefix do not count, nor does `AmazonKinesisFirehoseFullAccess`: that is for calling
    /// Firehose. A grant that leaves out `ErrorOutputPrefix` is a warning.
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
    ///               - {Effect: Allow, Action: "s3:PutObject", Resource: !GetAtt Data.Arn}
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
    /// ```
    ///
    /// ## References
    /// Firehose developer guide, "Grant Firehose access to an Amazon S3 destination".
    "FH703", "role-without-s3-write", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    lacking::report_with(scope, asks::s3(scope), findings, writing, |_, _, finding| finding);
}

fn writing(mut missing: Vec<Missing<'_>>) -> Vec<Missing<'_>> {
    missing.retain(|missing| missing.permission.action == "s3:PutObject");
    missing
}
