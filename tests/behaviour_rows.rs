//! Areas 3 to 9 of `docs/FIDELITY.md`: each row that is modelled has tests, which `fixtures/rows.tsv` names; those that
//! had none elsewhere stand here.

#![cfg(feature = "columnar")]

use std::{collections::BTreeMap, fs, path::Path};

use assert_cmd::Command;
use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All text of the rules, to look for ids in.
fn rules(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rules(&path, text);
        } else {
            text.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn every_row_names_its_tests() {
    let mut proofs = BTreeMap::new();
    for line in fs::read_to_string(root().join("tests/fixtures/rows.tsv")).unwrap().lines() {
        let (start, names) = line.split_once('\t').unwrap();
        assert!(proofs.insert(start.to_owned(), names.to_owned()).is_none(), "{start} stands there twice");
    }
    let page = fs::read_to_string(root().join("docs/FIDELITY.md")).unwrap();
    let (mut area, mut without) = (0, Vec::new());
    for line in page.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            area = heading.split('.').next().and_then(|number| number.parse().ok()).unwrap_or(0);
        }
        let is_row = (3..=9).contains(&area) && line.starts_with("| ") && !line.starts_with("| Behaviour");
        if !is_row || line.starts_with("| ---") || line.contains("| not modelled |") {
            continue;
        }
        if !proofs.keys().any(|start| line["| ".len()..].starts_with(start.as_str())) {
            without.push(line.to_owned());
        }
    }
    assert!(without.is_empty(), "rows without a test:\n{}", without.join("\n"));
    let mut ids = String::new();
    rules(&root().join("src/rules"), &mut ids);
    // Rules that a schema speaks for stand in it.
    rules(&root().join("schemas"), &mut ids);
    for (start, names) in &proofs {
        for name in names.split(' ') {
            let is_there = match name.split_once("::") {
                Some((file, test)) => {
                    let source = fs::read_to_string(root().join(file))
                        .unwrap_or_else(|error| panic!("{file}: {error}"));
                    source.contains(&format!("fn {test}("))
                }
                None => ids.contains(&format!("\"{name}\"")),
            };
            assert!(is_there, "{start}: {name}");
        }
    }
}

/// Runs lines through a stream whose block has these settings.
fn run(settings: &str, lines: &[String], more: &[&str]) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let template = format!(
        "Resources:\n  Stream:\n    Type: AWS::KinesisFirehose::DeliveryStream\n    Properties:\n      \
         DeliveryStreamName: orders\n      ExtendedS3DestinationConfiguration:\n        \
         RoleARN: arn:aws:iam::444455556666:role/delivery\n        BucketARN: arn:aws:s3:::example-data\n{settings}"
    );
    fs::write(folder.path().join("template.yaml"), template).unwrap();
    fs::write(folder.path().join("in.txt"), lines.concat()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_firehose-kit"));
    command.env_clear().current_dir(folder.path());
    command.args([
        "simulate",
        "template.yaml",
        "--input",
        "in.txt",
        "--input-format",
        "text",
        "--keep-newline",
    ]);
    let output = command.args(["--output", "out", "--no-validate"]).args(more).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let manifest = fs::read_to_string(folder.path().join("out/manifest.jsonl")).unwrap();
    manifest.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

const HINTS: &str = "        BufferingHints: {SizeInMBs: 1, IntervalInSeconds: 60}\n";

/// A line of so many bytes, its end included.
fn line(bytes: usize) -> String {
    "x".repeat(bytes - 1) + "\n"
}

fn sizes(lines: &[Value]) -> Vec<u64> {
    lines.iter().map(|line| line["bytes_in"].as_u64().unwrap()).collect()
}

#[test]
fn row_3_one_mb_is_1048576_bytes() {
    let half = 1_048_576 / 2;
    assert_eq!(sizes(&run(HINTS, &[line(half), line(half)], &[])), [1_048_576]);
    assert_eq!(sizes(&run(HINTS, &[line(half), line(half + 1)], &[])), [half as u64, half as u64 + 1]);
}

#[test]
fn row_3_a_record_is_never_split() {
    let large = 1_024_000;
    assert_eq!(
        sizes(&run(HINTS, &[line(100_000), line(large), line(10)], &[])),
        [100_000, large as u64 + 10]
    );
}

#[test]
fn row_3_the_size_counts_bytes_before_compression() {
    let settings = format!("{HINTS}        CompressionFormat: GZIP\n");
    let lines = run(&settings, &[line(700_000), line(700_000)], &[]);
    assert_eq!(sizes(&lines), [700_000, 700_000]);
    assert!(lines.iter().all(|line| line["bytes_out"].as_u64().unwrap() < 10_000));
}

#[test]
fn row_3_the_end_of_the_input_seals() {
    let lines = run(HINTS, &[line(10), line(10)], &["--rate", "1/s"]);
    assert_eq!(lines[0]["sealed_by"], "drain");
    // The second record arrives a second after the first; nothing waits for the interval.
    assert_eq!(lines[0]["at"], "2026-01-01T00:00:01.000Z");
}

#[test]
fn row_6_1_the_time_is_the_oldest_arrival_in_the_zone() {
    let settings = format!(
        "{HINTS}        Prefix: 'd/!{{timestamp:yyyy-MM-dd-HH}}/!{{timestamp:mm}}/'\n        CustomTimeZone: Asia/Tokyo\n        ErrorOutputPrefix: 'e/!{{firehose:error-output-type}}/'\n"
    );
    let lines = run(&settings, &[line(10), line(10)], &["--start", "2026-03-01T15:59:59Z", "--rate", "1/s"]);
    let key = lines[0]["key"].as_str().unwrap();
    assert!(key.starts_with("d/2026-03-02-00/59/orders-1-2026-03-02-00-59-59-"), "{key}");
}

#[test]
fn row_6_1_random_strings_have_11_characters_and_differ() {
    let settings = format!(
        "{HINTS}        Prefix: '!{{firehose:random-string}}/!{{firehose:random-string}}/'\n        ErrorOutputPrefix: 'e/!{{firehose:error-output-type}}/'\n"
    );
    let lines = run(&settings, &[line(10)], &[]);
    let parts: Vec<&str> = lines[0]["key"].as_str().unwrap().split('/').collect();
    assert!(
        parts[..2].iter().all(|part| part.len() == 11 && part.bytes().all(|b| b.is_ascii_alphanumeric())),
        "{parts:?}"
    );
    assert_ne!(parts[0], parts[1]);
}

#[test]
fn row_6_2_backup_objects_are_named_alike() {
    let backup = "        S3BackupMode: Enabled\n        S3BackupConfiguration:\n          RoleARN: arn:aws:iam::444455556666:role/delivery\n          BucketARN: arn:aws:s3:::example-backup\n          Prefix: raw/\n          CompressionFormat: GZIP\n";
    let lines = run(&format!("{HINTS}{backup}"), &[line(10)], &[]);
    let copy = lines.iter().find(|line| line["lane"] == "backup").unwrap();
    let key = copy["key"].as_str().unwrap();
    assert!(
        key.starts_with("raw/2026/01/01/00/orders-1-2026-01-01-00-00-00-") && key.ends_with(".gz"),
        "{key}"
    );
    assert_eq!(copy["bucket"], "example-backup");
}
