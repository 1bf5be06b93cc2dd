use crate::foundation::diagnostic::Severity;
use crate::rule;
use crate::rules::scope::S3Role;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// The buffer of an S3 destination or backup is so small that it makes many small objects.
    ///
    /// ## Why
    /// Each object is a PUT, and each query opens all of them. Sizes count before compression, and each
    /// channel of a busy stream has a buffer of its own. Where the template has a Glue table or crawler over
    /// the data, this is a warning.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   BufferingHints: {SizeInMBs: 1, IntervalInSeconds: 60}
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   BufferingHints: {SizeInMBs: 64, IntervalInSeconds: 300}
    /// ```
    ///
    /// ## References
    /// Service behaviour, sections 3 and 16.
    "FH901", "many-small-objects", Info, since "0.1.0", Stream(check)
}

/// Up to these, both at once, objects are called small.
const SMALL_SIZE_IN_MBS: f64 = 5.0;
const SHORT_INTERVAL_IN_SECONDS: f64 = 60.0;

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let is_queried = scope.template().resources.iter().any(|resource| {
        let kinds =
            ["AWS::Glue::Table", "AWS::Glue::Crawler", "AWS::Athena::NamedQuery", "AWS::Athena::WorkGroup"];
        kinds.contains(&&*resource.kind)
    });
    for block in scope.s3_blocks().into_iter().filter(|block| block.role != S3Role::Nested) {
        let Some(hints) = block.place.get("BufferingHints") else { continue };
        let number = |key: &str| hints.get(key).and_then(|place| place.node.as_number());
        let (Some(size), Some(interval)) = (number("SizeInMBs"), number("IntervalInSeconds")) else {
            continue;
        };
        if size > SMALL_SIZE_IN_MBS || interval > SHORT_INTERVAL_IN_SECONDS || size < 0.0 || interval < 0.0 {
            continue;
        }
        let message = format!("an object at least every {interval} seconds or {size} MB");
        let finding = Finding::key(&hints, message)
            .help("set 64 to 128 MB and 300 seconds, unless data must be there soon");
        let is_table = is_queried || block.is_converted() == Some(true);
        findings.add(if is_table { finding.severity(Severity::Warning) } else { finding });
    }
}
