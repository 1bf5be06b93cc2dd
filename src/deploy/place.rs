//! Where in the template a failure belongs: by the path that AWS tells, or by the property that a message names.

use crate::foundation::document::{Node, Value};
use crate::foundation::span::Span;
use crate::template::Template;

/// A place in a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplatePlace {
    /// Where.
    pub span: Span,
    /// The same as `Resources/Stream/...`.
    pub path: String,
}

/// A place in a file, for programs, with what is known of the message there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FoundPlace {
    /// The file.
    pub file: String,
    /// Line and column of its first character, from 1.
    pub start: (u32, u32),
    /// Line and column just past its last one.
    pub end: (u32, u32),
    /// The same as `Resources/Stream/...`.
    pub path: String,
    /// The rule that knows the message.
    pub rule: Option<String>,
    /// What to do.
    pub help: Option<String>,
}

/// The place of a path such as `/Resources/Stream/Properties/Tags/0/Key`, as far as it leads.
pub fn of_path(template: &Template, path: &str) -> Option<TemplatePlace> {
    let mut steps = path.split('/').filter(|step| !step.is_empty());
    let first = steps.next().filter(|first| *first == "Resources")?;
    let mut place = TemplatePlace { span: Span::default(), path: first.to_owned() };
    let mut node = template.section("Resources")?;
    for step in steps {
        let found = match &node.value {
            Value::Map(map) => map.entry(step).map(|entry| (entry.key_span, &entry.node)),
            Value::List(items) => {
                step.parse::<usize>().ok().and_then(|at| items.get(at)).map(|item| (item.span, item))
            }
            _ => None,
        };
        let Some((span, next)) = found else { break };
        place.span = span;
        place.path = format!("{}/{step}", place.path);
        node = next;
    }
    (place.span != Span::default()).then_some(place)
}

/// The place of a failure of a resource: the property that the message names, else the resource.
pub fn of_failure(template: &Template, logical_id: &str, message: &str) -> Option<TemplatePlace> {
    let resource = template.resource(logical_id)?;
    let mut best: Option<(usize, TemplatePlace)> = None;
    if let Some(properties) = resource.properties() {
        let words: Vec<&str> =
            message.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 3).collect();
        let path = format!("Resources/{logical_id}/Properties");
        named(properties, &path, 0, &words, &mut best);
    }
    let whole = || TemplatePlace { span: resource.id_span, path: format!("Resources/{logical_id}") };
    Some(best.map_or_else(whole, |(_, place)| place))
}

/// Looks for the property that most words of a message name, itself and by what it lies in; among equals the first.
fn named(node: &Node, path: &str, score: usize, words: &[&str], best: &mut Option<(usize, TemplatePlace)>) {
    match &node.value {
        Value::Map(map) => {
            for entry in &map.entries {
                // Services write member names in lower camel case.
                let is_named = words.iter().any(|word| word.eq_ignore_ascii_case(&entry.key));
                let path = format!("{path}/{}", entry.key);
                let score = score + usize::from(is_named);
                if is_named && best.as_ref().is_none_or(|(most, _)| score > *most) {
                    *best = Some((score, TemplatePlace { span: entry.key_span, path: path.clone() }));
                }
                named(&entry.node, &path, score, words, best);
            }
        }
        Value::List(items) => {
            for (at, item) in items.iter().enumerate() {
                named(item, &format!("{path}/{at}"), score, words, best);
            }
        }
        Value::Call(call) => named(&call.argument, path, score, words, best),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::foundation::span::Source;

    #[test]
    fn messages_lead_to_the_property_that_they_name() {
        let text = "Resources:\n  S:\n    Type: AWS::KinesisFirehose::DeliveryStream\n    Properties:\n      \
                    ExtendedS3DestinationConfiguration:\n        Prefix: x\n        BufferingHints:\n          SizeInMBs: 5\n        \
                    CompressionFormat: SNAPPY\n";
        let template = Template::read(Source::new("t", text));
        let path = |message: &str| of_failure(&template, "S", message).unwrap().path;
        let inside = "Resources/S/Properties/ExtendedS3DestinationConfiguration";
        assert_eq!(
            path("BufferingHints.SizeInMBs must be at least 64 when Dynamic Partitioning is enabled."),
            format!("{inside}/BufferingHints/SizeInMBs")
        );
        assert_eq!(
            path(
                "1 validation error detected: Value at 'extendedS3DestinationConfiguration.compressionFormat' failed"
            ),
            format!("{inside}/CompressionFormat")
        );
        assert_eq!(path("Access denied"), "Resources/S");
        assert_eq!(of_failure(&template, "Absent", "x"), None);
        let place =
            of_path(&template, "/Resources/S/Properties/ExtendedS3DestinationConfiguration/Nope").unwrap();
        assert_eq!(place.path, inside);
    }
}
