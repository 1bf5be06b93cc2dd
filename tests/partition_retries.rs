//! `RetryOptions` of dynamically partitioned streams: writes that fail end in the error prefix, not in nothing (rows 7
//! and 11 of the behaviour sheet).

#![cfg(feature = "simulate")]

use std::{fs, path::Path};

use assert_cmd::Command;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

/// A partitioned stream with `options` in its `DynamicPartitioningConfiguration`, and a second one without partitioning.
fn template(options: &str) -> String {
    format!(
        r#"Resources:
  Partitioned:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      ExtendedS3DestinationConfiguration:
        RoleARN: arn:aws:iam::444455556666:role/delivery
        BucketARN: arn:aws:s3:::example-data
        Prefix: "k=!{{partitionKeyFromQuery:k}}/"
        ErrorOutputPrefix: "errors/!{{firehose:error-output-type}}/"
        BufferingHints: {{SizeInMBs: 64, IntervalInSeconds: 60}}
        DynamicPartitioningConfiguration: {{Enabled: true{options}}}
        ProcessingConfiguration:
          Enabled: true
          Processors:
            - Type: MetadataExtraction
              Parameters:
                - {{ParameterName: MetadataExtractionQuery, ParameterValue: "{{k: .k}}"}}
                - {{ParameterName: JsonParsingEngine, ParameterValue: JQ-1.6}}
            - Type: AppendDelimiterToRecord
              Parameters: [{{ParameterName: Delimiter, ParameterValue: "\\n"}}]
  Plain:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      ExtendedS3DestinationConfiguration:
        RoleARN: arn:aws:iam::444455556666:role/delivery
        BucketARN: arn:aws:s3:::example-data
        BufferingHints: {{SizeInMBs: 64, IntervalInSeconds: 60}}
"#
    )
}

struct Ran {
    report: Value,
    lines: Vec<Value>,
    /// The error documents that were delivered.
    documents: Vec<Value>,
    output: String,
}

/// Runs three records through a stream, with these faults.
fn run(folder: &Path, options: &str, stream: &str, faults: &str) -> Ran {
    fs::write(folder.join("template.yaml"), template(options)).unwrap();
    fs::write(
        folder.join("in.jsonl"),
        "{\"k\":\"a\",\"n\":1}\n{\"k\":\"b\",\"n\":2}\n{\"k\":\"a\",\"n\":3}\n",
    )
    .unwrap();
    fs::write(folder.join("x.toml"), faults).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_firehose-kit"));
    let arguments =
        ["simulate", "template.yaml", "--stream", stream, "--input", "in.jsonl", "--scenario", "x.toml"];
    let output = command
        .env_clear()
        .current_dir(folder)
        .args(arguments)
        .args(["--output", "out", "--force"])
        .output()
        .unwrap();
    let shown = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{shown}");
    let out = folder.join("out");
    let manifest = fs::read_to_string(out.join("manifest.jsonl")).unwrap();
    let lines: Vec<Value> = manifest.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut documents = Vec::new();
    for line in lines.iter().filter(|line| line["lane"] == "error" && line["outcome"] == "delivered") {
        let body = fs::read_to_string(out.join(line["path"].as_str().unwrap())).unwrap();
        documents.extend(body.lines().map(|document| serde_json::from_str::<Value>(document).unwrap()));
    }
    for line in lines.iter().filter(|line| line["outcome"] != "delivered") {
        assert!(line.get("path").is_none(), "an object that was not written has no file: {line}");
    }
    let report = serde_json::from_str(&fs::read_to_string(out.join("report.json")).unwrap()).unwrap();
    Ran { report, lines, documents, output: shown }
}

const OUTAGE: &str = "[[fault]]\nlane = \"destination\"\nerror = \"S3.AccessDenied\"\n";

#[test]
fn row_11_after_300_s_the_records_of_partitions_lie_in_the_error_prefix() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run(folder.path(), "", "Partitioned", OUTAGE);
    let ledger = &ran.report["ledger"];
    assert_eq!((&ledger["destination_failed"], &ledger["lost"]), (&3.into(), &0.into()), "{ledger}");
    // Row 6.4: CHOICE, the folder of failed processing; row 4.3: the members, without `lambdaARN`.
    let raw: Vec<String> = ran
        .documents
        .iter()
        .map(|document| {
            let members: Vec<&str> = document.as_object().unwrap().keys().map(String::as_str).collect();
            let wanted = [
                "rawData",
                "errorCode",
                "errorMessage",
                "attemptsMade",
                "arrivalTimestamp",
                "attemptEndingTimestamp",
            ];
            assert_eq!(members, wanted);
            assert_eq!(document["errorCode"], "S3.AccessDenied");
            // 1, 2, 4, ... 128 s make nine attempts; the tenth would come after 300 s.
            assert_eq!(document["attemptsMade"], 9);
            String::from_utf8(STANDARD.decode(document["rawData"].as_str().unwrap()).unwrap()).unwrap()
        })
        .collect();
    // The record as it reached this stage, without the delimiter of objects.
    let mut sorted = raw.clone();
    sorted.sort();
    assert_eq!(sorted, [r#"{"k":"a","n":1}"#, r#"{"k":"a","n":3}"#, r#"{"k":"b","n":2}"#]);
    for line in ran.lines.iter().filter(|line| line["lane"] == "destination") {
        assert_eq!((&line["outcome"], &line["attempts"]), (&"failed".into(), &9.into()));
        // Sealed when the samples end, at 00:00:00.002, and given up 300 s later.
        assert_eq!(line["at"], "2026-01-01T00:05:00.002Z");
    }
    assert!(
        ran.lines.iter().any(|line| line["key"].as_str().unwrap().starts_with("errors/processing-failed/"))
    );
    assert!(!ran.output.contains("not applied"), "{}", ran.output);
    assert!(ran.output.contains("S3.AccessDenied"), "{}", ran.output);
}

#[test]
fn row_7_the_duration_is_that_of_the_template_and_0_is_one_attempt() {
    let folder = tempfile::tempdir().unwrap();
    let attempts = |options: &str| {
        let ran = run(folder.path(), options, "Partitioned", OUTAGE);
        assert_eq!(ran.documents.len(), 3);
        ran.documents[0]["attemptsMade"].as_u64().unwrap()
    };
    assert_eq!(attempts(", RetryOptions: {DurationInSeconds: 0}"), 1);
    assert_eq!(attempts(", RetryOptions: {DurationInSeconds: 4}"), 3);
    assert_eq!(attempts(", RetryOptions: {DurationInSeconds: 7200}"), 9 + 23);
}

#[test]
fn row_7_a_write_that_succeeds_in_time_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let fault = "[[fault]]\nlane = \"destination\"\nattempts = 2\n";
    let ran = run(folder.path(), "", "Partitioned", fault);
    assert_eq!(ran.report["ledger"]["delivered"], 3);
    assert!(ran.documents.is_empty());
}

#[test]
fn row_10_1_without_partitioning_nothing_goes_to_the_error_prefix() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run(folder.path(), "", "Plain", OUTAGE);
    assert_eq!(ran.report["ledger"]["lost"], 3);
    assert!(ran.documents.is_empty());
}

#[test]
fn row_10_1_documents_that_cannot_be_written_are_lost_when_retention_ends() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run(folder.path(), "", "Partitioned", "[[fault]]\n");
    let ledger = &ran.report["ledger"];
    assert_eq!((&ledger["destination_failed"], &ledger["lost"]), (&0.into(), &3.into()), "{ledger}");
}
