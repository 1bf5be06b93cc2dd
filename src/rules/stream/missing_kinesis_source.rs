use super::source_kinds::report_missing_block;
use crate::rule;
use crate::rules::{Findings, Scope};

rule! {
    /// The stream reads from a Kinesis stream, and `KinesisStreamSourceConfiguration` is missing.
    ///
    /// ## Why
    /// The service refuses a stream whose type names a source that is not there.
    ///
    /// ## Fires on
    /// ```yaml
    /// DeliveryStreamType: KinesisStreamAsSource
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// DeliveryStreamType: KinesisStreamAsSource
    /// KinesisStreamSourceConfiguration:
    ///   KinesisStreamARN: arn:aws:kinesis:eu-west-1:444455556666:stream/orders
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Resource sheet, section 4; service behaviour, section 2.
    "FH104", "missing-kinesis-source", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let service = "KinesisSourceStreamConfig is mandatory for KinesisStreamAsSource stream type.";
    report_missing_block(scope, findings, "KinesisStreamAsSource", Some(service));
}
