use crate::rule;
use crate::rules::shape;

rule! {
    /// `CatalogArn` of an Iceberg destination is not the ARN of a Glue catalog.
    ///
    /// ## Why
    /// The service wants `arn:aws:glue:<region>:<account>:catalog`, for S3 tables with the path of the table
    /// bucket behind it; CloudFormation takes any ARN.
    ///
    /// ## Fires on
    /// ```yaml
    /// IcebergDestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   CatalogConfiguration:
    ///     CatalogArn: arn:aws:s3:::example-data
    ///   DestinationTableConfigurationList:
    ///     - {DestinationDatabaseName: events, DestinationTableName: clicks}
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// IcebergDestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   CatalogConfiguration:
    ///     CatalogArn: arn:aws:glue:eu-west-1:444455556666:catalog/s3tablescatalog/example
    ///   DestinationTableConfigurationList:
    ///     - {DestinationDatabaseName: events, DestinationTableName: clicks}
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Service model `GlueDataCatalogARN`; resource sheet, section 9.
    "FH652", "catalog-arn-malformed", Error, since "0.1.0", Stream(shape::report)
}
