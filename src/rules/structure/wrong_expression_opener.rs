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
        for wrong in wrong_openers(&written.text) {
            let Wrong { shown, opener, opened, second_close } = wrong;
            let close =
                written.text[opener.end..].find('}').map_or(written.text.len(), |at| opener.end + at + 1);
            let message = format!("`{}` does not open an expression", &written.text[shown]);
            let place = match opened.is_empty() {
                true => opener.clone(),
                false => opener.start..close,
            };
            let mut finding = written.finding(scope, place, message).help("open it with `!{`");
            let source = &scope.template().source;
            let literal = |range: &Range<usize>| {
                written
                    .span(scope, range.clone())
                    .filter(|span| source.slice(*span) == &written.text[range.clone()])
            };
            let second = second_close.map(|at| literal(&(at..at + 1)));
            if let (Some(span), Some(second)) =
                (literal(&opener), second.map_or(Some(None), |span| span.map(Some)))
            {
                let second = second.map(|span| Edit { span, replacement: String::new() });
                finding = match written.plain_scalar() {
                    // `!` begins a tag: the whole value needs quotes then.
                    Some(scalar) if scalar.start == span.start => {
                        match second.is_some() || source.slice(scalar).contains(['"', '\\']) {
                            true => finding,
                            false => finding.fix(quoting(scalar, span, &opened)),
                        }
                    }
                    _ => {
                        let edits = [Edit { span, replacement: opened }].into_iter().chain(second);
                        finding.fix(Fix { edits: edits.collect() })
                    }
                };
            }
            findings.add(finding);
        }
    }
}

/// An expression that is not opened by `!{`.
struct Wrong {
    /// The opener as it stands there.
    shown: Range<usize>,
    /// What of it is wrong.
    opener: Range<usize>,
    /// What takes its place.
    opened: String,
    /// A second closing brace, which goes with it.
    second_close: Option<usize>,
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

/// What is written for `!{`; the longer ones first.
const OPENERS: [&str; 10] = ["${!", "${{", "#{{", "%{{", "! {", "{{", "${", "#{", "%{", "{"];

/// The openers before `timestamp:` and the other namespaces that are not `!{`.
fn wrong_openers(text: &str) -> Vec<Wrong> {
    let mut found = Vec::new();
    for namespace in ["timestamp", "firehose", "partitionKeyFromQuery", "partitionKeyFromLambda"] {
        for (at, _) in text.match_indices(namespace) {
            let end = at + namespace.len();
            let (before, after) = (&text[..at], &text[end..]);
            if after.starts_with(':') {
                // Nothing is wrong with the first brace of `!{{`, and the second one has to go.
                let is_double = before.ends_with("!{{");
                let opener = OPENERS.into_iter().find(|opener| before.ends_with(opener));
                let Some(opener) = opener.filter(|_| is_double || !before.ends_with("!{")) else { continue };
                let shown = at - opener.len() - usize::from(is_double)..at;
                let close = after.find('}').map(|close| end + close + 1);
                let second_close =
                    close.filter(|close| opener.ends_with("{{") && text[*close..].starts_with('}'));
                let (opener, opened) = match is_double {
                    true => (at - 1..at, String::new()),
                    false => (shown.clone(), "!{".to_owned()),
                };
                found.push(Wrong { shown, opener, opened, second_close });
            } else if before.ends_with('!') && after.starts_with('{') {
                // `!timestamp{` keeps its namespace.
                let opened = match after[1..].starts_with(':') {
                    true => format!("!{{{namespace}"),
                    false => format!("!{{{namespace}:"),
                };
                let opener = at - 1..end + 1;
                found.push(Wrong { shown: opener.clone(), opener, opened, second_close: None });
            }
        }
    }
    found.sort_by_key(|wrong| wrong.opener.start);
    found
}
