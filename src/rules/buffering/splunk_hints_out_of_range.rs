use crate::rule;
use crate::rules::shape;

rule! {
    /// Buffering hints of Splunk are outside 1–5 MB or 0–60 seconds.
    ///
    /// ## Why
    /// The limits are far below those of S3, from which hints are often copied; the service refuses what is above.
    ///
    /// ## Fires on
    /// ```yaml
    /// SplunkDestinationConfiguration:
    ///   HECEndpoint: https://splunk.example.com:8088
    ///   HECEndpointType: Event
    ///   HECToken: "{{resolve:secretsmanager:splunk:SecretString:token}}"
    ///   BufferingHints: {SizeInMBs: 5, IntervalInSeconds: 300}
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-backup
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// SplunkDestinationConfiguration:
    ///   HECEndpoint: https://splunk.example.com:8088
    ///   HECEndpointType: Event
    ///   HECToken: "{{resolve:secretsmanager:splunk:SecretString:token}}"
    ///   BufferingHints: {SizeInMBs: 5, IntervalInSeconds: 60}
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-backup
    /// ```
    ///
    /// ## References
    /// Service model `SplunkBufferingHints`; resource sheet, section 5.
    "FH203", "splunk-hints-out-of-range", Error, since "0.1.0", Stream(shape::report)
}
