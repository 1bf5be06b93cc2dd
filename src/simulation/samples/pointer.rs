//! `--arrival POINTER`: when a record arrives, by the field of it that a JSON Pointer names.

use sonic_rs::{JsonValueTrait, LazyValue};

use crate::foundation::json_values::lazy_json;
use crate::foundation::timestamp::Timestamp;

/// A JSON Pointer (RFC 6901).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonPointer {
    text: String,
    tokens: Vec<String>,
}

/// Text that is not a JSON Pointer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a JSON Pointer: it starts with `/`, such as /detail/time")]
pub struct JsonPointerError {
    /// What was given.
    pub text: String,
}

impl std::str::FromStr for JsonPointer {
    type Err = JsonPointerError;

    fn from_str(text: &str) -> Result<JsonPointer, JsonPointerError> {
        let refuse = || JsonPointerError { text: text.to_owned() };
        let tokens = match text.strip_prefix('/') {
            Some(rest) => rest.split('/').map(|token| token.replace("~1", "/").replace("~0", "~")).collect(),
            None if text.is_empty() => Vec::new(),
            None => return Err(refuse()),
        };
        Ok(JsonPointer { text: text.to_owned(), tokens })
    }
}

impl JsonPointer {
    /// The time in the field that this names.
    ///
    /// # Errors
    /// What is missing or not a time.
    pub fn time_in(&self, record: &[u8]) -> Result<Timestamp, String> {
        let value =
            lazy_json(record).ok_or_else(|| format!("the record is not JSON, so it has no {}", self.text))?;
        self.time_at(&value, &self.tokens)
    }

    /// The value of the field that this names; `None` where the record is no JSON or has no such field.
    pub fn value_in(&self, record: &[u8]) -> Option<serde_json::Value> {
        fn find(value: &LazyValue<'_>, tokens: &[String]) -> Option<serde_json::Value> {
            let Some((token, rest)) = tokens.split_first() else {
                return serde_json::from_str(value.as_raw_str()).ok();
            };
            match value.is_array() {
                true => find(&value.get(token.parse::<usize>().ok()?)?, rest),
                false => find(&value.get(token.as_str())?, rest),
            }
        }
        find(&lazy_json(record)?, &self.tokens)
    }

    fn time_at(&self, value: &LazyValue<'_>, tokens: &[String]) -> Result<Timestamp, String> {
        let Some((token, rest)) = tokens.split_first() else { return self.read(value) };
        let found = if value.is_array() {
            token.parse::<usize>().ok().and_then(|index| value.get(index))
        } else {
            value.get(token.as_str())
        };
        self.time_at(&found.ok_or_else(|| format!("the record has no {}", self.text))?, rest)
    }

    fn read(&self, value: &LazyValue<'_>) -> Result<Timestamp, String> {
        let time = match value.as_str() {
            Some(text) => text.parse().ok(),
            None => epoch(value.as_raw_str()),
        };
        time.ok_or_else(|| {
            let raw: String = value.as_raw_str().chars().take(60).collect();
            format!("{} is not a time: {raw}", self.text)
        })
    }
}

/// Reads seconds or milliseconds since 1970, decided by magnitude: from 1e11 on they are milliseconds.
pub(super) fn epoch(number: &str) -> Option<Timestamp> {
    let (whole, fraction) = match number.split_once('.') {
        Some((whole, fraction)) => (whole, fraction),
        None => (number, ""),
    };
    if number.contains(['e', 'E']) {
        // Rare enough for a float: 2^53 microseconds reach the year 2255.
        let seconds: f64 = number.parse().ok()?;
        let millis = if seconds.abs() >= 1e11 { seconds } else { seconds * 1_000.0 };
        return millis.is_finite().then(|| Timestamp::from_micros((millis * 1_000.0) as i64))?;
    }
    let units: i64 = whole.parse().ok()?;
    let micros_per_unit: i64 = if units.abs() >= 100_000_000_000 { 1_000 } else { 1_000_000 };
    let mut rest = 0;
    let mut place = micros_per_unit / 10;
    for digit in fraction.bytes() {
        rest += i64::from(char::from(digit).to_digit(10)?) * place;
        place /= 10;
    }
    let sign = if whole.starts_with('-') { -1 } else { 1 };
    Timestamp::from_micros(units.checked_mul(micros_per_unit)?.checked_add(sign * rest)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(pointer: &str, record: &str) -> Result<String, String> {
        let pointer: JsonPointer = pointer.parse().unwrap();
        pointer.time_in(record.as_bytes()).map(|time| time.to_string())
    }

    #[test]
    fn rfc_3339_seconds_and_milliseconds_are_read() {
        let at = Ok("2026-03-01T22:59:30.250Z".to_owned());
        assert_eq!(time("/t", r#"{"t":"2026-03-01T23:59:30.25+01:00"}"#), at);
        assert_eq!(time("/t", r#"{"t":1772405970.25}"#), at);
        assert_eq!(time("/t", r#"{"t":1772405970250}"#), at);
        assert_eq!(time("/t", r#"{"t":1.77240597025e9}"#), at);
    }

    #[test]
    fn pointers_go_through_arrays_and_escapes() {
        assert!(time("/a/1/x~1y", r#"{"a":[0,{"x/y":0}]}"#).is_ok());
        assert!("a/b".parse::<JsonPointer>().is_err());
    }

    #[test]
    fn what_is_missing_or_not_a_time_is_told() {
        assert_eq!(time("/t", r#"{"u":1}"#), Err("the record has no /t".to_owned()));
        assert_eq!(time("/t", r#"{"t":"noon"}"#), Err("/t is not a time: \"noon\"".to_owned()));
        assert_eq!(time("/t", "t=1"), Err("the record is not JSON, so it has no /t".to_owned()));
    }
}
