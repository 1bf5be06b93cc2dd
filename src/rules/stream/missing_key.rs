use crate::rule;
use crate::rules::{Finding, Findings, Scope, origin};

rule! {
    /// `KeyType` is `CUSTOMER_MANAGED_CMK`, and `KeyARN` is missing.
    ///
    /// ## Why
    /// The service has no key to encrypt with, and refuses the stream.
    ///
    /// ## Fires on
    /// ```yaml
    /// DeliveryStreamEncryptionConfigurationInput:
    ///   KeyType: CUSTOMER_MANAGED_CMK
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// DeliveryStreamEncryptionConfigurationInput:
    ///   KeyType: CUSTOMER_MANAGED_CMK
    ///   KeyARN: arn:aws:kms:eu-west-1:444455556666:key/0a1b2c3d-aaaa-bbbb-cccc-0123456789ab
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Resource sheet, section 4; service behaviour, section 15.
    "FH110", "missing-key", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let Some(block) = scope.at(&["DeliveryStreamEncryptionConfigurationInput"]) else { return };
    let Some(kind) = block.get("KeyType") else { return };
    let is_misspelt = block.entries().iter().any(|(key, _)| key.eq_ignore_ascii_case("KeyARN"));
    if kind.known().as_deref() != Some("CUSTOMER_MANAGED_CMK") || is_misspelt {
        return;
    }
    let finding = Finding::at(&kind, "`KeyType` is `CUSTOMER_MANAGED_CMK`, and `KeyARN` is missing")
        .service("KeyARN has to be specified when KeyType is CUSTOMER_MANAGED_CMK")
        .help("add `KeyARN`, or use `AWS_OWNED_CMK`");
    findings.add(origin::explain(finding, scope.template(), &kind));
}
