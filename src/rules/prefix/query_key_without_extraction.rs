use super::parsed::{ParsedBlock, ParsedText};
use super::processing::Processing;
use super::{enabling, parsed};
use crate::model::prefix::Namespace;
use crate::rule;
use crate::rules::scope::S3Role;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// `Prefix` uses `partitionKeyFromQuery` without a `MetadataExtraction` processor at work.
    ///
    /// ## Why
    /// The keys come from the query of that processor; the service refuses a prefix that uses keys nobody makes. A
    /// `ProcessingConfiguration` without `Enabled: true` is off.
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
    ///       - Type: AppendDelimiterToRecord
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
    "FH310", "query-key-without-extraction", Error, since "0.1.0", Stream(check)
}

/// A namespace of keys, the processor that makes them, and what the service says without it.
pub struct Source {
    /// The namespace.
    pub namespace: Namespace,
    /// The type of the processor.
    pub processor: &'static str,
    /// The service's words.
    pub message: &'static str,
}

const QUERY: Source = Source {
    namespace: Namespace::PartitionKeyFromQuery,
    processor: "MetadataExtraction",
    message: "MetadataExtraction processor should be present when S3 Prefix has partitionKeyFromQuery namespace",
};

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for block in partitioned(scope) {
        if let Some(finding) = finding(scope, block, &QUERY) {
            findings.add(finding);
        }
    }
}

/// The blocks in which dynamic partitioning is known to be on. Where it is off, FH308 speaks.
pub fn partitioned<'s, 'a>(scope: &'s Scope<'a>) -> impl Iterator<Item = &'s ParsedBlock<'a>> {
    parsed::with_expressions(scope)
        .filter(|block| block.block.role == S3Role::Extended && block.block.is_partitioned() == Some(true))
}

/// What is to be said where keys are used that no processor makes.
pub fn finding<'a>(scope: &Scope<'a>, block: &ParsedBlock<'a>, source: &Source) -> Option<Finding> {
    let text: &ParsedText<'a> = block.prefix.as_ref()?;
    let first = text.first_of(source.namespace)?;
    let processing = Processing::of(scope, &block.block);
    let (name, processor) = (source.namespace.name(), source.processor);
    if !processing.is_complete {
        return None;
    }
    let has_processor = processing.has(processor);
    let (message, service, help) = match processing.is_on? {
        true if has_processor => return None,
        true => (
            format!("`{name}` needs a `{processor}` processor, and there is none"),
            source.message,
            format!("add a processor of `Type: {processor}`"),
        ),
        false if has_processor => (
            format!("`{name}` needs the `{processor}` processor, and processing is off"),
            "Processing Configuration is not enabled when DataPartitioning is enabled",
            "set `ProcessingConfiguration.Enabled: true`".to_owned(),
        ),
        false => (
            format!("`{name}` needs a `{processor}` processor, and processing is off"),
            "Processing Configuration is not enabled when DataPartitioning is enabled",
            format!(
                "add `ProcessingConfiguration` with `Enabled: true` and a processor of `Type: {processor}`"
            ),
        ),
    };
    let mut finding = text.finding(scope.template(), first, message).service(service).help(help);
    if let Some(place) = &processing.place {
        let enabled = place.get("Enabled").filter(|_| processing.is_on == Some(false));
        let list = place.get("Processors").map(|list| list.key_span);
        let (span, what) = match (&enabled, processing.is_on) {
            (Some(enabled), _) => (enabled.node.span, "processing is off here"),
            (None, Some(false)) => (place.key_span, "off without `Enabled: true`"),
            (None, _) => (list.unwrap_or(place.key_span), "the processors"),
        };
        finding = finding.related(span, what);
        let fix = enabling::enable(scope.template(), place);
        if let Some(fix) = fix.filter(|_| has_processor && processing.is_on == Some(false)) {
            finding = finding.fix(fix);
        }
    }
    Some(finding)
}
