use crate::rule;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// The stream has no destination.
    ///
    /// ## Why
    /// The service takes exactly one; neither CloudFormation nor a schema check says so.
    ///
    /// ## Fires on
    /// ```yaml
    /// Resources:
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       DeliveryStreamType: DirectPut
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
    /// ```
    ///
    /// ## References
    /// `CreateDeliveryStream` in the service model; service behaviour, section 15.
    "FH101", "no-destination", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    // An include brings properties that are not written here.
    if scope.stream.node.get("Fn::Transform").is_some() {
        return;
    }
    let unknown = scope.properties().is_some_and(|place| place.node.as_map().is_none());
    if unknown || !scope.destinations().is_empty() || misspelt(scope) {
        return;
    }
    let finding = Finding::key(&scope.block(), "the stream has no destination")
        .service("Exactly one destination configuration is supported for a Firehose")
        .help("add one destination, such as `ExtendedS3DestinationConfiguration`");
    findings.add(finding);
}

/// A destination under a wrong name is FH006's to tell.
fn misspelt(scope: &Scope<'_>) -> bool {
    let entries = scope.properties().map(|place| place.entries()).unwrap_or_default();
    entries.iter().any(|(key, _)| key.to_ascii_lowercase().contains("destination"))
}
