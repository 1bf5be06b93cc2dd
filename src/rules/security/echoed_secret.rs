use super::entry;
use crate::foundation::diagnostic::Fix;
use crate::rule;
use crate::rules::secret::{self, SecretSource};
use crate::rules::{Finding, Findings, Scope};
use crate::template::Parameter;

rule! {
    /// A parameter that feeds a secret has no `NoEcho: true`, or has a default.
    ///
    /// ## Why
    /// Without `NoEcho` the console and the API show its value, and a default stands in the template for
    /// everyone to read.
    ///
    /// ## Fires on
    /// ```yaml
    /// Parameters:
    ///   Key: {Type: String}
    /// Resources:
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       HttpEndpointDestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         EndpointConfiguration:
    ///           Url: https://collector.example.com/v1
    ///           AccessKey: !Ref Key
    ///         S3Configuration:
    ///           RoleARN: arn:aws:iam::444455556666:role/delivery
    ///           BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// Parameters:
    ///   Key: {Type: String, NoEcho: true}
    /// Resources:
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       HttpEndpointDestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         EndpointConfiguration:
    ///           Url: https://collector.example.com/v1
    ///           AccessKey: !Ref Key
    ///         S3Configuration:
    ///           RoleARN: arn:aws:iam::444455556666:role/delivery
    ///           BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// CloudFormation user guide, parameters (`NoEcho`).
    "FH803", "echoed-secret", Warning, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for secret in secret::secrets(scope) {
        for source in &secret.sources {
            let SecretSource::Parameter(name, used) = source else { continue };
            let Some(parameter) = scope.template().parameter(name) else { continue };
            let property = secret.property;
            let path = format!("Parameters/{name}");
            if !parameter.no_echo {
                let message = format!("the parameter `{name}` feeds `{property}` and has no `NoEcho: true`");
                let finding = Finding::anywhere(parameter.name_span, &path, message)
                    .related(*used, "used here")
                    .help("add `NoEcho: true`");
                findings.add(match repair(scope, parameter) {
                    Some(fix) => finding.fix(fix),
                    None => finding,
                });
            }
            let default = parameter.node.as_map().and_then(|map| map.entry("Default"));
            let is_set = parameter.default.as_deref().is_some_and(|default| !default.is_empty());
            if let Some(default) = default.filter(|_| is_set) {
                let message = format!("the parameter `{name}` feeds `{property}` and has a default");
                let finding = Finding::anywhere(default.key_span, format!("{path}/Default"), message)
                    .related(*used, "used here")
                    .help("remove `Default`");
                findings.add(finding);
            }
        }
    }
}

/// Switches `NoEcho` on: where it is `false`, or as a new first entry.
fn repair(scope: &Scope<'_>, parameter: &Parameter) -> Option<Fix> {
    let template = scope.template();
    let Some(entry) = parameter.node.as_map()?.entry("NoEcho") else {
        return entry::first_entry(template, &parameter.node, "NoEcho", "true");
    };
    let text = template.source.slice(entry.node.span);
    let is_false = text.trim_matches(['\'', '"']).eq_ignore_ascii_case("false");
    is_false.then(|| Fix::replace(entry.node.span, "true"))
}
