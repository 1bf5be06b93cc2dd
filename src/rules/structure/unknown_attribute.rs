use super::attributes;
use super::references;
use crate::foundation::suggest::nearest;
use crate::rule;
use crate::rules::{Finding, Findings};
use crate::template::Template;

rule! {
    /// `Fn::GetAtt` names an attribute that the type does not have.
    ///
    /// ## Why
    /// The deployment ends in a template error. A delivery stream has `Arn` only; its name is what `Ref` gives.
    ///
    /// ## Fires on
    /// ```yaml
    /// Resources:
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: arn:aws:s3:::example-data
    /// Outputs:
    ///   Name:
    ///     Value: !GetAtt Stream.DeliveryStreamName
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// Resources:
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: arn:aws:s3:::example-data
    /// Outputs:
    ///   Name:
    ///     Value: !Ref Stream
    ///   Arn:
    ///     Value: !GetAtt Stream.Arn
    /// ```
    ///
    /// ## References
    /// Registry schemas, read-only properties; resource sheet, section 1.
    "FH005", "unknown-attribute", Error, since "0.1.0", Document(check)
}

fn check(template: &Template, findings: &mut Findings<'_>) {
    for used in references::used(template) {
        let (Some(attribute), Some(resource)) = (&used.attribute, template.resource(&used.name)) else {
            continue;
        };
        let Some(known) = attributes::of(&resource.kind) else { continue };
        // The SAM transform replaces these two with the resources that it makes.
        let is_sam = &*resource.kind == "AWS::Serverless::Function";
        if is_sam && matches!(attribute.as_str(), "Alias" | "Version") {
            continue;
        }
        let first = attribute.split('.').next().unwrap_or("");
        if known.attributes.iter().any(|name| name == attribute || name == first) {
            continue;
        }
        let nearest = nearest(attribute, known.attributes.iter().map(String::as_str));
        let help = match nearest {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None if known.attributes.is_empty() => "the type has no attributes; use `Ref`".to_owned(),
            None => format!("it has: {}; `Ref` gives its {}", known.attributes.join(", "), known.reference),
        };
        let message = format!("{} has no attribute `{attribute}`", resource.kind);
        let service = format!(
            "Template error: resource {} does not support attribute type {attribute} in Fn::GetAtt",
            used.name
        );
        let mut finding =
            Finding::anywhere(used.attribute_span, &used.path, message).service(service).help(help);
        if let Some(holder) = used.path.strip_prefix("Resources/").and_then(|rest| rest.split('/').next()) {
            finding = finding.resource(holder);
        }
        findings.add(finding);
    }
}
