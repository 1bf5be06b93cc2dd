use crate::rule;
use crate::rules::referent::referent;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// The stream uses `ElasticsearchDestinationConfiguration`, which is superseded.
    ///
    /// ## Why
    /// `AmazonopensearchserviceDestinationConfiguration` takes the same properties and covers both engines. A
    /// present stream is replaced by the change, so it is for when that may be.
    ///
    /// ## Fires on
    /// ```yaml
    /// ElasticsearchDestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   DomainARN: arn:aws:es:eu-west-1:444455556666:domain/logs
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
    ///   DomainARN: arn:aws:es:eu-west-1:444455556666:domain/logs
    ///   IndexName: events
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Service model `CreateDeliveryStream`; resource sheet, section 3.
    "FH906", "legacy-elasticsearch-destination", Warning, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let Some(legacy) = scope.at(&["ElasticsearchDestinationConfiguration"]) else { return };
    let domain = legacy
        .get("DomainARN")
        .and_then(|arn| referent(scope.view, arn.node, &["AWS::OpenSearchService::Domain"]));
    let message = match domain {
        Some(_) => "`ElasticsearchDestinationConfiguration` for an OpenSearch domain is superseded",
        None => "`ElasticsearchDestinationConfiguration` is superseded",
    };
    let mut finding = Finding::key(&legacy, message)
        .help("use `AmazonopensearchserviceDestinationConfiguration` when the stream may be replaced");
    if let Some(domain) = domain {
        finding = finding.related(domain.id_span, "the OpenSearch domain");
    }
    findings.add(finding);
}
