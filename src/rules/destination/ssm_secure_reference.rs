use crate::foundation::document::{Chunk, Unknown, Value};
use crate::foundation::span::Span;
use crate::rule;
use crate::rules::{Finding, Findings, Place, Scope};

rule! {
    /// A `{{resolve:ssm-secure:...}}` reference stands where CloudFormation does not resolve it.
    ///
    /// ## Why
    /// CloudFormation resolves secure strings of the Parameter Store in a listed few properties; of a
    /// delivery stream that is the password of Redshift. `Fn::Sub` and `Fn::Join` don't change that: they
    /// only put the text together.
    ///
    /// ## Fires on
    /// ```yaml
    /// HttpEndpointDestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   EndpointConfiguration:
    ///     Name: collector
    ///     Url: https://collector.example.com/v1
    ///     AccessKey: "{{resolve:ssm-secure:/collector/key:1}}"
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
    ///     AccessKey: "{{resolve:secretsmanager:collector:SecretString:key}}"
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// CloudFormation user guide, dynamic references (resources that support secure strings).
    "FH633", "ssm-secure-reference", Error, since "0.1.0", Stream(check)
}

const REFERENCE: &str = "{{resolve:ssm-secure:";

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let Some(properties) = scope.properties() else { return };
    let mut left = vec![properties];
    while let Some(place) = left.pop() {
        left.extend(place.entries().into_iter().map(|(_, below)| below));
        left.extend(place.items());
        if place.path.ends_with("/RedshiftDestinationConfiguration/Password") {
            continue;
        }
        for span in references(&place) {
            let source = &findings.template().source;
            // The part itself, where it stands in the text of the value.
            let part = source.slice(span).find(REFERENCE).map(|at| {
                let start = span.start as usize + at;
                Span::new(start, start + REFERENCE.len())
            });
            let name = place.path.rsplit('/').find(|step| step.parse::<usize>().is_err()).unwrap_or_default();
            let finding =
                Finding::at(&place, format!("CloudFormation does not resolve `ssm-secure` in `{name}`"))
                    .span(part.unwrap_or(span))
                    .help("use `{{resolve:secretsmanager:...}}`, or `SecretsManagerConfiguration`");
            findings.add(finding);
        }
    }
}

/// The places of such references in a value.
fn references(place: &Place<'_>) -> Vec<Span> {
    let is_reference = |why: &Unknown| matches!(why, Unknown::Dynamic(text) if text.starts_with(REFERENCE));
    match &place.node.value {
        Value::Unknown(why) if is_reference(why) => vec![place.node.span],
        Value::String(text) => {
            let span = |chunk: &Chunk| match chunk {
                Chunk::Unknown(why, span) if is_reference(why) => Some(*span),
                // A parameter's value, or one that is not closed.
                Chunk::Known(text, origin) if text.contains(REFERENCE) => Some(origin.scalar),
                _ => None,
            };
            text.chunks.iter().filter_map(span).collect()
        }
        _ => Vec::new(),
    }
}
