use super::logging::{self, Logging};
use crate::rule;
use crate::rules::sameness::{Same, same};
use crate::rules::{Finding, Findings, Place, Scope};

rule! {
    /// The destination and its S3 block share one log stream, or their names look swapped.
    ///
    /// ## Why
    /// Errors of both then lie in one place, or where nobody looks for them.
    ///
    /// ## Fires on
    /// ```yaml
    /// Resources:
    ///   Logs:
    ///     Type: AWS::Logs::LogGroup
    ///   DeliveryLog:
    ///     Type: AWS::Logs::LogStream
    ///     Properties: {LogGroupName: !Ref Logs}
    ///   BackupLog:
    ///     Type: AWS::Logs::LogStream
    ///     Properties: {LogGroupName: !Ref Logs}
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       RedshiftDestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         ClusterJDBCURL: jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev
    ///         SecretsManagerConfiguration:
    ///           Enabled: true
    ///           SecretARN: arn:aws:secretsmanager:eu-west-1:444455556666:secret:destination-AbCdEf
    ///         CopyCommand: {DataTableName: events, CopyOptions: "JSON 'auto'"}
    ///         CloudWatchLoggingOptions: {Enabled: true, LogGroupName: !Ref Logs, LogStreamName: !Ref DeliveryLog}
    ///         S3Configuration:
    ///           RoleARN: arn:aws:iam::444455556666:role/delivery
    ///           BucketARN: arn:aws:s3:::example-data
    ///           CloudWatchLoggingOptions: {Enabled: true, LogGroupName: !Ref Logs, LogStreamName: !Ref DeliveryLog}
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// Resources:
    ///   Logs:
    ///     Type: AWS::Logs::LogGroup
    ///   DeliveryLog:
    ///     Type: AWS::Logs::LogStream
    ///     Properties: {LogGroupName: !Ref Logs}
    ///   BackupLog:
    ///     Type: AWS::Logs::LogStream
    ///     Properties: {LogGroupName: !Ref Logs}
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       RedshiftDestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         ClusterJDBCURL: jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev
    ///         SecretsManagerConfiguration:
    ///           Enabled: true
    ///           SecretARN: arn:aws:secretsmanager:eu-west-1:444455556666:secret:destination-AbCdEf
    ///         CopyCommand: {DataTableName: events, CopyOptions: "JSON 'auto'"}
    ///         CloudWatchLoggingOptions: {Enabled: true, LogGroupName: !Ref Logs, LogStreamName: !Ref DeliveryLog}
    ///         S3Configuration:
    ///           RoleARN: arn:aws:iam::444455556666:role/delivery
    ///           BucketARN: arn:aws:s3:::example-data
    ///           CloudWatchLoggingOptions: {Enabled: true, LogGroupName: !Ref Logs, LogStreamName: !Ref BackupLog}
    /// ```
    ///
    /// ## References
    /// Service behaviour, section 12.2.
    "FH809", "log-streams-mixed", Info, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let logs = logging::logs(scope);
    let is_on = |log: &&Logging<'_>| log.enabled == Some(true);
    for main in logs.iter().filter(is_on).filter(|log| !log.is_nested) {
        let Some(stream) = main.stream() else { continue };
        for nested in
            logs.iter().filter(is_on).filter(|log| log.is_nested && log.destination == main.destination)
        {
            let Some(other) = nested.stream() else { continue };
            if same(stream.node, other.node) == Same::Yes && is_same_group(main, nested) {
                let finding = Finding::at(&other, "the destination logs to the same log stream")
                    .related(stream.node.span, "the log stream of the destination")
                    .help("use a log stream for each");
                findings.add(finding);
            }
        }
        let is_s3 =
            matches!(main.destination, "ExtendedS3DestinationConfiguration" | "S3DestinationConfiguration");
        let words: &[&str] = match main.destination {
            // Its tables may lie in S3.
            "IcebergDestinationConfiguration" => &["backup"],
            _ if is_s3 => &["backup"],
            _ => &["s3", "backup"],
        };
        let name = name(&stream).to_ascii_lowercase();
        if let Some(word) = words.iter().find(|word| name.contains(*word)) {
            let finding =
                Finding::at(&stream, format!("the log stream of the destination has `{word}` in its name"))
                    .help("check whether the log streams of the destination and its S3 block are swapped");
            findings.add(finding);
        }
    }
}

fn is_same_group(left: &Logging<'_>, right: &Logging<'_>) -> bool {
    match (left.group(), right.group()) {
        (Some(left), Some(right)) => same(left.node, right.node) == Same::Yes,
        _ => false,
    }
}

/// The name, or that of the resource where only a deployment gives one.
fn name(stream: &Place<'_>) -> String {
    match (stream.known(), &stream.node.reference) {
        (Some(name), _) => name.into_owned(),
        (None, Some(reference)) => reference.target.to_string(),
        (None, None) => stream.text().map(|text| text.masked()).unwrap_or_default(),
    }
}
