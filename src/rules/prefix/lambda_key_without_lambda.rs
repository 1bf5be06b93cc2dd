use super::processing::Processing;
use super::query_key_without_extraction::{Source, finding, partitioned};
use crate::model::prefix::Namespace;
use crate::rule;
use crate::rules::{Findings, Scope};

rule! {
    /// `Prefix` uses `partitionKeyFromLambda` without a `Lambda` processor at work.
    ///
    /// ## Why
    /// The keys come from the `partitionKeys` that a function returns with each record; the service refuses a prefix that
    /// uses keys nobody makes.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: "!{partitionKeyFromLambda:tenant}/"
    ///   ErrorOutputPrefix: errors/
    ///   DynamicPartitioningConfiguration: {Enabled: true}
    ///   ProcessingConfiguration:
    ///     Enabled: true
    ///     Processors:
    ///       - Type: AppendDelimiterToRecord
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: "!{partitionKeyFromLambda:tenant}/"
    ///   ErrorOutputPrefix: errors/
    ///   DynamicPartitioningConfiguration: {Enabled: true}
    ///   ProcessingConfiguration:
    ///     Enabled: true
    ///     Processors:
    ///       - Type: Lambda
    ///         Parameters:
    ///           - ParameterName: LambdaArn
    ///             ParameterValue: arn:aws:lambda:eu-west-1:444455556666:function:partition
    /// ```
    ///
    /// ## References
    /// Developer guide, dynamic partitioning; service behaviour, sections 7 and 15.
    "FH311", "lambda-key-without-lambda", Error, since "0.1.0", Stream(check)
}

const LAMBDA: Source = Source {
    namespace: Namespace::PartitionKeyFromLambda,
    processor: "Lambda",
    message: "Lambda should be present when S3 Prefix contains keys from partitionKeyFromLambda namespace",
};

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for block in partitioned(scope) {
        let uses_query = |text: &super::parsed::ParsedText<'_>| {
            text.first_of(Namespace::PartitionKeyFromQuery).is_some()
        };
        // That processing is off is told once, by FH310.
        let told = block.prefix.as_ref().is_some_and(uses_query)
            && Processing::of(scope, &block.block).is_on == Some(false);
        if let Some(finding) = finding(scope, block, &LAMBDA).filter(|_| !told) {
            findings.add(finding);
        }
    }
}
