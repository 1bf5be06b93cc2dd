use crate::rule;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// An HTTP endpoint destination has no `RoleARN`.
    ///
    /// ## Why
    /// It is optional in the schema, and it is the role that the service uses for everything that the stream
    /// does besides the request: invoking a function, writing logs, reading a secret.
    ///
    /// ## Fires on
    /// ```yaml
    /// HttpEndpointDestinationConfiguration:
    ///   EndpointConfiguration:
    ///     Name: collector
    ///     Url: https://collector.example.com/v1
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
    /// Service model `HttpEndpointDestinationConfiguration`.
    "FH634", "http-without-role", Warning, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let Some(http) = scope.at(&["HttpEndpointDestinationConfiguration"]) else { return };
    let is_other_spelling = |(key, _): &(&str, _)| key.eq_ignore_ascii_case("RoleARN");
    if http.node.as_map().is_none() || http.entries().iter().any(is_other_spelling) {
        return;
    }
    findings.add(
        Finding::key(&http, "the HTTP endpoint destination has no `RoleARN`")
            .help("add the role that delivers, at the level of the destination"),
    );
}
