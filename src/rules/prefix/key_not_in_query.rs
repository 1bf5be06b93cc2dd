use super::keys;
use crate::rule;
use crate::rules::{Findings, Scope};

rule! {
    /// `Prefix` uses a key that the `MetadataExtractionQuery` does not make.
    ///
    /// ## Why
    /// The key has no value, so every record fails and ends below the error prefix.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: "!{partitionKeyFromQuery:tenant}/!{partitionKeyFromQuery:region}/"
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
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: "!{partitionKeyFromQuery:tenant}/!{partitionKeyFromQuery:region}/"
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
    /// ## References
    /// Developer guide, dynamic partitioning; service behaviour, section 7.
    "FH312", "key-not-in-query", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let template = scope.template();
    for compared in keys::compare(scope) {
        for missing in &compared.missing {
            let message = format!("the query makes no key `{}`", missing.name);
            let mut finding = compared.text.finding(template, missing.range.clone(), message);
            finding = match &missing.meant {
                Some(meant) => finding.help(format!("write `{meant}`, which the query makes")),
                None => finding.help("add the key to `MetadataExtractionQuery`"),
            };
            let meant = missing.meant.as_deref();
            if let Some(fix) =
                meant.and_then(|meant| compared.text.edit(template, missing.range.clone(), meant))
            {
                finding = finding.fix(fix);
            }
            findings.add(finding.related(compared.query.node.span, "the query"));
        }
    }
}
