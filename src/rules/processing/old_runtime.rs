use super::function;
use crate::model::lambda_runtimes::{self, AS_OF, RuntimeState};
use crate::rule;
use crate::rules::{Finding, Findings, Scope, repair};

rule! {
    /// A transform function's runtime is deprecated or blocked.
    ///
    /// ## Why
    /// A deprecated runtime gets no patches. Later no function can be created with it, then none be updated, and
    /// the deployment fails.
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
    ///       Runtime: python3.8
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
    /// Lambda developer guide, "Lambda runtimes" (deprecated runtimes).
    "FH421", "deprecated-runtime", Warning, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for function in function::all(scope) {
        let Some(place) = function.get("Runtime") else { continue };
        let Some(runtime) = place.known().and_then(|id| lambda_runtimes::find(&id)) else { continue };
        let id = runtime.id;
        let message = match runtime.state(AS_OF) {
            RuntimeState::Supported => continue,
            RuntimeState::Deprecated => format!(
                "the runtime `{id}` is deprecated since {}; no function can be created with it from {}",
                runtime.deprecated, runtime.create_blocked
            ),
            RuntimeState::CreateBlocked => format!(
                "the runtime `{id}` is deprecated since {}; no function can be created with it since {}",
                runtime.deprecated, runtime.create_blocked
            ),
            RuntimeState::UpdateBlocked => format!(
                "the runtime `{id}` is deprecated since {}; no function can be created or updated with it since {}",
                runtime.deprecated, runtime.update_blocked
            ),
        };
        let finding = Finding::at(&place, message)
            .resource(&*function.resource.logical_id)
            .help(format!("use a current runtime, such as `{}`", runtime.successor))
            .related(function.named_at(), "the stream transforms with it");
        // From further back there is work to do on the code.
        let fix = repair::replace(scope.template(), &place, runtime.successor).filter(|_| is_close(id));
        findings.add(match fix {
            Some(fix) => finding.fix(fix),
            None => finding,
        });
    }
}

/// Whether code of this runtime runs on the newest one as it is, most likely.
fn is_close(id: &str) -> bool {
    matches!(id, "python3.9" | "python3.10" | "nodejs20.x")
}
