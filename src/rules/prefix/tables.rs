//! Glue tables of the template that lie over a block's data.

use super::parsed::ParsedBlock;
use super::tokens::{self, Token};
use crate::foundation::document::{Reference, Unknown};
use crate::model::prefix::DatePattern;
use crate::rules::{Place, Scope};
use crate::template::names;

/// A partitioned table whose location is known to be in a block's bucket.
pub struct Table<'a> {
    /// The logical id.
    pub name: &'a str,
    /// The partition keys.
    pub keys: Vec<Key<'a>>,
    /// The folder in the bucket, with a `/` at its end unless it is the bucket itself.
    pub path: Vec<Token>,
    parameters: Option<Place<'a>>,
    bucket: Vec<Token>,
}

/// A partition key.
pub struct Key<'a> {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub place: Place<'a>,
}

/// The tables over the bucket of a block. What is not wholly known is left out.
pub fn over<'a>(scope: &Scope<'a>, block: &ParsedBlock<'a>) -> Vec<Table<'a>> {
    let bucket = block.block.place.get("BucketARN").and_then(|arn| bucket(scope, &arn));
    let Some(bucket) = bucket else { return Vec::new() };
    let view = scope.view;
    let tables = view.of_kind("AWS::Glue::Table").filter_map(|resource| {
        let properties = view.properties(resource)?;
        if properties.get("OpenTableFormatInput").is_some() {
            return None;
        }
        table(&resource.logical_id, &properties.get("TableInput")?, &bucket)
    });
    tables.collect()
}

fn table<'a>(name: &'a str, input: &Place<'a>, bucket: &[Token]) -> Option<Table<'a>> {
    let location = input.at(&["StorageDescriptor", "Location"])?;
    let path = path_in(bucket, &tokens::of(&location))?;
    let list = input.get("PartitionKeys")?;
    list.node.as_list()?;
    let mut keys = Vec::new();
    for item in list.items() {
        let place = item.get("Name")?;
        keys.push(Key { name: place.known()?.into_owned(), place });
    }
    let parameters = input.get("Parameters");
    if parameters.as_ref().is_some_and(|place| place.node.as_map().is_none()) {
        return None;
    }
    let table = Table { name, keys, path, parameters, bucket: bucket.to_vec() };
    let is_iceberg = table
        .parameter("table_type")
        .and_then(|place| place.known())
        .is_some_and(|kind| kind.eq_ignore_ascii_case("iceberg"));
    (!table.keys.is_empty() && !is_iceberg).then_some(table)
}

impl<'a> Table<'a> {
    /// A table parameter.
    pub fn parameter(&self, name: &str) -> Option<Place<'a>> {
        self.parameters.as_ref()?.get(name)
    }

    /// Whether partition projection is on; `None` if unknown.
    pub fn is_projected(&self) -> Option<bool> {
        match self.parameter("projection.enabled") {
            None => Some(false),
            Some(place) => place.node.as_bool(),
        }
    }

    /// A parameter of the projection of a key.
    pub fn projection(&self, key: &str, what: &str) -> Option<Place<'a>> {
        self.parameter(&format!("projection.{key}.{what}"))
    }

    /// The path in the bucket that a `storage.location.template` comes to. `None` if it lies elsewhere.
    pub fn template_path(&self, template: &Place<'_>) -> Option<Vec<Token>> {
        let path = path_in(&self.bucket, &tokens::of(template))?;
        let mut out = Vec::new();
        let mut rest = path.as_slice();
        while let [first, after @ ..] = rest {
            let variable = match (first, after) {
                (Token::Known('$'), [Token::Known('{'), after @ ..]) => {
                    let end = after.iter().position(|token| *token == Token::Known('}'));
                    end.and_then(|end| Some((after.get(..end)?, after.get(end + 1..)?)))
                }
                _ => None,
            };
            match variable {
                Some((name, after)) => {
                    let name: String = name.iter().filter_map(Token::known).collect();
                    self.projected(&name, &mut out);
                    rest = after;
                }
                None => {
                    out.push(first.clone());
                    rest = after;
                }
            }
        }
        Some(out)
    }

    /// What a projected key comes to.
    fn projected(&self, key: &str, out: &mut Vec<Token>) {
        let known = |what: &str| self.projection(key, what)?.known().map(|text| text.to_lowercase());
        match known("type").as_deref() {
            Some("integer" | "enum") => tokens::value(out),
            Some("date") => {
                let format = self.projection(key, "format").and_then(|place| place.known());
                match format.map(|format| DatePattern::parse(&format)) {
                    Some(parsed) if parsed.errors.is_empty() => tokens::date(&parsed.pattern, out),
                    _ => out.push(tokens::nothing()),
                }
            }
            // Injected values may hold anything.
            _ => out.push(tokens::nothing()),
        }
    }
}

/// The name of the bucket that a `BucketARN` means.
fn bucket(scope: &Scope<'_>, arn: &Place<'_>) -> Option<Vec<Token>> {
    if let Some(reference) = arn.node.reference.as_deref()
        && reference.attribute.as_deref() == Some("Arn")
        && scope.template().resource(&reference.target).is_some()
    {
        let name = Reference { target: reference.target.clone(), attribute: None };
        return Some(match names::value(scope.template(), scope.view.world, &name) {
            Some(name) => tokens::text(&name),
            None => vec![Token::Hole(Unknown::Resource(name))],
        });
    }
    let tokens = tokens::of(arn);
    let start = tokens.windows(3).position(|window| window == [const { Token::Known(':') }; 3])?;
    let name = tokens.get(start + 3..)?;
    (!name.is_empty()).then(|| name.to_vec())
}

/// The path of an `s3://bucket/path/` in a bucket, with a `/` at its end; `None` if it is another bucket's.
fn path_in(bucket: &[Token], location: &[Token]) -> Option<Vec<Token>> {
    let schemes = ["s3://", "s3a://", "s3n://"];
    let rest = schemes.iter().find_map(|scheme| location.strip_prefix(tokens::text(scheme).as_slice()))?;
    let path = match rest.strip_prefix(bucket)? {
        [] => &[],
        [Token::Known('/'), path @ ..] => path,
        _ => return None,
    };
    let mut path = path.to_vec();
    if path.last().is_some_and(|last| *last != Token::Known('/')) {
        path.push(Token::Known('/'));
    }
    Some(path)
}
