//! FH3xx: prefix expressions and object names.

#![allow(missing_docs, reason = "the page of a rule is the doc comment of its RULE")]

use super::Rule;

pub mod empty_folder_name;
mod enabling;
pub mod error_type_in_prefix;
pub mod errors_below_data;
pub mod incomplete_expression;
pub mod invalid_expression_value;
pub mod key_not_in_prefix;
pub mod key_not_in_query;
mod keys;
pub mod lambda_key_without_lambda;
pub mod missing_error_output_prefix;
pub mod missing_error_output_type;
pub mod missing_trailing_slash;
pub mod parsed;
pub mod partition_key_in_error_prefix;
pub mod partition_key_without_partitioning;
pub mod partitioning_without_partition_key;
pub mod prefix_against_table;
pub mod prefix_too_long;
mod processing;
pub mod query_key_without_extraction;
pub mod redshift_prefix_expression;
pub mod suspicious_date_letters;
mod tables;
mod tokens;
pub mod unknown_namespace;
pub mod unlisted_time_zone;
pub mod unsafe_key_character;
pub mod unstated_time_zone;
pub mod wrong_file_extension;

/// The rules of this family, by id.
pub static RULES: &[&Rule] = &[
    &incomplete_expression::RULE,
    &unknown_namespace::RULE,
    &invalid_expression_value::RULE,
    &error_type_in_prefix::RULE,
    &missing_error_output_prefix::RULE,
    &missing_error_output_type::RULE,
    &partition_key_in_error_prefix::RULE,
    &partition_key_without_partitioning::RULE,
    &partitioning_without_partition_key::RULE,
    &query_key_without_extraction::RULE,
    &lambda_key_without_lambda::RULE,
    &key_not_in_query::RULE,
    &key_not_in_prefix::RULE,
    &prefix_too_long::RULE,
    &suspicious_date_letters::RULE,
    &missing_trailing_slash::RULE,
    &empty_folder_name::RULE,
    &prefix_against_table::RULE,
    &errors_below_data::RULE,
    &redshift_prefix_expression::RULE,
    &unlisted_time_zone::RULE,
    &wrong_file_extension::RULE,
    &unstated_time_zone::RULE,
    &unsafe_key_character::RULE,
];
