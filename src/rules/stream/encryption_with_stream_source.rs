use super::source_kinds;
use crate::rule;
use crate::rules::{Finding, Findings, Scope, origin};

rule! {
    /// A stream that reads from Kinesis or MSK has `DeliveryStreamEncryptionConfigurationInput`.
    ///
    /// ## Why
    /// The service keeps no data of such a stream at rest: what is encrypted is the source. It refuses the block.
    ///
    /// ## Fires on
    /// ```yaml
    /// DeliveryStreamType: KinesisStreamAsSource
    /// DeliveryStreamEncryptionConfigurationInput:
    ///   KeyType: AWS_OWNED_CMK
    /// KinesisStreamSourceConfiguration:
    ///   KinesisStreamARN: arn:aws:kinesis:eu-west-1:444455556666:stream/orders
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
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
    /// Resource sheet, section 4; service behaviour, sections 12.1 and 15.
    "FH109", "encryption-with-stream-source", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let block = scope.at(&["DeliveryStreamEncryptionConfigurationInput"]);
    let Some(block) = block.filter(|block| block.is_set() && !block.node.is_unknown()) else { return };
    let Some(source) = source_kinds::of_stream(scope) else { return };
    let help = match source.kind {
        "KinesisStreamAsSource" => "remove it, and set `StreamEncryption` on the Kinesis stream",
        "MSKAsSource" => "remove it, and encrypt the MSK cluster",
        _ => return,
    };
    let message = format!("server-side encryption is not for a stream that is `{}`", source.kind);
    let service = "Server side encryption from firehose is only allowed for direct put delivery streams and \
                   database as a source delivery streams";
    let mut finding = Finding::key(&block, message).service(service).help(help);
    if let Some(written) = scope.at(&["DeliveryStreamType"]) {
        finding = finding.related(written.node.span, "the type of the stream");
        finding = origin::explain(finding, scope.template(), &written);
    }
    findings.add(finding);
}
