//! Where a delivery stream takes its records from, and what that means for their size.

use std::time::Duration;

use super::{destination::Destination, failure::Failure, limits};

/// What a record of a Kinesis stream fails with that its destination is not sent, for its size.
pub const KINESIS_RECORD_TOO_LARGE: &str = "Kinesis.RecordTooLarge";

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

    /// What a record fails with that is read but is too large to be delivered to this destination; it goes to the error
    /// bucket. For records of a Kinesis stream what becomes of them is not documented, and none of the codes is (CHOICE).
    pub fn too_large(&self, length: usize, destination: &Destination) -> Option<Failure> {
        let has_function = destination.processing().lambda.is_some();
        let (code, of, most, with) = match self {
            Source::DirectPut => return None,
            Source::KinesisStream { .. } if destination.takes_large_records() => return None,
            Source::KinesisStream { .. } => (
                KINESIS_RECORD_TOO_LARGE,
                "a Kinesis stream",
                limits::LARGEST_RECORD_KINESIS_MOST,
                " for this destination",
            ),
            Source::Msk { .. } if has_function => (
                "MSK.RecordTooLarge",
                "a topic",
                limits::LARGEST_RECORD_MSK_FUNCTION,
                " where a function transforms them",
            ),
            Source::Msk { .. } => ("MSK.RecordTooLarge", "a topic", limits::LARGEST_RECORD_MSK, ""),
        };
        (length as u64 > most).then(|| {
            let message = format!("The record has {length} bytes. Records of {of} may have {most}{with}.");
            Failure::processing(code, message)
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
