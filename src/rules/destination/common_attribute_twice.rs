use crate::foundation::span::Span;
use crate::rule;
use crate::rules::{Finding, Findings, Scope};
use std::collections::BTreeMap;

rule! {
    /// A name stands twice in `CommonAttributes`.
    ///
    /// ## Why
    /// The attributes become one JSON object in a header of each request; the service refuses a name that
    /// stands twice.
    ///
    /// ## Fires on
    /// ```yaml
    /// HttpEndpointDestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   EndpointConfiguration:
    ///     Name: collector
    ///     Url: https://collector.example.com/v1
    ///   RequestConfiguration:
    ///     CommonAttributes:
    ///       - {AttributeName: env, AttributeValue: test}
    ///       - {AttributeName: env, AttributeValue: production}
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
    ///   RequestConfiguration:
    ///     CommonAttributes:
    ///       - {AttributeName: env, AttributeValue: test}
    ///       - {AttributeName: team, AttributeValue: test}
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Service behaviour, sections 10.6 and 15.
    "FH632", "common-attribute-twice", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let keys = ["HttpEndpointDestinationConfiguration", "RequestConfiguration", "CommonAttributes"];
    let Some(attributes) = scope.at(&keys) else { return };
    let mut seen: BTreeMap<String, Span> = BTreeMap::new();
    for attribute in attributes.items() {
        let Some(name) = attribute.get("AttributeName") else { continue };
        let Some(text) = name.known() else { continue };
        match seen.get(&*text) {
            None => {
                seen.insert(text.into_owned(), name.node.span);
            }
            Some(first) => {
                let finding = Finding::at(&name, format!("the attribute `{text}` stands twice"))
                    .service("Http Endpoint Common Attributes have duplicate name …")
                    .related(*first, "first here")
                    .help("remove one of them");
                findings.add(finding);
            }
        }
    }
}
