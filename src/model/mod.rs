//! What Amazon Data Firehose *is*: types, limits, and pure functions from bytes to bytes. Nothing here sees a clock.

pub mod buffering_hints;
pub mod compression;
pub mod copy_options;
pub mod delivery_stream;
pub mod destination;
pub mod failure;
pub mod format;
pub mod http_partners;
pub mod kpl;
pub mod lambda_runtimes;
pub mod limits;
pub mod lower;
pub mod object_name;
pub mod partition_key;
pub mod permissions;
pub mod prefix;
pub mod processor;
pub mod processor_parameters;
pub mod query;
pub mod query_keys;
pub mod record_number;
pub mod redshift;
pub mod s3;
pub mod source;
pub mod time_zone;
pub mod zone;
