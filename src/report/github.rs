//! Findings as workflow commands of GitHub Actions, which become annotations on the changed lines.

use std::io;

use super::{FileFindings, FindingsReport, Reporter, Style, text};
use crate::foundation::diagnostic::{Diagnostic, Severity};

/// `--format github`.
pub struct Github;

impl Reporter for Github {
    fn name(&self) -> &'static str {
        "github"
    }

    fn write(&self, report: &FindingsReport, _: Style, out: &mut dyn io::Write) -> io::Result<()> {
        for file in &report.files {
            for finding in &file.findings {
                writeln!(out, "{}", command(file, finding))?;
            }
        }
        writeln!(out, "{}", text::summary(report))
    }
}

fn command(file: &FileFindings, finding: &Diagnostic) -> String {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let start = file.source.position(finding.span.start);
    let end = file.source.position(finding.span.end);
    let mut place = format!("file={},line={}", property(&file.source.name), start.line);
    // The runner takes columns only where both lines are the same.
    if start.line == end.line {
        place += &format!(",col={},endLine={},endColumn={}", start.column, end.line, end.column);
    } else {
        place += &format!(",endLine={}", end.line);
    }
    let title = property(&format!("{} {}", finding.rule, finding.name));
    format!("::{level} {place},title={title}::{}", data(&finding.full_message()))
}

/// A message: on one line.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property: without the signs that end one.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_that_mean_something_are_escaped() {
        assert_eq!(data("50 %,\r\nor: more"), "50 %25,%0D%0Aor: more");
        assert_eq!(property("C:\\a,b%.yaml"), "C%3A\\a%2Cb%25.yaml");
    }
}
