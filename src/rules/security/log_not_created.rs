use super::logging::{self, Logging};
use crate::foundation::document::{Chunk, Unknown};
use crate::rule;
use crate::rules::referent;
use crate::rules::sameness::{Same, same};
use crate::rules::shape::shown;
use crate::rules::{Finding, Findings, Place, Scope};
use crate::template::Resource;

rule! {
    /// A log group or log stream is named literally, and the template does not create it.
    ///
    /// ## Why
    /// The service does not create them outside of the console, and logs nothing where they are missing. A
    /// name that comes from a parameter or from another stack is taken to exist, and so is a stream in such a
    /// group.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   CloudWatchLoggingOptions: {Enabled: true, LogGroupName: /aws/kinesisfirehose/events, LogStreamName: S3Delivery}
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// Resources:
    ///   Logs:
    ///     Type: AWS::Logs::LogGroup
    ///     Properties: {LogGroupName: /aws/kinesisfirehose/events}
    ///   LogStream:
    ///     Type: AWS::Logs::LogStream
    ///     Properties: {LogGroupName: !Ref Logs, LogStreamName: S3Delivery}
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: arn:aws:s3:::example-data
    ///         CloudWatchLoggingOptions: {Enabled: true, LogGroupName: /aws/kinesisfirehose/events, LogStreamName: S3Delivery}
    /// ```
    ///
    /// ## References
    /// Developer guide, monitoring with CloudWatch Logs; service behaviour, section 12.2.
    "FH808", "log-not-created", Warning, since "0.1.0", Stream(check)
}

const GROUP: &str = "AWS::Logs::LogGroup";
const STREAM: &str = "AWS::Logs::LogStream";

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    if scope.template().is_open() || scope.view.of_kind("Custom::LogRetention").next().is_some() {
        return;
    }
    for log in logging::logs(scope).iter().filter(|log| log.enabled == Some(true)) {
        let Some(group) = log.group() else { continue };
        let groups: Vec<_> = scope.view.of_kind(GROUP).collect();
        match created(scope, &group, &groups, "LogGroupName") {
            Same::Unsure => {}
            Same::No => {
                let name = shown(&group);
                let finding =
                    Finding::at(&group, format!("the log group {name} is not created in this template"))
                        .help(format!("add an `{GROUP}` and refer to it, or create the group in advance"));
                findings.add(finding);
            }
            Same::Yes => check_stream(scope, log, &group, findings),
        }
    }
}

fn check_stream(scope: &Scope<'_>, log: &Logging<'_>, group: &Place<'_>, findings: &mut Findings<'_>) {
    let Some(stream) = log.stream() else { return };
    // Streams of groups that are surely others don't count.
    let is_of_group = |resource: &&Resource| {
        let name = properties(scope, resource).and_then(|properties| properties.get("LogGroupName"));
        name.is_none_or(|name| is_same_group(scope, &name, group))
    };
    let streams: Vec<_> = scope.view.of_kind(STREAM).filter(is_of_group).collect();
    if created(scope, &stream, &streams, "LogStreamName") == Same::No {
        let name = shown(&stream);
        let finding = Finding::at(&stream, format!("the log stream {name} is not created in this template"))
            .related(group.node.span, "in this log group")
            .help(format!("add an `{STREAM}` and refer to it, or create the stream in advance"));
        findings.add(finding);
    }
}

/// Whether a name is that of one of the resources; `Unsure` also where it is not a literal of this template.
fn created(scope: &Scope<'_>, name: &Place<'_>, resources: &[&Resource], property: &str) -> Same {
    let is_theirs = |target: &str| resources.iter().any(|resource| &*resource.logical_id == target);
    if name.node.reference.as_ref().is_some_and(|reference| is_theirs(&reference.target)) {
        return Same::Yes;
    }
    let Some(text) = name.text() else { return Same::Unsure };
    let mut is_literal = false;
    for chunk in &text.chunks {
        match chunk {
            Chunk::Known(_, origin) => is_literal |= origin.literal,
            Chunk::Unknown(Unknown::Resource(reference), _) if is_theirs(&reference.target) => {
                return Same::Yes;
            }
            Chunk::Unknown(Unknown::Resource(_) | Unknown::Pseudo(_), _) => {}
            Chunk::Unknown(..) => return Same::Unsure,
        }
    }
    let mut best = Same::No;
    for resource in resources {
        match compared(scope, resource, property, name) {
            Same::Yes => return Same::Yes,
            Same::Unsure => best = Same::Unsure,
            Same::No => {}
        }
    }
    if is_literal { best } else { Same::Unsure }
}

/// Compares a name with that of a resource, be it literal or made up. A generated name is nobody's literal.
fn compared(scope: &Scope<'_>, resource: &Resource, property: &str, name: &Place<'_>) -> Same {
    if let Some(known) = referent::name(scope.view, resource)
        && let Some(text) = name.known()
    {
        return if known == text { Same::Yes } else { Same::No };
    }
    match properties(scope, resource).map(|properties| properties.get(property)) {
        Some(Some(written)) => same(written.node, name.node),
        Some(None) => Same::No,
        None if resource.properties().is_none() => Same::No,
        None => Same::Unsure,
    }
}

fn is_same_group(scope: &Scope<'_>, left: &Place<'_>, right: &Place<'_>) -> bool {
    let group = |place: &Place<'_>| {
        let groups = scope.view.of_kind(GROUP);
        let mut named = groups.filter(|group| created(scope, place, &[group], "LogGroupName") == Same::Yes);
        named.next().map(|group| &*group.logical_id)
    };
    match (group(left), group(right)) {
        (Some(left), Some(right)) => left == right,
        _ => same(left.node, right.node) != Same::No,
    }
}

fn properties<'a>(scope: &Scope<'a>, resource: &Resource) -> Option<Place<'a>> {
    let resource = scope.view.template.resource(&resource.logical_id)?;
    scope.view.properties(resource)
}
