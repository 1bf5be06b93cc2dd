//! Streams tested as docs/testing-streams.md has it: what a scenario can set, and what an expectation can look into.

#![cfg(feature = "simulate")]

use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

const BUCKET: &str = "RoleARN: arn:aws:iam::444455556666:role/delivery\n        BucketARN: arn:aws:s3:::example-data\n";

/// A template with one stream to S3, with these further lines of its destination and these resources.
fn template(destination: &str, resources: &str) -> String {
    format!(
        "Resources:\n  Stream:\n    Type: AWS::KinesisFirehose::DeliveryStream\n    Properties:\n      \
         DeliveryStreamName: clicks\n      ExtendedS3DestinationConfiguration:\n        {BUCKET}{destination}{resources}"
    )
}

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

/// The program, without the environment of whoever runs the tests.
fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firehose-kit"));
    let output = command.env_clear().current_dir(folder).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn passes(folder: &Path, arguments: &[&str]) -> String {
    let (code, shown, errors) = run(folder, arguments);
    assert_eq!(code, 0, "{shown}{errors}");
    shown
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The object of a lane in an output folder.
fn object(out: &Path, lane: &str) -> String {
    let manifest = std::fs::read_to_string(out.join("manifest.jsonl")).unwrap();
    let line = manifest.lines().map(json).find(|line| line["lane"] == lane).unwrap();
    std::fs::read_to_string(out.join(line["path"].as_str().unwrap())).unwrap()
}

/// A stream with a function: one of the template with this `Timeout`, or one outside of it.
fn with_function(timeout: Option<u32>) -> String {
    let arn = match timeout {
        Some(_) => "!GetAtt Fn.Arn",
        None => "arn:aws:lambda:us-east-1:444455556666:function:Fn",
    };
    let function = timeout.map(|seconds| {
        format!(
            "  Fn:\n    Type: AWS::Lambda::Function\n    Properties:\n      Handler: index.handler\n      Runtime: \
             python3.13\n      Timeout: {seconds}\n      Role: arn:aws:iam::444455556666:role/function\n      Code: \
             {{ZipFile: 'def handler(event, context): pass'}}\n"
        )
    });
    let destination = format!(
        "        ProcessingConfiguration: {{Enabled: true, Processors: [{{Type: Lambda, Parameters: [{{ParameterName: \
         LambdaArn, ParameterValue: {arn}}}]}}]}}\n"
    );
    template(&destination, &function.unwrap_or_default())
}

/// Behaviour sheet, 4.1 and 4.2: Firehose waits five minutes at the most, Lambda as long as `Timeout`; then the call is
/// made again, and at last fails as `Lambda.FunctionTimedOut`.
#[test]
fn a_call_that_takes_too_long_in_virtual_time_ends_at_the_limit_and_is_made_again() {
    for (timeout, latency, limit) in [
        (Some(60), "function = \"6m\"", Some(60)),
        (Some(60), "function = \"60001ms\"", Some(60)),
        (Some(60), "function = \"60s\"", None),
        (Some(900), "function = \"301s\"", Some(300)),
        // Nothing is known of a function outside of the template.
        (None, "function = \"301s\"", Some(300)),
        (None, "function = \"4s\"", None),
        // One hour of jitter is over the limit in all but one of 60 draws; the seed says in which.
        (Some(60), "function-jitter = \"1h\"", Some(60)),
    ] {
        let scenario = format!("[function]\nFn = \"skip\"\n[latency]\n{latency}\n");
        let folder = folder(&[
            ("template.yaml", &with_function(timeout)),
            ("in.jsonl", "{\"id\":1}\n"),
            ("s.toml", &scenario),
        ]);
        let arguments =
            ["simulate", "--no-validate", "--input", "in.jsonl", "--scenario", "s.toml", "--trace", "1"];
        let shown = passes(folder.path(), &arguments);
        let out = folder.path().join("firehose-out");
        let report = json(&std::fs::read_to_string(out.join("report.json")).unwrap());
        let Some(limit) = limit else {
            assert_eq!(report["ledger"]["delivered"], 1, "{latency}: {shown}");
            continue;
        };
        assert_eq!(report["ledger"]["processing_failed"], 1, "{latency}: {shown}");
        let document = json(&object(&out, "error"));
        assert_eq!(document["errorCode"], "Lambda.FunctionTimedOut");
        assert_eq!(document["errorMessage"], "The Lambda function timed out.");
        assert_eq!(document["attemptsMade"], 4);
        let arrival = document["arrivalTimestamp"].as_i64().unwrap();
        assert_eq!(document["attemptEndingTimestamp"].as_i64().unwrap() - arrival, 4 * limit * 1_000);
        assert!(shown.contains("failed with Lambda.FunctionTimedOut"), "{shown}");
        assert!(shown.contains("did not answer"), "{shown}");
    }
}
