//! What a deployment makes before what.

use std::collections::BTreeSet;

use crate::foundation::document::{Node, Value};
use crate::template::intrinsics::{SubKind, sub_parts};
use crate::template::{Resource, Template};

/// Whether a resource is made after another, because it or something that it depends on refers to it.
pub fn depends_on(template: &Template, resource: &Resource, other: &str) -> bool {
    let mut seen: BTreeSet<Box<str>> = BTreeSet::new();
    let mut open = names(resource);
    while let Some(name) = open.pop() {
        if &*name == other {
            return true;
        }
        if seen.insert(name.clone())
            && let Some(next) = template.resource(&name)
        {
            open.extend(names(next));
        }
    }
    false
}

/// The names that a resource refers to, in whatever branch.
fn names(resource: &Resource) -> Vec<Box<str>> {
    let mut names = Vec::new();
    for node in resource.depends_on() {
        names.extend(node.as_text().map(|text| text.into_owned().into_boxed_str()));
    }
    collect(&resource.node, &mut names);
    names
}

fn collect(node: &Node, names: &mut Vec<Box<str>>) {
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| collect(item, names)),
        Value::Map(map) => map.entries.iter().for_each(|entry| collect(&entry.node, names)),
        Value::Call(call) => {
            match &*call.function {
                "Ref" => names.extend(call.argument.as_text().map(|text| text.into_owned().into_boxed_str())),
                "GetAtt" => {
                    let first = call.argument.as_list().and_then(<[Node]>::first);
                    names
                        .extend(first.and_then(Node::as_text).map(|text| text.into_owned().into_boxed_str()));
                }
                "Sub" => {
                    let pattern = match &call.argument.value {
                        Value::List(items) => items.first(),
                        _ => Some(&call.argument),
                    };
                    let text = pattern.and_then(Node::as_text).unwrap_or_default();
                    let variables =
                        sub_parts(&text).into_iter().filter(|part| part.kind == SubKind::Variable);
                    names.extend(
                        variables.map(|part| part.text.trim().split('.').next().unwrap_or("").into()),
                    );
                }
                _ => {}
            }
            collect(&call.argument, names);
        }
        _ => {}
    }
}
