use super::https;
use crate::rule;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// `Url` of an HTTP endpoint does not begin with `https://`.
    ///
    /// ## Why
    /// The service delivers over TLS only, to port 443; CloudFormation takes any text.
    ///
    /// ## Fires on
    /// ```yaml
    /// HttpEndpointDestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   EndpointConfiguration:
    ///     Name: collector
    ///     Url: http://collector.example.com/v1
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// HttpEndpointDestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   EndpointConfiguration:
    ///     Name: collector
    ///     Url: https://collector.example.com/v1
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Service model `HttpEndpointUrl`; service behaviour, section 10.6.
    "FH631", "url-not-https", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let keys = ["HttpEndpointDestinationConfiguration", "EndpointConfiguration", "Url"];
    let Some(place) = scope.at(&keys) else { return };
    let Some(text) = place.text().map(|text| text.masked()) else { return };
    let Some(scheme) = https::wrong_scheme(&text) else { return };
    let template = findings.template();
    let finding = match scheme.is_empty() {
        true => Finding::at(&place, "`Url` has no `https://`"),
        false => {
            let message = format!("`Url` begins with `{}://`", &text[scheme.clone()]);
            Finding::inside(template, &place, scheme.clone(), message)
        }
    };
    let finding = finding
        .service("Member must satisfy regular expression pattern: https://.*")
        .help("deliver to an `https://` URL");
    findings.add(match https::repair(template, &place, &text, &scheme) {
        Some(fix) => finding.fix(fix),
        None => finding,
    });
}
