use super::blocks;
use crate::rule;
use crate::rules::{Findings, Scope};

rule! {
    /// `Deserializer` names none or both of `OpenXJsonSerDe` and `HiveJsonSerDe`.
    ///
    /// ## Why
    /// The service takes exactly one.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   BufferingHints: {SizeInMBs: 128, IntervalInSeconds: 300}
    ///   DataFormatConversionConfiguration:
    ///     Enabled: true
    ///     InputFormatConfiguration:
    ///       Deserializer: {OpenXJsonSerDe: {}, HiveJsonSerDe: {}}
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
    /// Service behaviour, sections 9 and 15 (conversion parts missing, two SerDes).
    "FH503", "not-one-deserializer", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let choice = blocks::Choice {
        part: "InputFormatConfiguration",
        block: "Deserializer",
        of: ["OpenXJsonSerDe", "HiveJsonSerDe"],
        word: "deserializer",
    };
    choice.check(scope, findings);
}
