use super::processors;
use crate::foundation::diagnostic::Fix;
use crate::foundation::span::Span;
use crate::rule;
use crate::rules::{Finding, Findings, Place, Scope};

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
                match insertion(scope, &list) {
                    Some(fix) => finding.fix(fix),
                    None => finding,
                }
            }
        };
        findings.add(finding.help("set `Enabled: true`"));
    }
}

/// `Enabled: true` in front of `Processors`, in the style that it is written in.
fn insertion(scope: &Scope<'_>, list: &Place<'_>) -> Option<Fix> {
    let source = &scope.template().source.text;
    let at = list.key_span.start as usize;
    let json = source.get(list.key_span.range())?.starts_with('"');
    let line = source.get(..at)?.rfind('\n').map_or(0, |line| line + 1);
    let before = source.get(line..at)?;
    let alone = before.chars().all(|c| c == ' ' || c == '\t');
    let inserted = match (alone, json) {
        (true, false) => format!("Enabled: true\n{before}"),
        (true, true) => format!("\"Enabled\": true,\n{before}"),
        (false, false) if before.contains('{') => "Enabled: true, ".to_owned(),
        (false, true) if before.contains('{') => "\"Enabled\": true, ".to_owned(),
        _ => return None,
    };
    Some(Fix::replace(Span::new(at, at), inserted))
}
