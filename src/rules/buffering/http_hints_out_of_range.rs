use crate::rule;
use crate::rules::shape;

rule! {
    /// Buffering hints of an HTTP endpoint are outside 1–64 MB or 0–900 seconds.
    ///
    /// ## Why
    /// CloudFormation uses the same type as for S3, which goes up to 128 MB; the service takes 64 MB at the most.
    ///
    /// ## Fires on
    /// ```yaml
    /// HttpEndpointDestinationConfiguration:
    ///   EndpointConfiguration:
    ///     Url: https://intake.example.com/v1
    ///     Name: intake
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BufferingHints: {SizeInMBs: 128, IntervalInSeconds: 60}
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-backup
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// HttpEndpointDestinationConfiguration:
    ///   EndpointConfiguration:
    ///     Url: https://intake.example.com/v1
    ///     Name: intake
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BufferingHints: {SizeInMBs: 64, IntervalInSeconds: 60}
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-backup
    /// ```
    ///
    /// ## References
    /// Service model `HttpEndpointBufferingHints`; resource sheet, section 5; service behaviour, section 15.
    "FH204", "http-hints-out-of-range", Error, since "0.1.0", Stream(shape::report)
}
