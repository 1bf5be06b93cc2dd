use super::references::{self, Kind, Used};
use crate::foundation::suggest::nearest;
use crate::rule;
use crate::rules::{Finding, Findings};
use crate::template::Template;
use crate::template::parameters::PSEUDO_PARAMETERS;

rule! {
    /// A reference names something that the template does not declare.
    ///
    /// ## Why
    /// The deployment is refused before it starts. Other linters do not look below properties that they do not know.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: !GetAtt NoSuchRole.Arn
    ///   BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// Resources:
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: !GetAtt Role.Arn
    ///         BucketARN: !Sub "arn:${AWS::Partition}:s3:::example-data"
    ///   Role:
    ///     Type: AWS::IAM::Role
    ///     Properties:
    ///       AssumeRolePolicyDocument:
    ///         Statement:
    ///           - {Effect: Allow, Principal: {Service: firehose.amazonaws.com}, Action: "sts:AssumeRole"}
    ///       Policies:
    ///         - PolicyName: deliver
    ///           PolicyDocument:
    ///             Statement:
    ///               - Effect: Allow
    ///                 Action: "s3:*"
    ///                 Resource: ["arn:aws:s3:::example-data", "arn:aws:s3:::example-data/*"]
    /// ```
    ///
    /// ## References
    /// CloudFormation: `Template format error: Unresolved resource dependencies`.
    "FH004", "undeclared-reference", Error, since "0.1.0", Document(check)
}

fn check(template: &Template, findings: &mut Findings<'_>) {
    if template.is_open() {
        return;
    }
    for used in references::used(template) {
        let declared = match used.kind {
            Kind::Ref => is_value(template, &used.name),
            Kind::Variable => is_value(template, &used.name) || looks_like_expression(&used.name),
            Kind::Attribute | Kind::Dependency => template.declares(&used.name),
            Kind::Condition => {
                template.section("Conditions").is_some_and(|section| section.get(&used.name).is_some())
            }
        };
        if !declared {
            findings.add(finding(template, &used));
        }
    }
}

fn is_value(template: &Template, name: &str) -> bool {
    template.parameter(name).is_some() || PSEUDO_PARAMETERS.contains(&name) || template.declares(name)
}

/// `${timestamp:yyyy}` in a `Fn::Sub` is FH017's to tell.
fn looks_like_expression(name: &str) -> bool {
    let namespace = name.trim_start_matches('!').split(':').next().unwrap_or("");
    crate::model::prefix::Namespace::from_name(namespace).is_some()
}

fn finding(template: &Template, used: &Used) -> Finding {
    let parameters = template.parameters.iter().map(|parameter| &*parameter.name);
    let resources = template.resources.iter().map(|resource| &*resource.logical_id);
    let conditions = template.section("Conditions").and_then(|node| node.as_map());
    let conditions = conditions.map(|map| map.entries.as_slice()).unwrap_or_default();
    let nearest = match used.kind {
        Kind::Condition => nearest(&used.name, conditions.iter().map(|entry| &*entry.key)),
        Kind::Attribute | Kind::Dependency => nearest(&used.name, resources),
        Kind::Ref | Kind::Variable => nearest(&used.name, parameters.chain(resources)),
    };
    let help = match (nearest, used.kind) {
        (Some(name), _) => format!("did you mean `{name}`?"),
        (None, Kind::Condition) => "declare it under `Conditions`".to_owned(),
        (None, _) => "declare the resource, or pass the value as a parameter".to_owned(),
    };
    let what = match used.kind {
        Kind::Condition => "condition",
        Kind::Ref | Kind::Variable => "parameter or resource",
        Kind::Attribute | Kind::Dependency => "resource",
    };
    let message = format!("the template declares no {what} `{}`", used.name);
    let mut finding = Finding::anywhere(used.span, &used.path, message).help(help);
    if used.kind != Kind::Condition {
        let service = format!(
            "Template format error: Unresolved resource dependencies [{}] in the {} block of the template",
            used.name,
            used.path.split('/').next().unwrap_or("Resources")
        );
        finding = finding.service(service);
    }
    if let Some(resource) = used.path.strip_prefix("Resources/").and_then(|rest| rest.split('/').next()) {
        finding = finding.resource(resource);
    }
    finding
}
