use crate::foundation::diagnostic::Severity;
use crate::rule;
use crate::rules::iam::{asks, lacking};
use crate::rules::{Findings, Scope};

rule! {
    /// The role of `VpcConfiguration` lacks one of the eight EC2 actions.
    ///
    /// ## Why
    /// Firehose reaches the domain through network interfaces that it makes with this role. The stream is refused without
    /// them; when they are taken away later it can't grow.
    ///
    /// ## Fires on
    /// ```yaml
    /// Resources:
    ///   Data:
    ///     Type: AWS::S3::Bucket
    ///   Search:
    ///     Type: AWS::OpenSearchService::Domain
    ///     Properties: {EngineVersion: OpenSearch_2.11}
    ///   Role:
    ///     Type: AWS::IAM::Role
    ///     Properties:
    ///       AssumeRolePolicyDocument:
    ///         Statement:
    ///           - Effect: Allow
    ///             Principal: {Service: firehose.amazonaws.com}
    ///             Action: sts:AssumeRole
    ///             Condition: {StringEquals: {"sts:ExternalId": !Ref AWS::AccountId}}
    ///       Policies:
    ///         - PolicyName: delivery
    ///           PolicyDocument:
    ///             Statement:
    ///               - {Effect: Allow, Action: ["s3:*Object", "s3:*Upload*", "s3:GetBucketLocation", "s3:ListBucket*"], Resource: !Sub "${Data.Arn}*"}
    ///               - {Effect: Allow, Action: ["es:DescribeDomain*", "es:ESHttp*"], Resource: [!GetAtt Search.Arn, !Sub "${Search.Arn}/*"]}
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       AmazonopensearchserviceDestinationConfiguration:
    ///         DomainARN: !GetAtt Search.Arn
    ///         IndexName: events
    ///         RoleARN: !GetAtt Role.Arn
    ///         S3Configuration:
    ///           RoleARN: !GetAtt Role.Arn
    ///           BucketARN: !GetAtt Data.Arn
    ///         VpcConfiguration:
    ///           RoleARN: !GetAtt Role.Arn
    ///           SubnetIds: [subnet-0a1b2c3d]
    ///           SecurityGroupIds: [sg-0a1b2c3d]
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// Resources:
    ///   Data:
    ///     Type: AWS::S3::Bucket
    ///   Search:
    ///     Type: AWS::OpenSearchService::Domain
    ///     Properties: {EngineVersion: OpenSearch_2.11}
    ///   Role:
    ///     Type: AWS::IAM::Role
    ///     Properties:
    ///       AssumeRolePolicyDocument:
    ///         Statement:
    ///           - Effect: Allow
    ///             Principal: {Service: firehose.amazonaws.com}
    ///             Action: sts:AssumeRole
    ///             Condition: {StringEquals: {"sts:ExternalId": !Ref AWS::AccountId}}
    ///       Policies:
    ///         - PolicyName: delivery
    ///           PolicyDocument:
    ///             Statement:
    ///               - {Effect: Allow, Action: ["s3:*Object", "s3:*Upload*", "s3:GetBucketLocation", "s3:ListBucket*"], Resource: !Sub "${Data.Arn}*"}
    ///               - {Effect: Allow, Action: ["es:DescribeDomain*", "es:ESHttp*"], Resource: [!GetAtt Search.Arn, !Sub "${Search.Arn}/*"]}
    ///               - {Effect: Allow, Action: ["ec2:DescribeVpc*", "ec2:DescribeSubnets", "ec2:DescribeSecurityGroups", "ec2:*NetworkInterface*"], Resource: "*"}
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       AmazonopensearchserviceDestinationConfiguration:
    ///         DomainARN: !GetAtt Search.Arn
    ///         IndexName: events
    ///         RoleARN: !GetAtt Role.Arn
    ///         S3Configuration:
    ///           RoleARN: !GetAtt Role.Arn
    ///           BucketARN: !GetAtt Data.Arn
    ///         VpcConfiguration:
    ///           RoleARN: !GetAtt Role.Arn
    ///           SubnetIds: [subnet-0a1b2c3d]
    ///           SecurityGroupIds: [sg-0a1b2c3d]
    /// ```
    ///
    /// ## References
    /// Service model `VpcConfiguration.RoleARN`; Firehose developer guide, "Grant Firehose access to an OpenSearch Service
    /// destination in a VPC".
    "FH712", "role-without-vpc-access", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    lacking::report_with(
        scope,
        asks::vpc(scope),
        findings,
        |missing| missing,
        |_, missing, finding| match missing.iter().any(|missing| missing.severity() == Severity::Error) {
            true => {
                finding.service("Please make sure the role specified in VpcConfiguration has permissions")
            }
            false => finding,
        },
    );
}
