use crate::rule;
use crate::rules::scope::S3Role;
use crate::rules::{Finding, Findings, Scope, origin, repair};

rule! {
    /// The interval of a backup or intermediate bucket is below 60 seconds, or that of an S3 destination is 0.
    ///
    /// ## Why
    /// Zero buffering is not meant for the buckets behind a destination, and below a minute the service writes with
    /// multipart uploads, which cost more requests. On an S3 destination an interval of 0 makes an object of every put or
    /// batch; 1 to 59 seconds are fine there.
    ///
    /// ## Fires on
    /// ```yaml
    /// SplunkDestinationConfiguration:
    ///   HECEndpoint: https://splunk.example.com:8088
    ///   HECEndpointType: Event
    ///   HECToken: "{{resolve:secretsmanager:splunk:SecretString:token}}"
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-backup
    ///     BufferingHints: {SizeInMBs: 5, IntervalInSeconds: 0}
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   BufferingHints: {SizeInMBs: 5, IntervalInSeconds: 10}
    /// ```
    ///
    /// ## References
    /// Developer guide, buffering hints; service behaviour, sections 3 and 16.
    "FH209", "short-interval", Warning, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let template = scope.template();
    for block in scope.s3_blocks() {
        let Some(place) = block.place.at(&["BufferingHints", "IntervalInSeconds"]) else { continue };
        let Some(seconds) = place.node.as_number().filter(|seconds| (0.0..60.0).contains(seconds)) else {
            continue;
        };
        let is_behind = matches!(block.role, S3Role::Nested | S3Role::Backup);
        let message = match (is_behind, seconds == 0.0) {
            (true, true) => "zero buffering is not available for a backup or intermediate bucket".to_owned(),
            (true, false) => {
                format!(
                    "`IntervalInSeconds` is {seconds}; below 60 this bucket is written with multipart uploads"
                )
            }
            // With dynamic partitioning it is FH207's to tell.
            (false, true) if block.is_partitioned() != Some(true) => {
                "with an interval of 0 every put or batch becomes an object of its own".to_owned()
            }
            (false, _) => continue,
        };
        let mut finding = Finding::at(&place, message).help("set `IntervalInSeconds` to 60 or more");
        // On a destination zero buffering may be what is wanted.
        if is_behind {
            finding = finding.fix_if(repair::replace(template, &place, "60"));
        }
        findings.add(origin::explain(finding, template, &place));
    }
}
