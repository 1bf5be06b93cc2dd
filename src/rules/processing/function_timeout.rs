use super::function;
use crate::model::processor_parameters::LAMBDA_TIMEOUT_SECONDS;
use crate::rule;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// A transform function's `Timeout` is above 300 seconds, or below 60.
    ///
    /// ## Why
    /// Firehose waits five minutes at the most. A batch holds up to 3 MB of records; the default of 3 seconds is
    /// too short for it, and each timeout is retried, then fails the whole batch.
    ///
    /// ## Fires on
    /// ```yaml
    /// Resources:
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: arn:aws:s3:::example-data
    ///         ProcessingConfiguration:
    ///           Enabled: true
    ///           Processors:
    ///             - Type: Lambda
    ///               Parameters:
    ///                 - ParameterName: LambdaArn
    ///                   ParameterValue: !GetAtt Transform.Arn
    ///   Transform:
    ///     Type: AWS::Lambda::Function
    ///     Properties:
    ///       Role: arn:aws:iam::444455556666:role/transform
    ///       Runtime: python3.13
    ///       Handler: index.handler
    ///       Timeout: 900
    ///       Code:
    ///         ZipFile: |
    ///           import base64, json
    ///           def handler(event, context):
    ///               records = []
    ///               for record in event['records']:
    ///                   value = json.loads(base64.b64decode(record['data']))
    ///                   data = base64.b64encode((json.dumps(value) + '\n').encode()).decode()
    ///                   records.append({'recordId': record['recordId'], 'result': 'Ok', 'data': data})
    ///               return {'records': records}
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// Resources:
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: arn:aws:s3:::example-data
    ///         ProcessingConfiguration:
    ///           Enabled: true
    ///           Processors:
    ///             - Type: Lambda
    ///               Parameters:
    ///                 - ParameterName: LambdaArn
    ///                   ParameterValue: !GetAtt Transform.Arn
    ///   Transform:
    ///     Type: AWS::Lambda::Function
    ///     Properties:
    ///       Role: arn:aws:iam::444455556666:role/transform
    ///       Runtime: python3.13
    ///       Handler: index.handler
    ///       Timeout: 60
    ///       Code:
    ///         ZipFile: |
    ///           import base64, json
    ///           def handler(event, context):
    ///               records = []
    ///               for record in event['records']:
    ///                   value = json.loads(base64.b64decode(record['data']))
    ///                   data = base64.b64encode((json.dumps(value) + '\n').encode()).decode()
    ///                   records.append({'recordId': record['recordId'], 'result': 'Ok', 'data': data})
    ///               return {'records': records}
    /// ```
    ///
    /// ## References
    /// Developer guide, "Transform source data in Amazon Data Firehose"; service behaviour, section 4.1.
    "FH417", "function-timeout", Warning, since "0.1.0", Stream(check)
}

/// Less than this is flagged; the developer guide asks for a minute.
const LEAST_SECONDS: f64 = 60.0;
/// What Lambda takes where `Timeout` is not set.
const DEFAULT_SECONDS: u32 = 3;

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for function in function::all(scope) {
        let id = &function.resource.logical_id;
        let finding = match function.get("Timeout") {
            None if function.has_unknown_globals() => continue,
            None => {
                let message = format!(
                    "`{id}` has no `Timeout`; the default of {DEFAULT_SECONDS} seconds is too short for a batch"
                );
                Finding::key(&function.properties, message)
            }
            Some(timeout) => match timeout.node.as_number() {
                Some(seconds) if seconds > LAMBDA_TIMEOUT_SECONDS => {
                    let message = format!(
                        "`Timeout` is {seconds} seconds, but Firehose waits {LAMBDA_TIMEOUT_SECONDS} at the most"
                    );
                    Finding::at(&timeout, message)
                }
                Some(seconds) if seconds < LEAST_SECONDS => Finding::at(
                    &timeout,
                    format!("`Timeout` is {seconds} seconds, which is short for a batch of records"),
                ),
                _ => continue,
            },
        };
        findings.add(
            finding
                .resource(&**id)
                .help("set `Timeout` to a value from 60 to 300")
                .related(function.named_at(), "the stream transforms with it"),
        );
    }
}
