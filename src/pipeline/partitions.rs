//! Which partitions are active: those with an open buffer, or with one on its way out.

use std::collections::BTreeMap;

use super::BufferId;
use crate::model::partition_key::PartitionKey;

/// The active partitions. What is over leaves nothing behind, so that rare keys take no memory.
#[derive(Debug, Default)]
pub(super) struct Partitions {
    active: BTreeMap<PartitionKey, u32>,
    buffers: BTreeMap<BufferId, PartitionKey>,
}

impl Partitions {
    /// Whether a record of this partition is one too many.
    pub(super) fn exceeds(&self, key: &PartitionKey, limit: u32) -> bool {
        *key != PartitionKey::EMPTY && self.active.len() >= limit as usize && !self.active.contains_key(key)
    }

    /// A buffer of the destination was opened.
    pub(super) fn opened(&mut self, buffer: BufferId, key: &PartitionKey) {
        if *key != PartitionKey::EMPTY {
            *self.active.entry(key.clone()).or_default() += 1;
            self.buffers.insert(buffer, key.clone());
        }
    }

    /// The delivery of a buffer ended.
    pub(super) fn ended(&mut self, buffer: BufferId) {
        let Some(key) = self.buffers.remove(&buffer) else { return };
        if let Some(count) = self.active.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                self.active.remove(&key);
            }
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.active.len()
    }
}
