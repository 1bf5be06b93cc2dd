//! Mechanical repairs: edits that keep comments, order and layout, offered only where the text is literal.

use super::Place;
use crate::foundation::diagnostic::Fix;
use crate::foundation::document::{Chunk, Node, Value};
use crate::foundation::span::Span;
use crate::template::Template;

/// The source of a scalar without its quotes, if it is written at the place of use, just as it reads.
pub fn literal(template: &Template, place: &Place<'_>) -> Option<Span> {
    let source = &template.source;
    let (span, written) = match &place.node.value {
        Value::Number(raw) | Value::Bool(_, raw) => (place.node.span, raw.to_string()),
        Value::String(text) => {
            let is_literal = |chunk: &Chunk| matches!(chunk, Chunk::Known(_, origin) if origin.literal);
            let known = text.known_text().filter(|_| text.chunks.iter().all(is_literal))?;
            (text.span_of(&source.text, 0..known.len())?, known.into_owned())
        }
        _ => return None,
    };
    let stands = !written.is_empty() && place.node.reference.is_none() && source.slice(span) == written;
    stands.then_some(span)
}

/// Writes another value in the place of a literal one.
pub fn replace(template: &Template, place: &Place<'_>, value: impl Into<String>) -> Option<Fix> {
    Some(Fix::replace(literal(template, place)?, value))
}

/// Writes `name: value` before a property of the same mapping, in its style: block or flow, YAML or JSON.
pub fn insert_before(
    template: &Template,
    block: &Place<'_>,
    sibling: &Place<'_>,
    name: &str,
    value: &str,
) -> Option<Fix> {
    let source = &template.source;
    let key = sibling.key_span;
    // Not so where an alias or a merge key brought the property here.
    if !block.node.span.contains(key) {
        return None;
    }
    // Nor where the property is written already, under a condition that leaves it out here.
    if is_written(template.document.root.as_ref()?, key, name) {
        return None;
    }
    let line_start = source.text.get(..key.start as usize)?.rfind('\n').map_or(0, |at| at + 1);
    let before = source.text.get(line_start..key.start as usize)?;
    let line_end = if source.text.contains("\r\n") { "\r\n" } else { "\n" };
    let quote = if source.slice(key).starts_with('"') { "\"" } else { "" };
    let value_quote = if value.parse::<f64>().is_ok() { "" } else { quote };
    let entry = format!("{quote}{name}{quote}: {value_quote}{value}{value_quote}");
    let is_alone = before.chars().all(char::is_whitespace);
    let text = match source.slice(block.node.span).starts_with('{') {
        true if is_alone => format!("{entry},{line_end}{before}"),
        true => format!("{entry}, "),
        // The first property of a list item stands behind its dash.
        false if before.chars().all(|c| matches!(c, ' ' | '-')) => {
            format!("{entry}{line_end}{}", " ".repeat(before.len()))
        }
        false => return None,
    };
    Some(Fix::replace(Span { start: key.start, end: key.start }, text))
}

/// Whether the mapping that has a key at `sibling` has one of this name too, as written.
fn is_written(node: &Node, sibling: Span, name: &str) -> bool {
    match &node.value {
        Value::Map(map) => {
            let is_here = map.entries.iter().any(|entry| entry.key_span == sibling);
            let has_name = is_here && map.entries.iter().any(|entry| &*entry.key == name);
            has_name || map.entries.iter().any(|entry| is_written(&entry.node, sibling, name))
        }
        Value::List(items) => items.iter().any(|item| is_written(item, sibling, name)),
        Value::Call(call) => is_written(&call.argument, sibling, name),
        _ => false,
    }
}
