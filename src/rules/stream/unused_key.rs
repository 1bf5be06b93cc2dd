use crate::rule;
use crate::rules::{Finding, Findings, Scope, origin};

rule! {
    /// `KeyType` is `AWS_OWNED_CMK`, and `KeyARN` names a key all the same.
    ///
    /// ## Why
    /// The two contradict each other, and the service refuses the stream.
    ///
    /// ## Fires on
    /// ```yaml
    /// DeliveryStreamEncryptionConfigurationInput:
    ///   KeyType: AWS_OWNED_CMK
    ///   KeyARN: arn:aws:kms:eu-west-1:444455556666:key/0a1b2c3d-aaaa-bbbb-cccc-0123456789ab
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// DeliveryStreamEncryptionConfigurationInput:
    ///   KeyType: AWS_OWNED_CMK
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Resource sheet, section 4; service behaviour, section 15.
    "FH111", "unused-key", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let Some(block) = scope.at(&["DeliveryStreamEncryptionConfigurationInput"]) else { return };
    let (Some(kind), Some(key)) = (block.get("KeyType"), block.get("KeyARN")) else { return };
    if kind.known().as_deref() != Some("AWS_OWNED_CMK") || !key.is_surely_set() {
        return;
    }
    let finding = Finding::key(&key, "`KeyARN` is set, and `KeyType` is `AWS_OWNED_CMK`")
        .service("KeyARN cannot be specified when KeyType is AWS_OWNED_CMK")
        .help("set `KeyType: CUSTOMER_MANAGED_CMK` to use the key, or remove `KeyARN`")
        .related(kind.node.span, "the type of the key");
    findings.add(origin::explain(finding, scope.template(), &kind));
}
