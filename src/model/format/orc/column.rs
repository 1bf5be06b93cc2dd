//! The columns of a stripe that grows: a tree as the types are, each node with its values and no entry for what lies
//! inside a null.

use std::borrow::Cow;

use super::runs::Bits;
use crate::model::format::hive_type::HiveType;
use crate::model::format::time::Timestamp;
use crate::model::format::value::Value;

/// Texts or byte strings, one after another.
#[derive(Debug, Default)]
pub(super) struct Texts {
    pub bytes: Vec<u8>,
    /// Where each ends.
    pub ends: Vec<usize>,
}

/// The values of a column that are not null.
#[derive(Debug)]
pub(super) enum Values {
    Bits(Bits),
    /// `tinyint`.
    Bytes(Vec<u8>),
    /// `smallint`, `int`, `bigint`; `date` in days.
    Integers(Vec<i64>),
    Floats(Vec<f32>),
    Doubles(Vec<f64>),
    /// `string`, `char`, `varchar`, `binary`.
    Texts(Texts),
    Decimals(Vec<i128>),
    Timestamps(Vec<Timestamp>),
    /// Of lists and maps.
    Lengths(Vec<i64>),
    /// A struct has nothing of its own.
    Nothing,
}

/// Where a row group begins in a column.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Begin {
    /// Entries before it, nulls among them.
    pub entries: usize,
    /// Values before it.
    pub values: usize,
}

/// A column, or a part of one.
#[derive(Debug)]
pub(super) struct Column {
    /// The number of its type, in the order that a walk meets them.
    pub id: u64,
    pub kind: HiveType,
    /// For each entry, whether it has a value.
    pub present: Bits,
    pub value_count: usize,
    pub values: Values,
    pub children: Vec<Column>,
    pub begins: Vec<Begin>,
    /// Whether each row group has a Bloom filter.
    pub has_filter: bool,
}

impl Column {
    /// A column of a type and those inside, numbered from `next` on.
    pub(super) fn new(kind: &HiveType, next: &mut u64) -> Column {
        let id = *next;
        *next += 1;
        let children = match kind {
            HiveType::Array(element) => vec![Column::new(element, next)],
            HiveType::Map(key, value) => vec![Column::new(key, next), Column::new(value, next)],
            HiveType::Struct(fields) => fields.iter().map(|(_, kind)| Column::new(kind, next)).collect(),
            _ => Vec::new(),
        };
        Column {
            id,
            kind: kind.clone(),
            present: Bits::default(),
            value_count: 0,
            values: values(kind),
            children,
            begins: Vec::new(),
            has_filter: false,
        }
    }

    /// A row group begins.
    pub(super) fn begin(&mut self) {
        self.begins.push(Begin { entries: self.present.len, values: self.value_count });
        self.children.iter_mut().for_each(Column::begin);
    }

    /// Forgets all entries.
    pub(super) fn clear(&mut self) {
        self.present = Bits::default();
        self.value_count = 0;
        self.values = values(&self.kind);
        self.begins.clear();
        self.children.iter_mut().for_each(Column::clear);
    }

    /// Adds a row to the root; roughly the bytes that it takes before compression.
    pub(super) fn push_row(&mut self, row: &[Value<'_>]) -> usize {
        self.present.push(true);
        self.value_count += 1;
        self.children.iter_mut().zip(row).map(|(column, value)| column.push(value)).sum()
    }

    fn push(&mut self, value: &Value<'_>) -> usize {
        let size = self.push_value(value);
        self.present.push(size.is_some());
        self.value_count += usize::from(size.is_some());
        size.unwrap_or(0)
    }

    /// The size of a value that was added; `None` for null.
    fn push_value(&mut self, value: &Value<'_>) -> Option<usize> {
        let size = match (&mut self.values, value) {
            (Values::Bits(bits), Value::Bool(value)) => {
                bits.push(*value);
                1
            }
            (Values::Bytes(bytes), Value::Int(value)) => {
                bytes.push(*value as u8);
                1
            }
            (Values::Integers(values), Value::Int(value)) => {
                values.push(*value);
                8
            }
            (Values::Floats(values), Value::Float(value)) => {
                values.push(*value);
                4
            }
            (Values::Doubles(values), Value::Double(value)) => {
                values.push(*value);
                8
            }
            (Values::Texts(texts), Value::Text(text)) => texts.push(padded(&self.kind, text).as_bytes()),
            (Values::Texts(texts), Value::Bytes(bytes)) => texts.push(bytes),
            (Values::Decimals(values), Value::Decimal(value)) => {
                values.push(*value);
                16
            }
            (Values::Timestamps(values), Value::Timestamp(value)) => {
                values.push(*value);
                12
            }
            (Values::Lengths(lengths), Value::List(items)) => {
                lengths.push(items.len() as i64);
                4 + items.iter().map(|item| self.children[0].push(item)).sum::<usize>()
            }
            (Values::Lengths(lengths), Value::Map(entries)) => {
                lengths.push(entries.len() as i64);
                let push = |(key, value): &(Value<'_>, Value<'_>)| {
                    self.children[0].push(key) + self.children[1].push(value)
                };
                4 + entries.iter().map(push).sum::<usize>()
            }
            (Values::Nothing, Value::Struct(values)) => {
                self.children.iter_mut().zip(values).map(|(field, value)| field.push(value)).sum()
            }
            _ => return None,
        };
        Some(size)
    }
}

fn values(kind: &HiveType) -> Values {
    match kind {
        HiveType::Boolean => Values::Bits(Bits::default()),
        HiveType::TinyInt => Values::Bytes(Vec::new()),
        HiveType::SmallInt | HiveType::Int | HiveType::BigInt | HiveType::Date => {
            Values::Integers(Vec::new())
        }
        HiveType::Float => Values::Floats(Vec::new()),
        HiveType::Double => Values::Doubles(Vec::new()),
        HiveType::Decimal { .. } => Values::Decimals(Vec::new()),
        HiveType::String | HiveType::Char(_) | HiveType::Varchar(_) | HiveType::Binary => {
            Values::Texts(Texts::default())
        }
        HiveType::Timestamp => Values::Timestamps(Vec::new()),
        HiveType::Array(_) | HiveType::Map(..) => Values::Lengths(Vec::new()),
        HiveType::Struct(_) => Values::Nothing,
    }
}

/// `char` is filled up with blanks to its length, as ORC's writer does.
fn padded<'t>(kind: &HiveType, text: &'t str) -> Cow<'t, str> {
    let HiveType::Char(length) = kind else { return text.into() };
    let missing = (*length as usize).saturating_sub(text.chars().count());
    if missing == 0 { text.into() } else { (text.to_owned() + &" ".repeat(missing)).into() }
}

impl Texts {
    fn push(&mut self, value: &[u8]) -> usize {
        self.bytes.extend_from_slice(value);
        self.ends.push(self.bytes.len());
        value.len() + 4
    }

    /// Where the values before `at` end.
    pub(super) fn start(&self, at: usize) -> usize {
        if at == 0 { 0 } else { self.ends[at - 1] }
    }

    pub(super) fn get(&self, at: usize) -> &[u8] {
        &self.bytes[self.start(at)..self.ends[at]]
    }
}
