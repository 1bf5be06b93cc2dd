//! Scenario files: each kind of expectation holding and failing, what a scenario does to a run, and what a user sees.

#![cfg(feature = "simulate")]

use std::path::{Path, PathBuf};

mod support;

use std::time::Duration;

use assert_cmd::Command;
use firehose_kit::simulation::script::{Disturbance, Moment, NamePattern, Script, ScriptedFault, Throttle};
use firehose_kit::simulation::trace::{Selector, Watch};
use firehose_kit::template::schema;
use proptest::prelude::*;
use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn fixtures() -> PathBuf {
    root().join("tests/fixtures/scenarios")
}

/// The program, without the environment of whoever runs the tests.
fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firehose-kit"));
    let output = command.env_clear().current_dir(folder).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn every_scenario_but_the_one_that_fails_passes() {
    let (code, shown, errors) = run(&fixtures(), &["test"]);
    assert_eq!(code, 1, "{shown}{errors}");
    let failed: Vec<&str> = shown.lines().filter(|line| line.starts_with("FAIL")).collect();
    assert_eq!(failed.len(), 8, "{shown}");
    assert!(failed.iter().all(|line| line.starts_with("FAIL fails.scenario.toml")), "{shown}");
}

#[test]
fn what_a_user_sees() {
    let shown = |format: &str| run(&fixtures(), &["test", "fails.scenario.toml", "--format", format]);
    let (code, text, _) = shown("text");
    assert_eq!(code, 1);
    insta::assert_snapshot!("text", text);
    let (_, junit, _) = shown("junit");
    insta::assert_snapshot!("junit", junit);
    let (_, value, _) = shown("json");
    let value = json(&value);
    assert_eq!(value["summary"]["failed"], 8);
    assert_eq!(value["scenarios"][0]["expectations"][7]["differences"][0]["what"], "digest");
}

#[test]
fn results_do_not_depend_on_workers_nor_on_where_they_go() {
    let (_, one, _) = run(&fixtures(), &["test", "--format", "json", "--workers", "1"]);
    let (_, four, _) = run(&fixtures(), &["test", "--format", "json", "--workers", "4"]);
    assert_eq!(one, four);
    let out = tempfile::tempdir().unwrap();
    let kept = out.path().join("kept");
    let (_, text, _) = run(&fixtures(), &["test", "--format", "json", "--output", kept.to_str().unwrap()]);
    assert_eq!(one, text);
    assert!(kept.join("passes/manifest.jsonl").is_file());
}

#[test]
fn a_file_that_is_no_scenario_is_told_with_its_place_and_the_others_run() {
    let out = tempfile::tempdir().unwrap();
    let bad = out.path().join("bad.scenario.toml");
    std::fs::write(&bad, "input = \"x\"\n[[fault]]\nattemps = 1\n").unwrap();
    let arguments = ["test", bad.to_str().unwrap(), "passes.scenario.toml"];
    let (code, shown, error) = run(&fixtures(), &arguments);
    assert_eq!(code, 2, "{shown}");
    assert!(error.contains("bad.scenario.toml:3:1: unknown field `attemps`"), "{error}");
    assert!(error.contains("did you mean `attempts`?"), "{error}");
    assert!(shown.contains("pass passes.scenario.toml") && !shown.contains("attemps"), "{shown}");
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(run(empty.path(), &["test"]).0, 2);
}

fn simulate(arguments: &[&str]) -> (i32, Value) {
    let out = tempfile::tempdir().unwrap();
    let target = out.path().join("out");
    let common = ["simulate", "template.yaml", "--format", "json", "--output", target.to_str().unwrap()];
    let (code, shown, errors) = run(&fixtures(), &[&common[..], arguments].concat());
    assert!(!shown.is_empty(), "{errors}");
    let report = json(&shown);
    let validator = jsonschema::validator_for(&json(schema::text("report").unwrap())).unwrap();
    let errors: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}\n{report:#}");
    (code, report)
}

#[test]
fn simulate_takes_a_scenario_and_flags_beat_it() {
    let (code, report) = simulate(&["--scenario", "passes.scenario.toml"]);
    assert_eq!(code, 0, "{report:#}");
    let (code, report) = simulate(&["--scenario", "fails.scenario.toml"]);
    assert_eq!((code, &report["expectations"][0]["passed"]), (1, &Value::Bool(false)));
    let (code, report) = simulate(&["--scenario", "passes.scenario.toml", "--rate", "1000/s"]);
    assert_eq!((code, &report["objects"]["count"]), (1, &1.into()));
}

#[test]
fn a_scenario_without_faults_is_a_plain_run() {
    for seed in ["0", "1", "77"] {
        let (_, plain) = simulate(&["--input", "samples.jsonl", "--rate", "0.1/s", "--seed", seed]);
        let (_, scripted) = simulate(&["--scenario", "passes.scenario.toml", "--seed", seed]);
        assert_eq!(plain["digest"], scripted["digest"]);
        // Disturbances of a share of nothing disturb nothing, and following a record changes nothing.
        let out = tempfile::tempdir().unwrap();
        let path = out.path().join("calm.toml");
        let text = "[arrivals]\nout-of-order = { share = 0, by = \"1h\" }\nduplicate = { share = 0 }\n\
                    [throttle]\nrecords = 1000000\n[[fault]]\nkey = \"nowhere\"\n";
        std::fs::write(&path, text).unwrap();
        let input = ["--input", "samples.jsonl", "--rate", "0.1/s", "--seed", seed, "--trace", "3"];
        let (_, calm) = simulate(&[&input[..], &["--scenario", path.to_str().unwrap()]].concat());
        assert_eq!(plain["digest"], calm["digest"]);
    }
}

#[test]
fn disturbed_and_delayed_runs_are_the_same_with_any_number_of_workers() {
    for scenario in ["disturbed.scenario.toml", "attempts.scenario.toml", "throttled.scenario.toml"] {
        let digest = |workers| simulate(&["--scenario", scenario, "--workers", workers]).1["digest"].clone();
        assert_eq!(digest("1"), digest("2"), "{scenario}");
    }
}

fn trace(arguments: &[&str]) -> String {
    let (_, report) = simulate(arguments);
    let events = report["trace"]["events"].as_array().unwrap();
    let event = |e: &Value| format!("{} {} {}", e["at"].as_str().unwrap(), e["stage"], e["message"]);
    events.iter().map(event).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_life_of_a_record_is_told() {
    let life = trace(&["--scenario", "attempts.scenario.toml", "--trace", "5"]);
    insta::assert_snapshot!("life_of_a_delivered_record", life);
    let life = trace(&["--scenario", "throttled.scenario.toml", "--trace", "5"]);
    insta::assert_snapshot!("life_of_a_throttled_record", life);
    let (_, report) = simulate(&["--input", "samples.jsonl", "--trace", "10"]);
    assert_eq!(report["trace"], serde_json::json!({"record": 10, "events": []}));
}

#[test]
fn failures_have_an_example_its_place_the_reason_and_the_fix() {
    let (_, report) = simulate(&["--scenario", "throttled.scenario.toml"]);
    let group = &report["failures"][0];
    assert_eq!((&group["reason"], &group["records"]), (&"throttled".into(), &5.into()));
    assert_eq!(group["example"]["place"]["record"], 5);
    // Line 5 is empty.
    assert_eq!(group["example"]["place"]["line"], 6);
    let (_, report) = simulate(&["--scenario", "outage.scenario.toml"]);
    let group = &report["failures"][0];
    assert_eq!(
        (&group["reason"], &group["records"], &group["outcome"]),
        (&"retention-over".into(), &9.into(), &"lost".into())
    );
    assert_eq!(
        group["example"]["place"],
        serde_json::json!({"record": 1, "file": "samples.jsonl", "line": 1})
    );
    assert!(group["example"]["object"].as_str().unwrap().starts_with("s3://example-data/data/"));
    let errors = report["warnings"].as_array().unwrap().iter().find(|w| w["id"] == "write-errors").unwrap();
    assert!(
        errors["message"]
            .as_str()
            .unwrap()
            .ends_with("attempts to write an object failed with S3.AccessDenied")
    );
}

#[test]
fn a_record_that_is_too_large_is_found_in_the_input() {
    let out = tempfile::tempdir().unwrap();
    let path = out.path().join("large.jsonl");
    std::fs::write(&path, format!("{{}}\n\n\"{}\"\n{{}}\n", "x".repeat(1_024_001))).unwrap();
    let (_, report) = simulate(&["--input", path.to_str().unwrap(), "--trace", "2"]);
    let group = &report["failures"][0];
    assert_eq!(
        (&group["reason"], &group["example"]["place"]["line"]),
        (&"record-too-large".into(), &3.into())
    );
    let events = report["trace"]["events"].as_array().unwrap();
    assert!(events.last().unwrap()["message"].as_str().unwrap().starts_with("rejected: a record is larger"));
}

#[test]
fn scenario_files_fit_the_schema() {
    let validator = jsonschema::validator_for(&json(schema::text("scenario").unwrap())).unwrap();
    let mut files: Vec<PathBuf> = vec![root().join("templates/s3-gzip/s3-gzip.scenario.toml")];
    files.extend(std::fs::read_dir(fixtures()).unwrap().map(|entry| entry.unwrap().path()));
    files.retain(|path| path.to_string_lossy().ends_with(".scenario.toml"));
    assert!(files.len() > 6);
    for file in files {
        let value: toml::Value = toml::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let value = serde_json::to_value(value).unwrap();
        let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", file.display());
    }
}

#[test]
fn starters_pass_their_scenarios() {
    let (code, shown, errors) = run(&root().join("templates"), &["test"]);
    assert_eq!(code, 0, "{shown}{errors}");
}

fn script() -> impl Strategy<Value = Script> {
    let fault = (0_u64..300, prop::option::of(1_u64..180_000), prop::option::of(0_u32..5), any::<bool>())
        .prop_map(|(from, length, attempts, all)| ScriptedFault {
            from: Moment::After(Duration::from_secs(from)),
            until: length.map(|length| Moment::After(Duration::from_secs(from + length))),
            lane: None,
            bucket: None,
            key: (!all).then(|| NamePattern::new("*0*")),
            attempts,
            error: "S3.SlowDown".to_owned(),
        });
    let throttle =
        (prop::option::of(0_u64..20_000), prop::option::of(0_u64..50), prop::option::of(0_u64..20))
            .prop_map(|(bytes, records, requests)| Throttle { bytes, records, requests });
    let disturbance = (0.0..1.0, 0_u64..100, 0.0..1.0).prop_map(|(late, delay, repeated)| Disturbance {
        late,
        delay: Duration::from_secs(delay),
        repeated,
    });
    let latency = (0_u64..3_000, 0_u64..3_000);
    (prop::collection::vec(fault, 0..3), latency, prop::option::of(throttle), prop::option::of(disturbance))
        .prop_map(|(faults, (latency, jitter), throttle, disturbance)| Script {
            faults,
            write_latency: Duration::from_millis(latency),
            write_jitter: Duration::from_millis(jitter),
            throttle,
            disturbance,
            ..Script::default()
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    /// Whatever a scenario does, every record is accounted for, and workers change nothing. A run whose ledger does not
    /// add up is an error.
    #[test]
    fn scripted_runs_conserve_records_and_do_not_depend_on_workers(
        case in support::case(),
        script in script(),
        called in support::called(),
    ) {
        let mut case = case;
        case.simulation.options.script = script;
        case.simulation.options.watch = Watch { trace: Some(2), selectors: vec![Selector::Number(1)] };
        let out = tempfile::tempdir().unwrap();
        if let Some(called) = &called {
            case.call(called, out.path());
        }
        let one = case.run(&out.path().join("1"), 1).unwrap();
        let two = case.run(&out.path().join("2"), 2).unwrap();
        prop_assert_eq!(&one.digest, &two.digest);
        prop_assert_eq!(support::files(&out.path().join("1")), support::files(&out.path().join("2")));
        prop_assert_eq!((one.trace, &one.fates), (two.trace, &two.fates));
        let ledger = one.ledger;
        let in_function = ledger.dropped + ledger.processing_failed;
        prop_assert_eq!(ledger.arrivals, ledger.delivered + in_function + ledger.lost + ledger.rejected);
        let failed: u64 = one.failures.iter().map(|group| group.records).sum();
        let explained = ledger.processing_failed + ledger.lost + ledger.rejected;
        // A record that fails and whose error document is lost is explained twice.
        prop_assert!(failed == explained || (called.is_some() && ledger.lost > 0 && failed > explained));
        // The first record ends once, or twice if it was put twice.
        prop_assert!(case.input().is_empty() || ledger.arrivals == 0 || (1..=2).contains(&one.fates.len()));
    }

    /// A script that does nothing changes nothing, and following records changes nothing.
    #[test]
    fn an_idle_script_is_a_plain_run(case in support::case()) {
        let out = tempfile::tempdir().unwrap();
        let plain = case.run(&out.path().join("plain"), 1).unwrap();
        let mut idle = case;
        let calm = Disturbance { late: 0.0, delay: Duration::from_secs(9), repeated: 0.0 };
        idle.simulation.options.script =
            Script { disturbance: Some(calm), throttle: Some(Throttle::default()), ..Script::default() };
        idle.simulation.options.watch = Watch { trace: Some(1), selectors: vec![Selector::Number(2)] };
        let scripted = idle.run(&out.path().join("idle"), 1).unwrap();
        prop_assert_eq!(plain.digest, scripted.digest);
    }
}
