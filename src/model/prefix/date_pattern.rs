//! Date patterns of `!{timestamp:pattern}`: those of Java's `DateTimeFormatter`, as of JDK 17.
//!
//! The developer guide names `DateTimeFormatter`; which letters the service takes was measured, and is
//! exactly the set of JDK 16 and later (fact sheet, section 6.1). The rules for counts, quotes, brackets
//! and reserved characters are those of JDK 17's `DateTimeFormatterBuilder.appendPattern`.
//!
//! CHOICE: the padding letter `p` is always refused. Java takes it in front of another letter (`ppH`);
//! for the service only its refusal when single is known.

use std::ops::Range;

use super::{DateLetter, PrefixError, PrefixErrorKind};

/// A date pattern that the service accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatePattern {
    range: Range<usize>,
    items: Vec<DateItem>,
}

/// A letter run or literal text of a date pattern, and where it stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateItem {
    /// In bytes of the text that was parsed; of literals with their quotes.
    pub range: Range<usize>,
    /// What stood there.
    pub kind: DateItemKind,
}

/// A letter run or literal text of a date pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DateItemKind {
    /// Text that stays as it is, without its quotes.
    Literal(Box<str>),
    /// A run of one letter.
    Field {
        /// The letter.
        letter: DateLetter,
        /// How often it stands there.
        count: usize,
    },
}

/// A date pattern as far as it could be read, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedDatePattern {
    /// The pattern, without its wrong parts.
    pub pattern: DatePattern,
    /// All mistakes, in the order of the text.
    pub errors: Vec<PrefixError>,
}

impl DatePattern {
    /// Reads a pattern. Ranges count from the start of the pattern.
    pub fn parse(text: &str) -> ParsedDatePattern {
        DatePattern::parse_at(text, 0)
    }

    /// Reads a pattern that starts at `base` in a larger text. Ranges are those in the larger text.
    pub(super) fn parse_at(text: &str, base: usize) -> ParsedDatePattern {
        let mut reader = PatternReader { text, base, items: Vec::new(), errors: Vec::new(), open: 0 };
        let mut position = 0;
        while let Some(character) = text[position..].chars().next() {
            position = reader.next(position, character);
        }
        let pattern = DatePattern { range: base..base + text.len(), items: reader.items };
        ParsedDatePattern { pattern, errors: reader.errors }
    }

    /// The letter runs and literals in order. Brackets of optional sections are gone: all fields of an
    /// instant with a zone are known, so such sections always print.
    pub fn items(&self) -> &[DateItem] {
        &self.items
    }

    /// Where the pattern stood.
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// A lower bound, in characters, of what the pattern prints for years of four digits.
    pub fn minimum_length(&self) -> usize {
        self.items
            .iter()
            .map(|item| match &item.kind {
                DateItemKind::Literal(text) => text.chars().count(),
                DateItemKind::Field { letter, count } => letter.minimum_length(*count),
            })
            .sum()
    }

    /// Whether it prints names of time zones (`z`, `v`). Java takes these from tables of its own, the
    /// simulation from the time zone database; only `UTC` is certain to be the same.
    pub fn uses_zone_names(&self) -> bool {
        self.items.iter().any(|item| match &item.kind {
            DateItemKind::Field { letter, .. } => {
                matches!(letter, DateLetter::ZoneName | DateLetter::GenericZoneName)
            }
            DateItemKind::Literal(_) => false,
        })
    }
}

struct PatternReader<'a> {
    text: &'a str,
    base: usize,
    items: Vec<DateItem>,
    errors: Vec<PrefixError>,
    /// Optional sections that are open here.
    open: usize,
}

impl PatternReader<'_> {
    /// Reads what starts at `position`; returns where the next part starts.
    fn next(&mut self, position: usize, character: char) -> usize {
        let end = position + character.len_utf8();
        match character {
            'A'..='Z' | 'a'..='z' => return self.field(position, character),
            '\'' => return self.quoted(position),
            '[' => self.open += 1,
            ']' if self.open > 0 => self.open -= 1,
            ']' => self.error(position..end, PrefixErrorKind::UnbalancedOptional),
            '{' | '}' | '#' => self.error(position..end, PrefixErrorKind::ReservedCharacter { character }),
            _ => self.literal(position..end, character.encode_utf8(&mut [0; 4])),
        }
        end
    }

    fn field(&mut self, start: usize, character: char) -> usize {
        let count = self.text[start..].bytes().take_while(|&byte| char::from(byte) == character).count();
        let range = start..start + count;
        match DateLetter::from_char(character) {
            None => self.error(range, PrefixErrorKind::BadPatternLetter { letter: character }),
            Some(letter) if !letter.allows(count) => {
                self.error(range, PrefixErrorKind::BadLetterCount { letter: character, count });
            }
            Some(letter) => self.item(range, DateItemKind::Field { letter, count }),
        }
        start + count
    }

    /// `'text'`, in which `''` is a quote; and `''`, which is a quote by itself.
    fn quoted(&mut self, start: usize) -> usize {
        let mut literal = String::new();
        let mut position = start + 1;
        while let Some(length) = self.text[position..].find('\'') {
            literal.push_str(&self.text[position..position + length]);
            position += length + 1;
            if self.text[position..].starts_with('\'') {
                literal.push('\'');
                position += 1;
                continue;
            }
            let literal = if literal.is_empty() { "'" } else { &literal };
            self.literal(start..position, literal);
            return position;
        }
        self.error(start..start + 1, PrefixErrorKind::UnterminatedQuote);
        self.text.len()
    }

    /// Literal text; neighbours grow together.
    fn literal(&mut self, range: Range<usize>, text: &str) {
        let start = self.base + range.start;
        if let Some(DateItem { range: last, kind: DateItemKind::Literal(before) }) = self.items.last_mut()
            && last.end == start
        {
            last.end = self.base + range.end;
            *before = format!("{before}{text}").into();
            return;
        }
        self.item(range, DateItemKind::Literal(text.into()));
    }

    fn item(&mut self, range: Range<usize>, kind: DateItemKind) {
        let range = self.base + range.start..self.base + range.end;
        self.items.push(DateItem { range, kind });
    }

    fn error(&mut self, range: Range<usize>, kind: PrefixErrorKind) {
        let range = self.base + range.start..self.base + range.end;
        self.errors.push(PrefixError { range, kind });
    }
}
