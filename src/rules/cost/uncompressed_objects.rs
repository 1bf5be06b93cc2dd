use crate::rule;
use crate::rules::scope::{S3Block, S3Role};
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// Records go to S3 neither compressed nor converted.
    ///
    /// ## Why
    /// JSON shrinks to about a tenth; storage and every scan of a query cost by the byte.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   CompressionFormat: UNCOMPRESSED
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   CompressionFormat: GZIP
    /// ```
    ///
    /// ## References
    /// Service behaviour, section 8.
    "FH903", "uncompressed-objects", Info, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for block in scope.s3_blocks() {
        if !matches!(block.role, S3Role::Extended | S3Role::Legacy) || block.place.node.as_map().is_none() {
            continue;
        }
        // FH501 and its family speak of what is half converted.
        if block.is_converted() != Some(false) || is_compressed(scope, &block) {
            continue;
        }
        let message = "objects are neither compressed nor converted";
        let finding = match block.place.get("CompressionFormat") {
            None => Finding::key(&block.place, message),
            Some(format) if format.known().as_deref() == Some("UNCOMPRESSED") => {
                Finding::at(&format, message)
            }
            Some(_) => continue,
        };
        findings.add(finding.help("set `CompressionFormat: GZIP`, or convert records to Parquet"));
    }
}

/// Whether records come compressed: logs of CloudWatch that nothing decompresses, or what a function writes.
fn is_compressed<'a>(scope: &Scope<'a>, block: &S3Block<'a>) -> bool {
    let (_, processors) = scope.processors(&block.place);
    let decompresses = processors.iter().any(|(kind, _)| kind == "Decompression");
    let has_logs = scope.view.of_kind("AWS::Logs::SubscriptionFilter").next().is_some();
    let extension = block.place.get("FileExtension").and_then(|place| place.text());
    let is_packed = extension.is_some_and(|extension| {
        let extension = extension.masked();
        [".gz", ".zst", ".zip", ".parquet", ".snappy", ".bz2"]
            .iter()
            .any(|packed| extension.ends_with(packed))
    });
    is_packed || (has_logs && !decompresses)
}
