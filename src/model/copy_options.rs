//! Options of Redshift's `COPY`, as words: enough to see which options a text names, not a parser of SQL.
//!
//! Sources: service behaviour, section 10.2 (what the service adds itself); Redshift's own documentation of `COPY`
//! ("Data format parameters", "File compression parameters", "Authorization parameters").

use std::ops::Range;

use crate::foundation::document::HOLE;

/// A word outside of quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// In upper case.
    pub text: String,
    /// Its bytes in the text.
    pub range: Range<usize>,
}

/// Compressions of the files.
pub const COMPRESSIONS: [&str; 4] = ["GZIP", "LZOP", "BZIP2", "ZSTD"];

/// Formats of the files, of which there is one.
pub const FORMATS: [&str; 7] = ["AVRO", "CSV", "FIXEDWIDTH", "JSON", "ORC", "PARQUET", "SHAPEFILE"];

/// What the service writes into the command itself.
pub const ADDED_BY_THE_SERVICE: [&str; 4] = ["MANIFEST", "CREDENTIALS", "IAM_ROLE", "ACCESS_KEY_ID"];

/// Options whose values are secrets.
pub const SECRET_OPTIONS: [&str; 4] = ["CREDENTIALS", "SECRET_ACCESS_KEY", "SESSION_TOKEN", "ACCESS_KEY_ID"];

/// The words of a text outside of quotes. A word that a hole may continue is left out.
pub fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(next) = text[at..].chars().next() {
        let rest = &text[at..];
        at += match next {
            '\'' | '"' => rest[1..].find(next).map_or(rest.len(), |end| end + 2),
            next if is_part(next) => {
                let length = rest.find(|other| !is_part(other)).unwrap_or(rest.len());
                let word = &rest[..length];
                if !word.contains(HOLE) {
                    words.push(Word { text: word.to_uppercase(), range: at..at + length });
                }
                length
            }
            next => next.len_utf8(),
        };
    }
    words
}

fn is_part(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | HOLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_outside_of_quotes() {
        let text = "json 's3://b/GZIP it''s.json' gzip TIMEFORMAT \"auto\" ZSTD'x";
        let words: Vec<_> = words(text).into_iter().map(|word| word.text).collect();
        assert_eq!(words, ["JSON", "GZIP", "TIMEFORMAT", "ZSTD"]);
    }

    #[test]
    fn words_have_their_place_and_holes_hide_them() {
        let text = "\u{FFFC}ZIP é gzip GZIP\u{FFFC} \u{FFFC} lzop";
        let found: Vec<_> = words(text).into_iter().map(|word| text[word.range].to_owned()).collect();
        assert_eq!(found, ["é", "gzip", "lzop"]);
    }
}
