//! What every starter has, part by part: tags, alarms, outputs and parameters that say what they are, encryption,
//! logging, and comments that teach.

use firehose_kit::foundation::document::Node;
use firehose_kit::foundation::span::Source;
use firehose_kit::template::Template;
use firehose_kit::template::starters::STARTERS;

/// Types of the starters that take tags as a list of keys and values.
const TAGGED: &[&str] = &[
    "AWS::CloudWatch::Alarm",
    "AWS::IAM::Role",
    "AWS::Kinesis::Stream",
    "AWS::KinesisFirehose::DeliveryStream",
    "AWS::Lambda::Function",
    "AWS::Logs::LogGroup",
    "AWS::OpenSearchServerless::Collection",
    "AWS::OpenSearchService::Domain",
    "AWS::S3::Bucket",
];

fn starters() -> impl Iterator<Item = (&'static str, Template)> {
    STARTERS.iter().map(|starter| {
        let file = starter.files.iter().find(|file| file.path == "template.yaml").unwrap();
        (starter.name, Template::read(Source::new(starter.name, file.text)))
    })
}

fn members<'a>(template: &'a Template, section: &str) -> Vec<(&'a str, &'a Node)> {
    let section = template.section(section).and_then(Node::as_map);
    let entries = section.map(|map| map.entries.as_slice()).unwrap_or_default();
    entries.iter().map(|entry| (&*entry.key, &entry.node)).collect()
}

#[test]
fn all_that_can_be_tagged_is() {
    for (name, template) in starters() {
        for resource in &template.resources {
            let tags =
                resource.properties().and_then(|properties| properties.get("Tags")).and_then(Node::as_list);
            let is_tagged = tags.is_some_and(|tags| !tags.is_empty());
            assert_eq!(is_tagged, TAGGED.contains(&&*resource.kind), "{name}: {}", resource.logical_id);
        }
    }
}

#[test]
fn parameters_and_outputs_say_what_they_are() {
    for (name, template) in starters() {
        for (parameter, node) in members(&template, "Parameters") {
            let bounds = ["AllowedPattern", "AllowedValues", "MinValue"];
            assert!(
                bounds.iter().any(|bound| node.get(bound).is_some()),
                "{name}: {parameter} takes anything"
            );
            assert!(node.get("Description").is_some(), "{name}: {parameter}");
        }
        let outputs = members(&template, "Outputs");
        for wanted in ["StreamName", "StreamArn", "BucketName"] {
            assert!(outputs.iter().any(|(output, _)| *output == wanted), "{name}: no {wanted}");
        }
        for (output, node) in outputs {
            assert!(node.get("Description").is_some(), "{name}: {output}");
        }
    }
}

#[test]
fn two_alarms_watch_each_stream() {
    for (name, template) in starters() {
        let stream = template.delivery_streams().next().unwrap();
        let mut alarms =
            template.resources.iter().filter(|resource| &*resource.kind == "AWS::CloudWatch::Alarm");
        assert!(alarms.clone().count() >= 2, "{name}");
        assert!(alarms.all(|alarm| alarm.properties().unwrap().get("AlarmActions").is_some()), "{name}");
        let text = &template.source.text;
        assert!(
            text.contains("Namespace: AWS/Firehose") && text.contains(&format!("!Ref {}", stream.logical_id)),
            "{name}"
        );
    }
}

/// The guide's advice on alarms: the age of the oldest record, and records that were turned down at the put.
#[test]
fn alarms_watch_the_oldest_record_and_what_was_turned_down() {
    for (name, template) in starters() {
        let alarms = template.resources.iter().filter(|resource| &*resource.kind == "AWS::CloudWatch::Alarm");
        let metrics: Vec<String> = alarms
            .filter_map(|alarm| Some(alarm.properties()?.get("MetricName")?.as_text()?.into_owned()))
            .collect();
        assert!(metrics.iter().any(|metric| metric.ends_with(".DataFreshness")), "{name}: {metrics:?}");
        let stream = template.delivery_streams().next().unwrap().properties().unwrap();
        let is_put = stream.get("KinesisStreamSourceConfiguration").is_none();
        assert_eq!(metrics.iter().any(|metric| metric == "ThrottledRecords"), is_put, "{name}: {metrics:?}");
    }
}

/// Where only failed records come to the bucket, all lie below `ErrorOutputPrefix`, and none is compressed.
#[test]
fn a_bucket_of_failed_records_has_no_setting_without_effect() {
    let mut found = Vec::new();
    for (name, template) in starters() {
        let stream = template.delivery_streams().next().unwrap().properties().unwrap();
        let blocks = stream.as_map().unwrap().entries.iter();
        for block in blocks.filter(|entry| entry.key.ends_with("DestinationConfiguration")) {
            let mode = block.node.get("S3BackupMode").and_then(Node::as_text);
            if mode.is_some_and(|mode| mode.starts_with("Failed")) {
                let bucket = block.node.get("S3Configuration").unwrap();
                assert!(bucket.get("ErrorOutputPrefix").is_some(), "{name}");
                for setting in ["Prefix", "CompressionFormat"] {
                    assert!(bucket.get(setting).is_none(), "{name}: {setting}");
                }
                found.push(name);
            }
        }
    }
    found.sort_unstable();
    assert_eq!(found, ["datadog", "http-endpoint", "snowflake", "splunk"]);
}

#[test]
fn the_output_says_what_lies_in_the_bucket() {
    for (name, template) in starters() {
        let stream = template.delivery_streams().next().unwrap().properties().unwrap();
        let mut blocks = stream.as_map().unwrap().entries.iter();
        let keeps_all = blocks.any(|entry| {
            entry.node.get("S3BackupMode").and_then(Node::as_text).as_deref() == Some("AllDocuments")
        });
        let outputs = members(&template, "Outputs");
        let (_, bucket) = outputs.iter().find(|(output, _)| *output == "BucketName").unwrap();
        let said = bucket.get("Description").and_then(Node::as_text).unwrap();
        assert_eq!(said.contains("every document"), keeps_all, "{name}: {said}");
    }
}

#[test]
fn records_are_encrypted_failures_logged_and_comments_teach() {
    for (name, template) in starters() {
        let stream = template.delivery_streams().next().unwrap().properties().unwrap();
        // Firehose refuses its own encryption where a Kinesis stream is the source: that one is encrypted.
        let is_kinesis = stream.get("KinesisStreamSourceConfiguration").is_some();
        assert_eq!(stream.get("DeliveryStreamEncryptionConfigurationInput").is_none(), is_kinesis, "{name}");
        let of = |kind: &str| {
            template.resources.iter().filter(move |resource| &*resource.kind == kind).collect::<Vec<_>>()
        };
        for source in of("AWS::Kinesis::Stream") {
            assert!(source.properties().unwrap().get("StreamEncryption").is_some(), "{name}");
        }
        for bucket in of("AWS::S3::Bucket") {
            for part in ["BucketEncryption", "PublicAccessBlockConfiguration", "LifecycleConfiguration"] {
                assert!(bucket.properties().unwrap().get(part).is_some(), "{name}: {part}");
            }
        }
        assert!(!of("AWS::Logs::LogGroup").is_empty() && !of("AWS::Logs::LogStream").is_empty(), "{name}");
        let comments =
            template.source.text.lines().filter(|line| line.trim_start().starts_with("# ")).count();
        assert!(comments >= 8, "{name}: {comments} comments");
    }
}
