//! Where the value that a finding speaks of was given, when that is not the place of use.

use super::{Finding, Place};
use crate::foundation::document::{Call, Node, Value};
use crate::foundation::span::Span;
use crate::template::Template;

/// Points beside the finding at what gave the value: the default or allowed value of a parameter, or a mapping's value.
pub fn explain(finding: Finding, template: &Template, place: &Place<'_>) -> Finding {
    let reference = place.node.reference.as_deref().filter(|reference| reference.attribute.is_none());
    let Some(parameter) = reference.and_then(|reference| template.parameter(&reference.target)) else {
        return match mapped(template, place) {
            Some(value) => finding.related(value.span, "the value in `Mappings`"),
            None => finding,
        };
    };
    let name = &parameter.name;
    let value = place.known();
    let is_value = |node: &&Node| node.as_text().is_some() && node.as_text() == value;
    if let Some(default) = parameter.node.get("Default").filter(is_value) {
        return finding.related(default.span, format!("the default of `{name}`"));
    }
    let allowed = parameter.node.get("AllowedValues").and_then(Node::as_list).unwrap_or_default();
    match allowed.iter().find(is_value) {
        Some(allowed) => finding.related(allowed.span, format!("an allowed value of `{name}`")),
        None => finding.related(parameter.name_span, format!("`{name}` is declared here")),
    }
}

/// The value of a mapping that stands at a place: the one of that text under the keys that are written out.
fn mapped<'a>(template: &'a Template, place: &Place<'_>) -> Option<&'a Node> {
    let call = template.document.root.as_ref().and_then(|root| call_at(root, place.node.span))?;
    let [map, top, second, ..] = call.argument.as_list()? else { return None };
    let value = place.known()?;
    let has_key = |key: &Node, name: &str| key.as_text().is_none_or(|key| key == name);
    let map = template.section("Mappings")?.get(&map.as_text()?)?.as_map()?;
    let rows = map.entries.iter().filter(|row| has_key(top, &row.key));
    let mut cells = rows.filter_map(|row| row.node.as_map()).flat_map(|row| &row.entries);
    let found = cells.find(|cell| has_key(second, &cell.key) && cell.node.as_text().as_ref() == Some(&value));
    found.map(|cell| &cell.node)
}

/// The `Fn::FindInMap` that is written at a span.
fn call_at(node: &Node, span: Span) -> Option<&Call> {
    if node.span != span && !node.span.contains(span) {
        return None;
    }
    match &node.value {
        Value::Call(call) if node.span == span && &*call.function == "FindInMap" => Some(call),
        Value::Call(call) => call_at(&call.argument, span),
        Value::List(items) => items.iter().find_map(|item| call_at(item, span)),
        Value::Map(map) => map.entries.iter().find_map(|entry| call_at(&entry.node, span)),
        _ => None,
    }
}
