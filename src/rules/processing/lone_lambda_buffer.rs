use super::processors;
use crate::rule;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// A `Lambda` processor has only one of `BufferSizeInMBs` and `BufferIntervalInSeconds`.
    ///
    /// ## Why
    /// The service wants both or neither.
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
    ///             ParameterValue: "60"
    /// ```
    ///
    /// ## References
    /// Service behaviour, section 15 (one Lambda buffer parameter).
    "FH408", "lone-lambda-buffer-parameter", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    const PAIRS: [(&str, &str, &str); 2] = [
        ("BufferSizeInMBs", "BufferIntervalInSeconds", "60"),
        ("BufferIntervalInSeconds", "BufferSizeInMBs", "1"),
    ];
    const SERVICE: &str = "Both BufferSizeInMBs and BufferIntervalInSeconds are required to configure buffering for lambda processor.";
    for processing in processors::running(scope) {
        for processor in processing.of("Lambda") {
            let parameters = processor.parameters();
            for (has, lacks, default) in PAIRS {
                let lone = parameters.iter().find(|(name, _)| name.as_deref() == Some(has));
                let Some((_, lone)) = lone.filter(|_| processor.lacks(lacks)) else { continue };
                let place = lone.get("ParameterName").unwrap_or_else(|| lone.clone());
                let finding = Finding::at(&place, format!("`{has}` stands without `{lacks}`"))
                    .service(SERVICE)
                    .help(format!("add `{lacks}` ({default} is its default), or remove `{has}`"));
                findings.add(finding);
            }
        }
    }
}
