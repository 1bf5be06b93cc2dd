use super::unknown_property::requoted;
use crate::foundation::diagnostic::Fix;
use crate::rule;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// A property in the API's spelling, where CloudFormation's differs.
    ///
    /// ## Why
    /// Copied from an API or CLI example. `CatalogArn` and Iceberg's `s3BackupMode` are the only two that differ in case.
    ///
    /// ## Fires on
    /// ```yaml
    /// IcebergDestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   CatalogConfiguration:
    ///     CatalogARN: arn:aws:glue:us-east-1:444455556666:catalog
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
    ///     CatalogArn: arn:aws:glue:us-east-1:444455556666:catalog
    ///   DestinationTableConfigurationList:
    ///     - {DestinationDatabaseName: sales, DestinationTableName: orders}
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Registry schema beside the service model; resource sheet, section 8.
    "FH007", "api-spelling", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for shape in scope.shape().iter().filter(|shape| shape.error.rule == "FH006") {
        let Some(property) = shape.error.property.as_deref() else { continue };
        let Some(place) = shape.place.get(property) else { continue };
        let Some(name) = cloudformation_name(&shape.place.path, property) else { continue };
        let finding = Finding::key(&place, format!("`{property}` is the API's spelling"))
            .service(format!("Model validation failed (#: extraneous key [{property}] is not permitted)"));
        findings.add(match name {
            "" => finding.help("remove it: CloudFormation has no such property"),
            name => {
                let key = requoted(findings.template(), place.key_span, name);
                finding.help(format!("write `{name}`")).fix(Fix::replace(place.key_span, key))
            }
        });
    }
}

/// CloudFormation's name for a property of the API; empty where it has none. `None` if this is no such property.
pub fn cloudformation_name(block: &str, property: &str) -> Option<&'static str> {
    let in_iceberg = block.ends_with("/IcebergDestinationConfiguration");
    Some(match property {
        "CatalogARN" => "CatalogArn",
        "S3BackupMode" if in_iceberg => "s3BackupMode",
        "DestinationId" | "CurrentDeliveryStreamVersionId" => "",
        "ExtendedS3DestinationUpdate" => "ExtendedS3DestinationConfiguration",
        "S3DestinationUpdate" => "S3DestinationConfiguration",
        "RedshiftDestinationUpdate" => "RedshiftDestinationConfiguration",
        "ElasticsearchDestinationUpdate" => "ElasticsearchDestinationConfiguration",
        "AmazonopensearchserviceDestinationUpdate" => "AmazonopensearchserviceDestinationConfiguration",
        "AmazonOpenSearchServerlessDestinationUpdate" => "AmazonOpenSearchServerlessDestinationConfiguration",
        "SplunkDestinationUpdate" => "SplunkDestinationConfiguration",
        "HttpEndpointDestinationUpdate" => "HttpEndpointDestinationConfiguration",
        "SnowflakeDestinationUpdate" => "SnowflakeDestinationConfiguration",
        "IcebergDestinationUpdate" => "IcebergDestinationConfiguration",
        "S3Update" => "S3Configuration",
        "S3BackupUpdate" => "S3BackupConfiguration",
        _ => return None,
    })
}
