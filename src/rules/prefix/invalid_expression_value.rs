use super::parsed::{self, ParsedText};
use crate::foundation::suggest::nearest;
use crate::model::prefix::{DateLetter, PrefixError, PrefixErrorKind};
use crate::rule;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// The value of a `timestamp` or `firehose` expression is none that the service takes.
    ///
    /// ## Why
    /// A date pattern is one of Java's `DateTimeFormatter`: letters outside of single quotes are fields, and many letters
    /// are no field. The usual case is the `T` between date and time, which must stand in quotes. The namespace `firehose`
    /// knows `error-output-type` and `random-string`.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: "data/!{timestamp:yyyy-MM-ddTHH}/"
    ///   ErrorOutputPrefix: errors/
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: "data/!{timestamp:yyyy-MM-dd'T'HH}/"
    ///   ErrorOutputPrefix: errors/
    /// ```
    ///
    /// ## References
    /// Developer guide, custom prefixes for Amazon S3 objects; service behaviour, sections 6.1 (letters as measured) and 15.
    "FH303", "invalid-expression-value", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for text in parsed::with_expressions(scope).flat_map(|block| block.texts()) {
        let mut word_end = 0;
        for error in &text.errors {
            // The other letters of an unquoted word are the same mistake.
            if error.range.start < word_end {
                continue;
            }
            let Some(finding) = finding(scope, text, error) else { continue };
            findings.add(finding);
            if is_letter(&error.kind) {
                word_end = word(text, error).end;
            }
        }
    }
}

fn is_letter(kind: &PrefixErrorKind) -> bool {
    matches!(kind, PrefixErrorKind::BadPatternLetter { .. } | PrefixErrorKind::BadLetterCount { .. })
}

fn finding(scope: &Scope<'_>, text: &ParsedText<'_>, error: &PrefixError) -> Option<Finding> {
    let template = scope.template();
    let range = error.range.clone();
    let (help, replacement) = match &error.kind {
        PrefixErrorKind::UnknownFirehoseValue { found } => {
            let near = nearest(found.trim(), ["error-output-type", "random-string"]);
            let help = match near {
                Some(near) => format!("write `{near}`"),
                None => "write `error-output-type` or `random-string`".to_owned(),
            };
            (help, near.filter(|_| !found.is_empty()).map(str::to_owned))
        }
        PrefixErrorKind::BadPatternLetter { letter: 'T' } if stands_before_a_time(text, error) => {
            ("put the `T` in single quotes: `'T'`".to_owned(), Some("'T'".to_owned()))
        }
        PrefixErrorKind::BadPatternLetter { .. } => {
            let word = word(text, error);
            let wrong = text.errors.iter().filter(|other| {
                word.contains(&other.range.start)
                    && matches!(other.kind, PrefixErrorKind::BadPatternLetter { .. })
            });
            match wrong.count() {
                0 | 1 => ("use a date pattern letter, or put literal text in single quotes".to_owned(), None),
                _ => (format!("put literal text in single quotes: `'{}'`", text.part(word)), None),
            }
        }
        PrefixErrorKind::BadLetterCount { letter, .. } => (counts(*letter), None),
        PrefixErrorKind::UnterminatedQuote => {
            ("close the quote, or write `''` for a single quote itself".to_owned(), None)
        }
        PrefixErrorKind::ReservedCharacter { character } => {
            (format!("put it in single quotes: `'{character}'`"), Some(format!("'{character}'")))
        }
        PrefixErrorKind::UnbalancedOptional => ("remove it, or put it in single quotes".to_owned(), None),
        _ => return None,
    };
    let message = match &error.kind {
        PrefixErrorKind::UnknownFirehoseValue { found } if found.is_empty() => {
            "nothing stands after `firehose:`".to_owned()
        }
        kind => kind.to_string(),
    };
    let finding = text
        .finding(template, range.clone(), message)
        .service(error.kind.service_message(text.property))
        .help(help);
    let replacement = replacement.filter(|new| !new.starts_with('\'') || !touches_quote(text, error));
    let fix = replacement.and_then(|new| text.edit(template, range, &new));
    Some(match fix {
        Some(fix) => finding.fix(fix),
        None => finding,
    })
}

/// The run of letters that holds the wrong ones.
fn word(text: &ParsedText<'_>, error: &PrefixError) -> std::ops::Range<usize> {
    let before = text.part(0..error.range.start);
    let after = text.part(error.range.end..text.text.len());
    let letter = |c: char| c.is_ascii_alphabetic();
    error.range.start - (before.len() - before.trim_end_matches(letter).len())
        ..error.range.end + (after.len() - after.trim_start_matches(letter).len())
}

/// Whether a single `T` stands between a day (or its place) and an hour.
fn stands_before_a_time(text: &ParsedText<'_>, error: &PrefixError) -> bool {
    let before = text.part(0..error.range.start).chars().next_back();
    let after = text.part(error.range.end..text.text.len()).chars().next();
    error.range.len() == 1
        && before.is_some_and(|c| matches!(c, 'd' | 'D'))
        && after.is_some_and(|c| matches!(c, 'H' | 'h' | 'k' | 'K'))
}

/// Quotes next to quotes would read as one quote character.
fn touches_quote(text: &ParsedText<'_>, error: &PrefixError) -> bool {
    text.part(0..error.range.start).ends_with('\'')
        || text.part(error.range.end..text.text.len()).starts_with('\'')
}

/// How often a letter may stand in a row.
fn counts(letter: char) -> String {
    let allowed: Vec<usize> = match DateLetter::from_char(letter) {
        Some(known) => (1..=9).filter(|&count| known.allows(count)).collect(),
        None => Vec::new(),
    };
    let runs: Vec<String> =
        allowed.iter().map(|&count| format!("`{}`", letter.to_string().repeat(count))).collect();
    match runs.as_slice() {
        [] => "remove it, or put literal text in single quotes".to_owned(),
        [only] => format!("write {only}"),
        [others @ .., last] => format!("write {} or {last}", others.join(", ")),
    }
}
