use super::processors;
use crate::rule;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// A stream has more than one `Lambda` processor.
    ///
    /// ## Why
    /// The service takes one.
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
    ///             ParameterValue: arn:aws:lambda:eu-west-1:444455556666:function:clean
    ///       - Type: Lambda
    ///         Parameters:
    ///           - ParameterName: LambdaArn
    ///             ParameterValue: arn:aws:lambda:eu-west-1:444455556666:function:enrich
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
    ///             ParameterValue: arn:aws:lambda:eu-west-1:444455556666:function:clean-and-enrich
    /// ```
    ///
    /// ## References
    /// Service behaviour, section 15 (two Lambda processors).
    "FH403", "several-lambda-processors", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for processing in processors::running(scope) {
        let mut types = processing.of("Lambda").filter_map(|processor| processor.place.get("Type"));
        let Some(first) = types.next() else { continue };
        for second in types {
            let finding = Finding::at(&second, "a second `Lambda` processor")
                .service("Cannot have more than 1 Lambda processor.")
                .help("call the second function's code from the first")
                .related(first.node.span, "the first one");
            findings.add(finding);
        }
    }
}
