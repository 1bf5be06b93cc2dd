use crate::rule;
use crate::rules::shape;

rule! {
    /// A value breaks the length, range, pattern or item count of its property.
    ///
    /// ## Why
    /// CloudFormation or the service refuses it. Rules of their own speak of the limits that users meet most.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   CloudWatchLoggingOptions: {Enabled: true, LogGroupName: /aws/firehose, LogStreamName: "a:b"}
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   CloudWatchLoggingOptions: {Enabled: true, LogGroupName: /aws/firehose, LogStreamName: a-b}
    /// ```
    ///
    /// ## References
    /// Both columns of the resource sheet, section 8.
    "FH021", "limit-exceeded", Error, since "0.1.0", Stream(shape::report)
}
