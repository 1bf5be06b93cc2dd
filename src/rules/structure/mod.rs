//! FH0xx: template structure and shape.

use super::Rule;

pub mod unreadable_template;

/// The rules of this family, by id.
pub static RULES: &[&Rule] = &[&unreadable_template::RULE];
