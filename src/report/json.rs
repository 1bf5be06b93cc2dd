//! Findings as JSON: stable, described by `schemas/findings.json`.

use std::io;

use serde_json::{Map, Value, json};

use super::{FileFindings, FindingsReport, Reporter, Style};
use crate::foundation::diagnostic::{Diagnostic, Severity};
use crate::foundation::span::{Source, Span};

/// `--format json`.
pub struct Json;

impl Reporter for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn write(&self, report: &FindingsReport, _: Style, out: &mut dyn io::Write) -> io::Result<()> {
        let findings: Vec<Value> = report.files.iter().flat_map(file_findings).collect();
        let document = json!({
            "version": 1,
            "findings": findings,
            "summary": {
                "files": report.summary.files,
                "skipped": report.summary.skipped,
                "streams": report.summary.streams,
                "errors": report.count(Severity::Error),
                "warnings": report.count(Severity::Warning),
                "infos": report.count(Severity::Info),
                "suppressed": report.summary.suppressed,
            },
        });
        serde_json::to_writer_pretty(&mut *out, &document)?;
        out.write_all(b"\n")
    }
}

fn file_findings(file: &FileFindings) -> Vec<Value> {
    file.findings.iter().map(|finding| self::finding(&file.source, finding)).collect()
}

/// One finding; members that do not apply are left out.
pub fn finding(source: &Source, finding: &Diagnostic) -> Value {
    let mut object = Map::new();
    let mut put = |key: &str, value: Value| object.insert(key.to_owned(), value);
    put("rule", finding.rule.as_ref().into());
    put("name", finding.name.as_ref().into());
    put("severity", finding.severity.as_str().into());
    put("message", finding.message.as_str().into());
    put("file", source.name_for_programs().into());
    let (start, end) = position(source, finding.span);
    put("start", start);
    put("end", end);
    if !finding.path.is_empty() {
        put("path", finding.path.as_str().into());
    }
    for (key, value) in [
        ("resource", &finding.resource),
        ("help", &finding.help),
        ("service_message", &finding.service_message),
    ] {
        if let Some(value) = value {
            put(key, value.as_str().into());
        }
    }
    if !finding.related.is_empty() {
        let related = finding.related.iter().map(|label| {
            let (start, end) = position(source, label.span);
            json!({"message": label.message, "file": source.name_for_programs(), "start": start, "end": end})
        });
        put("related", related.collect());
    }
    put("fixable", finding.fix.is_some().into());
    Value::Object(object)
}

fn position(source: &Source, span: Span) -> (Value, Value) {
    let at = |offset| {
        let position = source.position(offset);
        json!({"line": position.line, "column": position.column})
    };
    (at(span.start), at(span.end))
}
