//! Patterns of Joda-Time's `DateTimeFormat`, as far as telling right from wrong goes. No rule itself.

use std::ops::Range;

/// What is wrong with a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JodaMistake {
    /// A letter that stands for nothing.
    Letter(char),
    /// A quote without its end.
    OpenQuote,
    /// Only literal text.
    NoField,
}

/// The letters that Joda-Time knows (`DateTimeFormat`, class documentation).
const LETTERS: &str = "GCYxweEyDMdaKhHkmsSzZ";

/// The first mistake of a pattern, with its place.
pub(super) fn mistake(pattern: &str) -> Option<(Range<usize>, JodaMistake)> {
    let mut at = 0;
    let mut fields = 0;
    while let Some(character) = pattern.get(at..).and_then(|rest| rest.chars().next()) {
        let end = at + character.len_utf8();
        match character {
            '\'' => match pattern[end..].find('\'') {
                Some(length) => {
                    at = end + length + 1;
                    continue;
                }
                None => return Some((at..end, JodaMistake::OpenQuote)),
            },
            'A'..='Z' | 'a'..='z' if !LETTERS.contains(character) => {
                let run = pattern[at..].chars().take_while(|other| *other == character).count();
                return Some((at..at + run, JodaMistake::Letter(character)));
            }
            'A'..='Z' | 'a'..='z' => fields += 1,
            _ => {}
        }
        at = end;
    }
    (fields == 0).then_some((0..pattern.len(), JodaMistake::NoField))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_and_mistakes() {
        for good in [
            "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'",
            "EEE MMM dd HH:mm:ss Z yyyy",
            "dd/MMM/yyyy:HH:mm:ss ZZ",
            "yyyy''MM",
        ] {
            assert_eq!(mistake(good), None, "{good}");
        }
        assert_eq!(mistake("iso8601"), Some((0..1, JodaMistake::Letter('i'))));
        assert_eq!(mistake("yyyy-MM-ddTHH"), Some((10..11, JodaMistake::Letter('T'))));
        assert_eq!(mistake("yyyy-'T"), Some((5..6, JodaMistake::OpenQuote)));
        assert_eq!(mistake("'x' 1"), Some((0..5, JodaMistake::NoField)));
    }
}
