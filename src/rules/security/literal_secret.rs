use crate::foundation::document::{Chunk, HOLE, Text};
use crate::model::http_partners;
use crate::rule;
use crate::rules::secret::{self, SecretSource};
use crate::rules::{Finding, Findings, Scope};
use std::ops::Range;

rule! {
    /// A password, key or token stands in the template.
    ///
    /// ## Why
    /// Whoever can read the template or the stack can read it. The message never repeats it. A plain parameter of
    /// Parameter Store (`{{resolve:ssm:...}}`) is no better: it is shown to whoever may read the stack.
    ///
    /// ## Fires on
    /// ```yaml
    /// HttpEndpointDestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   EndpointConfiguration:
    ///     Url: https://collector.example.com/v1
    ///     AccessKey: example-access-key
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
    ///     Url: https://collector.example.com/v1
    ///     AccessKey: "{{resolve:secretsmanager:collector:SecretString:api_key}}"
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// CloudFormation user guide, dynamic references; developer guide, authentication with Secrets Manager.
    "FH802", "literal-secret", Warning, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for secret in secret::secrets(scope) {
        for source in &secret.sources {
            let (span, section) = match source {
                SecretSource::Literal(span) => (span, "the template"),
                SecretSource::Mapping(span) => (span, "`Mappings`"),
                SecretSource::Stored(span) => (span, "Parameter Store, unencrypted"),
                SecretSource::Parameter(..) => continue,
            };
            let message = format!("the value of `{}` stands in {section}", secret.property);
            let finding = Finding::anywhere(*span, &secret.path, message)
                .resource(&*scope.stream.logical_id)
                .help("use `{{resolve:secretsmanager:...}}`, or `SecretsManagerConfiguration`");
            findings.add(finding);
        }
    }
    check_url(scope, findings);
}

/// A token in the URL of an HTTP endpoint, where it is written literally.
fn check_url(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let keys = ["HttpEndpointDestinationConfiguration", "EndpointConfiguration", "Url"];
    let Some(place) = scope.at(&keys) else { return };
    let Some(text) = place.text() else { return };
    let masked = text.masked();
    for part in http_partners::secret_parts(&masked) {
        if is_literal(text, &part) {
            let finding = Finding::inside(findings.template(), &place, part, "a token stands in `Url`")
                .help("put it together with `{{resolve:secretsmanager:...}}`, or send it as `AccessKey`");
            findings.add(finding);
        }
    }
}

/// Whether a part of a text is written literally at its place, and not only a placeholder in angle brackets.
fn is_literal(text: &Text, part: &Range<usize>) -> bool {
    let mut at = 0;
    let mut written = String::new();
    for chunk in &text.chunks {
        let (length, literal) = match chunk {
            Chunk::Known(text, origin) => (text.len(), origin.literal.then_some(&**text)),
            Chunk::Unknown(..) => (HOLE.len_utf8(), None),
        };
        let (from, to) = (part.start.clamp(at, at + length) - at, part.end.clamp(at, at + length) - at);
        if from < to {
            let Some(text) = literal else { return false };
            written.push_str(&text[from..to]);
        }
        at += length;
    }
    let is_placeholder = written.starts_with('<') && written.ends_with('>');
    !written.is_empty() && !is_placeholder
}
