use crate::rule;
use crate::rules::{Finding, Findings, Place, Scope};

rule! {
    /// The stream has more than one destination.
    ///
    /// ## Why
    /// The service takes exactly one, and refuses the stream; neither CloudFormation nor a schema check says so.
    /// Destinations under `Fn::If` count where their conditions can hold together.
    ///
    /// ## Fires on
    /// ```yaml
    /// S3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
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
    ///   S3BackupMode: Enabled
    ///   S3BackupConfiguration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-source-records
    /// ```
    ///
    /// ## References
    /// `CreateDeliveryStream` in the service model; service behaviour, section 15.
    "FH102", "several-destinations", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    // An `Fn::If` that nothing decides may stand for `AWS::NoValue`; a key that stands twice is FH002's to tell.
    let mut set: Vec<(&str, Place<'_>)> = Vec::new();
    for (name, place) in scope.destinations() {
        if place.is_set() && !place.node.is_unknown() && set.iter().all(|(known, _)| *known != name) {
            set.push((name, place));
        }
    }
    let [(first, first_place), (second, second_place), others @ ..] = set.as_slice() else { return };
    let message = format!("`{second}` is a second destination; the stream already has `{first}`");
    let mut finding = Finding::key(second_place, message)
        .service("Exactly one destination configuration is supported for a Firehose")
        .help("keep one destination; a second copy in S3 is what `S3BackupConfiguration` is for")
        .related(first_place.key_span, "the first destination");
    for (_, place) in others {
        finding = finding.related(place.key_span, "one more destination");
    }
    findings.add(finding);
}
