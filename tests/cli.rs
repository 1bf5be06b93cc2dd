//! The command line as scripts meet it: exit codes, standard output and error, and the files it writes.

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;

const STREAM: &str = "Resources:\n  Stream:\n    Type: AWS::KinesisFirehose::DeliveryStream\n    Properties:\n      \
                      DeliveryStreamName: clicks\n      ExtendedS3DestinationConfiguration:\n        \
                      RoleARN: arn:aws:iam::444455556666:role/delivery\n        BucketARN: arn:aws:s3:::example-data\n";

/// The program in a folder of its own, without the environment of whoever runs the tests.
fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firehose-kit"));
    command.env_clear().current_dir(folder);
    command
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn run(command: &mut Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Every object below `value` is free of nulls, as the contract says.
fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(map) => map.values().any(has_null),
        _ => false,
    }
}

fn assert_fits(schema: &str, value: &Value) {
    let text = firehose_kit::template::schema::text(schema).unwrap();
    let validator = jsonschema::validator_for(&json(text)).unwrap();
    let errors: Vec<String> = validator.iter_errors(value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{schema}: {errors:?}\n{value:#}");
    assert!(!has_null(value), "{value:#}");
}

#[test]
fn validate_exits_by_the_worst_finding_and_the_threshold() {
    let folder = folder();
    write(folder.path(), "good.yaml", STREAM);
    write(folder.path(), "bad.yaml", &STREAM.replace("BucketARN", "Bucket"));
    write(folder.path(), "warned.yaml", &STREAM.replace("clicks", "xxx"));
    let code = |args: &[&str]| run(program(folder.path()).arg("validate").args(args)).0;
    assert_eq!(code(&["good.yaml"]), 0);
    assert_eq!(code(&["bad.yaml"]), 1);
    assert_eq!(code(&["warned.yaml"]), 0);
    assert_eq!(code(&["warned.yaml", "--fail-on", "warning"]), 1);
    assert_eq!(code(&["warned.yaml", "--fail-on", "warning", "--ignore", "FH"]), 0);
    assert_eq!(code(&["bad.yaml", "--select", "FH3"]), 0);
    assert_eq!(code(&["absent.yaml"]), 2);
    assert_eq!(code(&["good.yaml", "--select", "FH999"]), 2);
    assert_eq!(code(&[]), 2);
    assert_eq!(code(&["--nonsense"]), 2);
}

#[test]
fn findings_as_json_fit_their_schema_and_point_at_the_character() {
    let folder = folder();
    let text =
        STREAM.replace("example-data\n", "example-data\n        Prefix: \"données/${AWS::Region}/\"\n");
    write(folder.path(), "t.yaml", &text);
    let (code, out, _) = run(program(folder.path()).args(["validate", "--format", "json", "t.yaml"]));
    assert_eq!(code, 1);
    let report = json(&out);
    assert_fits("findings", &report);
    let finding = report["findings"].as_array().unwrap().iter().find(|f| f["rule"] == "FH016").unwrap();
    let line = text.lines().position(|line| line.contains("Prefix")).unwrap() + 1;
    let column = "        Prefix: \"données/".chars().count() + 1;
    assert_eq!(finding["start"], serde_json::json!({"line": line, "column": column}));
    let end = column + "${AWS::Region}".len();
    assert_eq!(finding["end"], serde_json::json!({"line": line, "column": end}));
    assert_eq!(finding["path"], "Resources/Stream/Properties/ExtendedS3DestinationConfiguration/Prefix");
    assert_eq!(finding["resource"], "Stream");
}

#[test]
fn files_without_a_stream_are_skipped_and_standard_input_always_counts() {
    let folder = folder();
    write(folder.path(), "other.yaml", "a: [broken\n");
    write(folder.path(), "stream.yaml", STREAM);
    std::fs::create_dir(folder.path().join("sub")).unwrap();
    write(&folder.path().join("sub"), "more.json", "{\"a\": }");
    let (code, out, _) = run(program(folder.path()).args(["validate", "--format", "json", "."]));
    let summary = &json(&out)["summary"];
    assert_eq!((code, &summary["files"], &summary["skipped"]), (0, &Value::from(1), &Value::from(2)));
    let (code, out, _) =
        run(program(folder.path()).args(["validate", "-", "--format", "json"]).write_stdin("a: 1\n"));
    assert_eq!(code, 1);
    assert_eq!(json(&out)["findings"][0]["rule"], "FH001");
}

#[test]
fn suppressions_hold_on_their_line_and_idle_ones_are_told() {
    let folder = folder();
    let text = STREAM
        .replace(
            "DeliveryStreamName: clicks",
            "DeliveryStreamName: xxx  # firehose-kit: ignore FH014 -- a name",
        )
        .replace("        RoleARN", "        # firehose-kit: ignore FH301\n        RoleARN");
    write(folder.path(), "t.yaml", &text);
    let (_, out, _) = run(program(folder.path())
        .args(["validate", "--format", "json", "t.yaml", "--select", "FH0,FH3", "--ignore", "FH015"]));
    let report = json(&out);
    assert_eq!(report["summary"]["suppressed"], 1, "{report:#}");
    let rules: Vec<&Value> = report["findings"].as_array().unwrap().iter().map(|f| &f["rule"]).collect();
    assert_eq!(rules, ["FH023"]);
}

#[test]
fn hostile_templates_end_in_a_finding() {
    let folder = folder();
    let marker = "# AWS::KinesisFirehose::DeliveryStream\n";
    let utf_16 =
        "\u{FEFF}Type: AWS::KinesisFirehose::DeliveryStream\n".encode_utf16().flat_map(u16::to_le_bytes);
    let cases: [(&str, Vec<u8>); 6] = [
        ("utf16.yaml", utf_16.collect()),
        ("deep.yaml", [marker.as_bytes(), "[".repeat(100_000).as_bytes()].concat()),
        ("nul.yaml", [marker.as_bytes(), b"a: \0"].concat()),
        ("utf8.yaml", [marker.as_bytes(), b"a: \xff\xfe"].concat()),
        ("huge.yaml", [marker.as_bytes(), "a: 1\n".repeat(4_000_000).as_bytes()].concat()),
        ("open.json", [marker.as_bytes(), b"{\"Resources\": {\"A\": "].concat()),
    ];
    for (name, bytes) in cases {
        std::fs::write(folder.path().join(name), bytes).unwrap();
        let (code, out, err) = run(program(folder.path()).args(["validate", "--format", "json", name]));
        assert_eq!(code, 1, "{name}: {err}");
        assert_eq!(json(&out)["findings"][0]["rule"], "FH001", "{name}");
    }
}

#[test]
fn secrets_never_reach_the_output() {
    let folder = folder();
    let text = "Resources:\n  Stream:\n    Type: AWS::KinesisFirehose::DeliveryStream\n    Properties:\n      \
                SplunkDestinationConfiguration:\n        HECEndpoint: splunk\n        HECEndpointType: Raw\n        \
                HECToken: s3cr3t-t0ken-xxx\n        Unknown: 1\n";
    write(folder.path(), "t.yaml", text);
    for format in ["text", "json"] {
        let (_, out, err) = run(program(folder.path()).args(["validate", "--format", format, "t.yaml"]));
        assert!(!out.contains("s3cr3t") && !err.contains("s3cr3t"), "{format}: {out}");
    }
}

#[test]
fn explain_rules_schema_completions_and_man_print() {
    let folder = folder();
    let out = |args: &[&str]| {
        let (code, out, err) = run(program(folder.path()).args(args));
        assert_eq!(code, 0, "{args:?}: {err}");
        out
    };
    assert!(out(&["explain", "fh201"]).contains("# FH201"));
    assert!(out(&["rules"]).lines().count() > 40);
    assert_eq!(json(&out(&["rules", "--format", "json"]))["version"], 1);
    assert!(out(&["schema"]).contains("findings\n"));
    assert!(json(&out(&["schema", "report"]))["title"].is_string());
    for shell in ["bash", "zsh", "fish"] {
        assert!(out(&["completions", shell]).contains("simulate"));
    }
    assert!(out(&["man"]).contains(".TH firehose-kit"));
    let (code, _, err) = run(program(folder.path()).args(["explain", "duplicate-kee"]));
    assert_eq!(code, 2);
    assert!(err.contains("duplicate-key"), "{err}");
}

#[cfg(feature = "simulate")]
#[test]
fn simulate_writes_what_the_contract_says() {
    let folder = folder();
    write(folder.path(), "template.yaml", STREAM);
    write(folder.path(), "s.jsonl", "{\"a\":1}\n\n{\"a\":2}\nno json\n");
    let (code, out, err) =
        run(program(folder.path()).args(["simulate", "--input", "s.jsonl", "--format", "json"]));
    assert_eq!(code, 0, "{err}");
    let report = json(&out);
    assert_fits("report", &report);
    let ledger = &report["ledger"];
    assert_eq!((&ledger["arrivals"], &ledger["delivered"]), (&Value::from(3), &Value::from(3)));
    let manifest = std::fs::read_to_string(folder.path().join("firehose-out/manifest.jsonl")).unwrap();
    let line = json(manifest.lines().next().unwrap());
    assert_fits("manifest", &line);
    let body =
        std::fs::read(folder.path().join("firehose-out").join(line["path"].as_str().unwrap())).unwrap();
    assert_eq!(body, b"{\"a\":1}{\"a\":2}no json");
    let key = line["key"].as_str().unwrap();
    assert!(key.starts_with("2026/01/01/00/clicks-1-2026-01-01-00-00-00-"), "{key}");
    let stored = std::fs::read_to_string(folder.path().join("firehose-out/report.json")).unwrap();
    assert_eq!(json(&stored), report);
}

#[cfg(feature = "simulate")]
#[test]
fn simulate_replaces_an_earlier_run_only_when_told_and_nothing_else() {
    let folder = folder();
    write(folder.path(), "template.yaml", STREAM);
    write(folder.path(), "s.jsonl", "{}\n");
    let code =
        |args: &[&str]| run(program(folder.path()).args(["simulate", "--input", "s.jsonl"]).args(args)).0;
    assert_eq!(code(&[]), 0);
    assert_eq!(code(&[]), 2);
    assert_eq!(code(&["--force"]), 0);
    std::fs::create_dir(folder.path().join("mine")).unwrap();
    write(&folder.path().join("mine"), "precious.txt", "x");
    assert_eq!(code(&["--force", "--output", "mine"]), 2);
    assert!(folder.path().join("mine/precious.txt").exists());
}

#[cfg(feature = "simulate")]
#[test]
fn simulate_judges_first() {
    let folder = folder();
    write(
        folder.path(),
        "template.yaml",
        &(STREAM.to_owned() + "        Prefix: \"!{timestamp:yyyyT}/\"\n        ErrorOutputPrefix: e/\n"),
    );
    write(folder.path(), "s.jsonl", "{}\n");
    let (code, out, err) = run(program(folder.path()).args(["simulate", "--input", "s.jsonl"]));
    assert_eq!((code, out.as_str()), (1, ""), "{err}");
    assert!(err.contains("FH303"), "{err}");
    assert!(!folder.path().join("firehose-out").exists());
}

#[cfg(feature = "simulate")]
#[test]
fn simulate_says_what_it_can_not_do() {
    let folder = folder();
    write(folder.path(), "s.jsonl", "{}\n");
    let two =
        STREAM.to_owned() + &STREAM.replace("Resources:\n  Stream:", "  Other:").replace("clicks", "views");
    write(folder.path(), "two.yaml", &two);
    let simulate = |args: &[&str]| run(program(folder.path()).arg("simulate").args(args));
    let (code, _, err) = simulate(&["two.yaml", "--input", "s.jsonl"]);
    assert_eq!(code, 2);
    assert!(err.contains("Stream, Other"), "{err}");
    write(folder.path(), "one.yaml", STREAM);
    assert_eq!(simulate(&["one.yaml"]).0, 2);
    assert_eq!(simulate(&["one.yaml", "--input", "absent.jsonl"]).0, 2);
    let (code, _, err) = simulate(&["one.yaml", "--input", "s.jsonl", "--arrival", "/time"]);
    assert_eq!(code, 2);
    assert!(err.contains("s.jsonl: line 1, byte 0"), "{err}");
    assert!(!folder.path().join("firehose-out/report.json").exists());
    write(folder.path(), "bad64.txt", "AAAA\n!!\n");
    let (code, _, err) = simulate(&["one.yaml", "--input", "bad64.txt", "--input-format", "base64"]);
    assert_eq!(code, 2);
    assert!(err.contains("line 2, byte 5"), "{err}");
}

#[cfg(feature = "simulate")]
#[test]
fn the_template_may_stand_behind_the_samples() {
    let folder = folder();
    write(folder.path(), "stack.yaml", STREAM);
    write(folder.path(), "a.jsonl", "{}\n");
    write(folder.path(), "b.jsonl", "{}\n{}\n");
    let arguments = ["simulate", "--format", "json", "--input", "a.jsonl", "b.jsonl", "stack.yaml"];
    let (code, out, err) = run(program(folder.path()).args(arguments));
    assert_eq!(code, 0, "{err}");
    assert_eq!(json(&out)["ledger"]["arrivals"], 3);
}

#[cfg(feature = "simulate")]
#[test]
fn fail_on_loss_is_exit_code_1() {
    let folder = folder();
    write(folder.path(), "template.yaml", STREAM);
    write(folder.path(), "s.jsonl", &format!("\"{}\"\n", "x".repeat(1_024_000)));
    let code =
        |args: &[&str]| run(program(folder.path()).args(["simulate", "--input", "s.jsonl"]).args(args)).0;
    assert_eq!(code(&[]), 0);
    assert_eq!(code(&["--force", "--fail-on-loss"]), 1);
}

#[cfg(feature = "simulate")]
#[test]
fn the_configuration_gives_defaults_and_flags_beat_it() {
    let folder = folder();
    write(folder.path(), "stack.yaml", STREAM);
    write(folder.path(), "s.jsonl", "{}\n");
    write(
        folder.path(),
        "firehose-kit.toml",
        "template = \"stack.yaml\"\n[simulate]\ninput = \"s.jsonl\"\noutput = \"here\"\nseed = 7\n",
    );
    std::fs::create_dir(folder.path().join("below")).unwrap();
    let below = folder.path().join("below");
    let (code, out, err) = run(program(&below).args(["simulate", "--format", "json"]));
    assert_eq!(code, 0, "{err}");
    assert_eq!(json(&out)["seed"], 7);
    assert!(folder.path().join("here/report.json").exists());
    let (_, out, _) = run(program(&below).args(["simulate", "--format", "json", "--seed", "8", "--force"]));
    assert_eq!(json(&out)["seed"], 8);
    write(folder.path(), "firehose-kit.toml", "tempalte = 1\n");
    let (code, _, err) = run(program(&below).args(["rules"]));
    assert_eq!(code, 2);
    assert!(err.contains("did you mean `template`"), "{err}");
}

#[test]
fn a_template_that_cannot_be_read_is_told_before_its_parameters() {
    let folder = tempfile::tempdir().unwrap();
    let text = "Parameters:\n  Name: {Type: String}\nResources:\n  Stream:\n    Type: AWS::KinesisFirehose::DeliveryStream\n   \
                Properties: [\n";
    std::fs::write(folder.path().join("template.yaml"), text).unwrap();
    std::fs::write(folder.path().join("firehose-kit.toml"), "[parameters]\nOther = \"x\"\n").unwrap();
    for command in ["validate", "render"] {
        let output = Command::new(env!("CARGO_BIN_EXE_firehose-kit"))
            .env_clear()
            .current_dir(folder.path())
            .arg(command)
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        assert_eq!(output.status.code(), Some(1), "{command}: {said}");
        assert!(said.contains("FH001") && !said.contains("declares no parameter"), "{command}: {said}");
    }
}

#[test]
fn unknown_parameters_are_refused_with_a_suggestion() {
    let folder = folder();
    write(folder.path(), "t.yaml", &format!("Parameters:\n  Environment: {{Type: String}}\n{STREAM}"));
    let (code, _, err) =
        run(program(folder.path()).args(["validate", "t.yaml", "--parameter", "Enviroment=dev"]));
    assert_eq!(code, 2);
    assert!(err.contains("did you mean `Environment`"), "{err}");
}

#[test]
fn help_has_examples() {
    let folder = folder();
    let simulate = cfg!(feature = "simulate").then_some("simulate");
    for command in ["validate", "explain", "rules", "schema", "completions"].into_iter().chain(simulate) {
        let (code, out, _) = run(program(folder.path()).args([command, "--help"]));
        assert_eq!(code, 0);
        assert!(out.contains("Examples:"), "{command}");
    }
}

/// A build without features has the names of all commands, and says what has the commands.
#[cfg(not(feature = "simulate"))]
#[test]
fn a_small_build_says_what_has_the_other_commands() {
    let folder = folder();
    let (code, help, _) = run(program(folder.path()).arg("--help"));
    assert_eq!(code, 0);
    assert!(help.contains("(not in this build: feature `simulate`)"), "{help}");
    for arguments in
        [&["simulate", "t.yaml", "--input", "s.jsonl"][..], &["simulate", "--run-functions"], &["test"]]
    {
        let (code, out, err) = run(program(folder.path()).args(arguments));
        assert_eq!((code, &*out), (2, ""), "{arguments:?}");
        assert!(err.contains("made without the feature `simulate`"), "{err}");
        assert!(err.contains("cargo install --locked --features full --path ."), "{err}");
    }
    let (code, help, _) = run(program(folder.path()).args(["simulate", "--help"]));
    assert_eq!(code, 0);
    assert!(help.contains("--features full"), "{help}");
}
