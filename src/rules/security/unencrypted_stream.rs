use crate::rule;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// A `DirectPut` stream has no server-side encryption.
    ///
    /// ## Why
    /// Records wait in the stream for up to a day when a destination fails. Encryption with a key of AWS
    /// costs nothing. A stream that reads from a Kinesis stream or from MSK takes the encryption of its
    /// source.
    ///
    /// ## Fires on
    /// ```yaml
    /// DeliveryStreamType: DirectPut
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// DeliveryStreamEncryptionConfigurationInput: {KeyType: AWS_OWNED_CMK}
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Developer guide, data protection; service behaviour, section 12.1.
    "FH801", "unencrypted-stream", Warning, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let Some(properties) = scope.properties().filter(|place| place.node.as_map().is_some()) else { return };
    if scope.stream_type().as_deref() != Some("DirectPut") {
        return;
    }
    // A source block without its type is FH105's to tell, and another spelling FH006's.
    let sources =
        ["KinesisStreamSourceConfiguration", "MSKSourceConfiguration", "DatabaseSourceConfiguration"];
    let settles = |key: &str| sources.contains(&key) || key.to_ascii_lowercase().contains("encryption");
    if properties.entries().iter().any(|(key, _)| settles(key)) {
        return;
    }
    let finding = Finding::key(&properties, "the stream has no server-side encryption")
        .help("add `DeliveryStreamEncryptionConfigurationInput: {KeyType: AWS_OWNED_CMK}`");
    findings.add(finding);
}
