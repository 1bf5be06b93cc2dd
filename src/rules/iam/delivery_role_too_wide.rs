use std::collections::BTreeSet;

use crate::rule;
use crate::rules::iam::policies::{Elements, Grants, Origin, Statement};
use crate::rules::iam::{asks, role};
use crate::rules::{Finding, Findings, Place, Scope};

rule! {
    /// A role that the stream uses is allowed far more than a stream needs.
    ///
    /// ## Why
    /// `Action: "*"`, a whole service on `*`, `AdministratorAccess` or a `…FullAccess` policy: whoever can make a stream with
    /// the role, or trick Firehose into using it, has all of it.
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
    ///       ManagedPolicyArns: [arn:aws:iam::aws:policy/AmazonS3FullAccess]
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
    /// IAM user guide, "Apply least-privilege permissions".
    "FH715", "delivery-role-too-wide", Warning, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let mut seen = BTreeSet::new();
    for used in asks::roles(scope) {
        let Some(found) = role::find(scope.view, used.node).filter(|role| seen.insert(&role.logical_id))
        else {
            continue;
        };
        let grants = Grants::of(scope.view, found);
        let called = role::called(found);
        let mut add = |place: &Place<'_>, what: String| {
            findings.add(
                Finding::at(place, format!("{called} is allowed {what}"))
                    .help(
                        "allow the actions that the stream needs, on its own bucket, function and log group",
                    )
                    .related(used.node.span, "the role is used here"),
            );
        };
        for (place, policy) in &grants.managed {
            let is_full = policy.name.ends_with("FullAccess") || policy.name.ends_with("FullAccessV2");
            // That one of Firehose is of no use here is FH716's to tell.
            if (is_full && !policy.is_only("firehose"))
                || ["AdministratorAccess", "PowerUserAccess"].contains(&policy.name)
            {
                add(place, format!("all of `{}`", policy.name));
            }
        }
        for statement in grants.statements.iter().filter(|statement| is_of(&grants, statement)) {
            if let Some((place, what)) = too_wide(statement) {
                add(&place, what);
            }
        }
    }
}

/// Whether a statement is certainly the role's.
fn is_of(grants: &Grants<'_>, statement: &Statement<'_>) -> bool {
    match statement.origin {
        Origin::Role => true,
        Origin::Separate(policy) => grants.separate.iter().any(|known| std::ptr::eq(*known, policy)),
    }
}

fn too_wide<'a>(statement: &Statement<'a>) -> Option<(Place<'a>, String)> {
    let Elements::Only(actions) = &statement.actions else { return None };
    if statement.place.get("Condition").is_some() {
        return None;
    }
    let is_star = |place: &Place<'_>| place.known().as_deref() == Some("*");
    let on_all = matches!(&statement.resources, Elements::Only(items) if items.iter().any(is_star));
    actions.iter().find_map(|action| {
        let text = action.known()?;
        match text.split_once(':') {
            None if text == "*" => Some((action.clone(), "every action".to_owned())),
            Some(("*", "*")) => Some((action.clone(), "every action".to_owned())),
            // Of Firehose's own actions FH716 speaks.
            Some((service, "*")) if on_all && !service.eq_ignore_ascii_case("firehose") => {
                Some((action.clone(), format!("every action of `{service}` on every resource")))
            }
            _ => None,
        }
    })
}
