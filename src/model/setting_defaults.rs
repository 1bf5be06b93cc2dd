//! What a setting is where a template leaves it out, and who says so.
//!
//! Sources: behaviour sheet, sections 3, 6 and 8 to 11, which names the guide's pages; `CHOICE` where they are silent.

/// A default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettingDefault {
    /// The path from the destination's block, keys with dots between them.
    pub path: &'static str,
    /// The value.
    pub value: &'static str,
    /// Where it is said.
    pub source: &'static str,
}

const fn default(path: &'static str, value: &'static str, source: &'static str) -> SettingDefault {
    SettingDefault { path, value, source }
}

const HINTS: &str = "guide: buffering hints";
const RETRY: &str = "guide: delivery failure handling";
const MODEL: &str = "API reference";
const CHOICE: &str = "CHOICE: not documented";

const S3: &[SettingDefault] = &[
    default("BufferingHints.SizeInMBs", "5", HINTS),
    default("BufferingHints.IntervalInSeconds", "300", HINTS),
    default("CompressionFormat", "UNCOMPRESSED", MODEL),
];
const EXTENDED_S3: &[SettingDefault] =
    &[default("CustomTimeZone", "UTC", MODEL), default("S3BackupMode", "Disabled", MODEL)];
const REDSHIFT: &[SettingDefault] =
    &[default("RetryOptions.DurationInSeconds", "3600", RETRY), default("S3BackupMode", "Disabled", MODEL)];
const SEARCH: &[SettingDefault] = &[
    default("IndexRotationPeriod", "OneDay", MODEL),
    default("DocumentIdOptions.DefaultDocumentIdFormat", "FIREHOSE_DEFAULT", MODEL),
    default("BufferingHints.SizeInMBs", "5", HINTS),
    default("BufferingHints.IntervalInSeconds", "300", HINTS),
    default("RetryOptions.DurationInSeconds", "300", RETRY),
    default("S3BackupMode", "FailedDocumentsOnly", MODEL),
];
const SPLUNK: &[SettingDefault] = &[
    default("BufferingHints.SizeInMBs", "5", HINTS),
    default("BufferingHints.IntervalInSeconds", "60", HINTS),
    default("HECAcknowledgmentTimeoutInSeconds", "180", CHOICE),
    default("RetryOptions.DurationInSeconds", "300", CHOICE),
    default("S3BackupMode", "FailedEventsOnly", MODEL),
];
const HTTP: &[SettingDefault] = &[
    default("BufferingHints.SizeInMBs", "5", HINTS),
    default("BufferingHints.IntervalInSeconds", "300", "CHOICE: API 300, guide 60"),
    default("RequestConfiguration.ContentEncoding", "NONE", MODEL),
    default("RetryOptions.DurationInSeconds", "300", CHOICE),
    default("S3BackupMode", "FailedDataOnly", CHOICE),
];
const SNOWFLAKE: &[SettingDefault] = &[
    default("BufferingHints.SizeInMBs", "128", "CHOICE: API 128, guide 1"),
    default("BufferingHints.IntervalInSeconds", "0", HINTS),
    default("DataLoadingOption", "JSON_MAPPING", CHOICE),
    default("RetryOptions.DurationInSeconds", "60", RETRY),
    default("S3BackupMode", "FailedDataOnly", CHOICE),
];
const ICEBERG: &[SettingDefault] = &[
    default("BufferingHints.SizeInMBs", "5", HINTS),
    default("BufferingHints.IntervalInSeconds", "300", HINTS),
    default("RetryOptions.DurationInSeconds", "300", RETRY),
];

/// The defaults of a destination, by its property. `is_large` says that dynamic partitioning or record format conversion
/// is on, which raise the size.
pub fn of(destination: &str, is_large: bool) -> Vec<SettingDefault> {
    let own = match destination {
        "ExtendedS3DestinationConfiguration" => EXTENDED_S3,
        "RedshiftDestinationConfiguration" => REDSHIFT,
        "AmazonopensearchserviceDestinationConfiguration" | "ElasticsearchDestinationConfiguration" => SEARCH,
        // Neither rotation nor document ids (behaviour sheet, 10.4).
        "AmazonOpenSearchServerlessDestinationConfiguration" => &SEARCH[2..],
        "SplunkDestinationConfiguration" => SPLUNK,
        "HttpEndpointDestinationConfiguration" => HTTP,
        "SnowflakeDestinationConfiguration" => SNOWFLAKE,
        "IcebergDestinationConfiguration" => ICEBERG,
        _ => &[],
    };
    let mut all = own.to_vec();
    if matches!(destination, "ExtendedS3DestinationConfiguration" | "S3DestinationConfiguration") {
        all.extend(S3);
    }
    if is_large {
        for setting in all.iter_mut().filter(|setting| setting.path == "BufferingHints.SizeInMBs") {
            *setting = default(setting.path, "128", "guide: conversion; CHOICE for partitioning");
        }
    }
    all
}

/// The defaults of an S3 block inside another destination, or of a backup.
pub fn of_nested_s3() -> &'static [SettingDefault] {
    S3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitioning_and_conversion_raise_the_size() {
        let size = |is_large| {
            let all = of("ExtendedS3DestinationConfiguration", is_large);
            all.iter().find(|setting| setting.path == "BufferingHints.SizeInMBs").unwrap().value
        };
        assert_eq!((size(false), size(true)), ("5", "128"));
    }

    #[test]
    fn a_collection_has_no_rotation() {
        let all = of("AmazonOpenSearchServerlessDestinationConfiguration", false);
        assert!(!all.iter().any(|setting| setting.path == "IndexRotationPeriod"));
        assert!(all.iter().any(|setting| setting.path == "S3BackupMode"));
    }
}
