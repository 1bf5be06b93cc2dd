use crate::model::prefix::Namespace;
use crate::rule;
use crate::rules::scope::S3Role;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// Dynamic partitioning is on, but `Prefix` contains no partition key.
    ///
    /// ## Why
    /// Partitions are what the keys in `Prefix` come to; the service refuses a stream without any.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: data/
    ///   ErrorOutputPrefix: errors/
    ///   DynamicPartitioningConfiguration:
    ///     Enabled: true
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: "data/!{partitionKeyFromQuery:tenant}/"
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
    "FH309", "partitioning-without-partition-key", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for block in scope.prefixes().iter().filter(|block| block.block.role == S3Role::Extended) {
        if block.block.is_partitioned() != Some(true) {
            continue;
        }
        let finding = match &block.prefix {
            None => Finding::key(&block.block.place, "dynamic partitioning is on, but `Prefix` is missing"),
            Some(text) => {
                let unknown = text.may_hold_more(scope.template())
                    || text.prefix.has_unknown(Namespace::PartitionKeyFromQuery)
                    || text.prefix.has_unknown(Namespace::PartitionKeyFromLambda);
                if unknown || text.partition_keys().next().is_some() {
                    continue;
                }
                Finding::at(&text.place, "dynamic partitioning is on, but `Prefix` contains no partition key")
            }
        };
        let mut finding = finding
            .service("S3 Prefix should contain Dynamic Partitioning namespaces when Dynamic Partitioning is enabled")
            .help("use a key in `Prefix`, such as `!{partitionKeyFromQuery:name}/`");
        let enabled = block.block.place.at(&["DynamicPartitioningConfiguration", "Enabled"]);
        if let Some(enabled) = enabled {
            finding = finding.related(enabled.node.span, "dynamic partitioning is on here");
        }
        findings.add(finding);
    }
}
