//! Shape: a resolved block against its embedded JSON Schema, and errors back to places.
//!
//! The schemas are ours, one file per destination, compiled on first use and only where a template has the block.
//! Beside a keyword, `x-rule` names the rule that speaks of it. Scalars are coerced as CloudFormation does (`"300"`
//! is a number where one is wanted), and what is unknown is never wrong.

use std::cell::OnceCell;

use jsonschema::error::ValidationErrorKind;
use serde_json::Value as Json;

use crate::foundation::document::{Node, Value};

/// An embedded schema: its name and text.
struct Embedded {
    name: &'static str,
    text: &'static str,
}

macro_rules! schemas {
    ($($name:literal),* $(,)?) => {
        const EMBEDDED: &[Embedded] = &[$(Embedded {
            name: $name,
            text: include_str!(concat!("../../schemas/", $name, ".json")),
        }),*];
    };
}

schemas![
    "amazonopensearchservice",
    "attributes",
    "companions",
    "config",
    "database-source",
    "delivery-stream",
    "deploy-event",
    "elasticsearch",
    "expectations",
    "extended-s3",
    "findings",
    "http-endpoint",
    "iceberg",
    "infer",
    "init",
    "kinesis-source",
    "load-error",
    "manifest",
    "msk-source",
    "opensearch-serverless",
    "own-rule",
    "redshift",
    "render",
    "report",
    "rules",
    "s3",
    "scenario",
    "snowflake",
    "splunk",
    "tags",
];

/// The text of an embedded schema.
pub fn text(name: &str) -> Option<&'static str> {
    EMBEDDED.iter().find(|embedded| embedded.name == name).map(|embedded| embedded.text)
}

/// The names of all embedded schemas.
pub fn names() -> impl Iterator<Item = &'static str> {
    EMBEDDED.iter().map(|embedded| embedded.name)
}

/// What a schema says against a block.
#[derive(Debug, Clone)]
pub struct ShapeError {
    /// Where, as keys and list indexes from the block.
    pub path: Vec<Step>,
    /// The keyword that failed, such as `required`.
    pub keyword: String,
    /// The keyword's value in the schema.
    pub limit: Json,
    /// The rule that speaks of it.
    pub rule: String,
    /// For `required` and `additionalProperties`: the property.
    pub property: Option<String>,
    /// For `additionalProperties`: the properties that the object may have.
    pub known: Vec<String>,
}

/// A step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Into a mapping.
    Key(String),
    /// Into a list, from 0.
    Index(usize),
}

/// What the schema `name` says first against a document: where, and what. The document's values are not repeated: there may
/// be secrets among them.
pub fn first_mistake(name: &str, document: &Json) -> Option<(Vec<Step>, String)> {
    let schemas = Schemas::new();
    let validator = schemas.loaded(name)?.validator.as_ref()?;
    let error = validator.iter_errors(document).next()?;
    let steps = steps(error.instance_path().as_str());
    let words = |step: &Step| match step {
        Step::Key(key) => key.clone(),
        Step::Index(at) => at.to_string(),
    };
    let path = steps.iter().map(words).collect::<Vec<_>>().join(".");
    let message = error.masked_with(format!("`{path}`")).to_string();
    Some((steps, message))
}

/// Parsed and compiled schemas, kept for the streams of one run.
#[derive(Default)]
pub struct Schemas {
    loaded: Vec<(&'static str, OnceCell<Loaded>)>,
}

struct Loaded {
    schema: Json,
    validator: Option<jsonschema::Validator>,
}

impl Schemas {
    /// No schema is parsed before it is needed.
    pub fn new() -> Schemas {
        Schemas { loaded: EMBEDDED.iter().map(|embedded| (embedded.name, OnceCell::new())).collect() }
    }

    fn loaded(&self, name: &str) -> Option<&Loaded> {
        let (name, cell) = self.loaded.iter().find(|(known, _)| *known == name)?;
        Some(cell.get_or_init(|| {
            let schema: Json =
                text(name).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
            let options = jsonschema::options()
                .with_draft(jsonschema::Draft::Draft202012)
                .with_pattern_options(jsonschema::PatternOptions::regex());
            let validator = options.build(&schema).ok();
            Loaded { schema, validator }
        }))
    }

    /// A schema as JSON.
    pub fn schema(&self, name: &str) -> Option<&Json> {
        self.loaded(name).map(|loaded| &loaded.schema)
    }

    /// What the schema `name` says against a resolved block, in the order of the schema's walk.
    pub fn check(&self, name: &str, block: &Node) -> Vec<ShapeError> {
        let Some(Loaded { schema, validator: Some(validator) }) = self.loaded(name) else {
            return Vec::new();
        };
        let mut instance = Instance { root: schema, holes: 0 };
        let json = instance.json(block, Some(schema));
        let mut errors = Vec::new();
        for error in validator.iter_errors(&json) {
            let path = steps(error.instance_path().as_str());
            if is_hole(&json, &path) {
                continue;
            }
            let pointer = error.schema_path().as_str();
            let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
            let place = schema.pointer(parent);
            let keyword = error.kind().keyword().to_owned();
            // Of a value of the wrong type, that it is also none of the listed ones is no news.
            if keyword == "enum" && place.is_some_and(|place| !has_type(place, error.instance())) {
                continue;
            }
            let limit = place.and_then(|place| place.get(&keyword)).cloned().unwrap_or_default();
            let shape = ShapeError {
                rule: rule(place, &keyword),
                known: properties(place),
                path,
                keyword,
                limit,
                property: None,
            };
            match error.kind() {
                ValidationErrorKind::AdditionalProperties { unexpected } => {
                    errors.extend(
                        unexpected
                            .iter()
                            .map(|property| ShapeError { property: Some(property.clone()), ..shape.clone() }),
                    );
                }
                ValidationErrorKind::Required { property } => {
                    let property = property.as_str().map(str::to_owned);
                    errors.push(ShapeError { property, ..shape });
                }
                _ => errors.push(shape),
            }
        }
        errors
    }
}

fn rule(place: Option<&Json>, keyword: &str) -> String {
    let annotated = place.and_then(|place| place.get("x-rule")?.get(keyword)?.as_str());
    let default = match keyword {
        "additionalProperties" => "FH006",
        "required" => "FH008",
        "type" => "FH009",
        "enum" => "FH010",
        _ => "FH021",
    };
    annotated.unwrap_or(default).to_owned()
}

fn properties(place: Option<&Json>) -> Vec<String> {
    let map = place.and_then(|place| place.get("properties")?.as_object());
    map.map(|map| map.keys().cloned().collect()).unwrap_or_default()
}

/// A JSON Pointer as steps.
pub fn steps(pointer: &str) -> Vec<Step> {
    let step = |part: &str| {
        let part = part.replace("~1", "/").replace("~0", "~");
        part.parse::<usize>().map_or(Step::Key(part), Step::Index)
    };
    pointer.split('/').skip(1).map(step).collect()
}

/// Whether a value has the type that a schema wants.
fn has_type(schema: &Json, value: &Json) -> bool {
    match schema.get("type").and_then(Json::as_str) {
        Some("string") => value.is_string(),
        Some("integer" | "number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => true,
    }
}

fn child<'a>(schema: &'a Json, step: &Step) -> Option<&'a Json> {
    match step {
        Step::Key(key) => schema
            .get("properties")
            .and_then(|properties| properties.get(key))
            .or_else(|| schema.get("additionalProperties").filter(|schema| schema.is_object())),
        Step::Index(_) => schema.get("items"),
    }
}

/// A schema with its `$ref` followed.
fn follow<'a>(root: &'a Json, schema: &'a Json) -> &'a Json {
    let target = schema.get("$ref").and_then(Json::as_str).and_then(|reference| reference.strip_prefix('#'));
    target.and_then(|pointer| root.pointer(pointer)).unwrap_or(schema)
}

const HOLE_MARK: &str = "\u{FFFC}#";

/// Whether the value at a path, or one above it, is unknown.
fn is_hole(json: &Json, path: &[Step]) -> bool {
    let hole = |json: &Json| json.as_str().is_some_and(|text| text.starts_with(HOLE_MARK));
    let mut at = json;
    for step in path {
        if hole(at) {
            return true;
        }
        let next = match step {
            Step::Key(key) => at.get(key),
            Step::Index(index) => at.get(index).or_else(|| at.get(index.to_string())),
        };
        match next {
            Some(next) => at = next,
            None => return false,
        }
    }
    hole(at)
}

/// Turns a resolved block into JSON, coercing scalars to what the schema wants.
struct Instance<'a> {
    root: &'a Json,
    holes: usize,
}

impl Instance<'_> {
    fn hole(&mut self) -> Json {
        self.holes += 1;
        Json::String(format!("{HOLE_MARK}{}", self.holes))
    }

    fn json(&mut self, node: &Node, schema: Option<&Json>) -> Json {
        let schema = schema.map(|schema| follow(self.root, schema));
        let wanted = schema.and_then(|schema| schema.get("type")).and_then(Json::as_str);
        match &node.value {
            Value::Null => Json::Null,
            Value::Unknown(_) | Value::Call(_) => self.hole(),
            Value::List(items) => {
                let below = schema.and_then(|schema| schema.get("items"));
                Json::Array(items.iter().map(|item| self.json(item, below)).collect())
            }
            Value::Map(map) => {
                let mut json = serde_json::Map::new();
                for entry in &map.entries {
                    let below =
                        schema.and_then(|schema| child(schema, &Step::Key(entry.key.as_ref().to_owned())));
                    let value = self.json(&entry.node, below);
                    json.insert(entry.key.to_string(), value);
                }
                Json::Object(json)
            }
            Value::String(text) => match text.known_text() {
                Some(text) => coerced(&text, wanted),
                None => self.hole(),
            },
            Value::Number(raw) => match wanted {
                Some("string") => Json::String(raw.to_string()),
                _ => number(raw).unwrap_or_else(|| Json::String(raw.to_string())),
            },
            Value::Bool(value, raw) => match wanted {
                Some("string") => Json::String(raw.to_string()),
                _ => Json::Bool(*value),
            },
        }
    }
}

fn coerced(text: &str, wanted: Option<&str>) -> Json {
    let other = match wanted {
        Some("integer" | "number") => number(text.trim()),
        Some("boolean") if text.eq_ignore_ascii_case("true") => Some(Json::Bool(true)),
        Some("boolean") if text.eq_ignore_ascii_case("false") => Some(Json::Bool(false)),
        _ => None,
    };
    other.unwrap_or_else(|| Json::String(text.to_owned()))
}

/// A number as JSON: whole where it is.
pub fn number(text: &str) -> Option<Json> {
    if let Ok(integer) = text.parse::<i64>() {
        return Some(integer.into());
    }
    let float: f64 = text.parse().ok()?;
    serde_json::Number::from_f64(float).map(Json::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(yaml: &str) -> Vec<(String, String)> {
        let root = super::super::read::read(yaml).root.unwrap();
        let errors = Schemas::new().check("extended-s3", &root);
        errors
            .into_iter()
            .map(|error| (error.rule, format!("{:?} {:?}", error.path, error.property)))
            .collect()
    }

    #[test]
    fn every_schema_compiles() {
        let schemas = Schemas::new();
        for name in names().filter(|name| *name != "attributes") {
            assert!(schemas.loaded(name).is_some_and(|loaded| loaded.validator.is_some()), "{name}");
        }
    }

    #[test]
    fn scalars_are_coerced_and_unknown_is_not_wrong() {
        let good = "RoleARN: !GetAtt R.Arn\nBucketARN: arn:aws:s3:::b\n\
                    BufferingHints: {SizeInMBs: \"64\", IntervalInSeconds: !Ref I}\n\
                    ProcessingConfiguration: {Enabled: 'true', Processors: !If [a, b, c]}\n";
        assert_eq!(check(good), []);
    }

    #[test]
    fn errors_name_rule_place_and_property() {
        let bad = "BucketARN: arn:aws:s3:::b\nPrefixx: a\nBufferingHints: {SizeInMBs: 256, IntervalInSeconds: 5MB}\n";
        let mut found = check(bad);
        found.sort();
        let rules: Vec<_> = found.iter().map(|(rule, _)| rule.as_str()).collect();
        assert_eq!(rules, ["FH006", "FH008", "FH009", "FH201"]);
        assert!(found[0].1.contains("Prefixx") && found[1].1.contains("RoleARN"));
    }
}
