use super::walk;
use crate::rule;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// A stream exists where a resource that it needs does not.
    ///
    /// ## Why
    /// For some parameter values the deployment ends in `Unresolved resource dependencies`.
    ///
    /// ## Fires on
    /// ```yaml
    /// Parameters:
    ///   Own: {Type: String, Default: "yes", AllowedValues: ["yes", "no"]}
    /// Conditions:
    ///   Own: !Equals [!Ref Own, "yes"]
    /// Resources:
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: !GetAtt Bucket.Arn
    ///   Bucket: {Type: AWS::S3::Bucket, Condition: Own}
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// Parameters:
    ///   Own: {Type: String, Default: "yes", AllowedValues: ["yes", "no"]}
    /// Conditions:
    ///   Own: !Equals [!Ref Own, "yes"]
    /// Resources:
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: !If [Own, !GetAtt Bucket.Arn, "arn:aws:s3:::example-data"]
    ///   Bucket: {Type: AWS::S3::Bucket, Condition: Own}
    /// ```
    ///
    /// ## References
    /// CloudFormation user guide, conditions.
    "FH020", "condition-mismatch", Warning, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let Some(properties) = scope.properties() else { return };
    walk::values(&properties, &mut |place| {
        for (target, span) in walk::references(place.node) {
            let Some(resource) = scope.view.template.resource(&target) else { continue };
            if !scope.view.exists(resource) {
                let condition = resource.condition().unwrap_or("");
                let message = format!(
                    "`{target}` exists only where `{condition}` holds; the stream exists without it too"
                );
                let finding = Finding::at(place, message)
                    .span(span)
                    .related(resource.id_span, "the conditional resource")
                    .help("give both the same condition, or choose with `Fn::If`");
                findings.add(finding);
            }
        }
    });
}
