//! The examples in the rules' manual pages run: the first fires the rule, the second does not, and is free of errors.

use firehose_kit::foundation::diagnostic::Severity;
use firehose_kit::foundation::span::Source;
use firehose_kit::rules::{self, Checks};
use firehose_kit::template::Template;

/// The first fenced block under a heading of a page.
fn example(docs: &str, heading: &str) -> Option<String> {
    let section = docs.split("## ").find(|section| section.trim_start().starts_with(heading))?;
    let mut lines = section.lines().skip_while(|line| !line.trim().starts_with("```")).skip(1);
    let body: Vec<&str> = lines.by_ref().take_while(|line| !line.trim().starts_with("```")).collect();
    // Doc comments keep the space after `///`.
    Some(body.iter().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n"))
}

/// An example without `Resources` is the `Properties` of a stream.
fn template(text: &str) -> Template {
    let is_whole =
        text.lines().any(|line| line.starts_with("Resources:") || line.starts_with("Description:"));
    let text = match is_whole {
        true => text.to_owned(),
        false => {
            let indented: Vec<String> = text.lines().map(|line| format!("      {line}")).collect();
            format!(
                "Resources:\n  Stream:\n    Type: AWS::KinesisFirehose::DeliveryStream\n    Properties:\n{}\n",
                indented.join("\n")
            )
        }
    };
    Template::read(Source::new("example.yaml", text))
}

#[test]
fn examples_of_every_rule_run() {
    let mut failures = Vec::new();
    for rule in rules::all() {
        for heading in ["Why", "Fires on", "Silent on", "References"] {
            if !rule.docs.contains(&format!("## {heading}")) {
                failures.push(format!("{}: no heading `{heading}`", rule.id));
            }
        }
        let (Some(bad), Some(good)) = (example(rule.docs, "Fires on"), example(rule.docs, "Silent on"))
        else {
            failures.push(format!("{}: no example", rule.id));
            continue;
        };
        // A rule about changes has nothing to say of one template; its own tests give it two.
        let is_about_changes = matches!(rule.check, rules::Check::Change(_));
        let found = rules::check(&template(&bad), &Checks::default());
        if !is_about_changes && !found.findings.iter().any(|finding| finding.rule == rule.id) {
            let others: Vec<_> = found.findings.iter().map(|f| format!("{} {}", f.rule, f.message)).collect();
            failures.push(format!("{}: does not fire on its example; found {others:?}", rule.id));
        }
        for finding in rules::check(&template(&good), &Checks::default()).findings {
            if finding.rule == rule.id || finding.severity == Severity::Error {
                failures.push(format!(
                    "{}: its good example gives {} {}",
                    rule.id, finding.rule, finding.message
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn ids_and_names_are_unique_and_well_formed() {
    let rules: Vec<_> = rules::all().collect();
    for (at, rule) in rules.iter().enumerate() {
        let digits = rule.id.strip_prefix("FH").unwrap_or("");
        assert!(digits.len() == 3 && digits.bytes().all(|b| b.is_ascii_digit()), "{}", rule.id);
        let kebab = rule.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        assert!(kebab, "{}", rule.name);
        for other in &rules[at + 1..] {
            assert!(rule.id != other.id && rule.name != other.name, "{} {}", rule.id, other.id);
        }
    }
    let ids: Vec<_> = rules.iter().map(|rule| rule.id).collect();
    assert!(ids.is_sorted(), "the registry is in the order of ids: {ids:?}");
}
