//! A value of a record as a column's type holds it, in JSON: numbers as numbers, decimals, dates, times and moments as
//! texts, as Iceberg's table specification writes single values in JSON.
//!
//! What each type takes is the guide's list (behaviour sheet, 10.8). Where that is silent, CHOICE: whole numbers may be
//! written `1.0`; texts of truth values in any case; moments with an offset are brought to UTC, and what is finer than
//! microseconds is cut off; binary values stay as they were written.

use std::borrow::Cow;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use jiff::civil::{Date, DateTime, Time};

use super::column_type::ColumnType;
use crate::model::{
    format::{
        json::{Json, single_value},
        value::{scaled, whole},
    },
    json_row::{kind, once, text},
};

/// Levels of nesting that a value may have.
const DEEPEST: usize = 16;

/// A value that does not fit a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mismatch {
    /// Where in the column it stands, such as `.x` or `[3]`; empty for the column itself.
    pub path: String,
    /// The type.
    pub wanted: String,
    /// What stands there, in words.
    pub found: String,
}

impl Mismatch {
    fn inside(mut self, step: &str) -> Mismatch {
        self.path.insert_str(0, step);
        self
    }
}

/// The value as the type holds it, as JSON.
pub(super) fn of(value: &Json<'_>, wanted: &ColumnType, depth: usize) -> Result<String, Mismatch> {
    if *value == Json::Null {
        return Ok("null".to_owned());
    }
    let fitting = if depth > DEEPEST { None } else { scalar(value, wanted) };
    match fitting {
        Some(found) => return Ok(found),
        None if depth > DEEPEST => {}
        None => {
            if let Some(found) = nested(value, wanted, depth) {
                return found;
            }
        }
    }
    let shown: String = value.to_json().chars().take(80).collect();
    let too_deep = if depth > DEEPEST { ", nested too deep," } else { "" };
    Err(Mismatch {
        path: String::new(),
        wanted: wanted.to_string(),
        found: format!("{}{too_deep} such as {shown}", kind(value)),
    })
}

/// `None` where the value does not fit, or the type is none of a single value.
fn scalar(value: &Json<'_>, wanted: &ColumnType) -> Option<String> {
    let number = match value {
        Json::Number(raw) => Some(*raw),
        _ => None,
    };
    let string = match value {
        Json::String(text) => Some(&**text),
        _ => None,
    };
    // Numbers come as strings, too.
    let digits = number.or(string);
    Some(match wanted {
        ColumnType::Boolean => match (value, number, string) {
            (Json::Bool(value), ..) => value.to_string(),
            (_, Some("1"), _) => "true".to_owned(),
            (_, Some("0"), _) => "false".to_owned(),
            (_, _, Some(text)) if text.eq_ignore_ascii_case("true") => "true".to_owned(),
            (_, _, Some(text)) if text.eq_ignore_ascii_case("false") => "false".to_owned(),
            _ => return None,
        },
        ColumnType::Int => i32::try_from(whole(digits?)?).ok()?.to_string(),
        ColumnType::Long => whole(digits?)?.to_string(),
        ColumnType::Float | ColumnType::Double => match number {
            Some(raw) => raw.to_owned(),
            None => serde_json::from_str::<serde_json::Number>(string?.trim()).ok()?.to_string(),
        },
        ColumnType::Decimal(precision, scale) => decimal(digits?, *precision, *scale)?,
        ColumnType::Date => match number {
            Some(raw) => text(&day(whole(raw)?)?.to_string()),
            None => text(&plain(string?)?.parse::<Date>().ok()?.to_string()),
        },
        ColumnType::Time => match number {
            Some(raw) => text(&time(whole(raw)?)?.to_string()),
            None => text(&micros(plain(string?)?.parse::<Time>().ok()?)?.to_string()),
        },
        ColumnType::Timestamp => text(&moment(number, string)?.to_string()),
        ColumnType::TimestampTz => text(&format!("{}+00:00", moment(number, string)?)),
        ColumnType::String => text(string?),
        ColumnType::Uuid => {
            let uuid = string.filter(|uuid| is_uuid(uuid))?;
            text(&uuid.to_ascii_lowercase())
        }
        ColumnType::Binary => text(string.filter(|text| is_binary(text))?),
        ColumnType::List(_) | ColumnType::Map(..) | ColumnType::Struct(_) => return None,
    })
}

/// `None` where the value is no list, map or struct.
fn nested(value: &Json<'_>, wanted: &ColumnType, depth: usize) -> Option<Result<String, Mismatch>> {
    // Lists and maps come as JSON in a string, too.
    let inside: Cow<'_, Json<'_>> = match value {
        Json::String(text) => Cow::Owned(single_value(text.as_bytes()).ok()?),
        other => Cow::Borrowed(other),
    };
    Some(match (wanted, &*inside) {
        (ColumnType::List(element), Json::Array(items, _)) => {
            let items = items.iter().enumerate().map(|(at, item)| {
                of(item, element, depth + 1).map_err(|found| found.inside(&format!("[{at}]")))
            });
            items.collect::<Result<Vec<_>, _>>().map(|items| format!("[{}]", items.join(",")))
        }
        (ColumnType::Map(key_type, value_type), Json::Object(members, _)) => {
            let entries = once(members.clone()).into_iter().map(|(name, value)| {
                let step = format!(".{name}");
                let key =
                    of(&Json::String(name), key_type, depth + 1).map_err(|found| found.inside(&step))?;
                let key = if key.starts_with('"') { key } else { text(&key) };
                let value = of(&value, value_type, depth + 1).map_err(|found| found.inside(&step))?;
                Ok(format!("{key}:{value}"))
            });
            entries.collect::<Result<Vec<_>, _>>().map(|entries| format!("{{{}}}", entries.join(",")))
        }
        (ColumnType::Struct(fields), Json::Object(members, _)) => {
            let entries = fields.iter().map(|(name, wanted)| {
                // Of a member that stands twice the last one counts.
                let found = members.iter().rev().find(|(key, _)| **key == **name);
                let value = match found {
                    Some((_, value)) => {
                        of(value, wanted, depth + 1).map_err(|found| found.inside(&format!(".{name}")))?
                    }
                    None => "null".to_owned(),
                };
                Ok(format!("{}:{value}", text(name)))
            });
            entries.collect::<Result<Vec<_>, _>>().map(|entries| format!("{{{}}}", entries.join(",")))
        }
        _ => return None,
    })
}

/// All digits of the scale, as a text; `None` where digits would be lost.
fn decimal(digits: &str, precision: u8, scale: u8) -> Option<String> {
    let scaled = scaled(digits.trim(), i32::from(scale))?;
    if !scaled.is_exact || scaled.cut.unsigned_abs() >= 10_u128.pow(u32::from(precision)) {
        return None;
    }
    let sign = if scaled.cut < 0 { "-" } else { "" };
    let all = format!("{:0>width$}", scaled.cut.unsigned_abs(), width = usize::from(scale) + 1);
    let (before, behind) = all.split_at(all.len() - usize::from(scale));
    Some(text(&if scale == 0 { format!("{sign}{before}") } else { format!("{sign}{before}.{behind}") }))
}

/// A text without the names of zones and calendars that the reader would take, too.
fn plain(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.contains('['))
}

fn day(days: i64) -> Option<Date> {
    let span = jiff::Span::new().try_days(days).ok()?;
    Date::constant(1970, 1, 1).checked_add(span).ok()
}

/// So many microseconds into the day.
fn time(micros: i64) -> Option<Time> {
    let seconds = micros.div_euclid(1_000_000);
    let part = |value: i64| i8::try_from(value).ok();
    let nanos = i32::try_from(micros.rem_euclid(1_000_000) * 1_000).ok()?;
    Time::new(part(seconds / 3_600)?, part(seconds / 60 % 60)?, part(seconds % 60)?, nanos).ok()
}

fn micros(time: Time) -> Option<Time> {
    let nanos = time.subsec_nanosecond() / 1_000 * 1_000;
    Time::new(time.hour(), time.minute(), time.second(), nanos).ok()
}

/// A moment in UTC, of microseconds since 1970 or an ISO text.
fn moment(number: Option<&str>, string: Option<&str>) -> Option<DateTime> {
    let utc = |moment: jiff::Timestamp| moment.to_zoned(jiff::tz::TimeZone::UTC).datetime();
    let found = match number {
        Some(raw) => utc(jiff::Timestamp::from_microsecond(whole(raw)?).ok()?),
        None => {
            let text = plain(string?)?;
            // A text that begins with a date has one; `-5` is none.
            match text.parse::<jiff::Timestamp>() {
                Ok(moment) => utc(moment),
                Err(_) => text.parse::<DateTime>().ok()?,
            }
        }
    };
    Some(DateTime::from_parts(found.date(), micros(found.time())?))
}

fn is_uuid(text: &str) -> bool {
    let is_dash = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match is_dash(at) {
            true => byte == b'-',
            false => byte.is_ascii_hexdigit(),
        })
}

/// Hexadecimal digits, or base64 of the usual, the MIME or the URL-safe form.
fn is_binary(text: &str) -> bool {
    const LOOSE: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    const USUAL: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LOOSE);
    const SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LOOSE);
    let dense: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let is_hex = dense.len().is_multiple_of(2) && dense.iter().all(u8::is_ascii_hexdigit);
    is_hex || USUAL.decode(&dense).is_ok() || SAFE.decode(&dense).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn as_type(value: &str, wanted: &ColumnType) -> Option<String> {
        of(&single_value(value.as_bytes()).unwrap(), wanted, 1).ok()
    }

    /// Each type with values of the guide's list, and some that do not fit.
    #[test]
    fn section_10_8_what_types_take() {
        use ColumnType as T;
        for (wanted, value, found) in [
            (T::Boolean, "true", Some("true")),
            (T::Boolean, "1", Some("true")),
            (T::Boolean, "\"False\"", Some("false")),
            (T::Boolean, "2", None),
            (T::Int, "\"12\"", Some("12")),
            (T::Int, "12.0", Some("12")),
            (T::Int, "12.5", None),
            (T::Int, "2147483648", None),
            (T::Long, "2147483648", Some("2147483648")),
            (T::Long, "9223372036854775808", None),
            (T::Double, "1.50", Some("1.50")),
            (T::Double, "\"1.5e3\"", Some("1500.0")),
            (T::Double, "\"x\"", None),
            (T::Decimal(5, 2), "1.5", Some("\"1.50\"")),
            (T::Decimal(5, 2), "\"-0.07\"", Some("\"-0.07\"")),
            (T::Decimal(5, 2), "1.005", None),
            (T::Decimal(5, 2), "1000", None),
            (T::Decimal(3, 0), "-7", Some("\"-7\"")),
            (T::Date, "\"2017-11-16\"", Some("\"2017-11-16\"")),
            (T::Date, "17486", Some("\"2017-11-16\"")),
            (T::Date, "\"16.11.2017\"", None),
            (T::Date, "99999999999", None),
            (T::Time, "\"22:31:08.123\"", Some("\"22:31:08.123\"")),
            (T::Time, "81068123456", Some("\"22:31:08.123456\"")),
            (T::Time, "86400000000", None),
            (T::Time, "-1", None),
            (T::Timestamp, "1510871468123456", Some("\"2017-11-16T22:31:08.123456\"")),
            (T::Timestamp, "\"2017-11-16T22:31:08.123456789Z\"", Some("\"2017-11-16T22:31:08.123456\"")),
            (T::Timestamp, "\"2017-11-16T23:31:08+01:00\"", Some("\"2017-11-16T22:31:08\"")),
            (T::Timestamp, "\"2017-11-16 22:31:08\"", Some("\"2017-11-16T22:31:08\"")),
            (T::TimestampTz, "\"2017-11-16T22:31:08Z\"", Some("\"2017-11-16T22:31:08+00:00\"")),
            (T::Timestamp, "\"yesterday\"", None),
            (T::String, "\"a\"", Some("\"a\"")),
            (T::String, "7", None),
            (T::String, "{}", None),
            (
                T::Uuid,
                "\"F79C3E09-677C-4BBD-A479-3F349CB785E7\"",
                Some("\"f79c3e09-677c-4bbd-a479-3f349cb785e7\""),
            ),
            (T::Uuid, "\"f79c3e09\"", None),
            (T::Binary, "\"00FF\"", Some("\"00FF\"")),
            (T::Binary, "\"-_8\"", Some("\"-_8\"")),
            (T::Binary, "\"aGVs\\r\\nbG8=\"", Some("\"aGVs\\r\\nbG8=\"")),
            (T::Binary, "\"?\"", None),
            (T::List(Box::new(T::Int)), "[1,null,\"2\"]", Some("[1,null,2]")),
            (T::List(Box::new(T::Int)), "\"[1]\"", Some("[1]")),
            (T::List(Box::new(T::Int)), "1", None),
            (T::Map(Box::new(T::Int), Box::new(T::String)), "{\"1\":\"a\"}", Some("{\"1\":\"a\"}")),
            (T::Map(Box::new(T::Int), Box::new(T::String)), "{\"x\":\"a\"}", None),
        ] {
            assert_eq!(as_type(value, &wanted).as_deref(), found, "{wanted} {value}");
        }
        assert_eq!(as_type("null", &T::Int).as_deref(), Some("null"));
    }

    #[test]
    fn a_mismatch_has_its_place() {
        let wanted = ColumnType::Struct(vec![("xs".to_owned(), ColumnType::List(Box::new(ColumnType::Int)))]);
        let found = of(&single_value(br#"{"xs":[1,"two"]}"#).unwrap(), &wanted, 1).unwrap_err();
        assert_eq!((&*found.path, &*found.wanted), (".xs[1]", "int"));
        assert_eq!(found.found, "a string such as \"two\"");
    }

    #[test]
    fn sixteen_levels_are_taken_and_no_more() {
        let nested = |levels: usize| {
            let wanted = (1..levels).fold(ColumnType::Int, |kind, _| ColumnType::List(Box::new(kind)));
            as_type(&format!("{}1{}", "[".repeat(levels - 1), "]".repeat(levels - 1)), &wanted)
        };
        assert!(nested(16).is_some());
        assert!(nested(17).is_none());
    }
}
