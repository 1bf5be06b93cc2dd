use crate::foundation::diagnostic::Fix;
use crate::rule;
use crate::rules::structure::unknown_property::requoted;
use crate::rules::{Finding, Findings};
use crate::template::{DELIVERY_STREAM, Template};

rule! {
    /// The type of a resource is that of a delivery stream but for the case of its letters.
    ///
    /// ## Why
    /// CloudFormation tells types by their exact letters, and refuses the template. Other rules can't look at the
    /// resource before its type is right.
    ///
    /// ## Fires on
    /// ```yaml
    /// Resources:
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::Deliverystream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: arn:aws:s3:::example-data
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
    /// ```
    ///
    /// ## References
    /// CloudFormation template reference, resource types.
    "FH024", "misspelt-type", Error, since "0.1.0", Document(check)
}

fn check(template: &Template, findings: &mut Findings<'_>) {
    for resource in &template.resources {
        let kind = &*resource.kind;
        if kind == DELIVERY_STREAM || !kind.eq_ignore_ascii_case(DELIVERY_STREAM) {
            continue;
        }
        let Some(node) = resource.node.get("Type") else { continue };
        let path = format!("Resources/{}/Type", resource.logical_id);
        let finding = Finding::anywhere(node.span, path, format!("there is no resource type `{kind}`"))
            .resource(&*resource.logical_id)
            .service("Template format error: Unrecognized resource types")
            .help(format!("did you mean `{DELIVERY_STREAM}`?"))
            .fix(Fix::replace(node.span, requoted(template, node.span, DELIVERY_STREAM)));
        findings.add(finding);
    }
}
