use super::api_spelling;
use crate::foundation::diagnostic::Fix;
use crate::foundation::span::Span;
use crate::foundation::suggest::nearest;
use crate::rule;
use crate::rules::shape::Shape;
use crate::rules::{Finding, Findings, Scope, processing};

rule! {
    /// A property that its block does not have.
    ///
    /// ## Why
    /// CloudFormation refuses the template. A name in the wrong case is the most common form.
    ///
    /// ## Fires on
    /// ```yaml
    /// AmazonOpenSearchServiceDestinationConfiguration:
    ///   IndexName: logs
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Registry schema of the type; resource sheet, sections 1 and 8.
    "FH006", "unknown-property", Error, since "0.1.0", Stream(check)
}

/// What people write for the name of a destination, in lower case, without `amazon` and without `Configuration`.
const ALIASES: [(&str, &str); 17] = [
    ("aoss", SERVERLESS),
    ("aossdestination", SERVERLESS),
    ("extendeds3", EXTENDED_S3),
    ("extendeds3destination", EXTENDED_S3),
    ("http", HTTP),
    ("httpdestination", HTTP),
    ("httpendpoint", HTTP),
    ("httpendpointdestination", HTTP),
    ("opensearch", OPENSEARCH),
    ("opensearchdestination", OPENSEARCH),
    ("opensearchserverless", SERVERLESS),
    ("opensearchserverlessdestination", SERVERLESS),
    ("opensearchservice", OPENSEARCH),
    ("opensearchservicedestination", OPENSEARCH),
    ("opensearchserviceserverlessdestination", SERVERLESS),
    ("s3extended", EXTENDED_S3),
    ("s3extendeddestination", EXTENDED_S3),
];
const EXTENDED_S3: &str = "ExtendedS3DestinationConfiguration";
const HTTP: &str = "HttpEndpointDestinationConfiguration";
const OPENSEARCH: &str = "AmazonopensearchserviceDestinationConfiguration";
const SERVERLESS: &str = "AmazonOpenSearchServerlessDestinationConfiguration";

/// The name that another word for a destination stands for.
fn alias(property: &str) -> Option<&'static str> {
    let word = property.to_ascii_lowercase();
    let word = word.strip_suffix("configuration").unwrap_or(&word);
    let word = word.strip_prefix("amazon").unwrap_or(word);
    ALIASES.iter().find(|(alias, _)| *alias == word).map(|(_, name)| *name)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    // A macro may take properties of its own and put others in their place.
    if scope.template().has_macro() {
        return;
    }
    for shape in scope.shape().iter().filter(|shape| shape.error.rule == "FH006") {
        let Some(property) = shape.error.property.as_deref() else { continue };
        if spoken_for(scope, shape, property) {
            continue;
        }
        let Some(place) = shape.place.get(property) else { continue };
        let known = || shape.error.known.iter().map(String::as_str);
        let meant = alias(property).filter(|name| known().any(|known| known == *name));
        let nearest = meant.or_else(|| nearest(property, known()));
        let message = format!("`{}` has no property `{property}`", shape.name);
        let finding = Finding::key(&place, message)
            .service(format!("Model validation failed (#: extraneous key [{property}] is not permitted)"));
        findings.add(match nearest {
            Some(name) => finding
                .help(format!("did you mean `{name}`?"))
                .fix(Fix::replace(place.key_span, requoted(findings.template(), place.key_span, name))),
            None => finding.help("remove it, or move it to the block that takes it"),
        });
    }
}

/// Whether a more specific rule speaks of the property.
fn spoken_for(scope: &Scope<'_>, shape: &Shape<'_>, property: &str) -> bool {
    let block = scope.s3_blocks().into_iter().find(|block| block.place.path == shape.place.path);
    api_spelling::cloudformation_name(&shape.place.path, property).is_some()
        || block.is_some_and(|block| processing::belongs_elsewhere(block.role, property))
}

/// A key in the quotes that the old one has.
pub fn requoted(template: &crate::template::Template, span: Span, name: &str) -> String {
    match template.source.slice(span).chars().next() {
        Some(quote @ ('"' | '\'')) => format!("{quote}{name}{quote}"),
        _ => name.to_owned(),
    }
}
