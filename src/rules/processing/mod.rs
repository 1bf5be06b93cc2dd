//! FH4xx: processors and transform functions.

use super::Rule;

mod absent_module;
mod columnar_records;
mod foreign_parameter;
mod function;
mod function_timeout;
mod inline_not_supported;
mod lambda_arn;
mod lambda_buffer_interval;
mod lambda_buffer_size;
mod lambda_retries;
mod lines_without_end;
mod log_processing;
mod lone_lambda_buffer;
mod metadata_extraction;
mod misplaced_property;
mod missing_handler;
mod modules;
mod needs_partitioning;
mod no_delimiter;
mod old_runtime;
mod processing_off;
mod processor_count;
mod processors;
mod record_deaggregation;
mod response;
mod several_lambdas;
mod source_code;
mod subscribed_logs;
mod transform_response;

pub use lambda_arn::is_told as is_no_function;
pub use misplaced_property::belongs_elsewhere;
pub use subscribed_logs::subscription;

/// The rules of this family, by id.
pub static RULES: &[&Rule] = &[
    &misplaced_property::RULE,
    &processor_count::RULE,
    &several_lambdas::RULE,
    &lambda_arn::RULE,
    &lambda_retries::RULE,
    &lambda_buffer_size::RULE,
    &lambda_buffer_interval::RULE,
    &lone_lambda_buffer::RULE,
    &metadata_extraction::RULE,
    &needs_partitioning::RULE,
    &record_deaggregation::RULE,
    &log_processing::RULE,
    &foreign_parameter::RULE,
    &processing_off::RULE,
    &subscribed_logs::RULE,
    &no_delimiter::RULE,
    &function_timeout::RULE,
    &missing_handler::RULE,
    &absent_module::RULE,
    &columnar_records::RULE,
    &old_runtime::RULE,
    &inline_not_supported::RULE,
    &transform_response::RULE,
    &lines_without_end::RULE,
];
