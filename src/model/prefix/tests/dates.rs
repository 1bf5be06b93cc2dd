//! Date patterns against JDK 17. Locale ENGLISH, and UK (ISO weeks) for patterns with weeks.

use jiff::Timestamp;

use crate::model::prefix::{DatePattern, PrefixErrorKind};

/// `# instant zone`, then lines of pattern, tab, output. Made with JDK 17.0.15.
const JAVA_OUTPUTS: &str = include_str!("java_outputs.tsv");

/// How often each letter may stand in a row, up to 21. Made with JDK 17.0.15; a pattern counts when it
/// also prints.
const JAVA_COUNTS: [(char, &str); 52] = [
    ('A', "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19"),
    ('B', "1 4 5"),
    ('C', ""),
    ('D', "1 2 3"),
    ('E', "1 2 3 4 5"),
    ('F', "1"),
    ('G', "1 2 3 4 5"),
    ('H', "1 2"),
    ('I', ""),
    ('J', ""),
    ('K', "1 2"),
    ('L', "1 2 3 4 5"),
    ('M', "1 2 3 4 5"),
    ('N', "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19"),
    ('O', "1 4"),
    ('P', ""),
    ('Q', "1 2 3 4 5"),
    ('R', ""),
    ('S', "1 2 3 4 5 6 7 8 9"),
    ('T', ""),
    ('U', ""),
    ('V', "2"),
    ('W', "1"),
    ('X', "1 2 3 4 5"),
    ('Y', "1 2 3 4 5 6 7 8 9 10 19 20 21"),
    ('Z', "1 2 3 4 5"),
    ('a', "1"),
    ('b', ""),
    ('c', "1 3 4 5"),
    ('d', "1 2"),
    ('e', "1 2 3 4 5"),
    ('f', ""),
    ('g', "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19"),
    ('h', "1 2"),
    ('i', ""),
    ('j', ""),
    ('k', "1 2"),
    ('l', ""),
    ('m', "1 2"),
    ('n', "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19"),
    ('o', ""),
    ('p', ""),
    ('q', "1 2 3 4 5"),
    ('r', ""),
    ('s', "1 2"),
    ('t', ""),
    ('u', "1 2 3 4 5 6 7 8 9 10 19"),
    ('v', "1 4"),
    ('w', "1 2"),
    ('x', "1 2 3 4 5"),
    ('y', "1 2 3 4 5 6 7 8 9 10 19"),
    ('z', "1 2 3 4"),
];

fn kinds(pattern: &str) -> Vec<PrefixErrorKind> {
    DatePattern::parse(pattern).errors.into_iter().map(|error| error.kind).collect()
}

#[test]
fn outputs_are_those_of_java() {
    let mut time = None;
    let mut compared = 0;
    for line in JAVA_OUTPUTS.lines() {
        if let Some(header) = line.strip_prefix("# ") {
            let (instant, zone) = header.split_once(' ').expect("instant and zone");
            // Java writes years before 1 with four digits, jiff wants six.
            let instant = match instant.strip_prefix('-') {
                Some(rest) => format!("-00{rest}"),
                None => instant.to_owned(),
            };
            let instant: Timestamp = instant.parse().expect("instant");
            time = Some(instant.in_tz(zone).expect("zone"));
            continue;
        }
        let (pattern, expected) = line.split_once('\t').expect("pattern and output");
        let time = time.as_ref().expect("header first");
        let parsed = DatePattern::parse(pattern);
        assert_eq!(parsed.errors, [], "{pattern}");
        assert_eq!(parsed.pattern.format(time), expected, "{pattern} at {time}");
        if time.year() >= 1000 {
            let shortest = parsed.pattern.minimum_length();
            assert!(shortest <= expected.chars().count(), "{pattern}: {shortest} > {expected:?}");
        }
        compared += 1;
    }
    assert!(compared > 1000, "{compared}");
}

#[test]
fn single_letters_are_refused_as_measured() {
    let refused: String = ('A'..='z')
        .filter(char::is_ascii_alphabetic)
        .filter(|letter| !kinds(&letter.to_string()).is_empty())
        .collect();
    assert_eq!(refused, "CIJPRTUVbfijloprt");
}

#[test]
fn letters_repeat_as_in_java() {
    for (letter, allowed) in JAVA_COUNTS {
        let counts: Vec<String> = (1..=21)
            .filter(|&count| kinds(&letter.to_string().repeat(count)).is_empty())
            .map(|count| count.to_string())
            .collect();
        assert_eq!(counts.join(" "), allowed, "{letter}");
    }
}

#[test]
fn every_letter_prints_at_every_count() {
    let time = Timestamp::UNIX_EPOCH.in_tz("Asia/Seoul").expect("zone");
    for (letter, allowed) in JAVA_COUNTS {
        for count in allowed.split_whitespace() {
            let pattern = letter.to_string().repeat(count.parse().expect("count"));
            assert_ne!(DatePattern::parse(&pattern).pattern.format(&time), "", "{pattern}");
        }
    }
}

#[test]
fn mistakes_have_their_kind_and_place() {
    let count = |letter, count| PrefixErrorKind::BadLetterCount { letter, count };
    let bad = |letter| PrefixErrorKind::BadPatternLetter { letter };
    let reserved = |character| PrefixErrorKind::ReservedCharacter { character };
    for (pattern, expected) in [
        ("yyyy-MM-ddTHH", vec![(10..11, bad('T'))]),
        ("TTTT", vec![(0..4, bad('T'))]),
        ("V", vec![(0..1, count('V', 1))]),
        ("VVV", vec![(0..3, count('V', 3))]),
        ("ppHH", vec![(0..2, bad('p'))]),
        ("yyyy/mmm/cc", vec![(5..8, count('m', 3)), (9..11, count('c', 2))]),
        ("年MMMMMM", vec![(3..9, count('M', 6))]),
        ("yyyy'T", vec![(4..5, PrefixErrorKind::UnterminatedQuote)]),
        ("'", vec![(0..1, PrefixErrorKind::UnterminatedQuote)]),
        ("'''", vec![(0..1, PrefixErrorKind::UnterminatedQuote)]),
        ("yyyy]", vec![(4..5, PrefixErrorKind::UnbalancedOptional)]),
        ("[yyyy]]", vec![(6..7, PrefixErrorKind::UnbalancedOptional)]),
        ("{yyyy#", vec![(0..1, reserved('{')), (5..6, reserved('#'))]),
        ("'{#}T'", vec![]),
        ("[yyyy", vec![]),
        ("TyyyyT", vec![(0..1, bad('T')), (5..6, bad('T'))]),
    ] {
        let found: Vec<_> =
            DatePattern::parse(pattern).errors.into_iter().map(|error| (error.range, error.kind)).collect();
        assert_eq!(found, expected, "{pattern}");
    }
}

#[test]
fn zone_names_are_known_to_be_approximate() {
    assert!(DatePattern::parse("yyyy z").pattern.uses_zone_names());
    assert!(DatePattern::parse("v").pattern.uses_zone_names());
    assert!(!DatePattern::parse("VV X Z 'z'").pattern.uses_zone_names());
}
