//! Which partitions are active: those with an open buffer, or with one on its way out.

use std::collections::BTreeMap;

use super::BufferId;
use crate::model::{noticed::Noticed, partition_key::PartitionKey};

/// The active partitions. What is over leaves nothing behind, so that rare keys take no memory.
#[derive(Debug, Default)]
pub(super) struct Partitions {
    active: BTreeMap<PartitionKey, Active>,
    buffers: BTreeMap<BufferId, PartitionKey>,
    /// Evaluated prefixes of active partitions.
    prefixes: BTreeMap<Box<str>, PartitionKey>,
    noticed: Noticed,
}

/// What is known of an active partition.
#[derive(Debug, Default)]
struct Active {
    buffers: u32,
    /// Its evaluated prefix, where no other partition had it before.
    prefix: Option<Box<str>>,
}

impl Partitions {
    /// Whether a record of this partition is one too many.
    pub(super) fn exceeds(&self, key: &PartitionKey, limit: u32) -> bool {
        *key != PartitionKey::EMPTY && self.active.len() >= limit as usize && !self.active.contains_key(key)
    }

    /// A buffer of the destination was opened.
    pub(super) fn opened(&mut self, buffer: BufferId, key: &PartitionKey) {
        if *key != PartitionKey::EMPTY {
            self.active.entry(key.clone()).or_default().buffers += 1;
            self.buffers.insert(buffer, key.clone());
            self.noticed.has_slashes |= key.pairs().iter().any(|(_, value)| value.contains('/'));
        }
    }

    /// The prefix of an active partition, as it was evaluated when a buffer of it was opened.
    pub(super) fn evaluated(&mut self, key: &PartitionKey, prefix: String) {
        let Some(active) = self.active.get_mut(key) else { return };
        match self.prefixes.get(prefix.as_str()) {
            Some(other) if other == key => {}
            Some(_) => self.noticed.shares_prefix = true,
            None => {
                if let Some(before) = active.prefix.replace(prefix.as_str().into()) {
                    self.prefixes.remove(&before);
                }
                self.prefixes.insert(prefix.into(), key.clone());
            }
        }
    }

    /// The delivery of a buffer ended.
    pub(super) fn ended(&mut self, buffer: BufferId) {
        let Some(key) = self.buffers.remove(&buffer) else { return };
        if let Some(active) = self.active.get_mut(&key) {
            active.buffers -= 1;
            if active.buffers == 0
                && let Some(prefix) = self.active.remove(&key).and_then(|active| active.prefix)
            {
                self.prefixes.remove(&prefix);
            }
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.active.len()
    }

    /// What was noticed of their keys.
    pub(super) fn noticed(&self) -> Noticed {
        self.noticed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(pairs: [&str; 2]) -> PartitionKey {
        PartitionKey::new(vec![("a".into(), pairs[0].into()), ("b".into(), pairs[1].into())])
    }

    /// Behaviour sheet, 7: one buffer per evaluated prefix, against the CHOICE to group on the values of keys.
    #[test]
    fn two_active_partitions_of_one_prefix_are_noticed() {
        let mut partitions = Partitions::default();
        let open = |partitions: &mut Partitions, id, key: &PartitionKey, prefix: &str| {
            partitions.opened(BufferId(id), key);
            partitions.evaluated(key, prefix.to_owned());
        };
        let (one, other) = (key(["x/y", "z"]), key(["x", "y/z"]));
        open(&mut partitions, 1, &one, "x/y/z/");
        open(&mut partitions, 2, &one, "x/y/z/");
        partitions.ended(BufferId(1));
        partitions.ended(BufferId(2));
        // One after the other they are what one partition would be.
        open(&mut partitions, 3, &other, "x/y/z/");
        assert!(partitions.noticed().has_slashes && !partitions.noticed().shares_prefix);
        open(&mut partitions, 4, &one, "x/y/z/");
        assert!(partitions.noticed().shares_prefix);
        partitions.ended(BufferId(3));
        partitions.ended(BufferId(4));
        assert_eq!((partitions.count(), partitions.prefixes.len()), (0, 0));
    }
}
