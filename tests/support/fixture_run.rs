//! A fixture of `tests/fixtures/destinations`, run with samples and a scenario, and what came of it.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;

/// How a fixture is run: one record a second.
#[derive(Default)]
pub struct Setup<'a> {
    /// Texts of the template, and what stands there instead.
    pub changes: &'a [(&'a str, &'a str)],
    pub samples: &'a str,
    pub scenario: &'a str,
    /// Files beside the template, with their texts.
    pub files: &'a [(&'a str, &'a str)],
    pub flags: &'a [&'a str],
}

/// The folder of a run, and what the program said.
pub struct Run {
    pub base: tempfile::TempDir,
    pub out: PathBuf,
    pub output: Output,
}

impl Setup<'_> {
    pub fn run(&self, fixture: &str) -> Run {
        let base = tempfile::tempdir().unwrap();
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/destinations").join(fixture);
        let mut template = fs::read_to_string(path).unwrap();
        for (from, to) in self.changes {
            assert!(template.contains(from), "{from}");
            template = template.replacen(from, to, 1);
        }
        let own = [
            ("template.yaml", &*template),
            ("samples.jsonl", self.samples),
            ("scenario.toml", self.scenario),
        ];
        for (name, text) in own.iter().chain(self.files) {
            fs::write(base.path().join(name), text).unwrap();
        }
        let out = base.path().join("out");
        let output = Command::new(env!("CARGO_BIN_EXE_firehose-kit"))
            .current_dir(base.path())
            .args(["simulate", "template.yaml", "--input", "samples.jsonl", "--rate", "1/s"])
            .args(["--output", "out", "--scenario", "scenario.toml"])
            .args(self.flags)
            .output()
            .unwrap();
        Run { base, out, output }
    }
}

impl Run {
    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }

    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    /// All that the program said.
    pub fn said(&self) -> String {
        self.stdout() + &self.stderr()
    }

    pub fn file(&self, path: &str) -> Vec<u8> {
        fs::read(self.out.join(path)).unwrap_or_else(|error| panic!("{path}: {error}\n{}", self.said()))
    }

    pub fn text(&self, path: &str) -> String {
        String::from_utf8(self.file(path)).unwrap()
    }

    pub fn json(&self, path: &str) -> Value {
        serde_json::from_slice(&self.file(path)).unwrap()
    }

    pub fn report(&self) -> Value {
        self.json("report.json")
    }

    pub fn ledger(&self, member: &str) -> u64 {
        self.report()["ledger"][member].as_u64().unwrap()
    }

    pub fn manifest(&self) -> Vec<Value> {
        self.text("manifest.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub fn of_lane(&self, lane: &str) -> Vec<Value> {
        self.manifest().into_iter().filter(|line| line["lane"] == lane).collect()
    }

    /// The body that a line of the manifest tells of.
    pub fn body(&self, line: &Value) -> String {
        self.text(line["path"].as_str().unwrap())
    }

    /// The lines of such a body.
    pub fn rows(&self, line: &Value) -> Vec<Value> {
        self.body(line).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The documents of the error lane.
    pub fn failed(&self) -> Vec<Value> {
        self.of_lane("error").iter().flat_map(|line| self.rows(line)).collect()
    }
}

/// Ten small records.
pub fn records() -> Vec<String> {
    (0..10).map(|id| format!("{{\"id\":{id},\"name\":\"ünï {id}\"}}")).collect()
}

/// The same as a file of samples.
pub fn samples() -> String {
    records().join("\n")
}
