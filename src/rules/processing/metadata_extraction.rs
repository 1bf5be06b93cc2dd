use super::processors::{self, Processor};
use crate::model::processor_parameters::JSON_PARSING_ENGINE;
use crate::model::query::{Query, QueryErrorKind};
use crate::rule;
use crate::rules::{Finding, Findings, Place, Scope, repair, shape};

rule! {
    /// A `MetadataExtraction` processor lacks its query or engine, or the query is no jq object.
    ///
    /// ## Why
    /// The service takes a jq query that makes an object of partition keys, and the engine `JQ-1.6`. With a query
    /// that does not compile no record gets its keys.
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
    ///             ParameterValue: "{customer: .customer_id"
    ///           - ParameterName: JsonParsingEngine
    ///             ParameterValue: JQ-1.6
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
    /// ```
    ///
    /// ## References
    /// Service behaviour, sections 5, 7 and 15 (MetadataExtraction engine); resource sheet, section 6.
    "FH409", "bad-metadata-extraction", Error, since "0.1.0", Stream(check)
}

const ENGINE_SERVICE: &str = "MetaDataExtraction JSON Parsing Engine has to be one of JQ-1.6";

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for processing in processors::running(scope) {
        for processor in processing.of("MetadataExtraction") {
            match processor.parameter("MetadataExtractionQuery") {
                Some(value) => query(scope, &value).into_iter().for_each(|finding| findings.add(finding)),
                None if processor.lacks("MetadataExtractionQuery") => {
                    let help =
                        "add the parameter `MetadataExtractionQuery`, such as `{customer: .customer_id}`";
                    findings.add(missing(processor, "MetadataExtractionQuery").help(help));
                }
                None => {}
            }
            match processor.parameter("JsonParsingEngine") {
                Some(value) => engine(scope, &value).into_iter().for_each(|finding| findings.add(finding)),
                None if processor.lacks("JsonParsingEngine") => {
                    let help = "add the parameter `JsonParsingEngine` with the value `JQ-1.6`";
                    findings.add(missing(processor, "JsonParsingEngine").service(ENGINE_SERVICE).help(help));
                }
                None => {}
            }
        }
    }
}

fn missing(processor: &Processor<'_>, name: &str) -> Finding {
    Finding::at(&processor.type_place(), format!("the `MetadataExtraction` processor has no `{name}`"))
}

fn engine(scope: &Scope<'_>, value: &Place<'_>) -> Option<Finding> {
    value.known().filter(|engine| engine != JSON_PARSING_ENGINE && !engine.trim().is_empty())?;
    let finding = Finding::at(value, format!("`JsonParsingEngine` is {}", shape::shown(value)))
        .service(ENGINE_SERVICE)
        .help("write `JQ-1.6`, the only engine");
    Some(match repair::replace(scope.template(), value, JSON_PARSING_ENGINE) {
        Some(fix) => finding.fix(fix),
        None => finding,
    })
}

fn query(scope: &Scope<'_>, value: &Place<'_>) -> Option<Finding> {
    let text = value.text()?.known_text()?;
    if text.trim().is_empty() {
        return None; // Blank values are FH021's.
    }
    let error = Query::parse(&text).err()?;
    let help = match (error.kind, &error.hint) {
        (QueryErrorKind::TooLarge, _) => return None,
        (_, Some(hint)) => hint,
        (QueryErrorKind::Syntax, None) => {
            "mend the query; it is jq, such as `{customer: .customer_id, year: .time[0:4]}`"
        }
        (QueryErrorKind::Undefined, None) => "use what jq 1.6 has",
        (QueryErrorKind::NotAnObject, None) => "make an object with a member for each partition key",
    };
    // At the end of the query the caret stands under its last character.
    let range = match error.range.is_empty() {
        true => text.char_indices().next_back().map_or(0, |(at, _)| at)..text.len(),
        false => error.range.clone(),
    };
    Some(Finding::inside(scope.template(), value, range, error.message.clone()).help(help))
}
