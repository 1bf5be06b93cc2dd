use super::processors;
use crate::model::processor_parameters::LAMBDA_BUFFER_MB;
use crate::rule;
use crate::rules::{Findings, Scope};

rule! {
    /// `BufferSizeInMBs` of a `Lambda` processor is outside 0.2–3.
    ///
    /// ## Why
    /// The service refuses it: a batch travels as base64 in one invocation of at most 6 MB. The value is a
    /// string, so no schema checks its range.
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
    ///             ParameterValue: "5"
    ///           - ParameterName: BufferIntervalInSeconds
    ///             ParameterValue: "60"
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
    ///             ParameterValue: "0.5"
    ///           - ParameterName: BufferIntervalInSeconds
    ///             ParameterValue: "60"
    /// ```
    ///
    /// ## References
    /// Service behaviour, sections 4.1 and 15 (Lambda ranges).
    "FH406", "lambda-buffer-size-out-of-range", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let range = processors::Range {
        parameter: "BufferSizeInMBs",
        allowed: LAMBDA_BUFFER_MB,
        unit: " MB",
        service: "BufferSizeInMBs for lambda processor must be between 0.2 and 3.",
        advice: "the default is 1, of Splunk and Snowflake 0.25",
    };
    range.check(scope, findings);
}
