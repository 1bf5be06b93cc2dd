use super::{processors, subscribed_logs};
use crate::rule;
use crate::rules::scope::enabled;
use crate::rules::{Finding, Findings, Place, Scope};

rule! {
    /// Records go to S3 end to end, with nothing between them.
    ///
    /// ## Why
    /// Firehose concatenates records without a separator. Unless producers end each with a line feed, a reader of
    /// JSON lines, such as Athena, sees one line and takes its first object only.
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
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   ProcessingConfiguration:
    ///     Enabled: true
    ///     Processors:
    ///       - Type: AppendDelimiterToRecord
    /// ```
    ///
    /// ## References
    /// Developer guide, "Configure destination settings" (new line delimiter); service behaviour, section 16,
    /// point 1.
    "FH416", "records-without-delimiter", Info, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    if ends_its_records(scope) {
        return;
    }
    for (name, place) in scope.destinations() {
        let is_s3 = matches!(name, "ExtendedS3DestinationConfiguration" | "S3DestinationConfiguration");
        let converted = enabled(&place, "DataFormatConversionConfiguration", true);
        if !is_s3 || place.node.as_map().is_none() || converted != Some(false) || may_delimit(scope, &place) {
            continue;
        }
        let message =
            "nothing separates the records in an object, unless producers end each with a line feed";
        let help = match name {
            "S3DestinationConfiguration" => "have producers end each record with a line feed",
            _ => {
                "add an `AppendDelimiterToRecord` processor, or have producers end each record with a line feed"
            }
        };
        findings.add(Finding::key(&place, message).help(help));
    }
}

/// Whether the data is known to come with line ends, or to be no lines at all.
fn ends_its_records(scope: &Scope<'_>) -> bool {
    // Batches of logs are FH415's; the other producers end their records with a line feed, or write a binary format.
    let names = ["aws-waf-logs-", "amazon-apigateway-"];
    let name = scope.at(&["DeliveryStreamName"]).and_then(|name| name.text().map(|text| text.masked()));
    subscribed_logs::subscription(scope).is_some()
        || scope.view.of_kind("AWS::CloudWatch::MetricStream").next().is_some()
        || name.is_some_and(|name| names.iter().any(|start| name.starts_with(start)))
}

/// Whether a processor adds, or could add, what separates records.
pub(super) fn may_delimit(scope: &Scope<'_>, destination: &Place<'_>) -> bool {
    const KINDS: [&str; 3] = ["AppendDelimiterToRecord", "Lambda", "CloudWatchLogProcessing"];
    let processing = processors::all(scope).into_iter().find(|one| one.place.path == destination.path);
    processing.is_some_and(|one| one.on != Some(false) && KINDS.iter().any(|kind| one.may_have(kind)))
}
