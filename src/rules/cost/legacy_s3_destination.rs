use crate::foundation::diagnostic::Fix;
use crate::foundation::span::Span;
use crate::rule;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// The stream uses `S3DestinationConfiguration`, which is deprecated.
    ///
    /// ## Why
    /// `ExtendedS3DestinationConfiguration` takes the same properties. The old one has no processing, no
    /// format conversion, no dynamic partitioning, no backup, no time zone and no file extension.
    ///
    /// ## Fires on
    /// ```yaml
    /// S3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Service model `CreateDeliveryStream`; resource sheet, section 4.
    "FH905", "legacy-s3-destination", Warning, since "0.1.0", Stream(check)
}

/// What only the extended destination has.
const EXTENDED: [&str; 7] = [
    "CustomTimeZone",
    "DataFormatConversionConfiguration",
    "DynamicPartitioningConfiguration",
    "FileExtension",
    "ProcessingConfiguration",
    "S3BackupConfiguration",
    "S3BackupMode",
];

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let Some(legacy) = scope.at(&["S3DestinationConfiguration"]) else { return };
    let mut finding = Finding::key(&legacy, "`S3DestinationConfiguration` is deprecated")
        .help("use `ExtendedS3DestinationConfiguration`, which takes the same properties");
    for (key, place) in legacy.entries().iter().filter(|(key, _)| EXTENDED.contains(key)) {
        finding = finding.related(place.key_span, format!("only the extended destination has `{key}`"));
    }
    let source = &findings.template().source;
    let name = "S3DestinationConfiguration";
    // With both, the name would stand twice.
    let is_alone = scope.destinations().len() == 1;
    if let Some(at) = source.slice(legacy.key_span).find(name).filter(|_| is_alone) {
        let start = legacy.key_span.start as usize + at;
        finding = finding.fix(Fix::replace(Span::new(start, start), "Extended"));
    }
    findings.add(finding);
}
