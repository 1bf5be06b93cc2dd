use super::logging;
use crate::rule;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// An error log is enabled without `LogGroupName` or `LogStreamName`.
    ///
    /// ## Why
    /// Both are optional in CloudFormation's schema; the service refuses an enabled log without them.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   CloudWatchLoggingOptions: {Enabled: true}
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// Resources:
    ///   Logs:
    ///     Type: AWS::Logs::LogGroup
    ///   LogStream:
    ///     Type: AWS::Logs::LogStream
    ///     Properties: {LogGroupName: !Ref Logs}
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: arn:aws:s3:::example-data
    ///         CloudWatchLoggingOptions: {Enabled: true, LogGroupName: !Ref Logs, LogStreamName: !Ref LogStream}
    /// ```
    ///
    /// ## References
    /// Service behaviour, sections 12.2 and 15.
    "FH807", "log-names-missing", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for log in logging::logs(scope).iter().filter(|log| log.enabled == Some(true)) {
        let missing: Vec<&str> = [("LogGroupName", log.group()), ("LogStreamName", log.stream())]
            .into_iter()
            .filter(|(_, place)| place.is_none())
            .map(|(name, _)| name)
            .collect();
        if missing.is_empty() {
            continue;
        }
        let words = missing.join("` and no `");
        let mut finding = Finding::key(&log.options, format!("the log is enabled and has no `{words}`"))
            .help(format!("add `{}`", missing.join("` and `")));
        if missing.contains(&"LogGroupName") {
            finding =
                finding.service("CloudWatch Log Group Name is required if CloudWatch Logging is enabled");
        }
        findings.add(finding);
    }
}
