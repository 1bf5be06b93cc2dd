use crate::foundation::diagnostic::Severity;
use crate::rule;
use crate::rules::{Finding, Findings, Scope, origin, shape};

rule! {
    /// The retry duration of a destination is 0, or outside 0–7200 seconds.
    ///
    /// ## Why
    /// With 0 the first failure of a delivery sends its data to the backup bucket, also when the endpoint would have
    /// taken it a second later. What is outside the range is refused, which makes the finding an error.
    ///
    /// ## Fires on
    /// ```yaml
    /// HttpEndpointDestinationConfiguration:
    ///   EndpointConfiguration:
    ///     Url: https://intake.example.com/v1
    ///     Name: intake
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BufferingHints: {SizeInMBs: 4, IntervalInSeconds: 60}
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-backup
    ///   RetryOptions:
    ///     DurationInSeconds: 0
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// HttpEndpointDestinationConfiguration:
    ///   EndpointConfiguration:
    ///     Url: https://intake.example.com/v1
    ///     Name: intake
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BufferingHints: {SizeInMBs: 4, IntervalInSeconds: 60}
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-backup
    ///   RetryOptions:
    ///     DurationInSeconds: 300
    /// ```
    ///
    /// ## References
    /// Service model `HttpEndpointRetryOptions` and its siblings; resource sheet, section 5.
    "FH211", "no-retry", Warning, since "0.1.0", Stream(check)
}

/// The destinations with a retry duration of their own, and its default: resource sheet, section 5, and service
/// behaviour, section 11.
const RETRYING: [(&str, u32); 7] = [
    ("AmazonOpenSearchServerlessDestinationConfiguration", 300),
    ("AmazonopensearchserviceDestinationConfiguration", 300),
    ("ElasticsearchDestinationConfiguration", 300),
    ("HttpEndpointDestinationConfiguration", 300),
    ("RedshiftDestinationConfiguration", 3600),
    ("SnowflakeDestinationConfiguration", 60),
    ("SplunkDestinationConfiguration", 300),
];

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let template = scope.template();
    for shape in scope.shape().iter().filter(|shape| shape.error.rule == "FH211") {
        findings.add(shape::located(template, shape).severity(Severity::Error));
    }
    for (name, default) in RETRYING {
        let Some(place) = scope.at(&[name, "RetryOptions", "DurationInSeconds"]) else { continue };
        if place.node.as_number() == Some(0.0) {
            let finding =
                Finding::at(&place, "nothing is retried: the first failure goes to the backup bucket").help(
                    format!(
                        "set `DurationInSeconds` to the default of {default}, or to what the endpoint needs"
                    ),
                );
            findings.add(origin::explain(finding, template, &place));
        }
    }
}
