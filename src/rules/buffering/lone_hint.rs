use crate::foundation::diagnostic::Fix;
use crate::rule;
use crate::rules::{Finding, Findings, Place, Scope, repair};

rule! {
    /// Only one of `SizeInMBs` and `IntervalInSeconds` is set.
    ///
    /// ## Why
    /// The service takes both or neither for S3, Iceberg and HTTP endpoints. (For the types of OpenSearch, Splunk and
    /// Snowflake its model does not say so.)
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   BufferingHints:
    ///     SizeInMBs: 10
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   BufferingHints:
    ///     SizeInMBs: 10
    ///     IntervalInSeconds: 300
    /// ```
    ///
    /// ## References
    /// Service model `BufferingHints`, `HttpEndpointBufferingHints`; service behaviour, section 3.
    "FH205", "lone-hint", Error, since "0.1.0", Stream(check)
}

const SIZE: &str = "SizeInMBs";
const INTERVAL: &str = "IntervalInSeconds";

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let s3 = scope.s3_blocks().into_iter().map(|block| {
        let raises = block.is_partitioned() != Some(false) || block.is_converted() != Some(false);
        (block.place, if raises { "128" } else { "5" })
    });
    let shares_the_type = |name: &str| {
        matches!(name, "HttpEndpointDestinationConfiguration" | "IcebergDestinationConfiguration")
    };
    let others = scope.destinations().into_iter().filter(|(name, _)| shares_the_type(name));
    for (block, size) in s3.chain(others.map(|(_, place)| (place, "5"))) {
        let Some(hints) = block.get("BufferingHints") else { continue };
        // A member under a wrong name is FH006's to tell.
        let [(name, lone)] = hints.entries().try_into().unwrap_or([("", hints.clone())]);
        let (missing, default) = match name {
            SIZE => (INTERVAL, "300"),
            INTERVAL => (SIZE, size),
            _ => continue,
        };
        let fix = insert(scope, &hints, &lone, missing, default);
        let finding = Finding::key(&hints, format!("`{name}` is set without `{missing}`"))
            .help(format!("add `{missing}` (its default is {default})"))
            .fix_if(fix);
        findings.add(finding);
    }
}

fn insert(scope: &Scope<'_>, hints: &Place<'_>, lone: &Place<'_>, name: &str, value: &str) -> Option<Fix> {
    repair::insert_before(scope.template(), hints, lone, name, value)
}
