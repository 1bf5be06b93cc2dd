//! A reader of the JSON in records: borrowed, bounded in depth, and with a detail for what is malformed.

use std::borrow::Cow;

use super::ConversionError;
use crate::foundation::json_skim::plain;

/// Levels of nesting up to which records are read.
const DEEPEST: usize = 512;
/// Characters of the longest key (behaviour sheet, 9.4).
const LONGEST_KEY: usize = 262_144;

/// A value of JSON.
#[derive(Debug, Clone, PartialEq)]
pub enum Json<'a> {
    /// `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number as it was written.
    Number(&'a str),
    /// A string.
    String(Cow<'a, str>),
    /// An array, with its text.
    Array(Vec<Json<'a>>, &'a str),
    /// An object in the record's order, with its text.
    Object(Vec<(Cow<'a, str>, Json<'a>)>, &'a str),
}

impl Json<'_> {
    /// The value as a text: a string's content, anything else without the blanks between its parts.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Json::Null => "null".into(),
            Json::Bool(true) => "true".into(),
            Json::Bool(false) => "false".into(),
            Json::Number(raw) => (*raw).into(),
            Json::String(text) => (&**text).into(),
            Json::Array(_, raw) | Json::Object(_, raw) => compact(raw).into(),
        }
    }
}

impl Json<'_> {
    /// The value as JSON on one line: numbers as they were written, no blanks between the parts.
    pub fn to_json(&self) -> Cow<'_, str> {
        match self {
            Json::String(text) => serde_json::Value::from(&**text).to_string().into(),
            other => other.text(),
        }
    }
}

/// The only value of a record.
///
/// # Errors
/// Why it is none: no UTF-8, no JSON, nothing at all, more than one value.
pub fn single_value(record: &[u8]) -> std::result::Result<Json<'_>, String> {
    let text = std::str::from_utf8(record).map_err(|_| "The record is not UTF-8 text.".to_owned())?;
    let mut reader = Reader::new(text);
    let said = |error: ConversionError| error.message;
    match (reader.next_value().map_err(said)?, reader.peek()) {
        (None, _) => Err("The record is empty.".to_owned()),
        (Some(_), Some(_)) => {
            Err(format!("More than one value is in the record: one ends at byte {}.", reader.at))
        }
        (Some(value), None) => Ok(value),
    }
}

fn compact(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let (mut in_string, mut escaped) = (false, false);
    for c in raw.chars() {
        if in_string {
            in_string = escaped || c != '"';
            escaped = c == '\\' && !escaped;
        } else if matches!(c, ' ' | '\t' | '\n' | '\r') {
            continue;
        } else {
            in_string = c == '"';
        }
        out.push(c);
    }
    out
}

/// Reads values that stand one after another.
#[derive(Debug)]
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
}

type Result<T> = std::result::Result<T, ConversionError>;

impl<'a> Reader<'a> {
    /// A reader at the start of a text.
    pub fn new(text: &'a str) -> Reader<'a> {
        Reader { text, at: 0 }
    }

    /// The next value; `None` at the end.
    ///
    /// # Errors
    /// `ParseError` for what is not JSON, `MalformedData` for too deep nesting and too long keys.
    pub fn next_value(&mut self) -> Result<Option<Json<'a>>> {
        self.blanks();
        if self.at == self.text.len() {
            return Ok(None);
        }
        self.value(0).map(Some)
    }

    fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    /// The next byte, behind blanks.
    pub(super) fn peek(&mut self) -> Option<u8> {
        self.blanks();
        self.bytes().get(self.at).copied()
    }

    /// Whether the next byte, behind blanks, is this one; then it is read.
    pub(super) fn is_next(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    /// Whether this text is next; then it is read.
    pub(super) fn is_text(&mut self, text: &str) -> bool {
        let is_next = self.bytes()[self.at..].starts_with(text.as_bytes());
        self.at += if is_next { text.len() } else { 0 };
        is_next
    }

    /// The key of a member and the colon behind it.
    pub(super) fn key(&mut self) -> Result<Cow<'a, str>> {
        if self.peek() != Some(b'"') {
            return self.unexpected("a key in quotes");
        }
        let key = self.string()?;
        if key.len() > LONGEST_KEY && key.chars().count() > LONGEST_KEY {
            return Err(ConversionError::malformed(format!(
                "Length of json key must not be greater than {LONGEST_KEY}"
            )));
        }
        if self.is_next(b':') { Ok(key) } else { self.unexpected("`:`") }
    }

    /// Reads a whole number of 18 digits at the most, behind which a value, list or object ends; `None`, and nothing is
    /// read, where another number stands.
    pub(super) fn short_whole(&mut self) -> Option<i64> {
        let rest = &self.bytes()[self.at..];
        let (is_negative, digits) = match rest.split_first()? {
            (b'-', digits) => (true, digits),
            _ => (false, rest),
        };
        let mut whole = 0_i64;
        for (at, byte) in digits.iter().enumerate().take(19) {
            match byte {
                b'0'..=b'9' if at < 18 => whole = whole * 10 + i64::from(byte - b'0'),
                b',' | b'}' | b']' if at > 0 && (at == 1 || digits[0] != b'0') => {
                    self.at += at + usize::from(is_negative);
                    return Some(if is_negative { -whole } else { whole });
                }
                _ => return None,
            }
        }
        None
    }

    /// Whether a word that was just read ends here.
    pub(super) fn is_word_end(&self) -> bool {
        !matches!(self.bytes().get(self.at), Some(next) if next.is_ascii_alphanumeric() || *next == b'_')
    }

    /// The offset in bytes of what is read next.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Goes back to an offset that [`Reader::at`] told.
    pub(super) fn go_back(&mut self, at: usize) {
        self.at = at;
    }

    fn blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.bytes().get(self.at) {
            self.at += 1;
        }
    }

    fn unexpected<T>(&self, wanted: &str) -> Result<T> {
        let detail = match self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
            Some(c) => format!("Unexpected character '{c}' at byte {}: expected {wanted}.", self.at),
            None => format!("Unexpected end of input at byte {}: expected {wanted}.", self.at),
        };
        Err(ConversionError::parse(&detail))
    }

    /// A value at a depth.
    pub(super) fn value(&mut self, depth: usize) -> Result<Json<'a>> {
        if depth > DEEPEST {
            return Err(ConversionError::malformed(
                "Data contains a highly nested JSON structure that is not supported.",
            ));
        }
        match self.bytes().get(self.at) {
            Some(b'"') => self.string().map(Json::String),
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'-' | b'0'..=b'9') => self.number().map(Json::Number),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            Some(b'n') => self.word("null", Json::Null),
            _ => self.unexpected("a value"),
        }
    }

    fn word(&mut self, word: &str, value: Json<'a>) -> Result<Json<'a>> {
        if !self.text[self.at..].starts_with(word) {
            return self.unexpected(&format!("`{word}`"));
        }
        self.at += word.len();
        match self.bytes().get(self.at) {
            Some(next) if next.is_ascii_alphanumeric() || *next == b'_' => {
                self.unexpected("the end of a word")
            }
            _ => Ok(value),
        }
    }

    fn digits(&mut self) -> Result<()> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.bytes().get(self.at) {
            self.at += 1;
        }
        if self.at == start { self.unexpected("a digit") } else { Ok(()) }
    }

    /// A number as it is written.
    pub(super) fn number(&mut self) -> Result<&'a str> {
        let start = self.at;
        if self.bytes()[self.at] == b'-' {
            self.at += 1;
        }
        if self.bytes().get(self.at) == Some(&b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.bytes().get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.bytes().get(self.at) {
            self.at += 1;
            if let Some(b'+' | b'-') = self.bytes().get(self.at) {
                self.at += 1;
            }
            self.digits()?;
        }
        match self.bytes().get(self.at) {
            Some(next) if next.is_ascii_alphanumeric() || matches!(next, b'.' | b'-' | b'+') => {
                self.unexpected("the end of a number")
            }
            _ => Ok(&self.text[start..self.at]),
        }
    }

    /// A string, whose first quotation mark is next.
    pub(super) fn string(&mut self) -> Result<Cow<'a, str>> {
        self.at += 1;
        let start = self.at;
        let mut unescaped: Option<String> = None;
        let mut from = start;
        loop {
            let rest = &self.bytes()[self.at..];
            let Some(length) = plain(rest) else {
                self.at = self.text.len();
                return self.unexpected("the end of a string");
            };
            self.at += length;
            match self.bytes()[self.at] {
                b'"' => {
                    let tail = &self.text[from..self.at];
                    self.at += 1;
                    return Ok(match unescaped {
                        None => Cow::Borrowed(tail),
                        Some(text) => Cow::Owned(text + tail),
                    });
                }
                b'\\' => {
                    let text = unescaped.get_or_insert_default();
                    text.push_str(&self.text[from..self.at]);
                    self.at += 1;
                    let c = self.escape()?;
                    unescaped.get_or_insert_default().push(c);
                    from = self.at;
                }
                _ => return self.unexpected("no control character inside a string"),
            }
        }
    }

    fn escape(&mut self) -> Result<char> {
        let Some(&byte) = self.bytes().get(self.at) else { return self.unexpected("an escape") };
        let c = match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return self.unexpected("an escape"),
        };
        self.at += 1;
        Ok(c)
    }

    fn unicode(&mut self) -> Result<char> {
        let first = self.hex()?;
        // A lone half of a pair stands for nothing; Java's decoder writes the replacement character.
        if !(0xD800..0xDC00).contains(&first) || !self.text[self.at..].starts_with("\\u") {
            return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        let before = self.at;
        self.at += 1;
        let second = self.hex()?;
        if !(0xDC00..0xE000).contains(&second) {
            self.at = before;
            return Ok(char::REPLACEMENT_CHARACTER);
        }
        let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex(&mut self) -> Result<u32> {
        let digits = self.text.get(self.at + 1..self.at + 5);
        let code = digits
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok());
        match code {
            Some(code) => {
                self.at += 5;
                Ok(code)
            }
            None => self.unexpected("four hexadecimal digits"),
        }
    }

    fn array(&mut self, depth: usize) -> Result<Json<'a>> {
        let start = self.at;
        self.at += 1;
        let mut items = Vec::new();
        self.blanks();
        if self.bytes().get(self.at) == Some(&b']') {
            self.at += 1;
            return Ok(Json::Array(items, &self.text[start..self.at]));
        }
        loop {
            self.blanks();
            items.push(self.value(depth + 1)?);
            self.blanks();
            match self.bytes().get(self.at) {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Json::Array(items, &self.text[start..self.at]));
                }
                _ => return self.unexpected("`,` or `]`"),
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json<'a>> {
        let start = self.at;
        self.at += 1;
        let mut members = Vec::new();
        self.blanks();
        if self.bytes().get(self.at) == Some(&b'}') {
            self.at += 1;
            return Ok(Json::Object(members, &self.text[start..self.at]));
        }
        loop {
            let key = self.key()?;
            self.blanks();
            members.push((key, self.value(depth + 1)?));
            self.blanks();
            match self.bytes().get(self.at) {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Json::Object(members, &self.text[start..self.at]));
                }
                _ => return self.unexpected("`,` or `}`"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Result<Vec<Json<'_>>> {
        let mut reader = Reader::new(text);
        let mut found = Vec::new();
        while let Some(value) = reader.next_value()? {
            found.push(value);
        }
        Ok(found)
    }

    #[test]
    fn values_follow_each_other() {
        let found =
            all("{\"a\":1}{\"b\" : [ true, null , \"x y\" ]}\n \"\\u00e9\\ud83d\\ude00\\n\"").unwrap();
        assert_eq!(found.len(), 3);
        assert_eq!(found[1].text(), "{\"b\":[true,null,\"x y\"]}");
        assert_eq!(found[2].text(), "é😀\n");
    }

    #[test]
    fn what_is_not_json_is_told_with_its_place() {
        for (text, detail) in [
            ("{\"a\":}", "Unexpected character '}' at byte 5: expected a value."),
            ("{\"a\":1", "Unexpected end of input at byte 6: expected `,` or `}`."),
            ("{a:1}", "Unexpected character 'a' at byte 1: expected a key in quotes."),
            ("01", "Unexpected character '1' at byte 1: expected the end of a number."),
            ("nul", "Unexpected character 'n' at byte 0: expected `null`."),
            ("\"\\x\"", "Unexpected character 'x' at byte 2: expected an escape."),
            ("\"a", "Unexpected end of input at byte 2: expected the end of a string."),
        ] {
            let error = all(text).unwrap_err();
            assert_eq!(error.code, "DataFormatConversion.ParseError");
            assert_eq!(error.message, format!("Encountered malformed JSON. {detail}"), "{text}");
        }
    }

    #[test]
    fn depth_and_keys_are_bounded() {
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert!(all(&nested(512)).is_ok());
        let error = all(&"[".repeat(1_000_000)).unwrap_err();
        assert_eq!(error.message, "Data contains a highly nested JSON structure that is not supported.");
        let key = |length: usize| format!("{{\"{}\":1}}", "k".repeat(length));
        assert!(all(&key(262_144)).is_ok());
        let error = all(&key(262_145)).unwrap_err();
        assert_eq!(error.message, "Length of json key must not be greater than 262144");
    }

    proptest::proptest! {
        #[test]
        fn agrees_with_another_reader(text in "[\\[\\]{}:,\"\\\\u0-9eE.+\\- a-f\n]{0,24}") {
            let mut reader = Reader::new(&text);
            let ours = reader.next_value().ok().flatten().is_some()
                && reader.next_value().is_ok_and(|next| next.is_none());
            let theirs = serde_json::from_str::<serde_json::Value>(&text);
            // Lone surrogates are replaced here and refused there; numbers are kept as text here.
            let excused = theirs.as_ref().is_err_and(|error| {
                let error = error.to_string();
                error.contains("surrogate") || error.contains("out of range") || error.contains("hex escape")
            });
            proptest::prop_assert!(ours == theirs.is_ok() || excused, "{text:?}: {theirs:?}");
        }
    }
}
