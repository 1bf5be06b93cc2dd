use super::raised_floor::{self, RaisedFloor};
use crate::rule;
use crate::rules::{Findings, Scope};

rule! {
    /// `SizeInMBs` is below 64, and record format conversion is on.
    ///
    /// ## Why
    /// Columnar files want many rows; the service refuses a smaller buffer. Without a value it takes 128.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   BufferingHints: {SizeInMBs: 5, IntervalInSeconds: 300}
    ///   DataFormatConversionConfiguration:
    ///     Enabled: true
    ///     InputFormatConfiguration: {Deserializer: {OpenXJsonSerDe: {}}}
    ///     OutputFormatConfiguration: {Serializer: {ParquetSerDe: {}}}
    ///     SchemaConfiguration:
    ///       RoleARN: arn:aws:iam::444455556666:role/delivery
    ///       DatabaseName: lake
    ///       TableName: orders
    ///       Region: eu-west-1
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
    ///     InputFormatConfiguration: {Deserializer: {OpenXJsonSerDe: {}}}
    ///     OutputFormatConfiguration: {Serializer: {ParquetSerDe: {}}}
    ///     SchemaConfiguration:
    ///       RoleARN: arn:aws:iam::444455556666:role/delivery
    ///       DatabaseName: lake
    ///       TableName: orders
    ///       Region: eu-west-1
    /// ```
    ///
    /// ## References
    /// Service behaviour, sections 3 and 15; resource sheet, section 5.
    "FH208", "converted-size-too-small", Error, since "0.1.0", Stream(check)
}

const FLOOR: RaisedFloor = RaisedFloor {
    hint: "SizeInMBs",
    least: 64,
    least_otherwise: 1,
    feature: "record format conversion",
    block: "DataFormatConversionConfiguration",
    // Where dynamic partitioning is on too, FH206 has said it.
    is_on: |block| block.is_converted() == Some(true) && block.is_partitioned() != Some(true),
    service: "BufferingHints.SizeInMBs must be at least 64 when data format conversion is enabled.",
};

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    raised_floor::report(scope, findings, &FLOOR);
}
