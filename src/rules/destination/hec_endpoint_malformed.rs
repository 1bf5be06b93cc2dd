use super::https;
use crate::foundation::document::HOLE;
use crate::rule;
use crate::rules::{Finding, Findings, Scope};
use std::ops::Range;

rule! {
    /// `HECEndpoint` is not `https://<domain>[:<port>]`.
    ///
    /// ## Why
    /// The service appends the path of the HTTP event collector itself, and delivers over TLS only.
    /// CloudFormation takes any text.
    ///
    /// ## Fires on
    /// ```yaml
    /// SplunkDestinationConfiguration:
    ///   HECEndpoint: hec.example.com:8088
    ///   HECEndpointType: Raw
    ///   SecretsManagerConfiguration:
    ///     Enabled: true
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     SecretARN: arn:aws:secretsmanager:eu-west-1:444455556666:secret:destination-AbCdEf
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// SplunkDestinationConfiguration:
    ///   HECEndpoint: https://hec.example.com:8088
    ///   HECEndpointType: Raw
    ///   SecretsManagerConfiguration:
    ///     Enabled: true
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     SecretARN: arn:aws:secretsmanager:eu-west-1:444455556666:secret:destination-AbCdEf
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Service behaviour, sections 10.5 and 15.
    "FH621", "hec-endpoint-malformed", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let Some(place) = scope.at(&["SplunkDestinationConfiguration", "HECEndpoint"]) else { return };
    let Some(text) = place.text().map(|text| text.masked()) else { return };
    let template = findings.template();
    let finding = if let Some(scheme) = https::wrong_scheme(&text) {
        let message = match scheme.is_empty() {
            true => "`HECEndpoint` has no `https://`".to_owned(),
            false => format!("`HECEndpoint` begins with `{}://`", &text[scheme.clone()]),
        };
        let finding = match scheme.is_empty() {
            true => Finding::at(&place, message),
            false => Finding::inside(template, &place, scheme.clone(), message),
        };
        match https::repair(template, &place, &text, &scheme) {
            Some(fix) => finding.fix(fix),
            None => finding,
        }
    } else if let Some((range, message)) = mistake(&text) {
        Finding::inside(template, &place, range, message)
    } else {
        return;
    };
    findings.add(
        finding
            .service("Invalid HECEndpoint. Supported endpoint format is https://<domain>:<port>.")
            .help("write `https://<domain>:<port>`"),
    );
}

/// What is wrong behind `https://`.
fn mistake(text: &str) -> Option<(Range<usize>, &'static str)> {
    let start = text.starts_with("https://").then_some("https://".len())?;
    let end = text[start..].find(['/', '?', '#']).map_or(text.len(), |at| start + at);
    if start == end {
        return Some((0..text.len(), "`HECEndpoint` has no domain"));
    }
    // A slash alone names no path.
    if end < text.len() && &text[end..] != "/" {
        return Some((end..text.len(), "`HECEndpoint` has a path, which the service adds itself"));
    }
    let authority = &text[start..end];
    let colon = authority.rfind(':').filter(|_| !authority.contains(HOLE))?;
    let is_port = authority[colon + 1..].parse::<u16>().is_ok_and(|port| port > 0);
    (!is_port).then_some((start + colon..end, "the port of `HECEndpoint` is no port number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wrong_part_is_pointed_at() {
        let wrong = |text: &str| mistake(text).map(|(range, _)| text[range].to_owned());
        assert_eq!(wrong("https://hec.example.com"), None);
        assert_eq!(wrong("https://hec.example.com:8088/"), None);
        assert_eq!(wrong("https://\u{FFFC}:\u{FFFC}"), None);
        assert_eq!(wrong("https://\u{FFFC}:8088/services").as_deref(), Some("/services"));
        assert_eq!(wrong("https://a:80880").as_deref(), Some(":80880"));
        assert_eq!(wrong("https://").as_deref(), Some("https://"));
    }
}
