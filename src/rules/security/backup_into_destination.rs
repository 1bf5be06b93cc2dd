use crate::rule;
use crate::rules::sameness::{Same, same};
use crate::rules::scope::{S3Block, S3Role};
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// The backup goes to the bucket and prefix of the destination.
    ///
    /// ## Why
    /// Source records and delivered ones then mix under the same keys, and readers can not tell them apart.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   S3BackupMode: Enabled
    ///   S3BackupConfiguration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
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
    ///     BucketARN: arn:aws:s3:::example-data
    ///     Prefix: source/
    /// ```
    ///
    /// ## References
    /// Service behaviour, sections 4.4 and 6.
    "FH813", "backup-into-destination", Info, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let blocks = scope.s3_blocks();
    for backup in blocks.iter().filter(|block| block.role == S3Role::Backup) {
        let is_enabled = scope
            .at(&[backup.destination, "S3BackupMode"])
            .is_some_and(|mode| mode.known().as_deref() == Some("Enabled"));
        let is_main =
            |block: &&&S3Block<'_>| block.destination == backup.destination && block.role != S3Role::Backup;
        let Some(main) = blocks.iter().find(|block| is_main(&block)).filter(|_| is_enabled) else { continue };
        let (Some(bucket), Some(other)) = (backup.place.get("BucketARN"), main.place.get("BucketARN")) else {
            continue;
        };
        if same(bucket.node, other.node) != Same::Yes || !has_same_prefix(backup, main) {
            continue;
        }
        let finding = Finding::key(&backup.place, "the backup goes where the destination delivers")
            .related(main.prefix().unwrap_or(other).node.span, "the destination")
            .help("give the backup another `Prefix`");
        findings.add(finding);
    }
}

fn has_same_prefix(left: &S3Block<'_>, right: &S3Block<'_>) -> bool {
    let (left, right) = (left.prefix(), right.prefix());
    match (left.filter(|prefix| prefix.is_set()), right.filter(|prefix| prefix.is_set())) {
        (None, None) => true,
        (Some(left), Some(right)) => same(left.node, right.node) == Same::Yes,
        _ => false,
    }
}
