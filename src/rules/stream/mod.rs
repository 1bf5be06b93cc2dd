//! FH1xx: the stream, its source, and server-side encryption.

use super::Rule;

mod no_destination;

/// The rules of this family, by id.
pub static RULES: &[&Rule] = &[&no_destination::RULE];
