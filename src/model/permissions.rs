//! What a role must be allowed, by what the stream does with it: the one table that rules check against and that
//! policies are printed from.
//!
//! Source: Firehose developer guide, "Controlling access with Amazon Data Firehose" (a policy per source and
//! destination), and for `Iceberg` "Grant Firehose access to an Apache Iceberg Tables destination", for
//! `Database` "Grant Firehose access to replicate database changes", for `Msk` "Cross-account delivery from Amazon
//! MSK"; resource sheet, section 11. Whether a missing action stops the delivery is the rule catalogue's, FH7xx.

use crate::foundation::diagnostic::Severity::{self, Error, Warning};

/// Something that a stream does with a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Feature {
    /// Writing objects to a bucket: destination, intermediate bucket or backup.
    S3,
    /// Writing objects to a bucket of another account, besides [`Feature::S3`].
    S3OfAnotherAccount,
    /// Writing objects that are encrypted with a customer's key.
    S3Key,
    /// Reading a Kinesis stream.
    Kinesis,
    /// Reading a Kinesis stream that is encrypted with a customer's key.
    KinesisKey,
    /// Reading a topic of an MSK cluster.
    Msk,
    /// Telling errors in CloudWatch Logs.
    Logs,
    /// Transforming records with a function.
    Lambda,
    /// Reading the table that record format conversion takes its schema from.
    Glue,
    /// Indexing documents in an OpenSearch Service domain.
    OpenSearch,
    /// Indexing documents in an OpenSearch Serverless collection.
    OpenSearchServerless,
    /// Reaching a domain or collection in a VPC.
    Vpc,
    /// Reading credentials from Secrets Manager.
    Secret,
    /// Reading a secret that is encrypted with a customer's key.
    SecretKey,
    /// Writing Apache Iceberg tables.
    Iceberg,
    /// Putting records into the stream: what a producer's role needs. Either action is enough for most producers.
    Producer,
    /// Creating and evolving Apache Iceberg tables: schema evolution, table creation, a database source.
    IcebergSchema,
}

/// What an action is on: the forms that resource ARNs take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// `arn:aws:s3:::bucket`
    Bucket,
    /// `arn:aws:s3:::bucket/*`
    Objects,
    /// `arn:aws:kms:region:account:key/id`
    Key,
    /// `arn:aws:kinesis:region:account:stream/name`
    KinesisStream,
    /// `arn:aws:kafka:region:account:cluster/name/id`
    MskCluster,
    /// `arn:aws:kafka:region:account:topic/cluster/id/topic`
    MskTopic,
    /// `arn:aws:kafka:region:account:group/cluster/id/*`
    MskGroups,
    /// `arn:aws:logs:region:account:log-group:group:log-stream:stream`
    LogStream,
    /// `arn:aws:lambda:region:account:function:name:qualifier`
    Function,
    /// `arn:aws:glue:region:account:catalog`
    Catalog,
    /// `arn:aws:glue:region:account:database/database`
    Database,
    /// `arn:aws:glue:region:account:table/database/table`
    Table,
    /// `arn:aws:es:region:account:domain/name`
    Domain,
    /// `arn:aws:es:region:account:domain/name/*`
    DomainPaths,
    /// `arn:aws:aoss:region:account:collection/id`
    Collection,
    /// `arn:aws:secretsmanager:region:account:secret:name`
    Secret,
    /// `arn:aws:firehose:region:account:deliverystream/name`
    DeliveryStream,
    /// `*`: the actions take no resource, or one that Firehose makes itself.
    Anything,
}

/// An action that a feature needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permission {
    /// What needs it.
    pub feature: Feature,
    /// The action.
    pub action: &'static str,
    /// Older actions that the service takes instead.
    pub older: &'static [&'static str],
    /// What it is on; all of them.
    pub on: &'static [Form],
    /// How bad it is when it is missing.
    pub missing: Severity,
}

impl Feature {
    /// The service through which a key is used, for a `kms:ViaService` condition: `<this>.<region>.amazonaws.com`.
    pub fn key_used_via(self) -> Option<&'static str> {
        match self {
            Feature::S3Key => Some("s3"),
            Feature::KinesisKey => Some("kinesis"),
            Feature::SecretKey => Some("secretsmanager"),
            _ => None,
        }
    }
}

/// The permissions of a feature, in the order of the table.
pub fn of(feature: Feature) -> impl Iterator<Item = &'static Permission> {
    PERMISSIONS.iter().filter(move |permission| permission.feature == feature)
}

const fn needs(feature: Feature, action: &'static str, on: &'static [Form], missing: Severity) -> Permission {
    Permission { feature, action, older: &[], on, missing }
}

const fn renamed(
    feature: Feature,
    action: &'static str,
    older: &'static [&'static str],
    on: &'static [Form],
    missing: Severity,
) -> Permission {
    Permission { feature, action, older, on, missing }
}

use Feature::{
    Glue, Iceberg, IcebergSchema, Kinesis, KinesisKey, Lambda, Logs, Msk, OpenSearch, OpenSearchServerless,
    Producer, S3, S3Key, S3OfAnotherAccount, SecretKey, Vpc,
};
use Form::{
    Anything, Bucket, Catalog, Collection, Database, DeliveryStream, Domain, DomainPaths, Function, Key,
    KinesisStream, LogStream, MskCluster, MskGroups, MskTopic, Objects, Table,
};

const GLUE: &[Form] = &[Catalog, Database, Table];

/// All permissions, by feature.
pub const PERMISSIONS: &[Permission] = &[
    needs(S3, "s3:AbortMultipartUpload", &[Objects], Warning),
    needs(S3, "s3:GetBucketLocation", &[Bucket], Warning),
    needs(S3, "s3:GetObject", &[Objects], Warning),
    needs(S3, "s3:ListBucket", &[Bucket], Warning),
    needs(S3, "s3:ListBucketMultipartUploads", &[Bucket], Warning),
    needs(S3, "s3:PutObject", &[Objects], Error),
    needs(S3OfAnotherAccount, "s3:PutObjectAcl", &[Objects], Warning),
    // `Decrypt` is for the parts of a multipart upload.
    needs(S3Key, "kms:Decrypt", &[Key], Warning),
    needs(S3Key, "kms:GenerateDataKey", &[Key], Error),
    needs(Kinesis, "kinesis:DescribeStream", &[KinesisStream], Error),
    needs(Kinesis, "kinesis:GetShardIterator", &[KinesisStream], Error),
    needs(Kinesis, "kinesis:GetRecords", &[KinesisStream], Error),
    needs(Kinesis, "kinesis:ListShards", &[KinesisStream], Warning),
    needs(KinesisKey, "kms:Decrypt", &[Key], Error),
    needs(Msk, "kafka:GetBootstrapBrokers", &[MskCluster], Error),
    needs(Msk, "kafka:DescribeCluster", &[MskCluster], Error),
    needs(Msk, "kafka:DescribeClusterV2", &[MskCluster], Error),
    needs(Msk, "kafka-cluster:Connect", &[MskCluster], Error),
    needs(Msk, "kafka-cluster:DescribeTopic", &[MskTopic], Error),
    needs(Msk, "kafka-cluster:DescribeTopicDynamicConfiguration", &[MskTopic], Error),
    needs(Msk, "kafka-cluster:ReadData", &[MskTopic], Error),
    needs(Msk, "kafka-cluster:DescribeGroup", &[MskGroups], Error),
    needs(Logs, "logs:PutLogEvents", &[LogStream], Warning),
    needs(Lambda, "lambda:InvokeFunction", &[Function], Error),
    needs(Lambda, "lambda:GetFunctionConfiguration", &[Function], Warning),
    needs(Glue, "glue:GetTable", GLUE, Warning),
    needs(Glue, "glue:GetTableVersion", GLUE, Warning),
    needs(Glue, "glue:GetTableVersions", GLUE, Error),
    renamed(OpenSearch, "es:DescribeDomain", &["es:DescribeElasticsearchDomain"], &[Domain], Error),
    renamed(OpenSearch, "es:DescribeDomains", &["es:DescribeElasticsearchDomains"], &[Domain], Error),
    renamed(
        OpenSearch,
        "es:DescribeDomainConfig",
        &["es:DescribeElasticsearchDomainConfig"],
        &[Domain],
        Error,
    ),
    needs(OpenSearch, "es:ESHttpPost", &[DomainPaths], Error),
    needs(OpenSearch, "es:ESHttpPut", &[DomainPaths], Error),
    // The guide lists the paths one by one: `_all/_settings`, `_cluster/stats`, `_nodes`, `_stats`, ...
    needs(OpenSearch, "es:ESHttpGet", &[DomainPaths], Warning),
    needs(OpenSearchServerless, "aoss:APIAccessAll", &[Collection], Error),
    needs(Vpc, "ec2:DescribeVpcs", &[Anything], Error),
    needs(Vpc, "ec2:DescribeVpcAttribute", &[Anything], Error),
    needs(Vpc, "ec2:DescribeSubnets", &[Anything], Error),
    needs(Vpc, "ec2:DescribeSecurityGroups", &[Anything], Error),
    needs(Vpc, "ec2:DescribeNetworkInterfaces", &[Anything], Error),
    needs(Vpc, "ec2:CreateNetworkInterface", &[Anything], Error),
    needs(Vpc, "ec2:CreateNetworkInterfacePermission", &[Anything], Error),
    needs(Vpc, "ec2:DeleteNetworkInterface", &[Anything], Error),
    needs(Feature::Secret, "secretsmanager:GetSecretValue", &[Form::Secret], Error),
    needs(SecretKey, "kms:Decrypt", &[Key], Error),
    needs(Iceberg, "glue:GetTable", GLUE, Error),
    needs(Iceberg, "glue:GetDatabase", GLUE, Error),
    needs(Iceberg, "glue:UpdateTable", GLUE, Error),
    needs(Iceberg, "s3:DeleteObject", &[Objects], Error),
    needs(IcebergSchema, "glue:CreateTable", GLUE, Error),
    needs(IcebergSchema, "glue:CreateDatabase", GLUE, Error),
    needs(Producer, "firehose:PutRecord", &[DeliveryStream], Error),
    needs(Producer, "firehose:PutRecordBatch", &[DeliveryStream], Error),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_lie_together_by_feature_and_stand_once() {
        let mut seen: Vec<Feature> = Vec::new();
        for (at, permission) in PERMISSIONS.iter().enumerate() {
            let last = seen.last().copied();
            assert!(
                last == Some(permission.feature) || !seen.contains(&permission.feature),
                "{permission:?}"
            );
            seen.push(permission.feature);
            let again =
                |other: &Permission| other.feature == permission.feature && other.action == permission.action;
            assert!(!PERMISSIONS[at + 1..].iter().any(again), "{permission:?}");
            assert!(!permission.on.is_empty() && permission.action.contains(':'), "{permission:?}");
        }
    }

    #[test]
    fn delivery_to_s3_takes_the_six_actions_of_the_guide() {
        assert_eq!(of(Feature::S3).count(), 6);
        assert_eq!(of(Feature::Vpc).count(), 8);
    }
}
