//! From JSON to the values of a type: what both deserialisers share, and where they differ.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::ConversionError;
use super::hive_type::HiveType;
use super::json::Json;
use super::time::{self, Timestamp};
use super::value::{self, Value};

/// Where the deserialisers differ.
pub(super) trait Dialect {
    /// Whether strings are taken for numbers and booleans.
    const READS_STRINGS: bool;
    /// Whether a nested value becomes the text of a string column.
    const WRITES_NESTED: bool;

    /// A record's key as it is compared.
    fn key<'k>(&self, key: &'k str) -> Cow<'k, str>;
    /// Whether a compared key is that of a field of a struct.
    fn is_field(&self, key: &str, field: &str) -> bool;
    /// A timestamp from a string's content, or from a number as it was written.
    fn timestamp(&self, text: &str) -> Option<Timestamp>;
    /// The bytes of a string in a binary column.
    fn bytes(&self, text: &str) -> Option<Vec<u8>>;
}

type Result<T> = std::result::Result<T, ConversionError>;

/// The value of a type; `null` is that of every type.
pub(super) fn value<'a>(dialect: &impl Dialect, kind: &HiveType, json: Json<'a>) -> Result<Value<'a>> {
    match (kind, json) {
        (_, Json::Null) => Ok(Value::Null),
        (HiveType::Array(element), Json::Array(items, _)) => {
            let items = items.into_iter().map(|item| value(dialect, element, item));
            items.collect::<Result<_>>().map(Value::List)
        }
        (HiveType::Map(key, element), Json::Object(members, _)) => {
            let mut entries: Vec<(Value<'a>, Value<'a>)> = Vec::with_capacity(members.len());
            let mut places = BTreeMap::new();
            for (name, member) in members {
                let name = dialect.key(&name).into_owned();
                let found = map_key(dialect, key, &name)?;
                let member = value(dialect, element, member)?;
                let compared = match &found {
                    Value::Text(text) => text.to_string(),
                    // Zero is zero: readers take keys that are equal as numbers for one key, and refuse the map.
                    Value::Double(number) => format!("{:?}", number + 0.0),
                    Value::Float(number) => format!("{:?}", number + 0.0),
                    other => format!("{other:?}"),
                };
                // A key that stands twice has its last value, as in the deserialisers' own maps.
                match places.get(&compared) {
                    Some(&at) => entries[at] = (found, member),
                    None => {
                        places.insert(compared, entries.len());
                        entries.push((found, member));
                    }
                }
            }
            Ok(Value::Map(entries))
        }
        (HiveType::Struct(fields), Json::Object(members, _)) => {
            let mut values = vec![Value::Null; fields.len()];
            for (name, member) in members {
                let key = dialect.key(&name);
                if let Some(at) = fields.iter().position(|(field, _)| dialect.is_field(&key, field)) {
                    values[at] = value(dialect, &fields[at].1, member)?;
                }
            }
            Ok(Value::Struct(values))
        }
        (HiveType::Array(_) | HiveType::Map(..) | HiveType::Struct(_), json) => Err(match json {
            Json::Array(..) | Json::Object(..) => ConversionError::for_input(&json.text()),
            _ => ConversionError::scalar_for_complex(),
        }),
        (kind, json) => primitive(dialect, kind, json),
    }
}

fn map_key<D: Dialect>(dialect: &D, kind: &HiveType, key: &str) -> Result<Value<'static>> {
    let wrong = || ConversionError::map_key(key);
    let found = match kind {
        HiveType::String | HiveType::Char(_) | HiveType::Varchar(_) => {
            Value::Text(fitted(kind, key.to_owned().into()))
        }
        HiveType::Boolean => Value::Bool(boolean(key).ok_or_else(wrong)?),
        HiveType::Date => Value::Int(time::date(key).ok_or_else(wrong)?.into()),
        HiveType::Timestamp => Value::Timestamp(dialect.timestamp(key).ok_or_else(wrong)?),
        HiveType::Binary => Value::Bytes(dialect.bytes(key).ok_or_else(wrong)?),
        kind => number(kind, key).ok_or_else(wrong)?,
    };
    Ok(found)
}

fn primitive<'a, D: Dialect>(dialect: &D, kind: &HiveType, json: Json<'a>) -> Result<Value<'a>> {
    let is_nested = matches!(json, Json::Array(..) | Json::Object(..));
    match kind {
        HiveType::String | HiveType::Char(_) | HiveType::Varchar(_) => match json {
            Json::String(text) => Ok(Value::Text(fitted(kind, text))),
            json if is_nested && !D::WRITES_NESTED => Err(ConversionError::for_input(&json.text())),
            json => Ok(Value::Text(fitted(kind, json.text().into_owned().into()))),
        },
        HiveType::Timestamp => match &json {
            Json::String(text) => dialect.timestamp(text),
            Json::Number(raw) => dialect.timestamp(raw),
            _ => None,
        }
        .map(Value::Timestamp)
        .ok_or_else(ConversionError::timestamp),
        HiveType::Date => match &json {
            Json::String(text) => time::date(text),
            _ => None,
        }
        .map(|day| Value::Int(day.into()))
        .ok_or_else(ConversionError::date),
        HiveType::Binary => match &json {
            Json::String(text) => dialect.bytes(text),
            _ => None,
        }
        .map(Value::Bytes)
        .ok_or_else(|| ConversionError::for_input(&json.text())),
        HiveType::Boolean => match &json {
            Json::Bool(value) => Some(*value),
            Json::String(text) if D::READS_STRINGS => boolean(text),
            _ => None,
        }
        .map(Value::Bool)
        .ok_or_else(|| ConversionError::for_input(&json.text())),
        kind => match &json {
            Json::Number(raw) => number(kind, raw),
            Json::String(text) if D::READS_STRINGS => number(kind, text),
            _ => None,
        }
        .ok_or_else(|| ConversionError::for_input(&json.text())),
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        text if text.eq_ignore_ascii_case("true") => Some(true),
        text if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// A number of a numeric type.
fn number(kind: &HiveType, text: &str) -> Option<Value<'static>> {
    let within = |lowest: i64, highest: i64| {
        value::whole(text).filter(|number| (lowest..=highest).contains(number)).map(Value::Int)
    };
    match kind {
        HiveType::TinyInt => within(i8::MIN.into(), i8::MAX.into()),
        HiveType::SmallInt => within(i16::MIN.into(), i16::MAX.into()),
        HiveType::Int => within(i32::MIN.into(), i32::MAX.into()),
        HiveType::BigInt => within(i64::MIN, i64::MAX),
        HiveType::Float => is_float(text).then(|| text.parse().ok().map(Value::Float))?,
        HiveType::Double => is_float(text).then(|| text.parse().ok().map(Value::Double))?,
        HiveType::Decimal { precision, scale } => {
            value::decimal(text, *precision, *scale).map(Value::Decimal)
        }
        _ => None,
    }
}

/// Whether Java reads a text as a floating point number: Rust's other spellings of infinity are left out.
fn is_float(text: &str) -> bool {
    match text.trim_start_matches(['+', '-']) {
        "NaN" | "Infinity" => true,
        rest => rest.starts_with(|c: char| c.is_ascii_digit() || c == '.'),
    }
}

/// `char` and `varchar` are cut to their length; `char` loses the blanks at its end, as Hive writes it.
fn fitted<'a>(kind: &HiveType, text: Cow<'a, str>) -> Cow<'a, str> {
    let (length, is_padded) = match kind {
        HiveType::Char(length) => (*length, true),
        HiveType::Varchar(length) => (*length, false),
        _ => return text,
    };
    let end = text.char_indices().nth(length as usize).map_or(text.len(), |(at, _)| at);
    let end = if is_padded { text[..end].trim_end_matches(' ').len() } else { end };
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[..end]),
        Cow::Owned(mut text) => {
            text.truncate(end);
            Cow::Owned(text)
        }
    }
}
