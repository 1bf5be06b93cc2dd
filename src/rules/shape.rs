//! What the schemas say against a stream, at its places, in words.

use serde_json::Value as Json;

use super::{Finding, Findings, Place, Scope, enumeration, origin};
use crate::template::Template;
use crate::template::schema::{ShapeError, Step};

/// A breach of shape at a place.
#[derive(Debug, Clone)]
pub struct Shape<'a> {
    /// The value, or for a missing or unknown property the block.
    pub place: Place<'a>,
    /// What the schema says.
    pub error: ShapeError,
    /// The name of the property that the value is of.
    pub name: String,
}

/// Checks the stream's properties, then each block by the schema that its `x-schema` names.
pub fn check<'a>(scope: &Scope<'a>) -> Vec<Shape<'a>> {
    let Some(properties) = scope.properties() else { return Vec::new() };
    let mut found = block(scope, "delivery-stream", &properties);
    let top = scope.view.schemas.schema("delivery-stream");
    for (key, place) in properties.entries() {
        let key = super::scope::destination_named(key).unwrap_or(key);
        let name = top
            .and_then(|schema| schema.get("properties")?.get(key)?.get("x-schema")?.as_str())
            .unwrap_or("");
        if place.node.as_map().is_some() || place.node.as_list().is_some() {
            found.extend(block(scope, name, &place));
        }
    }
    found
}

fn block<'a>(scope: &Scope<'a>, schema: &str, place: &Place<'a>) -> Vec<Shape<'a>> {
    let errors = scope.view.schemas.check(schema, place.node);
    errors.into_iter().filter_map(|error| locate(place, error)).collect()
}

fn locate<'a>(block: &Place<'a>, error: ShapeError) -> Option<Shape<'a>> {
    let mut place = block.clone();
    let mut name = block.path.rsplit('/').next().unwrap_or("").to_owned();
    for step in &error.path {
        place = match step {
            Step::Key(key) => {
                name = key.clone();
                place.get(key)?
            }
            Step::Index(index) => match place.node.as_map() {
                // A mapping whose key is a number.
                Some(_) => place.get(&index.to_string())?,
                None => place.items().into_iter().nth(*index)?,
            },
        };
    }
    Some(Shape { place, error, name })
}

/// Reports every breach that carries the id of the running rule. The check of rules that are all shape.
pub fn report(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let id = findings.rule_id();
    for shape in scope.shape().iter().filter(|shape| shape.error.rule == id) {
        let finding = located(findings.template(), shape);
        findings.add(finding);
    }
}

/// The finding for a breach of shape: at the very character where that is to blame, and with the parameter that
/// gave the value beside it.
pub fn located(template: &Template, shape: &Shape<'_>) -> Finding {
    let mut finding = match shape.error.keyword.as_str() {
        "enum" => enumeration::enum_finding(shape, template),
        _ => finding(shape),
    };
    if let Some((at, wrong)) = refused_character(shape) {
        let text = shape.place.text();
        let span = text.and_then(|text| text.span_of(&template.source.text, at..at + wrong.len_utf8()));
        finding = finding.span(span.unwrap_or(shape.place.node.span));
    }
    match shape.error.keyword.as_str() {
        "required" | "additionalProperties" => finding,
        _ => origin::explain(finding, template, &shape.place),
    }
}

/// The words for a breach of shape.
pub fn finding(shape: &Shape<'_>) -> Finding {
    let Shape { place, error, name } = shape;
    let subject = subject(shape);
    let value = match error.keyword.as_str() {
        "minimum" | "maximum" => place.known().unwrap_or_default().into_owned(),
        _ => shown(place),
    };
    let limit = &error.limit;
    let finding = |message: String| Finding::at(place, message);
    match error.keyword.as_str() {
        "minimum" => finding(format!("{subject} is {value}, below the minimum of {limit}"))
            .service(format!("Member must have value greater than or equal to {limit}"))
            .help(format!("set `{name}` to {limit} or more")),
        "maximum" => finding(format!("{subject} is {value}, above the maximum of {limit}"))
            .service(format!("Member must have value less than or equal to {limit}"))
            .help(format!("set `{name}` to {limit} or less")),
        "minLength" => {
            let least = counted(limit.as_u64().unwrap_or(1), "character");
            let message = match length(place) {
                0 => format!("{subject} is empty; it takes at least {least}"),
                length => {
                    format!("{subject} has {}, below the minimum of {limit}", counted(length, "character"))
                }
            };
            finding(message)
                .service(format!("Member must have length greater than or equal to {limit}"))
                .help(format!("give `{name}` at least {least}"))
        }
        "maxLength" => {
            let length = counted(length(place), "character");
            finding(format!("{subject} has {length}, above the maximum of {limit}"))
                .service(format!("Member must have length less than or equal to {limit}"))
                .help(format!("shorten it to {}", counted(limit.as_u64().unwrap_or(0), "character")))
        }
        "minItems" => {
            let message = match items(place) {
                0 => format!("{subject} is an empty list"),
                items => format!("{subject} has {}, below the minimum of {limit}", counted(items, "item")),
            };
            finding(message).help("add what is missing, or remove the property")
        }
        "maxItems" => {
            let items = counted(items(place), "item");
            finding(format!("{subject} has {items}, above the maximum of {limit}"))
                .help(format!("keep at most {limit}"))
        }
        "uniqueItems" => {
            finding(format!("{subject} has the same item twice")).help("remove the repeated item")
        }
        "enum" => enumeration::words(shape),
        "pattern" => {
            let pattern = limit.as_str().unwrap_or_default();
            let message = match refused_character(shape) {
                Some((_, wrong)) => format!("{subject} is {value}; it may not have {}", character(wrong)),
                None => format!("{subject} is {value}, which is not of the form that the service takes"),
            };
            finding(message)
                .service(format!("Member must satisfy regular expression pattern: {pattern}"))
                .help(match pattern.starts_with("[^ ") && text_is_blank(place) {
                    true => "it must not be blank".to_owned(),
                    false => format!("use a value that matches `{pattern}`"),
                })
        }
        "required" => {
            let property = error.property.as_deref().unwrap_or_default();
            Finding::key(place, format!("{subject} lacks `{property}`"))
                .service(format!("#: required key [{property}] not found"))
                .help(format!("add `{property}`"))
        }
        "additionalProperties" => {
            let property = error.property.as_deref().unwrap_or_default();
            let key = place.get(property).map_or(place.key_span, |place| place.key_span);
            finding(format!("{subject} has no property `{property}`"))
                .span(key)
                .service(format!("#: extraneous key [{property}] is not permitted"))
                .help("remove it, or use a property that there is")
        }
        "type" => {
            let (wanted, named) = type_name(limit);
            let found = json_type(place).map(|found| format!("expected type: {named}, found: {found}"));
            let finding =
                finding(format!("{subject} is {value}; it must be {wanted}")).help(format!("write {wanted}"));
            match found {
                Some(found) => finding.service(found),
                None => finding,
            }
        }
        keyword => finding(format!("{subject} is {value}, which `{keyword}` of its schema refuses")),
    }
}

fn text_is_blank(place: &Place<'_>) -> bool {
    place.known().is_some_and(|text| text.trim().is_empty())
}

/// The property, or an item of it.
pub fn subject(shape: &Shape<'_>) -> String {
    let is_item = matches!(shape.error.path.last(), Some(Step::Index(_)));
    let article = if is_item { "an item of " } else { "" };
    format!("{article}`{}`", shape.name)
}

/// A number of things.
fn counted(count: impl Into<u64>, thing: &str) -> String {
    let count = count.into();
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

/// A character in words.
pub fn character(wanted: char) -> String {
    match wanted {
        ' ' => "a space".to_owned(),
        '\t' => "a tab".to_owned(),
        '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => "a line break".to_owned(),
        '`' => "a backtick".to_owned(),
        wanted if wanted.is_control() => format!("the control character U+{:04X}", u32::from(wanted)),
        wanted => format!("`{wanted}`"),
    }
}

/// Of a pattern that is one class of characters, the first character of the value outside of it, and where it is.
fn refused_character(shape: &Shape<'_>) -> Option<(usize, char)> {
    if shape.error.keyword != "pattern" {
        return None;
    }
    let class = shape.error.limit.as_str()?.strip_prefix('^')?.strip_suffix('$')?;
    let class = class.strip_suffix(['+', '*'])?;
    let inside = class.strip_prefix('[')?.strip_suffix(']')?;
    if inside.contains(['[', ']']) {
        return None;
    }
    let schema = serde_json::json!({ "pattern": format!("^{class}$") });
    let options = jsonschema::options().with_pattern_options(jsonschema::PatternOptions::regex());
    let one = options.build(&schema).ok()?;
    let text = shape.place.known()?;
    text.char_indices().find(|(_, c)| !one.is_valid(&Json::String(c.to_string())))
}

/// A value in few words.
pub fn shown(place: &Place<'_>) -> String {
    use crate::foundation::document::Value;
    let property = place.path.rsplit('/').next().unwrap_or_default();
    match &place.node.value {
        Value::Null => "empty".to_owned(),
        Value::List(_) => "a list".to_owned(),
        Value::Map(_) => "a mapping".to_owned(),
        Value::Unknown(_) | Value::Call(_) => "unknown".to_owned(),
        Value::Number(raw) | Value::Bool(_, raw) => super::secret::covered(property, raw),
        Value::String(text) => {
            let text = super::secret::covered(property, &text.masked());
            let text = text.replace(crate::foundation::document::HOLE, "…");
            let short: String = text.chars().take(60).collect();
            let dots = if short.len() < text.len() { "…" } else { "" };
            match short.as_str() {
                "" => "empty".to_owned(),
                _ => format!("`{}{dots}`", short.escape_debug()),
            }
        }
    }
}

/// A type in words, and as CloudFormation's validator names it.
fn type_name(limit: &Json) -> (&'static str, &'static str) {
    match limit.as_str() {
        Some("integer") => ("a whole number", "Number"),
        Some("number") => ("a number", "Number"),
        Some("boolean") => ("`true` or `false`", "Boolean"),
        Some("array") => ("a list", "JSONArray"),
        Some("object") => ("a mapping", "JSONObject"),
        _ => ("a string", "String"),
    }
}

/// The type of a value as CloudFormation's validator names it.
fn json_type(place: &Place<'_>) -> Option<&'static str> {
    use crate::foundation::document::Value;
    match &place.node.value {
        Value::List(_) => Some("JSONArray"),
        Value::Map(_) => Some("JSONObject"),
        Value::String(_) => Some("String"),
        _ => None,
    }
}

fn length(place: &Place<'_>) -> u64 {
    place.known().map_or(0, |text| text.chars().count() as u64)
}

fn items(place: &Place<'_>) -> u64 {
    place.node.as_list().map_or(0, |items| items.len() as u64)
}
