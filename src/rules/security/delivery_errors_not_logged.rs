use super::entry;
use crate::foundation::diagnostic::Severity;
use crate::rule;
use crate::rules::scope::{S3Role, enabled};
use crate::rules::{Finding, Findings, Place, Scope};

rule! {
    /// The destination has no error log.
    ///
    /// ## Why
    /// CloudWatch Logs is the only place where the service tells why a delivery or a function failed. For the
    /// S3 block of another destination, and for a backup, this is advice.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
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
    /// Developer guide, monitoring with CloudWatch Logs; service behaviour, section 12.2.
    "FH806", "delivery-errors-not-logged", Warning, since "0.1.0", Stream(check)
}

const OPTIONS: &str = "CloudWatchLoggingOptions";

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for (name, destination) in scope.destinations() {
        let what = match name {
            "AmazonopensearchserviceDestinationConfiguration" => "OpenSearch",
            "AmazonOpenSearchServerlessDestinationConfiguration" => "OpenSearch Serverless",
            "ExtendedS3DestinationConfiguration" | "S3DestinationConfiguration" => "S3",
            "HttpEndpointDestinationConfiguration" => "HTTP endpoint",
            name => name.strip_suffix("DestinationConfiguration").unwrap_or(name),
        };
        check_block(
            &destination,
            &format!("the {what} destination logs no errors"),
            Severity::Warning,
            findings,
        );
    }
    for block in scope.s3_blocks() {
        let name = match block.role {
            S3Role::Nested => "S3Configuration",
            S3Role::Backup => "S3BackupConfiguration",
            S3Role::Extended | S3Role::Legacy => continue,
        };
        check_block(&block.place, &format!("`{name}` logs no errors"), Severity::Info, findings);
    }
}

fn check_block(block: &Place<'_>, message: &str, severity: Severity, findings: &mut Findings<'_>) {
    if block.node.as_map().is_none() || enabled(block, OPTIONS, false) != Some(false) {
        return;
    }
    let options = block.get(OPTIONS);
    // Another spelling is FH006's to tell.
    if options.is_none() && block.entries().iter().any(|(key, _)| key.eq_ignore_ascii_case(OPTIONS)) {
        return;
    }
    let switch = options.as_ref().and_then(|options| options.get("Enabled"));
    let finding = match (&switch, &options) {
        (Some(switch), _) => Finding::at(switch, message).help("set `Enabled: true`"),
        (None, Some(options)) => {
            let finding = Finding::key(options, format!("{message}: `{OPTIONS}` has no `Enabled: true`"))
                .help("add `Enabled: true`");
            match entry::first_entry(findings.template(), options.node, "Enabled", "true") {
                Some(fix) => finding.fix(fix),
                None => finding,
            }
        }
        (None, None) => {
            Finding::key(block, message).help(format!("add `{OPTIONS}` with a log group and a log stream"))
        }
    };
    findings.add(finding.severity(severity));
}
