//! What Amazon Data Firehose *is*: types, limits, and pure functions from bytes to bytes. Nothing here sees a clock.

pub mod copy_options;
pub mod http_partners;
pub mod prefix;
pub mod time_zone;
