//! `Fn::ForEach` over resources, written out as the `AWS::LanguageExtensions` transform does it.
//!
//! Source: CloudFormation user guide, `Fn::ForEach`. Only loops over what is known are written out: a list in the
//! template, or a list parameter with a value. The others stay as they are.

use super::Template;
use super::parameters::{Supplied, text_at};
use crate::foundation::document::{Call, Chunk, Entry, Map, Node, Origin, Text, Value};
use crate::foundation::span::Span;

/// The transform that knows loops.
const TRANSFORM: &str = "AWS::LanguageExtensions";
/// What a key of a loop begins with.
const LOOP: &str = "Fn::ForEach";
/// Most bytes of template text that all loops together may come to. CloudFormation takes 1 MB (1,000,000 bytes) of
/// processed template.
const MOST_TEXT: usize = 1_000_000;
/// Most resources that all loops together may come to: CloudFormation's limit of a template.
const MOST_RESOURCES: usize = 500;
/// Longest value of a collection that is put in, in bytes: what a logical id may have.
const LONGEST_VALUE: usize = 255;
/// Loops within loops that CloudFormation takes.
const DEEPEST: usize = 5;

/// The entries of `Resources`, loops written out where that can be done.
pub fn written_out(template: &Template, map: &Map, supplied: &Supplied) -> Vec<Entry> {
    if !template.transforms.iter().any(|name| name == TRANSFORM) {
        return map.entries.clone();
    }
    let mut room = Room { text: MOST_TEXT, resources: MOST_RESOURCES };
    let mut entries = Vec::new();
    for entry in &map.entries {
        let made = entry.key.starts_with(LOOP).then(|| unroll(template, supplied, entry, &mut room, DEEPEST));
        match made.flatten() {
            Some(made) => entries.extend(made),
            None => entries.push(entry.clone()),
        }
    }
    entries
}

/// What may still be written out.
struct Room {
    text: usize,
    resources: usize,
}

impl Room {
    fn take(&mut self, text: usize, resources: usize) -> Option<()> {
        self.text = self.text.checked_sub(text)?;
        self.resources = self.resources.checked_sub(resources)?;
        Some(())
    }
}

/// The resources of a loop: `Fn::ForEach::<name>: [identifier, collection, {key: body}]`.
fn unroll(
    template: &Template,
    supplied: &Supplied,
    entry: &Entry,
    room: &mut Room,
    depth: usize,
) -> Option<Vec<Entry>> {
    let [identifier, collection, body] = entry.node.as_list()? else { return None };
    let identifier = identifier.as_text()?;
    let values = collected(template, supplied, collection)?;
    // What is put in many times may not grow, nor hold another variable.
    if values.iter().any(|value| value.len() > LONGEST_VALUE || value.contains('{')) {
        return None;
    }
    let body = body.as_map()?;
    let mut entries = Vec::new();
    for value in &values {
        for inner in &body.entries {
            room.take(inner.node.span.range().len() + inner.key.len(), 1)?;
            let made = Turn { identifier: &identifier, value }.entry(inner);
            match made.key.starts_with(LOOP) {
                true if depth > 1 => entries.extend(unroll(template, supplied, &made, room, depth - 1)?),
                true => return None,
                false => entries.push(made),
            }
        }
    }
    Some(entries)
}

/// The values of a collection, where all are known.
fn collected(template: &Template, supplied: &Supplied, node: &Node) -> Option<Vec<String>> {
    match &node.value {
        Value::List(items) => items.iter().map(|item| scalar(template, supplied, item)).collect(),
        Value::Call(call) if &*call.function == "Ref" => {
            let parameter = template.parameter(&call.argument.as_text()?).filter(|one| one.is_list())?;
            let text = given(template, supplied, &parameter.name)?;
            Some(text.split(',').map(|item| item.trim().to_owned()).collect())
        }
        _ => None,
    }
}

/// An item of a collection.
fn scalar(template: &Template, supplied: &Supplied, node: &Node) -> Option<String> {
    match &node.value {
        Value::Call(call) if &*call.function == "Ref" => {
            let parameter = template.parameter(&call.argument.as_text()?).filter(|one| !one.is_list())?;
            given(template, supplied, &parameter.name)
        }
        _ => node.as_text().map(|text| text.into_owned()),
    }
}

/// The value of a parameter.
fn given(template: &Template, supplied: &Supplied, name: &str) -> Option<String> {
    let parameter = template.parameter(name).filter(|one| !one.is_from_parameter_store())?;
    supplied.get(name).cloned().or_else(|| parameter.default.clone())
}

/// One turn of a loop.
struct Turn<'a> {
    identifier: &'a str,
    value: &'a str,
}

impl Turn<'_> {
    fn entry(&self, entry: &Entry) -> Entry {
        let key = self.replaced(&entry.key).unwrap_or_else(|| entry.key.to_string());
        Entry { key: key.into(), key_span: entry.key_span, node: self.node(&entry.node) }
    }

    fn node(&self, node: &Node) -> Node {
        let value = match &node.value {
            Value::List(items) => Value::List(items.iter().map(|item| self.node(item)).collect()),
            Value::Map(map) => {
                Value::Map(Map { entries: map.entries.iter().map(|entry| self.entry(entry)).collect() })
            }
            Value::String(text) => Value::String(self.text(text)),
            Value::Call(call) if &*call.function == "Ref" && self.is_identifier(&call.argument) => {
                return text_at(self.value, node.span);
            }
            Value::Call(call) => {
                let argument = match &*call.function {
                    "Sub" => self.pattern(&call.argument),
                    _ => self.node(&call.argument),
                };
                let function = call.function.clone();
                Value::Call(Box::new(Call { function, function_span: call.function_span, argument }))
            }
            other => other.clone(),
        };
        Node { span: node.span, value, reference: node.reference.clone() }
    }

    fn is_identifier(&self, argument: &Node) -> bool {
        argument.as_text().is_some_and(|name| name == self.identifier)
    }

    /// The argument of a `Fn::Sub`. The identifier becomes one of its variables, so that each part of the pattern keeps
    /// its place in the file.
    fn pattern(&self, argument: &Node) -> Node {
        let (pattern, variables) = match &argument.value {
            Value::List(items) => (items.first(), items.get(1).map(|variables| self.node(variables))),
            _ => (Some(argument), None),
        };
        let Some(pattern) = pattern else { return argument.clone() };
        let written = pattern.as_text().unwrap_or_default();
        // `${Bucket${Name}.Arn}` is no variable before the inner one is replaced.
        let is_nested = written.split("${").skip(1).any(|part| !part.contains('}'));
        let pattern = if is_nested || written.contains("&{") { self.node(pattern) } else { pattern.clone() };
        let own = Entry {
            key: self.identifier.into(),
            key_span: pattern.span,
            node: text_at(self.value, pattern.span),
        };
        let mut map = variables.as_ref().and_then(Node::as_map).cloned().unwrap_or_default();
        map.entries.insert(0, own);
        let variables = Node::new(argument.span, Value::Map(map));
        Node::new(argument.span, Value::List(vec![pattern, variables]))
    }

    /// A string with the identifier's value in it.
    fn text(&self, text: &Text) -> Text {
        let whole = text.known_text().and_then(|written| self.replaced(&written));
        let (Some(replaced), Some(Chunk::Known(_, origin))) = (whole, text.chunks.first()) else {
            return text.clone();
        };
        let scalar: Span = origin.scalar;
        Text::known(replaced, Origin { scalar, literal: false, offset: 0, ..*origin })
    }

    /// `${Identifier}` as the value, `&{Identifier}` as the letters and digits of it; `None` where neither stands there.
    fn replaced(&self, written: &str) -> Option<String> {
        let (plain, stripped) = (format!("${{{}}}", self.identifier), format!("&{{{}}}", self.identifier));
        if !written.contains(&plain) && !written.contains(&stripped) {
            return None;
        }
        let letters: String = self.value.chars().filter(char::is_ascii_alphanumeric).collect();
        Some(written.replace(&plain, self.value).replace(&stripped, &letters))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::foundation::span::Source;

    const TEXT: &str = "\
Transform: AWS::LanguageExtensions
Parameters:
  Names: {Type: CommaDelimitedList, Default: 'Clicks, Orders'}
Resources:
  Fn::ForEach::Buckets:
    - Name
    - !Ref Names
    - Bucket${Name}:
        Type: AWS::S3::Bucket
  Fn::ForEach::Streams:
    - Name
    - [Clicks, Orders]
    - Stream${Name}:
        Type: AWS::KinesisFirehose::DeliveryStream
        DependsOn: Bucket${Name}
";

    fn ids(template: &Template) -> Vec<&str> {
        template.resources.iter().map(|resource| &*resource.logical_id).collect()
    }

    #[test]
    fn loops_over_what_is_known_are_written_out() {
        let mut template = Template::read(Source::new("t.yaml", TEXT));
        assert_eq!(ids(&template), ["BucketClicks", "BucketOrders", "StreamClicks", "StreamOrders"]);
        let depends = template.resource("StreamOrders").expect("it is there").depends_on();
        assert_eq!(depends[0].as_text().as_deref(), Some("BucketOrders"));
        assert!(!template.is_open());
        template.supply(&Supplied::from([("Names".to_owned(), "a-b".to_owned())]));
        assert_eq!(ids(&template), ["Bucketa-b", "StreamClicks", "StreamOrders"]);
    }

    #[test]
    fn other_loops_stay() {
        for (from, to) in [
            ("AWS::LanguageExtensions", "Other"),
            ("[Clicks, Orders]", "!GetAZs ''"),
            ("[Clicks, Orders]", "[Clicks, !Ref Secret]"),
            ("[Clicks, Orders]", "['${Other}']"),
            (
                "Streams:\n    - Name\n    - [Clicks, Orders]",
                "Streams: [Name]\n  Odd:\n    - [Clicks, Orders]",
            ),
        ] {
            let template = Template::read(Source::new("t.yaml", TEXT.replace(from, to)));
            assert!(ids(&template).contains(&"Fn::ForEach::Streams"), "{to}");
        }
    }

    #[test]
    fn loops_are_bounded() {
        let many = vec!["x"; MOST_RESOURCES + 1].join(", ");
        let template =
            Template::read(Source::new("t.yaml", TEXT.replace("[Clicks, Orders]", &format!("[{many}]"))));
        assert_eq!(ids(&template), ["BucketClicks", "BucketOrders", "Fn::ForEach::Streams"]);
    }
}
