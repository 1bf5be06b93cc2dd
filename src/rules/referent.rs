//! The resource of the template that a value leads to: by reference, by a part of its text, or by a literal name.

use super::View;
use crate::foundation::document::{Chunk, HOLE, Node, Reference, Unknown, Value};
use crate::template::{Resource, names};

/// The resource of one of the types that a name or an ARN leads to.
pub fn referent<'a>(view: &'a View<'a>, node: &Node, kinds: &[&str]) -> Option<&'a Resource> {
    referent_by_part(view, node, kinds).or_else(|| {
        let Value::String(text) = &node.value else { return None };
        let masked = text.masked();
        let tail =
            masked.rsplit([':', '/']).next().filter(|tail| !tail.is_empty() && !tail.contains(HOLE))?;
        let mut of_kind = view.template.resources.iter().filter(|resource| is_of(view, resource, kinds));
        of_kind.find(|resource| name(view, resource).as_deref() == Some(tail))
    })
}

/// The resource of one of the types that a value, or a part of it, is a reference to.
pub fn referent_by_part<'a>(view: &'a View<'a>, node: &Node, kinds: &[&str]) -> Option<&'a Resource> {
    let resource =
        |target: &str| view.template.resource(target).filter(|resource| is_of(view, resource, kinds));
    let by_reference = node.reference.as_ref().and_then(|reference| resource(&reference.target));
    by_reference.or_else(|| match &node.value {
        Value::Unknown(Unknown::Resource(reference)) => resource(&reference.target),
        Value::String(text) => text.chunks.iter().find_map(|chunk| match chunk {
            Chunk::Unknown(Unknown::Resource(reference), _) => resource(&reference.target),
            _ => None,
        }),
        _ => None,
    })
}

fn is_of(view: &View<'_>, resource: &Resource, kinds: &[&str]) -> bool {
    kinds.contains(&&*resource.kind) && view.exists(resource)
}

/// The name of a resource, where it is literal or made up.
pub fn name(view: &View<'_>, resource: &Resource) -> Option<String> {
    let reference = Reference { target: resource.logical_id.clone(), attribute: None };
    names::value(view.template, view.world, &reference)
}
