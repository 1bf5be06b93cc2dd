//! Pure: from records as they were put to records with partition keys. Runs on workers.
//!
//! A stream without processors changes nothing, and all of its records have the one empty key.

use super::plan::Plan;
use crate::{foundation::record::RecordBatch, model::partition_key::PartitionKey};

/// Records that are ready to be buffered.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The records, in put order.
    pub batch: RecordBatch,
    key: PartitionKey,
}

impl Prepared {
    /// The partition that record `index` belongs to.
    pub fn key(&self, _index: usize) -> &PartitionKey {
        &self.key
    }
}

impl Plan {
    /// Applies what happens to records before they are buffered.
    pub fn prepare(&self, batch: RecordBatch) -> Prepared {
        Prepared { batch, key: PartitionKey::EMPTY }
    }
}
