use super::blocks;
use crate::rule;
use crate::rules::{Finding, Findings, Scope, repair, shape};

rule! {
    /// `CompressionFormat` is set while format conversion is on.
    ///
    /// ## Why
    /// With conversion the serializer compresses, so the object itself must be `UNCOMPRESSED`; the service
    /// refuses the rest.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   CompressionFormat: GZIP
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
    /// Service behaviour, sections 8 and 15 (conversion and compression).
    "FH501", "compressed-conversion", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    const SERVICE: &str = "The S3 destination's compression format must be set to UNCOMPRESSED when data format conversion is enabled. To enable compression within the converted output format, set the appropriate serialization option in the output format configuration.";
    for (destination, conversion) in blocks::running(scope) {
        let Some(format) = destination.get("CompressionFormat") else { continue };
        if format.known().is_none_or(|format| format == "UNCOMPRESSED") {
            continue;
        }
        let message =
            format!("`CompressionFormat` is {} while format conversion is on", shape::shown(&format));
        let finding = Finding::at(&format, message)
            .service(SERVICE)
            .help("remove it; the serializer compresses, by default with SNAPPY")
            .related(conversion.key_span, "the conversion");
        findings.add(match repair::replace(scope.template(), &format, "UNCOMPRESSED") {
            Some(fix) => finding.fix(fix),
            None => finding,
        });
    }
}
