//! FH9xx: cost, deprecation and update safety.

use super::Rule;

mod data_not_retained;
mod legacy_elasticsearch_destination;
mod legacy_s3_destination;
mod many_partitions;
mod many_small_objects;
mod records_billed_in_5_kb;
mod uncompressed_objects;

// FH907 compares two templates: no rule of one template, so it is not registered here.
#[doc = "FH907: changes between two templates that replace the stream, or that the service refuses."]
pub mod replacement;

/// The rules of this family, by id.
pub static RULES: &[&Rule] = &[
    &many_small_objects::RULE,
    &records_billed_in_5_kb::RULE,
    &uncompressed_objects::RULE,
    &many_partitions::RULE,
    &legacy_s3_destination::RULE,
    &legacy_elasticsearch_destination::RULE,
    &data_not_retained::RULE,
];
