use crate::foundation::document::{Chunk, HOLE, Unknown, Value};
use crate::rule;
use crate::rules::{Finding, Findings, Place, Scope, origin};

rule! {
    /// The stream takes the logs of AWS WAF or API Gateway, and its name lacks the prefix that they want.
    ///
    /// ## Why
    /// AWS WAF delivers only to streams named `aws-waf-logs-…`, API Gateway only to `amazon-apigateway-…`; the logging
    /// configuration or the stage fails to deploy with any other. A name that CloudFormation generates begins with
    /// the name of the stack, so it won't do either.
    ///
    /// ## Fires on
    /// ```yaml
    /// Resources:
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       DeliveryStreamName: waf-logs
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: arn:aws:s3:::example-data
    ///   Logging:
    ///     Type: AWS::WAFv2::LoggingConfiguration
    ///     Properties:
    ///       ResourceArn: arn:aws:wafv2:eu-west-1:444455556666:regional/webacl/site/0a1b2c3d-aaaa-bbbb-cccc-0123456789ab
    ///       LogDestinationConfigs:
    ///         - !GetAtt Stream.Arn
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// Resources:
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       DeliveryStreamName: !Sub "aws-waf-logs-${AWS::StackName}"
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: arn:aws:s3:::example-data
    ///   Logging:
    ///     Type: AWS::WAFv2::LoggingConfiguration
    ///     Properties:
    ///       ResourceArn: arn:aws:wafv2:eu-west-1:444455556666:regional/webacl/site/0a1b2c3d-aaaa-bbbb-cccc-0123456789ab
    ///       LogDestinationConfigs:
    ///         - !GetAtt Stream.Arn
    /// ```
    ///
    /// ## References
    /// AWS WAF developer guide, logging to a delivery stream; API Gateway developer guide, access logging; resource
    /// sheet, section 11 ("Producers").
    "FH113", "name-refused-by-producer", Error, since "0.1.0", Stream(check)
}

/// A resource that sends its logs to a stream, and how that stream's name must begin.
struct Producer {
    kind: &'static str,
    target: &'static [&'static str],
    prefix: &'static str,
    name: &'static str,
}

const fn waf(kind: &'static str, target: &'static [&'static str]) -> Producer {
    Producer { kind, target, prefix: "aws-waf-logs-", name: "AWS WAF" }
}

const fn gateway(kind: &'static str, target: &'static [&'static str]) -> Producer {
    Producer { kind, target, prefix: "amazon-apigateway-", name: "API Gateway" }
}

/// Where the producers hold the stream: the types' CloudFormation and SAM references.
const PRODUCERS: [Producer; 6] = [
    waf("AWS::WAFv2::LoggingConfiguration", &["LogDestinationConfigs"]),
    gateway("AWS::ApiGateway::Stage", &["AccessLogSetting", "DestinationArn"]),
    gateway("AWS::ApiGateway::Deployment", &["StageDescription", "AccessLogSetting", "DestinationArn"]),
    gateway("AWS::ApiGatewayV2::Stage", &["AccessLogSettings", "DestinationArn"]),
    gateway("AWS::Serverless::Api", &["AccessLogSetting", "DestinationArn"]),
    gateway("AWS::Serverless::HttpApi", &["AccessLogSettings", "DestinationArn"]),
];

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let Some(properties) = scope.properties().filter(|place| place.node.as_map().is_some()) else { return };
    let name = properties.get("DeliveryStreamName");
    for producer in &PRODUCERS {
        if !is_refused(scope, name.as_ref(), producer.prefix) {
            continue;
        }
        for resource in scope.view.of_kind(producer.kind) {
            let Some(target) = scope.view.properties(resource).and_then(|place| place.at(producer.target))
            else {
                continue;
            };
            let targets = if target.node.as_list().is_some() { target.items() } else { vec![target] };
            if let Some(target) = targets.iter().find(|target| is_of(scope, name.as_ref(), target)) {
                findings.add(finding(scope, name.as_ref(), producer, target));
            }
        }
    }
}

fn finding(scope: &Scope<'_>, name: Option<&Place<'_>>, producer: &Producer, target: &Place<'_>) -> Finding {
    let Producer { prefix, name: service, .. } = producer;
    let help = format!("name it `{prefix}…` (the stream is replaced)");
    let finding = match name {
        Some(name) => {
            let message = format!("the name does not begin with `{prefix}`, as {service} demands");
            origin::explain(Finding::at(name, message), scope.template(), name)
        }
        None => {
            let message =
                format!("the name is generated, and {service} demands one that begins with `{prefix}`");
            Finding::key(&scope.block(), message)
        }
    };
    finding.help(help).related(target.node.span, format!("`{}` sends its logs here", target.resource))
}

/// Whether the name is sure not to begin with a prefix.
fn is_refused(scope: &Scope<'_>, name: Option<&Place<'_>>, prefix: &str) -> bool {
    let Some(name) = name else {
        // A generated name begins with the name of the stack.
        let stack = scope.view.world.pseudo.stack_name.as_deref();
        return !stack.is_some_and(|stack| format!("{stack}-").starts_with(prefix));
    };
    let text = match name.text() {
        Some(text) => text.masked(),
        None => match name.known() {
            Some(known) => known.into_owned(),
            None => return false,
        },
    };
    let known = text.split(HOLE).next().unwrap_or("");
    let length = known.len().min(prefix.len());
    let is_whole = !text.contains(HOLE);
    known.as_bytes().get(..length) != prefix.as_bytes().get(..length) || (is_whole && length < prefix.len())
}

/// Whether an ARN is that of the stream: by reference, or by its name.
fn is_of(scope: &Scope<'_>, name: Option<&Place<'_>>, target: &Place<'_>) -> bool {
    let id = &scope.stream.logical_id;
    if let Some(reference) = &target.node.reference {
        return reference.target == *id;
    }
    let Value::String(text) = &target.node.value else { return false };
    let refers =
        |chunk: &Chunk| matches!(chunk, Chunk::Unknown(Unknown::Resource(found), _) if found.target == *id);
    let by_name = name.and_then(|name| name.known()).is_some_and(|name| {
        let masked = text.masked();
        masked.contains(":firehose:") && masked.ends_with(&format!("deliverystream/{name}"))
    });
    by_name || text.chunks.iter().any(refers)
}
