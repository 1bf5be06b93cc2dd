use super::parsed;
use crate::rule;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// `Prefix` has an expression, and `ErrorOutputPrefix` is missing or empty.
    ///
    /// ## Why
    /// As soon as `Prefix` has an expression, the service wants to be told where failed records go.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: "data/!{timestamp:yyyy/MM/dd}/"
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: "data/!{timestamp:yyyy/MM/dd}/"
    ///   ErrorOutputPrefix: errors/
    /// ```
    ///
    /// ## References
    /// Developer guide, custom prefixes for Amazon S3 objects; service behaviour, sections 6.1 and 15.
    "FH305", "missing-error-output-prefix", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for block in parsed::with_expressions(scope) {
        let Some(prefix) = &block.prefix else { continue };
        let Some(expression) = prefix.first_expression() else { continue };
        let finding = match &block.error_output_prefix {
            None => Finding::key(
                &block.block.place,
                "`ErrorOutputPrefix` is missing, and `Prefix` has an expression",
            ),
            Some(text) if text.text.is_empty() => {
                Finding::at(&text.place, "`ErrorOutputPrefix` is empty, and `Prefix` has an expression")
            }
            Some(_) => continue,
        };
        let finding = finding
            .service("ErrorOutputPrefix cannot be null or empty when Prefix contains expressions")
            .help("add `ErrorOutputPrefix: \"errors/!{firehose:error-output-type}/\"`")
            .related(prefix.span(scope.template(), expression), "the expression that asks for it");
        findings.add(finding);
    }
}
