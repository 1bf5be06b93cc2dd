use std::ops::Range;

use super::parsed::ParsedText;
use crate::model::prefix::{DateItemKind, Namespace, Piece, PrefixErrorKind};
use crate::rule;
use crate::rules::{Findings, Scope};

rule! {
    /// The literal part of a prefix has characters that object names should not have.
    ///
    /// ## Why
    /// The service takes them, but tools must escape them, and many don't. A `{` or `}` is usually a broken expression.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: "my data/"
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: my-data/
    /// ```
    ///
    /// ## References
    /// Amazon S3 user guide, naming Amazon S3 objects: characters to avoid.
    "FH324", "unsafe-key-character", Warning, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for block in scope.prefixes() {
        let error = block.error_output_prefix.as_ref().filter(|_| !block.is_for_redshift());
        for text in block.prefix.iter().chain(error) {
            let Some((range, first)) = characters(text).into_iter().next() else { continue };
            let message = match first {
                ' ' => format!("`{}` contains a space", text.name()),
                first => format!("`{}` contains `{}`", text.name(), first.escape_debug()),
            };
            let help = "use letters, digits and `/ - _ . =`";
            findings.add(text.finding(scope.template(), range, message).help(help));
        }
    }
}

/// The characters to avoid in what is literal, with their places.
fn characters(text: &ParsedText<'_>) -> Vec<(Range<usize>, char)> {
    let other_rule = told_elsewhere(text);
    let is_unsafe = |c: char| {
        let braces = matches!(c, '{' | '}' | '#' | '%');
        let told = matches!(c, '\n' | '\r') || (braces && other_rule);
        !told && (c.is_ascii_control() || " \\^%{}[]#|~<>\"`".contains(c))
    };
    let mut found = Vec::new();
    let mut literal = |literal: &str, range: &Range<usize>| {
        let exact = literal.len() == range.len();
        // `! {` is one opener gone wrong.
        let in_opener =
            |at: usize| other_rule && literal[..at].ends_with('!') && literal[at..].starts_with(" {");
        for (at, c) in literal.char_indices().filter(|(at, c)| is_unsafe(*c) && !in_opener(*at)) {
            let start = range.start + at;
            found.push((if exact { start..start + c.len_utf8() } else { range.clone() }, c));
        }
    };
    for part in text.prefix.parts() {
        match &part.piece {
            Piece::Literal(text) => literal(text, &part.range),
            Piece::Timestamp(pattern) => {
                for item in pattern.items() {
                    if let DateItemKind::Literal(text) = &item.kind {
                        literal(text, &item.range);
                    }
                }
            }
            _ => {}
        }
    }
    found
}

/// Whether the braces are an expression gone wrong that another rule speaks of: FH016, FH017, FH301.
fn told_elsewhere(text: &ParsedText<'_>) -> bool {
    let unclosed = text.errors.iter().any(|error| error.kind == PrefixErrorKind::UnclosedExpression);
    let opener = text.text.contains("${")
        || Namespace::ALL.iter().any(|namespace| {
            let name = namespace.name();
            text.text.contains(&format!("{name}{{"))
                || ["{", "#{", "%{"].iter().any(|opener| {
                    text.text
                        .match_indices(&format!("{opener}{name}:"))
                        .any(|(at, _)| !text.part(0..at).ends_with('!'))
                })
        });
    unclosed || opener
}
