use super::keys;
use super::parsed::{ParsedBlock, ParsedText};
use super::processing::Processing;
use super::query_key_without_extraction::{Source, finding, partitioned};
use crate::model::prefix::Namespace;
use crate::rule;
use crate::rules::{Finding, Findings, Scope};

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
        let uses_query = |text: &ParsedText<'_>| text.first_of(Namespace::PartitionKeyFromQuery).is_some();
        // That processing is off is told once, by FH310.
        let told = block.prefix.as_ref().is_some_and(uses_query)
            && Processing::of(scope, &block.block).is_on == Some(false);
        if let Some(finding) = finding(scope, block, &LAMBDA).filter(|_| !told) {
            findings.add(from_query(scope, block, finding));
        }
    }
}

/// Where the query makes the key, only the namespace is wrong.
fn from_query<'a>(scope: &Scope<'a>, block: &ParsedBlock<'a>, finding: Finding) -> Finding {
    let Some(text) = &block.prefix else { return finding };
    let Some((key, place)) = text.prefix.lambda_keys().next() else { return finding };
    if !keys::makes(scope, block, key) {
        return finding;
    }
    let (wrong, right) = (Namespace::PartitionKeyFromLambda.name(), Namespace::PartitionKeyFromQuery.name());
    let finding = finding.help(format!("write `{right}`: the query makes the key `{key}`"));
    // The namespace and its colon stand before the key.
    let range = place.start.checked_sub(wrong.len() + 1).map(|start| start..start + wrong.len());
    match range.and_then(|range| text.edit(scope.template(), range, right)) {
        Some(fix) => finding.fix(fix),
        None => finding,
    }
}
