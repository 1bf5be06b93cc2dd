//! Records that become rows: what a destination of tables says of each before it is buffered.

use std::fmt;

use super::lambda_response::Metadata;
use crate::model::{failure::Failure, partition_key::PartitionKey};

/// The tables of a destination.
pub trait TableRows: fmt::Debug + Send + Sync {
    /// The table that a record's row goes to and what is done there, where that tells records apart. `said` is what the
    /// function returned with the record.
    ///
    /// # Errors
    /// Why the record is no row.
    fn key(&self, record: &[u8], said: &Metadata) -> Result<PartitionKey, Failure>;
}
