use crate::rule;
use crate::rules::shape;

rule! {
    /// Buffering hints of S3, Iceberg, Snowflake or an intermediate bucket are outside 1–128 MB or 0–900 seconds.
    ///
    /// ## Why
    /// The service refuses them; CloudFormation's own schema takes any number.
    ///
    /// ## Fires on
    /// ```yaml
    /// Resources:
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: arn:aws:s3:::example-data
    ///         BufferingHints: {SizeInMBs: 256, IntervalInSeconds: 300}
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// Resources:
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: arn:aws:s3:::example-data
    ///         BufferingHints: {SizeInMBs: "128", IntervalInSeconds: 10}
    /// ```
    ///
    /// ## References
    /// Service model `BufferingHints`; resource sheet, section 5.
    "FH201", "s3-hints-out-of-range", Error, since "0.1.0", Stream(shape::report)
}
