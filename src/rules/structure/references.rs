//! Every reference that the template makes, as written, with its place.

use crate::foundation::document::{Call, Chunk, Node, Value};
use crate::foundation::span::Span;
use crate::template::Template;
use crate::template::intrinsics::{SubKind, sub_parts};

/// How something is referred to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `Ref`.
    Ref,
    /// `Fn::GetAtt`.
    Attribute,
    /// `${...}` in a `Fn::Sub`, without an attribute.
    Variable,
    /// `DependsOn`.
    Dependency,
    /// `Condition`, or the first argument of `Fn::If`.
    Condition,
}

/// A reference.
#[derive(Debug, Clone)]
pub struct Used {
    /// How.
    pub kind: Kind,
    /// To what.
    pub name: String,
    /// The attribute, of `Fn::GetAtt` and `${a.b}`.
    pub attribute: Option<String>,
    /// Where the name stands.
    pub span: Span,
    /// Where the attribute stands; the name, where there is none.
    pub attribute_span: Span,
    /// The path to it.
    pub path: String,
}

/// All references of the sections that hold some, in the order of the file.
pub fn used(template: &Template) -> Vec<Used> {
    let mut walk = Walk { template, used: Vec::new(), path: Vec::new() };
    for section in ["Conditions", "Resources", "Outputs"] {
        let Some(node) = template.section(section) else { continue };
        walk.path.push(section.to_owned());
        if section != "Conditions" {
            walk.attributes_of(node);
        }
        walk.node(node);
        walk.path.pop();
    }
    walk.used
}

struct Walk<'a> {
    template: &'a Template,
    used: Vec<Used>,
    path: Vec<String>,
}

impl Walk<'_> {
    /// `DependsOn` and `Condition` of resources and outputs.
    fn attributes_of(&mut self, section: &Node) {
        for entry in section.as_map().map(|map| map.entries.as_slice()).unwrap_or_default() {
            self.path.push(entry.key.to_string());
            if let Some(condition) = entry.node.get("Condition") {
                self.name(Kind::Condition, condition, "Condition");
            }
            let dependencies = match entry.node.get("DependsOn").map(|node| (node, &node.value)) {
                Some((_, Value::List(items))) => items.iter().collect(),
                Some((node, _)) => vec![node],
                None => Vec::new(),
            };
            for node in dependencies {
                self.name(Kind::Dependency, node, "DependsOn");
            }
            self.path.pop();
        }
    }

    fn name(&mut self, kind: Kind, node: &Node, key: &str) {
        if let (Value::String(_), Some(name)) = (&node.value, node.as_text()) {
            let path = format!("{}/{key}", self.path.join("/"));
            let name = name.into_owned();
            let (span, attribute_span) = (node.span, node.span);
            self.used.push(Used { kind, name, attribute: None, span, attribute_span, path });
        }
    }

    fn add(&mut self, kind: Kind, name: &str, span: Span) {
        self.add_attribute(kind, name, None, span, span);
    }

    fn add_attribute(
        &mut self,
        kind: Kind,
        name: &str,
        attribute: Option<&str>,
        span: Span,
        attribute_span: Span,
    ) {
        let (name, attribute) = (name.to_owned(), attribute.map(str::to_owned));
        self.used.push(Used { kind, name, attribute, span, attribute_span, path: self.path.join("/") });
    }

    /// The place of a whole string, without its quotes.
    fn place(&self, node: &Node) -> Span {
        let Value::String(text) = &node.value else { return node.span };
        let length = text.as_str().map_or(0, str::len);
        text.span_of(&self.template.source.text, 0..length).unwrap_or(node.span)
    }

    fn node(&mut self, node: &Node) {
        match &node.value {
            Value::List(items) => {
                for (at, item) in items.iter().enumerate() {
                    self.path.push(at.to_string());
                    self.node(item);
                    self.path.pop();
                }
            }
            Value::Map(map) => {
                for entry in &map.entries {
                    // The bodies of loops name their own variables.
                    if !entry.key.starts_with("Fn::ForEach") {
                        self.path.push(entry.key.to_string());
                        self.node(&entry.node);
                        self.path.pop();
                    }
                }
            }
            Value::Call(call) => self.call(call),
            _ => {}
        }
    }

    fn call(&mut self, call: &Call) {
        let argument = &call.argument;
        match &*call.function {
            "Ref" => {
                if let Some(name) = argument.as_text() {
                    self.add(Kind::Ref, &name, argument.span);
                }
            }
            "GetAtt" => {
                let items = argument.as_list().unwrap_or_default();
                if let [target, attribute] = items
                    && let Some(name) = target.as_text()
                {
                    let (target_place, place) = (self.place(target), self.place(attribute));
                    let attribute = attribute.as_text();
                    self.add_attribute(Kind::Attribute, &name, attribute.as_deref(), target_place, place);
                }
            }
            "Sub" => self.sub(argument),
            "Condition" => {
                if let Some(name) = argument.as_text() {
                    self.add(Kind::Condition, &name, argument.span);
                }
            }
            "If" => {
                if let Some(condition) = argument.as_list().and_then(<[Node]>::first)
                    && let Some(name) = condition.as_text()
                {
                    self.add(Kind::Condition, &name, condition.span);
                }
                self.node(argument);
            }
            _ => self.node(argument),
        }
    }

    fn sub(&mut self, argument: &Node) {
        let (pattern, variables) = match &argument.value {
            Value::List(items) => (items.first(), items.get(1)),
            _ => (Some(argument), None),
        };
        if let Some(variables) = variables {
            self.node(variables);
        }
        let Some(Value::String(text)) = pattern.map(|node| &node.value) else { return };
        let [Chunk::Known(written, _)] = text.chunks.as_slice() else { return };
        let own = |name: &str| variables.is_some_and(|node| node.get(name).is_some());
        for part in sub_parts(written).into_iter().filter(|part| part.kind == SubKind::Variable) {
            let name = part.text.trim();
            if own(name) || name.is_empty() {
                continue;
            }
            // Inside `${` and `}`.
            let (start, end) = (part.at + 2, part.at + part.length - 1);
            let place = |from: usize, to: usize| {
                text.span_of(&self.template.source.text, from..to).unwrap_or(argument.span)
            };
            match name.split_once('.') {
                Some((target, attribute)) => {
                    let dot = start + part.text.find('.').unwrap_or(0);
                    let (span, attribute_span) = (place(start, dot), place(dot + 1, end));
                    self.add_attribute(Kind::Attribute, target, Some(attribute), span, attribute_span);
                }
                None => self.add(Kind::Variable, name, place(start, end)),
            }
        }
    }
}
