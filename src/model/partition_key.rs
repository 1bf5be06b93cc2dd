//! What tells one buffer of a lane from another under dynamic partitioning: ordered names and values.

use std::sync::Arc;

/// The partition keys of a record; without dynamic partitioning the one empty key, which costs nothing to copy.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PartitionKey(Option<Arc<[Pair]>>);

/// A name and its value.
pub type Pair = (Box<str>, Box<str>);

impl PartitionKey {
    /// The key of a stream without dynamic partitioning.
    pub const EMPTY: PartitionKey = PartitionKey(None);

    /// A key of these names and values; without any, the empty key.
    pub fn new(pairs: Vec<Pair>) -> PartitionKey {
        if pairs.is_empty() { PartitionKey::EMPTY } else { PartitionKey(Some(pairs.into())) }
    }

    /// Names and values, in the order of the query.
    pub fn pairs(&self) -> &[Pair] {
        self.0.as_deref().unwrap_or(&[])
    }
}
