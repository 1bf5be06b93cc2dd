//! FH0xx: template structure and shape.

use super::Rule;

pub mod attributes;
pub mod plain_strings;
pub mod references;
pub mod walk;

mod alias_or_merge_key;
mod api_spelling;
mod condition_mismatch;
mod duplicate_key;
mod fixed_arn_part;
mod idle_suppression;
mod limit_exceeded;
mod line_break_in_value;
mod missing_property;
mod name_for_arn;
mod parameter_allows_refused_value;
mod placeholder_left;
mod repeated_stream_name;
mod undeclared_reference;
mod unknown_attribute;
mod unknown_property;
mod unquoted_expression;
mod unreadable_template;
/// FH016: variables that are literal text.
pub mod unsubstituted_variable;
mod value_not_listed;
/// FH012: ARNs of the wrong service or shape.
pub mod wrong_arn;
mod wrong_expression_opener;
mod wrong_type;

/// The rules of this family, by id.
pub static RULES: &[&Rule] = &[
    &unreadable_template::RULE,
    &duplicate_key::RULE,
    &unquoted_expression::RULE,
    &undeclared_reference::RULE,
    &unknown_attribute::RULE,
    &unknown_property::RULE,
    &api_spelling::RULE,
    &missing_property::RULE,
    &wrong_type::RULE,
    &value_not_listed::RULE,
    &name_for_arn::RULE,
    &wrong_arn::RULE,
    &line_break_in_value::RULE,
    &placeholder_left::RULE,
    &fixed_arn_part::RULE,
    &unsubstituted_variable::RULE,
    &wrong_expression_opener::RULE,
    &parameter_allows_refused_value::RULE,
    &repeated_stream_name::RULE,
    &condition_mismatch::RULE,
    &limit_exceeded::RULE,
    &alias_or_merge_key::RULE,
    &idle_suppression::RULE,
];
