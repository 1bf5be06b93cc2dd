//! What a schema said against a value, in words and at its exact place.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Kind;
use serde_json::Value as Json;

use super::path::last_name;
use crate::foundation::span::Span;
use crate::rules::Place;
use crate::rules::shape::shown;
use crate::template::schema::{Step, steps};

/// One remark of a schema.
#[derive(Debug, Clone)]
pub struct Said {
    /// Where.
    pub span: Span,
    /// The same place as a path.
    pub path: String,
    /// The fact.
    pub text: String,
}

/// A place below a place.
fn below<'a>(place: &Place<'a>, steps: &[Step]) -> Option<Place<'a>> {
    steps.iter().try_fold(place.clone(), |place, step| match step {
        Step::Key(key) => place.get(key),
        Step::Index(index) if place.node.as_map().is_some() => place.get(&index.to_string()),
        Step::Index(index) => place.items().into_iter().nth(*index),
    })
}

/// What an error says, at its place below the value that was checked.
///
/// `looked_for` is what an error of `contains` looked for.
pub fn said(value: &Place<'_>, error: &ValidationError<'_>, looked_for: Option<&Json>) -> Vec<Said> {
    let path = steps(error.instance_path().as_str());
    let Some(place) = below(value, &path) else { return Vec::new() };
    match error.kind() {
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            let one = |key: &String| {
                let at = place.get(key).unwrap_or_else(|| place.clone());
                at_key(&at, format!("`{}` has `{key}`, which is not allowed", name(&place)))
            };
            unexpected.iter().map(one).collect()
        }
        Kind::Required { .. } | Kind::MinProperties { .. } | Kind::FalseSchema => {
            vec![at_key(&place, words(&place, error))]
        }
        Kind::Contains => {
            let sought = looked_for.map(sought).unwrap_or_default();
            vec![at_key(&place, format!("`{}` has no item that fits `{sought}`", name(&place)))]
        }
        Kind::MinItems { .. } => vec![at_key(&place, words(&place, error))],
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => match meant(error, context) {
            Some(errors) => errors.iter().flat_map(|error| said(value, error, None)).collect(),
            None => vec![Said { span: place.node.span, text: words(&place, error), path: place.path }],
        },
        Kind::PropertyNames { error: inner } => {
            let key = inner.instance().as_str().unwrap_or_default();
            let at = place.get(key).unwrap_or_else(|| place.clone());
            vec![at_key(&at, format!("the name `{key}` is not allowed in `{}`", name(&place)))]
        }
        _ => vec![Said { span: place.node.span, text: words(&place, error), path: place.path }],
    }
}

fn at_key(place: &Place<'_>, text: String) -> Said {
    Said { span: place.key_span, path: place.path.clone(), text }
}

fn name(place: &Place<'_>) -> String {
    last_name(&place.path).to_owned()
}

fn json(value: &Json) -> String {
    match value {
        Json::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    }
}

fn listed(values: &Json) -> String {
    let items = values.as_array().map(Vec::as_slice).unwrap_or_default();
    let mut words: Vec<String> = items.iter().take(8).map(json).collect();
    if items.len() > 8 {
        words.push("…".to_owned());
    }
    words.join(", ")
}

fn words(place: &Place<'_>, error: &ValidationError<'_>) -> String {
    let (name, value) = (name(place), shown(place));
    let items = place.node.as_list().map_or(0, <[_]>::len);
    match error.kind() {
        Kind::Required { property } => format!("`{name}` lacks {}", json(property)),
        Kind::FalseSchema => format!("`{name}` is not allowed here"),
        Kind::Type { kind } => {
            let kinds = format!("{kind:?}");
            let wanted = ["string", "integer", "number", "boolean", "array", "object", "null"]
                .into_iter()
                .filter(|kind| kinds.to_lowercase().contains(kind))
                .collect::<Vec<_>>();
            format!("`{name}` is {value}; it must be of type {}", wanted.join(" or "))
        }
        Kind::Enum { options } => format!("`{name}` is {value}; it must be one of {}", listed(options)),
        Kind::Constant { expected_value } => {
            format!("`{name}` is {value}; it must be {}", json(expected_value))
        }
        Kind::Pattern { pattern } => format!("`{name}` is {value}, which does not match `{pattern}`"),
        Kind::Minimum { limit } => format!("`{name}` is {value}; the least is {limit}"),
        Kind::Maximum { limit } => format!("`{name}` is {value}; the most is {limit}"),
        Kind::ExclusiveMinimum { limit } => format!("`{name}` is {value}; it must be more than {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("`{name}` is {value}; it must be less than {limit}"),
        Kind::MinLength { limit } => format!("`{name}` is {value}; it needs {limit} characters or more"),
        Kind::MaxLength { limit } => format!("`{name}` is {value}; {limit} characters are the most"),
        Kind::MinItems { limit } => format!("`{name}` has {items} items; the least is {limit}"),
        Kind::MaxItems { limit } => format!("`{name}` has {items} items; the most is {limit}"),
        Kind::UniqueItems => format!("`{name}` has the same item twice"),
        Kind::Not { .. } => format!("`{name}` is {value}, which the rule forbids"),
        Kind::Format { format } => format!("`{name}` is {value}, which is no {format}"),
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
            format!("`{name}` fits none of the {} alternatives", context.len())
        }
        Kind::OneOfMultipleValid { .. } => {
            format!("`{name}` is several of the things of which it must be one")
        }
        kind => format!("`{name}` breaks `{}` of the rule's schema", kind.keyword()),
    }
}

/// The errors of the one alternative that is meant: the only one whose type the value has.
fn meant<'c>(
    error: &ValidationError<'_>,
    context: &'c [Vec<ValidationError<'static>>],
) -> Option<&'c [ValidationError<'static>]> {
    let of_other_type = |errors: &&Vec<ValidationError<'static>>| {
        errors.iter().any(|inner| {
            matches!(inner.kind(), Kind::Type { .. }) && inner.instance_path() == error.instance_path()
        })
    };
    let mut fitting = context.iter().filter(|errors| !of_other_type(errors));
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first)
}

/// What `contains` looks for, in few words: the members that it fixes, or the schema.
fn sought(schema: &Json) -> String {
    const LONGEST: usize = 100;
    let fixed = |(key, schema): (&String, &Json)| Some(format!("{key}: {}", schema.get("const")?));
    let members: Vec<String> = schema
        .get("properties")
        .and_then(Json::as_object)
        .map(|map| map.iter().filter_map(fixed).collect())
        .unwrap_or_default();
    let words = if members.is_empty() { schema.to_string() } else { format!("{{{}}}", members.join(", ")) };
    match words.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}
