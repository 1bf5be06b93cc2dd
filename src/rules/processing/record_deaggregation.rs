use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use super::processors::{self, Processor};
use crate::rule;
use crate::rules::{Finding, Findings, Place, Scope, repair, shape};

rule! {
    /// A `RecordDeAggregation` processor has no valid sub-record type, or no base64 delimiter.
    ///
    /// ## Why
    /// `SubRecordType` is `JSON` or `DELIMITED`, in capitals; `DELIMITED` needs `Delimiter`, in base64.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: "data/customer=!{partitionKeyFromQuery:customer}/"
    ///   ErrorOutputPrefix: errors/
    ///   BufferingHints: {SizeInMBs: 64, IntervalInSeconds: 300}
    ///   DynamicPartitioningConfiguration: {Enabled: true}
    ///   ProcessingConfiguration:
    ///     Enabled: true
    ///     Processors:
    ///       - Type: MetadataExtraction
    ///         Parameters:
    ///           - ParameterName: MetadataExtractionQuery
    ///             ParameterValue: "{customer: .customer_id}"
    ///           - ParameterName: JsonParsingEngine
    ///             ParameterValue: JQ-1.6
    ///       - Type: RecordDeAggregation
    ///         Parameters:
    ///           - ParameterName: SubRecordType
    ///             ParameterValue: Delimited
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: "data/customer=!{partitionKeyFromQuery:customer}/"
    ///   ErrorOutputPrefix: errors/
    ///   BufferingHints: {SizeInMBs: 64, IntervalInSeconds: 300}
    ///   DynamicPartitioningConfiguration: {Enabled: true}
    ///   ProcessingConfiguration:
    ///     Enabled: true
    ///     Processors:
    ///       - Type: MetadataExtraction
    ///         Parameters:
    ///           - ParameterName: MetadataExtractionQuery
    ///             ParameterValue: "{customer: .customer_id}"
    ///           - ParameterName: JsonParsingEngine
    ///             ParameterValue: JQ-1.6
    ///       - Type: RecordDeAggregation
    ///         Parameters:
    ///           - ParameterName: SubRecordType
    ///             ParameterValue: DELIMITED
    ///           - ParameterName: Delimiter
    ///             ParameterValue: "fA=="
    /// ```
    ///
    /// ## References
    /// Service behaviour, sections 5 and 15 (SubRecordType / Delimiter).
    "FH411", "bad-record-deaggregation", Error, since "0.1.0", Stream(check)
}

const TYPE_SERVICE: &str = "SubRecordType has to be one of JSON, DELIMITED";

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for processing in processors::running(scope) {
        for processor in processing.of("RecordDeAggregation") {
            findings_of(scope, processor).into_iter().for_each(|finding| findings.add(finding));
        }
    }
}

fn findings_of(scope: &Scope<'_>, processor: &Processor<'_>) -> Option<Finding> {
    let Some(kind) = processor.parameter("SubRecordType") else {
        let message = "the `RecordDeAggregation` processor has no `SubRecordType`";
        let finding = Finding::at(&processor.type_place(), message)
            .service(TYPE_SERVICE)
            .help("add the parameter `SubRecordType`: `JSON` or `DELIMITED`");
        return processor.lacks("SubRecordType").then_some(finding);
    };
    match &*kind.known().filter(|text| !text.trim().is_empty())? {
        "JSON" => None,
        "DELIMITED" => match processor.parameter("Delimiter") {
            Some(delimiter) => not_base64(&delimiter),
            None => processor.lacks("Delimiter").then(|| {
                Finding::at(&kind, "`DELIMITED` without `Delimiter`")
                    .service("Delimiter should be present for DELIMITED")
                    .help(
                        "add the parameter `Delimiter` with the delimiter in base64, such as `fA==` for `|`",
                    )
            }),
        },
        other => {
            let finding = Finding::at(&kind, format!("`SubRecordType` is {}", shape::shown(&kind)))
                .service(TYPE_SERVICE)
                .help("write `JSON` or `DELIMITED`");
            let meant = ["JSON", "DELIMITED"].into_iter().find(|known| known.eq_ignore_ascii_case(other));
            Some(match meant.and_then(|meant| repair::replace(scope.template(), &kind, meant)) {
                Some(fix) => finding.fix(fix),
                None => finding,
            })
        }
    }
}

fn not_base64(delimiter: &Place<'_>) -> Option<Finding> {
    let text = delimiter.known()?;
    let decodes = STANDARD.decode(text.as_bytes()).is_ok() || STANDARD_NO_PAD.decode(text.as_bytes()).is_ok();
    if text.trim().is_empty() || decodes {
        return None; // Blank values are FH021's.
    }
    let encoded = STANDARD.encode(text.replace("\\n", "\n").replace("\\t", "\t"));
    let message = format!("`Delimiter` is {}, which is not base64", shape::shown(delimiter));
    Some(Finding::at(delimiter, message).help(format!("write the delimiter in base64: `{encoded}`")))
}
