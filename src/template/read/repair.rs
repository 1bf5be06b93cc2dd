//! Reading on where the text is almost YAML, and the words for where it is none.

use granit_parser::{ErrorKind, ScanError};

use super::{Builder, Document, ReadProblem};
use crate::foundation::span::Span;

/// Reads the text; where an unquoted `!{` stops the parser, its `!` is hidden behind a letter of the same width,
/// reported, and put back in the tree, so that one missing quote does not hide all other findings.
pub(super) fn read_quoting_expressions(text: &str) -> Document {
    const MOST_HIDDEN: usize = 200;
    let mut hidden: Vec<usize> = Vec::new();
    let mut joined: Vec<usize> = Vec::new();
    let mut masked = std::borrow::Cow::Borrowed(text);
    loop {
        let (mut document, error) = Builder::new(&masked, &hidden, &joined).build();
        if let Some(line_break) = error.as_ref().and_then(|error| unindented_line(&masked, error))
            && joined.len() < MOST_HIDDEN
        {
            joined.push(line_break);
            masked.to_mut().replace_range(line_break..=line_break, " ");
            continue;
        }
        let stop = error.as_ref().and_then(|error| {
            let at = error.marker().byte_offset()?;
            let is_tag = matches!(error.kind(), ErrorKind::InvalidTagTerminator);
            (is_tag && masked[at..].starts_with("!{") && hidden.len() < MOST_HIDDEN).then_some(at)
        });
        match stop {
            Some(at) => {
                hidden.push(at);
                masked.to_mut().replace_range(at..at + 1, "X");
            }
            None => {
                if let Some(error) = error {
                    let problem = syntax_problem(text, &error);
                    document.problems.push(problem);
                }
                document.problems.sort_by_key(|(span, _)| *span);
                return document;
            }
        }
    }
}

/// The line break before a line of a quoted scalar that is not indented enough. YAML 1.2 refuses it, YAML 1.1 (and so
/// CloudFormation) reads it; joined to the line before, it reads in both.
fn unindented_line(text: &str, error: &ScanError) -> Option<usize> {
    if !matches!(error.kind(), ErrorKind::InvalidQuotedScalarIndent) {
        return None;
    }
    let at = error.marker().byte_offset()?;
    let line_break = text.get(..at)?.rfind('\n')?;
    text[line_break..at].trim().is_empty().then_some(line_break)
}

fn syntax_problem(text: &str, error: &ScanError) -> (Span, ReadProblem) {
    let mut at = error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
    // The scanner names the value before a tab that indents a line.
    if error.kind().to_string().contains("found a tab") {
        let indented_by_tab = |line: &&str| line.trim_start_matches(' ').starts_with('\t');
        let line = text[at..].split('\n').skip(1).find(indented_by_tab);
        if let Some(line) = line.and_then(|line| text[at..].find(line)) {
            at += line + text[at + line..].find('\t').unwrap_or(0);
        }
    }
    let end = text[at..].chars().next().map_or(at, |c| at + if c == '\n' { 0 } else { c.len_utf8() });
    let words = match error.kind() {
        ErrorKind::RecursionLimitExceeded => {
            return (Span::new(at, end), ReadProblem::TooMuch("nested too deeply".to_owned()));
        }
        kind => kind.to_string(),
    };
    (Span::new(at, end), ReadProblem::Syntax(words))
}
