//! Independent readers open every object in every compression format and find the records, end to end.

#![cfg(feature = "simulate")]

#[path = "support/python.rs"]
mod python;

use std::path::Path;
use std::process::Command;

use firehose_kit::model::compression::CODECS;

#[test]
fn independent_readers_find_the_records_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    // Several objects, the last of them smaller than a block of Snappy; not all text compresses alike.
    let lines: Vec<String> = (0..9_000_u64)
        .map(|n| format!("{{\"n\":{n},\"x\":\"{:x}\",\"é\":null}}", n.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
        .collect();
    std::fs::write(folder.path().join("samples.jsonl"), lines.join("\n")).unwrap();
    for codec in CODECS {
        let name = codec.name();
        let template = format!(
            "Resources:\n  Stream:\n    Type: AWS::KinesisFirehose::DeliveryStream\n    Properties:\n      \
             ExtendedS3DestinationConfiguration:\n        RoleARN: arn:aws:iam::444455556666:role/delivery\n        \
             BucketARN: arn:aws:s3:::example-data\n        CompressionFormat: {name}\n        \
             BufferingHints: {{SizeInMBs: 1, IntervalInSeconds: 3}}\n"
        );
        std::fs::write(folder.path().join("template.yaml"), template).unwrap();
        let simulate = Command::new(env!("CARGO_BIN_EXE_firehose-kit"))
            .current_dir(folder.path())
            .args(["simulate", "--input", "samples.jsonl", "--output", name, "--quiet"])
            .output()
            .unwrap();
        assert!(simulate.status.success(), "{}", String::from_utf8_lossy(&simulate.stderr));
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judges.py");
        let judge =
            Command::new(python::interpreter()).arg(script).arg(folder.path().join(name)).output().unwrap();
        assert!(judge.status.success(), "{name}: {}", String::from_utf8_lossy(&judge.stderr));
        assert!(judge.stdout == lines.concat().as_bytes(), "{name}: other bytes come out than went in");
    }
}
