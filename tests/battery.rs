//! A battery of templates with one mistake each, written from the rule catalogue alone.
//!
//! `battery/expected.toml` says for each which rule speaks, and where, to the character. No other error or warning may
//! stand beside it, except those that the entry lists.

use std::collections::BTreeMap;
use std::path::PathBuf;

use firehose_kit::foundation::diagnostic::{Diagnostic, Severity};
use firehose_kit::foundation::span::Source;
use firehose_kit::rules::{self, Checks};
use firehose_kit::template::Template;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    rule: String,
    at: String,
    #[serde(default)]
    also: Vec<String>,
}

fn place(source: &Source, finding: &Diagnostic) -> String {
    let (start, end) = (source.position(finding.span.start), source.position(finding.span.end));
    format!("{}:{}-{}:{}", start.line, start.column, end.line, end.column)
}

#[test]
fn each_mistake_is_found_at_its_place_and_nothing_else_is() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/battery");
    let text = std::fs::read_to_string(folder.join("expected.toml")).unwrap();
    let expected: BTreeMap<String, Expected> = toml::from_str(&text).unwrap();
    let templates = std::fs::read_dir(&folder).unwrap().count() - 1;
    assert_eq!(templates, expected.len(), "a template without an entry");
    assert!(templates >= 120, "only {templates} templates");
    let mut failures = Vec::new();
    for (name, expected) in &expected {
        let template = Template::read(Source::new(name, std::fs::read_to_string(folder.join(name)).unwrap()));
        let mut findings = rules::check(&template, &Checks::default()).findings;
        let hit = findings.iter().position(|finding| {
            finding.rule == expected.rule && place(&template.source, finding) == expected.at
        });
        match hit {
            Some(at) => drop(findings.remove(at)),
            None => failures.push(format!("{name}: no {} at {}", expected.rule, expected.at)),
        }
        for other in findings.iter().filter(|finding| {
            finding.severity != Severity::Info
                && expected.also.iter().all(|also| finding.rule != also.as_str())
        }) {
            let place = place(&template.source, other);
            failures.push(format!("{name}: {} at {place}: {}", other.rule, other.message));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
