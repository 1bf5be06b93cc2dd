//! A schema of a rule file, compiled: draft 2020-12, a linear-time pattern engine, nothing fetched, and bounded.
//!
//! A schema may refer to its own parts but not go round in a circle: what it writes out to is a finite tree, so the
//! work of a check is bounded by that tree's size times the size of the resource.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::{Map, Value as Json};

use super::instance::Instance;
use super::three_valued::{Side, reading};
use crate::template::schema::{Step, steps};

/// Most subschemas that a schema may write out to.
const MOST_SUBSCHEMAS: u64 = 10_000;
/// Deepest nesting of subschemas, references written out.
const DEEPEST: usize = 64;
/// Largest compiled pattern, in bytes.
const LARGEST_PATTERN: usize = 1 << 18;

/// A compiled schema.
#[derive(Debug)]
pub struct Demand {
    /// The schema as written.
    pub schema: Json,
    exact: Validator,
    readings: OnceLock<Option<Readings>>,
}

#[derive(Debug)]
struct Readings {
    possible: Validator,
    possible_schema: Json,
    certain: Validator,
}

/// What a schema says of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Satisfied, whatever the unknown parts are.
    Satisfied,
    /// Violated, whatever the unknown parts are.
    Violated,
    /// It depends on what is unknown.
    Undecided,
}

/// Why a schema is not taken, and where in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The place in the schema.
    pub at: Vec<Step>,
    /// The fact.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl Refusal {
    fn new(pointer: &str, message: impl Into<String>) -> Refusal {
        Refusal { at: steps(pointer), message: message.into(), help: None }
    }

    fn help(mut self, help: impl Into<String>) -> Refusal {
        self.help = Some(help.into());
        self
    }
}

impl Demand {
    /// Compiles a schema.
    pub fn new(schema: Json) -> Result<Demand, Refusal> {
        Sizes { root: &schema, known: BTreeMap::new() }.bounded()?;
        let exact = compile(&schema).map_err(|(at, message)| {
            let culprit = broken_pattern(&schema, String::new());
            let (at, message) = culprit.unwrap_or((at, message));
            Refusal::new(&at, message)
        })?;
        Ok(Demand { schema, exact, readings: OnceLock::new() })
    }

    fn readings(&self) -> Option<&Readings> {
        let build = || {
            let possible_schema = reading(&self.schema, Side::Possible);
            Some(Readings {
                possible: compile(&possible_schema).ok()?,
                possible_schema,
                certain: compile(&reading(&self.schema, Side::Certain)).ok()?,
            })
        };
        self.readings.get_or_init(build).as_ref()
    }

    /// Judges an instance. One without holes is never undecided.
    pub fn judge(&self, instance: &Instance) -> Verdict {
        if instance.holes.is_empty() {
            return if self.exact.is_valid(&instance.json) { Verdict::Satisfied } else { Verdict::Violated };
        }
        match self.readings() {
            Some(readings) if readings.certain.is_valid(&instance.json) => Verdict::Satisfied,
            Some(readings) if !readings.possible.is_valid(&instance.json) => Verdict::Violated,
            _ => Verdict::Undecided,
        }
    }

    /// What is wrong with an instance that violates the schema, whatever its unknown parts are.
    pub fn errors<'i>(&'i self, instance: &'i Instance) -> Vec<jsonschema::ValidationError<'i>> {
        let validator = match instance.holes.is_empty() {
            true => Some(&self.exact),
            false => self.readings().map(|readings| &readings.possible),
        };
        validator.map(|validator| validator.iter_errors(&instance.json).collect()).unwrap_or_default()
    }

    /// For an error of `contains`: what the rule looks for, as it was written.
    pub fn looked_for(&self, instance: &Instance, error: &jsonschema::ValidationError<'_>) -> Option<&Json> {
        let schema = match instance.holes.is_empty() {
            true => &self.schema,
            false => &self.readings()?.possible_schema,
        };
        let (parent, _) = error.schema_path().as_str().rsplit_once('/')?;
        let parent = schema.pointer(parent)?;
        parent.get("x-contains").or_else(|| parent.get("contains"))
    }

    /// The paths at which an undecided verdict would still need to know more.
    pub fn needs(&self, instance: &Instance) -> Vec<Vec<Step>> {
        let certain = self.readings().map(|readings| &readings.certain);
        certain
            .map(|validator| {
                let errors = validator.iter_errors(&instance.json);
                errors.map(|error| steps(error.instance_path().as_str())).collect()
            })
            .unwrap_or_default()
    }
}

fn compile(schema: &Json) -> Result<Validator, (String, String)> {
    let patterns = PatternOptions::regex().size_limit(LARGEST_PATTERN).dfa_size_limit(LARGEST_PATTERN);
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_pattern_options(patterns)
        .should_validate_formats(true)
        .build(schema)
        .map_err(|error| {
            let at = error.instance_path().as_str().to_owned();
            (at, format!("not a JSON Schema of draft 2020-12: {error}"))
        })
}

/// The first pattern that does not compile alone, as the builder's own error does not say where it stands.
fn broken_pattern(schema: &Json, pointer: String) -> Option<(String, String)> {
    let broken = |pattern: &str| {
        let alone = serde_json::json!({ "pattern": pattern });
        compile(&alone).is_err()
    };
    let words = |pattern: &str| {
        format!(
            "the pattern `{pattern}` is not taken: not a regular expression, too large, or one with look-around \
             or back-references"
        )
    };
    let below = |key: &str| format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
    match schema {
        Json::Object(map) => {
            if let Some(pattern) = map.get("pattern").and_then(Json::as_str).filter(|text| broken(text)) {
                return Some((below("pattern"), words(pattern)));
            }
            let keyed = map.get("patternProperties").and_then(Json::as_object);
            if let Some((key, _)) = keyed.into_iter().flatten().find(|(key, _)| broken(key)) {
                return Some((below("patternProperties"), words(key)));
            }
            map.iter().find_map(|(key, value)| broken_pattern(value, below(key)))
        }
        Json::Array(items) => {
            items.iter().enumerate().find_map(|(at, item)| broken_pattern(item, format!("{pointer}/{at}")))
        }
        _ => None,
    }
}

/// Counts what a schema writes out to.
struct Sizes<'a> {
    root: &'a Json,
    /// `None` while a schema is being counted: to meet it again is a circle.
    known: BTreeMap<String, Option<(u64, usize)>>,
}

impl Sizes<'_> {
    fn bounded(mut self) -> Result<(), Refusal> {
        let (size, _) = self.size("", 0)?;
        if size > MOST_SUBSCHEMAS {
            return Err(Refusal::new(
                "",
                format!("the schema writes out to {size} subschemas; {MOST_SUBSCHEMAS} are the most"),
            ));
        }
        Ok(())
    }

    fn size(&mut self, pointer: &str, depth: usize) -> Result<(u64, usize), Refusal> {
        if depth > DEEPEST {
            return Err(Refusal::new(pointer, format!("subschemas nest more than {DEEPEST} levels deep")));
        }
        match self.known.get(pointer) {
            Some(Some((size, height))) if depth + height <= DEEPEST => return Ok((*size, *height)),
            Some(None) => {
                return Err(Refusal::new(pointer, "the schema refers to itself in a circle")
                    .help("write out the levels that a template can have"));
            }
            _ => {}
        }
        let Some(schema) = self.root.pointer(pointer) else {
            return Err(Refusal::new(pointer, "nothing stands here"));
        };
        self.known.insert(pointer.to_owned(), None);
        let (mut size, mut height) = (1u64, 0);
        if let Json::Object(map) = schema {
            for (weight, below) in subschemas(pointer, map)? {
                if self.root.pointer(&below).is_none() {
                    return Err(Refusal::new(
                        &format!("{pointer}/$ref"),
                        format!("nothing stands at `#{below}`"),
                    ));
                }
                let (inner, high) = self.size(&below, depth + 1)?;
                size = size.saturating_add(inner.saturating_mul(weight));
                height = height.max(high + 1);
            }
        }
        self.known.insert(pointer.to_owned(), Some((size, height)));
        Ok((size, height))
    }
}

/// The schemas directly below a schema, with how often the three-valued readings look at each.
fn subschemas(pointer: &str, map: &Map<String, Json>) -> Result<Vec<(u64, String)>, Refusal> {
    let mut below = Vec::new();
    for (keyword, value) in map {
        let at = format!("{pointer}/{keyword}");
        match (keyword.as_str(), value) {
            ("$ref", Json::String(target)) => match target.strip_prefix('#') {
                Some(inner) if (inner.is_empty() || inner.starts_with('/')) && !inner.contains('%') => {
                    below.push((1, inner.to_owned()));
                }
                _ => {
                    return Err(Refusal::new(
                        &at,
                        format!("`{target}` refers to something outside the schema"),
                    )
                    .help("refer to a part of it: `#/$defs/name`"));
                }
            },
            ("$dynamicRef" | "$dynamicAnchor" | "$recursiveRef" | "$recursiveAnchor" | "$id", _) => {
                return Err(Refusal::new(&at, format!("`{keyword}` is not taken in a rule"))
                    .help("use `$defs` and `$ref: '#/$defs/name'`"));
            }
            ("$schema", Json::String(draft)) if !draft.contains("json-schema.org/draft/2020-12/") => {
                return Err(Refusal::new(&at, format!("`{draft}` is not the draft that rules are read in"))
                    .help("remove it, or write `https://json-schema.org/draft/2020-12/schema`"));
            }
            (
                "properties" | "patternProperties" | "dependentSchemas" | "$defs" | "definitions",
                Json::Object(inner),
            ) => {
                // A definition counts where it is referred to.
                let weight = u64::from(!keyword.ends_with("defs") && keyword != "definitions");
                let escaped = |key: &String| key.replace('~', "~0").replace('/', "~1");
                below.extend(inner.keys().map(|key| (weight, format!("{at}/{}", escaped(key)))));
            }
            ("prefixItems" | "allOf" | "anyOf", Json::Array(inner)) => {
                below.extend((0..inner.len()).map(|index| (1, format!("{at}/{index}"))));
            }
            ("oneOf", Json::Array(inner)) => {
                below.extend((0..inner.len()).map(|index| (4, format!("{at}/{index}"))));
            }
            ("if" | "contains", _) => below.push((2, at)),
            (
                "items"
                | "additionalProperties"
                | "propertyNames"
                | "unevaluatedItems"
                | "unevaluatedProperties"
                | "not"
                | "then"
                | "else",
                _,
            ) => below.push((1, at)),
            _ => {}
        }
    }
    Ok(below)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(schema: Json) -> String {
        Demand::new(schema).unwrap_err().message
    }

    #[test]
    fn what_could_run_away_is_refused() {
        assert!(refused(json!({"$ref": "#"})).contains("circle"));
        assert!(refused(json!({"$defs": {"a": {"items": {"$ref": "#/$defs/a"}}}})).contains("circle"));
        assert!(refused(json!({"$ref": "https://example.com/x"})).contains("outside"));
        assert!(refused(json!({"$ref": "#/$defs/b"})).contains("nothing stands at"));
        assert!(refused(json!({"$id": "https://example.com/x"})).contains("not taken"));
        assert!(refused(json!({"$schema": "http://json-schema.org/draft-07/schema#"})).contains("draft"));
        let mut laughs = Map::new();
        laughs.insert("l0".to_owned(), json!({"type": "string"}));
        for level in 1..25 {
            let inner = json!({"$ref": format!("#/$defs/l{}", level - 1)});
            laughs.insert(format!("l{level}"), json!({"allOf": [inner, inner]}));
        }
        let deep = refused(json!({"$ref": "#/$defs/l24", "$defs": laughs}));
        assert!(deep.contains("subschemas"), "{deep}");
    }

    #[test]
    fn a_broken_pattern_is_found() {
        let schema = json!({"properties": {"A": {"pattern": "^(?!x)"}}});
        let refusal = Demand::new(schema).unwrap_err();
        assert_eq!(refusal.at, steps("/properties/A/pattern"));
        let large = json!({"properties": {"A": {"pattern": "(\\w{500}){500}"}}});
        assert!(refused(large).contains("too large"));
    }

    #[test]
    fn a_keyword_of_the_wrong_kind_is_found() {
        let refusal = Demand::new(json!({"properties": {"A": {"minLength": "x"}}})).unwrap_err();
        assert_eq!(refusal.at, steps("/properties/A/minLength"), "{}", refusal.message);
    }

    fn verdict(schema: Json, instance: Json, holes: usize) -> Verdict {
        let holes = vec![super::super::instance::Hole::default(); holes];
        Demand::new(schema).unwrap().judge(&Instance { json: instance, holes })
    }

    #[test]
    fn three_values() {
        use Verdict::{Satisfied, Undecided, Violated};
        let hole = format!("{}0", super::super::three_valued::HOLE_MARK);
        let with = |schema: Json, instance: Json| verdict(schema, instance, 1);
        let value = json!({ "A": hole });
        for (schema, wanted) in [
            (json!({"required": ["A"]}), Satisfied),
            (json!({"required": ["B"]}), Violated),
            (json!({"properties": {"A": {"type": "string"}}}), Satisfied),
            (json!({"properties": {"A": {"minimum": 5}}}), Undecided),
            (json!({"properties": {"A": {"not": {"const": "x"}}}}), Undecided),
            (json!({"properties": {"A": {"pattern": "^x"}}, "required": ["B"]}), Violated),
            (json!({"anyOf": [{"required": ["A"]}, {"properties": {"A": {"const": 1}}}]}), Satisfied),
            (json!({"if": {"properties": {"A": {"const": 1}}}, "then": {"required": ["B"]}}), Undecided),
            (json!({"if": {"properties": {"A": {"const": 1}}}, "then": {"required": ["A"]}}), Satisfied),
            (json!({"oneOf": [{"required": ["A"]}, {"properties": {"A": {"const": 1}}}]}), Undecided),
            (json!({"oneOf": [{"required": ["A"]}, {"required": ["B"]}]}), Satisfied),
            (json!({"const": {"A": 1}}), Undecided),
            (json!({"const": {"A": 1, "B": 2}}), Violated),
            (json!({"enum": [{"A": 1}, {"B": 1}]}), Undecided),
            (json!({"not": {"required": ["A"]}}), Violated),
            (json!({"properties": {"A": false}}), Violated),
            (json!({"additionalProperties": false}), Violated),
            (json!({"$defs": {"x": {"const": 3}}, "properties": {"A": {"$ref": "#/$defs/x"}}}), Undecided),
        ] {
            assert_eq!(with(schema.clone(), value.clone()), wanted, "{schema}");
        }
        let list = json!([{"Key": "owner", "Value": hole}, {"Key": "x"}]);
        for (schema, wanted) in [
            (json!({"contains": {"properties": {"Key": {"const": "owner"}}}}), Satisfied),
            (json!({"contains": {"properties": {"Key": {"const": "team"}}}}), Violated),
            (
                json!({"contains": {"properties": {"Key": {"const": "owner"}, "Value": {"minLength": 1}}, "required": ["Value"]}}),
                Undecided,
            ),
            (json!({"uniqueItems": true}), Satisfied),
        ] {
            assert_eq!(with(schema.clone(), list.clone()), wanted, "{schema}");
        }
        assert_eq!(with(json!({"uniqueItems": true}), json!([hole, "a"])), Undecided);
        assert_eq!(verdict(json!({"const": 1}), json!(2), 0), Violated);
    }
}
