use crate::rule;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// Ingestion by `DirectPut` is billed by the record, each rounded up to 5 KB.
    ///
    /// ## Why
    /// A reminder where `DeliveryStreamType: DirectPut` is written: records of 1 KB cost five times their
    /// size, also in a batch. Several small events in one record cost what they weigh. It is silent where a
    /// processor takes records apart again.
    ///
    /// ## Fires on
    /// ```yaml
    /// DeliveryStreamType: DirectPut
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
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
    /// Developer guide, quotas; service behaviour, section 13.
    "FH902", "records-billed-in-5-kb", Info, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let Some(kind) = scope.at(&["DeliveryStreamType"]) else { return };
    if kind.known().as_deref() != Some("DirectPut") {
        return;
    }
    let takes_apart =
        |(kind, _): &(String, _)| matches!(kind.as_str(), "RecordDeAggregation" | "Decompression");
    let is_aggregated =
        scope.destinations().iter().any(|(_, place)| scope.processors(place).1.iter().any(takes_apart));
    if is_aggregated {
        return;
    }
    let finding = Finding::at(&kind, "each record put is billed as a multiple of 5 KB")
        .help("put several small events into one record, and take them apart behind the stream");
    findings.add(finding);
}
