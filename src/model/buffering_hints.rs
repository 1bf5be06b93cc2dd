//! `BufferingHints`: how much is collected, and for how long, before something is delivered.

use std::time::Duration;

use crate::foundation::byte_size::ByteSize;

/// Size and interval; whichever is reached first seals the buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BufferingHints {
    /// `SizeInMBs`, in mebibytes of uncompressed data (CHOICE: 1 MB = 1,048,576 bytes).
    pub size: ByteSize,
    /// `IntervalInSeconds`; zero means no deliberate buffering.
    pub interval: Duration,
}

impl BufferingHints {
    /// What Amazon S3 gets when the template has no hints: 5 MiB, 300 s (guide, "Configure buffering hints").
    pub const S3_DEFAULT: BufferingHints = BufferingHints::new(5, 300);

    /// `SizeInMBs` under dynamic partitioning when the template has none (CHOICE: undocumented).
    pub const PARTITIONED_SIZE: ByteSize = ByteSize::mebibytes(128);

    /// From the numbers of the template: mebibytes and seconds.
    pub const fn new(size_in_mbs: u64, interval_in_seconds: u64) -> BufferingHints {
        BufferingHints {
            size: ByteSize::mebibytes(size_in_mbs),
            interval: Duration::from_secs(interval_in_seconds),
        }
    }

    /// Whether data goes out after each put call (interval 0).
    pub fn is_zero_buffering(&self) -> bool {
        self.interval.is_zero()
    }
}
