//! Policies that AWS manages, as far as they matter to a delivery stream.
//!
//! Source: the policies as AWS publishes them (read in September 2026). Actions of services that no stream uses are
//! left out; where a policy has conditions they are taken to hold.

use super::actions;
use super::covering::may_cover;
use super::resources::{Side, Token, known};

/// A policy of AWS.
#[derive(Debug)]
pub struct Managed {
    /// Its name, without the path.
    pub name: &'static str,
    /// What it allows: actions, and the resource that they are on.
    grants: &'static [(&'static [&'static str], &'static str)],
}

impl Managed {
    /// Whether it allows an action on something.
    pub fn allows(&self, action: &str, used: &[Token]) -> bool {
        let covers = |(patterns, resource): &(&[&str], &str)| {
            patterns.iter().any(|pattern| actions::may_cover(pattern, action))
                && may_cover(&known(resource, Side::Policy), used)
        };
        self.grants.iter().any(covers)
    }

    /// Whether it allows nothing but actions of one service.
    pub fn is_only(&self, service: &str) -> bool {
        let mut all = self.grants.iter().flat_map(|(patterns, _)| *patterns);
        !self.grants.is_empty() && all.all(|pattern| actions::service(pattern) == Some(service))
    }
}

/// The policy that an ARN names; holes (the partition) are allowed before `:iam::aws:policy/`.
pub fn find(arn: &str) -> Option<&'static Managed> {
    let (_, path) = arn.split_once(":iam::aws:policy/")?;
    let name = path.rsplit('/').next()?;
    MANAGED.iter().find(|managed| managed.name == name)
}

const fn of(name: &'static str, grants: &'static [(&'static [&'static str], &'static str)]) -> Managed {
    Managed { name, grants }
}

const WRITE_LOGS: &[&str] = &["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"];
const GLUE_SERVICE: &[&str] = &[
    "glue:*",
    "s3:GetBucketLocation",
    "s3:ListBucket",
    "s3:ListAllMyBuckets",
    "s3:GetBucketAcl",
    "ec2:DescribeVpcEndpoints",
    "ec2:DescribeRouteTables",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcAttribute",
];
const GLUE_CONSOLE: &[&str] = &[
    "glue:*",
    "ec2:Describe*",
    "s3:ListAllMyBuckets",
    "s3:ListBucket",
    "s3:GetBucketAcl",
    "s3:GetBucketLocation",
    "kms:ListAliases",
    "kms:DescribeKey",
];
const VPC_OF_LAMBDA: &[&str] = &[
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
];
const READ_KINESIS: &[&str] = &[
    "kinesis:DescribeStream",
    "kinesis:DescribeStreamSummary",
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "kinesis:ListShards",
    "kinesis:ListStreams",
    "kinesis:SubscribeToShard",
];
const ATHENA_GLUE: &[&str] = &[
    "glue:GetDatabase*",
    "glue:CreateDatabase",
    "glue:UpdateDatabase",
    "glue:CreateTable",
    "glue:UpdateTable",
    "glue:GetTable",
    "glue:GetTables",
    "glue:GetPartition*",
    "s3:ListBucket",
    "s3:GetBucketLocation",
    "s3:ListAllMyBuckets",
    "lakeformation:GetDataAccess",
];
const ATHENA_RESULTS: &[&str] = &[
    "s3:GetBucketLocation",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:ListBucketMultipartUploads",
    "s3:ListMultipartUploadParts",
    "s3:AbortMultipartUpload",
    "s3:PutObject",
];

const LAKE_FORMATION: &[&str] = &[
    "lakeformation:*",
    "glue:GetDatabase*",
    "glue:CreateDatabase",
    "glue:UpdateDatabase",
    "glue:GetTable",
    "glue:GetTables",
    "glue:GetTableVersions",
    "glue:CreateTable",
    "glue:UpdateTable",
    "glue:GetPartitions",
    "s3:ListBucket",
    "s3:GetBucketLocation",
];
const READ_MSK: &[&str] = &[
    "kafka:DescribeCluster",
    "kafka:DescribeClusterV2",
    "kafka:GetBootstrapBrokers",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeVpcs",
];
const READ_ALL: &[&str] = &[
    "ec2:Describe*",
    "es:Describe*",
    "es:ESHttpGet",
    "glue:Get*",
    "kafka:Describe*",
    "kafka:Get*",
    "kinesis:Describe*",
    "kinesis:Get*",
    "kinesis:List*",
    "lambda:Get*",
    "logs:Get*",
    "s3:Get*",
    "s3:List*",
];

/// The table, by name.
static MANAGED: [Managed; 58] = [
    of("AdministratorAccess", &[(&["*"], "*")]),
    of("AmazonAPIGatewayPushToCloudWatchLogs", &[(WRITE_LOGS, "*")]),
    of(
        "AmazonAthenaFullAccess",
        &[(ATHENA_GLUE, "*"), (ATHENA_RESULTS, "arn:*:s3:::aws-athena-query-results-*")],
    ),
    of(
        "AmazonDynamoDBFullAccess",
        &[(&["ec2:Describe*", "kinesis:DescribeStream", "lambda:GetFunctionConfiguration"], "*")],
    ),
    of("AmazonEC2FullAccess", &[(&["ec2:*"], "*")]),
    of("AmazonEC2ReadOnlyAccess", &[(&["ec2:Describe*"], "*")]),
    of("AmazonESFullAccess", &[(&["es:*"], "*")]),
    of("AmazonESReadOnlyAccess", &[(&["es:Describe*", "es:List*", "es:Get*"], "*")]),
    of(
        "AmazonEventBridgeFullAccess",
        &[(&["secretsmanager:GetSecretValue"], "arn:*:secretsmanager:*:*:secret:events!*")],
    ),
    of("AmazonKinesisAnalyticsFullAccess", &[(&["kinesis:DescribeStream", "kinesis:ListStreams"], "*")]),
    of("AmazonKinesisFirehoseFullAccess", &[(&["firehose:*"], "*")]),
    of("AmazonKinesisFirehoseReadOnlyAccess", &[(&["firehose:Describe*", "firehose:List*"], "*")]),
    of("AmazonKinesisFullAccess", &[(&["kinesis:*"], "*")]),
    of("AmazonKinesisReadOnlyAccess", &[(&["kinesis:Get*", "kinesis:List*", "kinesis:Describe*"], "*")]),
    of("AmazonMSKFullAccess", &[(&["kafka:*", "ec2:Describe*", "kms:DescribeKey"], "*")]),
    of(
        "AmazonMSKReadOnlyAccess",
        &[(&["kafka:Describe*", "kafka:List*", "kafka:Get*", "ec2:Describe*"], "*")],
    ),
    of("AmazonOpenSearchIngestionFullAccess", &[]),
    of("AmazonOpenSearchServiceFullAccess", &[(&["es:*"], "*")]),
    of("AmazonOpenSearchServiceReadOnlyAccess", &[(&["es:Describe*", "es:List*", "es:Get*"], "*")]),
    of("AmazonRDSFullAccess", &[(&["ec2:Describe*"], "*")]),
    of("AmazonRedshiftFullAccess", &[(&["ec2:Describe*", "secretsmanager:GetSecretValue"], "*")]),
    of("AmazonS3FullAccess", &[(&["s3:*"], "*")]),
    of("AmazonS3ReadOnlyAccess", &[(&["s3:Get*", "s3:List*", "s3:Describe*"], "*")]),
    of("AmazonS3TablesFullAccess", &[(&["s3tables:*"], "*")]),
    of("AmazonSNSFullAccess", &[]),
    of("AmazonSNSRole", &[(WRITE_LOGS, "*")]),
    of("AmazonSQSFullAccess", &[]),
    of("AmazonSSMManagedInstanceCore", &[]),
    of("AmazonVPCFullAccess", &[(&["ec2:*"], "*")]),
    of("AWSAppSyncPushToCloudWatchLogs", &[(WRITE_LOGS, "*")]),
    of(
        "AWSGlueConsoleFullAccess",
        &[(GLUE_CONSOLE, "*"), (&["s3:GetObject", "s3:PutObject"], "arn:*:s3:::*aws-glue-*")],
    ),
    of(
        "AWSGlueServiceRole",
        &[
            (GLUE_SERVICE, "*"),
            (&["s3:GetObject", "s3:PutObject"], "arn:*:s3:::*aws-glue-*"),
            (WRITE_LOGS, "arn:*:logs:*:*:*:/aws-glue/*"),
        ],
    ),
    of("AWSIoTLogging", &[(WRITE_LOGS, "*")]),
    of(
        "AWSKeyManagementServicePowerUser",
        &[(&["kms:CreateKey", "kms:Describe*", "kms:Get*", "kms:List*"], "*")],
    ),
    of("AWSLakeFormationDataAdmin", &[(LAKE_FORMATION, "*")]),
    of(
        "AWSLambda_FullAccess",
        &[(&["lambda:*", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"], "*")],
    ),
    of("AWSLambda_ReadOnlyAccess", &[(&["lambda:Get*", "lambda:List*", "ec2:Describe*"], "*")]),
    of("AWSLambdaBasicExecutionRole", &[(WRITE_LOGS, "*")]),
    of("AWSLambdaDynamoDBExecutionRole", &[(WRITE_LOGS, "*")]),
    of("AWSLambdaENIManagementAccess", &[(VPC_OF_LAMBDA, "*")]),
    of("AWSLambdaExecute", &[(&["logs:*"], "*"), (&["s3:GetObject", "s3:PutObject"], "arn:*:s3:::*")]),
    of("AWSLambdaInvocation-DynamoDB", &[(&["lambda:InvokeFunction"], "*")]),
    of("AWSLambdaKinesisExecutionRole", &[(READ_KINESIS, "*"), (WRITE_LOGS, "*")]),
    of("AWSLambdaMSKExecutionRole", &[(VPC_OF_LAMBDA, "*"), (READ_MSK, "*"), (WRITE_LOGS, "*")]),
    of("AWSLambdaRole", &[(&["lambda:InvokeFunction"], "*")]),
    of("AWSLambdaSQSQueueExecutionRole", &[(WRITE_LOGS, "*")]),
    of("AWSLambdaVPCAccessExecutionRole", &[(WRITE_LOGS, "*"), (VPC_OF_LAMBDA, "*")]),
    of("AWSStepFunctionsFullAccess", &[]),
    of("AWSXRayDaemonWriteAccess", &[]),
    of("AWSXrayWriteOnlyAccess", &[]),
    of("CloudWatchAgentServerPolicy", &[(WRITE_LOGS, "*")]),
    of("CloudWatchFullAccess", &[(&["logs:*"], "*")]),
    of("CloudWatchFullAccessV2", &[(&["logs:*"], "*")]),
    of("CloudWatchLogsFullAccess", &[(&["logs:*"], "*")]),
    of("CloudWatchLogsReadOnlyAccess", &[(&["logs:Describe*", "logs:Get*", "logs:List*"], "*")]),
    of("PowerUserAccess", &[(&["*"], "*")]),
    of("ReadOnlyAccess", &[(READ_ALL, "*")]),
    of("SecretsManagerReadWrite", &[(&["secretsmanager:*", "ec2:Describe*", "lambda:ListFunctions"], "*")]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_of_any_partition_and_path_are_found() {
        for arn in [
            "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
            "arn:\u{FFFC}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
            "arn:aws-cn:iam::aws:policy/AmazonS3FullAccess",
        ] {
            assert!(find(arn).is_some(), "{arn}");
        }
        assert!(find("arn:aws:iam::444455556666:policy/AmazonS3FullAccess").is_none());
        assert!(find("arn:aws:iam::aws:policy/\u{FFFC}").is_none());
    }

    #[test]
    fn the_full_access_policy_of_firehose_writes_no_object() {
        let firehose = find("arn:aws:iam::aws:policy/AmazonKinesisFirehoseFullAccess").unwrap();
        assert!(!firehose.allows("s3:PutObject", &[Token::Hole("".into())]));
        assert!(firehose.is_only("firehose"));
        let s3 = find("arn:aws:iam::aws:policy/AmazonS3FullAccess").unwrap();
        assert!(s3.allows("s3:PutObject", &known("arn:aws:s3:::a/b", Side::Used)));
    }
}
