use std::collections::BTreeSet;

use crate::foundation::diagnostic::{Diagnostic, Severity};
use crate::foundation::document::{Node, Value};
use crate::foundation::span::Span;
use crate::rule;
use crate::rules::{Check, Finding, Findings, Scope, View};
use crate::template::{DELIVERY_STREAM, Parameter};

rule! {
    /// A parameter allows a value that the property it feeds does not take.
    ///
    /// ## Why
    /// The template deploys with its default and fails with a value that it says is allowed. Each allowed value, and
    /// each bound, is tried.
    ///
    /// ## Fires on
    /// ```yaml
    /// Parameters:
    ///   Size: {Type: Number, Default: 5, MinValue: 1, MaxValue: 256}
    /// Resources:
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: arn:aws:s3:::example-data
    ///         BufferingHints: {SizeInMBs: !Ref Size, IntervalInSeconds: 300}
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// Parameters:
    ///   Size: {Type: Number, Default: 5, MinValue: 1, MaxValue: 128}
    /// Resources:
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: arn:aws:s3:::example-data
    ///         BufferingHints: {SizeInMBs: !Ref Size, IntervalInSeconds: 300}
    /// ```
    ///
    /// ## References
    /// Rule catalogue, FH018; CloudFormation user guide, parameters.
    "FH018", "parameter-allows-refused-value", Warning, since "0.1.0", Template(check)
}

/// Most values of one parameter that are tried.
const MOST_VALUES: usize = 16;
/// Most parameters that are tried.
const MOST_PARAMETERS: usize = 24;

fn check(view: &View<'_>, findings: &mut Findings<'_>) {
    let mut used = BTreeSet::new();
    for stream in view.of_kind(DELIVERY_STREAM) {
        stream.properties().into_iter().for_each(|node| references(node, &mut used));
    }
    let bounded = view.template.parameters.iter().filter(|parameter| used.contains(&*parameter.name));
    let bounded: Vec<_> =
        bounded.map(|parameter| (parameter, candidates(parameter))).filter(|(_, c)| !c.is_empty()).collect();
    if bounded.is_empty() {
        return;
    }
    let known = errors(view);
    for (parameter, candidates) in bounded.into_iter().take(MOST_PARAMETERS) {
        for (value, span) in candidates.into_iter().take(MOST_VALUES) {
            let world = view.world.with_parameter(&parameter.name, &value);
            let tried = View::new(view.template, &world, view.schemas);
            let is_new = |error: &&Diagnostic| {
                !known.iter().any(|known| known.rule == error.rule && known.span == error.span)
            };
            if let Some(error) = errors(&tried).iter().find(is_new) {
                let message = format!("`{}` may be `{value}`: then {}", parameter.name, error.message);
                let finding = Finding::anywhere(span, format!("Parameters/{}", parameter.name), message)
                    .related(error.span, format!("{} refuses it here", error.rule))
                    .help("bound the parameter to what its property takes");
                findings.add(finding);
            }
        }
    }
}

/// The values that the declaration names, with their places. The default is what the other rules see.
fn candidates(parameter: &Parameter) -> Vec<(String, Span)> {
    let declared = |name: &str| parameter.node.get(name);
    let allowed = declared("AllowedValues").and_then(Node::as_list).unwrap_or_default().iter();
    let bounds = ["MinValue", "MaxValue"].into_iter().filter_map(declared);
    allowed
        .chain(bounds)
        .filter_map(|node| Some((node.as_text()?.into_owned(), node.span)))
        .filter(|(value, _)| Some(value) != parameter.default.as_ref() && !value.is_empty())
        .collect()
}

/// The errors of the streams in a world. Permissions and this rule itself are left out.
fn errors(view: &View<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for stream in view.of_kind(DELIVERY_STREAM) {
        let scope = Scope::new(view, stream);
        for rule in crate::rules::all().filter(|rule| !rule.id.starts_with("FH7")) {
            if let Check::Stream(check) = rule.check {
                check(&scope, &mut Findings::new(view.template, rule, &mut found));
            }
        }
    }
    found.retain(|finding| finding.severity == Severity::Error);
    found
}

/// The names in `Ref`s below a node, and the variables of its `Fn::Sub`s.
fn references(node: &Node, used: &mut BTreeSet<String>) {
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| references(item, used)),
        Value::Map(map) => map.entries.iter().for_each(|entry| references(&entry.node, used)),
        Value::Call(call) => {
            if &*call.function == "Ref" {
                used.extend(call.argument.as_text().map(|name| name.into_owned()));
            }
            references(&call.argument, used);
        }
        _ => {}
    }
}
