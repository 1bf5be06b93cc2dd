//! What Amazon Data Firehose *is*: types, limits, and pure functions from bytes to bytes. Nothing here sees a clock.

pub mod permissions;
pub mod prefix;
pub mod time_zone;
