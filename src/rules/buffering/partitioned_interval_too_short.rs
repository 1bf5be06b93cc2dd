use super::raised_floor::{self, RaisedFloor};
use crate::rule;
use crate::rules::{Findings, Scope};

rule! {
    /// `IntervalInSeconds` is below 60, and dynamic partitioning is on.
    ///
    /// ## Why
    /// Zero buffering is not available with dynamic partitioning, nor is anything below a minute; the service refuses it.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   BufferingHints: {SizeInMBs: 64, IntervalInSeconds: 30}
    ///   DynamicPartitioningConfiguration:
    ///     Enabled: true
    ///   Prefix: customer=!{partitionKeyFromQuery:customer}/
    ///   ErrorOutputPrefix: errors/!{firehose:error-output-type}/
    ///   ProcessingConfiguration:
    ///     Enabled: true
    ///     Processors:
    ///       - Type: MetadataExtraction
    ///         Parameters:
    ///           - ParameterName: MetadataExtractionQuery
    ///             ParameterValue: "{customer: .customer}"
    ///           - ParameterName: JsonParsingEngine
    ///             ParameterValue: JQ-1.6
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   BufferingHints: {SizeInMBs: 64, IntervalInSeconds: 60}
    ///   DynamicPartitioningConfiguration:
    ///     Enabled: true
    ///   Prefix: customer=!{partitionKeyFromQuery:customer}/
    ///   ErrorOutputPrefix: errors/!{firehose:error-output-type}/
    ///   ProcessingConfiguration:
    ///     Enabled: true
    ///     Processors:
    ///       - Type: MetadataExtraction
    ///         Parameters:
    ///           - ParameterName: MetadataExtractionQuery
    ///             ParameterValue: "{customer: .customer}"
    ///           - ParameterName: JsonParsingEngine
    ///             ParameterValue: JQ-1.6
    /// ```
    ///
    /// ## References
    /// Service behaviour, sections 3 and 15; resource sheet, section 5.
    "FH207", "partitioned-interval-too-short", Error, since "0.1.0", Stream(check)
}

const FLOOR: RaisedFloor = RaisedFloor {
    hint: "IntervalInSeconds",
    least: 60,
    least_otherwise: 0,
    feature: "dynamic partitioning",
    block: "DynamicPartitioningConfiguration",
    is_on: |block| block.is_partitioned() == Some(true),
    service: "BufferingHints.IntervalInSeconds must be at least 60 seconds when Dynamic Partitioning is enabled.",
};

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    raised_floor::report(scope, findings, &FLOOR);
}
