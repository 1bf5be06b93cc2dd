use super::walk;
use crate::rule;
use crate::rules::shape::shown;
use crate::rules::{Finding, Findings, Place, Scope};

rule! {
    /// An ARN of the wrong service or shape for its property.
    ///
    /// ## Why
    /// The registry takes anything that begins with `arn:`; the service compares the whole value with its own pattern.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data/logs/
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: logs/
    /// ```
    ///
    /// ## References
    /// Service model patterns; resource sheet, sections 8 and 9.
    "FH012", "wrong-arn", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let mut seen = Vec::new();
    for shape in scope.shape().iter().filter(|shape| shape.error.rule == "FH012") {
        // That a name stands for an ARN is FH011's to tell.
        let is_name =
            walk::reference(shape.place.node).is_some_and(|reference| reference.attribute.is_none());
        if !is_name && bucket_path(&shape.place).is_none() {
            findings.add(finding(&shape.place, &shape.name, shape.error.limit.as_str().unwrap_or("")));
            seen.push(shape.place.path.clone());
        }
    }
    for block in scope.s3_blocks() {
        let Some(place) = block.place.get("BucketARN") else { continue };
        if let Some(range) = bucket_path(&place).filter(|_| !seen.contains(&place.path)) {
            let finding = Finding::inside(scope.template(), &place, range, "a bucket's ARN has no path")
                .service("Member must satisfy regular expression pattern: arn:.*:s3:::[\\w\\.\\-]{1,255}")
                .help("give the bare bucket's ARN, and put the path in `Prefix`");
            findings.add(finding);
        }
    }
}

/// Where in a bucket's ARN a path begins, unknown parts allowed for.
fn bucket_path(place: &Place<'_>) -> Option<std::ops::Range<usize>> {
    let text = place.text()?.masked();
    let bucket = text.find(":s3:::")? + ":s3:::".len();
    let slash = bucket + text[bucket..].find('/')?;
    place.path.ends_with("/BucketARN").then_some(slash..text.len())
}

fn finding(place: &Place<'_>, name: &str, pattern: &str) -> Finding {
    let text = place.known().unwrap_or_default();
    let wanted = match name {
        "BucketARN" => "arn:aws:s3:::<bucket>",
        "RoleARN" => "arn:aws:iam::<account>:role/<name>",
        "KeyARN" | "AWSKMSKeyARN" => "arn:aws:kms:<region>:<account>:key/<id>",
        "KinesisStreamARN" => "arn:aws:kinesis:<region>:<account>:stream/<name>",
        "DomainARN" => "arn:aws:es:<region>:<account>:domain/<name>",
        "SecretARN" => "arn:aws:secretsmanager:<region>:<account>:secret:<name>",
        "MSKClusterARN" => "arn:aws:kafka:<region>:<account>:cluster/<name>/<id>",
        _ => "arn:aws:...",
    };
    let service = text.strip_prefix("arn:").and_then(|rest| rest.split(':').nth(1)).unwrap_or("");
    let expected = wanted.split(':').nth(2).unwrap_or("");
    let message = match service {
        "" => format!("`{name}` is {}, which is no ARN", shown(place)),
        service if service != expected => {
            format!("`{name}` is an ARN of `{service}`; it needs one of `{expected}`")
        }
        _ => format!("`{name}` is {}, which has the wrong shape", shown(place)),
    };
    Finding::at(place, message)
        .service(format!("Member must satisfy regular expression pattern: {pattern}"))
        .help(format!("give it the form `{wanted}`"))
}
