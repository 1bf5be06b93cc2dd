use super::processors::{self, Processing};
use crate::foundation::diagnostic::Severity;
use crate::rule;
use crate::rules::scope::enabled;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// `MetadataExtraction` or `RecordDeAggregation` stands in a stream without dynamic partitioning.
    ///
    /// ## Why
    /// On S3 the service takes the two only with dynamic partitioning. Iceberg takes `MetadataExtraction` to
    /// route records. Other destinations have no partitioning; there it is a warning.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   ProcessingConfiguration:
    ///     Enabled: true
    ///     Processors:
    ///       - Type: RecordDeAggregation
    ///         Parameters:
    ///           - ParameterName: SubRecordType
    ///             ParameterValue: JSON
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: "data/customer=!{partitionKeyFromQuery:customer}/"
    ///   ErrorOutputPrefix: errors/
    ///   BufferingHints: {SizeInMBs: 64, IntervalInSeconds: 300}
    ///   DynamicPartitioningConfiguration: {Enabled: true}
    ///   ProcessingConfiguration:
    ///     Enabled: true
    ///     Processors:
    ///       - Type: RecordDeAggregation
    ///         Parameters:
    ///           - ParameterName: SubRecordType
    ///             ParameterValue: JSON
    ///       - Type: MetadataExtraction
    ///         Parameters:
    ///           - ParameterName: MetadataExtractionQuery
    ///             ParameterValue: "{customer: .customer_id}"
    ///           - ParameterName: JsonParsingEngine
    ///             ParameterValue: JQ-1.6
    /// ```
    ///
    /// ## References
    /// Service behaviour, sections 5 and 15 (MetadataExtraction / RecordDeAggregation without partitioning).
    "FH410", "processor-needs-partitioning", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for processing in processors::running(scope) {
        for processor in &processing.processors {
            let kind = processor.kind.as_str();
            if !matches!(kind, "MetadataExtraction" | "RecordDeAggregation") {
                continue;
            }
            let place = processor.type_place();
            let service = format!(
                "class com.amazonaws.services.firehose.internal.model.{kind}Processor can only be present when Dynamic Partitioning is enabled."
            );
            match processing.destination {
                "ExtendedS3DestinationConfiguration" if is_unpartitioned(&processing) => findings.add(
                    Finding::at(&place, format!("`{kind}` without dynamic partitioning"))
                        .service(service)
                        .help("set `DynamicPartitioningConfiguration: {Enabled: true}`, or remove the processor"),
                ),
                // Iceberg takes the one to route; whether it takes the other is not known. The legacy block is FH401's.
                "ExtendedS3DestinationConfiguration"
                | "IcebergDestinationConfiguration"
                | "S3DestinationConfiguration" => {}
                destination => findings.add(
                    Finding::at(&place, format!("`{kind}` needs dynamic partitioning, which `{destination}` has not"))
                        .severity(Severity::Warning)
                        .help("remove the processor"),
                ),
            }
        }
    }
}

fn is_unpartitioned(processing: &Processing<'_>) -> bool {
    enabled(&processing.place, "DynamicPartitioningConfiguration", false) == Some(false)
}
