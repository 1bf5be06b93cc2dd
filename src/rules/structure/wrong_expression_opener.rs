use std::ops::Range;

use super::plain_strings;
use crate::foundation::diagnostic::{Edit, Fix};
use crate::foundation::span::Span;
use crate::rule;
use crate::rules::{Findings, Scope};

rule! {
    /// A Firehose expression that is opened by something else than `!{`.
    ///
    /// ## Why
    /// `${timestamp:yyyy}` is a variable inside `Fn::Sub` and literal text outside of it. `!{timestamp:yyyy}` needs no escape
    /// in either.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: "year=${timestamp:yyyy}/"
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: "year=!{timestamp:yyyy}/"
    ///   ErrorOutputPrefix: errors/
    /// ```
    ///
    /// ## References
    /// Developer guide, custom prefixes.
    "FH017", "wrong-expression-opener", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for written in plain_strings::all(scope) {
        for (opener, inside) in wrong_openers(&written.text) {
            let close = written.text[inside..].find('}').map_or(written.text.len(), |at| inside + at + 1);
            let found = written.text[opener.clone()].to_owned();
            let message = format!("`{found}` does not open an expression");
            let mut finding = written.finding(scope, opener.start..close, message).help("open it with `!{`");
            if let Some(span) = written.span(scope, opener.clone()) {
                let source = &scope.template().source;
                if source.slice(span) == found {
                    let opened = replacement(&found, &written.text[opener.end..]);
                    finding = match written.plain_scalar() {
                        // `!` begins a tag: the whole value needs quotes then.
                        Some(scalar) if scalar.start == span.start => {
                            match source.slice(scalar).contains(['"', '\\']) {
                                true => finding,
                                false => finding.fix(quoting(scalar, span, &opened)),
                            }
                        }
                        _ => finding.fix(Fix::replace(span, opened)),
                    };
                }
            }
            findings.add(finding);
        }
    }
}

/// What takes the place of an opener: `!timestamp{` keeps its namespace.
fn replacement(found: &str, after: &str) -> String {
    match found.strip_prefix('!').and_then(|rest| rest.strip_suffix('{')).filter(|name| !name.is_empty()) {
        Some(namespace) if after.starts_with(':') => format!("!{{{namespace}"),
        Some(namespace) => format!("!{{{namespace}:"),
        None => "!{".to_owned(),
    }
}

/// Opens the expression at the start of a plain scalar, and puts the scalar in double quotes.
fn quoting(scalar: Span, opener: Span, opened: &str) -> Fix {
    let end = Span { start: scalar.end, end: scalar.end };
    Fix {
        edits: vec![
            Edit { span: opener, replacement: format!("\"{opened}") },
            Edit { span: end, replacement: "\"".to_owned() },
        ],
    }
}

/// The openers before `timestamp:` and the other namespaces that are not `!{`, and where the namespace begins.
fn wrong_openers(text: &str) -> Vec<(Range<usize>, usize)> {
    let mut found = Vec::new();
    for namespace in ["timestamp", "firehose", "partitionKeyFromQuery", "partitionKeyFromLambda"] {
        for (at, _) in text.match_indices(namespace) {
            let before = &text[..at];
            let after = &text[at + namespace.len()..];
            if after.starts_with(':') {
                let opener =
                    ["${!", "${", "#{", "%{", "{"].into_iter().find(|opener| before.ends_with(opener));
                let right = before.ends_with("!{");
                if let Some(opener) = opener.filter(|_| !right) {
                    found.push((at - opener.len()..at, at));
                }
            } else if before.ends_with('!') && after.starts_with('{') {
                found.push((at - 1..at + namespace.len() + 1, at));
            }
        }
    }
    found.sort_by_key(|(range, _)| range.start);
    found
}
