use super::processors;
use crate::model::processor_parameters::LAMBDA_BUFFER_SECONDS;
use crate::rule;
use crate::rules::{Findings, Scope};

rule! {
    /// `BufferIntervalInSeconds` of a `Lambda` processor is outside 0–900.
    ///
    /// ## Why
    /// The service refuses it; the value is a string, so no schema checks its range.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   ProcessingConfiguration:
    ///     Enabled: true
    ///     Processors:
    ///       - Type: Lambda
    ///         Parameters:
    ///           - ParameterName: LambdaArn
    ///             ParameterValue: arn:aws:lambda:eu-west-1:444455556666:function:transform
    ///           - ParameterName: BufferSizeInMBs
    ///             ParameterValue: "1"
    ///           - ParameterName: BufferIntervalInSeconds
    ///             ParameterValue: "1200"
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   ProcessingConfiguration:
    ///     Enabled: true
    ///     Processors:
    ///       - Type: Lambda
    ///         Parameters:
    ///           - ParameterName: LambdaArn
    ///             ParameterValue: arn:aws:lambda:eu-west-1:444455556666:function:transform
    ///           - ParameterName: BufferSizeInMBs
    ///             ParameterValue: "1"
    ///           - ParameterName: BufferIntervalInSeconds
    ///             ParameterValue: "900"
    /// ```
    ///
    /// ## References
    /// Service behaviour, sections 4.1 and 15 (Lambda ranges).
    "FH407", "lambda-buffer-interval-out-of-range", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let range = processors::Range {
        parameter: "BufferIntervalInSeconds",
        allowed: LAMBDA_BUFFER_SECONDS,
        unit: " seconds",
        service: "BufferIntervalInSeconds for lambda processor must be between 0 and 900.",
        advice: "the default is 60, of Snowflake 30",
    };
    range.check(scope, findings);
}
