//! What tells records of one lane apart: ordered names and values, such as the keys of dynamic partitioning.
//!
//! Records of different keys have buffers of their own, unless the destination divides sealed buffers
//! ([`super::destination::request::Requests::divides_by`]).

use std::sync::Arc;

/// The key of a record; where nothing tells records apart the one empty key, which costs nothing to copy.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PartitionKey(Option<Arc<[Pair]>>);

/// A name and its value.
pub type Pair = (Box<str>, Box<str>);

impl PartitionKey {
    /// The key of a stream whose records are all alike.
    pub const EMPTY: PartitionKey = PartitionKey(None);

    /// A key of these names and values; without any, the empty key.
    pub fn new(pairs: Vec<Pair>) -> PartitionKey {
        if pairs.is_empty() { PartitionKey::EMPTY } else { PartitionKey(Some(pairs.into())) }
    }

    /// Names and values, in the order of the query.
    pub fn pairs(&self) -> &[Pair] {
        self.0.as_deref().unwrap_or(&[])
    }

    /// The value of a name.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.pairs().iter().find(|(known, _)| &**known == name).map(|(_, value)| &**value)
    }

    /// The key with these names alone.
    pub fn only(&self, names: &[&str]) -> PartitionKey {
        let pairs = self.pairs().iter().filter(|(name, _)| names.contains(&&**name));
        PartitionKey::new(pairs.cloned().collect())
    }
}
