use super::blocks;
use crate::rule;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// Format conversion lacks its input, output or schema configuration.
    ///
    /// ## Why
    /// Conversion is on as soon as the block stands there, unless `Enabled` is false, and needs all three parts.
    /// CloudFormation requires none of them.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   BufferingHints: {SizeInMBs: 128, IntervalInSeconds: 300}
    ///   DataFormatConversionConfiguration:
    ///     Enabled: true
    ///     OutputFormatConfiguration:
    ///       Serializer: {ParquetSerDe: {}}
    ///     SchemaConfiguration:
    ///       RoleARN: arn:aws:iam::444455556666:role/delivery
    ///       DatabaseName: analytics
    ///       TableName: events
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   BufferingHints: {SizeInMBs: 128, IntervalInSeconds: 300}
    ///   DataFormatConversionConfiguration:
    ///     Enabled: true
    ///     InputFormatConfiguration:
    ///       Deserializer: {OpenXJsonSerDe: {}}
    ///     OutputFormatConfiguration:
    ///       Serializer: {ParquetSerDe: {}}
    ///     SchemaConfiguration:
    ///       RoleARN: arn:aws:iam::444455556666:role/delivery
    ///       DatabaseName: analytics
    ///       TableName: events
    /// ```
    ///
    /// ## References
    /// Service behaviour, sections 9 and 15 (conversion parts missing).
    "FH502", "missing-conversion-part", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    // In the order in which the service looks.
    const PARTS: [(&str, &str); 3] = [
        ("InputFormatConfiguration", "such as `Deserializer: {OpenXJsonSerDe: {}}`"),
        ("OutputFormatConfiguration", "such as `Serializer: {ParquetSerDe: {}}`"),
        ("SchemaConfiguration", "with `RoleARN`, `DatabaseName` and `TableName`"),
    ];
    for (_, conversion) in blocks::running(scope) {
        for (part, example) in PARTS {
            if conversion.get(part).is_some_and(|part| part.is_set()) {
                continue;
            }
            let finding = Finding::key(&conversion, format!("format conversion is on without `{part}`"))
                .service(format!("{part} must not be null"))
                .help(format!("add `{part}`, {example}, or set `Enabled: false`"));
            findings.add(finding);
        }
    }
}
