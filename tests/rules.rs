//! Every fixture of every rule: `bad-*` fires it, `good-*` does not; and nothing that is fine is flagged.

use std::path::{Path, PathBuf};

use firehose_kit::foundation::diagnostic::{Diagnostic, Severity};
use firehose_kit::foundation::span::Source;
use firehose_kit::report::{Style, text};
use firehose_kit::rules::{self, Checks};
use firehose_kit::template::Template;

fn fixtures(folder: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(folder)
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    found.sort();
    found
}

fn check(path: &Path) -> (Source, Vec<Diagnostic>) {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let template = Template::read(Source::new(name, std::fs::read_to_string(path).unwrap()));
    let findings = rules::check(&template, &Checks::default()).findings;
    (template.source, findings)
}

#[test]
fn fixtures_fire_and_stay_silent_as_their_names_say() {
    let mut failures = Vec::new();
    let mut count = 0;
    for folder in entries(&fixtures("rules")) {
        let id = folder.file_name().unwrap().to_string_lossy().into_owned();
        assert!(rules::find(&id).is_some(), "tests/fixtures/rules/{id} is the folder of no rule");
        for path in entries(&folder) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let (_, findings) = check(&path);
            let fired: Vec<_> = findings.iter().filter(|finding| finding.rule == id).collect();
            count += 1;
            match (name.starts_with("bad-"), name.starts_with("good-")) {
                (true, _) if fired.is_empty() => failures.push(format!("{id}/{name}: does not fire")),
                (_, true) if !fired.is_empty() => {
                    failures.push(format!("{id}/{name}: fires: {}", fired[0].message));
                }
                (false, false) => failures.push(format!("{id}/{name}: is called neither bad-* nor good-*")),
                _ => {}
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(count > 0, "no fixture was found");
}

/// What a user sees for the first bad fixture of each rule.
#[test]
fn what_a_user_sees() {
    let style = Style { colour: false, width: 120 };
    let mut shown = String::new();
    for folder in entries(&fixtures("rules")) {
        let id = folder.file_name().unwrap().to_string_lossy().into_owned();
        let bad = entries(&folder).into_iter().find(|path| path.to_string_lossy().contains("bad-"));
        let Some(bad) = bad else { continue };
        let (source, findings) = check(&bad);
        if let Some(finding) = findings.iter().find(|finding| finding.rule == id) {
            shown += &text::excerpt(&source, finding, style);
            shown += "\n\n";
        }
    }
    insta::assert_snapshot!(shown);
}

/// The catalogue's table of forms that good templates have: no error, and no warning about the form itself.
#[test]
fn nothing_that_is_fine_is_flagged() {
    let mut failures = Vec::new();
    let templates = entries(&fixtures("must-not-flag"));
    for path in &templates {
        let (source, findings) = check(path);
        for finding in findings.iter().filter(|finding| finding.severity == Severity::Error) {
            failures.push(format!("{}: {} {}", source.name, finding.rule, finding.message));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(templates.len() >= 10, "only {} templates", templates.len());
}
