//! Rows straight from the text of a record, without a tree of its JSON in between: the way that most records take.
//!
//! It takes what is well and fits, and gives no verdicts: for everything else the caller goes back and reads the
//! object once more, into [`Json`](super::json::Json), where errors have their order and their words.

use super::cast::{self, Dialect};
use super::hive_type::HiveType;
use super::json::Reader;
use super::table::Column;
use super::value::Value;

/// Where the values of a row go.
pub(super) trait Row<'a> {
    /// Whether the values are looked at, and not only whether they fit.
    const IS_READ: bool;

    /// Takes the value of a column, and where it starts in the record; a later one of the same column replaces it.
    fn put(&mut self, column: usize, value: Value<'a>, start: usize);
}

/// The row is not wanted, only whether it fits.
pub(super) struct Unwanted;

impl<'a> Row<'a> for Unwanted {
    const IS_READ: bool = false;

    fn put(&mut self, _: usize, _: Value<'a>, _: usize) {}
}

impl<'a> Row<'a> for Vec<Value<'a>> {
    const IS_READ: bool = true;

    fn put(&mut self, column: usize, value: Value<'a>, _: usize) {
        self[column].set(value);
    }
}

/// Reads the object that is next into a row; `None` where it is to be read the other way. `quoted` has for each column
/// the key that it alone is read from, as it stands in a record, where that can be told.
pub(super) fn row<'a, 'r, R: Row<'a>>(
    dialect: &impl Dialect,
    columns: &[Column],
    places: impl Fn(&str) -> Option<&'r [usize]>,
    quoted: &[Option<String>],
    reader: &mut Reader<'a>,
    row: &mut R,
) -> Option<()> {
    if !reader.is_next(b'{') {
        return None;
    }
    if reader.is_next(b'}') {
        return Some(());
    }
    // Records mostly have their keys in the order of the columns.
    let mut next = 0;
    loop {
        reader.peek()?;
        let is_in_order = quoted.get(next).and_then(Option::as_ref).is_some_and(|key| reader.is_text(key));
        if is_in_order {
            if !reader.is_next(b':') {
                return None;
            }
            reader.peek()?;
            let start = reader.at();
            row.put(next, value::<R>(dialect, &columns[next].kind, reader, 1)?, start);
            next += 1;
            if !reader.is_next(b',') {
                return reader.is_next(b'}').then_some(());
            }
            continue;
        }
        let key = reader.key().ok()?;
        reader.peek()?;
        match places(&dialect.key(&key)) {
            Some(&[at]) => {
                let start = reader.at();
                row.put(at, value::<R>(dialect, &columns[at].kind, reader, 1)?, start);
                next = at + 1;
            }
            // A value that serves several columns has to be kept.
            Some(_) => return None,
            None => drop(reader.value(1).ok()?),
        }
        if !reader.is_next(b',') {
            return reader.is_next(b'}').then_some(());
        }
    }
}

/// Reads the value of a column; `None` as for [`row`].
pub(super) fn value<'a, R: Row<'a>>(
    dialect: &impl Dialect,
    kind: &HiveType,
    reader: &mut Reader<'a>,
    depth: usize,
) -> Option<Value<'a>> {
    match (kind, reader.peek()?) {
        (HiveType::String, b'"') => reader.string().ok().map(Value::Text),
        (HiveType::BigInt, b'-' | b'0'..=b'9') => match reader.short_whole() {
            Some(whole) => Some(Value::Int(whole)),
            None => cast::value(dialect, kind, reader.value(depth).ok()?).ok(),
        },
        (HiveType::Int, b'-' | b'0'..=b'9') => match reader.short_whole() {
            Some(whole) => i32::try_from(whole).ok().map(|whole| Value::Int(whole.into())),
            None => cast::value(dialect, kind, reader.value(depth).ok()?).ok(),
        },
        // Every number of JSON is one of these types: beyond their range it is infinite.
        (HiveType::Double, b'-' | b'0'..=b'9') => match (reader.number().ok()?, R::IS_READ) {
            (_, false) => Some(Value::Null),
            (raw, true) => raw.parse().ok().map(Value::Double),
        },
        (HiveType::Float, b'-' | b'0'..=b'9') => match (reader.number().ok()?, R::IS_READ) {
            (_, false) => Some(Value::Null),
            (raw, true) => raw.parse().ok().map(Value::Float),
        },
        (HiveType::Boolean, b't') if reader.is_text("true") => {
            reader.is_word_end().then_some(Value::Bool(true))
        }
        (HiveType::Boolean, b'f') if reader.is_text("false") => {
            reader.is_word_end().then_some(Value::Bool(false))
        }
        (HiveType::Array(element), b'[') => {
            reader.is_next(b'[');
            let mut items = Vec::new();
            if reader.is_next(b']') {
                return Some(Value::List(items));
            }
            loop {
                items.push(value::<R>(dialect, element, reader, depth + 1)?);
                if !reader.is_next(b',') {
                    return reader.is_next(b']').then_some(Value::List(items));
                }
            }
        }
        (HiveType::Struct(fields), b'{') => {
            reader.is_next(b'{');
            let mut values = vec![Value::Null; fields.len()];
            if reader.is_next(b'}') {
                return Some(Value::Struct(values));
            }
            loop {
                let key = reader.key().ok()?;
                let key = dialect.key(&key);
                reader.peek()?;
                match fields.iter().position(|(field, _)| dialect.is_field(&key, field)) {
                    Some(at) => values[at] = value::<R>(dialect, &fields[at].1, reader, depth + 1)?,
                    None => drop(reader.value(depth + 1).ok()?),
                }
                if !reader.is_next(b',') {
                    return reader.is_next(b'}').then_some(Value::Struct(values));
                }
            }
        }
        _ => cast::value(dialect, kind, reader.value(depth).ok()?).ok(),
    }
}
