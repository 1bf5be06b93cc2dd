use std::ops::Range;

use super::walk;
use crate::foundation::document::{Chunk, HOLE, Text};
use crate::rule;
use crate::rules::{Finding, Findings, Place, Scope};

rule! {
    /// Placeholder text is left in a value.
    ///
    /// ## Why
    /// Copied from an example, it deploys to a role or bucket that does not exist, or fails a pattern.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::123456789012:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Rule catalogue; the account numbers of the vendor's documentation.
    "FH014", "placeholder-left", Warning, since "0.1.0", Stream(check)
}

/// The account numbers that documentation uses, and that nobody has.
const ACCOUNTS: [&str; 3] = ["123456789012", "111122223333", "012345678912"];

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let Some(properties) = scope.properties() else { return };
    walk::values(&properties, &mut |place| {
        let Some(text) = place.text() else { return };
        if is_query(place) {
            return;
        }
        let masked = text.masked();
        for range in placeholders(&masked) {
            if written_here(text, &range) {
                let found = &masked[range.clone()];
                let message = format!("`{found}` looks like a placeholder");
                let help = match ACCOUNTS.contains(&found) {
                    true => "use `${AWS::AccountId}` in a `Fn::Sub`, or the real account",
                    false => "put the real value here",
                };
                findings.add(Finding::inside(scope.template(), place, range, message).help(help));
            }
        }
    });
}

/// Queries and delimiters have signs of their own.
fn is_query(place: &Place<'_>) -> bool {
    place.path.ends_with("/ParameterValue")
        && !place.text().is_some_and(|text| text.masked().starts_with("arn:"))
}

/// Only what stands literally in the stream is a placeholder there.
fn written_here(text: &Text, range: &Range<usize>) -> bool {
    let mut begin = 0;
    for chunk in &text.chunks {
        let length = match chunk {
            Chunk::Known(known, origin) => {
                if range.start < begin + known.len() && range.end > begin && !origin.literal {
                    return false;
                }
                known.len()
            }
            Chunk::Unknown(..) => HOLE.len_utf8(),
        };
        begin += length;
    }
    true
}

/// The ranges of what looks like a placeholder.
fn placeholders(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let upper = text.to_ascii_uppercase();
    for (open, _) in text.match_indices('<') {
        let Some(length) = text[open..].find('>') else { break };
        let inside = &text[open + 1..open + length];
        let words = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '_' | '-' | '.');
        if !inside.is_empty() && inside.len() < 64 && inside.chars().all(words) {
            found.push(open..open + length + 1);
        }
    }
    for mark in ["YOUR_", "YOUR-", "CHANGEME", "CHANGE_ME", "XXX"] {
        for (at, _) in upper.match_indices(mark) {
            let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            let starts = text[..at].chars().next_back().is_none_or(|c| !c.is_ascii_alphanumeric());
            let end = at + text[at..].find(|c| !word(c)).unwrap_or(text.len() - at);
            let all_x = mark != "XXX" || text[at..end].chars().all(|c| c.eq_ignore_ascii_case(&'x'));
            if starts && all_x && !found.iter().any(|range: &Range<usize>| range.contains(&at)) {
                found.push(at..end);
            }
        }
    }
    if text.starts_with("arn:") {
        let mut at = 0;
        for (index, part) in text.split(':').enumerate() {
            if (index == 3 && part == "region") || (index == 4 && ACCOUNTS.contains(&part)) {
                found.push(at..at + part.len());
            }
            at += part.len() + 1;
        }
    }
    found.sort_by_key(|range| range.start);
    found
}
