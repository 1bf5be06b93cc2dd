//! A resolved value as the JSON that a rule's schema is held against, and where it has holes.
//!
//! CloudFormation takes `"64"` for 64 and `true` for `"true"`, so a scalar becomes what is wanted of it: by the rule's
//! schema, else by the schema of the resource.

use serde_json::{Map, Value as Json};

use super::path::Ground;
use super::three_valued::HOLE_MARK;
use crate::foundation::document::{Chunk, Node, Unknown, Value};
use crate::template::schema::{Step, number};

/// The value with its holes.
#[derive(Debug, Default)]
pub struct Instance {
    /// The value; a hole is a string that begins with the mark of holes.
    pub json: Json,
    /// The holes, in the order of the value.
    pub holes: Vec<Hole>,
}

/// A value that is not known.
#[derive(Debug, Clone, Default)]
pub struct Hole {
    /// Where, from the value down.
    pub path: Vec<Step>,
    /// Why it is not known.
    pub why: String,
}

impl Instance {
    /// The value of a node, for a schema.
    pub fn new(node: &Node, schema: &Json, ground: Ground<'_>) -> Instance {
        let mut builder = Builder { root: schema, holes: Vec::new(), path: Vec::new() };
        let json = builder.json(node, &builder.in_place(vec![schema]), ground);
        Instance { json, holes: builder.holes }
    }

    /// The hole that makes the schema's verdict depend on it: one of the wanted paths, else the first.
    pub fn decisive(&self, needs: &[Vec<Step>]) -> Option<&Hole> {
        let needed = self.holes.iter().find(|hole| needs.contains(&hole.path));
        let below = || self.holes.iter().find(|hole| needs.iter().any(|need| hole.path.starts_with(need)));
        needed.or_else(below).or(self.holes.first())
    }
}

struct Builder<'a> {
    root: &'a Json,
    holes: Vec<Hole>,
    path: Vec<Step>,
}

impl<'a> Builder<'a> {
    /// The schemas of the rule that look at the same value as these do.
    fn in_place(&self, mut schemas: Vec<&'a Json>) -> Vec<&'a Json> {
        const MOST: usize = 1000;
        let mut at = 0;
        while let Some(schema) = schemas.get(at).copied() {
            at += 1;
            if schemas.len() > MOST {
                break;
            }
            for keyword in ["allOf", "anyOf", "oneOf"] {
                schemas.extend(schema.get(keyword).and_then(Json::as_array).into_iter().flatten());
            }
            schemas.extend(["if", "then", "else", "not"].iter().filter_map(|keyword| schema.get(keyword)));
            let target = schema.get("$ref").and_then(Json::as_str).and_then(|text| text.strip_prefix('#'));
            schemas.extend(target.and_then(|pointer| self.root.pointer(pointer)));
        }
        schemas
    }

    fn key(&self, schemas: &[&'a Json], key: &str) -> Vec<&'a Json> {
        let below = |schema: &&'a Json| {
            let named = schema.get("properties").and_then(|properties| properties.get(key));
            named.or_else(|| schema.get("additionalProperties"))
        };
        self.in_place(schemas.iter().filter_map(below).collect())
    }

    fn item(&self, schemas: &[&'a Json], at: usize) -> Vec<&'a Json> {
        let below = |schema: &&'a Json| {
            let first = schema.get("prefixItems").and_then(|items| items.get(at));
            first.into_iter().chain(schema.get("items")).chain(schema.get("contains")).collect::<Vec<_>>()
        };
        self.in_place(schemas.iter().flat_map(below).collect())
    }

    fn json(&mut self, node: &Node, schemas: &[&'a Json], ground: Ground<'_>) -> Json {
        match &node.value {
            Value::Null => Json::Null,
            Value::Unknown(why) => self.hole(unknown(why)),
            Value::Call(call) => self.hole(format!("`{}` is evaluated on deployment", call.function)),
            Value::List(items) => {
                let below = ground.each("").unwrap_or(Ground::Open);
                let mut list = Vec::new();
                for (at, item) in items.iter().enumerate() {
                    self.path.push(Step::Index(at));
                    let schemas = self.item(schemas, at);
                    list.push(self.json(item, &schemas, below));
                    self.path.pop();
                }
                Json::Array(list)
            }
            Value::Map(map) => {
                let mut object = Map::new();
                for entry in &map.entries {
                    let below = ground.key("", &entry.key).unwrap_or(Ground::Open);
                    self.path.push(step(&entry.key));
                    let schemas = self.key(schemas, &entry.key);
                    object.insert(entry.key.to_string(), self.json(&entry.node, &schemas, below));
                    self.path.pop();
                }
                Json::Object(object)
            }
            Value::String(text) => match text.known_text() {
                Some(text) => scalar(&text, &wanted(schemas, ground), Json::String(text.to_string())),
                None => {
                    let first = text.chunks.iter().find_map(|chunk| match chunk {
                        Chunk::Unknown(why, _) => Some(unknown(why)),
                        Chunk::Known(..) => None,
                    });
                    self.hole(first.unwrap_or_default())
                }
            },
            Value::Number(raw) => {
                let plain = number(raw).unwrap_or_else(|| Json::String(raw.to_string()));
                scalar(raw, &wanted(schemas, ground), plain)
            }
            Value::Bool(value, raw) => scalar(raw, &wanted(schemas, ground), Json::Bool(*value)),
        }
    }

    fn hole(&mut self, why: String) -> Json {
        let mark = format!("{HOLE_MARK}{}", self.holes.len());
        self.holes.push(Hole { path: self.path.clone(), why });
        Json::String(mark)
    }
}

/// A key as the steps of errors have it: digits are an index there.
fn step(key: &str) -> Step {
    key.parse().map_or_else(|_| Step::Key(key.to_owned()), Step::Index)
}

/// What kind of scalar is wanted; empty where nobody says.
fn wanted<'s>(schemas: &[&'s Json], ground: Ground<'s>) -> Vec<&'s str> {
    let mut kinds: Vec<&str> = Vec::new();
    for schema in schemas {
        match schema.get("type") {
            Some(Json::String(kind)) => kinds.push(kind),
            Some(Json::Array(several)) => kinds.extend(several.iter().filter_map(Json::as_str)),
            _ => {}
        }
    }
    let compared = |schema: &&'s Json| {
        let limits = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
        let texts = ["pattern", "minLength", "maxLength", "format"];
        let options = schema.get("enum").and_then(Json::as_array).into_iter().flatten();
        let mut kinds: Vec<&str> = schema.get("const").into_iter().chain(options).map(kind_of).collect();
        kinds.extend(limits.iter().any(|limit| schema.get(limit).is_some()).then_some("number"));
        kinds.extend(texts.iter().any(|text| schema.get(text).is_some()).then_some("string"));
        kinds
    };
    if kinds.is_empty() {
        kinds.extend(schemas.iter().flat_map(compared));
    }
    if kinds.is_empty() {
        kinds.extend(ground.wanted());
    }
    kinds
}

fn kind_of(value: &Json) -> &'static str {
    match value {
        Json::Bool(_) => "boolean",
        Json::Number(_) => "number",
        _ => "string",
    }
}

/// A scalar as one of the wanted kinds: as it was written if that is one of them, else the first that it can be.
fn scalar(text: &str, wanted: &[&str], written: Json) -> Json {
    let fits = |kind: &str| match kind {
        "integer" => written.is_i64() || written.is_u64(),
        kind => kind == kind_of(&written),
    };
    if wanted.is_empty() || wanted.iter().any(|kind| fits(kind)) {
        return written;
    }
    let as_kind = |kind: &&str| match *kind {
        "integer" | "number" => number(text.trim()),
        "boolean" if text.eq_ignore_ascii_case("true") => Some(Json::Bool(true)),
        "boolean" if text.eq_ignore_ascii_case("false") => Some(Json::Bool(false)),
        "string" => Some(Json::String(text.to_owned())),
        _ => None,
    };
    wanted.iter().find_map(as_kind).unwrap_or(written)
}

/// Why a value is not known, in words.
pub fn unknown(why: &Unknown) -> String {
    match why {
        Unknown::Parameter(name) => format!("the parameter `{name}` has no value here"),
        Unknown::Pseudo(name) => format!("`{name}` is not given"),
        Unknown::Resource(reference) => match &reference.attribute {
            Some(attribute) => format!("`{}.{attribute}` is known after the deployment", reference.target),
            None => format!("the name of `{}` is known after the deployment", reference.target),
        },
        Unknown::Dynamic(text) => format!("`{text}` is resolved on deployment"),
        Unknown::Function(name) => format!("`{name}` is evaluated on deployment"),
        Unknown::Undeclared(name) => format!("`{name}` is not declared"),
    }
}
