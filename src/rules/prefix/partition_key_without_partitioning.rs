use super::{enabling, parsed};
use crate::rule;
use crate::rules::scope::S3Role;
use crate::rules::{Findings, Scope};

rule! {
    /// `Prefix` contains a partition key while dynamic partitioning is off.
    ///
    /// ## Why
    /// Partition keys exist only with dynamic partitioning, which an `ExtendedS3DestinationConfiguration` alone has, and
    /// which can be switched on only when the stream is created.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: "!{partitionKeyFromQuery:tenant}/"
    ///   ErrorOutputPrefix: errors/
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: "!{partitionKeyFromQuery:tenant}/"
    ///   ErrorOutputPrefix: errors/
    ///   DynamicPartitioningConfiguration:
    ///     Enabled: true
    ///   ProcessingConfiguration:
    ///     Enabled: true
    ///     Processors:
    ///       - Type: MetadataExtraction
    ///         Parameters:
    ///           - {ParameterName: MetadataExtractionQuery, ParameterValue: "{tenant: .tenant}"}
    ///           - {ParameterName: JsonParsingEngine, ParameterValue: JQ-1.6}
    /// ```
    ///
    /// ## References
    /// Developer guide, dynamic partitioning; service behaviour, sections 7 and 15.
    "FH308", "partition-key-without-partitioning", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let template = scope.template();
    for block in parsed::with_expressions(scope) {
        let Some(text) = &block.prefix else { continue };
        let Some(first) = text.partition_keys().next() else { continue };
        if block.block.is_partitioned() != Some(false) {
            continue;
        }
        let mut finding = text
            .finding(template, first, "`Prefix` contains a partition key, but dynamic partitioning is off")
            .service(
                "Dynamic Partitioning Namespaces can only be part of a prefix expression when Dynamic \
                 Partitioning is enabled.",
            );
        let configuration = block.block.place.get("DynamicPartitioningConfiguration");
        finding = match block.block.role {
            S3Role::Extended => finding.help(
                "set `DynamicPartitioningConfiguration.Enabled: true`; on a deployed stream that needs a new one",
            ),
            _ => finding.help("remove it: only `ExtendedS3DestinationConfiguration` has dynamic partitioning"),
        };
        if let Some(configuration) = configuration {
            let place =
                configuration.get("Enabled").map_or(configuration.key_span, |enabled| enabled.node.span);
            finding = finding.related(place, "dynamic partitioning is off here");
            if let Some(fix) = enabling::enable(template, &configuration) {
                finding = finding.fix(fix);
            }
        }
        findings.add(finding);
    }
}
