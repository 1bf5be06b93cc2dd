use crate::foundation::diagnostic::Fix;
use crate::rule;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// An Iceberg destination backs up all data, which the service refuses.
    ///
    /// ## Why
    /// The enum of CloudFormation's schema has both words; the service takes only `FailedDataOnly` here.
    ///
    /// ## Fires on
    /// ```yaml
    /// IcebergDestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   CatalogConfiguration:
    ///     CatalogArn: arn:aws:glue:eu-west-1:444455556666:catalog
    ///   DestinationTableConfigurationList:
    ///     - {DestinationDatabaseName: events, DestinationTableName: clicks}
    ///   s3BackupMode: AllData
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
    ///   s3BackupMode: FailedDataOnly
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Service behaviour, sections 10.8 and 15.
    "FH651", "iceberg-backup-of-all-data", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let Some(mode) = scope.at(&["IcebergDestinationConfiguration", "s3BackupMode"]) else { return };
    let Some(value) = mode.known().filter(|value| value == "AllData") else { return };
    let finding = Finding::at(&mode, "an Iceberg destination can't back up all data")
        .service("S3BackupMode.AllData is not supported for Iceberg as destination.")
        .help("write `FailedDataOnly`");
    let source = &findings.template().source;
    let place = mode.text().and_then(|text| text.span_of(&source.text, 0..value.len()));
    findings.add(match place.filter(|span| source.slice(*span) == value) {
        Some(span) => finding.fix(Fix::replace(span, "FailedDataOnly")),
        None => finding,
    });
}
