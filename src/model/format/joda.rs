//! The patterns of `TimestampFormats`: Joda-Time's `DateTimeFormat`, the letters that say a moment, in English, in UTC
//! unless the text has an offset.

use super::time::{self, Timestamp};
use crate::foundation::month::MONTHS;

/// A compiled pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JodaPattern {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Letter(char, usize),
}

/// The letters that are read; Joda-Time's others (`C`, `G`, `w`, `x`, `e`, `z`) name no moment alone or can't be parsed.
const LETTERS: &str = "yYMdDHhKkmsSaEZ";

const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

impl JodaPattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// A letter that is not read, or a quote without its end, in words.
    pub fn parse(pattern: &str) -> Result<JodaPattern, String> {
        let mut parts: Vec<Part> = Vec::new();
        let mut chars = pattern.chars().peekable();
        while let Some(c) = chars.next() {
            if c.is_ascii_alphabetic() {
                let mut count = 1;
                while chars.next_if_eq(&c).is_some() {
                    count += 1;
                }
                if !LETTERS.contains(c) || (c == 'Z' && count > 2) {
                    let letters: String = std::iter::repeat_n(c, count).collect();
                    return Err(format!("`{letters}` in the timestamp format `{pattern}` is not simulated"));
                }
                parts.push(Part::Letter(c, count));
                continue;
            }
            let mut literal = String::new();
            if c != '\'' {
                literal.push(c);
            } else if chars.next_if_eq(&'\'').is_some() {
                literal.push('\'');
            } else {
                loop {
                    match chars.next() {
                        Some('\'') if chars.next_if_eq(&'\'').is_none() => break,
                        Some(inside) => literal.push(inside),
                        None => return Err(format!("a quote in `{pattern}` is not closed")),
                    }
                }
            }
            match parts.last_mut() {
                Some(Part::Literal(before)) => before.push_str(&literal),
                _ => parts.push(Part::Literal(literal)),
            }
        }
        Ok(JodaPattern { parts })
    }

    /// Reads a whole text by the pattern. What the pattern does not name is that of 1970-01-01T00:00:00.
    pub fn read(&self, text: &str) -> Option<Timestamp> {
        let mut rest = text;
        let mut found = Found::default();
        for (at, part) in self.parts.iter().enumerate() {
            match part {
                Part::Literal(literal) => rest = rest.strip_prefix(literal.as_str())?,
                Part::Letter(letter, count) => {
                    let is_followed = matches!(self.parts.get(at + 1), Some(Part::Letter(next, count))
                        if !("aEZ".contains(*next) || *next == 'M' && *count > 2));
                    rest = found.take(*letter, *count, is_followed, rest)?;
                }
            }
        }
        if rest.is_empty() { found.timestamp() } else { None }
    }
}

#[derive(Default)]
struct Found {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    hour: i64,
    half_hour: Option<i64>,
    is_afternoon: bool,
    minute: i64,
    second: i64,
    nano: i64,
    offset: i64,
}

impl Found {
    fn take<'a>(&mut self, letter: char, count: usize, followed: bool, text: &'a str) -> Option<&'a str> {
        let word = |words: &[&str]| {
            let length = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
            let given = text[..length].to_ascii_lowercase();
            let at =
                words.iter().position(|word| *word == given || (given.len() == 3 && word[..3] == given))?;
            Some((at, &text[length..]))
        };
        let longest = |otherwise: usize| if followed { count } else { otherwise };
        let bounded = |longest: usize, bounds: std::ops::RangeInclusive<i64>| {
            let (value, rest) = digits(text, longest)?;
            bounds.contains(&value).then_some((value, rest))
        };
        let rest = match letter {
            'y' | 'Y' => {
                let (value, rest) = digits(text, longest(9))?;
                let is_short = count == 2 && text.len() - rest.len() == 2;
                self.year = Some(match is_short {
                    // Joda-Time pivots around the present, which the model does not know.
                    true => value + if value < 70 { 2000 } else { 1900 },
                    false => value,
                });
                rest
            }
            'M' if count > 2 => {
                let (at, rest) = word(&MONTHS)?;
                self.month = Some(at as i64 + 1);
                rest
            }
            'M' => {
                let (value, rest) = bounded(longest(2), 1..=12)?;
                self.month = Some(value);
                rest
            }
            'd' => {
                let (value, rest) = bounded(longest(2), 1..=31)?;
                self.day = Some(value);
                rest
            }
            'D' => {
                let (value, rest) = bounded(longest(3), 1..=366)?;
                self.day_of_year = Some(value);
                rest
            }
            'H' | 'k' => {
                let bounds = if letter == 'H' { 0..=23 } else { 1..=24 };
                let (value, rest) = bounded(longest(2), bounds)?;
                self.hour = value % 24;
                rest
            }
            'h' | 'K' => {
                let bounds = if letter == 'K' { 0..=11 } else { 1..=12 };
                let (value, rest) = bounded(longest(2), bounds)?;
                self.half_hour = Some(value % 12);
                rest
            }
            'm' | 's' => {
                let (value, rest) = bounded(longest(2), 0..=59)?;
                *(if letter == 'm' { &mut self.minute } else { &mut self.second }) = value;
                rest
            }
            'S' => {
                let (_, rest) = digits(text, count.min(9))?;
                self.nano = time::nanos(&text[..text.len() - rest.len()])?;
                rest
            }
            'a' => {
                let half = text.get(..2)?;
                self.is_afternoon = half.eq_ignore_ascii_case("pm");
                if !self.is_afternoon && !half.eq_ignore_ascii_case("am") {
                    return None;
                }
                &text[2..]
            }
            'E' => word(&DAYS)?.1,
            _ => self.take_offset(text)?,
        };
        Some(rest)
    }

    /// `Z`, `+hhmm` or `+hh:mm`.
    fn take_offset<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        if let Some(rest) = text.strip_prefix('Z') {
            return Some(rest);
        }
        let sign = match text.as_bytes().first()? {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let two = |text: &'a str| digits(text, 2).filter(|(_, rest)| text.len() - rest.len() == 2);
        let (hours, rest) = two(&text[1..])?;
        let (minutes, rest) = two(rest.strip_prefix(':').unwrap_or(rest))?;
        self.offset = sign * (hours * 3600 + minutes * 60);
        (hours < 24 && minutes < 60).then_some(rest)
    }

    fn timestamp(&self) -> Option<Timestamp> {
        let year = self.year.unwrap_or(1970);
        let day = match self.day_of_year {
            Some(of_year) => {
                let (first, next) = (time::days(year, 1, 1)?, time::days(year + 1, 1, 1)?);
                let day = first + of_year as i32 - 1;
                (day < next).then_some(day)?
            }
            None => time::days(year, self.month.unwrap_or(1), self.day.unwrap_or(1))?,
        };
        let hour = match self.half_hour {
            Some(hour) => hour + if self.is_afternoon { 12 } else { 0 },
            None => self.hour,
        };
        let second = hour * 3600 + self.minute * 60 + self.second - self.offset;
        Some(Timestamp::at(day, second, self.nano))
    }
}

/// Up to `longest` digits at the start of a text.
fn digits(text: &str, longest: usize) -> Option<(i64, &str)> {
    let length = text.bytes().take(longest.min(9)).take_while(u8::is_ascii_digit).count();
    let value = text[..length].parse().ok()?;
    Some((value, &text[length..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn section_9_1_joda_patterns() {
        let expected = time::iso("2026-03-01T14:05:09.250Z").unwrap();
        for (pattern, text) in [
            ("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", "2026-03-01T14:05:09.250Z"),
            ("yyyyMMddHHmmssSSS", "20260301140509250"),
            ("EEE MMM dd hh:mm:ss.SS a yyyy", "Sun Mar 01 02:05:09.25 PM 2026"),
            ("dd/MMMM/yyyy:HH:mm:ss.SSSZ", "01/march/2026:16:05:09.250+0200"),
            ("yyyy-DDD HH:m:s.S ZZ", "2026-060 15:5:9.25 +01:00"),
            ("''yy M d H m s SSS", "'26 3 1 14 5 9 250"),
        ] {
            let found = JodaPattern::parse(pattern).unwrap().read(text);
            // `S` alone takes one digit, so that pattern does not reach the end.
            let wanted = if pattern.contains(".S ZZ") { None } else { Some(expected) };
            assert_eq!(found, wanted, "{pattern}: {text}");
        }
        let day = JodaPattern::parse("yyyy-MM-dd").unwrap();
        assert_eq!(day.read("2026-03-01"), time::iso("2026-03-01T00:00:00Z"));
        assert_eq!(day.read("2026-02-30"), None);
        assert_eq!(day.read("2026-03-01x"), None);
        assert!(JodaPattern::parse("xxxx-ww").unwrap_err().contains("`xxxx`"));
        assert!(JodaPattern::parse("yyyy 'x").is_err());
    }
}
