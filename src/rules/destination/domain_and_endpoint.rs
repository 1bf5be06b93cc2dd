use super::search;
use crate::rule;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// An OpenSearch or Elasticsearch destination has both `DomainARN` and `ClusterEndpoint`.
    ///
    /// ## Why
    /// They are two ways to name one cluster; the service takes one of them.
    ///
    /// ## Fires on
    /// ```yaml
    /// AmazonopensearchserviceDestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   DomainARN: arn:aws:es:eu-west-1:444455556666:domain/logs
    ///   IndexName: events
    ///   ClusterEndpoint: https://logs.example.com
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// AmazonopensearchserviceDestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   DomainARN: arn:aws:es:eu-west-1:444455556666:domain/logs
    ///   IndexName: events
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Service behaviour, section 15; resource sheet, section 4.
    "FH611", "domain-and-endpoint", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for destination in search::with_domain(scope) {
        let (Some(domain), Some(endpoint)) =
            (destination.get("DomainARN"), destination.get("ClusterEndpoint"))
        else {
            continue;
        };
        if !domain.is_surely_set() || !endpoint.is_surely_set() {
            continue;
        }
        let finding = Finding::key(&endpoint, "`ClusterEndpoint` beside `DomainARN`")
            .service(
                "Cannot provide both Elasticsearch cluster endpoint and domain ARN. Provide either the cluster \
                 endpoint or domain arn.",
            )
            .related(domain.key_span, "the domain")
            .help("remove one of them");
        findings.add(finding);
    }
}
