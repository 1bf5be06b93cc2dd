use super::raised_floor::{self, RaisedFloor};
use crate::rule;
use crate::rules::{Findings, Scope};

rule! {
    /// `SizeInMBs` is below 64, and dynamic partitioning is on.
    ///
    /// ## Why
    /// Each partition has a buffer of its own; the service wants large ones and refuses the stream. Without a value it
    /// takes a size that is large enough.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   BufferingHints: {SizeInMBs: 5, IntervalInSeconds: 300}
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
    ///   BufferingHints: {SizeInMBs: 64, IntervalInSeconds: 300}
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
    "FH206", "partitioned-size-too-small", Error, since "0.1.0", Stream(check)
}

const FLOOR: RaisedFloor = RaisedFloor {
    hint: "SizeInMBs",
    least: 64,
    least_otherwise: 1,
    feature: "dynamic partitioning",
    block: "DynamicPartitioningConfiguration",
    is_on: |block| block.is_partitioned() == Some(true),
    service: "BufferingHints.SizeInMBs must be at least 64 when Dynamic Partitioning is enabled.",
};

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    raised_floor::report(scope, findings, &FLOOR);
}
