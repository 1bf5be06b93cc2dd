use super::search::{self, Engine};
use crate::foundation::diagnostic::{Fix, Severity};
use crate::foundation::document::{Chunk, HOLE};
use crate::foundation::scalar::Style;
use crate::rule;
use crate::rules::{Finding, Findings, Place, Scope};

rule! {
    /// `TypeName` is set, and the domain has no mapping types.
    ///
    /// ## Why
    /// Types are gone from OpenSearch and from Elasticsearch 7 on, and the service refuses a name for one.
    /// Where the domain is not in the template, its version is not known: then this is a warning. An empty
    /// `TypeName` is fine.
    ///
    /// ## Fires on
    /// ```yaml
    /// AmazonopensearchserviceDestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   DomainARN: arn:aws:es:eu-west-1:444455556666:domain/logs
    ///   IndexName: events
    ///   TypeName: _doc
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
    ///   TypeName: ""
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Service behaviour, sections 10.3 and 15.
    "FH613", "type-name-set", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for destination in search::with_domain(scope) {
        let Some(name) = destination.get("TypeName") else { continue };
        let has_text = match name.text() {
            Some(text) => text.masked().chars().any(|character| character != HOLE),
            None => name.known().is_some(),
        };
        if !has_text {
            continue;
        }
        let domain = search::domain(scope, &destination);
        let engine = domain.map_or(Engine::Unknown, |domain| search::engine(scope, domain));
        let mut finding =
            Finding::at(&name, "`TypeName` is set").help("remove `TypeName`, or make it `\"\"`");
        finding = match engine {
            Engine::WithTypes => continue,
            Engine::Unknown => finding.severity(Severity::Warning).help(
                "remove `TypeName` unless the domain runs Elasticsearch before 7",
            ),
            Engine::WithoutTypes => finding.service(
                "Types are deprecated in Elasticsearch version 7+ and all OpenSearch versions. TypeName must be empty.",
            ),
        };
        if let Some(domain) = domain {
            finding = finding.related(domain.id_span, "the domain");
        }
        if engine == Engine::WithoutTypes && is_plain(&name) {
            finding = finding.fix(Fix::replace(name.node.span, "\"\""));
        }
        findings.add(finding);
    }
}

/// Whether the value is one scalar on its own, that may be replaced as a whole.
fn is_plain(place: &Place<'_>) -> bool {
    let Some([Chunk::Known(_, origin)]) = place.text().map(|text| text.chunks.as_slice()) else {
        return false;
    };
    let is_flow = matches!(origin.style, Style::Plain | Style::SingleQuoted | Style::DoubleQuoted);
    origin.literal && is_flow && origin.scalar == place.node.span
}
