use std::collections::BTreeSet;

use crate::foundation::diagnostic::{Edit, Fix};
use crate::foundation::document::Value;
use crate::foundation::span::Span;
use crate::rule;
use crate::rules::iam::asks::{self, Ask};
use crate::rules::iam::depends::depends_on;
use crate::rules::iam::lacking;
use crate::rules::iam::policies::{Grants, Origin, Statement};
use crate::rules::iam::written::listed;
use crate::rules::{Finding, Findings, Scope};
use crate::template::Resource;

rule! {
    /// Permissions come from a separate policy, and the stream does not depend on it.
    ///
    /// ## Why
    /// CloudFormation may make the stream before the policy. What Firehose checks or uses at once (Kinesis, Glue,
    /// OpenSearch, a VPC) then fails now and then. A policy inside of the role, or in its `ManagedPolicyArns`, is always there
    /// before it. A reference to the policy anywhere in the stream, or in what the stream depends on, is enough.
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
    ///   Grants:
    ///     Type: AWS::IAM::Policy
    ///     Properties:
    ///       PolicyName: delivery
    ///       Roles: [!Ref Role]
    ///       PolicyDocument:
    ///         Statement:
    ///           - {Effect: Allow, Action: ["s3:*Object", "s3:*Upload*", "s3:GetBucketLocation", "s3:ListBucket*"], Resource: !Sub "${Data.Arn}*"}
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
    ///   Grants:
    ///     Type: AWS::IAM::Policy
    ///     Properties:
    ///       PolicyName: delivery
    ///       Roles: [!Ref Role]
    ///       PolicyDocument:
    ///         Statement:
    ///           - {Effect: Allow, Action: ["s3:*Object", "s3:*Upload*", "s3:GetBucketLocation", "s3:ListBucket*"], Resource: !Sub "${Data.Arn}*"}
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     DependsOn: Grants
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: !GetAtt Role.Arn
    ///         BucketARN: !GetAtt Data.Arn
    /// ```
    ///
    /// ## References
    /// CloudFormation user guide, `DependsOn` attribute; the aws-cdk issue 5221.
    "FH714", "policy-without-depends-on", Warning, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let template = scope.template();
    let mut seen = BTreeSet::new();
    let mut late = Vec::new();
    for ask in asks::all(scope) {
        let Some(grants) = lacking::known_grants(scope.view, &ask) else { continue };
        for policy in &grants.separate {
            let is_needed = || is_needed(scope, &grants, &ask, policy);
            if !depends_on(template, scope.stream, &policy.logical_id)
                && !seen.contains(&policy.logical_id)
                && is_needed()
            {
                seen.insert(policy.logical_id.clone());
                late.push(*policy);
            }
        }
    }
    late.sort_by_key(|policy| policy.id_span);
    let names: Vec<&str> = late.iter().map(|policy| &*policy.logical_id).collect();
    if names.is_empty() {
        return;
    }
    let noun = if names.len() == 1 { "policy" } else { "policies" };
    let message = format!("the stream does not wait for {noun} {}, which its role needs", listed(&names));
    let whole = scope.whole();
    let mut finding = match whole.get("DependsOn") {
        Some(place) => Finding::at(&place, message),
        None => Finding::key(&whole, message),
    };
    for policy in &late {
        finding = finding.related(policy.id_span, "may be made after the stream");
    }
    let circular = late.iter().any(|policy| depends_on(template, policy, &scope.stream.logical_id));
    finding = match (circular, repair(scope, &names)) {
        (true, _) => {
            finding.help("move the statements into `Policies` of the role; the policy refers to the stream")
        }
        (false, Some(fix)) => finding.help(help(&names)).fix(fix),
        (false, None) => finding.help(help(&names)),
    };
    findings.add(finding);
}

fn help(names: &[&str]) -> String {
    format!(
        "add {} to `DependsOn` of the stream, or move the statements into `Policies` of the role",
        listed(names)
    )
}

/// Whether something that is asked comes from this policy and not with the role.
fn is_needed<'a>(scope: &Scope<'a>, grants: &Grants<'a>, ask: &Ask<'a>, policy: &Resource) -> bool {
    let with_role = |statement: &Statement<'a>| matches!(statement.origin, Origin::Role);
    let or_this = |statement: &Statement<'a>| match statement.origin {
        Origin::Role => true,
        Origin::Separate(from) => std::ptr::eq(from, policy),
    };
    let without = lacking::missing(scope.view, grants, ask, with_role);
    let with = lacking::missing(scope.view, grants, ask, or_this);
    let count =
        |missing: &[lacking::Missing<'_>]| missing.iter().map(|missing| missing.on.len()).sum::<usize>();
    count(&with) < count(&without)
}

/// Adds the names to `DependsOn`, in the layout that is there.
fn repair(scope: &Scope<'_>, names: &[&str]) -> Option<Fix> {
    let text = &scope.template().source.text;
    let node = &scope.stream.node;
    let before = |at: usize| text.get(..at).map(|text| text.rsplit('\n').next().unwrap_or(""));
    let at = |start: u32, replacement: String| {
        Some(Fix { edits: vec![Edit { span: Span { start, end: start }, replacement }] })
    };
    let is_flow = |start: usize| matches!(text.as_bytes().get(start), Some(b'{' | b'['));
    let is_json = text.trim_start().starts_with('{');
    let quoted: Vec<String> =
        names.iter().map(|name| if is_json { format!("\"{name}\"") } else { (*name).to_owned() }).collect();
    let Some(entry) = node.as_map()?.entry("DependsOn") else {
        let first = node.as_map()?.entries.first()?.key_span.start;
        let indent = before(first as usize)?;
        if !indent.trim().is_empty() {
            return None;
        }
        let value = match quoted.as_slice() {
            [one] => one.clone(),
            many => format!("[{}]", many.join(", ")),
        };
        return match (is_json, is_flow(node.span.start as usize)) {
            (true, _) => at(first, format!("\"DependsOn\": {value},\n{indent}")),
            (false, false) => at(first, format!("DependsOn: {value}\n{indent}")),
            (false, true) => None,
        };
    };
    match &entry.node.value {
        Value::List(items) => {
            let last = items.last()?.span;
            let lead = before(last.start as usize)?;
            match is_flow(entry.node.span.start as usize) {
                true => at(last.end, quoted.iter().map(|name| format!(", {name}")).collect()),
                false if lead.trim() == "-" => {
                    at(last.end, quoted.iter().map(|name| format!("\n{lead}{name}")).collect())
                }
                false => None,
            }
        }
        _ => {
            let written = text.get(entry.node.span.range())?;
            Some(Fix::replace(entry.node.span, format!("[{written}, {}]", quoted.join(", "))))
        }
    }
}
