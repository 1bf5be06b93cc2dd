//! Pieces, errors with their places, holes and questions.

use std::ops::Range;

use proptest::prelude::*;

use crate::model::prefix::{Namespace, Piece, Prefix, PrefixErrorKind, PrefixProperty};

fn errors(text: &str) -> Vec<(Range<usize>, PrefixErrorKind)> {
    Prefix::parse(text).errors.into_iter().map(|error| (error.range, error.kind)).collect()
}

fn prefix(text: &str) -> Prefix {
    let parsed = Prefix::parse(text);
    assert_eq!(parsed.errors, [], "{text}");
    parsed.prefix
}

fn unknown_namespace(found: &str) -> PrefixErrorKind {
    PrefixErrorKind::UnknownNamespace { found: found.into() }
}

fn unknown_value(found: &str) -> PrefixErrorKind {
    PrefixErrorKind::UnknownFirehoseValue { found: found.into() }
}

#[test]
fn pieces_keep_their_places() {
    let text = "é/!{partitionKeyFromQuery:id}/!{partitionKeyFromLambda:b c}!{firehose:random-string}-!{firehose:error-output-type}!{timestamp:HH:mm}";
    let parsed = prefix(text);
    let found: Vec<_> = parsed.parts().iter().map(|part| &text[part.range.clone()]).collect();
    assert_eq!(
        found,
        [
            "é/",
            "!{partitionKeyFromQuery:id}",
            "/",
            "!{partitionKeyFromLambda:b c}",
            "!{firehose:random-string}",
            "-",
            "!{firehose:error-output-type}",
            "!{timestamp:HH:mm}",
        ]
    );
    assert_eq!(parsed.parts()[0].piece, Piece::Literal("é/".into()));
    assert_eq!(parsed.parts()[4].piece, Piece::RandomString);
    let keys: Vec<_> = parsed.query_keys().map(|(key, range)| (key, &text[range])).collect();
    assert_eq!(keys, [("id", "id")]);
    let keys: Vec<_> = parsed.lambda_keys().map(|(key, range)| (key, &text[range])).collect();
    assert_eq!(keys, [("b c", "b c")]);
    let patterns: Vec<_> = parsed.timestamp_patterns().map(|(_, range)| &text[range]).collect();
    assert_eq!(patterns, ["HH:mm"]);
    let types: Vec<_> = parsed.error_output_types().map(|range| &text[range]).collect();
    assert_eq!(types, ["!{firehose:error-output-type}"]);
    assert!(parsed.uses_error_output_type() && parsed.uses_timestamp() && parsed.has_expressions());
    assert_eq!(parsed.static_head(), "é/");
}

#[test]
fn mistakes_have_their_kind_and_place() {
    for (text, expected) in [
        ("", vec![]),
        ("a/!/{b}/}/", vec![]),
        ("a/!{timestamp:yyyy/", vec![(2..4, PrefixErrorKind::UnclosedExpression)]),
        ("!{", vec![(0..2, PrefixErrorKind::UnclosedExpression)]),
        ("!{timestamp:yyyy/!{firehose:random-string}", vec![(0..2, PrefixErrorKind::UnclosedExpression)]),
        ("é!{yyyy}/", vec![(2..9, PrefixErrorKind::StrayOpener)]),
        ("!{}", vec![(0..3, PrefixErrorKind::StrayOpener)]),
        ("!{:yyyy}", vec![(0..8, PrefixErrorKind::StrayOpener)]),
        ("!{timestamp}", vec![(0..12, PrefixErrorKind::StrayOpener)]),
        ("a/!{date:yyyy}", vec![(4..8, unknown_namespace("date"))]),
        ("!{Timestamp:yyyy}", vec![(2..11, unknown_namespace("Timestamp"))]),
        ("!{ timestamp:yyyy}", vec![(2..12, unknown_namespace(" timestamp"))]),
        ("!{firehose:uuid}", vec![(11..15, unknown_value("uuid"))]),
        ("!{firehose: random-string}", vec![(11..25, unknown_value(" random-string"))]),
        ("!{firehose:}", vec![(0..12, unknown_value(""))]),
        ("!{timestamp:}", vec![(0..13, PrefixErrorKind::EmptyPattern)]),
        ("!{partitionKeyFromQuery:}", vec![(0..25, PrefixErrorKind::EmptyKey)]),
        ("!{partitionKeyFromLambda:}", vec![(0..26, PrefixErrorKind::EmptyKey)]),
        ("a/!{timestamp:yyyy-MM-ddTHH}/", vec![(24..25, PrefixErrorKind::BadPatternLetter { letter: 'T' })]),
        ("!{timestamp:yyyy'}'}", vec![(16..17, PrefixErrorKind::UnterminatedQuote)]),
        ("!{timestamp:{yyyy}}", vec![(12..13, PrefixErrorKind::ReservedCharacter { character: '{' })]),
        (
            "!{date:x}/!{timestamp:V}/!{y}",
            vec![
                (2..6, unknown_namespace("date")),
                (22..23, PrefixErrorKind::BadLetterCount { letter: 'V', count: 1 }),
                (25..29, PrefixErrorKind::StrayOpener),
            ],
        ),
    ] {
        assert_eq!(errors(text), expected, "{text}");
    }
}

#[test]
fn wrong_expressions_still_count_as_expressions() {
    let parsed = Prefix::parse("a/!{timestamp:T}/!{date:x}/!{").prefix;
    assert!(parsed.has_expressions() && parsed.uses_timestamp());
    assert!(parsed.has_unknown(Namespace::Firehose), "the namespace of `!{{date:x}}` is not known");
    assert_eq!(parsed.timestamp_patterns().count(), 0);
    assert!(Prefix::parse("a/!{timestamp:T}").into_result().is_err());
}

#[test]
fn the_service_has_its_words() {
    let message = |text: &str, property| Prefix::parse(text).errors[0].kind.service_message(property);
    assert_eq!(message("!{x", PrefixProperty::Prefix), "Invalid expression usage");
    assert_eq!(
        message("!{date:yyyy}", PrefixProperty::Prefix),
        "Namespace to the left of colon (date) is an invalid keyword!"
    );
    assert_eq!(
        message("!{timestamp:T}", PrefixProperty::Prefix),
        "Invalid conversion character used in the value of the expression in Prefix"
    );
    assert_eq!(
        message("!{firehose:x}", PrefixProperty::ErrorOutputPrefix),
        "Invalid conversion character used in the value of the expression in ErrorOutputPrefix"
    );
}

#[test]
fn holes_are_given_the_benefit_of_the_doubt() {
    for (text, pieces) in [
        ("\u{FFFC}", vec![Piece::Hole]),
        ("a\u{FFFC}/b", vec![Piece::Literal("a".into()), Piece::Hole, Piece::Literal("/b".into())]),
        ("!{\u{FFFC}}", vec![Piece::Unknown(None)]),
        ("!{date\u{FFFC}:x}", vec![Piece::Unknown(None)]),
        ("!{timestamp:T\u{FFFC}}", vec![Piece::Unknown(Some(Namespace::Timestamp))]),
        (
            "!{firehose:\u{FFFC}}/",
            vec![Piece::Unknown(Some(Namespace::Firehose)), Piece::Literal("/".into())],
        ),
        ("!{partitionKeyFromQuery:a\u{FFFC}}", vec![Piece::Unknown(Some(Namespace::PartitionKeyFromQuery))]),
        (
            "!{timestamp:yyyy\u{FFFC}/x/",
            vec![Piece::Unknown(Some(Namespace::Timestamp)), Piece::Literal("/x/".into())],
        ),
        (
            "!{\u{FFFC}/!{firehose:random-string}",
            vec![Piece::Unknown(None), Piece::Literal("/".into()), Piece::RandomString],
        ),
    ] {
        let found: Vec<_> = prefix(text).parts().iter().map(|part| part.piece.clone()).collect();
        assert_eq!(found, pieces, "{text}");
    }
    // A hole elsewhere excuses nothing.
    assert_eq!(errors("\u{FFFC}/!{x}"), [(4..8, PrefixErrorKind::StrayOpener)]);
    assert_eq!(errors("!{x!{timestamp:\u{FFFC}}"), [(0..2, PrefixErrorKind::UnclosedExpression)]);
    assert!(prefix("a\u{FFFC}").has_holes() && !prefix("a\u{FFFC}").has_expressions());
    assert!(prefix("!{firehose:\u{FFFC}}").has_unknown(Namespace::Firehose));
    assert!(!prefix("!{firehose:\u{FFFC}}").has_unknown(Namespace::Timestamp));
}

#[test]
fn ends_with_slash() {
    for (text, expected) in [
        ("", Some(false)),
        ("a", Some(false)),
        ("a/", Some(true)),
        ("a\u{FFFC}", None),
        ("\u{FFFC}/", Some(true)),
        ("!{timestamp:yyyy}", Some(false)),
        ("!{timestamp:yyyy/}", Some(true)),
        ("!{timestamp:yyyy'/'}", Some(true)),
        ("a/!{timestamp:[]}", Some(true)),
        ("!{timestamp:yyyy}/", Some(true)),
        ("!{timestamp:\u{FFFC}}", None),
        ("/!{firehose:random-string}", Some(false)),
        ("/!{partitionKeyFromQuery:k}", Some(false)),
    ] {
        assert_eq!(prefix(text).ends_with_slash(), expected, "{text}");
    }
}

#[test]
fn lower_bound_of_the_length() {
    for (text, expected) in [
        ("", 0),
        ("é/", 2),
        ("a/!{timestamp:yyyy/MM/dd/HH}/", 16),
        ("!{firehose:random-string}!{firehose:error-output-type}", 24),
        ("\u{FFFC}x!{partitionKeyFromQuery:k}!{timestamp:\u{FFFC}}", 2),
    ] {
        assert_eq!(prefix(text).minimum_length(), expected, "{text}");
    }
}

proptest! {
    #[test]
    fn parsing_never_panics(
        text in proptest::collection::vec(
            prop_oneof![
                Just("!{".to_owned()), Just("}".to_owned()), Just(":".to_owned()), Just("'".to_owned()),
                Just("timestamp:".to_owned()), Just("firehose:".to_owned()),
                Just("partitionKeyFromQuery:".to_owned()), Just("\u{FFFC}".to_owned()),
                Just("/".to_owned()), Just("[".to_owned()), Just("]".to_owned()), "[a-zA-Z]{1,4}", "\\PC{0,3}",
            ],
            0..24,
        ).prop_map(|parts| parts.concat())
    ) {
        let parsed = Prefix::parse(&text);
        let mut end = 0;
        for part in parsed.prefix.parts() {
            prop_assert_eq!(part.range.start, end, "no gaps");
            prop_assert!(text.get(part.range.clone()).is_some_and(|part| !part.is_empty()));
            end = part.range.end;
        }
        prop_assert_eq!(end, text.len());
        for error in &parsed.errors {
            prop_assert!(text.get(error.range.clone()).is_some_and(|wrong| !wrong.is_empty()), "{:?}", error);
        }
        for (range, _) in parsed.prefix.suspicious() {
            prop_assert!(text.get(range).is_some());
        }
        for (pattern, range) in parsed.prefix.timestamp_patterns() {
            prop_assert!(text.get(range).is_some());
            for item in pattern.items() {
                prop_assert!(text.get(item.range.clone()).is_some());
            }
        }
        for (key, range) in parsed.prefix.query_keys().chain(parsed.prefix.lambda_keys()) {
            prop_assert_eq!(text.get(range), Some(key));
        }
        let _ = (parsed.prefix.ends_with_slash(), parsed.prefix.minimum_length(), parsed.prefix.static_head());
    }
}
