use crate::rule;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// `S3BackupMode` is `Enabled` without `S3BackupConfiguration`.
    ///
    /// ## Why
    /// The service refuses it: source records need a place of their own.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   S3BackupMode: Enabled
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   S3BackupMode: Enabled
    ///   S3BackupConfiguration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-backup
    /// ```
    ///
    /// ## References
    /// Service behaviour, section 15.
    "FH810", "backup-without-bucket", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for name in ["ExtendedS3DestinationConfiguration", "RedshiftDestinationConfiguration"] {
        let Some(destination) = scope.at(&[name]) else { continue };
        let Some(mode) = destination.get("S3BackupMode") else { continue };
        let is_backup = |(key, _): &(&str, _)| key.eq_ignore_ascii_case("S3BackupConfiguration");
        if mode.known().as_deref() != Some("Enabled") || destination.entries().iter().any(is_backup) {
            continue;
        }
        let finding = Finding::at(&mode, "the backup is enabled, and there is no `S3BackupConfiguration`")
            .service("S3 backup destination configuration is required when enabling S3 backup.")
            .help("add `S3BackupConfiguration` with a role and a bucket");
        findings.add(finding);
    }
}
