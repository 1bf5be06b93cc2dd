use std::ops::Range;

use super::function;
use super::response;
use super::source_code::Code;
use crate::foundation::diagnostic::Fix;
use crate::rule;
use crate::rules::{Finding, Findings, Place, Scope};

rule! {
    /// The inline code of a transform returns something that Firehose can't use.
    ///
    /// ## Why
    /// The response is `{records: [{recordId, result, data}]}`, with `result` one of `Ok`, `Dropped` and
    /// `ProcessingFailed` in just this case. With another `result` the whole batch fails; what is not returned
    /// fails by itself.
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
    ///                   data = base64.b64encode((json.dumps(value) + '\n').encode()).decode()
    ///                   records.append({'recordId': record['recordId'], 'result': 'OK', 'data': data})
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
    /// Developer guide, "Required parameters for data transformation"; service behaviour, section 4.2.
    "FH423", "bad-transform-response", Warning, since "0.1.0", Stream(check)
}

/// The statuses that Firehose knows.
const STATUSES: [&str; 3] = ["Ok", "Dropped", "ProcessingFailed"];

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for function in function::all(scope) {
        let Some((place, code)) = function.code() else { continue };
        let mut add = |finding: Finding| findings.add(finding.resource(&*function.resource.logical_id));
        if !code.mentions("recordId") && !code.mentions("records") {
            // A function that speaks of neither does its work elsewhere, or is for something else.
            continue;
        }
        statuses(scope, &place, &code).into_iter().for_each(&mut add);
        missing_members(scope, &place, &code).into_iter().for_each(&mut add);
        missing_records(scope, &place, &code).into_iter().for_each(&mut add);
    }
}

fn statuses(scope: &Scope<'_>, place: &Place<'_>, code: &Code) -> Vec<Finding> {
    let wrong = |range: Range<usize>| {
        let status = &code.text[range.clone()];
        if STATUSES.contains(&status) || status.contains(crate::foundation::document::HOLE) {
            return None;
        }
        let message = format!("`{status}` is no result that Firehose knows");
        let finding = Finding::inside(scope.template(), place, range.clone(), message)
            .help("write `Ok`, `Dropped` or `ProcessingFailed`, in this case");
        let folded: String = status.chars().filter(char::is_ascii_alphanumeric).collect();
        let meant = STATUSES.into_iter().find(|known| known.eq_ignore_ascii_case(&folded));
        let source = &scope.template().source;
        let span = place.text().and_then(|text| text.span_of(&source.text, range));
        Some(match (meant, span) {
            (Some(meant), Some(span)) if source.slice(span) == status => {
                finding.fix(Fix::replace(span, meant))
            }
            _ => finding,
        })
    };
    response::literals(code, "result").into_iter().filter_map(wrong).collect()
}

/// Members that a record of the response lacks, where it is written out in one piece.
fn missing_members(scope: &Scope<'_>, place: &Place<'_>, code: &Code) -> Vec<Finding> {
    let mut found = Vec::new();
    for record in response::records(code) {
        let has =
            |names: &[&str]| names.iter().any(|name| record.members.iter().any(|member| member == name));
        let missing = match record.result.as_deref() {
            _ if !has(&["recordId"]) => "recordId",
            Some("Dropped" | "ProcessingFailed") => continue,
            Some("Ok") if !has(&["data", "kafkaRecordValue"]) => "data",
            _ => continue,
        };
        let message = format!("a record of the response lacks `{missing}`");
        let help = match missing {
            "recordId" => "return the `recordId` that came with the record",
            _ => "return the new content in base64 as `data`",
        };
        found.push(Finding::inside(scope.template(), place, record.key, message).help(help));
    }
    for key in response::records_without_result(code) {
        let finding =
            Finding::inside(scope.template(), place, key, "a record of the response lacks `result`");
        found.push(finding.help("say what became of the record: `Ok`, `Dropped` or `ProcessingFailed`"));
    }
    found
}

/// A response that certainly has no `records`.
fn missing_records(scope: &Scope<'_>, place: &Place<'_>, code: &Code) -> Option<Finding> {
    let range = response::return_without_records(code)?;
    let message = "the function returns no `records`";
    Some(
        Finding::inside(scope.template(), place, range, message)
            .help("return `{records: [...]}` with every record once"),
    )
}
