//! Over all values of a stream, and what they refer to.

use crate::foundation::document::{Chunk, Node, Reference, Text, Unknown, Value};
use crate::foundation::span::Span;
use crate::rules::Place;

/// Calls `see` for every scalar and unknown value below a place, in the order of the file.
pub fn values<'a>(place: &Place<'a>, see: &mut dyn FnMut(&Place<'a>)) {
    match &place.node.value {
        Value::Map(_) => place.entries().iter().for_each(|(_, place)| values(place, see)),
        Value::List(_) => place.items().iter().for_each(|place| values(place, see)),
        _ => see(place),
    }
}

/// The resource or parameter that a value as a whole refers to.
pub fn reference(node: &Node) -> Option<Reference> {
    if let Some(reference) = &node.reference {
        return Some((**reference).clone());
    }
    match &node.value {
        Value::Unknown(Unknown::Resource(reference)) => Some(reference.clone()),
        Value::String(Text { chunks }) => match chunks.as_slice() {
            [Chunk::Unknown(Unknown::Resource(reference), _)] => Some(reference.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// The resources that a value refers to, be it in a part of its text, with their places.
pub fn references(node: &Node) -> Vec<(Box<str>, Span)> {
    let mut found = Vec::new();
    if let Some(reference) = reference(node) {
        found.push((reference.target, node.span));
    } else if let Value::String(Text { chunks }) = &node.value {
        for chunk in chunks {
            if let Chunk::Unknown(Unknown::Resource(reference), span) = chunk {
                found.push((reference.target.clone(), *span));
            }
        }
    }
    found
}
