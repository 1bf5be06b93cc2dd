use super::parsed;
use crate::rule;
use crate::rules::{Findings, Scope};

rule! {
    /// `ErrorOutputPrefix` contains a partition key.
    ///
    /// ## Why
    /// A record that failed may have no partition keys, so the service refuses `partitionKeyFromQuery` and
    /// `partitionKeyFromLambda` in `ErrorOutputPrefix`.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: data/
    ///   ErrorOutputPrefix: "errors/!{partitionKeyFromQuery:tenant}/!{firehose:error-output-type}/"
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: data/
    ///   ErrorOutputPrefix: "errors/!{timestamp:yyyy}/!{firehose:error-output-type}/"
    /// ```
    ///
    /// ## References
    /// Developer guide, custom prefixes for Amazon S3 objects; service behaviour, section 15.
    "FH307", "partition-key-in-error-prefix", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for text in parsed::with_expressions(scope).filter_map(|block| block.error_output_prefix.as_ref()) {
        for range in text.partition_keys() {
            let finding = text
                .finding(scope.template(), range, "`ErrorOutputPrefix` contains a partition key")
                .service("Dynamic Partitioning Namespaces can't be part of an error prefix expression")
                .help("remove the expression");
            findings.add(finding);
        }
    }
}
