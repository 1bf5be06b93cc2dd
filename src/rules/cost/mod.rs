//! FH9xx: cost, deprecation and update safety.

#![allow(missing_docs, reason = "the page of a rule is the doc comment of its RULE")]

use super::Rule;

mod data_not_retained;
mod legacy_elasticsearch_destination;
mod legacy_s3_destination;
mod many_partitions;
mod many_small_objects;
mod records_billed_in_5_kb;
mod uncompressed_objects;

pub mod replacement;

/// The rules of this family, by id.
pub static RULES: &[&Rule] = &[
    &many_small_objects::RULE,
    &records_billed_in_5_kb::RULE,
    &uncompressed_objects::RULE,
    &many_partitions::RULE,
    &legacy_s3_destination::RULE,
    &legacy_elasticsearch_destination::RULE,
    &replacement::RULE,
    &data_not_retained::RULE,
];
