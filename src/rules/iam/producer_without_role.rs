use crate::model::permissions::{Feature, Form};
use crate::rule;
use crate::rules::iam::asks::{self, Ask, need};
use crate::rules::iam::lacking;
use crate::rules::iam::resources::{Side, Token, referred, tokens};
use crate::rules::iam::role;
use crate::rules::iam::trust::{self, Trust};
use crate::rules::iam::written::{called, written};
use crate::rules::{Finding, Findings, Place, View};
use crate::template::{DELIVERY_STREAM, Resource};

rule! {
    /// A producer in the template has no role that may put records into the stream.
    ///
    /// ## Why
    /// CloudWatch Logs, SNS, EventBridge and metric streams put records with a role of yours: it must be named, trust the
    /// producer, and be allowed `firehose:PutRecord` or `firehose:PutRecordBatch` on the stream itself. A policy on
    /// `<stream>/*` covers nothing.
    ///
    /// ## Fires on
    /// ```yaml
    /// Resources:
    ///   Filter:
    ///     Type: AWS::Logs::SubscriptionFilter
    ///     Properties:
    ///       LogGroupName: /app/requests
    ///       FilterPattern: ""
    ///       DestinationArn: !GetAtt Stream.Arn
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// Resources:
    ///   Filter:
    ///     Type: AWS::Logs::SubscriptionFilter
    ///     Properties:
    ///       LogGroupName: /app/requests
    ///       FilterPattern: ""
    ///       DestinationArn: !GetAtt Stream.Arn
    ///       RoleArn: !GetAtt Sender.Arn
    ///   Sender:
    ///     Type: AWS::IAM::Role
    ///     Properties:
    ///       AssumeRolePolicyDocument:
    ///         Statement:
    ///           - Effect: Allow
    ///             Principal: {Service: logs.amazonaws.com}
    ///             Action: sts:AssumeRole
    ///             Condition: {StringEquals: {"sts:ExternalId": !Ref AWS::AccountId}}
    ///       Policies:
    ///         - PolicyName: delivery
    ///           PolicyDocument:
    ///             Statement:
    ///               - {Effect: Allow, Action: ["firehose:PutRecord", "firehose:PutRecordBatch"], Resource: !GetAtt Stream.Arn}
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// CloudWatch Logs user guide, "Subscription filters with Amazon Data Firehose"; SNS developer guide, "Prerequisites for
    /// subscribing Firehose delivery streams"; EventBridge user guide, "Targets".
    "FH717", "producer-without-role", Error, since "0.1.0", Template(check)
}

/// A type of producer: the properties that name the stream and the role, and who assumes it.
struct Producer {
    kind: &'static str,
    target: &'static str,
    role: &'static str,
    service: &'static str,
    words: &'static str,
}

const PRODUCERS: [Producer; 4] = [
    Producer {
        kind: "AWS::Logs::SubscriptionFilter",
        target: "DestinationArn",
        role: "RoleArn",
        service: "logs",
        words: "the subscription filter",
    },
    Producer {
        kind: "AWS::SNS::Subscription",
        target: "Endpoint",
        role: "SubscriptionRoleArn",
        service: "sns",
        words: "the subscription",
    },
    Producer {
        kind: "AWS::Events::Rule",
        target: "Arn",
        role: "RoleArn",
        service: "events",
        words: "the target",
    },
    Producer {
        kind: "AWS::CloudWatch::MetricStream",
        target: "FirehoseArn",
        role: "RoleArn",
        service: "streams.metrics.cloudwatch",
        words: "the metric stream",
    },
];

fn check(view: &View<'_>, findings: &mut Findings<'_>) {
    for producer in &PRODUCERS {
        for resource in view.of_kind(producer.kind) {
            for block in blocks(view, producer, resource) {
                look(view, producer, &block, findings);
            }
        }
    }
}

/// The blocks that name a target: the targets of a rule, or the properties themselves.
fn blocks<'a>(view: &'a View<'a>, producer: &Producer, resource: &'a Resource) -> Vec<Place<'a>> {
    let Some(properties) = view.properties(resource) else { return Vec::new() };
    match producer.kind {
        "AWS::Events::Rule" => properties.get("Targets").map(|targets| targets.items()).unwrap_or_default(),
        _ => vec![properties],
    }
}

fn look<'a>(view: &'a View<'a>, producer: &Producer, block: &Place<'a>, findings: &mut Findings<'_>) {
    let Some(target) = block.get(producer.target) else { return };
    let Some(used) = stream_arn(view, &target) else { return };
    let words = producer.words;
    let Some(arn) = block.get(producer.role) else {
        let message = format!("{words} puts records into a delivery stream, and has no `{}`", producer.role);
        findings.add(Finding::at(&target, message).help(format!(
            "add `{}`: a role that `{}.amazonaws.com` may assume, with `firehose:PutRecord` and \
             `firehose:PutRecordBatch` on the stream",
            producer.role, producer.service
        )));
        return;
    };
    let Some(found) = role::find(view, arn.node) else { return };
    if let Trust::Refused { document, services, other_action } = trust::of(view, found, producer.service) {
        let place = other_action.or_else(|| services.first().cloned());
        let message =
            format!("{} can't be assumed by `{}.amazonaws.com`", role::called(found), producer.service);
        let finding = match place {
            Some(place) => Finding::at(&place, message),
            None => Finding::key(&document, message),
        };
        findings.add(
            finding
                .help(format!("let the service `{}.amazonaws.com` assume it", producer.service))
                .related(arn.node.span, format!("{words} uses the role here")),
        );
    }
    let subject = called(view, target.node, "delivery stream");
    let needs = vec![need(Form::DeliveryStream, used, written(target.node))];
    let ask = Ask { feature: Feature::Producer, role: arn, at: target, subject, needs };
    let Some(grants) = lacking::known_grants(view, &ask) else { return };
    let missing = lacking::missing(view, &grants, &ask, |_| true);
    // Which of the two a producer calls differs, and changes: one is enough.
    if missing.len() == 2 {
        lacking::finding(view, &ask, &grants, &missing, &missing)
            .into_iter()
            .for_each(|finding| findings.add(finding));
    }
}

/// The ARN of the delivery stream that a target is; `None` for other targets.
fn stream_arn<'a>(view: &'a View<'a>, target: &Place<'a>) -> Option<Vec<Token>> {
    if let Some(stream) = asks::find(view, DELIVERY_STREAM, target.node) {
        return Some(referred(view, &stream.logical_id, Some("Arn"), Side::Used));
    }
    let text = target.text()?.masked();
    (text.contains(":firehose:") && text.contains(":deliverystream/"))
        .then(|| tokens(view, target.node, Side::Used))
}
