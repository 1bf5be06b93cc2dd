//! Functions in the middle of a stream, for real: Python and Node behind the Runtime API, recorded answers, and what a
//! user sees of them. Behaviour sheet, section 4.

#![cfg(all(feature = "simulate", unix))]

use std::path::{Path, PathBuf};
use std::process::Command;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/functions")
}

/// The program, without the environment of whoever runs the tests but for the programs that it may call.
#[expect(clippy::disallowed_methods, reason = "interpreters are found by `PATH`")]
fn firehose_kit(arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firehose-kit"));
    command.env_clear().current_dir(fixtures()).args(arguments);
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// A run with an exit code of 0; its report, and what it wrote to standard error.
fn simulate(stream: &str, input: &str, out: &Path, more: &[&str]) -> (Value, String) {
    let mut arguments = vec!["simulate", "template.yaml", "--stream", stream, "--input", input];
    arguments.extend(["--no-validate", "--format", "json", "--output", out.to_str().unwrap()]);
    arguments.extend(more);
    let (code, shown, errors) = firehose_kit(&arguments);
    assert_eq!(code, 0, "{shown}{errors}");
    (serde_json::from_str(&shown).unwrap(), errors)
}

/// The bodies of a lane, in the order of their keys, with the part of the key before the stream's name.
fn bodies(out: &Path, lane: &str) -> Vec<(String, String)> {
    let manifest = std::fs::read_to_string(out.join("manifest.jsonl")).unwrap();
    let lines = manifest.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut all: Vec<(String, String)> = lines
        .filter(|line| line["lane"] == lane)
        .map(|line| {
            let key = line["key"].as_str().unwrap().split("from-").next().unwrap().to_owned();
            (key, std::fs::read_to_string(out.join(line["path"].as_str().unwrap())).unwrap())
        })
        .collect();
    all.sort();
    all
}

#[expect(clippy::disallowed_macros, reason = "what is skipped is said aloud")]
fn has_node() -> bool {
    let found = Command::new("node").arg("--version").output().is_ok();
    if !found {
        eprintln!("SKIPPED: there is no `node` on this machine");
    }
    found
}

#[test]
fn a_python_function_of_the_template_transforms_drops_fails_and_partitions() {
    let base = tempfile::tempdir().unwrap();
    let out = base.path().join("out");
    let (report, _) = simulate("FromPython", "numbers.jsonl", &out, &["--run-functions", "--trace", "3"]);
    let ledger = &report["ledger"];
    assert_eq!(
        [&ledger["records"], &ledger["delivered"], &ledger["dropped"], &ledger["processing_failed"]],
        [5, 3, 1, 1]
    );
    let expected = [
        ("parity=0/", "{\"n\":2,\"double\":4}\n"),
        ("parity=1/", "{\"n\":1,\"double\":2}\n{\"n\":3,\"double\":6}\n"),
    ];
    let found = bodies(&out, "destination");
    assert_eq!(found, expected.map(|(key, body)| (key.to_owned(), body.to_owned())));
    let errors = bodies(&out, "error");
    assert_eq!(errors[0].0, "errors/processing-failed/");
    let document: Value = serde_json::from_str(&errors[0].1).unwrap();
    assert_eq!(document["errorCode"], "Lambda.ProcessingFailedStatus");
    assert_eq!(document["rawData"], STANDARD.encode(r#"{"n":-1}"#));
    assert_eq!(document["lambdaARN"], "arn:aws:lambda:us-east-1:123456789012:function:python");
    // The life of the record that was dropped.
    let stages: Vec<&str> = report["trace"]["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["stage"].as_str().unwrap())
        .collect();
    assert_eq!(stages, ["put", "function", "function", "function", "outcome"]);
    assert_eq!(report["trace"]["events"][3]["message"], "dropped by the function");
}

#[test]
fn results_do_not_depend_on_workers() {
    let base = tempfile::tempdir().unwrap();
    let runs = ["1", "2"].map(|workers| {
        let out = base.path().join(workers);
        let (report, _) =
            simulate("FromPython", "numbers.jsonl", &out, &["--run-functions", "--workers", workers]);
        (report, bodies(&out, "destination"), bodies(&out, "error"))
    });
    assert_eq!(runs[0], runs[1]);
}

#[test]
fn a_node_function_beside_the_template_runs_and_its_words_are_shown_on_request() {
    if !has_node() {
        return;
    }
    let base = tempfile::tempdir().unwrap();
    let out = base.path().join("out");
    let more = ["--run-functions", "--function-logs"];
    let (report, errors) = simulate("FromNode", "numbers.jsonl", &out, &more);
    assert_eq!(report["ledger"]["delivered"], 5);
    let body = "{\"N\":1}\n{\"N\":2}\n{\"N\":0}\n{\"N\":-1}\n{\"N\":3}\n";
    assert_eq!(bodies(&out, "destination")[0].1, body);
    assert!(errors.contains("call 1, 5 records"), "{errors}");
}

#[test]
fn a_function_that_raises_is_called_again_and_explained_with_what_it_said() {
    let base = tempfile::tempdir().unwrap();
    let out = base.path().join("out");
    let arguments = ["simulate", "template.yaml", "--stream", "FromPython", "--input", "boom.jsonl"];
    let more = ["--no-validate", "--run-functions", "--output", out.to_str().unwrap()];
    let (code, shown, errors) = firehose_kit(&[&arguments[..], &more[..]].concat());
    assert_eq!(code, 0, "{shown}{errors}");
    for part in [
        "processing_failed[Lambda.FunctionError]: 1 record:",
        "such as record 2 (boom.jsonl:2): {\"n\":\"boom\"}",
        "the function said:",
        "no such number",
        "ValueError: boom",
        "2 calls of the function failed with Lambda.FunctionError",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let document: Value = serde_json::from_str(&bodies(&out, "error")[0].1).unwrap();
    assert_eq!(
        (&document["errorCode"], &document["attemptsMade"]),
        (&json!("Lambda.FunctionError"), &json!(2))
    );
    // The other record was in a call of its own.
    assert_eq!(bodies(&out, "destination")[0].1, "{\"n\":1,\"double\":2}\n");
    let report = std::fs::read_to_string(out.join("report.json")).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    let said = report["failures"][0]["said"].as_str().unwrap();
    assert!(said.starts_with("no such number\n") && said.contains("ValueError: boom"), "{said}");
    assert!(said.contains("\"/var/task/index.py\""), "{said}");
}

/// Contract 1: secrets are `***` in everything that is written; CHOICE: variables with telling names are some.
#[test]
fn secrets_of_the_environment_are_never_told() {
    let base = tempfile::tempdir().unwrap();
    let template = base.path().join("template.json");
    let code = "import os, sys\ndef handler(event, context):\n    print('out', os.environ['DB_PASSWORD'])\n    raise ValueError(os.environ['DB_PASSWORD'] + ' ' + os.environ['TABLE'])";
    let lambda = json!({"ParameterName": "LambdaArn", "ParameterValue": {"Fn::GetAtt": ["Fn", "Arn"]}});
    let processing = json!({"Enabled": true, "Processors": [{"Type": "Lambda", "Parameters": [lambda]}]});
    let resources = json!({"Resources": {
        "Fn": {"Type": "AWS::Lambda::Function", "Properties": {
            "Runtime": "python3.12", "Handler": "index.handler", "Role": "arn:aws:iam::123456789012:role/r",
            "Environment": {"Variables": {"DB_PASSWORD": "pw-literal-555", "TABLE": "orders"}},
            "Code": {"ZipFile": code}}},
        "Stream": {"Type": "AWS::KinesisFirehose::DeliveryStream", "Properties": {
            "ExtendedS3DestinationConfiguration": {
                "BucketARN": "arn:aws:s3:::target", "RoleARN": "arn:aws:iam::123456789012:role/delivery",
                "ProcessingConfiguration": processing}}}}});
    std::fs::write(&template, resources.to_string()).unwrap();
    let (out, page) = (base.path().join("out"), base.path().join("page.html"));
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    let (template, shown_out, shown_page) = (path(&template), path(&out), path(&page));
    let arguments = ["simulate", &template, "--input", "numbers.jsonl", "--no-validate", "--run-functions"];
    let more = ["--function-logs", "--trace", "1", "--output", &shown_out, "--report", &shown_page];
    let (code, shown, errors) = firehose_kit(&[&arguments[..], &more[..]].concat());
    assert_eq!(code, 0, "{shown}{errors}");
    let (report, page) =
        (std::fs::read_to_string(out.join("report.json")).unwrap(), std::fs::read_to_string(page).unwrap());
    assert!(errors.contains("call 1: out ***"), "{errors}");
    for text in [&shown, &errors, &report, &page] {
        assert!(!text.contains("pw-literal-555"), "{text}");
        assert!(text.contains("ValueError: *** orders"), "{text}");
    }
    assert!(
        shown.contains("call 1 with batch 1: failed with Lambda.FunctionError: ValueError: *** orders"),
        "{shown}"
    );
}

#[test]
fn no_function_runs_that_was_not_asked_for() {
    let base = tempfile::tempdir().unwrap();
    let out = base.path().join("out");
    let arguments = ["simulate", "template.yaml", "--stream", "FromPython", "--input", "numbers.jsonl"];
    let more = ["--no-validate", "--output", out.to_str().unwrap()];
    let (code, shown, errors) = firehose_kit(&[&arguments[..], &more[..]].concat());
    assert_eq!((code, shown.as_str()), (2, ""), "{errors}");
    assert!(errors.contains("--run-functions") && errors.contains("--function Python=SPEC"), "{errors}");
    assert!(!out.exists());
}

#[test]
fn a_skipped_function_lets_records_pass() {
    let base = tempfile::tempdir().unwrap();
    let out = base.path().join("out");
    simulate("FromNode", "numbers.jsonl", &out, &["--function", "Node=skip"]);
    assert_eq!(bodies(&out, "destination")[0].1, "{\"n\":1}{\"n\":2}{\"n\":0}{\"n\":-1}{\"n\":3}");
}

#[test]
fn recorded_answers_take_the_place_of_a_function() {
    let base = tempfile::tempdir().unwrap();
    let (out, answers) = (base.path().join("out"), base.path().join("answers.jsonl"));
    let lines = ["{\"throttled\":true}", "{\"timeout\":true}", "{\"records\":[]}"].join("\n");
    std::fs::write(&answers, lines).unwrap();
    let spec = format!("Node=recorded:{}", answers.display());
    let (report, _) = simulate("FromNode", "numbers.jsonl", &out, &["--function", &spec]);
    assert_eq!(report["ledger"]["processing_failed"], 5);
    let document = bodies(&out, "error")[0].1.lines().next().map(|line| line.to_owned()).unwrap();
    let document: Value = serde_json::from_str(&document).unwrap();
    // Two calls failed and were made again; the third returned, with no record.
    assert_eq!(
        (&document["errorCode"], &document["attemptsMade"]),
        (&json!("Lambda.MissingRecordId"), &json!(3))
    );
}

#[test]
fn a_scenario_runs_functions_and_lets_their_calls_fail() {
    let (code, shown, errors) = firehose_kit(&["test", "outage.toml"]);
    assert_eq!(code, 0, "{shown}{errors}");
}
