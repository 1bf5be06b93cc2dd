//! The strings of a stream as written, before anything is substituted.

use std::ops::Range;

use crate::foundation::diagnostic::Fix;
use crate::foundation::document::{Chunk, Node, Text, Value};
use crate::foundation::scalar::Style;
use crate::foundation::span::Span;
use crate::rules::{Finding, Scope};

/// A string as written.
pub struct Written<'a> {
    /// Its decoded text.
    pub text: String,
    node: &'a Node,
    path: String,
}

impl Written<'_> {
    /// The place of a part of the decoded text.
    pub fn span(&self, scope: &Scope<'_>, range: Range<usize>) -> Option<Span> {
        let Value::String(text) = &self.node.value else { return None };
        text.span_of(&scope.template().source.text, range)
    }

    /// A finding at a part of the decoded text.
    pub fn finding(&self, scope: &Scope<'_>, range: Range<usize>, message: String) -> Finding {
        let span = self.span(scope, range).unwrap_or(self.node.span);
        Finding::anywhere(span, &self.path, message).resource(&*scope.stream.logical_id)
    }

    /// The scalar, if it is written without quotes.
    pub fn plain_scalar(&self) -> Option<Span> {
        let Value::String(Text { chunks }) = &self.node.value else { return None };
        match chunks.as_slice() {
            [Chunk::Known(_, origin)] if origin.style == Style::Plain => Some(origin.scalar),
            _ => None,
        }
    }

    /// The fix that puts `!Sub` before the string: in YAML, where it is quoted or plain.
    pub fn with_sub(&self, scope: &Scope<'_>) -> Option<Fix> {
        let Value::String(Text { chunks }) = &self.node.value else { return None };
        let [Chunk::Known(_, origin)] = chunks.as_slice() else { return None };
        let is_json = scope.template().source.text.trim_start().starts_with('{');
        let flow = matches!(origin.style, Style::Plain | Style::SingleQuoted | Style::DoubleQuoted);
        let start = Span { start: origin.scalar.start, end: origin.scalar.start };
        (flow && !is_json).then(|| Fix::replace(start, "!Sub "))
    }
}

/// The strings of the stream's properties that are not patterns of a `Fn::Sub`.
pub fn of<'a>(scope: &Scope<'a>) -> Vec<Written<'a>> {
    strings(scope, false)
}

/// All strings of the stream's properties, patterns of `Fn::Sub` too.
pub fn all<'a>(scope: &Scope<'a>) -> Vec<Written<'a>> {
    strings(scope, true)
}

fn strings<'a>(scope: &Scope<'a>, patterns: bool) -> Vec<Written<'a>> {
    let mut found = Vec::new();
    if let Some(properties) = scope.stream.properties() {
        let path = format!("Resources/{}/Properties", scope.stream.logical_id);
        walk(properties, &path, patterns, &mut found);
    }
    found
}

fn walk<'a>(node: &'a Node, path: &str, patterns: bool, found: &mut Vec<Written<'a>>) {
    match &node.value {
        Value::String(text) => {
            if let Some(text) = text.as_str() {
                found.push(Written { text: text.to_owned(), node, path: path.to_owned() });
            }
        }
        Value::List(items) => {
            for (at, item) in items.iter().enumerate() {
                walk(item, &format!("{path}/{at}"), patterns, found);
            }
        }
        Value::Map(map) => {
            for entry in &map.entries {
                walk(&entry.node, &format!("{path}/{}", entry.key), patterns, found);
            }
        }
        Value::Call(call) if &*call.function == "Sub" => {
            let (pattern, variables) = match &call.argument.value {
                Value::List(items) => (items.first(), items.get(1)),
                _ => (Some(&call.argument), None),
            };
            if let Some(pattern) = pattern.filter(|_| patterns) {
                walk(pattern, path, patterns, found);
            }
            if let Some(variables) = variables {
                walk(variables, path, patterns, found);
            }
        }
        Value::Call(call) if &*call.function == "Ref" || &*call.function == "GetAtt" => {}
        // The value of an `Fn::If` stands at the path of the property itself.
        Value::Call(call) => match &call.argument.value {
            Value::List(items) => items.iter().for_each(|item| walk(item, path, patterns, found)),
            _ => walk(&call.argument, path, patterns, found),
        },
        _ => {}
    }
}
