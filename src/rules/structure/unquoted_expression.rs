use crate::foundation::diagnostic::Fix;
use crate::rule;
use crate::rules::{Finding, Findings};
use crate::template::Template;
use crate::template::read::ReadProblem;

rule! {
    /// A value that begins with `!{` is not quoted.
    ///
    /// ## Why
    /// `!` begins a YAML tag, so the parser stops, with words that say nothing about prefixes.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: !{timestamp:yyyy/MM/dd}/
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: "!{timestamp:yyyy/MM/dd}/"
    ///   ErrorOutputPrefix: errors/
    /// ```
    ///
    /// ## References
    /// YAML 1.1, tags; developer guide, custom prefixes.
    "FH003", "unquoted-expression", Error, since "0.1.0", Document(check)
}

fn check(template: &Template, findings: &mut Findings<'_>) {
    for (span, problem) in &template.document.problems {
        if *problem == ReadProblem::UnquotedExpression {
            let value = template.source.slice(*span);
            let message = "a value that begins with `!{` must be quoted: YAML reads the `!` as a tag";
            let mut finding =
                Finding::anywhere(*span, "", message).help("put the whole value in double quotes");
            // In a flow collection the value ends somewhere before the line does.
            let is_whole = value.matches('{').count() == value.matches('}').count()
                && value.matches('[').count() == value.matches(']').count();
            if is_whole && !value.contains(['"', '\\']) {
                finding = finding.fix(Fix::replace(*span, format!("\"{value}\"")));
            }
            findings.add(finding);
        }
    }
}
