use super::search;
use crate::rule;
use crate::rules::{Finding, Findings, Place, Scope};

rule! {
    /// An OpenSearch or Elasticsearch destination names no cluster, or a serverless one no collection.
    ///
    /// ## Why
    /// The properties are optional in CloudFormation's schema, because there are two of them; the service
    /// refuses a stream without.
    ///
    /// ## Fires on
    /// ```yaml
    /// AmazonopensearchserviceDestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   IndexName: events
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// AmazonopensearchserviceDestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   ClusterEndpoint: https://logs.example.com
    ///   IndexName: events
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Service behaviour, sections 10.4 and 15; resource sheet, section 4.
    "FH612", "search-target-missing", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for destination in search::with_domain(scope) {
        if lacks(&destination, &["DomainARN", "ClusterEndpoint"]) {
            let finding =
                Finding::key(&destination, "the destination has neither `DomainARN` nor `ClusterEndpoint`")
                    .service("Provide either the Elasticsearch cluster endpoint or domain arn.")
                    .help("add `DomainARN`");
            findings.add(finding);
        }
    }
    if let Some(serverless) = scope.at(&[search::SERVERLESS])
        && lacks(&serverless, &["CollectionEndpoint"])
    {
        let finding = Finding::key(&serverless, "the destination has no `CollectionEndpoint`")
            .help("add `CollectionEndpoint`, such as `!GetAtt Collection.CollectionEndpoint`");
        findings.add(finding);
    }
}

/// Whether none of the properties is set. One in another spelling is FH006's to tell.
fn lacks(destination: &Place<'_>, keys: &[&str]) -> bool {
    let is_meant = |key: &str| keys.iter().any(|known| known.eq_ignore_ascii_case(key));
    let is_there =
        |(key, place): &(&str, Place<'_>)| is_meant(key) && (place.is_set() || !keys.contains(key));
    destination.node.as_map().is_some() && !destination.entries().iter().any(is_there)
}
