use std::ops::Range;

use super::parsed::ParsedText;
use crate::model::prefix::{DateItemKind, Piece};
use crate::rule;
use crate::rules::{Findings, Scope};

rule! {
    /// A prefix begins with `/` or contains `//`.
    ///
    /// ## Why
    /// Slashes in object names are literal, so this makes a folder with an empty name, in which Athena and Glue do not find
    /// the data.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: /logs/
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: logs/
    /// ```
    ///
    /// ## References
    /// Service behaviour, section 6.1.
    "FH317", "empty-folder-name", Warning, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let template = scope.template();
    for block in scope.prefixes() {
        let error = block.error_output_prefix.as_ref().filter(|_| !block.is_for_redshift());
        for text in block.prefix.iter().chain(error) {
            for run in runs(text) {
                let leading = run.start == 0;
                let (what, replacement) = match leading {
                    true => (format!("`{}` begins with `/`", text.name()), ""),
                    false => ("`//`".to_owned(), "/"),
                };
                let message = format!("{what}: that makes a folder with an empty name");
                let help = if leading { "remove the leading `/`" } else { "write one `/`" };
                let mut finding = text.finding(template, run.clone(), message).help(help);
                let only_slashes = text.part(run.clone()).bytes().all(|byte| byte == b'/');
                let fix = text.edit(template, run, replacement).filter(|_| only_slashes);
                if let Some(fix) = fix {
                    finding = finding.fix(fix);
                }
                findings.add(finding);
            }
        }
    }
}

/// Runs of slashes that enclose nothing: any at the beginning, two or more elsewhere.
fn runs(text: &ParsedText<'_>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut run: Option<(Range<usize>, usize)> = None;
    for (range, is_slash) in characters(text) {
        run = match (run, is_slash) {
            (Some((run, count)), true) => Some((run.start..range.end, count + 1)),
            (None, true) => Some((range, 1)),
            (Some((run, count)), false) => {
                found.extend((count > 1 || run.start == 0).then_some(run));
                None
            }
            (None, false) => None,
        };
    }
    found.extend(run.and_then(|(run, count)| (count > 1 || run.start == 0).then_some(run)));
    found
}

/// The characters of what the text comes to, with their places, and whether each is a slash.
fn characters(text: &ParsedText<'_>) -> Vec<(Range<usize>, bool)> {
    let mut found = Vec::new();
    let mut literal = |text: &str, range: &Range<usize>| {
        let exact = text.len() == range.len();
        found.extend(text.char_indices().map(|(at, c)| {
            let start = range.start + at;
            let place = if exact { start..start + c.len_utf8() } else { range.clone() };
            (place, c == '/')
        }));
    };
    for part in text.prefix.parts() {
        match &part.piece {
            Piece::Literal(text) => literal(text, &part.range),
            Piece::Timestamp(pattern) => {
                for item in pattern.items() {
                    match &item.kind {
                        DateItemKind::Literal(text) => literal(text, &item.range),
                        DateItemKind::Field { .. } => literal("x", &item.range),
                    }
                }
            }
            _ => literal("x", &part.range),
        }
    }
    found
}
