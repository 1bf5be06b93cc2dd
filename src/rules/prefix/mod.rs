//! FH3xx: prefix expressions and object names.

use super::Rule;

/// The rules of this family, by id.
pub static RULES: &[&Rule] = &[];
