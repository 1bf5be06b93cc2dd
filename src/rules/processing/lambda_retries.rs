use super::processors;
use crate::model::processor_parameters::LAMBDA_RETRIES;
use crate::rule;
use crate::rules::{Findings, Scope};

rule! {
    /// `NumberOfRetries` of a `Lambda` processor is outside 0–300.
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
    ///           - ParameterName: NumberOfRetries
    ///             ParameterValue: "500"
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
    ///           - ParameterName: NumberOfRetries
    ///             ParameterValue: "5"
    /// ```
    ///
    /// ## References
    /// Service behaviour, sections 4.1 and 15 (Lambda ranges).
    "FH405", "lambda-retries-out-of-range", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let range = processors::Range {
        parameter: "NumberOfRetries",
        allowed: LAMBDA_RETRIES,
        unit: "",
        service: "Number of retries for lambda must be between 0 and 300.",
        advice: "the default is 3",
    };
    range.check(scope, findings);
}
