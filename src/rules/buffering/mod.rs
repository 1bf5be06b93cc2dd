//! FH2xx: buffering hints and retry durations.

use super::Rule;

mod s3_hints_out_of_range;

/// The rules of this family, by id.
pub static RULES: &[&Rule] = &[&s3_hints_out_of_range::RULE];
