//! Two templates compared, resource by resource and property by property. What a deployment alone would tell stays
//! written as it is (`${Bucket.Arn}`, `{{resolve:...}}`).

use std::collections::BTreeMap;

use super::change_set::{self, Change, ChangeDetail, ChangeSummary};
use super::consequence::{Consequence, StreamFacts};
use super::effect::Effect;
use super::replacing;
use crate::foundation::document::{Chunk, Node, Unknown, Value};
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

    /// The differences as the changes that a deployment would make. What replaces a resource is known of delivery streams
    /// and of what stands beside them; of others CloudFormation alone says so.
    pub fn summary(&self) -> ChangeSummary {
        let change = |resource: &ResourceDifference| {
            let detail = |property: &PropertyDifference| ChangeDetail {
                attribute: "Properties".to_owned(),
                path: property.path.clone(),
                before: property.before.clone(),
                after: property.after.clone(),
                recreation: match replacing::replaces(&resource.kind, &property.path) {
                    Some(true) if property.is_sure => Some("Always".to_owned()),
                    Some(true) => Some("Conditionally".to_owned()),
                    _ => None,
                },
                cause: None,
            };
            let details: Vec<ChangeDetail> = resource.properties.iter().map(detail).collect();
            let has = |word: &str| details.iter().any(|detail| detail.recreation.as_deref() == Some(word));
            let replacement = match (has("Always"), has("Conditionally")) {
                (true, _) => Some("True".to_owned()),
                (_, true) => Some("Conditional".to_owned()),
                _ => None,
            };
            Change {
                action: resource.action.to_owned(),
                logical_id: resource.logical_id.clone(),
                kind: resource.kind.clone(),
                replacement,
                details,
                ..Change::default()
            }
        };
        let changes = self.resources.iter().map(change).collect();
        let mut rows = change_set::rows(changes, None, Some(self));
        for row in rows.iter_mut().filter(|row| row.effect == Effect::Modify) {
            let change = &row.change;
            let is_unknown =
                |detail: &ChangeDetail| replacing::replaces(&change.kind, &detail.path).is_none();
            if change.details.iter().any(is_unknown) {
                row.consequences.push(Consequence::Unknown);
            }
        }
        ChangeSummary { rows, ..ChangeSummary::default() }
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
    /// Of a removed one: its `DeletionPolicy`. Of another: its `UpdateReplacePolicy`, where both templates say the same.
    pub policy: Option<String>,
    /// Whether Firehose refuses the change on a present stream.
    pub is_refused: bool,
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
    /// Whether both are known, so that they surely differ.
    pub is_sure: bool,
}

/// A value as it can be shown, and whether it is known as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Written {
    text: String,
    is_known: bool,
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

    fn properties(&self, resource: &Resource) -> BTreeMap<String, Written> {
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
            name: after.get("DeliveryStreamName").map(|name| name.text.clone()),
            old_name: before.get("DeliveryStreamName").map(|name| name.text.clone()),
            reads_kinesis: after.keys().any(|path| path.starts_with("KinesisStreamSourceConfiguration")),
        });
        let known = old.template.resource(id).filter(|known| old.exists(known));
        let kept = policy(resource, "UpdateReplacePolicy");
        found.push(ResourceDifference {
            logical_id: id.to_owned(),
            kind: resource.kind.to_string(),
            action,
            policy: kept.filter(|kept| {
                known.and_then(|known| policy(known, "UpdateReplacePolicy")).as_ref() == Some(kept)
            }),
            is_refused: false,
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
        policy: policy(resource, "DeletionPolicy"),
        ..ResourceDifference::default()
    }));
    found
}

/// What a resource says of its own end: `Delete`, `Retain`, `Snapshot`, ...
pub fn policy(resource: &Resource, name: &str) -> Option<String> {
    resource.node.get(name).and_then(Node::as_text).map(|text| text.into_owned())
}

fn changed(before: &BTreeMap<String, Written>, after: &BTreeMap<String, Written>) -> Vec<PropertyDifference> {
    let mut paths: Vec<&String> = before.keys().chain(after.keys()).collect();
    paths.sort_unstable();
    paths.dedup();
    let text = |value: Option<&Written>| value.map(|value| value.text.clone());
    let differs = |path: &&&String| text(before.get(**path)) != text(after.get(**path));
    let difference = |path: &String| {
        let (was, is) = (before.get(path), after.get(path));
        PropertyDifference {
            path: path.clone(),
            before: was.map(|value| shown(path, &value.text)),
            after: is.map(|value| shown(path, &value.text)),
            is_sure: [was, is].into_iter().flatten().all(|value| value.is_known),
        }
    };
    paths.iter().filter(differs).map(|path| difference(path)).collect()
}

/// A value as it may be shown: secrets are covered.
pub(super) fn shown(path: &str, value: &str) -> String {
    if path.split(['.', '[']).any(is_secret_property) { "***".to_owned() } else { value.to_owned() }
}

fn flatten(node: &Node, path: String, values: &mut BTreeMap<String, Written>) {
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
            let is_known = match &node.value {
                Value::String(text) => text.chunks.iter().all(|chunk| matches!(chunk, Chunk::Known(..))),
                Value::Call(_) | Value::Unknown(_) => false,
                _ => true,
            };
            values.insert(path, Written { text: text(node), is_known });
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
