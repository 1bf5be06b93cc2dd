//! Where a delivery stream takes its records from, and what that means for their size.

use super::limits;

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
            Source::Msk { .. } => limits::LARGEST_RECORD_MSK,
        }
    }
}
