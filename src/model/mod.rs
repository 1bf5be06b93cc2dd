//! What Amazon Data Firehose *is*: types, limits, and pure functions from bytes to bytes. Nothing here sees a clock.

pub mod buffering_hints;
pub mod compression;
pub mod copy_options;
pub mod copy_statement;
pub mod create_only;
pub mod delivery_stream;
// What is sent and judged belongs to the engine; builds without it name and check destinations only.
#[cfg_attr(not(feature = "simulate"), allow(dead_code, unused_imports))]
pub mod destination;
pub mod dynamic_mapping;
pub mod failure;
// Records are read by the engine; builds without it know tables and types only.
#[cfg_attr(not(feature = "simulate"), allow(dead_code))]
pub mod format;
pub mod http_partners;
pub mod iceberg;
pub mod index_name;
pub mod json_row;
#[cfg(feature = "simulate")]
pub mod kpl;
pub mod lambda_runtimes;
pub mod limits;
pub mod lower;
pub mod noticed;
pub mod object_name;
pub mod partition_columns;
pub mod partition_key;
pub mod permissions;
pub mod prefix;
pub mod processor;
pub mod processor_parameters;
pub mod query;
pub mod query_keys;
pub mod record_keys;
pub mod record_number;
pub mod record_origin;
pub mod redshift;
pub mod s3;
pub mod setting_defaults;
pub mod snowflake;
pub mod source;
pub mod time_zone;
pub mod zone;
