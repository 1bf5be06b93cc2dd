use crate::rule;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// `EncryptionConfiguration` has both or none of `NoEncryptionConfig` and `KMSEncryptionConfig`.
    ///
    /// ## Why
    /// The service wants exactly one of them. To leave the choice to the bucket, leave the whole block out.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   EncryptionConfiguration: {}
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   EncryptionConfiguration: {NoEncryptionConfig: NoEncryption}
    /// ```
    ///
    /// ## References
    /// Resource sheet, section 4; service model `EncryptionConfiguration`.
    "FH804", "encryption-not-one", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for block in scope.s3_blocks() {
        let Some(encryption) = block.place.get("EncryptionConfiguration") else { continue };
        let Some(map) = encryption.node.as_map() else { continue };
        let finding = match (encryption.get("NoEncryptionConfig"), encryption.get("KMSEncryptionConfig")) {
            (Some(none), Some(key)) if none.is_surely_set() && key.is_surely_set() => {
                Finding::key(&none, "`NoEncryptionConfig` beside `KMSEncryptionConfig`")
                    .related(key.key_span, "the key")
                    .help("keep one of them")
            }
            // A key in another spelling is FH006's to tell.
            (None, None) if map.entries.is_empty() => {
                Finding::key(&encryption, "`EncryptionConfiguration` is empty").help(
                    "add `KMSEncryptionConfig` or `NoEncryptionConfig: NoEncryption`, or remove the block",
                )
            }
            _ => continue,
        };
        findings.add(
            finding.service("Exactly one of NoEncryptionConfig or KMSEncryptionConfig must be specified"),
        );
    }
}
