use super::parsed;
use crate::model::prefix::Namespace;
use crate::rule;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// `ErrorOutputPrefix` has an expression, but not `!{firehose:error-output-type}`.
    ///
    /// ## Why
    /// An `ErrorOutputPrefix` with expressions must say which kind of failure it holds; the service refuses it otherwise. One
    /// without any expression is accepted as it is.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: "data/!{timestamp:yyyy}/"
    ///   ErrorOutputPrefix: "errors/!{timestamp:yyyy}/"
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: "data/!{timestamp:yyyy}/"
    ///   ErrorOutputPrefix: "errors/!{firehose:error-output-type}/!{timestamp:yyyy}/"
    /// ```
    ///
    /// ## References
    /// Developer guide, custom prefixes for Amazon S3 objects; service behaviour, sections 6.1 and 15.
    "FH306", "missing-error-output-type", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for text in parsed::with_expressions(scope).filter_map(|block| block.error_output_prefix.as_ref()) {
        let prefix = &text.prefix;
        // What is unknown, or wrong in itself, may be the error type.
        let may_have = prefix.uses_error_output_type()
            || text.may_hold_more(scope.template())
            || prefix.has_unknown(Namespace::Firehose);
        if may_have || !prefix.has_expressions() {
            continue;
        }
        let message = "`ErrorOutputPrefix` has an expression, but not `!{firehose:error-output-type}`";
        let mut finding = Finding::at(&text.place, message)
            .service(
                "ErrorOutputPrefix must contain at least one occurrence of !{firehose:error-output-type}",
            )
            .help("add `!{firehose:error-output-type}/`");
        let slash = if text.text.ends_with('/') { "" } else { "/" };
        let addition = format!("{slash}!{{firehose:error-output-type}}/");
        if let Some(fix) = text.append(scope.template(), &addition).filter(|_| !text.has_line_break()) {
            finding = finding.fix(fix);
        }
        findings.add(finding);
    }
}
