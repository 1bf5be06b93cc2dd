use super::processors;
use crate::foundation::diagnostic::Severity;
use crate::foundation::document::{Chunk, Node, Unknown, Value};
use crate::foundation::span::Span;
use crate::rule;
use crate::rules::scope::enabled;
use crate::rules::{Finding, Findings, Place, Scope};

rule! {
    /// CloudWatch Logs feed a stream to S3 that does not decompress them.
    ///
    /// ## Why
    /// CloudWatch Logs sends batches that are already gzip. With `CompressionFormat: GZIP` they are compressed
    /// twice, and with format conversion none can be read. Stored as they come, with `UNCOMPRESSED`, they are
    /// readable, so that is only information.
    ///
    /// ## Fires on
    /// ```yaml
    /// Resources:
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: arn:aws:s3:::example-data
    ///         CompressionFormat: GZIP
    ///   Filter:
    ///     Type: AWS::Logs::SubscriptionFilter
    ///     Properties:
    ///       LogGroupName: /app/web
    ///       FilterPattern: ""
    ///       DestinationArn: !GetAtt Stream.Arn
    ///       RoleArn: arn:aws:iam::444455556666:role/logs-to-firehose
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// Resources:
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: arn:aws:s3:::example-data
    ///         ProcessingConfiguration:
    ///           Enabled: true
    ///           Processors:
    ///             - Type: Decompression
    ///               Parameters:
    ///                 - ParameterName: CompressionFormat
    ///                   ParameterValue: GZIP
    ///   Filter:
    ///     Type: AWS::Logs::SubscriptionFilter
    ///     Properties:
    ///       LogGroupName: /app/web
    ///       FilterPattern: ""
    ///       DestinationArn: !GetAtt Stream.Arn
    ///       RoleArn: arn:aws:iam::444455556666:role/logs-to-firehose
    /// ```
    ///
    /// ## References
    /// Developer guide, "Send CloudWatch Logs to Firehose"; service behaviour, section 5 (`Decompression`).
    "FH415", "compressed-logs-not-decompressed", Warning, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let Some((id, feeder)) = subscription(scope) else { return };
    for (name, destination) in scope.destinations() {
        let is_s3 = matches!(name, "ExtendedS3DestinationConfiguration" | "S3DestinationConfiguration");
        if !is_s3 || destination.node.as_map().is_none() || decodes(scope, &destination) {
            continue;
        }
        let converted = enabled(&destination, "DataFormatConversionConfiguration", true);
        let format = destination.get("CompressionFormat");
        let finding = match (&format, converted) {
            (_, None) => continue,
            (_, Some(true)) => {
                Finding::key(&destination, "CloudWatch Logs sends gzip, which format conversion can't read")
            }
            (Some(format), _) => match format.known() {
                None => continue,
                Some(text) if text != "UNCOMPRESSED" => {
                    let message = format!(
                        "CloudWatch Logs sends gzip, and `CompressionFormat: {text}` compresses it again"
                    );
                    Finding::at(format, message)
                }
                Some(_) => {
                    Finding::at(format, "objects will hold the gzip batches of CloudWatch Logs as they come")
                        .severity(Severity::Info)
                }
            },
            (None, _) => Finding::key(
                &destination,
                "objects will hold the gzip batches of CloudWatch Logs as they come",
            )
            .severity(Severity::Info),
        };
        let help = match name {
            "S3DestinationConfiguration" => {
                "use `ExtendedS3DestinationConfiguration` with a `Decompression` processor"
            }
            _ => "add a `Decompression` processor, and `CloudWatchLogProcessing` for the bare messages",
        };
        findings.add(finding.help(help).related(feeder, format!("`{id}` sends logs to the stream")));
    }
}

/// Processors that decompress, and one that needs such a one beside it, which FH412 tells.
const DECODERS: [&str; 3] = ["Decompression", "Lambda", "CloudWatchLogProcessing"];

/// Whether the stream has, or could have, a processor that decompresses.
fn decodes(scope: &Scope<'_>, destination: &Place<'_>) -> bool {
    let processing = processors::all(scope).into_iter().find(|one| one.place.path == destination.path);
    processing.is_some_and(|one| one.on != Some(false) && (DECODERS.iter().any(|kind| one.may_have(kind))))
}

/// What in the template subscribes the stream to log groups: its logical id, and where it names the stream.
pub fn subscription<'a>(scope: &Scope<'a>) -> Option<(&'a str, Span)> {
    let view = scope.view;
    let filters = view.of_kind("AWS::Logs::SubscriptionFilter");
    let filters = filters.filter_map(|one| Some((one, view.properties(one)?.get("DestinationArn")?)));
    let policies = view.of_kind("AWS::Logs::AccountPolicy");
    let policies = policies.filter_map(|one| Some((one, view.properties(one)?.get("PolicyDocument")?)));
    let mut feeders = filters.chain(policies);
    let (resource, place) = feeders.find(|(_, place)| names(scope, place.node))?;
    Some((&resource.logical_id, place.node.span))
}

/// Whether a value names the stream: by reference, within a text, or somewhere in a mapping.
fn names(scope: &Scope<'_>, node: &Node) -> bool {
    let id = &scope.stream.logical_id;
    let is_it = |target: &str| target == &**id;
    if let Some(reference) = &node.reference {
        return is_it(&reference.target);
    }
    match &node.value {
        Value::Unknown(Unknown::Resource(reference)) => is_it(&reference.target),
        Value::String(text) => {
            let unknown = text.chunks.iter().any(|chunk| {
                matches!(chunk, Chunk::Unknown(Unknown::Resource(reference), _) if is_it(&reference.target))
            });
            unknown || named_in(scope, &text.masked())
        }
        Value::List(items) => items.iter().any(|item| names(scope, item)),
        Value::Map(map) => map.entries.iter().any(|entry| names(scope, &entry.node)),
        _ => false,
    }
}

/// Whether a text holds `deliverystream/` with the stream's literal name.
fn named_in(scope: &Scope<'_>, text: &str) -> bool {
    const BEFORE_NAME: &str = ":deliverystream/";
    let Some(name) =
        scope.at(&["DeliveryStreamName"]).and_then(|name| name.known().map(|text| text.into_owned()))
    else {
        return false;
    };
    let found = text.match_indices(BEFORE_NAME).map(|(at, _)| &text[at + BEFORE_NAME.len()..]);
    let is_end = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || "_.-".contains(c));
    let mut found = found.filter_map(|rest| rest.strip_prefix(name.as_str()));
    !name.is_empty() && found.any(is_end)
}
