use std::collections::BTreeSet;

use crate::foundation::diagnostic::Fix;
use crate::rule;
use crate::rules::iam::trust::{self, Trust};
use crate::rules::iam::{asks, role};
use crate::rules::{Finding, Findings, Place, Scope};

rule! {
    /// The trust policy of a role that the stream uses does not let Firehose assume it.
    ///
    /// ## Why
    /// The stream is refused, or delivers nothing: whatever the role is allowed, Firehose can't become it. The usual cause
    /// is the principal of another service, such as `lambda.amazonaws.com` or `kinesis.amazonaws.com`.
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
    ///             Principal: {Service: lambda.amazonaws.com}
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
    /// Firehose developer guide, "Allow Firehose to assume an IAM role".
    "FH701", "role-not-for-firehose", Error, since "0.1.0", Stream(check)
}

const SERVICE: &str = "Firehose is unable to assume role … Please check the role provided.";
const PRINCIPAL: &str = "firehose.amazonaws.com";

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let mut seen = BTreeSet::new();
    for used in asks::roles(scope) {
        if let Some(function) = role::generated_for(scope.view, used.node) {
            generated(scope, &used, &function.logical_id, findings);
            continue;
        }
        let Some(found) = role::find(scope.view, used.node).filter(|role| seen.insert(&role.logical_id))
        else {
            continue;
        };
        let Trust::Refused { document, services, other_action } = trust::of(scope.view, found, "firehose")
        else {
            continue;
        };
        let called = role::called(found);
        let finding = match (other_action, services.first()) {
            (Some(action), _) => {
                Finding::at(&action, format!("{called} is not for `sts:AssumeRole` by Firehose"))
                    .help("allow the action `sts:AssumeRole`")
            }
            (None, Some(service)) => {
                let others: Vec<_> = services.iter().filter_map(|service| service.known()).collect();
                let others: Vec<&str> = others.iter().map(|text| &**text).collect();
                let message = match others.as_slice() {
                    [] => format!("{called} can't be assumed by Firehose"),
                    others => format!(
                        "{called} can be assumed by {}, not by Firehose",
                        super::written::listed(others)
                    ),
                };
                let finding =
                    Finding::at(service, message).help(format!("let the service `{PRINCIPAL}` assume it"));
                match misspelt(scope, service) {
                    Some(fix) => finding.fix(fix),
                    None => finding,
                }
            }
            (None, None) => Finding::key(&document, format!("{called} can't be assumed by Firehose"))
                .help(format!("add a statement that allows `sts:AssumeRole` to the service `{PRINCIPAL}`")),
        };
        findings.add(finding.service(SERVICE).related(used.node.span, "the role is used here"));
    }
}

/// A principal that means Firehose: the only case in which nothing else can depend on the wrong word.
fn misspelt(scope: &Scope<'_>, service: &Place<'_>) -> Option<Fix> {
    let source = &scope.template().source;
    let name = service.known()?;
    let span = service.text()?.span_of(&source.text, 0..name.len())?;
    let is_meant = source.slice(span) == name && name.to_lowercase().contains("firehose");
    is_meant.then(|| Fix::replace(span, PRINCIPAL))
}

/// The role that the SAM transform makes for a function is for Lambda, unless the function says otherwise.
fn generated(scope: &Scope<'_>, used: &Place<'_>, function: &str, findings: &mut Findings<'_>) {
    let Some(resource) = scope.template().resource(function) else { return };
    let Some(properties) = scope.view.properties(resource) else { return };
    let is_plain = properties.node.as_map().is_some()
        && properties.get("AssumeRolePolicyDocument").is_none()
        && scope.template().section("Globals").is_none_or(|globals| {
            globals.get("Function").is_none_or(|all| all.get("AssumeRolePolicyDocument").is_none())
        });
    if is_plain {
        let message =
            format!("the role that SAM makes for function `{function}` can be assumed by Lambda only");
        findings.add(
            Finding::at(used, message)
                .service(SERVICE)
                .help(format!("give the stream a role of its own, which `{PRINCIPAL}` may assume"))
                .related(resource.id_span, "the function that the role is made for"),
        );
    }
}
