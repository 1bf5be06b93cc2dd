//! Every starter under `templates/` validates without findings and simulates with its samples; the digest of one is
//! pinned, so that equal bytes come out on every system.

#![cfg(feature = "simulate")]

use std::path::PathBuf;

use assert_cmd::Command;
use serde_json::Value;

fn starters() -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("templates");
    let entries = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    let mut found: Vec<PathBuf> = entries.filter(|path| path.join("template.yaml").exists()).collect();
    found.sort();
    found
}

fn run(arguments: &[&str], folder: &std::path::Path) -> (i32, Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firehose-kit"));
    let output = command.env_clear().current_dir(folder).args(arguments).output().unwrap();
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    let value = serde_json::from_str(&shown)
        .unwrap_or_else(|error| panic!("{error}: {shown}{}", String::from_utf8_lossy(&output.stderr)));
    (output.status.code().unwrap(), value)
}

#[test]
fn starters_validate_clean_and_simulate() {
    let starters = starters();
    assert!(!starters.is_empty());
    for starter in starters {
        let (code, report) =
            run(&["validate", "template.yaml", "--format", "json", "--fail-on", "info"], &starter);
        assert_eq!(code, 0, "{}: {report:#}", starter.display());
        let out = tempfile::tempdir().unwrap();
        let target = out.path().join("out");
        let (code, report) = run(
            &[
                "simulate",
                "--input",
                "samples.jsonl",
                "--format",
                "json",
                "--output",
                target.to_str().unwrap(),
            ],
            &starter,
        );
        assert_eq!(code, 0);
        let ledger = &report["ledger"];
        assert!(ledger["delivered"].as_u64() > Some(0), "{ledger}");
        assert_eq!(ledger["in_custody"], 0);
        assert_eq!(ledger["lost"], 0);
    }
}

#[test]
fn the_digest_is_the_same_everywhere() {
    let starter = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("templates/s3-gzip");
    let digest = |workers: &str| {
        let out = tempfile::tempdir().unwrap();
        let target = out.path().join("out");
        let arguments =
            ["simulate", "--input", "samples.jsonl", "--format", "json", "--stack-name", "pinned"];
        let more = ["--workers", workers, "--output", target.to_str().unwrap()];
        let (_, report) = run(&[&arguments[..], &more[..]].concat(), &starter);
        report["digest"].as_str().unwrap().to_owned()
    };
    let digests = [digest("1"), digest("2"), digest("3")];
    insta::assert_snapshot!(digests.join("\n"));
}
