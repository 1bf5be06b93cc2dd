use crate::rule;
use crate::rules::iam::{asks, lacking};
use crate::rules::{Findings, Scope};

rule! {
    /// The role may not invoke the transform function.
    ///
    /// ## Why
    /// Every record goes to `processing-failed` (`Lambda.InvokeAccessDenied`). What counts is the stream's role, not the
    /// function's own, nor an `AWS::Lambda::Permission` for the service. Where `LambdaArn` has a version, an alias or
    /// `$LATEST`, the function's bare ARN is not enough. `lambda:GetFunctionConfiguration` alone is a warning.
    ///
    /// ## Fires on
    /// ```yaml
    /// Resources:
    ///   Data:
    ///     Type: AWS::S3::Bucket
    ///   Transform:
    ///     Type: AWS::Lambda::Function
    ///     Properties:
    ///       Handler: app.handler
    ///       Runtime: python3.13
    ///       Timeout: 120
    ///       Role: arn:aws:iam::444455556666:role/transform
    ///       Code: {S3Bucket: example-code, S3Key: transform.zip}
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
    ///               - {Effect: Allow, Action: "lambda:*", Resource: !GetAtt Transform.Arn}
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: !GetAtt Role.Arn
    ///         BucketARN: !GetAtt Data.Arn
    ///         ProcessingConfiguration:
    ///           Enabled: true
    ///           Processors:
    ///             - Type: Lambda
    ///               Parameters:
    ///                 - {ParameterName: LambdaArn, ParameterValue: !Sub "${Transform.Arn}:$LATEST"}
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// Resources:
    ///   Data:
    ///     Type: AWS::S3::Bucket
    ///   Transform:
    ///     Type: AWS::Lambda::Function
    ///     Properties:
    ///       Handler: app.handler
    ///       Runtime: python3.13
    ///       Timeout: 120
    ///       Role: arn:aws:iam::444455556666:role/transform
    ///       Code: {S3Bucket: example-code, S3Key: transform.zip}
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
    ///               - {Effect: Allow, Action: "lambda:*", Resource: !Sub "${Transform.Arn}:*"}
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: !GetAtt Role.Arn
    ///         BucketARN: !GetAtt Data.Arn
    ///         ProcessingConfiguration:
    ///           Enabled: true
    ///           Processors:
    ///             - Type: Lambda
    ///               Parameters:
    ///                 - {ParameterName: LambdaArn, ParameterValue: !Sub "${Transform.Arn}:$LATEST"}
    /// ```
    ///
    /// ## References
    /// Firehose developer guide, "Grant Firehose access to an Amazon S3 destination"; IAM user guide for Lambda, resource ARNs.
    "FH705", "role-without-lambda-invoke", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    lacking::report(scope, asks::lambda(scope), findings);
}
