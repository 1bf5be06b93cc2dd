//! Rows to the columns of a Parquet file: values without the nulls, and the levels that say where those were (the
//! Dremel encoding).

use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::data_type::Int96;
use parquet::errors::Result;
use parquet::schema::types::{Type, TypePtr};

use super::ConversionError;
use super::hive_type::HiveType;
use super::notes::{self, Noted};
use super::rows::RowReader;
use super::table::Column;
use super::time::Timestamp;
use super::value::Value;

/// Bytes of values of different lengths, one after another.
#[derive(Debug, Default)]
pub(super) struct Bytes {
    pub bytes: Vec<u8>,
    /// Where each value ends.
    pub ends: Vec<usize>,
}

/// The values of a leaf column.
#[derive(Debug)]
pub(super) enum Values {
    Bool(Vec<bool>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Int96(Vec<Int96>),
    Float(Vec<f32>),
    Double(Vec<f64>),
    Bytes(Bytes),
    /// Values of one length.
    Fixed(Bytes, usize),
}

/// A leaf column that grows.
#[derive(Debug)]
pub(super) struct Leaf {
    pub values: Values,
    pub definitions: Vec<i16>,
    pub repetitions: Vec<i16>,
    /// The length in bytes of what was added, roughly as a file holds it before compression.
    pub size: usize,
    deepest_definition: i16,
}

#[derive(Debug)]
enum Shape {
    Leaf(usize),
    List(Box<Field>),
    Map(Box<Field>, Box<Field>),
    Struct(Vec<Field>),
}

#[derive(Debug)]
struct Field {
    shape: Shape,
    /// The definition level of a value that is there.
    definition: i16,
    /// The repetition level of what repeats inside: of a list's elements.
    repetition: i16,
    leaves: std::ops::Range<usize>,
}

/// The columns of rows that are to be written.
#[derive(Debug)]
pub(super) struct Shredder {
    fields: Vec<Field>,
    pub leaves: Vec<Leaf>,
    rows: usize,
}

impl Shredder {
    pub(super) fn new(columns: &[Column]) -> Shredder {
        let mut leaves = Vec::new();
        let fields = columns.iter().map(|column| field(&column.kind, 1, 0, &mut leaves)).collect();
        Shredder { fields, leaves, rows: 0 }
    }

    pub(super) fn add(&mut self, row: &[Value<'_>]) {
        for (field, value) in self.fields.iter().zip(row) {
            add(field, value, 0, &mut self.leaves);
        }
        self.rows += 1;
    }

    /// Adds the row of a record that was read before, by the notes of it.
    ///
    /// # Errors
    /// Where the notes are of another record.
    pub(super) fn add_noted(
        &mut self,
        mut noted: Noted<'_>,
        record: &[u8],
        reader: &RowReader,
    ) -> std::result::Result<(), ConversionError> {
        for (column, field) in self.fields.iter().enumerate() {
            let Some(word) = noted.next() else {
                add(field, &Value::Null, 0, &mut self.leaves);
                continue;
            };
            if let Shape::Leaf(at) = &field.shape
                && self.leaves[*at].push_noted(word, record)
            {
                self.leaves[*at].level(field.definition, 0);
                continue;
            }
            let value = reader
                .again(record, column, notes::start(word))
                .ok_or_else(|| ConversionError::malformed("The record is not the one that was checked."))?;
            add(field, &value, 0, &mut self.leaves);
        }
        self.rows += 1;
        Ok(())
    }

    /// How many rows were added.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Takes the next rows into the memory of those before.
    pub(super) fn clear(&mut self) {
        self.leaves.iter_mut().for_each(Leaf::clear);
        self.rows = 0;
    }

    /// Roughly the bytes of the rows so far, before compression.
    pub(super) fn size(&self) -> usize {
        self.leaves.iter().map(|leaf| leaf.size).sum()
    }
}

/// A field whose value, where it is there, has this definition level.
fn field(kind: &HiveType, definition: i16, repetition: i16, leaves: &mut Vec<Leaf>) -> Field {
    let first = leaves.len();
    let shape = match kind {
        // The repeated group takes a level of both kinds, its optional content one more.
        HiveType::Array(element) => {
            Shape::List(Box::new(field(element, definition + 2, repetition + 1, leaves)))
        }
        HiveType::Map(key, value) => Shape::Map(
            Box::new(field(key, definition + 1, repetition + 1, leaves)),
            Box::new(field(value, definition + 2, repetition + 1, leaves)),
        ),
        HiveType::Struct(fields) => Shape::Struct(
            fields.iter().map(|(_, kind)| field(kind, definition + 1, repetition, leaves)).collect(),
        ),
        kind => {
            leaves.push(Leaf {
                values: values(kind),
                definitions: Vec::new(),
                repetitions: Vec::new(),
                size: 0,
                deepest_definition: definition,
            });
            Shape::Leaf(first)
        }
    };
    Field { shape, definition, repetition: repetition + 1, leaves: first..leaves.len() }
}

fn values(kind: &HiveType) -> Values {
    match kind {
        HiveType::Boolean => Values::Bool(Vec::new()),
        HiveType::TinyInt | HiveType::SmallInt | HiveType::Int | HiveType::Date => Values::Int32(Vec::new()),
        HiveType::BigInt => Values::Int64(Vec::new()),
        HiveType::Float => Values::Float(Vec::new()),
        HiveType::Double => Values::Double(Vec::new()),
        HiveType::Timestamp => Values::Int96(Vec::new()),
        HiveType::Decimal { precision, .. } => Values::Fixed(Bytes::default(), decimal_length(*precision)),
        _ => Values::Bytes(Bytes::default()),
    }
}

fn add(field: &Field, value: &Value<'_>, repetition: i16, leaves: &mut [Leaf]) {
    let nothing = |definition: i16, leaves: &mut [Leaf]| {
        leaves[field.leaves.clone()].iter_mut().for_each(|leaf| leaf.level(definition, repetition));
    };
    // The first of a list stands at the level of the list itself, the others at their own.
    let level = |at: usize| if at == 0 { repetition } else { field.repetition };
    match (&field.shape, value) {
        (Shape::Leaf(at), value) if leaves[*at].push(value) => {
            leaves[*at].level(field.definition, repetition);
        }
        (Shape::List(element), Value::List(items)) if !items.is_empty() => {
            for (at, item) in items.iter().enumerate() {
                add(element, item, level(at), leaves);
            }
        }
        (Shape::Map(key, content), Value::Map(entries)) if !entries.is_empty() => {
            for (at, (name, value)) in entries.iter().enumerate() {
                add(key, name, level(at), leaves);
                add(content, value, level(at), leaves);
            }
        }
        (Shape::List(_), Value::List(_)) | (Shape::Map(..), Value::Map(_)) => {
            nothing(field.definition, leaves);
        }
        (Shape::Struct(fields), Value::Struct(values)) => {
            for (field, value) in fields.iter().zip(values) {
                add(field, value, repetition, leaves);
            }
        }
        _ => nothing(field.definition - 1, leaves),
    }
}

impl Leaf {
    /// Forgets the values, and keeps their memory.
    pub(super) fn clear(&mut self) {
        match &mut self.values {
            Values::Bool(values) => values.clear(),
            Values::Int32(values) => values.clear(),
            Values::Int64(values) => values.clear(),
            Values::Int96(values) => values.clear(),
            Values::Float(values) => values.clear(),
            Values::Double(values) => values.clear(),
            Values::Bytes(bytes) | Values::Fixed(bytes, _) => {
                bytes.bytes.clear();
                bytes.ends.clear();
            }
        }
        self.definitions.clear();
        self.repetitions.clear();
        self.size = 0;
    }

    fn level(&mut self, definition: i16, repetition: i16) {
        debug_assert!(definition <= self.deepest_definition);
        self.definitions.push(definition);
        self.repetitions.push(repetition);
    }

    /// Whether the word holds or names the value itself, which was added then.
    fn push_noted(&mut self, word: u64, record: &[u8]) -> bool {
        self.size += match &mut self.values {
            Values::Bool(values) => {
                values.push(word != 0);
                1
            }
            Values::Int32(values) => {
                values.push(word as i32);
                4
            }
            Values::Int64(values) => {
                values.push(word as i64);
                8
            }
            Values::Float(values) => {
                values.push(f32::from_bits(word as u32));
                4
            }
            Values::Double(values) => {
                values.push(f64::from_bits(word));
                8
            }
            Values::Bytes(values) => match notes::text(word, record) {
                Some(text) => values.push(text) + 4,
                None => return false,
            },
            Values::Int96(_) | Values::Fixed(..) => return false,
        };
        true
    }

    /// Whether the value was one of this column's type, and added.
    fn push(&mut self, value: &Value<'_>) -> bool {
        self.size += match (&mut self.values, value) {
            (Values::Bool(values), Value::Bool(value)) => {
                values.push(*value);
                1
            }
            (Values::Int32(values), Value::Int(value)) => {
                values.push(*value as i32);
                4
            }
            (Values::Int64(values), Value::Int(value)) => {
                values.push(*value);
                8
            }
            (Values::Float(values), Value::Float(value)) => {
                values.push(*value);
                4
            }
            (Values::Double(values), Value::Double(value)) => {
                values.push(*value);
                8
            }
            (Values::Int96(values), Value::Timestamp(value)) => {
                values.push(int96(*value));
                12
            }
            (Values::Bytes(values), Value::Text(text)) => values.push(text.as_bytes()) + 4,
            (Values::Bytes(values), Value::Bytes(bytes)) => values.push(bytes) + 4,
            (Values::Fixed(values, length), Value::Decimal(number)) => {
                values.push(&number.to_be_bytes()[size_of::<i128>() - *length..])
            }
            _ => return false,
        };
        true
    }
}

impl Bytes {
    fn push(&mut self, value: &[u8]) -> usize {
        self.bytes.extend_from_slice(value);
        self.ends.push(self.bytes.len());
        value.len()
    }
}

/// Nanoseconds of the day, then the Julian day.
fn int96(timestamp: Timestamp) -> Int96 {
    const JULIAN_DAY_OF_1970: i32 = 2_440_588;
    let mut value = Int96::new();
    let julian = timestamp.day.wrapping_add(JULIAN_DAY_OF_1970);
    value.set_data(timestamp.nanos as u32, (timestamp.nanos >> 32) as u32, julian as u32);
    value
}

/// The bytes that hold every decimal of a precision in two's complement.
pub(super) fn decimal_length(precision: u8) -> usize {
    let most = 10_u128.pow(u32::from(precision)) - 1;
    let bits = u128::BITS - most.leading_zeros() + 1;
    bits.div_ceil(8) as usize
}

/// The schema of a file, named as Hive's writer names it.
pub(super) fn schema(columns: &[Column]) -> Result<TypePtr> {
    let fields = columns
        .iter()
        .map(|column| node(&column.name, &column.kind, Repetition::OPTIONAL))
        .collect::<Result<_>>()?;
    Type::group_type_builder("hive_schema").with_fields(fields).build().map(TypePtr::new)
}

fn group(
    name: &str,
    repetition: Repetition,
    logical: Option<LogicalType>,
    fields: Vec<TypePtr>,
) -> Result<TypePtr> {
    let group = Type::group_type_builder(name).with_repetition(repetition).with_logical_type(logical);
    group.with_fields(fields).build().map(TypePtr::new)
}

fn node(name: &str, kind: &HiveType, repetition: Repetition) -> Result<TypePtr> {
    let optional = Repetition::OPTIONAL;
    let integer = |bits: i8| Some(LogicalType::integer(bits, true));
    let (physical, logical) = match kind {
        HiveType::Array(element) => {
            let element = node("array_element", element, optional)?;
            let bag = group("bag", Repetition::REPEATED, None, vec![element])?;
            return group(name, repetition, Some(LogicalType::List), vec![bag]);
        }
        HiveType::Map(key, value) => {
            let entry = vec![node("key", key, Repetition::REQUIRED)?, node("value", value, optional)?];
            let entries = group("map", Repetition::REPEATED, None, entry)?;
            return group(name, repetition, Some(LogicalType::Map), vec![entries]);
        }
        HiveType::Struct(fields) => {
            let fields =
                fields.iter().map(|(name, kind)| node(name, kind, optional)).collect::<Result<_>>()?;
            return group(name, repetition, None, fields);
        }
        HiveType::Decimal { precision, scale } => {
            return Type::primitive_type_builder(name, Physical::FIXED_LEN_BYTE_ARRAY)
                .with_repetition(repetition)
                .with_length(decimal_length(*precision) as i32)
                .with_precision(i32::from(*precision))
                .with_scale(i32::from(*scale))
                .with_logical_type(Some(LogicalType::decimal(i32::from(*scale), i32::from(*precision))))
                .build()
                .map(TypePtr::new);
        }
        HiveType::Boolean => (Physical::BOOLEAN, None),
        HiveType::TinyInt => (Physical::INT32, integer(8)),
        HiveType::SmallInt => (Physical::INT32, integer(16)),
        HiveType::Int => (Physical::INT32, None),
        HiveType::BigInt => (Physical::INT64, None),
        HiveType::Float => (Physical::FLOAT, None),
        HiveType::Double => (Physical::DOUBLE, None),
        HiveType::Date => (Physical::INT32, Some(LogicalType::Date)),
        HiveType::Timestamp => (Physical::INT96, None),
        HiveType::Binary => (Physical::BYTE_ARRAY, None),
        HiveType::String | HiveType::Char(_) | HiveType::Varchar(_) => {
            (Physical::BYTE_ARRAY, Some(LogicalType::String))
        }
    };
    Type::primitive_type_builder(name, physical)
        .with_repetition(repetition)
        .with_logical_type(logical)
        .build()
        .map(TypePtr::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_take_the_fewest_bytes() {
        // As parquet-format's table of precisions by length.
        for (precision, length) in
            [(1, 1), (2, 1), (3, 2), (4, 2), (9, 4), (10, 5), (18, 8), (19, 9), (38, 16)]
        {
            assert_eq!(decimal_length(precision), length, "{precision}");
        }
    }
}
