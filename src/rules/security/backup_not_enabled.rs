use crate::rule;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// `S3BackupConfiguration` is there, and `S3BackupMode` does not switch it on.
    ///
    /// ## Why
    /// The backup is never written. The mode is `Disabled` where it is absent.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   S3BackupConfiguration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-backup
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
    /// Service model `S3BackupMode`; service behaviour, section 11.
    "FH811", "backup-not-enabled", Warning, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for name in ["ExtendedS3DestinationConfiguration", "RedshiftDestinationConfiguration"] {
        let Some(destination) = scope.at(&[name]) else { continue };
        let Some(backup) = destination.get("S3BackupConfiguration").filter(|backup| backup.is_surely_set())
        else {
            continue;
        };
        let mode = destination.get("S3BackupMode");
        let finding = match &mode {
            None => {
                Finding::key(&backup, "`S3BackupConfiguration` without `S3BackupMode: Enabled` is never used")
            }
            Some(mode) if mode.known().as_deref() == Some("Disabled") => {
                Finding::key(&backup, "`S3BackupConfiguration` is never used")
                    .related(mode.node.span, "the backup is disabled")
            }
            Some(_) => continue,
        };
        findings.add(finding.help("set `S3BackupMode: Enabled`, or remove `S3BackupConfiguration`"));
    }
}
