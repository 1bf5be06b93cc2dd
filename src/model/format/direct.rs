//! Rows straight from the text of a record, without a tree of its JSON in between: the way that most records take.
//!
//! It takes what is well and fits, and gives no verdicts: for everything else the caller goes back and reads the
//! object once more, into [`Json`](super::json::Json), where errors have their order and their words.

use super::cast::{self, Dialect};
use super::hive_type::HiveType;
use super::json::Reader;
use super::table::Column;
use super::value::Value;

/// The row of the object that is next; `None` where it is to be read the other way. `quoted` has for each column the
/// key that it alone is read from, as it stands in a record, where that can be told.
pub(super) fn row<'a, 'r>(
    dialect: &impl Dialect,
    columns: &[Column],
    places: impl Fn(&str) -> Option<&'r [usize]>,
    quoted: &[Option<String>],
    reader: &mut Reader<'a>,
) -> Option<Vec<Value<'a>>> {
    if !reader.is_next(b'{') {
        return None;
    }
    let mut row = vec![Value::Null; columns.len()];
    if reader.is_next(b'}') {
        return Some(row);
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
            row[next] = value(dialect, &columns[next].kind, reader, 1)?;
            next += 1;
            if !reader.is_next(b',') {
                return reader.is_next(b'}').then_some(row);
            }
            continue;
        }
        let key = reader.key().ok()?;
        reader.peek()?;
        match places(&dialect.key(&key)) {
            Some(&[at]) => {
                row[at] = value(dialect, &columns[at].kind, reader, 1)?;
                next = at + 1;
            }
            // A value that serves several columns has to be kept.
            Some(_) => return None,
            None => drop(reader.value(1).ok()?),
        }
        if !reader.is_next(b',') {
            return reader.is_next(b'}').then_some(row);
        }
    }
}

fn value<'a>(
    dialect: &impl Dialect,
    kind: &HiveType,
    reader: &mut Reader<'a>,
    depth: usize,
) -> Option<Value<'a>> {
    match (kind, reader.peek()?) {
        (HiveType::String, b'"') => reader.string().ok().map(Value::Text),
        (HiveType::Array(element), b'[') => {
            reader.is_next(b'[');
            let mut items = Vec::new();
            if reader.is_next(b']') {
                return Some(Value::List(items));
            }
            loop {
                items.push(value(dialect, element, reader, depth + 1)?);
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
                    Some(at) => values[at] = value(dialect, &fields[at].1, reader, depth + 1)?,
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
