use super::processors;
use crate::rule;
use crate::rules::{Finding, Findings, Scope, repair};

rule! {
    /// Processors are configured, but processing is switched off.
    ///
    /// ## Why
    /// Without `Enabled: true` the processors do nothing, and nothing says so: records arrive as they were put.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   ProcessingConfiguration:
    ///     Processors:
    ///       - Type: AppendDelimiterToRecord
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
    ///       - Type: AppendDelimiterToRecord
    /// ```
    ///
    /// ## References
    /// Service behaviour, section 16, point 2.
    "FH414", "processing-off", Warning, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for processing in processors::all(scope) {
        let Some(list) = processing.block.get("Processors") else { continue };
        if processing.on != Some(false) || processing.processors.is_empty() {
            continue;
        }
        let finding = match processing.block.get("Enabled") {
            Some(enabled) => {
                Finding::at(&enabled, "processing is switched off, so the processors do nothing")
                    .related(list.key_span, "these do nothing")
            }
            None => {
                let finding =
                    Finding::key(&processing.block, "`Enabled` is missing, so the processors do nothing");
                match repair::insert_before(scope.template(), &processing.block, &list, "Enabled", "true") {
                    Some(fix) => finding.fix(fix),
                    None => finding,
                }
            }
        };
        findings.add(finding.help("set `Enabled: true`"));
    }
}
