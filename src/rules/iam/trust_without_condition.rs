use std::collections::BTreeSet;

use crate::rule;
use crate::rules::iam::trust::{self, Trust};
use crate::rules::iam::written::is_json;
use crate::rules::iam::{asks, role};
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// The trust policy of a role that the stream uses has no condition on the account or stream.
    ///
    /// ## Why
    /// Without `sts:ExternalId`, `aws:SourceAccount` or `aws:SourceArn` Firehose can be made to use the role for a stream of
    /// somebody else (the confused deputy).
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
    /// Firehose developer guide, "Allow Firehose to assume an IAM role"; IAM user guide, "The confused deputy problem".
    "FH702", "trust-without-condition", Warning, since "0.1.0", Stream(check)
}

/// Condition keys that name the account, organization or stream on whose behalf the service acts.
const KEYS: [&str; 5] =
    ["sts:externalid", "aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths"];

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let mut seen = BTreeSet::new();
    for used in asks::roles(scope) {
        let Some(found) = role::find(scope.view, used.node).filter(|role| seen.insert(&role.logical_id))
        else {
            continue;
        };
        let Trust::Given { statement, principal } = trust::of(scope.view, found, "firehose") else {
            continue;
        };
        let Some(keys) = trust::condition_keys(&statement) else { continue };
        if keys.iter().any(|key| KEYS.contains(&key.as_str())) {
            continue;
        }
        let message = format!("{} can be assumed by Firehose for any account", role::called(found));
        let condition = match is_json(scope.template()) {
            true => r#""Condition": {"StringEquals": {"sts:ExternalId": {"Ref": "AWS::AccountId"}}}"#,
            false => r#"Condition: {StringEquals: {"sts:ExternalId": !Ref AWS::AccountId}}"#,
        };
        findings.add(
            Finding::at(&principal, message)
                .help(format!("add `{condition}` to the statement"))
                .related(used.node.span, "the role is used here"),
        );
    }
}
