//! FH1xx: the stream, its source, and server-side encryption.

#![allow(missing_docs, reason = "the page of a rule is the doc comment of its RULE")]

use super::Rule;

pub mod encryption_with_stream_source;
pub mod fixed_name;
pub mod ignored_source;
pub mod incomplete_database_source;
pub mod invalid_stream_name;
pub mod invalid_tags;
pub mod missing_key;
pub mod missing_kinesis_source;
pub mod missing_msk_source;
pub mod missing_throughput_hint;
pub mod name_refused_by_producer;
pub mod no_destination;
pub mod several_destinations;
pub mod source_kinds;
pub mod unsuited_key;
pub mod unused_key;

/// The rules of this family, by id.
pub static RULES: &[&Rule] = &[
    &no_destination::RULE,
    &several_destinations::RULE,
    &invalid_stream_name::RULE,
    &missing_kinesis_source::RULE,
    &ignored_source::RULE,
    &missing_msk_source::RULE,
    &incomplete_database_source::RULE,
    &missing_throughput_hint::RULE,
    &encryption_with_stream_source::RULE,
    &missing_key::RULE,
    &unused_key::RULE,
    &unsuited_key::RULE,
    &name_refused_by_producer::RULE,
    &invalid_tags::RULE,
    &fixed_name::RULE,
];
