//! FH8xx: secrets, encryption, logging and backup.

use super::Rule;

mod backup_into_destination;
mod backup_not_enabled;
mod backup_without_bucket;
mod delivery_errors_not_logged;
mod echoed_secret;
mod encryption_not_one;
mod literal_secret;
mod log_names_missing;
mod log_not_created;
mod log_streams_mixed;
mod public_bucket;
mod transform_without_backup;
mod unencrypted_stream;

mod entry;
mod logging;

/// The rules of this family, by id.
pub static RULES: &[&Rule] = &[
    &unencrypted_stream::RULE,
    &literal_secret::RULE,
    &echoed_secret::RULE,
    &encryption_not_one::RULE,
    &public_bucket::RULE,
    &delivery_errors_not_logged::RULE,
    &log_names_missing::RULE,
    &log_not_created::RULE,
    &log_streams_mixed::RULE,
    &backup_without_bucket::RULE,
    &backup_not_enabled::RULE,
    &transform_without_backup::RULE,
    &backup_into_destination::RULE,
];
