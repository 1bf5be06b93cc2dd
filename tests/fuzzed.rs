//! What the fuzz targets demand, held against the repository's own files and spoiled copies of them. It needs no nightly
//! compiler, and keeps `fuzz/` building.

#![cfg(feature = "simulate")]

#[path = "../fuzz/src/lib.rs"]
mod targets;

use std::fs;
use std::path::Path;

/// The texts of a folder's files whose names end so, and of those one folder deeper.
fn texts(folder: &str, ending: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let files = |folder: &Path| fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let all = files(&root).flat_map(|path| if path.is_dir() { files(&path).collect() } else { vec![path] });
    let mut found: Vec<_> = all.filter(|path| path.to_string_lossy().ends_with(ending)).collect();
    assert!(!found.is_empty(), "{folder}/**/*{ending}");
    found.sort();
    found.iter().map(|path| fs::read_to_string(path).unwrap()).collect()
}

/// The text without each `step`-th of its lines in turn, and cut off in the middle of it.
fn spoiled(text: &str, step: usize) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = vec![text.to_owned()];
    for at in (0..lines.len()).step_by(step) {
        let without = [&lines[..at], &lines[at + 1..]].concat();
        let half = lines[at]
            .char_indices()
            .nth(lines[at].chars().count() / 2)
            .map_or("", |(half, _)| &lines[at][..half]);
        found.push(without.join("\n"));
        found.push([&lines[..at], &[half]].concat().join("\n"));
    }
    found
}

#[test]
fn templates_and_what_is_left_of_them() {
    for text in texts("templates", "template.yaml") {
        spoiled(&text, 3).iter().for_each(|text| targets::template(text));
    }
}

#[test]
fn findings_of_spoiled_templates_keep_what_they_promise() {
    for text in texts("templates", "template.yaml") {
        spoiled(&text, 17).iter().for_each(|text| targets::validate(text));
    }
}

#[test]
fn fixes_of_spoiled_templates_are_whole_and_keep_comments() {
    for text in texts("templates", "template.yaml") {
        spoiled(&text, 29).iter().for_each(|text| targets::fixes(text));
    }
}

#[test]
fn prefixes_and_queries_of_templates() {
    for text in texts("templates", "template.yaml") {
        for line in text.lines().map(str::trim) {
            let value = line.split_once(": ").map_or(line, |(_, value)| value).trim_matches(['"', '\'']);
            for end in (0..=value.len()).filter(|end| value.is_char_boundary(*end)) {
                targets::prefix(&value[..end]);
            }
            if line.contains("ParameterValue") {
                targets::query(value);
            }
        }
    }
}

#[test]
fn samples_and_what_processors_make_of_them() {
    for text in texts("templates", "samples.jsonl") {
        let start: String = text.chars().take(2_000).collect();
        targets::samples(start.as_bytes());
        for line in spoiled(&start, 7) {
            let record: Vec<u8> = line.bytes().take(1_000).collect();
            targets::processing(&record);
        }
    }
    targets::samples(b"\xff\xfe{\"a\":");
    targets::processing(&[0x1f, 0x8b, 8, 0]);
}

#[test]
fn scenarios_rules_and_tables() {
    for text in texts("docs/own-rules-example", ".yaml") {
        spoiled(&text, 5).iter().for_each(|text| targets::own_rules(text));
    }
    for text in texts("templates", "scenario.toml") {
        spoiled(&text, 2).iter().for_each(|text| targets::scenario(text));
    }
    let table =
        "CREATE EXTERNAL TABLE t (a array<struct<b:decimal(5,2)>>, `c` map<string,int>) STORED AS PARQUET;";
    (0..=table.len()).for_each(|end| targets::ddl(&table[..end]));
}
