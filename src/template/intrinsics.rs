//! Evaluates intrinsic functions as far as one world reaches; the rest stays unknown.

use super::parameters::{PSEUDO_PARAMETERS, text_at};
use super::{Template, World};
use crate::foundation::document::{Call, Chunk, Entry, Map, Node, Origin, Reference, Text, Unknown, Value};
use crate::foundation::span::Span;

/// Most text that one value may come to. A join in a loop of mappings could otherwise grow without bound.
const LONGEST: usize = 1 << 20;

/// The value of a node in a world; `None` is `AWS::NoValue`.
pub fn resolve(template: &Template, world: &World, node: &Node) -> Option<Node> {
    Resolver { template, world }.node(node)
}

struct Resolver<'a> {
    template: &'a Template,
    world: &'a World,
}

impl Resolver<'_> {
    fn node(&self, node: &Node) -> Option<Node> {
        match &node.value {
            Value::List(items) => {
                let items = items.iter().filter_map(|item| self.node(item)).collect();
                Some(Node::new(node.span, Value::List(items)))
            }
            Value::Map(map) => Some(self.map(node.span, map)),
            Value::Call(call) => self.call(node.span, call),
            Value::String(text) => Some(Node::new(node.span, Value::String(split_dynamic(text)))),
            _ => Some(node.clone()),
        }
    }

    fn map(&self, span: Span, map: &Map) -> Node {
        let entry = |entry: &Entry| {
            Some(Entry { key: entry.key.clone(), key_span: entry.key_span, node: self.node(&entry.node)? })
        };
        if map
            .entries
            .iter()
            .any(|entry| entry.key.starts_with("Fn::ForEach::") || &*entry.key == "Fn::Transform")
        {
            return unknown(span, Unknown::Function("ForEach".into()));
        }
        Node::new(span, Value::Map(Map { entries: map.entries.iter().filter_map(entry).collect() }))
    }

    fn call(&self, span: Span, call: &Call) -> Option<Node> {
        let value = match &*call.function {
            "Ref" => {
                let name = call.argument.as_text()?;
                return match &*name {
                    "AWS::NoValue" => None,
                    name => Some(self.reference(name, None, span)),
                };
            }
            "GetAtt" => self.attribute(call, span),
            "Sub" => self.substitute(call, span),
            "Join" => self.join(call, span),
            "Select" => return self.select(call, span),
            "Split" => self.split(call, span),
            "If" => return self.branch(call, span),
            "FindInMap" => self.find_in_map(call, span),
            "Base64" => self.base64(call, span),
            "Length" => self.node(&call.argument).and_then(|node| {
                Some(Node::new(span, Value::Number(node.as_list()?.len().to_string().into())))
            }),
            _ => None,
        };
        Some(value.unwrap_or_else(|| unknown(span, Unknown::Function(call.function.clone()))))
    }

    /// `Ref name`, `Fn::GetAtt name.attribute`, or `${...}`.
    fn reference(&self, name: &str, attribute: Option<&str>, span: Span) -> Node {
        let reference = Reference { target: name.into(), attribute: attribute.map(Into::into) };
        let mut node = self.referenced(name, attribute, span, &reference);
        node.reference = Some(Box::new(reference));
        node
    }

    fn referenced(&self, name: &str, attribute: Option<&str>, span: Span, reference: &Reference) -> Node {
        if attribute.is_none() {
            if let Some(parameter) = self.template.parameter(name) {
                let value = self.world.parameter(self.template, name);
                let is_kept = self.world.keeps_parameters || parameter.is_from_parameter_store();
                return match value.filter(|_| !is_kept) {
                    Some(value) => parameter.value_at(&value, span),
                    None => unknown(span, Unknown::Parameter(name.into())),
                };
            }
            if PSEUDO_PARAMETERS.contains(&name) {
                let value = self.world.parameter(self.template, name).or_else(|| self.world.pseudo.get(name));
                return match value {
                    Some(value) => text_at(&value, span),
                    None => unknown(span, Unknown::Pseudo(name.into())),
                };
            }
        }
        match super::names::value(self.template, self.world, reference) {
            Some(value) => text_at(&value, span),
            None if self.template.declares(name) || self.template.is_open() => {
                unknown(span, Unknown::Resource(reference.clone()))
            }
            None => unknown(span, Unknown::Undeclared(name.into())),
        }
    }

    fn attribute(&self, call: &Call, span: Span) -> Option<Node> {
        let [target, attribute] = call.argument.as_list()? else { return None };
        let attribute = self.node(attribute)?;
        Some(self.reference(&target.as_text()?, Some(&attribute.as_text()?), span))
    }

    fn substitute(&self, call: &Call, span: Span) -> Option<Node> {
        let (pattern, variables) = match &call.argument.value {
            Value::List(items) => (items.first()?, items.get(1).and_then(Node::as_map)),
            _ => (&call.argument, None),
        };
        let Value::String(text) = &pattern.value else { return None };
        let [Chunk::Known(text, origin)] = text.chunks.as_slice() else { return None };
        let mut chunks = Vec::new();
        for part in sub_parts(text) {
            let place = Origin { offset: origin.offset + part.at as u32, ..*origin };
            match part.kind {
                SubKind::Literal => {
                    let dynamic = Text::known(part.text, place);
                    chunks.extend(split_dynamic(&dynamic).chunks);
                }
                SubKind::Escape => chunks.push(Chunk::Known(format!("${{{}}}", part.text).into(), place)),
                SubKind::Variable => {
                    let place = place_of(self.template, pattern, part.at, part.length).unwrap_or(span);
                    let value = variables.and_then(|map| map.get(part.text.trim()));
                    let value = match value {
                        Some(node) => self.node(node)?,
                        None => {
                            let (name, attribute) = match part.text.trim().split_once('.') {
                                Some((name, attribute)) => (name, Some(attribute)),
                                None => (part.text.trim(), None),
                            };
                            self.reference(name, attribute, place)
                        }
                    };
                    append(&mut chunks, value, place);
                }
            }
        }
        text_node(span, chunks)
    }

    fn join(&self, call: &Call, span: Span) -> Option<Node> {
        let [delimiter, items] = call.argument.as_list()? else { return None };
        let delimiter = self.node(delimiter)?;
        let delimiter = delimiter.as_text()?;
        let items = self.node(items)?;
        let mut chunks = Vec::new();
        for (at, item) in items.as_list()?.iter().enumerate() {
            if at > 0 && !delimiter.is_empty() {
                let origin = Origin {
                    scalar: span,
                    style: crate::foundation::scalar::Style::Plain,
                    offset: 0,
                    literal: false,
                };
                chunks.push(Chunk::Known(delimiter.as_ref().into(), origin));
            }
            append(&mut chunks, item.clone(), item.span);
        }
        text_node(span, chunks)
    }

    fn select(&self, call: &Call, span: Span) -> Option<Node> {
        let unknown = || Some(unknown(span, Unknown::Function("Select".into())));
        let Some([index, items]) = call.argument.as_list() else { return unknown() };
        let (Some(index), Some(items)) = (self.node(index), self.node(items)) else { return unknown() };
        let at = index.as_text().and_then(|text| text.parse::<usize>().ok());
        match (at, items.as_list()) {
            (Some(at), Some(items)) => match items.get(at) {
                Some(item) => Some(Node { span, ..item.clone() }),
                None => unknown(),
            },
            _ => unknown(),
        }
    }

    fn split(&self, call: &Call, span: Span) -> Option<Node> {
        let [delimiter, text] = call.argument.as_list()? else { return None };
        let (delimiter, text) = (self.node(delimiter)?, self.node(text)?);
        let (delimiter, text) = (delimiter.as_text()?, text.as_text()?);
        if delimiter.is_empty() {
            return None;
        }
        let items = text.split(&*delimiter).map(|part| text_at(part, span)).collect();
        Some(Node::new(span, Value::List(items)))
    }

    fn branch(&self, call: &Call, span: Span) -> Option<Node> {
        let undecided = || Some(unknown(span, Unknown::Function("If".into())));
        let Some([condition, when_true, when_false]) = call.argument.as_list() else { return undecided() };
        let Some(name) = condition.as_text() else { return undecided() };
        match self.world.condition(self.template, &name) {
            Some(true) => self.node(when_true),
            Some(false) => self.node(when_false),
            None => undecided(),
        }
    }

    fn find_in_map(&self, call: &Call, span: Span) -> Option<Node> {
        let items = call.argument.as_list()?;
        let key = |at: usize| self.node(items.get(at)?)?.as_text().map(|text| text.into_owned());
        let found = (|| {
            let mappings = self.template.section("Mappings")?;
            mappings.get(&key(0)?)?.get(&key(1)?)?.get(&key(2)?)
        })();
        match found.map(|node| &node.value) {
            Some(Value::List(items)) => {
                let items = items.iter().filter_map(Node::as_text).map(|text| text_at(&text, span)).collect();
                Some(Node::new(span, Value::List(items)))
            }
            Some(_) => Some(text_at(&found?.as_text()?, span)),
            None => self.node(items.get(3)?.get("DefaultValue")?),
        }
    }

    fn base64(&self, call: &Call, span: Span) -> Option<Node> {
        use base64::Engine;
        let node = self.node(&call.argument)?;
        let encoded = base64::engine::general_purpose::STANDARD.encode(node.as_text()?.as_bytes());
        Some(text_at(&encoded, span))
    }
}

fn unknown(span: Span, why: Unknown) -> Node {
    Node::new(span, Value::Unknown(why))
}

/// The place of a part of the pattern of a `Fn::Sub`.
fn place_of(template: &Template, pattern: &Node, at: usize, length: usize) -> Option<Span> {
    let Value::String(text) = &pattern.value else { return None };
    text.span_of(&template.source.text, at..at + length)
}

/// Adds a resolved value to a text.
fn append(chunks: &mut Vec<Chunk>, node: Node, place: Span) {
    match node.value {
        Value::String(text) => chunks.extend(text.chunks),
        Value::Number(raw) | Value::Bool(_, raw) => chunks.push(Chunk::Known(
            raw,
            Origin {
                scalar: place,
                style: crate::foundation::scalar::Style::Plain,
                offset: 0,
                literal: false,
            },
        )),
        Value::Unknown(why) => chunks.push(Chunk::Unknown(why, place)),
        _ => chunks.push(Chunk::Unknown(Unknown::Function("Join".into()), place)),
    }
}

fn text_node(span: Span, chunks: Vec<Chunk>) -> Option<Node> {
    let chunks = super::dynamic::cover(chunks);
    let length: usize =
        chunks.iter().map(|chunk| if let Chunk::Known(text, _) = chunk { text.len() } else { 1 }).sum();
    (length <= LONGEST).then(|| Node::new(span, Value::String(Text { chunks })))
}

/// Cuts dynamic references out of a text: what they give is not known.
fn split_dynamic(text: &Text) -> Text {
    let has_dynamic = |chunk: &Chunk| matches!(chunk, Chunk::Known(text, _) if text.contains("{{resolve:"));
    if !text.chunks.iter().any(has_dynamic) {
        return text.clone();
    }
    let mut chunks = Vec::new();
    for chunk in &text.chunks {
        let Chunk::Known(known, origin) = chunk else {
            chunks.push(chunk.clone());
            continue;
        };
        let mut rest: &str = known;
        let mut offset = origin.offset;
        while let Some(start) = rest.find("{{resolve:") {
            let Some(length) = rest[start..].find("}}").map(|end| end + 2) else { break };
            if start > 0 {
                chunks.push(Chunk::Known(rest[..start].into(), Origin { offset, ..*origin }));
            }
            let dynamic = Unknown::Dynamic(rest[start..start + length].into());
            chunks.push(Chunk::Unknown(dynamic, origin.scalar));
            rest = &rest[start + length..];
            offset += (start + length) as u32;
        }
        if !rest.is_empty() {
            chunks.push(Chunk::Known(rest.into(), Origin { offset, ..*origin }));
        }
    }
    Text { chunks }
}

/// A part of the pattern of a `Fn::Sub`.
#[derive(Debug, PartialEq, Eq)]
pub struct SubPart<'a> {
    /// What it is.
    pub kind: SubKind,
    /// The text: of a literal itself, of the others what stands in the braces (an escape without its `!`).
    pub text: &'a str,
    /// Where it begins in the pattern, in bytes.
    pub at: usize,
    /// How many bytes of the pattern it takes.
    pub length: usize,
}

/// The kinds of parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubKind {
    /// Text as it is.
    Literal,
    /// `${!x}`, which gives `${x}`.
    Escape,
    /// `${x}`.
    Variable,
}

/// Cuts the pattern of a `Fn::Sub` into its parts.
pub fn sub_parts(pattern: &str) -> Vec<SubPart<'_>> {
    let mut parts = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(open) = pattern[at..].find("${").map(|open| at + open) {
        let Some(close) = pattern[open..].find('}').map(|close| open + close) else { break };
        if open > from {
            let text = &pattern[from..open];
            parts.push(SubPart { kind: SubKind::Literal, text, at: from, length: text.len() });
        }
        let inside = &pattern[open + 2..close];
        let (kind, text) = match inside.strip_prefix('!') {
            Some(escaped) => (SubKind::Escape, escaped),
            None => (SubKind::Variable, inside),
        };
        parts.push(SubPart { kind, text, at: open, length: close + 1 - open });
        from = close + 1;
        at = from;
    }
    if from < pattern.len() {
        let text = &pattern[from..];
        parts.push(SubPart { kind: SubKind::Literal, text, at: from, length: text.len() });
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::foundation::span::Source;
    use crate::template::{Pseudo, conditions, parameters::Supplied};

    const TEMPLATE: &str = r#"
Parameters:
  Env: {Type: String, Default: dev}
  NoDefault: {Type: String}
  List: {Type: CommaDelimitedList, Default: "a, b"}
Conditions:
  Dev: !Equals [!Ref Env, dev]
Mappings:
  M: {dev: {Size: 5}}
Resources:
  Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub "data-${Env}"}}
  Role: {Type: AWS::IAM::Role}
  X:
    Type: T
    Properties:
      sub: !Sub "logs/${Env}/${Bucket}/${Role.Arn}/${!keep}/!{timestamp:yyyy}/"
      join: !Join ["-", [a, !Ref Env, !Ref NoDefault]]
      if: !If [Dev, {a: 1}, !Ref AWS::NoValue]
      gone: !If [Dev, !Ref "AWS::NoValue", 1]
      map: !FindInMap [M, !Ref Env, Size]
      select: !Select [1, !Ref List]
      split: !Select [2, !Split ["/", "a/b/c"]]
      dynamic: "pre{{resolve:ssm:x}}post"
      base: {"Fn::Base64": hello}
      imported: !ImportValue x
"#;

    fn resolved(make_names: bool) -> (Template, Node) {
        let template = Template::read(Source::new("t.yaml", TEMPLATE));
        let world = match make_names {
            true => {
                let pseudo = Pseudo {
                    region: Some("eu-west-1".into()),
                    account: Some("123456789012".into()),
                    stack_name: Some("Stack".into()),
                };
                conditions::deployed(&Supplied::new(), &pseudo)
            }
            false => conditions::worlds(&template, &Supplied::new(), &Pseudo::default())
                .into_iter()
                .next()
                .unwrap(),
        };
        let node = template.resource("X").unwrap().properties().unwrap();
        let node = resolve(&template, &world, node).unwrap();
        (template, node)
    }

    fn masked(node: &Node, key: &str) -> String {
        match &node.get(key).unwrap().value {
            Value::String(text) => text.masked(),
            value => panic!("{key}: {value:?}"),
        }
    }

    #[test]
    fn what_is_known_is_evaluated_and_the_rest_is_a_hole() {
        let (_, node) = resolved(false);
        assert_eq!(masked(&node, "sub"), "logs/dev/data-dev/\u{FFFC}/${keep}/!{timestamp:yyyy}/");
        assert_eq!(masked(&node, "join"), "a-dev-\u{FFFC}");
        assert_eq!(masked(&node, "map"), "5");
        assert_eq!(masked(&node, "select"), "b");
        assert_eq!(masked(&node, "split"), "c");
        assert_eq!(masked(&node, "dynamic"), "pre\u{FFFC}post");
        assert_eq!(masked(&node, "base"), "aGVsbG8=");
        assert!(node.get("if").unwrap().get("a").is_some());
        assert!(node.get("gone").is_none());
        assert!(node.get("imported").unwrap().is_unknown());
    }

    #[test]
    fn commands_that_run_a_stream_make_names_up() {
        let (_, node) = resolved(true);
        assert!(masked(&node, "sub").contains("arn:aws:iam::123456789012:role/Stack-Role"));
    }

    #[test]
    fn a_part_of_a_substituted_text_has_its_place() {
        let (template, node) = resolved(false);
        let Value::String(text) = &node.get("sub").unwrap().value else { panic!() };
        let masked = text.masked();
        for (wanted, written) in
            [("timestamp", "timestamp"), ("data-dev", "${Bucket}"), ("\u{FFFC}", "${Role.Arn}")]
        {
            let at = masked.find(wanted).unwrap();
            let span = text.span_of(&template.source.text, at..at + wanted.len()).unwrap();
            assert_eq!(template.source.slice(span), written);
        }
    }
}
