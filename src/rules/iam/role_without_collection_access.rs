use crate::rule;
use crate::rules::iam::{asks, lacking};
use crate::rules::{Findings, Scope};

rule! {
    /// The role may not use the OpenSearch Serverless collection.
    ///
    /// ## Why
    /// All documents go to the bucket. `aoss:APIAccessAll` is the action for the data; actions such as
    /// `aoss:BatchGetCollection` are for the control plane. Besides it the collection's data access policy must name the role.
    ///
    /// ## Fires on
    /// ```yaml
    /// Resources:
    ///   Data:
    ///     Type: AWS::S3::Bucket
    ///   Search:
    ///     Type: AWS::OpenSearchServerless::Collection
    ///     Properties: {Name: events, Type: SEARCH}
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
    ///               - {Effect: Allow, Action: ["aoss:BatchGetCollection", "aoss:ListCollections"], Resource: "*"}
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       AmazonOpenSearchServerlessDestinationConfiguration:
    ///         CollectionEndpoint: !GetAtt Search.CollectionEndpoint
    ///         IndexName: events
    ///         RoleARN: !GetAtt Role.Arn
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
    ///   Search:
    ///     Type: AWS::OpenSearchServerless::Collection
    ///     Properties: {Name: events, Type: SEARCH}
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
    ///               - {Effect: Allow, Action: "aoss:APIAccessAll", Resource: !GetAtt Search.Arn}
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       AmazonOpenSearchServerlessDestinationConfiguration:
    ///         CollectionEndpoint: !GetAtt Search.CollectionEndpoint
    ///         IndexName: events
    ///         RoleARN: !GetAtt Role.Arn
    ///         S3Configuration:
    ///           RoleARN: !GetAtt Role.Arn
    ///           BucketARN: !GetAtt Data.Arn
    /// ```
    ///
    /// ## References
    /// Firehose developer guide, "Grant Firehose access to a public OpenSearch Serverless destination".
    "FH711", "role-without-collection-access", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    lacking::report(scope, asks::serverless(scope), findings);
}
