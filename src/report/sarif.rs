//! Findings as SARIF 2.1.0, for code scanning and for editors.
//!
//! Braces in messages stay single. The standard doubles them, for placeholders that we do not use; GitHub and the
//! viewers show what they are given, and a doubled `!{{timestamp:...}}` would be wrong advice.

use std::collections::BTreeMap;
use std::io;

use serde_json::{Map, Value, json};
use siphasher::sip128::SipHasher13;

use super::{FileFindings, FindingsReport, Reporter, Style, rule_page};
use crate::foundation::diagnostic::{Diagnostic, Fix, Severity};
use crate::foundation::span::{Source, Span};
use crate::rules;

/// `--format sarif`.
pub struct Sarif;

/// The address that names the standard's schema.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The base of relative addresses, as GitHub calls it.
const ROOT: &str = "%SRCROOT%";

impl Reporter for Sarif {
    fn name(&self) -> &'static str {
        "sarif"
    }

    fn write(&self, report: &FindingsReport, _: Style, out: &mut dyn io::Write) -> io::Result<()> {
        let found = || report.files.iter().flat_map(|file| &file.findings);
        let mut rules: BTreeMap<&str, &Diagnostic> = BTreeMap::new();
        for finding in found() {
            rules.entry(&finding.rule).or_insert(finding);
        }
        let index = |id: &str| rules.keys().position(|rule| *rule == id);
        let results: Vec<Value> = report.files.iter().flat_map(|file| results(file, &index)).collect();
        let document = json!({
            "$schema": SCHEMA,
            "version": "2.1.0",
            "runs": [{
                "tool": {"driver": {
                    "name": env!("CARGO_PKG_NAME"),
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "rules": rules.values().map(|finding| descriptor(finding)).collect::<Vec<_>>(),
                }},
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {
                    ROOT: {"description": {"text": "The folder that firehose-kit was started in."}},
                },
                "results": results,
            }],
        });
        serde_json::to_writer_pretty(&mut *out, &document)?;
        out.write_all(b"\n")
    }
}

/// What is said about a rule once, for all its results.
fn descriptor(finding: &Diagnostic) -> Value {
    let Some(rule) = rules::find(&finding.rule) else {
        return json!({
            "id": finding.rule,
            "name": pascal_case(&finding.name),
            "defaultConfiguration": {"level": level(finding.severity)},
        });
    };
    let page = rule_page::page(rule);
    let why = page.split("\n## Why\n").nth(1).and_then(|rest| rest.split("\n## ").next());
    json!({
        "id": rule.id,
        "name": pascal_case(rule.name),
        "shortDescription": {"text": rule.summary()},
        "fullDescription": {"text": format!("{} {}", rule.summary(), why.unwrap_or("").trim()).trim()},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": level(rule.severity)},
    })
}

/// `missing-error-output-prefix` as `MissingErrorOutputPrefix`.
fn pascal_case(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>())
    };
    name.split('-').filter_map(word).collect()
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn results(file: &FileFindings, rule_index: &impl Fn(&str) -> Option<usize>) -> Vec<Value> {
    let source = &file.source;
    let mut seen = BTreeMap::new();
    let result = |finding: &Diagnostic| {
        let mut result = Map::new();
        let mut put = |key: &str, value: Value| result.insert(key.to_owned(), value);
        put("ruleId", (*finding.rule).into());
        if let Some(index) = rule_index(&finding.rule) {
            put("ruleIndex", index.into());
        }
        put("level", level(finding.severity).into());
        put("message", json!({"text": finding.full_message()}));
        let mut location = json!({"physicalLocation": physical(source, finding.span)});
        if !finding.path.is_empty() {
            location["logicalLocations"] = json!([{"fullyQualifiedName": finding.path}]);
        }
        put("locations", json!([location]));
        let related = finding.related.iter().enumerate().map(|(at, label)| {
            json!({
                "id": at,
                "message": {"text": label.message},
                "physicalLocation": physical(source, label.span),
            })
        });
        let related: Vec<Value> = related.collect();
        if !related.is_empty() {
            put("relatedLocations", related.into());
        }
        put("partialFingerprints", json!({"firehoseKit/v1": fingerprint(source, finding, &mut seen)}));
        // A fix without edits is one that is not to be shown.
        if let Some(fix) = finding.fix.as_ref().filter(|fix| !fix.edits.is_empty()) {
            put("fixes", json!([self::fix(source, finding, fix)]));
        }
        Value::Object(result)
    };
    file.findings.iter().map(result).collect()
}

fn physical(source: &Source, span: Span) -> Value {
    let mut location = json!({"artifactLocation": artifact(&source.name)});
    if !source.text.is_empty() {
        let mut region = region(source, span);
        region["snippet"] = json!({"text": source.slice(span)});
        location["region"] = region;
    }
    location
}

fn region(source: &Source, span: Span) -> Value {
    let (start, end) = (source.position(span.start), source.position(span.end));
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    })
}

/// The file's address: relative ones against [`ROOT`], absolute ones whole.
fn artifact(name: &str) -> Value {
    if name == Source::STANDARD_INPUT {
        return json!({"uri": "stdin", "uriBaseId": ROOT});
    }
    let is_windows = std::path::MAIN_SEPARATOR == '\\';
    let slashes = if is_windows { name.replace('\\', "/") } else { name.to_owned() };
    let has_drive = is_windows && slashes.as_bytes().get(1) == Some(&b':');
    if slashes.starts_with('/') || has_drive {
        return json!({"uri": format!("file:///{}", percent_encoded(slashes.trim_start_matches('/')))});
    }
    let relative = slashes.strip_prefix("./").unwrap_or(&slashes);
    json!({"uri": percent_encoded(relative), "uriBaseId": ROOT})
}

/// A path with all but the unreserved characters of RFC 3986 and its slashes encoded.
fn percent_encoded(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                encoded.push(char::from(byte));
            }
            byte => encoded += &format!("%{byte:02X}"),
        }
    }
    encoded
}

/// What a finding is known by while lines move: its rule, its place in the document, the text there, and which of
/// several alike it is.
fn fingerprint(source: &Source, finding: &Diagnostic, seen: &mut BTreeMap<String, usize>) -> String {
    let known_by = [&*finding.rule, &finding.path, source.slice(finding.span)].join("\0");
    let times = seen.entry(known_by.clone()).or_default();
    *times += 1;
    let hash = SipHasher13::new().hash(format!("{known_by}\0{times}").as_bytes());
    format!("{:032x}", hash.as_u128())
}

fn fix(source: &Source, finding: &Diagnostic, fix: &Fix) -> Value {
    let replacements = fix.edits.iter().map(|edit| {
        json!({"deletedRegion": region(source, edit.span), "insertedContent": {"text": edit.replacement}})
    });
    json!({
        "description": {"text": finding.help.as_ref().unwrap_or(&finding.message)},
        "artifactChanges": [{
            "artifactLocation": artifact(&source.name),
            "replacements": replacements.collect::<Vec<_>>(),
        }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_relative_and_encoded() {
        assert_eq!(artifact("./a b/ü:1.yaml"), json!({"uri": "a%20b/%C3%BC%3A1.yaml", "uriBaseId": ROOT}));
        assert_eq!(artifact("/tmp/t.yaml"), json!({"uri": "file:///tmp/t.yaml"}));
        assert_eq!(artifact("<stdin>"), json!({"uri": "stdin", "uriBaseId": ROOT}));
    }

    #[test]
    fn names_of_rules_are_pascal_case() {
        assert_eq!(pascal_case("missing-error-output-prefix"), "MissingErrorOutputPrefix");
    }
}
