//! Which properties of a resource can't be changed without making it anew.

use crate::model::create_only;
use crate::template::DELIVERY_STREAM;

/// What of a type replaces it: the properties that always do, and those that do in cases which are not known here.
type Replacing = (&'static str, &'static [&'static str], &'static [&'static str]);

/// Of the resources that stand beside delivery streams. CloudFormation's resource schemas (October 2026),
/// `createOnlyProperties` and `conditionalCreateOnlyProperties`; the pages of the template reference have them as "Update
/// requires: Replacement". Of a KMS key the reference says that the update of those properties fails.
const REPLACING: &[Replacing] = &[
    ("AWS::CloudWatch::Alarm", &["AlarmName"], &[]),
    ("AWS::CloudWatch::Dashboard", &["DashboardName"], &[]),
    ("AWS::DynamoDB::Table", &["ImportSourceSpecification", "TableName"], &["KeySchema"]),
    ("AWS::Elasticsearch::Domain", &["DomainName"], &[]),
    ("AWS::Events::Rule", &["Name"], &["EventBusName"]),
    ("AWS::Glue::Database", &["DatabaseName"], &[]),
    ("AWS::Glue::Table", &["CatalogId", "DatabaseName", "Name", "TableInput.Name"], &[]),
    ("AWS::IAM::ManagedPolicy", &["Description", "ManagedPolicyName", "Path"], &[]),
    ("AWS::IAM::Role", &["Path", "RoleName"], &[]),
    ("AWS::IAM::RolePolicy", &["PolicyName", "RoleName"], &[]),
    ("AWS::KMS::Alias", &["AliasName"], &[]),
    ("AWS::KMS::Key", &[], &["KeySpec", "KeyUsage", "MultiRegion", "Origin"]),
    ("AWS::Kinesis::Stream", &["Name"], &[]),
    ("AWS::Lambda::Function", &["FunctionName", "PackageType", "TenancyConfig"], &["DurableConfig"]),
    (
        "AWS::Lambda::Permission",
        &[
            "Action",
            "EventSourceToken",
            "FunctionName",
            "FunctionUrlAuthType",
            "InvokedViaFunctionUrl",
            "Principal",
            "PrincipalOrgID",
            "SourceAccount",
            "SourceArn",
        ],
        &[],
    ),
    ("AWS::Logs::LogGroup", &["LogGroupName"], &[]),
    ("AWS::Logs::LogStream", &["LogGroupName", "LogStreamName"], &[]),
    ("AWS::Logs::MetricFilter", &["FilterName", "LogGroupName"], &[]),
    ("AWS::Logs::SubscriptionFilter", &["FilterName", "LogGroupName"], &[]),
    ("AWS::OpenSearchServerless::AccessPolicy", &["Name", "Type"], &[]),
    (
        "AWS::OpenSearchServerless::Collection",
        &["CollectionGroupName", "EncryptionConfig", "Name", "StandbyReplicas", "Tags", "Type"],
        &[],
    ),
    ("AWS::OpenSearchServerless::SecurityPolicy", &["Name", "Type"], &[]),
    (
        "AWS::OpenSearchService::Domain",
        &["DomainName", "EngineMode"],
        &[
            "AdvancedSecurityOptions.Enabled",
            "EncryptionAtRestOptions.Enabled",
            "EncryptionAtRestOptions.KmsKeyId",
        ],
    ),
    ("AWS::RedshiftServerless::Namespace", &["NamespaceName"], &[]),
    ("AWS::RedshiftServerless::Workgroup", &["NamespaceName", "WorkgroupName"], &[]),
    ("AWS::S3::Bucket", &["BucketName", "BucketNamePrefix", "BucketNamespace"], &[]),
    ("AWS::S3::BucketPolicy", &["Bucket"], &[]),
    ("AWS::SNS::Subscription", &["Endpoint", "Protocol", "TopicArn"], &["Region"]),
    ("AWS::SNS::Topic", &["FifoTopic", "TopicName"], &[]),
    ("AWS::SQS::Queue", &["FifoQueue", "QueueName"], &[]),
    ("AWS::SSM::Parameter", &["Name"], &[]),
    ("AWS::SecretsManager::Secret", &["Name"], &[]),
];

/// Whether a change of a property, such as `TableInput.Name`, replaces a resource of a type; `None` where that is not
/// known here. A block does where a part of it does.
pub fn replaces(kind: &str, path: &str) -> Option<bool> {
    if kind == DELIVERY_STREAM {
        return Some(create_only::is_create_only(path));
    }
    let (_, always, unsure) = REPLACING.iter().find(|(known, ..)| *known == kind)?;
    let steps: Vec<&str> = path.split(['.', '[']).collect();
    let is_one =
        |names: &[&str]| names.iter().any(|name| name.split('.').zip(&steps).all(|(key, step)| key == *step));
    if is_one(always) {
        return Some(true);
    }
    (!is_one(unsure)).then_some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_replaces_and_a_setting_does_not() {
        assert_eq!(replaces("AWS::S3::Bucket", "BucketName"), Some(true));
        assert_eq!(replaces("AWS::S3::Bucket", "LifecycleConfiguration.Rules[0].Id"), Some(false));
        assert_eq!(replaces("AWS::Glue::Table", "TableInput.Name"), Some(true));
        assert_eq!(replaces("AWS::Glue::Table", "TableInput.Parameters.a"), Some(false));
        assert_eq!(replaces("AWS::OpenSearchServerless::Collection", "Tags[0].Value"), Some(true));
        assert_eq!(replaces(DELIVERY_STREAM, "KinesisStreamSourceConfiguration.RoleARN"), Some(true));
        // In some cases; never heard of.
        assert_eq!(replaces("AWS::OpenSearchService::Domain", "EncryptionAtRestOptions.Enabled"), None);
        assert_eq!(replaces("AWS::OpenSearchService::Domain", "EBSOptions.VolumeSize"), Some(false));
        assert_eq!(replaces("AWS::MSK::Cluster", "ClusterName"), None);
    }

    #[test]
    fn the_table_is_in_order() {
        assert!(REPLACING.is_sorted_by_key(|(kind, ..)| *kind));
    }
}
