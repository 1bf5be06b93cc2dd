//! What is unknown, told honestly by a validator that knows only valid and invalid.
//!
//! A schema is written out twice: *possible* holds for a value that may satisfy it whatever stands in its holes,
//! *certain* for one that does so in any case (Kleene's logic). Both are ordinary schemas; a subschema that would look
//! into a hole says yes in the one and no in the other, and `not` changes sides. Each subschema becomes one
//! definition per side, so the size stays linear.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

/// What a hole looks like in an instance; a number follows.
pub const HOLE_MARK: &str = "\u{FFFC}#";

/// Which of the two readings of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The value may satisfy the schema.
    Possible,
    /// The value satisfies the schema whatever the unknown parts are.
    Certain,
}

impl Side {
    fn other(self) -> Side {
        match self {
            Side::Possible => Side::Certain,
            Side::Certain => Side::Possible,
        }
    }
}

/// One reading of a schema, as a schema.
pub fn reading(schema: &Json, side: Side) -> Json {
    let mut writer = Writer { root: schema, names: BTreeMap::new(), queue: Vec::new() };
    let top = writer.reference("", side);
    let mut definitions = Map::new();
    while let Some((pointer, side)) = writer.queue.pop() {
        let name = writer.names[&(pointer.clone(), side)].clone();
        let written = match writer.root.pointer(&pointer) {
            Some(schema) => writer.write(&pointer, schema, side),
            None => Json::Bool(true),
        };
        definitions.insert(name, written);
    }
    json!({"$ref": top["$ref"], "$defs": definitions})
}

fn hole() -> Json {
    json!({"type": "string", "pattern": format!("^{HOLE_MARK}")})
}

/// Keywords that say nothing about a value.
const SILENT: [&str; 14] = [
    "$anchor",
    "$comment",
    "$defs",
    "$id",
    "$schema",
    "default",
    "definitions",
    "deprecated",
    "description",
    "else",
    "examples",
    "readOnly",
    "then",
    "title",
];
/// Keywords that hand the same value on to other schemas, which look at holes themselves.
const IN_PLACE: [&str; 6] = ["$ref", "allOf", "anyOf", "if", "not", "oneOf"];

/// Whether a schema itself, not one that it names, would look into a hole. That text is a string is no question.
fn looks(schema: &Map<String, Json>) -> bool {
    schema.iter().any(|(keyword, value)| match keyword.as_str() {
        "type" => match value {
            Json::Array(types) => !types.iter().any(|kind| kind == "string"),
            kind => kind != "string",
        },
        keyword => !SILENT.contains(&keyword) && !IN_PLACE.contains(&keyword),
    })
}

struct Writer<'a> {
    root: &'a Json,
    names: BTreeMap<(String, Side), String>,
    queue: Vec<(String, Side)>,
}

impl Writer<'_> {
    fn reference(&mut self, pointer: &str, side: Side) -> Json {
        let key = (pointer.to_owned(), side);
        let next = self.names.len();
        let queue = &mut self.queue;
        let name = self.names.entry(key.clone()).or_insert_with(|| {
            queue.push(key);
            format!("s{next}")
        });
        json!({"$ref": format!("#/$defs/{name}")})
    }

    fn each(&mut self, pointer: &str, value: &Json, side: Side) -> Json {
        match value {
            Json::Object(map) => {
                let entry = |(key, _): (&String, &Json)| {
                    let escaped = key.replace('~', "~0").replace('/', "~1");
                    (key.clone(), self.reference(&format!("{pointer}/{escaped}"), side))
                };
                Json::Object(map.iter().map(entry).collect())
            }
            Json::Array(items) => {
                (0..items.len()).map(|at| self.reference(&format!("{pointer}/{at}"), side)).collect()
            }
            other => other.clone(),
        }
    }

    fn write(&mut self, pointer: &str, schema: &Json, side: Side) -> Json {
        let Json::Object(map) = schema else { return schema.clone() };
        let mut out = Map::new();
        let mut also: Vec<Json> = Vec::new();
        for (keyword, value) in map {
            let below = format!("{pointer}/{keyword}");
            match keyword.as_str() {
                silent if SILENT.contains(&silent) => {}
                "minContains" | "maxContains" if map.contains_key("contains") => {}
                "$ref" => {
                    let target = value.as_str().and_then(|text| text.strip_prefix('#')).unwrap_or("");
                    also.push(self.reference(target, side));
                }
                "properties" | "patternProperties" | "dependentSchemas" | "prefixItems" | "allOf"
                | "anyOf" => {
                    let written = self.each(&below, value, side);
                    out.insert(keyword.clone(), written);
                }
                "items"
                | "additionalProperties"
                | "propertyNames"
                | "unevaluatedItems"
                | "unevaluatedProperties" => {
                    let written = self.reference(&below, side);
                    out.insert(keyword.clone(), written);
                }
                "not" => {
                    let written = self.reference(&below, side.other());
                    out.insert(keyword.clone(), written);
                }
                "if" => {
                    if map.contains_key("then") {
                        let condition = self.reference(&below, side.other());
                        let then = self.reference(&format!("{pointer}/then"), side);
                        also.push(json!({"if": condition, "then": then}));
                    }
                    if map.contains_key("else") {
                        let condition = self.reference(&below, side);
                        let other = self.reference(&format!("{pointer}/else"), side);
                        also.push(json!({"if": condition, "else": other}));
                    }
                }
                "oneOf" => {
                    let possible = self.each(&below, value, Side::Possible);
                    let certain = self.each(&below, value, Side::Certain);
                    also.extend(match side {
                        Side::Possible => [
                            json!({"anyOf": possible}),
                            json!({"anyOf": [{"not": {"anyOf": certain}}, {"oneOf": certain}]}),
                        ],
                        Side::Certain => [json!({"oneOf": possible}), json!({"anyOf": certain})],
                    });
                }
                "contains" => {
                    let least = map.get("minContains").cloned().unwrap_or(json!(1));
                    let inner = self.reference(&below, side);
                    // What was written stays beside it, for the words of its error.
                    also.push(json!({"contains": inner, "minContains": least, "x-contains": value}));
                    if let Some(most) = map.get("maxContains") {
                        let inner = self.reference(&below, side.other());
                        also.push(json!({"contains": inner, "minContains": 0, "maxContains": most}));
                    }
                }
                "const" => also.push(equal(value, side)),
                "enum" => {
                    let options = value.as_array().map(Vec::as_slice).unwrap_or_default();
                    if options.iter().any(|option| option.is_array() || option.is_object()) {
                        let options: Vec<Json> = options.iter().map(|option| equal(option, side)).collect();
                        also.push(json!({"anyOf": options}));
                    } else {
                        out.insert(keyword.clone(), value.clone());
                    }
                }
                "uniqueItems" => {
                    out.insert(keyword.clone(), value.clone());
                    if side == Side::Certain && value == &Json::Bool(true) {
                        also.push(json!({"items": {"not": hole()}}));
                    }
                }
                _ => {
                    out.insert(keyword.clone(), value.clone());
                }
            }
        }
        if !also.is_empty() {
            match out.entry("allOf").or_insert_with(|| json!([])) {
                Json::Array(all) => all.extend(also),
                other => *other = also.into(),
            }
        }
        match looks(map) {
            true => json!({"if": hole(), "then": side == Side::Possible, "else": out}),
            false => Json::Object(out),
        }
    }
}

/// "Equal to this value", part by part, so that a hole in a part counts as one.
fn equal(value: &Json, side: Side) -> Json {
    match value {
        Json::Array(items) => {
            let parts: Vec<Json> = items.iter().map(|item| part(item, side)).collect();
            let count = items.len();
            match count {
                0 => json!({"type": "array", "maxItems": 0}),
                _ => json!({"type": "array", "prefixItems": parts, "minItems": count, "maxItems": count}),
            }
        }
        Json::Object(map) => {
            let keys: Vec<&String> = map.keys().collect();
            let parts: Map<String, Json> =
                map.iter().map(|(key, value)| (key.clone(), part(value, side))).collect();
            json!({"type": "object", "required": keys, "properties": parts, "additionalProperties": false})
        }
        scalar => json!({"const": scalar}),
    }
}

fn part(value: &Json, side: Side) -> Json {
    json!({"if": hole(), "then": side == Side::Possible, "else": equal(value, side)})
}
