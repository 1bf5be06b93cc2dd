use std::ops::Range;

use super::parsed::ParsedText;
use crate::foundation::diagnostic::Severity;
use crate::model::prefix::{DateItemKind, Part, Piece, PrefixErrorKind, PrefixProperty};
use crate::rule;
use crate::rules::{Findings, Scope};

rule! {
    /// `Prefix` or `ErrorOutputPrefix` does not end in `/`.
    ///
    /// ## Why
    /// What follows is glued on: `logs` becomes `logs2026/07/13/14/`, and after an expression the name of the object itself
    /// is added. A text that ends in `-` or `_` looks as if that were meant, and is mentioned only.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: logs
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
    /// Developer guide, custom prefixes for Amazon S3 objects; service behaviour, sections 6.1 and 16.
    "FH316", "missing-trailing-slash", Warning, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let template = scope.template();
    for block in scope.prefixes() {
        // To Redshift an error prefix is no use at all: FH320.
        let error = block.error_output_prefix.as_ref().filter(|_| !block.is_for_redshift());
        for text in block.prefix.iter().chain(error) {
            let unclosed = text.errors.iter().any(|error| error.kind == PrefixErrorKind::UnclosedExpression);
            if text.prefix.is_empty() || unclosed || text.has_line_break() {
                continue;
            }
            if text.prefix.ends_with_slash() != Some(false) {
                continue;
            }
            let (range, is_meant) = end(text);
            let message = format!("`{}` does not end in `/`: {}", text.name(), what_follows(text));
            let mut finding = text.finding(template, range, message).help("end it with `/`");
            if is_meant {
                finding = finding.severity(Severity::Info);
            }
            if let Some(fix) = text.append(template, "/") {
                finding = finding.fix(fix);
            }
            findings.add(finding);
        }
    }
}

fn what_follows(text: &ParsedText<'_>) -> String {
    let shown: String = text.text.rsplit('/').next().unwrap_or("").to_owned();
    match (text.property, text.prefix.has_expressions()) {
        (_, true) => "the name of the object is glued on".to_owned(),
        (PrefixProperty::Prefix, false) if !shown.contains(crate::model::prefix::HOLE) => {
            format!("the date is glued on, as in `{shown}2026/`")
        }
        (PrefixProperty::Prefix, false) => "the date is glued on".to_owned(),
        (PrefixProperty::ErrorOutputPrefix, false) => "what follows is glued on".to_owned(),
    }
}

/// The last folder name or expression, and whether its end looks deliberate.
fn end(text: &ParsedText<'_>) -> (Range<usize>, bool) {
    let deliberate = |text: &str| text.ends_with(['-', '_']);
    match text.prefix.parts().last() {
        Some(Part { range, piece: Piece::Literal(literal) }) => {
            let segment = literal.rsplit('/').next().unwrap_or("").len();
            (range.end - segment..range.end, deliberate(literal))
        }
        Some(Part { range, piece: Piece::Timestamp(pattern) }) => {
            let last = pattern.items().last().map(|item| &item.kind);
            (range.clone(), matches!(last, Some(DateItemKind::Literal(text)) if deliberate(text)))
        }
        Some(part) => (part.range.clone(), false),
        None => (0..text.text.len(), false),
    }
}
