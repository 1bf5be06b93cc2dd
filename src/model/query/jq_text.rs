//! Values as jq 1.6 writes them, and JSON as it reads it: all numbers are doubles.

use std::fmt::Write as _;

use jaq_json::{Num, Val};

use super::budget::{as_double, whole_if_exact};
use crate::foundation::{json_skim, json_values::is_json};

/// A number as the double that jq 1.6 holds.
pub(super) fn double(number: &Num) -> f64 {
    match number {
        Num::Int(whole) => *whole as f64,
        Num::Float(double) => *double,
        Num::BigInt(_) | Num::Dec(_) => number.to_string().parse().unwrap_or(f64::NAN),
    }
}

/// A double as jq 1.6 writes it: 17 digits at the most, an exponent of two digits or more where the number is long.
/// Numbers beyond all doubles are the largest one, and what is no number is null.
pub(super) fn number(value: f64) -> String {
    if value.is_nan() {
        return "null".to_owned();
    }
    let bounded = value.clamp(f64::MIN, f64::MAX);
    if bounded == 0.0 {
        return if bounded.is_sign_negative() { "-0" } else { "0" }.to_owned();
    }
    // The fewest digits that give the same double, and the place of the point behind the first one.
    let text = format!("{:e}", bounded.abs());
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let point = exponent.parse::<i32>().unwrap_or(0) + 1;
    let count = digits.len() as i32;
    let mut out = if bounded < 0.0 { "-".to_owned() } else { String::new() };
    if point <= -4 || point > count + 15 {
        out.push_str(&digits[..1]);
        if count > 1 {
            out.push('.');
            out.push_str(&digits[1..]);
        }
        let exponent = point - 1;
        let _ = write!(out, "e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs());
    } else if point <= 0 {
        out.push_str("0.");
        (point..0).for_each(|_| out.push('0'));
        out.push_str(&digits);
    } else if point >= count {
        out.push_str(&digits);
        (count..point).for_each(|_| out.push('0'));
    } else {
        let (whole, fraction) = digits.split_at(point as usize);
        let _ = write!(out, "{whole}.{fraction}");
    }
    out
}

/// `tonumber` of a text: a number with blanks around it, where zeros may come first, and digits be missing on one side of
/// the point.
pub(super) fn to_number(text: &str) -> Option<Num> {
    let text = text.trim_matches([' ', '\t', '\n', '\r']);
    let is_numeric = |byte: u8| byte.is_ascii_digit() || b".eE+-".contains(&byte);
    match whole_if_exact(Val::from(text.bytes().all(is_numeric).then_some(text)?.parse::<f64>().ok()?)) {
        Val::Num(number) => Some(number),
        _ => None,
    }
}

/// `tostring`: a text as it is, anything else as JSON.
pub(super) fn text(value: &Val) -> String {
    match value {
        Val::TStr(text) | Val::BStr(text) => String::from_utf8_lossy(text).into_owned(),
        other => json(other),
    }
}

/// `tojson`.
pub(super) fn json(value: &Val) -> String {
    let mut out = String::new();
    write_json(value, &mut out);
    out
}

fn write_json(value: &Val, out: &mut String) {
    match value {
        Val::Null => out.push_str("null"),
        Val::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Val::Num(value) => write_number(value, out),
        Val::TStr(text) | Val::BStr(text) => write_text(&String::from_utf8_lossy(text), out),
        Val::Arr(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { "," });
                write_json(item, out);
            }
            out.push(']');
        }
        Val::Obj(members) => {
            out.push('{');
            for (at, (key, member)) in members.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { "," });
                write_text(&text(key), out);
                out.push(':');
                write_json(member, out);
            }
            out.push('}');
        }
    }
}

/// Writes a number, as [`json`] does.
pub(super) fn write_number(value: &Num, out: &mut String) {
    match value {
        Num::Int(whole) if whole.unsigned_abs() < 10_u64.pow(15) as usize => {
            let _ = write!(out, "{whole}");
        }
        value => out.push_str(&number(double(value))),
    }
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c < ' ' || c == '\u{7f}' => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Reads one JSON value, nested to 512 levels.
pub(super) fn parse(bytes: &[u8]) -> Result<Val, String> {
    // The engine's reader recurses, and takes more than JSON.
    if !is_json(bytes) {
        return Err("not a JSON value, or nested deeper than 512 levels".to_owned());
    }
    parse_json(bytes)
}

/// Reads what is known to be one JSON value.
pub(super) fn parse_json(bytes: &[u8]) -> Result<Val, String> {
    let value = jaq_json::read::parse_single(bytes).map_err(|error| error.to_string())?;
    Ok(doubles(value))
}

/// The texts of some members of one JSON object, each the last one of its name; `None` for anything else.
pub(super) fn members<'j>(bytes: &'j [u8], wanted: &[Box<str>]) -> Option<Vec<Option<&'j str>>> {
    let mut found = vec![None; wanted.len()];
    let text = std::str::from_utf8(bytes).ok()?;
    json_skim::find(text, wanted.iter().map(|name| &**name), &mut found)?;
    Some(found)
}

/// An object of members that [`members`] found.
pub(super) fn object(wanted: &[Box<str>], found: &[Option<&str>]) -> Result<Val, String> {
    let mut object = jaq_json::Map::default();
    for (name, text) in wanted.iter().zip(found) {
        if let Some(text) = text {
            object.insert(Val::utf8_str(name.to_string()), parse_json(text.as_bytes())?);
        }
    }
    Ok(Val::obj(object))
}

/// All numbers of a value as doubles.
fn doubles(value: Val) -> Val {
    match value {
        Val::Arr(mut items) => {
            if let Some(items) = std::sync::Arc::get_mut(&mut items) {
                items.iter_mut().for_each(|item| *item = doubles(std::mem::take(item)));
            }
            Val::Arr(items)
        }
        Val::Obj(mut members) => {
            if let Some(members) = std::sync::Arc::get_mut(&mut members) {
                members.values_mut().for_each(|member| *member = doubles(std::mem::take(member)));
            }
            Val::Obj(members)
        }
        other => as_double(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `jq -c '[.[]|tostring]'` of version 1.6 prints.
    #[test]
    fn numbers_are_written_as_jq_1_6_writes_them() {
        for (text, wanted) in [
            ("1.0", "1"),
            ("1e17", "1e+17"),
            ("1e16", "1e+16"),
            ("1e15", "1000000000000000"),
            ("123456789012345678", "123456789012345680"),
            ("0.1", "0.1"),
            ("1e-5", "1e-05"),
            ("0.0001", "0.0001"),
            ("1e-7", "1e-07"),
            ("3.0e2", "300"),
            ("1e1000", "1.7976931348623157e+308"),
            ("-0.0", "-0"),
            ("100000000000000000000", "1e+20"),
            ("9007199254740993", "9007199254740992"),
            ("0.30000000000000004", "0.30000000000000004"),
            ("-12.5", "-12.5"),
            ("1.5e300", "1.5e+300"),
        ] {
            assert_eq!(json(&parse(text.as_bytes()).unwrap()), wanted, "{text}");
        }
    }
}
