//! The program, run in folders made for a test, and what it said.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

/// Flags of `simulate` that let records leave the machine. They have no setting and no key in scenarios: it is said each time.
pub const LEAVES_THE_MACHINE: &[&str] = &[
    "http-url",
    "splunk-url",
    "redshift-url",
    "create-table",
    "opensearch-url",
    "ca-file",
    "s3",
    "s3-endpoint-url",
    "s3-bucket",
];

/// The program in a folder, without the environment of whoever runs the tests.
pub fn program(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firehose-kit"));
    command.env_clear().current_dir(folder).args(args);
    command
}

/// A folder with these files.
pub fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

/// Exit code, standard output and standard error.
pub fn said(command: &mut Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

pub fn run(folder: &Path, args: &[&str]) -> (i32, String, String) {
    said(&mut program(folder, args))
}

pub fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}
