//! FH2xx: buffering hints and retry durations.

#![allow(missing_docs, reason = "the page of a rule is the doc comment of its RULE")]

use super::Rule;

pub mod converted_size_too_small;
pub mod http_hints_out_of_range;
pub mod lone_hint;
pub mod no_retry;
pub mod partitioned_interval_too_short;
pub mod partitioned_size_too_small;
pub mod raised_floor;
pub mod s3_hints_out_of_range;
pub mod search_hints_out_of_range;
pub mod short_interval;
pub mod splunk_hints_out_of_range;
pub mod vendor_size_exceeded;

/// The rules of this family, by id.
pub static RULES: &[&Rule] = &[
    &s3_hints_out_of_range::RULE,
    &search_hints_out_of_range::RULE,
    &splunk_hints_out_of_range::RULE,
    &http_hints_out_of_range::RULE,
    &lone_hint::RULE,
    &partitioned_size_too_small::RULE,
    &partitioned_interval_too_short::RULE,
    &converted_size_too_small::RULE,
    &short_interval::RULE,
    &vendor_size_exceeded::RULE,
    &no_retry::RULE,
];
