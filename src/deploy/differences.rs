//! Two templates compared, resource by resource and property by property. What a deployment alone would tell stays
//! written as it is (`${Bucket.Arn}`, `{{resolve:...}}`).

use std::collections::BTreeMap;

use super::change_set::{self, Change, ChangeDetail, ChangeSummary};
use super::consequence::StreamFacts;
use crate::foundation::document::{Chunk, Node, Unknown, Value};
use crate::model::create_only::is_create_only;
use crate::template::secrets::is_secret_property;
use crate::template::{DELIVERY_STREAM, Resource, Template, World, intrinsics};

/// How a template differs from the deployed one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Differences {
    /// The resources that differ, in the new template's order, then the removed ones.
    pub resources: Vec<ResourceDifference>,
    /// Changes that Firehose will refuse, as findings that have been shown; how many.
    pub refused: usize,
    /// Whether the deployed template could not be read as text that we know.
    pub unreadable: bool,
}

impl Differences {
    /// What is known of a resource.
    pub fn of(&self, logical_id: &str) -> Option<&ResourceDifference> {
        self.resources.iter().find(|resource| resource.logical_id == logical_id)
    }

    /// The differences as the changes that a deployment would make. Of a delivery stream it is known what replaces it;
    /// of other resources CloudFormation alone says so.
    pub fn summary(&self) -> ChangeSummary {
        let change = |resource: &ResourceDifference| {
            let is_stream = resource.stream.is_some();
            let detail = |property: &PropertyDifference| ChangeDetail {
                attribute: "Properties".to_owned(),
                path: property.path.clone(),
                before: property.before.clone(),
                after: property.after.clone(),
                recreation: (is_stream && is_create_only(&property.path)).then(|| "Always".to_owned()),
                cause: None,
            };
            let details: Vec<ChangeDetail> = resource.properties.iter().map(detail).collect();
            let replaces = details.iter().any(|detail| detail.recreation.is_some());
            Change {
                action: resource.action.to_owned(),
                logical_id: resource.logical_id.clone(),
                kind: resource.kind.clone(),
                replacement: replaces.then(|| "True".to_owned()),
                policy: resource.policy.clone(),
                details,
                ..Change::default()
            }
        };
        let changes = self.resources.iter().map(change).collect();
        ChangeSummary { rows: change_set::rows(changes, None, Some(self)), ..ChangeSummary::default() }
    }
}

/// How a resource differs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ResourceDifference {
    /// Its logical id.
    pub logical_id: String,
    /// Its type.
    pub kind: String,
    /// `Add`, `Modify` or `Remove`.
    pub action: &'static str,
    /// Of a removed one: its `DeletionPolicy`.
    pub policy: Option<String>,
    /// The properties that differ.
    pub properties: Vec<PropertyDifference>,
    /// Of a delivery stream: what its replacement would depend on.
    pub stream: Option<StreamFacts>,
}

/// How a property differs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PropertyDifference {
    /// Its path, such as `BufferingHints.SizeInMBs`.
    pub path: String,
    /// Its value before; none where it was not set.
    pub before: Option<String>,
    /// Its value after; none where it is not set any more.
    pub after: Option<String>,
}

/// A template in the world of its stack.
#[derive(Clone, Copy)]
pub struct Placed<'a> {
    /// The template.
    pub template: &'a Template,
    /// The values that its parameters have there.
    pub world: &'a World,
}

impl Placed<'_> {
    fn exists(&self, resource: &Resource) -> bool {
        let condition = resource.condition();
        condition.and_then(|name| self.world.condition(self.template, name)) != Some(false)
    }

    fn properties(&self, resource: &Resource) -> BTreeMap<String, String> {
        let mut values = BTreeMap::new();
        let written = resource.properties();
        if let Some(node) = written.and_then(|node| intrinsics::resolve(self.template, self.world, node)) {
            flatten(&node, String::new(), &mut values);
        }
        values
    }
}

/// Compares two templates.
pub fn compare(old: Placed<'_>, new: Placed<'_>) -> Vec<ResourceDifference> {
    let mut found = Vec::new();
    let present =
        |side: Placed<'_>, id: &str| side.template.resource(id).is_some_and(|resource| side.exists(resource));
    for resource in new.template.resources.iter().filter(|resource| new.exists(resource)) {
        let id = &*resource.logical_id;
        let after = new.properties(resource);
        let (action, before) = match old.template.resource(id) {
            Some(known) if old.exists(known) => ("Modify", old.properties(known)),
            _ => ("Add", BTreeMap::new()),
        };
        let properties = if action == "Add" { Vec::new() } else { changed(&before, &after) };
        let same_kind = old.template.resource(id).is_none_or(|known| known.kind == resource.kind);
        if action == "Modify" && properties.is_empty() && same_kind {
            continue;
        }
        let stream = (&*resource.kind == DELIVERY_STREAM).then(|| StreamFacts {
            name: after.get("DeliveryStreamName").cloned(),
            old_name: before.get("DeliveryStreamName").cloned(),
            reads_kinesis: after.keys().any(|path| path.starts_with("KinesisStreamSourceConfiguration")),
        });
        found.push(ResourceDifference {
            logical_id: id.to_owned(),
            kind: resource.kind.to_string(),
            action,
            policy: None,
            properties,
            stream,
        });
    }
    let removed = old
        .template
        .resources
        .iter()
        .filter(|resource| old.exists(resource) && !present(new, &resource.logical_id));
    found.extend(removed.map(|resource| ResourceDifference {
        logical_id: resource.logical_id.to_string(),
        kind: resource.kind.to_string(),
        action: "Remove",
        policy: resource.node.get("DeletionPolicy").and_then(Node::as_text).map(|text| text.into_owned()),
        ..ResourceDifference::default()
    }));
    found
}

fn changed(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<PropertyDifference> {
    let mut paths: Vec<&String> = before.keys().chain(after.keys()).collect();
    paths.sort_unstable();
    paths.dedup();
    let differs = |path: &&&String| before.get(**path) != after.get(**path);
    let difference = |path: &String| PropertyDifference {
        path: path.clone(),
        before: before.get(path).map(|value| shown(path, value)),
        after: after.get(path).map(|value| shown(path, value)),
    };
    paths.iter().filter(differs).map(|path| difference(path)).collect()
}

/// A value as it may be shown: secrets are covered.
pub(super) fn shown(path: &str, value: &str) -> String {
    if path.split(['.', '[']).any(is_secret_property) { "***".to_owned() } else { value.to_owned() }
}

fn flatten(node: &Node, path: String, values: &mut BTreeMap<String, String>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match &node.value {
        Value::Map(map) if !map.entries.is_empty() => {
            for entry in &map.entries {
                flatten(&entry.node, below(&entry.key), values);
            }
        }
        Value::List(items) if !items.is_empty() => {
            for (at, item) in items.iter().enumerate() {
                flatten(item, format!("{path}[{at}]"), values);
            }
        }
        _ => {
            values.insert(path, text(node));
        }
    }
}

/// A scalar as text; what is not known stays as it is written.
pub fn text(node: &Node) -> String {
    match &node.value {
        Value::Null => String::new(),
        Value::Bool(_, raw) | Value::Number(raw) => raw.to_string(),
        Value::String(text) => text
            .chunks
            .iter()
            .map(|chunk| match chunk {
                Chunk::Known(text, _) => text.to_string(),
                Chunk::Unknown(unknown, _) => written(unknown),
            })
            .collect(),
        Value::List(_) => "[]".to_owned(),
        Value::Map(_) => "{}".to_owned(),
        Value::Call(call) => format!("Fn::{}", call.function),
        Value::Unknown(unknown) => written(unknown),
    }
}

fn written(unknown: &Unknown) -> String {
    match unknown {
        Unknown::Parameter(name) | Unknown::Pseudo(name) | Unknown::Undeclared(name) => {
            format!("${{{name}}}")
        }
        Unknown::Resource(reference) => match &reference.attribute {
            Some(attribute) => format!("${{{}.{attribute}}}", reference.target),
            None => format!("${{{}}}", reference.target),
        },
        Unknown::Dynamic(text) => text.to_string(),
        Unknown::Function(name) => format!("Fn::{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::foundation::span::Source;

    fn read(text: &str) -> Template {
        Template::read(Source::new("t", text))
    }

    #[test]
    fn properties_differ_by_their_resolved_values() {
        let old = read(
            "Parameters: {Size: {Type: Number, Default: 5}}\nResources:\n  S:\n    Type: AWS::KinesisFirehose::DeliveryStream\n    \
             Properties:\n      DeliveryStreamName: a\n      X: {SizeInMBs: !Ref Size, BucketARN: !GetAtt B.Arn, AccessKey: old, User: '{{resolve:ssm:/old}}'}\n  \
             B: {Type: AWS::S3::Bucket}\n  Gone: {Type: AWS::SNS::Topic}\n",
        );
        let new = read(
            "Resources:\n  S:\n    Type: AWS::KinesisFirehose::DeliveryStream\n    Properties:\n      DeliveryStreamName: a\n      \
             X: {SizeInMBs: 64, BucketARN: !GetAtt B.Arn, AccessKey: new, Prefix: x/, User: '{{resolve:ssm:/new}}'}\n  B: {Type: AWS::S3::Bucket}\n  \
             N: {Type: AWS::SNS::Topic}\n",
        );
        let world = World::default();
        let old_world = world.with_parameter("Size", "5");
        let found =
            compare(Placed { template: &old, world: &old_world }, Placed { template: &new, world: &world });
        let actions: Vec<_> = found.iter().map(|one| (one.logical_id.as_str(), one.action)).collect();
        assert_eq!(actions, [("S", "Modify"), ("N", "Add"), ("Gone", "Remove")]);
        let told = |one: &PropertyDifference| {
            format!("{}: {:?} -> {:?}", one.path, one.before.as_deref(), one.after.as_deref())
        };
        let properties: Vec<_> = found[0].properties.iter().map(told).collect();
        assert_eq!(
            properties,
            [
                "X.AccessKey: Some(\"***\") -> Some(\"***\")",
                "X.Prefix: None -> Some(\"x/\")",
                "X.SizeInMBs: Some(\"5\") -> Some(\"64\")",
                // What a reference leads to is nobody's business here.
                "X.User: Some(\"{{resolve:ssm:/old}}\") -> Some(\"{{resolve:ssm:/new}}\")"
            ]
        );
        let facts = found[0].stream.as_ref().unwrap();
        assert_eq!((facts.name.as_deref(), facts.old_name.as_deref()), (Some("a"), Some("a")));
    }
}
