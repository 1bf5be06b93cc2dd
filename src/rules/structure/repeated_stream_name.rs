use std::collections::BTreeMap;

use crate::foundation::span::Span;
use crate::rule;
use crate::rules::{Finding, Findings, View};
use crate::template::DELIVERY_STREAM;

rule! {
    /// Two delivery streams of the template have the same name.
    ///
    /// ## Why
    /// The name is the primary identifier: the second one already exists.
    ///
    /// ## Fires on
    /// ```yaml
    /// Resources:
    ///   One:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       DeliveryStreamName: events
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: arn:aws:s3:::example-data
    ///   Two:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       DeliveryStreamName: events
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// Resources:
    ///   One:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       DeliveryStreamName: events
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: arn:aws:s3:::example-data
    ///   Two:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Resource sheet, section 1; `ResourceInUseException`.
    "FH019", "repeated-stream-name", Error, since "0.1.0", Template(check)
}

fn check(view: &View<'_>, findings: &mut Findings<'_>) {
    let mut first: BTreeMap<String, Span> = BTreeMap::new();
    for stream in view.of_kind(DELIVERY_STREAM) {
        let Some(place) = view.properties(stream).and_then(|place| place.get("DeliveryStreamName")) else {
            continue;
        };
        let Some(name) = place.known().map(|name| name.into_owned()) else { continue };
        match first.get(&name) {
            Some(span) => {
                let finding =
                    Finding::at(&place, format!("another stream of this template is called `{name}`"))
                        .related(*span, "first here")
                        .service(format!("{name} already exists"))
                        .help("drop the name, or make it unique");
                findings.add(finding);
            }
            None => {
                first.insert(name, place.node.span);
            }
        }
    }
}
