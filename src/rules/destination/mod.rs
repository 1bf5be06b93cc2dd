//! FH6xx: the destinations other than S3.

use super::Rule;

mod backup_mode_of_another_destination;
mod catalog_arn_malformed;
mod common_attribute_twice;
mod copy_command_too_long;
mod copy_options_compression_mismatch;
mod copy_options_contradictory;
mod copy_options_without_format;
mod data_access_policy_missing;
mod domain_and_endpoint;
mod hec_endpoint_malformed;
mod hec_timeout_out_of_range;
mod http_without_role;
mod iceberg_backup_of_all_data;
mod iceberg_table_missing;
mod iceberg_tables_incomplete;
mod index_name_unusable;
mod redshift_cluster_mismatch;
mod redshift_compression_refused;
mod redshift_url_malformed;
mod redshift_without_credentials;
mod search_target_missing;
mod secret_missing;
mod snowflake_columns_mismatch;
mod snowflake_role_missing;
mod snowflake_without_credentials;
mod splunk_without_token;
mod ssm_secure_reference;
mod type_name_set;
mod url_not_https;
mod vpc_mismatch;

mod https;
mod search;

/// The rules of this family, by id.
pub static RULES: &[&Rule] = &[
    &redshift_compression_refused::RULE,
    &copy_options_compression_mismatch::RULE,
    &redshift_url_malformed::RULE,
    &redshift_without_credentials::RULE,
    &copy_options_contradictory::RULE,
    &copy_options_without_format::RULE,
    &copy_command_too_long::RULE,
    &redshift_cluster_mismatch::RULE,
    &domain_and_endpoint::RULE,
    &search_target_missing::RULE,
    &type_name_set::RULE,
    &index_name_unusable::RULE,
    &backup_mode_of_another_destination::RULE,
    &vpc_mismatch::RULE,
    &data_access_policy_missing::RULE,
    &hec_endpoint_malformed::RULE,
    &splunk_without_token::RULE,
    &hec_timeout_out_of_range::RULE,
    &url_not_https::RULE,
    &common_attribute_twice::RULE,
    &ssm_secure_reference::RULE,
    &http_without_role::RULE,
    &snowflake_without_credentials::RULE,
    &snowflake_columns_mismatch::RULE,
    &snowflake_role_missing::RULE,
    &iceberg_backup_of_all_data::RULE,
    &catalog_arn_malformed::RULE,
    &iceberg_table_missing::RULE,
    &iceberg_tables_incomplete::RULE,
    &secret_missing::RULE,
];
