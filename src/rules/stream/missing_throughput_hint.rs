use crate::rule;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// `DirectPutSourceConfiguration` has no `ThroughputHintInMBs`.
    ///
    /// ## Why
    /// It is all that the block can say, and the service model has it as required; CloudFormation does not.
    ///
    /// ## Fires on
    /// ```yaml
    /// DirectPutSourceConfiguration: {}
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// DirectPutSourceConfiguration:
    ///   ThroughputHintInMBs: 10
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// `DirectPutSourceConfiguration` in the service model; resource sheet, section 9.
    "FH108", "missing-throughput-hint", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for shape in scope.shape().iter().filter(|shape| shape.error.rule == "FH108") {
        let finding =
            Finding::key(&shape.place, "`DirectPutSourceConfiguration` lacks `ThroughputHintInMBs`")
                .service("Member must not be null")
                .help("add `ThroughputHintInMBs` of 1 to 100, or remove the block");
        findings.add(finding);
    }
}
