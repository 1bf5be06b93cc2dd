//! A value with its way there: what rules are handed, and what findings are made at.

use crate::foundation::document::{Node, Text, Unknown, Value};
use crate::foundation::span::Span;

/// A resolved value, the key it stands under, and its path.
#[derive(Debug, Clone)]
pub struct Place<'a> {
    /// The value.
    pub node: &'a Node,
    /// The key it stands under; for a list item, its own first key.
    pub key_span: Span,
    /// `Resources/Stream/Properties/...`, list items by index from 0.
    pub path: String,
    /// The logical id of the resource.
    pub resource: &'a str,
}

impl<'a> Place<'a> {
    /// The value under a key, if this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<Place<'a>> {
        let entry = self.node.as_map()?.entry(key)?;
        Some(Place {
            node: &entry.node,
            key_span: entry.key_span,
            path: format!("{}/{key}", self.path),
            resource: self.resource,
        })
    }

    /// The value at the end of several keys.
    pub fn at(&self, keys: &[&str]) -> Option<Place<'a>> {
        keys.iter().try_fold(self.clone(), |place, key| place.get(key))
    }

    /// The items of a list; empty for anything else.
    pub fn items(&self) -> Vec<Place<'a>> {
        let item = |(at, node): (usize, &'a Node)| Place {
            node,
            key_span: node
                .as_map()
                .and_then(|map| map.entries.first())
                .map_or(node.span, |entry| entry.key_span),
            path: format!("{}/{at}", self.path),
            resource: self.resource,
        };
        self.node.as_list().unwrap_or_default().iter().enumerate().map(item).collect()
    }

    /// The entries of a mapping; empty for anything else.
    pub fn entries(&self) -> Vec<(&'a str, Place<'a>)> {
        let entries = self.node.as_map().map(|map| map.entries.as_slice()).unwrap_or_default();
        entries.iter().filter_map(|entry| Some((&*entry.key, self.get(&entry.key)?))).collect()
    }

    /// The string, with its unknown parts.
    pub fn text(&self) -> Option<&'a Text> {
        match &self.node.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// A wholly known scalar as text.
    pub fn known(&self) -> Option<std::borrow::Cow<'a, str>> {
        self.node.as_text()
    }

    /// Whether the value is known to be empty text.
    pub fn is_empty_text(&self) -> bool {
        self.known().is_some_and(|text| text.is_empty())
    }

    /// Whether something is set here at all: not empty text, not null. An unknown value counts as set.
    pub fn is_set(&self) -> bool {
        !self.is_empty_text() && !matches!(self.node.value, Value::Null)
    }

    /// Whether something is set here in every deployment: as [`Place::is_set`], and not what an undecided `Fn::If`
    /// may leave out.
    pub fn is_surely_set(&self) -> bool {
        self.is_set()
            && !matches!(&self.node.value, Value::Unknown(Unknown::Function(name)) if &**name == "If")
    }
}
