//! Rows as lines of JSON: what a converted object holds, in a form that people write and compare.
//!
//! Members stand in the order of the table. What is null is left out, except as an item of a list and as a value of a map.
//! Dates and timestamps are texts, decimals are numbers with all digits of their scale, binary is base64; a number that JSON
//! has not (`NaN`, `Infinity`) is a text, and keys of maps always are.

use std::io::{self, Write};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};

use super::hive_type::HiveType;
use super::rows::RowReader;
use super::table::Column;
use super::time::Timestamp;
use super::value::Value;

/// Writes the rows of records that passed the check, a line each.
///
/// # Errors
/// Those of `out`; `InvalidData` for a record that does not pass the check.
pub fn write(
    reader: &RowReader,
    records: &mut dyn Iterator<Item = &[u8]>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut row = Vec::new();
    let mut line = Vec::new();
    for record in records {
        line.clear();
        reader
            .rows_in(&mut row, record, &mut |row| {
                let members = std::iter::zip(&reader.table().columns, row);
                members_of(members.map(|(Column { name, kind }, value)| (&**name, kind, value)), &mut line);
                line.push(b'\n');
            })
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.message))?;
        out.write_all(&line)?;
    }
    Ok(())
}

/// A row or a struct.
fn members_of<'a>(members: impl Iterator<Item = (&'a str, &'a HiveType, &'a Value<'a>)>, out: &mut Vec<u8>) {
    out.push(b'{');
    let mut is_first = true;
    for (name, kind, value) in members.filter(|(.., value)| **value != Value::Null) {
        comma(&mut is_first, out);
        text(name, out);
        out.push(b':');
        value_of(kind, value, out);
    }
    out.push(b'}');
}

fn value_of(kind: &HiveType, value: &Value<'_>, out: &mut Vec<u8>) {
    match (kind, value) {
        (_, Value::Null) => out.extend(b"null"),
        (_, Value::Bool(value)) => out.extend(value.to_string().bytes()),
        (HiveType::Date, Value::Int(day)) => text(&date(*day), out),
        (_, Value::Int(number)) => out.extend(number.to_string().bytes()),
        // A float of 32 bits has the digits that tell it from its neighbours of 32 bits.
        (_, Value::Float(number)) if number.is_finite() => out.extend(format!("{number:?}").bytes()),
        (_, Value::Float(number)) => infinite(f64::from(*number), out),
        (_, Value::Double(number)) if number.is_finite() => out.extend(format!("{number:?}").bytes()),
        (_, Value::Double(number)) => infinite(*number, out),
        (HiveType::Decimal { scale, .. }, Value::Decimal(number)) => {
            out.extend(decimal(*number, usize::from(*scale)).bytes());
        }
        (_, Value::Decimal(number)) => out.extend(number.to_string().bytes()),
        (_, Value::Text(value)) => text(value, out),
        (_, Value::Bytes(bytes)) => text(&BASE64.encode(bytes), out),
        (_, Value::Timestamp(moment)) => text(&timestamp(moment), out),
        (HiveType::Array(kind), Value::List(items)) => {
            out.push(b'[');
            let mut is_first = true;
            for item in items {
                comma(&mut is_first, out);
                value_of(kind, item, out);
            }
            out.push(b']');
        }
        (HiveType::Map(key_kind, kind), Value::Map(entries)) => {
            out.push(b'{');
            let mut is_first = true;
            for (key, value) in entries {
                comma(&mut is_first, out);
                let mut name = Vec::new();
                value_of(key_kind, key, &mut name);
                match name.first() {
                    Some(b'"') => out.extend(name),
                    _ => text(&String::from_utf8_lossy(&name), out),
                }
                out.push(b':');
                value_of(kind, value, out);
            }
            out.push(b'}');
        }
        (HiveType::Struct(fields), Value::Struct(values)) => {
            let members = std::iter::zip(fields, values);
            members_of(members.map(|((name, kind), value)| (&**name, kind, value)), out);
        }
        // The type says which value stands there.
        (_, Value::List(_) | Value::Map(_) | Value::Struct(_)) => out.extend(b"null"),
    }
}

fn comma(is_first: &mut bool, out: &mut Vec<u8>) {
    if !std::mem::take(is_first) {
        out.push(b',');
    }
}

fn text(text: &str, out: &mut Vec<u8>) {
    out.extend(serde_json::Value::from(text).to_string().bytes());
}

fn infinite(number: f64, out: &mut Vec<u8>) {
    text(
        match number {
            f64::INFINITY => "Infinity",
            f64::NEG_INFINITY => "-Infinity",
            _ => "NaN",
        },
        out,
    );
}

/// A number with all digits of its scale: 1250 at scale 2 is `12.50`.
fn decimal(number: i128, scale: usize) -> String {
    let sign = if number < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", number.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// `yyyy-MM-dd`; a day beyond the calendar is its number.
fn date(day: i64) -> String {
    let start = jiff::civil::Date::constant(1970, 1, 1);
    let hours = day.checked_mul(24).map(jiff::SignedDuration::from_hours);
    match hours.and_then(|hours| start.checked_add(hours).ok()) {
        Some(date) => date.to_string(),
        None => day.to_string(),
    }
}

/// `yyyy-MM-ddTHH:mm:ss`, with as much of a fraction as there is, and without a zone.
fn timestamp(moment: &Timestamp) -> String {
    let (second, nanos) = (moment.nanos / 1_000_000_000, moment.nanos % 1_000_000_000);
    let time = format!("{:02}:{:02}:{:02}", second / 3_600, second / 60 % 60, second % 60);
    let fraction = format!(".{nanos:09}");
    format!("{}T{time}{}", date(moment.day.into()), fraction.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::super::ddl;
    use super::super::rows::Deserializer;
    use super::*;

    fn lines(columns: &str, records: &[&str]) -> String {
        let table = ddl::parse(&format!("CREATE TABLE t ({columns})")).unwrap();
        let reader = RowReader::new(table, Deserializer::OpenX(Default::default()));
        let mut out = Vec::new();
        write(&reader, &mut records.iter().map(|record| record.as_bytes()), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn members_stand_in_the_order_of_the_table_and_nulls_are_left_out() {
        let shown =
            lines("b int, a string, s struct<y:int,x:int>", &[r#"{"a":"é\"","b":1}{"s":{"x":2}}"#, "{}"]);
        assert_eq!(shown, "{\"b\":1,\"a\":\"é\\\"\"}\n{\"s\":{\"x\":2}}\n{}\n");
    }

    #[test]
    fn every_type_has_a_form() {
        let columns = "m decimal(12,3), n decimal(3,0), f float, d double, e double, y binary, a date, z timestamp, \
                       w timestamp, r array<int>, p map<int,string>";
        let record = r#"{"m":"-0.0125","n":7,"f":0.1,"d":1e21,"e":"-Infinity","y":"AAH/","a":"1969-12-31",
            "z":"2026-03-01T22:59:30.120Z","w":"2026-03-01T22:59:30Z","r":[1,null],"p":{"1":"x","2":null}}"#;
        assert_eq!(
            lines(columns, &[record]),
            "{\"m\":-0.013,\"n\":7,\"f\":0.1,\"d\":1e21,\"e\":\"-Infinity\",\"y\":\"AAH/\",\"a\":\"1969-12-31\",\
             \"z\":\"2026-03-01T22:59:30.12\",\"w\":\"2026-03-01T22:59:30\",\"r\":[1,null],\
             \"p\":{\"1\":\"x\",\"2\":null}}\n"
        );
    }
}
