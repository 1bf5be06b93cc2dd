//! Every quota and default that the engine keeps to, each with the page it comes from.
//!
//! `limits` is <https://docs.aws.amazon.com/firehose/latest/dev/limits.html>.

use std::time::Duration;

/// The largest record that a put accepts, in bytes before base64: 1,000 KiB (limits).
pub const LARGEST_RECORD_DIRECT_PUT: u64 = 1_024_000;

/// The largest record of a Kinesis data stream, in bytes: 10 MiB (Kinesis Data Streams guide, large records).
pub const LARGEST_RECORD_KINESIS: u64 = 10 * 1_048_576;

/// The largest record of a Kinesis data stream that all destinations are sent, in bytes: 1 MiB (the same page). Larger ones
/// do not go to HTTP endpoints, Snowflake and Redshift, nor through dynamic partitioning.
pub const LARGEST_RECORD_KINESIS_MOST: u64 = 1_048_576;

/// The largest record read from a topic, in bytes: 10 MB (limits). CHOICE: 10 MiB, as for Kinesis.
pub const LARGEST_RECORD_MSK: u64 = 10 * 1_048_576;
/// The same where a function transforms them: 6 MB (limits). CHOICE: mebibytes, as everywhere.
pub const LARGEST_RECORD_MSK_FUNCTION: u64 = 6 << 20;

/// The most records in one `PutRecordBatch` (limits).
pub const MOST_RECORDS_IN_REQUEST: usize = 500;

/// The most bytes in one `PutRecordBatch`: 4 MiB (limits). CHOICE: the sum of decoded `Data`.
pub const MOST_BYTES_IN_REQUEST: u64 = 4_194_304;

/// How long a record that could not be delivered is kept: 24 hours for Direct PUT (limits), and in a Kinesis stream that
/// sets nothing else (Kinesis Data Streams guide, retention period).
pub const RETENTION: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a topic keeps a record that sets nothing else: `log.retention.hours`, 168 (Apache Kafka documentation). CHOICE:
/// that it is not set.
pub const RETENTION_MSK: Duration = Duration::from_secs(168 * 60 * 60);

/// Active partitions of a stream under dynamic partitioning, unless raised (limits).
pub const ACTIVE_PARTITIONS: u32 = 500;

/// The longest evaluated prefix, in characters (guide, custom prefixes).
pub const LONGEST_EVALUATED_PREFIX: usize = 512;

/// The wait before the second attempt of a failed write. CHOICE: the service's back-off is not documented.
pub const FIRST_BACKOFF: Duration = Duration::from_secs(1);

/// The longest wait between two attempts; waits double until they reach it. CHOICE.
pub const LONGEST_BACKOFF: Duration = Duration::from_secs(300);
