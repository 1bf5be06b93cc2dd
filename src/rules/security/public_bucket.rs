use crate::rule;
use crate::rules::referent::referent;
use crate::rules::{Finding, Findings, Place, Scope};
use crate::template::Resource;

rule! {
    /// A destination bucket of the template can be read by the public.
    ///
    /// ## Why
    /// What is delivered is seldom meant for everyone. Looked at are the canned ACL, switched-off public
    /// access blocks, and policies that allow any principal without a condition.
    ///
    /// ## Fires on
    /// ```yaml
    /// Resources:
    ///   Bucket:
    ///     Type: AWS::S3::Bucket
    ///     Properties:
    ///       AccessControl: PublicRead
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: !GetAtt Bucket.Arn
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// Resources:
    ///   Bucket:
    ///     Type: AWS::S3::Bucket
    ///     Properties:
    ///       PublicAccessBlockConfiguration: {BlockPublicAcls: true, BlockPublicPolicy: true}
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: !GetAtt Bucket.Arn
    /// ```
    ///
    /// ## References
    /// Amazon S3 user guide, blocking public access; resource sheet, section 11.
    "FH805", "public-bucket", Warning, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for block in scope.s3_blocks() {
        let Some(arn) = block.place.get("BucketARN") else { continue };
        let Some(bucket) = referent(scope.view, arn.node, &["AWS::S3::Bucket"]) else { continue };
        if let Some(properties) = scope.view.properties(bucket) {
            check_bucket(bucket, &properties, findings);
        }
        for policy in scope.view.of_kind("AWS::S3::BucketPolicy") {
            let Some(properties) = scope.view.properties(policy) else { continue };
            let named = properties
                .get("Bucket")
                .and_then(|name| referent(scope.view, name.node, &["AWS::S3::Bucket"]));
            if named.is_some_and(|named| named.logical_id == bucket.logical_id) {
                check_policy(bucket, &properties, findings);
            }
        }
    }
}

fn check_bucket(bucket: &Resource, properties: &Place<'_>, findings: &mut Findings<'_>) {
    let id = &bucket.logical_id;
    if let Some(acl) = properties.get("AccessControl")
        && let Some(name @ ("PublicRead" | "PublicReadWrite" | "AuthenticatedRead")) = acl.known().as_deref()
    {
        let finding = Finding::at(&acl, format!("the destination bucket `{id}` has the ACL `{name}`"))
            .help("remove `AccessControl`, and block public access");
        findings.add(finding);
    }
    let Some(access) = properties.get("PublicAccessBlockConfiguration") else { return };
    for (key, value) in access.entries().iter().filter(|(_, value)| value.node.as_bool() == Some(false)) {
        let finding = Finding::at(value, format!("`{key}` is off for the destination bucket `{id}`"))
            .help(format!("set `{key}: true`"));
        findings.add(finding);
    }
}

fn check_policy(bucket: &Resource, properties: &Place<'_>, findings: &mut Findings<'_>) {
    let Some(statements) = properties.at(&["PolicyDocument", "Statement"]) else { return };
    let statements = match statements.node.as_list() {
        Some(_) => statements.items(),
        None => vec![statements],
    };
    for statement in statements {
        let is_allow =
            statement.get("Effect").is_some_and(|effect| effect.known().as_deref() == Some("Allow"));
        if !is_allow || statement.get("Condition").is_some() {
            continue;
        }
        let Some(principal) = statement.get("Principal") else { continue };
        let aws = principal.get("AWS");
        let named = aws
            .iter()
            .flat_map(|aws| if aws.node.as_list().is_some() { aws.items() } else { vec![aws.clone()] });
        let any = named.chain([principal]).find(|place| place.known().as_deref() == Some("*"));
        if let Some(any) = any {
            let message =
                format!("the policy of the destination bucket `{}` allows everyone", bucket.logical_id);
            findings.add(Finding::at(&any, message).help("name the principals, or add a condition"));
        }
    }
}
