//! The rest of the command line's contract: where results go, what settings may say, and what is told where.

#![cfg(all(feature = "aws", feature = "simulate"))]

use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

#[path = "command_line/flags.rs"]
mod flags;
#[path = "command_line/folders.rs"]
mod folders;
#[path = "command_line/lambda.rs"]
mod lambda;
#[path = "command_line/results.rs"]
mod results;
#[path = "command_line/told.rs"]
mod told;

const STREAM: &str = "Resources:\n  Stream:\n    Type: AWS::KinesisFirehose::DeliveryStream\n    Properties:\n      \
                      DeliveryStreamName: clicks\n      ExtendedS3DestinationConfiguration:\n        \
                      RoleARN: arn:aws:iam::444455556666:role/delivery\n        BucketARN: arn:aws:s3:::example-data\n";

/// The program in a folder, without the environment of whoever runs the tests.
fn program(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firehose-kit"));
    command.env_clear().current_dir(folder).args(args);
    command
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

fn said(command: &mut Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn run(folder: &Path, args: &[&str]) -> (i32, String, String) {
    said(&mut program(folder, args))
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn assert_fits(schema: &str, value: &Value) {
    let text = firehose_kit::template::schema::text(schema).unwrap();
    let validator = jsonschema::validator_for(&json(text)).unwrap();
    let errors: Vec<String> = validator.iter_errors(value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{schema}: {errors:?}\n{value:#}");
}

/// The names in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
