//! What Amazon Data Firehose *is*: types, limits, and pure functions from bytes to bytes. Nothing here sees a clock.

pub mod lambda_runtimes;
pub mod prefix;
pub mod processor;
pub mod query;
pub mod time_zone;
