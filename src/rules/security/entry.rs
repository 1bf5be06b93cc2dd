//! A repair that adds an entry to a mapping, in the layout of the others.

use crate::foundation::diagnostic::Fix;
use crate::foundation::document::Node;
use crate::foundation::span::Span;
use crate::template::Template;

/// The edit that makes `key: value` the first entry of a mapping; `None` where its layout leaves no place.
pub fn first_entry(template: &Template, mapping: &Node, key: &str, value: &str) -> Option<Fix> {
    let source = &template.source;
    let first = mapping.as_map()?.entries.first()?.key_span;
    // The entries of a mapping that came from elsewhere (a merge key) are no place for it.
    if !mapping.span.contains(first) {
        return None;
    }
    let quote = if source.slice(first).starts_with('"') { "\"" } else { "" };
    let line = source.line(source.line_of(first.start))?;
    let column = source.position(first.start).column as usize - 1;
    let before: String = line.chars().take(column).collect();
    let is_flow = source.slice(mapping.span).starts_with('{');
    let entry = match (is_flow, before.trim().is_empty()) {
        (true, true) => format!("{quote}{key}{quote}: {value},\n{before}"),
        (true, false) => format!("{quote}{key}{quote}: {value}, "),
        (false, true) => format!("{quote}{key}{quote}: {value}\n{before}"),
        (false, false) => return None,
    };
    Some(Fix::replace(Span { start: first.start, end: first.start }, entry))
}
