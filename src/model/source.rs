//! Where a delivery stream takes its records from, and what that means for their size.

use std::time::Duration;

use super::{failure::Failure, limits};

/// The source of a delivery stream (`DeliveryStreamType` with its block).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// `DirectPut`: producers put records themselves.
    DirectPut,
    /// `KinesisStreamAsSource`.
    KinesisStream {
        /// `KinesisStreamARN`.
        arn: String,
    },
    /// `MSKAsSource`.
    Msk {
        /// `MSKClusterARN`.
        arn: String,
        /// `TopicName`.
        topic: String,
    },
}

impl Source {
    /// The largest record that gets in, in bytes.
    pub fn largest_record(&self) -> u64 {
        match self {
            Source::DirectPut => limits::LARGEST_RECORD_DIRECT_PUT,
            Source::KinesisStream { .. } => limits::LARGEST_RECORD_KINESIS,
            // Larger ones get in, and fail: see [`Source::too_large`].
            Source::Msk { .. } => u64::MAX,
        }
    }

    /// What a record fails with that is read but is too large to be delivered; it goes to the error bucket. The code is not
    /// documented (CHOICE).
    pub fn too_large(&self, length: usize, has_function: bool) -> Option<Failure> {
        let Source::Msk { .. } = self else { return None };
        let most =
            if has_function { limits::LARGEST_RECORD_MSK_FUNCTION } else { limits::LARGEST_RECORD_MSK };
        (length as u64 > most).then(|| {
            let function = if has_function { " where a function transforms them" } else { "" };
            let message =
                format!("The record has {length} bytes. Records of a topic may have {most}{function}.");
            Failure::processing("MSK.RecordTooLarge", message)
        })
    }

    /// How long the source keeps a record, unless it is set otherwise: a record that was not delivered by then is lost.
    pub fn default_retention(&self) -> Duration {
        match self {
            Source::DirectPut | Source::KinesisStream { .. } => limits::RETENTION,
            Source::Msk { .. } => limits::RETENTION_MSK,
        }
    }
}
