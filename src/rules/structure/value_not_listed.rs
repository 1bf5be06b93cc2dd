use crate::rule;
use crate::rules::shape;

rule! {
    /// A value that is not one of the listed ones.
    ///
    /// ## Why
    /// The registry schema lists some of them, the service all; it compares with case.
    /// `IndexRotationPeriod` without rotation is `NoRotation`, not `None`.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   CompressionFormat: SNAPPY
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   CompressionFormat: Snappy
    /// ```
    ///
    /// ## References
    /// Service model enumerations; resource sheet, section 8.
    "FH010", "value-not-listed", Error, since "0.1.0", Stream(shape::report)
}
