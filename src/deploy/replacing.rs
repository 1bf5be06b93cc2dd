//! Which properties of a resource can't be changed without making it anew.

use crate::model::create_only;
use crate::template::DELIVERY_STREAM;

/// Of the resources that stand beside delivery streams: the properties whose change replaces them. CloudFormation's
/// resource schemas, `createOnlyProperties` (October 2026), which the pages of the template reference repeat as
/// "Update requires: Replacement". Types whose schema also names conditional ones are left out, but for those where the
/// condition does not concern a stack like these.
const REPLACING: &[(&str, &[&str])] = &[
    ("AWS::CloudWatch::Alarm", &["AlarmName"]),
    ("AWS::CloudWatch::Dashboard", &["DashboardName"]),
    ("AWS::Elasticsearch::Domain", &["DomainName"]),
    ("AWS::Glue::Database", &["DatabaseName"]),
    ("AWS::Glue::Table", &["CatalogId", "DatabaseName", "Name", "TableInput.Name"]),
    ("AWS::IAM::ManagedPolicy", &["Description", "ManagedPolicyName", "Path"]),
    ("AWS::IAM::Role", &["Path", "RoleName"]),
    ("AWS::IAM::RolePolicy", &["PolicyName", "RoleName"]),
    ("AWS::KMS::Alias", &["AliasName"]),
    ("AWS::Kinesis::Stream", &["Name"]),
    ("AWS::Lambda::Function", &["FunctionName", "PackageType", "TenancyConfig"]),
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
    ),
    ("AWS::Logs::LogGroup", &["LogGroupName"]),
    ("AWS::Logs::LogStream", &["LogGroupName", "LogStreamName"]),
    ("AWS::Logs::MetricFilter", &["FilterName", "LogGroupName"]),
    ("AWS::Logs::SubscriptionFilter", &["FilterName", "LogGroupName"]),
    ("AWS::OpenSearchServerless::AccessPolicy", &["Name", "Type"]),
    (
        "AWS::OpenSearchServerless::Collection",
        &["CollectionGroupName", "EncryptionConfig", "Name", "StandbyReplicas", "Tags", "Type"],
    ),
    ("AWS::OpenSearchServerless::SecurityPolicy", &["Name", "Type"]),
    ("AWS::RedshiftServerless::Namespace", &["NamespaceName"]),
    ("AWS::RedshiftServerless::Workgroup", &["NamespaceName", "WorkgroupName"]),
    ("AWS::S3::Bucket", &["BucketName", "BucketNamePrefix", "BucketNamespace"]),
    ("AWS::S3::BucketPolicy", &["Bucket"]),
    ("AWS::SNS::Topic", &["FifoTopic", "TopicName"]),
    ("AWS::SQS::Queue", &["FifoQueue", "QueueName"]),
    ("AWS::SecretsManager::Secret", &["Name"]),
];

/// Whether a change of a property, such as `TableInput.Name`, replaces a resource of a type; `None` where that is not
/// known here. A block does where a part of it does.
pub fn replaces(kind: &str, path: &str) -> Option<bool> {
    if kind == DELIVERY_STREAM {
        return Some(create_only::is_create_only(path));
    }
    let (_, names) = REPLACING.iter().find(|(known, _)| *known == kind)?;
    let steps: Vec<&str> = path.split(['.', '[']).collect();
    Some(names.iter().any(|name| name.split('.').zip(&steps).all(|(key, step)| key == *step)))
}

/// Whether it is known here what replaces a resource of a type.
pub fn is_known(kind: &str) -> bool {
    kind == DELIVERY_STREAM || REPLACING.iter().any(|(known, _)| *known == kind)
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
        assert_eq!(replaces("AWS::DynamoDB::Table", "TableName"), None);
    }

    #[test]
    fn the_table_is_in_order() {
        assert!(REPLACING.is_sorted_by_key(|(kind, _)| *kind));
    }
}
