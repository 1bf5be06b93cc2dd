use crate::rule;
use crate::rules::shape;

rule! {
    /// A value of the wrong type, after CloudFormation's coercion.
    ///
    /// ## Why
    /// `"300"` and `"true"` are coerced; a mapping for a list, or `5MB` for a number, is not.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   BufferingHints: {SizeInMBs: 5MB, IntervalInSeconds: 300}
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   BufferingHints: {SizeInMBs: "5", IntervalInSeconds: 300}
    /// ```
    ///
    /// ## References
    /// Registry schema; rule catalogue, must not be flagged.
    "FH009", "wrong-type", Error, since "0.1.0", Stream(shape::report)
}
