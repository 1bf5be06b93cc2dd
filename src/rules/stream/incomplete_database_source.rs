use super::source_kinds::{self, report_missing_block};
use crate::rule;
use crate::rules::{Finding, Findings, Scope, origin};

rule! {
    /// The stream reads from a database, and `DatabaseSourceConfiguration` is missing or the destination is not Iceberg.
    ///
    /// ## Why
    /// Changes of a database are delivered to Apache Iceberg tables only; the service refuses anything else.
    ///
    /// ## Fires on
    /// ```yaml
    /// DeliveryStreamType: DatabaseAsSource
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// DeliveryStreamType: DirectPut
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Resource sheet, section 4; service behaviour, sections 2 and 15.
    "FH107", "incomplete-database-source", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    report_missing_block(scope, findings, "DatabaseAsSource", None);
    let is_database = source_kinds::of_stream(scope).is_some_and(|source| source.kind == "DatabaseAsSource");
    let Some(written) = scope.at(&["DeliveryStreamType"]).filter(|_| is_database) else { return };
    // None at all is FH101's to tell, several are FH102's.
    let [(name, place)] = scope.destinations().try_into().unwrap_or([("", scope.block())]);
    if name.is_empty() || name == "IcebergDestinationConfiguration" || place.node.is_unknown() {
        return;
    }
    let finding =
        Finding::key(&place, format!("the stream is `DatabaseAsSource`, which `{name}` can't take"))
            .service("IcebergDestinationConfiguration must be specified for Database as Source.")
            .help("deliver to `IcebergDestinationConfiguration`")
            .related(written.node.span, "the type of the stream");
    findings.add(origin::explain(finding, scope.template(), &written));
}
