//! The text of a field to the value of a column, with Redshift's verdict where it does not fit.

use super::copy::Copy;
use super::ddl::{Column, Kind};
use super::time::Moment;

/// Why a field or a line is not loaded: `err_code` and `err_reason` of `STL_LOAD_ERRORS`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The number of the guide's "Load error reference".
    pub code: u16,
    /// In words. CHOICE where the guide shows no text.
    pub text: String,
}

impl Reason {
    pub(super) fn new(code: u16, text: impl Into<String>) -> Reason {
        Reason { code, text: text.into() }
    }
}

/// A field as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its bytes; `None` for null.
    pub bytes: Option<Vec<u8>>,
    /// Whether it stood in quotes, so that an empty one is no null.
    pub is_quoted: bool,
    /// Whether the bytes are JSON, for a `SUPER` column.
    pub is_json: bool,
}

impl Field {
    /// A text.
    pub fn text(bytes: impl Into<Vec<u8>>) -> Field {
        Field { bytes: Some(bytes.into()), is_quoted: false, is_json: false }
    }

    /// Null.
    pub const NULL: Field = Field { bytes: None, is_quoted: false, is_json: false };
}

/// The value of a column, as a text that PostgreSQL reads, too; `None` for null.
///
/// # Errors
/// Why the field does not fit.
pub fn value(field: &Field, column: &Column, copy: &Copy) -> Result<Option<String>, Reason> {
    let Some(bytes) = &field.bytes else { return required(column) };
    let is_text = matches!(column.kind, Kind::Char(_) | Kind::Varchar(_));
    let text = utf8(bytes, column, copy)?;
    let mut text = text.as_str();
    if !field.is_json && text == copy.null_as {
        return required(column);
    }
    if text.is_empty() && !field.is_json {
        // An empty field is null, but for texts, where `EMPTYASNULL` asks for it.
        if !is_text || copy.empty_as_null {
            return required(column);
        }
    }
    if text.trim_matches(' ').is_empty() && !text.is_empty() && (!is_text || copy.blanks_as_null) {
        return required(column);
    }
    if copy.trims_blanks && matches!(column.kind, Kind::Varchar(_)) {
        text = text.trim_end_matches(' ');
    }
    match column.kind {
        Kind::Char(length) => fitted(text.trim_end_matches(' '), length, "Char", copy).map(Some),
        Kind::Varchar(length) => fitted(text, length, "String", copy).map(Some),
        Kind::SmallInt => whole(text, "Short", i16::MIN.into(), i16::MAX.into()).map(Some),
        Kind::Integer => whole(text, "Integer", i32::MIN.into(), i32::MAX.into()).map(Some),
        Kind::BigInt => whole(text, "Long", i64::MIN.into(), i64::MAX.into()).map(Some),
        Kind::Decimal(precision, scale) => decimal(text, precision, scale, copy.rounds_decimals).map(Some),
        Kind::Real => float(text, f64::from(f32::MAX)).map(Some),
        Kind::Double => float(text, f64::MAX).map(Some),
        Kind::Boolean => boolean(text).map(Some),
        Kind::Date => date(text, column, copy),
        Kind::Timestamp | Kind::TimestampTz => timestamp(text, column, copy),
        Kind::Time | Kind::TimeTz => time(text),
        Kind::Super => json(field, text).map(Some),
        Kind::Varbyte(length) => hexadecimal(text, length).map(Some),
        Kind::Unchecked(_) => Ok(Some(text.to_owned())),
    }
}

fn required(column: &Column) -> Result<Option<String>, Reason> {
    if column.is_required {
        return Err(Reason::new(1213, "Missing data for not-null field"));
    }
    Ok(None)
}

/// The text of a field, with `ACCEPTINVCHARS` applied: one replacement a byte.
fn utf8(bytes: &[u8], column: &Column, copy: &Copy) -> Result<String, Reason> {
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok(text.to_owned()),
        Err(error) => error,
    };
    let replacement = copy.replacement.filter(|_| matches!(column.kind, Kind::Varchar(_)));
    let Some(replacement) = replacement else {
        let length = error.error_len().unwrap_or(bytes.len() - error.valid_up_to());
        let hex: Vec<String> =
            bytes[error.valid_up_to()..][..length].iter().map(|byte| format!("{byte:02x}")).collect();
        let number = if error.error_len().is_none() { 2 } else { 3 };
        return Err(Reason::new(
            1220,
            format!(
                "String contains invalid or unsupported UTF-8 codepoints. Bad UTF-8 hex sequence: {} (error {number})",
                hex.join(" ")
            ),
        ));
    };
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| replacement));
    }
    Ok(text)
}

/// A text of at most `length` bytes.
fn fitted(text: &str, length: u32, what: &str, copy: &Copy) -> Result<String, Reason> {
    if what == "Char"
        && let Some(wide) = text.chars().find(|character| !character.is_ascii())
    {
        let hex: Vec<String> =
            wide.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("{byte:02x}")).collect();
        return Err(Reason::new(
            1220,
            format!(
                "Multibyte character not supported for CHAR (Hint: Try using VARCHAR). Invalid char: {}",
                hex.join(" ")
            ),
        ));
    }
    if text.len() <= length as usize {
        return Ok(text.to_owned());
    }
    if copy.truncates_columns {
        let mut end = length as usize;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        return Ok(text[..end].to_owned());
    }
    Err(Reason::new(1204, format!("{what} length exceeds DDL length")))
}

fn invalid_digit(text: &str, at: usize, kind: &str) -> Reason {
    let found = text[at.min(text.len())..].chars().next().map_or(String::new(), String::from);
    Reason::new(1207, format!("Invalid digit, Value '{found}', Pos {at}, Type: {kind}"))
}

fn whole(text: &str, kind: &str, least: i128, most: i128) -> Result<String, Reason> {
    let text = text.trim_matches(' ');
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let offset = text.len() - unsigned.len();
    if let Some(at) = unsigned.bytes().position(|byte| !byte.is_ascii_digit()) {
        return Err(invalid_digit(text, at + offset, kind));
    }
    if unsigned.is_empty() {
        return Err(invalid_digit(text, offset, kind));
    }
    match text.parse::<i128>().ok().filter(|number| (least..=most).contains(number)) {
        Some(number) => Ok(number.to_string()),
        None => Err(Reason::new(1204, format!("Overflow ({kind} valid range {least} to {most})"))),
    }
}

fn decimal(text: &str, precision: u8, scale: u8, rounds: bool) -> Result<String, Reason> {
    let text = text.trim_matches(' ');
    let (is_negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let offset = text.len() - unsigned.len();
    let mut points = 0;
    for (at, byte) in unsigned.bytes().enumerate() {
        points += u8::from(byte == b'.');
        if !(byte.is_ascii_digit() || (byte == b'.' && points == 1)) {
            return Err(invalid_digit(text, at + offset, "Decimal"));
        }
    }
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    if whole.is_empty() && fraction.is_empty() {
        return Err(invalid_digit(text, offset, "Decimal"));
    }
    let scale = usize::from(scale);
    let kept = format!("{fraction:0<scale$}");
    let digits = format!("{}{}", whole.trim_start_matches('0'), &kept[..scale]);
    let overflow = || Reason::new(1209, format!("Overflow for NUMERIC({precision},{scale})"));
    if digits.trim_start_matches('0').len() > usize::from(precision) {
        return Err(overflow());
    }
    let mut number: u128 = if digits.is_empty() { 0 } else { digits.parse().map_err(|_| overflow())? };
    // More digits are cut off, unless `ROUNDEC` asks for rounding.
    number += u128::from(rounds && fraction.as_bytes().get(scale).is_some_and(|digit| *digit >= b'5'));
    if number >= 10_u128.pow(u32::from(precision)) {
        return Err(overflow());
    }
    let sign = if is_negative && number != 0 { "-" } else { "" };
    let padded = format!("{number:0>width$}", width = scale + 1);
    let (whole, fraction) = padded.split_at(padded.len() - scale);
    Ok(if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}

fn float(text: &str, most: f64) -> Result<String, Reason> {
    let text = text.trim_matches(' ');
    match text.parse::<f64>() {
        Ok(number) if number.is_infinite() && text.bytes().any(|byte| byte.is_ascii_digit()) => {
            Err(Reason::new(1208, "Overflow, value out of range for a floating point column"))
        }
        Ok(number) if number.is_finite() && number.abs() > most => {
            Err(Reason::new(1208, "Overflow, value out of range for a floating point column"))
        }
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err(Reason::new(1208, format!("Invalid floating point value '{text}'"))),
    }
}

/// What Redshift reads as true and false.
fn boolean(text: &str) -> Result<String, Reason> {
    match &*text.trim_matches(' ').to_lowercase() {
        "t" | "true" | "y" | "yes" | "1" => Ok("true".to_owned()),
        "f" | "false" | "n" | "no" | "0" => Ok("false".to_owned()),
        _ => Err(Reason::new(1210, "Unknown boolean format")),
    }
}

fn date(text: &str, column: &Column, copy: &Copy) -> Result<Option<String>, Reason> {
    match copy.date_format.read(text) {
        Some(moment) => Ok(Some(moment.date_text())),
        None if copy.accepts_any_date => required(column),
        None if text.len() < 10 => Err(Reason::new(1205, "Invalid Date Format - length must be 10 or more")),
        None => Err(Reason::new(1205, "Invalid Date Format")),
    }
}

fn timestamp(text: &str, column: &Column, copy: &Copy) -> Result<Option<String>, Reason> {
    let moment = copy.time_format.read(text);
    let is_zoned = column.kind == Kind::TimestampTz;
    // A column without a zone takes the time as it is written; one with a zone counts in UTC.
    let shown = moment.and_then(|moment| if is_zoned { moment.in_utc() } else { Some(moment) });
    match shown {
        Some(moment) => {
            let zone = if is_zoned { "+00" } else { "" };
            Ok(Some(format!("{} {}{zone}", moment.date_text(), moment.time_text())))
        }
        None if copy.accepts_any_date => required(column),
        None => {
            let format = copy.time_format.name();
            Err(Reason::new(1206, format!("Invalid timestamp format or value [{format}]")))
        }
    }
}

fn time(text: &str) -> Result<Option<String>, Reason> {
    let whole = super::time::TimeFormat::Auto.read(&format!("1970-01-01 {}", text.trim_matches(' ')));
    match whole {
        Some(moment @ Moment { .. }) => Ok(Some(moment.time_text())),
        None => Err(Reason::new(1206, "Invalid time format or value")),
    }
}

fn json(field: &Field, text: &str) -> Result<String, Reason> {
    if field.is_json {
        return Ok(text.to_owned());
    }
    match serde_json::from_str::<serde::de::IgnoredAny>(text) {
        Ok(_) => Ok(text.to_owned()),
        // A text that is no JSON is a string of SUPER's.
        Err(_) => Ok(serde_json::Value::from(text).to_string()),
    }
}

fn hexadecimal(text: &str, length: u32) -> Result<String, Reason> {
    if let Some(at) = text.bytes().position(|byte| !byte.is_ascii_hexdigit()) {
        return Err(invalid_digit(text, at, "Varbyte"));
    }
    if !text.len().is_multiple_of(2) || text.len() / 2 > length as usize {
        return Err(Reason::new(1204, "Varbyte length exceeds DDL length, or is odd"));
    }
    Ok(text.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: Kind, text: &str, options: &str) -> Result<Option<String>, (u16, String)> {
        let column =
            Column { name: "c".to_owned(), kind, is_required: false, has_default: false, is_identity: false };
        value(&Field::text(text), &column, &Copy::parse(options).unwrap())
            .map_err(|reason| (reason.code, reason.text))
    }

    fn some(text: &str) -> Result<Option<String>, (u16, String)> {
        Ok(Some(text.to_owned()))
    }

    fn error(code: u16, text: &str) -> Result<Option<String>, (u16, String)> {
        Err((code, text.to_owned()))
    }

    #[test]
    fn numbers() {
        assert_eq!(read(Kind::Integer, " -42", ""), some("-42"));
        assert_eq!(
            read(Kind::Integer, "1a", ""),
            error(1207, "Invalid digit, Value 'a', Pos 1, Type: Integer")
        );
        assert_eq!(read(Kind::BigInt, "1.0", ""), error(1207, "Invalid digit, Value '.', Pos 1, Type: Long"));
        assert_eq!(
            read(Kind::SmallInt, "40000", ""),
            error(1204, "Overflow (Short valid range -32768 to 32767)")
        );
        assert_eq!(read(Kind::Integer, "", ""), Ok(None));
        assert_eq!(read(Kind::Decimal(5, 2), "-1.239", ""), some("-1.23"));
        assert_eq!(read(Kind::Decimal(5, 2), "1.239", "ROUNDEC"), some("1.24"));
        assert_eq!(read(Kind::Decimal(5, 2), "0.001", ""), some("0.00"));
        assert_eq!(read(Kind::Decimal(5, 2), "1234", ""), error(1209, "Overflow for NUMERIC(5,2)"));
        assert_eq!(read(Kind::Decimal(5, 0), "12", ""), some("12"));
        assert_eq!(read(Kind::Double, "1e3", ""), some("1e3"));
        assert_eq!(read(Kind::Real, "1e39", "").unwrap_err().0, 1208);
        assert_eq!(read(Kind::Boolean, "Yes", ""), some("true"));
        assert_eq!(read(Kind::Boolean, "perhaps", ""), error(1210, "Unknown boolean format"));
    }

    #[test]
    fn texts() {
        assert_eq!(read(Kind::Varchar(3), "abc", ""), some("abc"));
        assert_eq!(read(Kind::Varchar(3), "abcd", ""), error(1204, "String length exceeds DDL length"));
        assert_eq!(read(Kind::Varchar(3), "abé", "TRUNCATECOLUMNS"), some("ab"));
        assert_eq!(read(Kind::Char(3), "ab   ", ""), some("ab"));
        assert_eq!(read(Kind::Char(3), "é", "").unwrap_err().0, 1220);
        assert_eq!(read(Kind::Varchar(9), "  ", ""), some("  "));
        assert_eq!(read(Kind::Varchar(9), "  ", "BLANKSASNULL"), Ok(None));
        assert_eq!(read(Kind::Varchar(9), "", ""), some(""));
        assert_eq!(read(Kind::Varchar(9), "", "EMPTYASNULL"), Ok(None));
        assert_eq!(read(Kind::Varchar(9), "\\N", ""), Ok(None));
        assert_eq!(read(Kind::Varchar(9), "NULL", "NULL AS 'NULL'"), Ok(None));
        assert_eq!(read(Kind::Varchar(9), "a  ", "TRIMBLANKS"), some("a"));
    }

    #[test]
    fn bytes_that_are_no_text() {
        let column = Column {
            name: "c".to_owned(),
            kind: Kind::Varchar(9),
            is_required: true,
            has_default: false,
            is_identity: false,
        };
        let read =
            |bytes: &[u8], options: &str| value(&Field::text(bytes), &column, &Copy::parse(options).unwrap());
        assert_eq!(read(b"a\xa4b", "ACCEPTINVCHARS '^'").unwrap().as_deref(), Some("a^b"));
        let reason = read(b"a\xa4b", "").unwrap_err();
        assert_eq!(reason.code, 1220);
        assert!(reason.text.ends_with("Bad UTF-8 hex sequence: a4 (error 3)"), "{}", reason.text);
        let reason = value(&Field::NULL, &column, &Copy::default()).unwrap_err();
        assert_eq!((reason.code, &*reason.text), (1213, "Missing data for not-null field"));
    }

    #[test]
    fn dates_and_times() {
        assert_eq!(read(Kind::Date, "2026-03-01", ""), some("2026-03-01"));
        assert_eq!(
            read(Kind::Date, "3/1/26", ""),
            error(1205, "Invalid Date Format - length must be 10 or more")
        );
        assert_eq!(read(Kind::Date, "31/12/2026", "DATEFORMAT 'MM/DD/YYYY' ACCEPTANYDATE"), Ok(None));
        assert_eq!(
            read(Kind::Timestamp, "2026-03-01T00:00:00Z", ""),
            error(1206, "Invalid timestamp format or value [YYYY-MM-DD HH24:MI:SS]")
        );
        assert_eq!(
            read(Kind::Timestamp, "2026-03-01T00:00:00Z", "TIMEFORMAT 'auto'"),
            some("2026-03-01 00:00:00")
        );
        assert_eq!(
            read(Kind::TimestampTz, "2026-03-01T00:00:00+02:00", "TIMEFORMAT 'auto'"),
            some("2026-02-28 22:00:00+00")
        );
        assert_eq!(read(Kind::Time, "01:02:03", ""), some("01:02:03"));
        assert_eq!(read(Kind::Varbyte(2), "0aFF", ""), some("0aff"));
        assert_eq!(read(Kind::Super, "{\"a\":1}", ""), some("{\"a\":1}"));
        assert_eq!(read(Kind::Super, "plain", ""), some("\"plain\""));
    }
}
