use std::collections::BTreeSet;

use crate::rule;
use crate::rules::iam::policies::{Elements, Grants, Statement, pattern};
use crate::rules::iam::{actions, asks, role};
use crate::rules::{Finding, Findings, Place, Scope};

rule! {
    /// The only thing that the stream's role is allowed is calling Firehose.
    ///
    /// ## Why
    /// `AmazonKinesisFirehoseFullAccess` and `firehose:*` are for those who make streams and put records. The role of a stream
    /// needs the actions of its destination: without them nothing is delivered.
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
    ///       ManagedPolicyArns: [arn:aws:iam::aws:policy/AmazonKinesisFirehoseFullAccess]
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
    /// Firehose developer guide, "Controlling access with Amazon Data Firehose"; the policy as AWS publishes it.
    "FH716", "firehose-actions-on-delivery-role", Warning, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let mut seen = BTreeSet::new();
    for used in asks::roles(scope) {
        let Some(found) = role::find(scope.view, used.node).filter(|role| seen.insert(&role.logical_id))
        else {
            continue;
        };
        let grants = Grants::of(scope.view, found);
        let Some((place, what)) = only_firehose(&grants) else { continue };
        let message =
            format!("{what} allows {} to call Firehose, not to write to a destination", role::called(found));
        findings.add(
            Finding::at(&place, message)
                .help("allow the actions of the destination instead")
                .related(used.node.span, "the role is used here"),
        );
    }
}

/// Where all that is granted is of Firehose: the first grant, and its name.
fn only_firehose<'a>(grants: &Grants<'a>) -> Option<(Place<'a>, String)> {
    let of_firehose = |statement: &Statement<'_>| match &statement.actions {
        Elements::Only(items) => {
            items.iter().all(|item| actions::service(&pattern(item.node)) == Some("firehose"))
        }
        _ => false,
    };
    if grants.open
        || !grants.managed.iter().all(|(_, policy)| policy.is_only("firehose"))
        || !grants.statements.iter().all(of_firehose)
    {
        return None;
    }
    if let Some((place, policy)) = grants.managed.first() {
        return Some((place.clone(), format!("`{}`", policy.name)));
    }
    let statement = grants.statements.first()?;
    let place = statement.place.get("Action")?;
    let text = place.known().map_or("this statement".to_owned(), |text| format!("`{text}`"));
    Some((place, text))
}
