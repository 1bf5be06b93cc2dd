use super::keys;
use crate::rule;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// The `MetadataExtractionQuery` makes a key that `Prefix` does not use.
    ///
    /// ## Why
    /// The service wants every key of the query to be used, and refuses the stream otherwise.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: "!{partitionKeyFromQuery:tenant}/"
    ///   ErrorOutputPrefix: errors/
    ///   DynamicPartitioningConfiguration: {Enabled: true}
    ///   ProcessingConfiguration:
    ///     Enabled: true
    ///     Processors:
    ///       - Type: MetadataExtraction
    ///         Parameters:
    ///           - {ParameterName: MetadataExtractionQuery, ParameterValue: "{tenant: .tenant, region: .region}"}
    ///           - {ParameterName: JsonParsingEngine, ParameterValue: JQ-1.6}
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: "!{partitionKeyFromQuery:tenant}/"
    ///   ErrorOutputPrefix: errors/
    ///   DynamicPartitioningConfiguration: {Enabled: true}
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
    "FH313", "key-not-in-prefix", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for compared in keys::compare(scope) {
        for key in &compared.unused {
            let message = format!("the query makes the key `{}`, which `Prefix` does not use", key.name);
            let finding = Finding::inside(scope.template(), &compared.query, key.range.clone(), message)
                .service(
                    "MetaDataExtraction JQ Query can't contain keys that are not present in the S3 Prefix expression",
                )
                .help(format!(
                    "use `!{{partitionKeyFromQuery:{}}}` in `Prefix`, or drop the key",
                    key.name
                ))
                .related(compared.text.place.node.span, "`Prefix`");
            findings.add(finding);
        }
    }
}
