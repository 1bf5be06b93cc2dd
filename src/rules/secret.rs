//! Secrets: which properties hold them, what feeds them, and what of a value may be shown.
//!
//! No message ever holds the value of a secret.

use std::ops::Range;

use super::Scope;
use crate::foundation::document::{Call, Node, Value};
use crate::foundation::span::Span;
use crate::model::{copy_options, http_partners};
use crate::template::intrinsics::{self, SubKind};
use crate::template::{Resource, Template, World};

/// Properties whose values are secrets.
pub const SECRETS: [&str; 5] = ["Password", "HECToken", "AccessKey", "PrivateKey", "KeyPassphrase"];

/// What is shown instead.
pub const COVER: &str = "***";

const DYNAMIC: &str = "{{resolve:";
/// Parameters that are not encrypted; `ssm-secure` are.
const PLAIN: &str = "{{resolve:ssm:";

/// A property's value as it may be shown.
pub fn covered(property: &str, value: &str) -> String {
    let mut shown = value.to_owned();
    for range in secret_ranges(property, value).into_iter().rev() {
        shown.replace_range(range, COVER);
    }
    shown
}

/// The parts of a property's value that may not be shown, from first to last.
fn secret_ranges(property: &str, value: &str) -> Vec<Range<usize>> {
    let whole = || std::iter::once(0..value.len()).collect();
    match property {
        property if SECRETS.contains(&property) || property == "Username" => whole(),
        "Url" | "HECEndpoint" | "ClusterEndpoint" | "CollectionEndpoint" => {
            let mut parts = http_partners::secret_parts(value);
            parts.sort_by_key(|part| part.start);
            parts
        }
        // Drivers take credentials behind the `?`.
        "ClusterJDBCURL" => value.find('?').map(|at| at + 1..value.len()).into_iter().collect(),
        "CopyOptions" => {
            let is_secret =
                |word: &copy_options::Word| copy_options::SECRET_OPTIONS.contains(&word.text.as_str());
            let first = copy_options::words(value).into_iter().find(is_secret);
            first.map(|word| word.range.end..value.len()).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// A property of a stream that holds a secret, as written.
pub struct Secret<'a> {
    /// Its name.
    pub property: &'a str,
    /// Its path.
    pub path: String,
    /// Where it gets its value from.
    pub sources: Vec<SecretSource>,
}

/// Where a secret's value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// It stands in the template, at this place.
    Literal(Span),
    /// It stands in `Mappings`, and is looked up at this place.
    Mapping(Span),
    /// Parameter Store keeps it as plain text; it is named at this place.
    Stored(Span),
    /// A parameter, and where it is used.
    Parameter(String, Span),
}

/// The secrets of a stream, in the order of the file. Looks at the template as written: each branch of an `Fn::If`
/// counts, whatever the conditions say, for each can be read.
pub fn secrets<'a>(scope: &Scope<'a>) -> Vec<Secret<'a>> {
    in_stream(&Context { template: scope.template(), world: scope.view.world }, scope.stream)
}

/// Where secrets of delivery streams stand in a template, so that whoever shows its text can cover them: values,
/// telling parts of URLs and of options, and the defaults of parameters that feed them. In the order of the file.
pub fn written(template: &Template) -> Vec<Span> {
    let world = World::default();
    let mut spans = Vec::new();
    for stream in template.delivery_streams() {
        for secret in in_stream(&Context { template, world: &world }, stream) {
            spans.extend(secret.sources.iter().filter_map(|source| match source {
                SecretSource::Literal(span) => Some(*span),
                SecretSource::Mapping(_) | SecretSource::Stored(_) => None,
                SecretSource::Parameter(name, _) => Some(template.parameter(name)?.node.get("Default")?.span),
            }));
        }
        parts(template, &stream.node, "", &mut spans);
    }
    spans.sort();
    spans.dedup();
    spans
}

/// The secret parts of texts that are no secrets as a whole.
fn parts(template: &Template, node: &Node, property: &str, spans: &mut Vec<Span>) {
    match &node.value {
        Value::Map(map) => {
            map.entries.iter().for_each(|entry| parts(template, &entry.node, &entry.key, spans))
        }
        Value::List(items) => items.iter().for_each(|item| parts(template, item, property, spans)),
        Value::Call(call) => parts(template, &call.argument, property, spans),
        Value::String(text) if !SECRETS.contains(&property) && property != "Username" => {
            let ranges = secret_ranges(property, &text.masked()).into_iter();
            spans.extend(ranges.filter_map(|range| text.span_of(&template.source.text, range)));
        }
        _ => {}
    }
}

/// Where values are looked up.
struct Context<'a> {
    template: &'a Template,
    world: &'a World,
}

fn in_stream<'a>(scope: &Context<'_>, stream: &'a Resource) -> Vec<Secret<'a>> {
    let mut found = Vec::new();
    if let Some(properties) = stream.properties() {
        collect(scope, properties, &format!("Resources/{}/Properties", stream.logical_id), &mut found);
    }
    found
}

fn collect<'a>(scope: &Context<'_>, node: &'a Node, path: &str, found: &mut Vec<Secret<'a>>) {
    match &node.value {
        Value::Map(map) => {
            for entry in &map.entries {
                let path = format!("{path}/{}", entry.key);
                if !SECRETS.contains(&&*entry.key) {
                    let sources = in_text(scope, &entry.key, &entry.node);
                    if !sources.is_empty() {
                        found.push(Secret { property: &entry.key, path: path.clone(), sources });
                    }
                    collect(scope, &entry.node, &path, found);
                    continue;
                }
                let mut sources = Vec::new();
                feed(scope, &entry.node, &mut sources);
                found.push(Secret { property: &entry.key, path, sources });
            }
        }
        Value::List(items) => {
            for (at, item) in items.iter().enumerate() {
                collect(scope, item, &format!("{path}/{at}"), found);
            }
        }
        Value::Call(call) if &*call.function == "If" => {
            for branch in call.argument.as_list().unwrap_or_default() {
                collect(scope, branch, path, found);
            }
        }
        _ => {}
    }
}

/// The parameters in the secret parts of a `Fn::Sub` that is no secret as a whole, such as `?token=${Token}` of a URL.
fn in_text(scope: &Context<'_>, property: &str, node: &Node) -> Vec<SecretSource> {
    let Value::Call(call) = &node.value else { return Vec::new() };
    if &*call.function != "Sub" {
        return Vec::new();
    }
    let items = call.argument.as_list().unwrap_or_default();
    let pattern = items.first().unwrap_or(&call.argument);
    let (text, variables) = (pattern.as_text().unwrap_or_default(), items.get(1).and_then(Node::as_map));
    let secret = secret_ranges(property, &text);
    let parts = intrinsics::sub_parts(&text).into_iter().filter(|part| part.kind == SubKind::Variable);
    let inside = parts.filter(|part| secret.iter().any(|range| range.contains(&part.at)));
    let source = |part: intrinsics::SubPart<'_>| {
        let name = part.text.trim();
        let known =
            variables.is_none_or(|map| map.get(name).is_none()).then(|| scope.template.parameter(name))??;
        (!known.is_from_parameter_store()).then(|| SecretSource::Parameter(known.name.to_string(), node.span))
    };
    inside.filter_map(source).collect()
}

/// Whether a dynamic reference is written in the value, whole or in parts: then what feeds it is no secret.
fn is_dynamic(node: &Node) -> bool {
    match &node.value {
        Value::String(text) => text.masked().contains(DYNAMIC),
        Value::List(items) => items.iter().any(is_dynamic),
        Value::Call(call) if &*call.function != "If" => is_dynamic(&call.argument),
        _ => false,
    }
}

/// Whether the pattern of a `Fn::Sub` names a parameter of Parameter Store that is no `SecureString`.
fn is_plain(argument: &Node) -> bool {
    let pattern = argument.as_list().and_then(<[Node]>::first).unwrap_or(argument);
    pattern.as_text().is_some_and(|text| text.contains(PLAIN))
}

fn feed(scope: &Context<'_>, node: &Node, sources: &mut Vec<SecretSource>) {
    match &node.value {
        Value::String(text) if text.masked().contains(PLAIN) => sources.push(SecretSource::Stored(node.span)),
        Value::Call(call) if &*call.function == "Sub" && is_plain(&call.argument) => {
            sources.push(SecretSource::Stored(node.span));
        }
        Value::Call(_) if is_dynamic(node) => {}
        Value::String(_) | Value::Number(_) | Value::Bool(..) if !is_dynamic(node) => {
            let is_set = node.as_text().is_some_and(|text| !text.trim().is_empty());
            sources.extend(is_set.then_some(SecretSource::Literal(node.span)));
        }
        Value::Call(call) => feed_call(scope, node, call, sources),
        _ => {}
    }
}

fn feed_call(scope: &Context<'_>, node: &Node, call: &Call, sources: &mut Vec<SecretSource>) {
    let template = scope.template;
    let items = call.argument.as_list().unwrap_or_default();
    let parameter = |name: &str| {
        let known = template.parameter(name).filter(|known| !known.is_from_parameter_store())?;
        Some(SecretSource::Parameter(known.name.to_string(), node.span))
    };
    match &*call.function {
        "Ref" => sources.extend(parameter(&call.argument.as_text().unwrap_or_default())),
        "If" => items.iter().skip(1).for_each(|branch| feed(scope, branch, sources)),
        "Sub" => {
            let (pattern, variables) = match items {
                [pattern, variables, ..] => (pattern, variables.as_map()),
                [pattern] => (pattern, None),
                [] => (&call.argument, None),
            };
            let text = pattern.as_text().unwrap_or_default();
            let parts = intrinsics::sub_parts(&text);
            let names: Vec<&str> = parts
                .iter()
                .filter(|part| part.kind == SubKind::Variable)
                .map(|part| part.text.trim())
                .collect();
            if names.is_empty() {
                feed(scope, pattern, sources);
            }
            for name in names {
                match variables.and_then(|map| map.get(name)) {
                    // A literal variable is a part of the text, not the secret.
                    Some(value) if matches!(value.value, Value::Call(_)) => feed(scope, value, sources),
                    Some(_) => {}
                    None => sources.extend(parameter(name)),
                }
            }
        }
        "Join" => {
            let parts = items.get(1).and_then(Node::as_list).unwrap_or_default();
            match parts.iter().all(|part| matches!(part.value, Value::String(_))) {
                true if !parts.is_empty() => sources.push(SecretSource::Literal(node.span)),
                _ => parts
                    .iter()
                    .filter(|part| matches!(part.value, Value::Call(_)))
                    .for_each(|part| feed(scope, part, sources)),
            }
        }
        "Base64" => feed(scope, &call.argument, sources),
        "FindInMap" => {
            let value = intrinsics::resolve(template, scope.world, node);
            let is_literal = value
                .as_ref()
                .and_then(Node::as_text)
                .is_some_and(|text| !text.trim().is_empty() && !text.contains(DYNAMIC));
            sources.extend(is_literal.then_some(SecretSource::Mapping(node.span)));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::foundation::span::Source;
    use crate::rules::{Findings, View, shape};
    use crate::template::schema::Schemas;

    #[test]
    fn secrets_are_covered() {
        assert_eq!(covered("Password", "hunter22"), "***");
        assert_eq!(
            covered("Url", "http://example.com/x?token=abc&a=b"),
            "http://example.com/x?token=***&a=b"
        );
        assert_eq!(covered("Url", "http://u:p@example.com/"), "http://***@example.com/");
        assert_eq!(covered("ClusterJDBCURL", "jdbc:x://h/db?password=p"), "jdbc:x://h/db?***");
        assert_eq!(
            covered("CopyOptions", "JSON 'a' SECRET_ACCESS_KEY 'abc'"),
            "JSON 'a' SECRET_ACCESS_KEY***"
        );
        assert_eq!(covered("Prefix", "a/"), "a/");
    }

    const TEMPLATE: &str = r#"
Parameters: {Key: {Type: String, Default: s3cr3t-0}}
Resources:
  A:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      SnowflakeDestinationConfiguration: {PrivateKey: s3cr3t-1, KeyPassphrase: [s3cr3t-2], User: loader}
      SplunkDestinationConfiguration: {HECToken: "s3cr3t-3\n", HECEndpoint: https://a}
      RedshiftDestinationConfiguration: {Username: loader, Password: s-4, ClusterJDBCURL: "jdbc:x?password=s3cr3t-5"}
      HttpEndpointDestinationConfiguration:
        EndpointConfiguration: {Url: "http://a/?token=s3cr3t-6&a=b", AccessKey: !If [C, !Sub "s3cr3t-7", !Ref Key]}
"#;

    #[test]
    fn no_finding_about_shape_shows_a_secret() {
        let template = Template::read(Source::new("t.yaml", TEMPLATE));
        let (world, schemas) = (World::default(), Schemas::new());
        let view = View::new(&template, &world, &schemas);
        let scope = Scope::new(&view, template.resource("A").expect("the stream"));
        let mut found = Vec::new();
        for error in scope.shape() {
            let rule = &crate::rules::structure::RULES[0];
            Findings::new(&template, rule, &mut found).add(shape::finding(error));
        }
        assert!(found.len() > 5, "{found:?}");
        for finding in found {
            let words = format!("{} {:?} {:?}", finding.message, finding.help, finding.service_message);
            assert!(!words.contains("s3cr3t") && !words.contains("s-4"), "{words}");
        }
    }

    #[test]
    fn secrets_are_found_where_they_are_written() {
        let template = Template::read(Source::new("t.yaml", TEMPLATE));
        let written: Vec<_> =
            written(&template).into_iter().map(|span| template.source.slice(span)).collect();
        let expected = [
            "s3cr3t-0",
            "s3cr3t-1",
            "\"s3cr3t-3\\n\"",
            "s-4",
            "password=s3cr3t-5",
            "s3cr3t-6",
            "\"s3cr3t-7\"",
        ];
        assert_eq!(written, expected);
    }
}
