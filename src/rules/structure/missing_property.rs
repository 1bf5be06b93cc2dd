use crate::rule;
use crate::rules::shape;

rule! {
    /// A required property is missing.
    ///
    /// ## Why
    /// CloudFormation, or the service behind it, refuses the stream.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Registry schema and service model; resource sheet, section 8.
    "FH008", "missing-property", Error, since "0.1.0", Stream(shape::report)
}
