use super::parsed;
use crate::rule;
use crate::rules::{Findings, Scope};

rule! {
    /// `Prefix` contains `!{firehose:error-output-type}`.
    ///
    /// ## Why
    /// Delivered objects have no error type: the expression belongs into `ErrorOutputPrefix`, and the service refuses it in
    /// `Prefix`.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: "data/!{firehose:error-output-type}/"
    ///   ErrorOutputPrefix: "errors/!{firehose:error-output-type}/"
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: "data/!{firehose:random-string}/"
    ///   ErrorOutputPrefix: "errors/!{firehose:error-output-type}/"
    /// ```
    ///
    /// ## References
    /// Developer guide, custom prefixes for Amazon S3 objects; service behaviour, section 15.
    "FH304", "error-type-in-prefix", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for text in parsed::with_expressions(scope).filter_map(|block| block.prefix.as_ref()) {
        for range in text.prefix.error_output_types() {
            let finding = text
                .finding(scope.template(), range, "`Prefix` contains `!{firehose:error-output-type}`")
                .service("Prefix must not contain any occurrence of !{firehose:error-output-type}")
                .help("use it in `ErrorOutputPrefix` only");
            findings.add(finding);
        }
    }
}
