use super::function::{self, Function};
use super::processors;
use super::source_code::{Code, Language};
use crate::rule;
use crate::rules::scope::enabled;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// A transform function re-encodes JSON without a line feed at its end.
    ///
    /// ## Why
    /// Firehose puts nothing between records, so the objects of a batch end up in one line; Athena reads the
    /// first of them only.
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
    ///       Timeout: 60
    ///       Code:
    ///         ZipFile: |
    ///           import base64, json
    ///           def handler(event, context):
    ///               records = []
    ///               for record in event['records']:
    ///                   value = json.loads(base64.b64decode(record['data']))
    ///                   data = base64.b64encode(json.dumps(value).encode()).decode()
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
    /// Service behaviour, section 16, point 1; developer guide, "Configure destination settings" (new line
    /// delimiter).
    "FH424", "transform-without-line-feed", Info, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for function in function::all(scope) {
        let Some((place, code)) = function.code() else { continue };
        if !wants_lines(scope, &function)
            || !code.mentions("recordId")
            || code.text.contains(crate::foundation::document::HOLE)
        {
            continue;
        }
        let Some(range) = encoder(&code) else { continue };
        let finding = Finding::inside(
            scope.template(),
            &place,
            range,
            "the JSON that this makes has no line feed at its end",
        )
        .resource(&*function.resource.logical_id)
        .help("append `\\n` before encoding, or add an `AppendDelimiterToRecord` processor")
        .related(function.named_at(), "the stream transforms with it");
        findings.add(finding);
    }
}

/// Whether the destination concatenates records into objects, and no processor ends them.
fn wants_lines(scope: &Scope<'_>, function: &Function<'_>) -> bool {
    let concatenates = match function.destination {
        "ExtendedS3DestinationConfiguration" => {
            enabled(&function.destination_place, "DataFormatConversionConfiguration", true) == Some(false)
        }
        // COPY of JSON takes objects without a separator.
        _ => false,
    };
    let processing = processors::all(scope).into_iter().find(|one| one.destination == function.destination);
    concatenates && processing.is_some_and(|one| !one.may_have("AppendDelimiterToRecord"))
}

/// The call that makes JSON, in code that then encodes it and has no line feed anywhere.
fn encoder(code: &Code) -> Option<std::ops::Range<usize>> {
    if code.text.contains("\\n")
        || ["linesep", "EOL", "chr", "fromCharCode"].iter().any(|word| code.mentions(word))
    {
        return None;
    }
    let (maker, encodes) = match code.language {
        Language::Python(_) => ("json.dumps", code.has_word("b64encode")),
        Language::Node(_) => ("JSON.stringify", code.text.contains("base64")),
    };
    // Of several calls, the last one before the encoding would be the one; with several, none is sure.
    let mut makers = code.words(maker);
    let only = makers.next().filter(|_| encodes)?;
    makers.next().is_none().then_some(only)
}
