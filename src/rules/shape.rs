//! What the schemas say against a stream, at its places, in words.

use serde_json::Value as Json;

use super::{Finding, Findings, Place, Scope};
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
        findings.add(finding(shape));
    }
}

/// The words for a breach of shape.
pub fn finding(shape: &Shape<'_>) -> Finding {
    let Shape { place, error, name } = shape;
    let value = shown(place);
    let limit = &error.limit;
    let finding = |message: String| Finding::at(place, message);
    match error.keyword.as_str() {
        "minimum" => finding(format!("`{name}` is {value}; the least is {limit}"))
            .service(format!("Member must have value greater than or equal to {limit}"))
            .help(format!("set `{name}` to {limit} or more")),
        "maximum" => finding(format!("`{name}` is {value}; the most is {limit}"))
            .service(format!("Member must have value less than or equal to {limit}"))
            .help(format!("set `{name}` to {limit} or less")),
        "minLength" => finding(format!("`{name}` has {} characters; the least is {limit}", length(place)))
            .service(format!("Member must have length greater than or equal to {limit}"))
            .help(format!("give `{name}` a value of at least {limit} characters")),
        "maxLength" => finding(format!("`{name}` has {} characters; the most is {limit}", length(place)))
            .service(format!("Member must have length less than or equal to {limit}"))
            .help(format!("shorten `{name}` to {limit} characters")),
        "minItems" => finding(format!("`{name}` has {} items; the least is {limit}", items(place)))
            .help("add items, or remove the property"),
        "maxItems" => {
            finding(format!("`{name}` has {} items; the most is {limit}", items(place))).help("remove items")
        }
        "uniqueItems" => {
            finding(format!("`{name}` has the same item twice")).help("remove the repeated item")
        }
        "pattern" => finding(format!("`{name}` is {value}, which the service's pattern refuses"))
            .service(format!(
                "Member must satisfy regular expression pattern: {}",
                limit.as_str().unwrap_or_default()
            ))
            .help(format!("use a value that matches {}", limit.as_str().unwrap_or_default())),
        "required" => {
            let property = error.property.as_deref().unwrap_or_default();
            Finding::key(place, format!("`{name}` lacks `{property}`"))
                .service(format!("#: required key [{property}] not found"))
                .help(format!("add `{property}`"))
        }
        "type" => {
            let wanted = type_name(limit);
            finding(format!("`{name}` is {value}; it must be {wanted}"))
                .service(format!("expected type: {}", limit.as_str().unwrap_or_default()))
                .help(format!("write {wanted}"))
        }
        keyword => finding(format!("`{name}` is {value}, which `{keyword}` of its schema refuses")),
    }
}

/// A value in few words.
pub fn shown(place: &Place<'_>) -> String {
    use crate::foundation::document::Value;
    match &place.node.value {
        Value::Null => "empty".to_owned(),
        Value::List(_) => "a list".to_owned(),
        Value::Map(_) => "a mapping".to_owned(),
        Value::Unknown(_) | Value::Call(_) => "unknown".to_owned(),
        Value::Number(raw) | Value::Bool(_, raw) => raw.to_string(),
        Value::String(text) => {
            let text = text.masked();
            let short: String = text.chars().take(60).collect();
            let dots = if short.len() < text.len() { "…" } else { "" };
            format!("`{}{dots}`", short.escape_debug())
        }
    }
}

fn type_name(limit: &Json) -> &'static str {
    match limit.as_str() {
        Some("integer") => "a whole number",
        Some("number") => "a number",
        Some("boolean") => "`true` or `false`",
        Some("array") => "a list",
        Some("object") => "a mapping",
        _ => "a string",
    }
}

fn length(place: &Place<'_>) -> usize {
    place.known().map_or(0, |text| text.chars().count())
}

fn items(place: &Place<'_>) -> usize {
    place.node.as_list().map_or(0, <[_]>::len)
}
