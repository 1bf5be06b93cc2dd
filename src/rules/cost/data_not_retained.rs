use crate::rule;
use crate::rules::referent::referent;
use crate::rules::{Finding, Findings, Place, Scope};

rule! {
    /// The bucket or key that a stream writes with is deleted together with the stack.
    ///
    /// ## Why
    /// Deleting a stack fails on a bucket with objects in it, and schedules a key for deletion, with which
    /// everything that it encrypted becomes unreadable.
    ///
    /// ## Fires on
    /// ```yaml
    /// Resources:
    ///   Bucket:
    ///     Type: AWS::S3::Bucket
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
    ///     DeletionPolicy: Retain
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: !GetAtt Bucket.Arn
    /// ```
    ///
    /// ## References
    /// CloudFormation user guide, `DeletionPolicy`.
    "FH908", "data-not-retained", Info, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let sse = scope.at(&["DeliveryStreamEncryptionConfigurationInput", "KeyARN"]);
    let mut used: Vec<(Place<'_>, &str)> = sse.into_iter().map(|key| (key, KEY)).collect();
    for block in scope.s3_blocks() {
        used.extend(block.place.get("BucketARN").map(|arn| (arn, BUCKET)));
        let key = block.place.at(&["EncryptionConfiguration", "KMSEncryptionConfig", "AWSKMSKeyARN"]);
        used.extend(key.map(|key| (key, KEY)));
    }
    for (place, kind) in used {
        let Some(resource) = referent(scope.view, place.node, &[kind]) else { continue };
        let policy = resource.node.as_map().and_then(|map| map.entry("DeletionPolicy"));
        let is_kept = policy.is_some_and(|policy| policy.node.as_text().is_none_or(|text| text != "Delete"));
        if is_kept {
            continue;
        }
        let (what, loss) = match kind {
            BUCKET => ("bucket", "it holds what the stream delivers"),
            _ => ("key", "what it encrypts can't be read without it"),
        };
        let id = &resource.logical_id;
        let (span, path) = match policy {
            Some(policy) => (policy.node.span, format!("Resources/{id}/DeletionPolicy")),
            None => (resource.id_span, format!("Resources/{id}")),
        };
        let finding =
            Finding::anywhere(span, path, format!("the {what} `{id}` goes with the stack, and {loss}"))
                .resource(&**id)
                .help("set `DeletionPolicy: Retain`");
        findings.add(finding);
    }
}

const BUCKET: &str = "AWS::S3::Bucket";
const KEY: &str = "AWS::KMS::Key";
