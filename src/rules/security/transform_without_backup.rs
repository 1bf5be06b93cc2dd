use crate::rule;
use crate::rules::scope::S3Role;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// Records are transformed or partitioned on their way to S3, and the source records are not kept.
    ///
    /// ## Why
    /// A mistake in the function loses what it read: the stream keeps records for a day at most. The backup
    /// can't be switched off later.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   ProcessingConfiguration:
    ///     Enabled: true
    ///     Processors:
    ///       - Type: Lambda
    ///         Parameters:
    ///           - ParameterName: LambdaArn
    ///             ParameterValue: arn:aws:lambda:eu-west-1:444455556666:function:transform:1
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   ProcessingConfiguration:
    ///     Enabled: true
    ///     Processors:
    ///       - Type: Lambda
    ///         Parameters:
    ///           - ParameterName: LambdaArn
    ///             ParameterValue: arn:aws:lambda:eu-west-1:444455556666:function:transform:1
    ///   S3BackupMode: Enabled
    ///   S3BackupConfiguration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-backup
    /// ```
    ///
    /// ## References
    /// Developer guide, source record backup; service behaviour, section 4.4.
    "FH812", "transform-without-backup", Warning, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for block in scope.s3_blocks().into_iter().filter(|block| block.role == S3Role::Extended) {
        let destination = &block.place;
        let is_off = match destination.get("S3BackupMode") {
            None => destination.node.as_map().is_some(),
            Some(mode) => mode.known().as_deref() == Some("Disabled"),
        };
        // A backup that is not switched on is FH811's to tell.
        if !is_off || destination.get("S3BackupConfiguration").is_some() {
            continue;
        }
        let (on, processors) = scope.processors(destination);
        let function = processors.iter().find(|(kind, _)| kind == "Lambda").filter(|_| on == Some(true));
        let (cause, what) = match function {
            Some((_, function)) => (function.key_span, "records are transformed"),
            None => match destination.get("DynamicPartitioningConfiguration") {
                Some(partitioning) if block.is_partitioned() == Some(true) => {
                    (partitioning.key_span, "records are partitioned")
                }
                _ => continue,
            },
        };
        let finding = Finding::key(destination, "source records are not backed up")
            .related(cause, what)
            .help("set `S3BackupMode: Enabled` and add `S3BackupConfiguration`");
        findings.add(finding);
    }
}
