//! FH5xx: record format conversion.

use super::Rule;

mod blocks;
mod compressed_conversion;
mod deserializer;
mod joda;
mod missing_part;
mod schema_members;
mod serde_range;
mod serializer;
mod timestamp_format;
mod unfit_table;
mod unordered_table;

/// The rules of this family, by id.
pub static RULES: &[&Rule] = &[
    &compressed_conversion::RULE,
    &missing_part::RULE,
    &deserializer::RULE,
    &serializer::RULE,
    &schema_members::RULE,
    &serde_range::RULE,
    &timestamp_format::RULE,
    &unfit_table::RULE,
    &unordered_table::RULE,
];
