//! `HiveJsonSerDe`: the strict deserialiser (behaviour sheet, 9.1).

use std::borrow::Cow;

use super::cast::Dialect;
use super::joda::JodaPattern;
use super::time::{self, Timestamp};

/// The options of `HiveJsonSerDe`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HiveJson {
    /// `TimestampFormats`, tried in order; without any, `yyyy-[m]m-[d]d hh:mm:ss[.f]`.
    pub timestamp_formats: Vec<TimestampFormat>,
}

/// One of `TimestampFormats`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimestampFormat {
    /// `millis`: milliseconds since 1970.
    Millis,
    /// A pattern of Joda-Time.
    Pattern(JodaPattern),
}

impl TimestampFormat {
    /// Reads `millis` or a pattern.
    ///
    /// # Errors
    /// What is wrong with the pattern, in words.
    pub fn parse(text: &str) -> Result<TimestampFormat, String> {
        match text {
            "millis" => Ok(TimestampFormat::Millis),
            pattern => JodaPattern::parse(pattern).map(TimestampFormat::Pattern),
        }
    }
}

impl HiveJson {
    /// The key, as it is compared, that a column is read from.
    pub fn key_of(&self, column: &str) -> String {
        column.to_lowercase()
    }
}

impl Dialect for HiveJson {
    const READS_STRINGS: bool = false;
    const WRITES_NESTED: bool = false;

    fn key<'k>(&self, key: &'k str) -> Cow<'k, str> {
        key.into()
    }

    fn is_field(&self, key: &str, field: &str) -> bool {
        key == field || key.to_lowercase() == field.to_lowercase()
    }

    fn timestamp(&self, text: &str) -> Option<Timestamp> {
        if self.timestamp_formats.is_empty() {
            return time::spaced(text, 2);
        }
        self.timestamp_formats.iter().find_map(|format| match format {
            TimestampFormat::Millis => time::millis(text),
            TimestampFormat::Pattern(pattern) => pattern.read(text),
        })
    }

    fn bytes(&self, text: &str) -> Option<Vec<u8>> {
        Some(text.as_bytes().to_vec())
    }
}
