use crate::rule;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// An Iceberg destination names no table, and no processor routes its records.
    ///
    /// ## Why
    /// Each record goes to the table that a function or a `MetadataExtraction` query names, or else to the
    /// one in `DestinationTableConfigurationList`.
    ///
    /// ## Fires on
    /// ```yaml
    /// IcebergDestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   CatalogConfiguration:
    ///     CatalogArn: arn:aws:glue:eu-west-1:444455556666:catalog
    ///   DestinationTableConfigurationList: []
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
    ///   DestinationTableConfigurationList:
    ///     - {DestinationDatabaseName: events, DestinationTableName: clicks}
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Service behaviour, section 10.8; service model `IcebergDestinationConfiguration`.
    "FH653", "iceberg-table-missing", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let Some(iceberg) = scope.at(&["IcebergDestinationConfiguration"]) else { return };
    // A database source names the tables itself.
    let has_other_source = scope.stream_type().is_none_or(|kind| kind == "DatabaseAsSource");
    if has_other_source || iceberg.node.as_map().is_none() {
        return;
    }
    let list = iceberg.get("DestinationTableConfigurationList");
    if list.as_ref().is_some_and(|list| list.node.as_list().is_none_or(|items| !items.is_empty())) {
        return;
    }
    let (on, processors) = scope.processors(&iceberg);
    // An empty type is one that is not known.
    let routes =
        processors.iter().any(|(kind, _)| matches!(kind.as_str(), "Lambda" | "MetadataExtraction" | ""));
    let is_unknown = iceberg
        .at(&["ProcessingConfiguration", "Processors"])
        .is_some_and(|processors| processors.node.as_list().is_none());
    if on != Some(false) && (on.is_none() || routes || is_unknown) {
        return;
    }
    let mut finding = Finding::key(
        list.as_ref().unwrap_or(&iceberg),
        "no table, and no processor that routes records to one",
    )
    .service(
        "A single default destination table configuration must be provided when both Lambda and \
             MetadataExtraction processors are not provided",
    )
    .help("add a table to `DestinationTableConfigurationList`");
    if let Some(processing) = iceberg.get("ProcessingConfiguration").filter(|_| on == Some(false)) {
        finding = finding.related(processing.key_span, "not enabled");
    }
    findings.add(finding);
}
