use super::search;
use crate::foundation::document::{Chunk, Unknown};
use crate::rule;
use crate::rules::referent::{self, referent};
use crate::rules::{Finding, Findings, Scope};
use crate::template::Resource;

rule! {
    /// No data access policy of the template names the delivery role of an OpenSearch Serverless destination.
    ///
    /// ## Why
    /// The permission `aoss:APIAccessAll` is not enough: a data access policy of the collection must list the
    /// role as well. Without it every document goes to the backup bucket. Looked at where collection and role
    /// are both in the template.
    ///
    /// ## Fires on
    /// ```yaml
    /// Resources:
    ///   Collection:
    ///     Type: AWS::OpenSearchServerless::Collection
    ///     Properties: {Name: events}
    ///   Role:
    ///     Type: AWS::IAM::Role
    ///     Properties:
    ///       AssumeRolePolicyDocument:
    ///         Version: "2012-10-17"
    ///         Statement:
    ///           - Effect: Allow
    ///             Action: sts:AssumeRole
    ///             Principal: {Service: firehose.amazonaws.com}
    ///             Condition: {StringEquals: {"sts:ExternalId": !Ref "AWS::AccountId"}}
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       AmazonOpenSearchServerlessDestinationConfiguration:
    ///         RoleARN: !GetAtt Role.Arn
    ///         CollectionEndpoint: !GetAtt Collection.CollectionEndpoint
    ///         IndexName: events
    ///         S3Configuration:
    ///           RoleARN: !GetAtt Role.Arn
    ///           BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// Resources:
    ///   Collection:
    ///     Type: AWS::OpenSearchServerless::Collection
    ///     Properties: {Name: events}
    ///   Role:
    ///     Type: AWS::IAM::Role
    ///     Properties:
    ///       AssumeRolePolicyDocument:
    ///         Version: "2012-10-17"
    ///         Statement:
    ///           - Effect: Allow
    ///             Action: sts:AssumeRole
    ///             Principal: {Service: firehose.amazonaws.com}
    ///             Condition: {StringEquals: {"sts:ExternalId": !Ref "AWS::AccountId"}}
    ///       Policies:
    ///         - PolicyName: delivery
    ///           PolicyDocument:
    ///             Version: "2012-10-17"
    ///             Statement:
    ///               - {Effect: Allow, Action: "aoss:APIAccessAll", Resource: !GetAtt Collection.Arn}
    ///               - Effect: Allow
    ///                 Action:
    ///                   - s3:AbortMultipartUpload
    ///                   - s3:GetBucketLocation
    ///                   - s3:GetObject
    ///                   - s3:ListBucket
    ///                   - s3:ListBucketMultipartUploads
    ///                   - s3:PutObject
    ///                 Resource: ["arn:aws:s3:::example-data", "arn:aws:s3:::example-data/*"]
    ///   Access:
    ///     Type: AWS::OpenSearchServerless::AccessPolicy
    ///     Properties:
    ///       Name: delivery
    ///       Type: data
    ///       Policy: !Sub '[{"Rules": [{"ResourceType": "index", "Resource": ["index/events/*"], "Permission": ["aoss:*"]}],
    ///         "Principal": ["${Role.Arn}"]}]'
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       AmazonOpenSearchServerlessDestinationConfiguration:
    ///         RoleARN: !GetAtt Role.Arn
    ///         CollectionEndpoint: !GetAtt Collection.CollectionEndpoint
    ///         IndexName: events
    ///         S3Configuration:
    ///           RoleARN: !GetAtt Role.Arn
    ///           BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Developer guide, grant access to an OpenSearch Serverless destination; resource sheet, section 11.
    "FH617", "data-access-policy-missing", Warning, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let Some(destination) = scope.at(&[search::SERVERLESS]) else { return };
    let collection = destination
        .get("CollectionEndpoint")
        .and_then(|place| referent(scope.view, place.node, &["AWS::OpenSearchServerless::Collection"]));
    let role = destination.get("RoleARN");
    let role_of_template =
        role.as_ref().and_then(|place| referent(scope.view, place.node, &["AWS::IAM::Role"]));
    let (Some(collection), Some(place), Some(role)) = (collection, role, role_of_template) else { return };
    // Roles that the SAM transform makes, macros and nested stacks: a policy may be written elsewhere.
    if scope.template().is_open() {
        return;
    }
    let policies: Vec<_> = scope.view.of_kind("AWS::OpenSearchServerless::AccessPolicy").collect();
    if policies.iter().any(|policy| may_name(scope, policy, role)) {
        return;
    }
    let message = format!("no data access policy of the template names the role `{}`", role.logical_id);
    let mut finding = Finding::at(&place, message)
        .related(collection.id_span, "the collection")
        .help("list the role as a principal in an `AWS::OpenSearchServerless::AccessPolicy` of type `data`");
    if let Some(policy) = policies.first() {
        finding = finding.related(policy.id_span, "this policy does not name it");
    }
    findings.add(finding);
}

/// Whether a policy names the role, or has a part that might.
fn may_name(scope: &Scope<'_>, policy: &Resource, role: &Resource) -> bool {
    let Some(policy) = scope.view.template.resource(&policy.logical_id) else { return true };
    let Some(text) = scope.view.properties(policy).and_then(|place| place.get("Policy")) else { return true };
    let Some(text) = text.text() else { return true };
    let name = referent::name(scope.view, role);
    let masked = text.masked();
    let is_named = name.is_some_and(|name| masked.contains(&format!("role/{name}")));
    is_named
        || text.chunks.iter().any(|chunk| match chunk {
            Chunk::Known(..) => false,
            Chunk::Unknown(Unknown::Resource(reference), _) => {
                let target = scope.template().resource(&reference.target);
                reference.target == role.logical_id || target.is_none_or(|target| !is_companion(&target.kind))
            }
            Chunk::Unknown(Unknown::Pseudo(_), _) => false,
            Chunk::Unknown(..) => true,
        })
}

/// Types that a policy refers to for other reasons than its principals, and other roles.
fn is_companion(kind: &str) -> bool {
    kind == "AWS::IAM::Role" || kind == "AWS::IAM::User" || kind.starts_with("AWS::OpenSearchServerless::")
}
