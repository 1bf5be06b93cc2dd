//! Findings for people: an excerpt of the source, a caret under the exact part, and the help.

use std::io;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{FindingsReport, Reporter, Style};
use crate::foundation::diagnostic::{Diagnostic, Severity};
use crate::foundation::span::{Source, Span};

/// `--format text`.
pub struct Text;

/// Lines shown between two marked places before they get excerpts of their own.
const NEAR_LINES: u32 = 12;

impl Reporter for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    fn write(&self, report: &FindingsReport, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
        for file in &report.files {
            for finding in &file.findings {
                writeln!(out, "{}\n", excerpt(&file.source, finding, style))?;
            }
        }
        writeln!(out, "{}", summary(report))
    }
}

/// A finding as text, without a line end.
pub fn excerpt(source: &Source, finding: &Diagnostic, style: Style) -> String {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let near =
        |span: Span| source.line_of(span.start).abs_diff(source.line_of(finding.span.start)) <= NEAR_LINES;
    let mut marks = vec![(AnnotationKind::Primary, finding.span, "")];
    let related = finding.related.iter();
    marks.extend(
        related.filter(|l| near(l.span)).map(|l| (AnnotationKind::Context, l.span, l.message.as_str())),
    );
    let mut group: Group<'_> = level
        .primary_title(finding.message.as_str())
        .id(format!("{} {}", finding.rule, finding.name))
        .element(snippet(source, &marks));
    for label in finding.related.iter().filter(|label| !near(label.span)) {
        let mark = [(AnnotationKind::Context, label.span, label.message.as_str())];
        group = group.element(snippet(source, &mark));
    }
    if let Some(message) = &finding.service_message {
        group = group.element(Level::NOTE.message(format!("the service answers: {message}")));
    }
    if let Some(help) = &finding.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    let renderer = if style.colour { Renderer::styled() } else { Renderer::plain() };
    renderer.term_width(style.width).render(&[group])
}

/// A snippet of the lines that the marks touch.
fn snippet<'a>(
    source: &'a Source,
    marks: &[(AnnotationKind, Span, &'a str)],
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let first = marks.iter().map(|mark| source.line_of(mark.1.start)).min().unwrap_or(1).max(1);
    // Of a block, the first line is enough.
    let last = marks.iter().map(|mark| source.line_of(mark.1.start)).max().unwrap_or(1).max(first);
    let offset =
        |line: u32| source.line(line).map(|text| text.as_ptr() as usize - source.text.as_ptr() as usize);
    let start = offset(first).unwrap_or(0);
    let last_line = source.line(last).unwrap_or("");
    let end = offset(last).unwrap_or(start) + last_line.len();
    let text = source.text.get(start..end).unwrap_or("");
    let annotations = marks.iter().map(|(kind, span, label)| {
        let line_end = offset(source.line_of(span.start)).unwrap_or(start)
            + source.line(source.line_of(span.start)).unwrap_or("").len();
        let from = (span.start as usize).clamp(start, end);
        let to = (span.end as usize).min(line_end).clamp(from, end);
        let annotation = kind.span(from - start..to - start);
        if label.is_empty() { annotation } else { annotation.label(*label) }
    });
    Snippet::source(text)
        .line_start(first as usize)
        .path(source.name.as_str())
        .fold(true)
        .annotations(annotations.collect::<Vec<_>>())
}

/// The closing line.
pub fn summary(report: &FindingsReport) -> String {
    let count = |number: usize, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
    let summary = &report.summary;
    let (errors, warnings, infos) =
        (report.count(Severity::Error), report.count(Severity::Warning), report.count(Severity::Info));
    let found = match (errors, warnings, infos) {
        (0, 0, 0) => "No findings".to_owned(),
        _ => [(errors, "error"), (warnings, "warning"), (infos, "info")]
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, what)| count(number, what))
            .collect::<Vec<_>>()
            .join(", "),
    };
    let mut line =
        format!("{found} in {} ({})", count(summary.files, "template"), count(summary.streams, "stream"));
    if summary.suppressed > 0 {
        line += &format!(", {} suppressed", summary.suppressed);
    }
    line
}
