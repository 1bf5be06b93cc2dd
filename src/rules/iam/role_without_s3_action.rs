use crate::rule;
use crate::rules::iam::lacking::Missing;
use crate::rules::iam::{asks, lacking};
use crate::rules::{Findings, Scope};

rule! {
    /// The role may write objects, but lacks another of the six S3 actions, or has it on the wrong ARN.
    ///
    /// ## Why
    /// Large deliveries are multipart uploads: they need the actions on uploads. Actions on the bucket need the bucket's ARN,
    /// actions on objects the ARN with `/*`; both are needed.
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
    ///               - {Effect: Allow, Action: "s3:*", Resource: !Sub "${Data.Arn}/*"}
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
    ///               - {Effect: Allow, Action: "s3:*", Resource: [!GetAtt Data.Arn, !Sub "${Data.Arn}/*"]}
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
    "FH704", "role-without-s3-action", Warning, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    lacking::report_with(scope, asks::s3(scope), findings, besides_writing, |_, _, finding| finding);
}

/// Where the role can't write at all, FH703 speaks. That an action on objects leaves out the error prefix is told by
/// FH703 as well, once.
fn besides_writing(mut missing: Vec<Missing<'_>>) -> Vec<Missing<'_>> {
    let is_write = |missing: &Missing<'_>| missing.permission.action == "s3:PutObject";
    if missing.iter().any(|missing| is_write(missing) && !missing.partly) {
        return Vec::new();
    }
    let only_error_prefix = missing.iter().any(is_write);
    missing.retain(|missing| !(is_write(missing) || only_error_prefix && missing.partly));
    missing
}
