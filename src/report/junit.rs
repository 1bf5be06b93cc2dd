//! Findings as JUnit XML, for the test tabs of CI systems.
//!
//! A file is a test suite and a finding a test case. Errors and warnings fail; advice passes, with its text as output.
//! A file without findings is one case that passes, so that a tab shows what was checked. A case's name has no line
//! in it: systems that follow a case over time tell it by its name.

use std::collections::BTreeMap;
use std::io;

use super::{FileFindings, FindingsReport, Reporter, Style, text};
use crate::foundation::diagnostic::{Diagnostic, Severity};

/// `--format junit`.
pub struct Junit;

/// How excerpts are drawn inside the XML.
const EXCERPT: Style = Style { colour: false, width: 120 };

impl Reporter for Junit {
    fn name(&self) -> &'static str {
        "junit"
    }

    fn write(&self, report: &FindingsReport, _: Style, out: &mut dyn io::Write) -> io::Result<()> {
        let tests: usize = report.files.iter().map(cases).sum();
        let failures: usize = report.files.iter().map(failures).sum();
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
        writeln!(
            out,
            "<testsuites name=\"firehose-kit\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">"
        )?;
        for file in &report.files {
            suite(file, out)?;
        }
        writeln!(out, "</testsuites>")
    }
}

/// The test cases of a file: never none.
fn cases(file: &FileFindings) -> usize {
    file.findings.len().max(1)
}

fn failures(file: &FileFindings) -> usize {
    file.findings.iter().filter(|finding| finding.severity > Severity::Info).count()
}

fn suite(file: &FileFindings, out: &mut dyn io::Write) -> io::Result<()> {
    let name = escaped(&file.source.name);
    let (tests, failures) = (cases(file), failures(file));
    writeln!(
        out,
        "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"0\">"
    )?;
    if file.findings.is_empty() {
        writeln!(out, "    <testcase classname=\"{name}\" name=\"no findings\" file=\"{name}\"/>")?;
    }
    let mut seen = BTreeMap::new();
    for finding in &file.findings {
        let title = title(finding);
        let times: &mut usize = seen.entry(title.clone()).or_default();
        *times += 1;
        let title = if *times == 1 { title } else { format!("{title} ({times})") };
        case(file, finding, &title, out)?;
    }
    writeln!(out, "  </testsuite>")
}

fn title(finding: &Diagnostic) -> String {
    let place = if finding.path.is_empty() { "file" } else { &finding.path };
    format!("{} {}: {place}", finding.rule, finding.name)
}

fn case(file: &FileFindings, finding: &Diagnostic, title: &str, out: &mut dyn io::Write) -> io::Result<()> {
    let name = escaped(&file.source.name);
    let line = file.source.position(finding.span.start).line;
    let excerpt = escaped(&text::excerpt(&file.source, finding, EXCERPT));
    writeln!(
        out,
        "    <testcase classname=\"{name}\" name=\"{}\" file=\"{name}\" line=\"{line}\">",
        escaped(title)
    )?;
    match finding.severity {
        Severity::Info => writeln!(out, "      <system-out>{excerpt}</system-out>")?,
        severity => writeln!(
            out,
            "      <failure type=\"{}\" message=\"{}\">{excerpt}</failure>",
            severity.as_str(),
            escaped(&finding.message)
        )?,
    }
    writeln!(out, "    </testcase>")
}

/// Text inside elements and attributes; what XML 1.0 can't hold becomes U+FFFD.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\r' => escaped.push_str("&#13;"),
            '\n' | '\t' => escaped.push(c),
            '\0'..'\u{20}' | '\u{FFFE}' | '\u{FFFF}' => escaped.push('\u{FFFD}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_xml_can_hold_is_written() {
        assert_eq!(
            escaped("a<b>&\"c\"\u{1b}[1m\n\u{FFFF}ü"),
            "a&lt;b&gt;&amp;&quot;c&quot;\u{FFFD}[1m\n\u{FFFD}ü"
        );
    }
}
