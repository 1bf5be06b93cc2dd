use crate::rule;
use crate::rules::iam::{asks, lacking};
use crate::rules::{Findings, Scope};

rule! {
    /// The role may not read the secret that holds the destination's credentials.
    ///
    /// ## Why
    /// Nothing is delivered. The role is that of `SecretsManagerConfiguration`, or else the destination's. A secret with a key
    /// of yours also needs `kms:Decrypt` on it.
    ///
    /// ## Fires on
    /// ```yaml
    /// Resources:
    ///   Data:
    ///     Type: AWS::S3::Bucket
    ///   ApiKey:
    ///     Type: AWS::SecretsManager::Secret
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
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       HttpEndpointDestinationConfiguration:
    ///         EndpointConfiguration: {Name: collector, Url: "https://collector.example.com/v1"}
    ///         RoleARN: !GetAtt Role.Arn
    ///         SecretsManagerConfiguration:
    ///           Enabled: true
    ///           SecretARN: !Ref ApiKey
    ///         S3Configuration:
    ///           RoleARN: !GetAtt Role.Arn
    ///           BucketARN: !GetAtt Data.Arn
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// Resources:
    ///   Data:
    ///     Type: AWS::S3::Bucket
    ///   ApiKey:
    ///     Type: AWS::SecretsManager::Secret
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
    ///               - {Effect: Allow, Action: "secretsmanager:GetSecretValue", Resource: !Ref ApiKey}
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       HttpEndpointDestinationConfiguration:
    ///         EndpointConfiguration: {Name: collector, Url: "https://collector.example.com/v1"}
    ///         RoleARN: !GetAtt Role.Arn
    ///         SecretsManagerConfiguration:
    ///           Enabled: true
    ///           SecretARN: !Ref ApiKey
    ///         S3Configuration:
    ///           RoleARN: !GetAtt Role.Arn
    ///           BucketARN: !GetAtt Data.Arn
    /// ```
    ///
    /// ## References
    /// Firehose developer guide, "Authenticate with AWS Secrets Manager in Amazon Data Firehose".
    "FH713", "role-without-secret-read", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    lacking::report(scope, asks::secrets(scope), findings);
}
