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

/// The place of a failure of a resource: the property that the message names, the one that has the value which it
/// quotes, else the resource.
pub fn of_failure(template: &Template, logical_id: &str, message: &str) -> Option<TemplatePlace> {
    let resource = template.resource(logical_id)?;
    let mut best: Option<Named> = None;
    let mut holders = Vec::new();
    if let Some(properties) = resource.properties() {
        let words: Vec<&str> =
            message.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 3).collect();
        let path = format!("Resources/{logical_id}/Properties");
        named(properties, &path, 0, &words, &mut best);
        quoted(properties, &path, message, &mut holders);
    }
    let whole = || TemplatePlace { span: resource.id_span, path: format!("Resources/{logical_id}") };
    // `Name` or `Bucket` may be a plain word of the message; `SizeInMBs` is not.
    let is_certain = best.as_ref().is_some_and(|named| named.is_certain);
    // A value that stands in several places tells none.
    let longest = holders.iter().map(|(length, _)| *length).max();
    holders.retain(|(length, _)| Some(*length) == longest);
    Some(match (best, holders.as_slice()) {
        (best, [(_, place)]) if !is_certain || best.is_none() => place.clone(),
        (Some(named), _) => named.place,
        (None, _) => whole(),
    })
}

/// A property that a message names.
struct Named {
    /// How many words of the message name it or what it lies in.
    score: usize,
    /// Whether it is hardly a word of the message by chance.
    is_certain: bool,
    place: TemplatePlace,
}

/// Looks for literal values that a message quotes, with their length.
fn quoted(node: &Node, path: &str, message: &str, found: &mut Vec<(usize, TemplatePlace)>) {
    match &node.value {
        Value::Map(map) => {
            for entry in &map.entries {
                quoted(&entry.node, &format!("{path}/{}", entry.key), message, found);
            }
        }
        Value::List(items) => {
            for (at, item) in items.iter().enumerate() {
                quoted(item, &format!("{path}/{at}"), message, found);
            }
        }
        // What a function makes of it is another value.
        Value::Call(_) => {}
        _ => {
            let Some(text) = node.as_text().filter(|text| text.len() > 3) else { return };
            let is_part = |c: char| c.is_alphanumeric() || "-_./:".contains(c);
            let stands_alone = message.match_indices(&*text).any(|(at, _)| {
                let before = message[..at].chars().next_back();
                let after = &message[at + text.len()..];
                // The end of a sentence is none of it.
                let end =
                    after.strip_prefix(['.', ':']).filter(|rest| rest.is_empty() || rest.starts_with(' '));
                !before.is_some_and(is_part) && !end.unwrap_or(after).chars().next().is_some_and(is_part)
            });
            if stands_alone {
                let place = TemplatePlace { span: node.span, path: path.to_owned() };
                found.push((text.len(), place));
            }
        }
    }
}

/// Looks for the property that most words of a message name, itself and by what it lies in; among equals the first.
fn named(node: &Node, path: &str, score: usize, words: &[&str], best: &mut Option<Named>) {
    match &node.value {
        Value::Map(map) => {
            for entry in &map.entries {
                // Services write member names in lower camel case.
                let is_named = words.iter().any(|word| word.eq_ignore_ascii_case(&entry.key));
                let path = format!("{path}/{}", entry.key);
                let score = score + usize::from(is_named);
                if is_named && best.as_ref().is_none_or(|best| score > best.score) {
                    let capitals = entry.key.chars().filter(char::is_ascii_uppercase).count();
                    let is_certain = score > 1 || capitals > 1;
                    let place = TemplatePlace { span: entry.key_span, path: path.clone() };
                    *best = Some(Named { score, is_certain, place });
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
        // The property is named, and the values that it may have are listed.
        assert_eq!(
            path("compressionFormat must be one of GZIP, SNAPPY"),
            format!("{inside}/CompressionFormat")
        );
        let place =
            of_path(&template, "/Resources/S/Properties/ExtendedS3DestinationConfiguration/Nope").unwrap();
        assert_eq!(place.path, inside);
    }

    #[test]
    fn messages_lead_to_the_value_that_they_quote() {
        let text = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: audit-same-name\n      \
                    Tags:\n        - {Key: first, Value: twice}\n        - {Key: second, Value: twice}\n";
        let template = Template::read(Source::new("t", text));
        let path = |message: &str| of_failure(&template, "B", message).unwrap().path;
        assert_eq!(path("audit-same-name already exists"), "Resources/B/Properties/BucketName");
        assert_eq!(
            path("A bucket with the name 'audit-same-name' already exists (Tags)."),
            "Resources/B/Properties/BucketName"
        );
        let span = of_failure(&template, "B", "audit-same-name already exists").unwrap().span;
        assert_eq!(&text[span.start as usize..span.end as usize], "audit-same-name");
        // Part of another name; in two places.
        assert_eq!(path("audit-same-name-2 already exists"), "Resources/B");
        assert_eq!(path("twice is too often"), "Resources/B");
    }
}
