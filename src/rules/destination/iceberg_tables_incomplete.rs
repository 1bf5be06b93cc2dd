use crate::rule;
use crate::rules::scope::enabled;
use crate::rules::{Finding, Findings, Scope, shape};

rule! {
    /// Table creation or schema evolution lacks a member that the service needs, or a name is longer than 255.
    ///
    /// ## Why
    /// The service requires `Enabled` in both blocks and `WarehouseLocation` to make tables in, and limits
    /// the names of databases and tables to 255 characters; CloudFormation requires none of it and takes 512.
    ///
    /// ## Fires on
    /// ```yaml
    /// IcebergDestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   CatalogConfiguration:
    ///     CatalogArn: arn:aws:glue:eu-west-1:444455556666:catalog
    ///   DestinationTableConfigurationList:
    ///     - {DestinationDatabaseName: events, DestinationTableName: clicks}
    ///   TableCreationConfiguration: {}
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
    ///     CatalogArn: arn:aws:glue:eu-west-1:444455556666:catalog
    ///     WarehouseLocation: s3://example-data/warehouse
    ///   DestinationTableConfigurationList:
    ///     - {DestinationDatabaseName: events, DestinationTableName: clicks}
    ///   TableCreationConfiguration: {Enabled: true}
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Service model `TableCreationConfiguration`, `SchemaEvolutionConfiguration`; resource sheet, sections 4
    /// and 9.
    "FH654", "iceberg-tables-incomplete", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    shape::report(scope, findings);
    let Some(iceberg) = scope.at(&["IcebergDestinationConfiguration"]) else { return };
    let kinds = [
        ("TableCreationConfiguration", "tables are to be made", "table creation is enabled here"),
        ("SchemaEvolutionConfiguration", "tables are to be changed", "schema evolution is enabled here"),
    ];
    let on = kinds.into_iter().find(|(name, ..)| enabled(&iceberg, name, false) == Some(true));
    let Some((name, what, where_)) = on else { return };
    let Some(block) = iceberg.get(name) else { return };
    let Some(catalog) = iceberg.get("CatalogConfiguration").filter(|catalog| catalog.node.as_map().is_some())
    else {
        return;
    };
    if catalog.get("WarehouseLocation").is_some_and(|location| location.is_set()) {
        return;
    }
    let finding =
        Finding::key(&catalog, format!("{what}, and `CatalogConfiguration` has no `WarehouseLocation`"))
            .related(block.key_span, where_)
            .help("add `WarehouseLocation: s3://...`");
    findings.add(finding);
}
