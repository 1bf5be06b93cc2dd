use super::processors;
use crate::rule;
use crate::rules::{Finding, Findings, Place, Scope, repair, shape};

rule! {
    /// `CloudWatchLogProcessing` stands without `Decompression`, or one of the two has a wrong value.
    ///
    /// ## Why
    /// Messages can only be taken out of what was decompressed. `DataMessageExtraction` is `true` or `false`, in
    /// any case; `CompressionFormat` of `Decompression` is `GZIP`.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   ProcessingConfiguration:
    ///     Enabled: true
    ///     Processors:
    ///       - Type: CloudWatchLogProcessing
    ///         Parameters:
    ///           - ParameterName: DataMessageExtraction
    ///             ParameterValue: "true"
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   ProcessingConfiguration:
    ///     Enabled: true
    ///     Processors:
    ///       - Type: Decompression
    ///         Parameters:
    ///           - ParameterName: CompressionFormat
    ///             ParameterValue: GZIP
    ///       - Type: CloudWatchLogProcessing
    ///         Parameters:
    ///           - ParameterName: DataMessageExtraction
    ///             ParameterValue: "true"
    /// ```
    ///
    /// ## References
    /// Service behaviour, sections 5 and 15 (CloudWatchLogProcessing alone, DataMessageExtraction value).
    "FH412", "bad-log-processing", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for processing in processors::running(scope) {
        let decompresses = processing.may_have("Decompression");
        for processor in processing.of("CloudWatchLogProcessing") {
            if !decompresses {
                let message = "`CloudWatchLogProcessing` without a `Decompression` processor";
                let finding = Finding::at(&processor.type_place(), message)
                    .service(
                        "CloudWatchLogProcessingProcessor can only be enabled with DecompressionProcessor",
                    )
                    .help("add a `Decompression` processor with `CompressionFormat` `GZIP`");
                findings.add(finding);
            }
            let value = processor.parameter("DataMessageExtraction");
            value.and_then(|value| extraction(&value)).into_iter().for_each(|finding| findings.add(finding));
        }
        for processor in processing.of("Decompression") {
            let value = processor.parameter("CompressionFormat");
            value
                .and_then(|value| format(scope, &value))
                .into_iter()
                .for_each(|finding| findings.add(finding));
        }
    }
}

fn extraction(value: &Place<'_>) -> Option<Finding> {
    let known = value.known().filter(|text| !text.trim().is_empty())?;
    if known.eq_ignore_ascii_case("true") || known.eq_ignore_ascii_case("false") {
        return None;
    }
    let message = format!("`DataMessageExtraction` is {}", shape::shown(value));
    let service = "Invalid parameter value for DataMessageExtraction. Allowed values are True and False.";
    Some(Finding::at(value, message).service(service).help("write `true` or `false`"))
}

fn format(scope: &Scope<'_>, value: &Place<'_>) -> Option<Finding> {
    let known = value.known().filter(|text| text != "GZIP" && !text.trim().is_empty())?;
    let message = format!("`CompressionFormat` of `Decompression` is {}", shape::shown(value));
    let finding = Finding::at(value, message).help("write `GZIP`, the only format");
    let fix = repair::replace(scope.template(), value, "GZIP").filter(|_| known.eq_ignore_ascii_case("GZIP"));
    Some(match fix {
        Some(fix) => finding.fix(fix),
        None => finding,
    })
}
