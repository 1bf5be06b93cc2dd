//! What `simulate`, `test` and `init` tell, and on which stream.

use serde_json::Value;

use crate::{STREAM, assert_fits, folder, json, run, said};

const SIMULATE: [&str; 4] = ["simulate", "t.yaml", "--input", "s.jsonl"];

#[test]
fn standard_input_can_be_named_once() {
    let folder = folder(&[("t.yaml", STREAM)]);
    for args in [["simulate", "-", "--input", "-"].as_slice(), &["simulate", "t.yaml", "--input", "-", "-"]] {
        let (code, out, error) = said(crate::program(folder.path(), args).write_stdin(STREAM));
        assert_eq!((code, out.as_str()), (2, ""), "{args:?}");
        assert!(error.contains("standard input is named twice"), "{error}");
    }
    assert!(!folder.path().join("firehose-out").exists());
}

#[test]
fn lines_that_are_left_out_are_told_on_standard_error_and_in_the_report() {
    let folder = folder(&[("t.yaml", STREAM), ("s.jsonl", "{}\n\n{}\n")]);
    let (code, out, error) = run(folder.path(), &SIMULATE);
    assert_eq!(code, 0, "{error}");
    assert!(error.contains("1 line without a byte was left out"), "{error}");
    assert!(!out.contains("without a byte"), "{out}");
    let (_, out, error) = run(folder.path(), &[&SIMULATE[..], &["--force", "--format", "json"]].concat());
    assert!(error.contains("1 line without"), "{error}");
    assert_fits("report", &json(&out));
    assert_eq!(json(&out)["notes"][0]["id"], "empty-lines");
    let file = std::fs::read_to_string(folder.path().join("firehose-out/report.json")).unwrap();
    assert_eq!(json(&file)["notes"], json(&out)["notes"]);
}

#[test]
fn made_up_names_of_roles_are_told() {
    let text = STREAM.replace("arn:aws:iam::444455556666:role/delivery", "!GetAtt Role.Arn")
        + "  Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: \
           [{Effect: Allow, Principal: {Service: firehose.amazonaws.com}, Action: 'sts:AssumeRole'}]}}}\n";
    let folder = folder(&[("t.yaml", &text), ("s.jsonl", "{}\n")]);
    let args = ["render", "t.yaml", "--stack-name", "shop", "--no-validate"];
    let (code, out, error) = run(folder.path(), &args);
    assert!(code == 0 && out.contains("shop-Role"), "{out}{error}");
    assert!(error.contains("`Role` is called `shop-Role` here"), "{error}");
    let (_, out, _) = run(folder.path(), &[&args[..], &["--format", "json"]].concat());
    assert_eq!(json(&out)["made_up"], serde_json::json!([{"id": "Role", "name": "shop-Role"}]));
}

#[test]
fn scenarios_that_can_not_run_are_told_on_standard_error() {
    let scenario = "template = \"t.yaml\"\ninput = \"s.jsonl\"\n[[expect]]\nledger = {delivered = 1}\n";
    let folder = folder(&[("t.yaml", STREAM), ("s.jsonl", "{}\n"), ("a.scenario.toml", scenario)]);
    let (code, out, error) = run(folder.path(), &["test", "a.scenario.toml", "absent.scenario.toml"]);
    assert_eq!(code, 2, "{out}{error}");
    assert!(error.contains("absent.scenario.toml") && !out.contains("absent"), "{out}\n{error}");
    assert!(out.contains("1 scenario could not run"), "{out}");
    let args = ["test", "--format", "json", "a.scenario.toml", "absent.scenario.toml"];
    let results = json(&run(folder.path(), &args).1);
    assert_fits("expectations", &results);
    assert_eq!(results["summary"]["broken"], 1);
    assert_eq!(results["scenarios"][0]["passed"], true, "{results:#}");
    let (_, out, _) = run(folder.path(), &["rules", "--format", "json"]);
    assert_fits("rules", &json(&out));
    let listed = run(folder.path(), &["schema"]).1;
    assert!(listed.lines().any(|name| name == "expectations") && listed.lines().any(|name| name == "rules"));
}

#[test]
fn quiet_tells_what_went_wrong_and_nothing_else() {
    let scenario = "template = \"t.yaml\"\ninput = \"s.jsonl\"\n[[expect]]\nledger = {delivered = 1}\n";
    let folder = folder(&[("t.yaml", STREAM), ("s.jsonl", "{}\n"), ("a.scenario.toml", scenario)]);
    let nothing = (0, String::new(), String::new());
    for args in [
        &["-q", "validate", "t.yaml", "--ignore", "FH8"][..],
        &["-q", "validate", "s.jsonl"],
        &["-q", "test", "a.scenario.toml"],
        &["-q", "init", "s3-gzip", "--output", "begun"],
    ] {
        assert_eq!(run(folder.path(), args), nothing, "{args:?}");
    }
    let (code, out, _) = run(folder.path(), &["-q", "validate", "--format", "json", "t.yaml"]);
    assert_eq!((code, &json(&out)["version"]), (0, &Value::from(1)));
    // A result that a command exists for stays.
    assert!(run(folder.path(), &["-q", "render", "t.yaml"]).1.contains("example-data"));
    let failing = scenario.replace("= 1}", "= 2}");
    std::fs::write(folder.path().join("b.scenario.toml"), failing).unwrap();
    let (code, out, _) = run(folder.path(), &["-q", "test", "a.scenario.toml", "b.scenario.toml"]);
    assert!(code == 1 && out.contains("FAIL") && !out.contains("pass "), "{out}");
}

#[test]
fn a_quiet_simulation_tells_what_failed() {
    let enabled = "        DynamicPartitioningConfiguration: {Enabled: true}\n        \
                   Prefix: '!{partitionKeyFromQuery:a}/'\n        ErrorOutputPrefix: e/\n        \
                   BufferingHints: {SizeInMBs: 64, IntervalInSeconds: 60}\n        \
                   ProcessingConfiguration: {Enabled: true, Processors: [{Type: MetadataExtraction, Parameters: \
                   [{ParameterName: MetadataExtractionQuery, ParameterValue: '{a: .a}'}, \
                   {ParameterName: JsonParsingEngine, ParameterValue: JQ-1.6}]}]}\n";
    let folder =
        folder(&[("t.yaml", &format!("{STREAM}{enabled}")), ("s.jsonl", "{\"a\":\"x\"}\nnonsense\n")]);
    let (code, out, error) = run(folder.path(), &[&["-q"], &SIMULATE[..]].concat());
    assert_eq!(code, 0, "{error}");
    assert!(out.contains("1 of 2 records put did not arrive"), "{out}");
    assert!(!out.contains("Digest") && !out.contains("arrived "), "{out}");
}

#[test]
fn what_a_folder_of_others_can_not_be_replaced_by_force_is_not_advised_again() {
    let folder = folder(&[("t.yaml", STREAM), ("s.jsonl", "{}\n"), ("mine/x", "")]);
    let with = |more: &[&str]| run(folder.path(), &[&SIMULATE[..], &["--output", "mine"], more].concat());
    assert!(with(&[]).2.contains("--force"));
    let (code, _, error) = with(&["--force"]);
    assert!(code == 2 && !error.contains("--force"), "{error}");
}

#[test]
fn attributes_with_telling_names_are_masked_wherever_they_are_told() {
    let text = "Parameters:\n  Key: {Type: String}\nResources:\n  Stream:\n    Type: AWS::KinesisFirehose::DeliveryStream\n    \
                Properties:\n      HttpEndpointDestinationConfiguration:\n        \
                RoleARN: arn:aws:iam::444455556666:role/delivery\n        \
                EndpointConfiguration: {Url: 'https://example.com/in'}\n        \
                RequestConfiguration:\n          CommonAttributes:\n            \
                - {AttributeName: X-Api-Key, AttributeValue: open-sesame}\n            \
                - {AttributeName: auth_token, AttributeValue: !Ref Key}\n            \
                - {AttributeName: environment, AttributeValue: production}\n        \
                S3Configuration: {RoleARN: 'arn:aws:iam::444455556666:role/delivery', BucketARN: 'arn:aws:s3:::example-data'}\n";
    let folder = folder(&[("t.yaml", text), ("s.jsonl", "{}\n")]);
    let key = ["--parameter", "Key=hunter22", "--no-validate"];
    let shown = [
        run(folder.path(), &[&["render", "t.yaml"], &key[..]].concat()).1,
        run(folder.path(), &[&["render", "t.yaml", "--format", "json"], &key[..]].concat()).1,
        run(folder.path(), &[&SIMULATE[..], &key, &["--report", "page.html"]].concat()).1,
        run(folder.path(), &["validate", "t.yaml"]).1,
        std::fs::read_to_string(folder.path().join("page.html")).unwrap(),
        std::fs::read_to_string(folder.path().join("firehose-out/manifest.jsonl")).unwrap(),
        std::fs::read_to_string(
            folder.path().join("firehose-out/requests/http-endpoint/000001.request.json"),
        )
        .unwrap(),
    ];
    for (number, text) in shown.iter().enumerate() {
        assert!(!text.contains("open-sesame") && !text.contains("hunter22"), "{number}: {text}");
    }
    assert!(shown[0].contains("production") && shown[6].contains("production"), "{}", shown[6]);
    assert!(shown[6].contains("\\\"X-Api-Key\\\":\\\"***\\\""), "{}", shown[6]);
}
