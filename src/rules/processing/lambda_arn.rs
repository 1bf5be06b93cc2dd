use super::processors::{self, Processor};
use crate::foundation::document::{Chunk, HOLE, Text, Unknown};
use crate::rule;
use crate::rules::{Finding, Findings, Place, Scope};

rule! {
    /// A `Lambda` processor has no `LambdaArn`, or one that is not the ARN of a function.
    ///
    /// ## Why
    /// The service refuses the stream.
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
    ///           - ParameterName: NumberOfRetries
    ///             ParameterValue: "3"
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
    ///             ParameterValue: arn:aws:lambda:eu-west-1:444455556666:function:transform:$LATEST
    /// ```
    ///
    /// ## References
    /// Service behaviour, sections 4.1 and 15 (Lambda without ARN, bad ARN).
    "FH404", "bad-lambda-arn", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for processing in processors::running(scope) {
        for processor in processing.of("Lambda") {
            match processor.parameter("LambdaArn") {
                Some(value) => {
                    findings_of(scope, &value).into_iter().for_each(|finding| findings.add(finding))
                }
                None if processor.lacks("LambdaArn") => findings.add(missing(processor)),
                None => {}
            }
        }
    }
}

fn missing(processor: &Processor<'_>) -> Finding {
    Finding::at(&processor.type_place(), "the `Lambda` processor has no `LambdaArn`")
        .service("LambdaArn is required when Lambda processor is used.")
        .help("add the parameter `LambdaArn`, such as `!GetAtt Function.Arn`")
}

fn findings_of(scope: &Scope<'_>, value: &Place<'_>) -> Option<Finding> {
    const SERVICE: &str = "Invalid lambda ARN.";
    if let Some(finding) = of_reference(scope, value) {
        return Some(finding.service(SERVICE));
    }
    if scope.view.referred(value.node).is_some() {
        return None;
    }
    let (range, wrong) = wrong_part(value)?;
    let message = format!("`LambdaArn` is no ARN of a function: {wrong}");
    let help = "give an ARN such as `arn:aws:lambda:eu-west-1:444455556666:function:name`, or `!GetAtt Function.Arn`";
    Some(Finding::inside(scope.template(), value, range, message).service(SERVICE).help(help))
}

/// Whether the value of a `LambdaArn` is surely no function's ARN.
pub fn is_told(scope: &Scope<'_>, value: &Place<'_>) -> bool {
    findings_of(scope, value).is_some()
}

/// A reference to another resource than a function. `Ref` of a function, which gives its name, is FH011's.
fn of_reference(scope: &Scope<'_>, value: &Place<'_>) -> Option<Finding> {
    let reference = value.node.reference.as_deref()?;
    let resource = scope.view.referred(value.node)?;
    let target = &reference.target;
    match reference.attribute.as_deref() {
        Some("Arn") if NO_FUNCTIONS.contains(&&*resource.kind) => {
            let message =
                format!("`LambdaArn` is the ARN of `{target}`, which is of type `{}`", resource.kind);
            Some(
                Finding::at(value, message)
                    .help("give the ARN of a function")
                    .related(resource.id_span, "declared here"),
            )
        }
        _ => None,
    }
}

/// Types whose `Arn` is often at hand beside a stream, and is no function's.
const NO_FUNCTIONS: [&str; 9] = [
    "AWS::DynamoDB::Table",
    "AWS::IAM::Role",
    "AWS::KMS::Key",
    "AWS::Kinesis::Stream",
    "AWS::KinesisFirehose::DeliveryStream",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
    "AWS::StepFunctions::StateMachine",
];

/// A part of an ARN by its place: what is wrong with it, unless it passes the check.
type Part<'c> = (usize, &'c str, &'c dyn Fn(&str) -> bool);

/// The part of the text that keeps it from being a function's ARN. Pseudo parameters may be unknown in it: they hold no
/// colon, so parts keep their places.
fn wrong_part(value: &Place<'_>) -> Option<(std::ops::Range<usize>, String)> {
    let text = match value.text() {
        Some(text) => text,
        None => {
            return Some((0..0, "it is a number or truth value".to_owned()))
                .filter(|_| value.known().is_some());
        }
    };
    let sure = |chunk: &Chunk| matches!(chunk, Chunk::Known(..) | Chunk::Unknown(Unknown::Pseudo(_), _));
    // Of a text with other unknown parts the literal head decides, as far as its parts are whole.
    let is_whole = text.chunks.iter().all(sure);
    let head: Text = Text { chunks: text.chunks.iter().take_while(|chunk| sure(chunk)).cloned().collect() };
    let masked = match head.masked() {
        all if is_whole => all,
        head => head[..head.rfind(':')?].to_owned(),
    };
    let all = 0..masked.len();
    if masked.trim().is_empty() {
        return None; // Blank values are FH021's.
    }
    let mut parts = Vec::new();
    let mut start = 0;
    for part in masked.split(':') {
        parts.push((start..start + part.len(), part));
        start += part.len() + 1;
    }
    let has_hole = |part: &str| part.contains(HOLE);
    let every = |part: &str, allowed: fn(char) -> bool| part.chars().all(|c| c == HOLE || allowed(c));
    let is_region = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let checks: [Part<'_>; 7] = [
        (0, "it does not begin with `arn:`", &|part| part == "arn"),
        (1, "this is no partition", &|part| {
            has_hole(part)
                || (part.starts_with("aws") && every(&part[3..], |c| c.is_ascii_alphabetic() || c == '-'))
        }),
        (2, "the service is not `lambda`", &|part| part == "lambda"),
        (3, "this is no region", &|part| !part.is_empty() && every(part, is_region)),
        (4, "the account has not 12 digits", &|part| {
            has_hole(part) || (part.len() == 12 && every(part, |c| c.is_ascii_digit()))
        }),
        (5, "`function` is missing here", &|part| part == "function"),
        (6, "this is no function name", &|part| {
            (1..=64).contains(&part.chars().count()) && every(part, is_name)
        }),
    ];
    for (at, wrong, check) in checks {
        match parts.get(at) {
            None if !is_whole => return None,
            None => return Some((all, "it is too short".to_owned())),
            Some((range, part)) if !check(part) => {
                let range = if at == 0 || range.is_empty() { all } else { range.clone() };
                return Some((range, wrong.to_owned()));
            }
            Some(_) => {}
        }
    }
    match parts.get(7) {
        Some((range, part))
            if *part != "$LATEST" && !((1..=128).contains(&part.chars().count()) && every(part, is_name)) =>
        {
            let range = if range.is_empty() { all } else { range.clone() };
            Some((range, "this is no version or alias".to_owned()))
        }
        _ if parts.len() > 8 => Some((all, "it has too many parts".to_owned())),
        _ => None,
    }
}
