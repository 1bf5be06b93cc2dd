use crate::rule;
use crate::rules::shape;

rule! {
    /// Buffering hints of OpenSearch, Elasticsearch or OpenSearch Serverless are outside 1–100 MB or 0–900 seconds.
    ///
    /// ## Why
    /// A bulk request is smaller than an S3 object may be, so 128 MB is too much here; the service refuses it, while
    /// CloudFormation's own schema takes any number.
    ///
    /// ## Fires on
    /// ```yaml
    /// AmazonopensearchserviceDestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   DomainARN: arn:aws:es:eu-west-1:444455556666:domain/search
    ///   IndexName: orders
    ///   BufferingHints: {SizeInMBs: 128, IntervalInSeconds: 300}
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-backup
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// AmazonopensearchserviceDestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   DomainARN: arn:aws:es:eu-west-1:444455556666:domain/search
    ///   IndexName: orders
    ///   BufferingHints: {SizeInMBs: 100, IntervalInSeconds: 300}
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-backup
    /// ```
    ///
    /// ## References
    /// Service model `AmazonopensearchserviceBufferingHints` and its siblings; resource sheet, section 5.
    "FH202", "search-hints-out-of-range", Error, since "0.1.0", Stream(shape::report)
}
