//! Where in a resource a rule looks: keys, list indexes and `*`. And whether that can ever be anywhere.

use serde_json::Value as Json;

use crate::foundation::document::{Node, Value};
use crate::foundation::suggest::nearest;
use crate::rules::Place;
use crate::template::DELIVERY_STREAM;
use crate::template::schema::Schemas;

/// A part of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A key of a mapping; in a list, digits are an index from 0.
    Key(String),
    /// Every item of a list, every value of a mapping.
    Each,
}

/// Reads `Properties/Tags/*/Key`; `~1` is a slash and `~0` a tilde inside a key.
pub fn parse(text: &str) -> Option<Vec<Part>> {
    let part = |text: &str| match text {
        "" => None,
        "*" => Some(Part::Each),
        key => Some(Part::Key(key.replace("~1", "/").replace("~0", "~"))),
    };
    text.strip_prefix('/').unwrap_or(text).split('/').map(part).collect()
}

/// What stands at the end of a path.
#[derive(Debug, Clone)]
pub enum Selected<'a> {
    /// A value.
    Found(Place<'a>),
    /// A value on the way that is not known.
    Unknown(Place<'a>),
}

/// The values at the end of a path below a resource; none where it leads nowhere.
pub fn select<'a>(resource: &Place<'a>, path: &[Part]) -> Vec<Selected<'a>> {
    let mut unknown = Vec::new();
    let mut places = vec![resource.clone()];
    for part in path {
        let mut below = Vec::new();
        for place in places {
            match (&place.node.value, part) {
                (Value::List(_), Part::Each) => below.extend(place.items()),
                (Value::Map(_), Part::Each) => {
                    below.extend(place.entries().into_iter().map(|(_, place)| place))
                }
                (Value::List(_), Part::Key(key)) => {
                    below.extend(key.parse().ok().and_then(|at: usize| place.items().into_iter().nth(at)));
                }
                (Value::Map(_), Part::Key(key)) => below.extend(place.get(key)),
                _ if place.node.is_unknown() => unknown.push(Selected::Unknown(place)),
                _ => {}
            }
        }
        places = below;
    }
    places.into_iter().map(Selected::Found).chain(unknown).collect()
}

/// The attributes that every resource may have beside `Properties`.
const RESOURCE_ATTRIBUTES: [&str; 9] = [
    "Condition",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "Metadata",
    "Properties",
    "Type",
    "UpdatePolicy",
    "UpdateReplacePolicy",
];

/// Our embedded schema at a place of a resource, as far as there is one.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    schemas: &'a Schemas,
    root: &'a Json,
    schema: &'a Json,
}

/// Why a path can never lead anywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Never {
    /// The fact.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl<'a> Known<'a> {
    fn properties_of(schemas: &'a Schemas, kind: &str) -> Option<Known<'a>> {
        let known = |root: &'a Json, schema: &'a Json| Known { schemas, root, schema };
        if kind == DELIVERY_STREAM {
            let root = schemas.schema("delivery-stream")?;
            return Some(known(root, root));
        }
        let root = schemas.schema("companions")?;
        Some(known(root, root.get("$defs")?.get(kind)?))
    }

    /// The type that the resource's own schema wants.
    pub fn wanted(&self) -> Option<&'a str> {
        self.schema.get("type").and_then(Json::as_str)
    }

    fn follow(self) -> Option<Known<'a>> {
        if let Some(pointer) = self.schema.get("$ref").and_then(Json::as_str) {
            let schema = self.root.pointer(pointer.strip_prefix('#')?)?;
            return Some(Known { schema, ..self });
        }
        match self.schema.get("x-schema").and_then(Json::as_str) {
            Some(name) => {
                let root = self.schemas.schema(name)?;
                Some(Known { root, schema: root, ..self })
            }
            None => Some(self),
        }
    }

    fn child(&self, schema: &'a Json) -> Option<Known<'a>> {
        Known { schema, ..*self }.follow()
    }

    /// The schema below a key; an error where the block has no such property.
    pub fn key(&self, name: &str, key: &str) -> Result<Option<Known<'a>>, Never> {
        let never = |message: String, help: Option<String>| Err(Never { message, help });
        match self.wanted() {
            Some("array") if key.parse::<usize>().is_err() => {
                return never(format!("`{name}` is a list"), Some(format!("write `{name}/*/{key}`")));
            }
            Some("array") => return Ok(self.schema.get("items").and_then(|items| self.child(items))),
            Some("string" | "integer" | "number" | "boolean") => {
                return never(format!("`{name}` is a single value, with nothing below it"), None);
            }
            _ => {}
        }
        let properties = self.schema.get("properties").and_then(Json::as_object);
        if let Some(schema) = properties.and_then(|properties| properties.get(key)) {
            return Ok(self.child(schema));
        }
        match self.schema.get("additionalProperties") {
            Some(Json::Bool(false)) => {
                let known = properties.into_iter().flatten().map(|(key, _)| key.as_str());
                let nearest = nearest(key, known).map(|nearest| format!("did you mean `{nearest}`?"));
                never(format!("`{name}` has no property `{key}`"), nearest)
            }
            Some(schema @ Json::Object(_)) => Ok(self.child(schema)),
            _ => Ok(None),
        }
    }

    /// The schema of every item.
    pub fn each(&self, name: &str) -> Result<Option<Known<'a>>, Never> {
        match self.wanted() {
            Some("array") => Ok(self.schema.get("items").and_then(|items| self.child(items))),
            Some("string" | "integer" | "number" | "boolean") => Err(Never {
                message: format!("`{name}` is a single value, with nothing below it"),
                help: None,
            }),
            _ => Ok(None),
        }
    }
}

/// A place in a resource: the whole, its `Properties` or below, or what no schema of ours speaks of.
#[derive(Clone, Copy)]
pub enum Ground<'a> {
    /// The resource as a whole, of a type.
    Resource(Option<Known<'a>>),
    /// A place that a schema of ours describes.
    Known(Known<'a>),
    /// Anything may be here.
    Open,
}

impl<'a> Ground<'a> {
    /// The resource as a whole.
    pub fn resource(schemas: &'a Schemas, kind: &str) -> Ground<'a> {
        Ground::Resource(Known::properties_of(schemas, kind))
    }

    /// The ground below a key.
    pub fn key(&self, name: &str, key: &str) -> Result<Ground<'a>, Never> {
        match self {
            Ground::Open => Ok(Ground::Open),
            Ground::Known(known) => known.key(name, key).map(Ground::of),
            Ground::Resource(properties) if key == "Properties" => Ok(Ground::of(*properties)),
            Ground::Resource(_) if RESOURCE_ATTRIBUTES.contains(&key) => Ok(Ground::Open),
            Ground::Resource(properties) => {
                let is_property = properties.is_some_and(|known| matches!(known.key(name, key), Ok(Some(_))));
                let help = match nearest(key, RESOURCE_ATTRIBUTES) {
                    _ if is_property => Some(format!("write `Properties/{key}`")),
                    Some(nearest) => Some(format!("did you mean `{nearest}`?")),
                    None => Some(format!("properties stand under `Properties`: `Properties/{key}`")),
                };
                Err(Never { message: format!("a resource has no attribute `{key}`"), help })
            }
        }
    }

    /// The ground of every item.
    pub fn each(&self, name: &str) -> Result<Ground<'a>, Never> {
        match self {
            Ground::Known(known) => known.each(name).map(Ground::of),
            _ => Ok(Ground::Open),
        }
    }

    /// The ground at the end of a path, or why it can never be there.
    pub fn walk(self, path: &[Part]) -> Result<Ground<'a>, Never> {
        let mut name = "the resource";
        path.iter().try_fold(self, |ground, part| match part {
            Part::Each => ground.each(name),
            Part::Key(key) => {
                let below = ground.key(name, key)?;
                name = key;
                Ok(below)
            }
        })
    }

    /// The type that the resource's own schema wants here.
    pub fn wanted(&self) -> Option<&'a str> {
        match self {
            Ground::Known(known) => known.wanted(),
            _ => None,
        }
    }

    fn of(known: Option<Known<'a>>) -> Ground<'a> {
        known.map_or(Ground::Open, Ground::Known)
    }
}

/// The name of the property that a path ends at.
pub fn last_name(path: &str) -> &str {
    path.rsplit('/').find(|part| part.parse::<usize>().is_err()).unwrap_or(path)
}

/// A node below a node, following keys and indexes; the deepest that is there.
pub fn deepest<'n>(node: &'n Node, steps: &[crate::template::schema::Step]) -> &'n Node {
    use crate::template::schema::Step;
    let mut at = node;
    for step in steps {
        let next = match (&at.value, step) {
            (Value::Map(map), Step::Key(key)) => map.get(key),
            (Value::Map(map), Step::Index(index)) => map.get(&index.to_string()),
            (Value::List(items), Step::Index(index)) => items.get(*index),
            // `{Ref: ...}` in a rule file is read as a call; its argument is the value.
            (Value::Call(call), _) => Some(&call.argument),
            _ => None,
        };
        match next {
            Some(next) => at = next,
            None => return at,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn never(kind: &str, path: &str) -> Option<(String, Option<String>)> {
        let schemas = Schemas::new();
        let walked = Ground::resource(&schemas, kind).walk(&parse(path).unwrap());
        walked.err().map(|never| (never.message, never.help))
    }

    #[test]
    fn paths_that_lead_somewhere() {
        for path in [
            "Properties/ExtendedS3DestinationConfiguration/BufferingHints/SizeInMBs",
            "Properties/Tags/*/Key",
            "Properties/Tags/0",
            "DeletionPolicy",
            "Metadata/owner",
        ] {
            assert_eq!(never(DELIVERY_STREAM, path), None, "{path}");
        }
        assert_eq!(never("AWS::S3::Bucket", "Properties/Anything/Else"), None);
        assert_eq!(never("AWS::New::Thing", "Properties/Anything"), None);
        assert_eq!(parse("Properties//Tags"), None);
    }

    #[test]
    fn paths_that_can_never_match() {
        let (message, help) =
            never(DELIVERY_STREAM, "Properties/Extendeds3DestinationConfiguration").unwrap();
        assert_eq!(message, "`Properties` has no property `Extendeds3DestinationConfiguration`");
        assert_eq!(help.unwrap(), "did you mean `ExtendedS3DestinationConfiguration`?");
        let (_, help) = never(DELIVERY_STREAM, "Properties/Tags/Key").unwrap();
        assert_eq!(help.unwrap(), "write `Tags/*/Key`");
        let (_, help) = never(DELIVERY_STREAM, "DeliveryStreamName").unwrap();
        assert_eq!(help.unwrap(), "write `Properties/DeliveryStreamName`");
        let path = "Properties/ExtendedS3DestinationConfiguration/Prefix/x";
        assert!(never(DELIVERY_STREAM, path).unwrap().0.contains("single value"));
    }
}
