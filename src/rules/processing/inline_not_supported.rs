use super::function;
use crate::rule;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// Inline code stands with a runtime that takes none, or is too long.
    ///
    /// ## Why
    /// CloudFormation takes inline code for Node.js and Python only, up to 4 MiB.
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
    ///       Runtime: java21
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
    /// CloudFormation user guide, `AWS::Lambda::Function` `Code` (`ZipFile`); resource sheet, section 11.
    "FH422", "inline-code-not-supported", Error, since "0.1.0", Stream(check)
}

/// Longest inline code, in bytes.
const LONGEST: usize = 4 * 1024 * 1024;

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for function in function::all(scope) {
        let Some(inline) = function.inline() else { continue };
        let id = &*function.resource.logical_id;
        if let Some(runtime) = function.get("Runtime")
            && let Some(name) = runtime.known()
            && !name.is_empty()
            && !name.starts_with("nodejs")
            && !name.starts_with("python")
        {
            let finding =
                Finding::at(&runtime, format!("inline code with the runtime `{name}`, which takes none"))
                    .resource(id)
                    .help("package the code to S3, or use Python or Node.js")
                    .related(inline.key_span, "the inline code");
            findings.add(finding);
        }
        let length = inline.text().map_or(0, |text| text.masked().len());
        if length > LONGEST {
            let message = format!("the inline code has {length} bytes; the most is {LONGEST}");
            findings.add(Finding::key(&inline, message).resource(id).help("package the code to S3"));
        }
    }
}
