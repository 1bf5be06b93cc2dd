//! Iceberg's types, as Glue spells them (Hive's names) and as Iceberg itself does.

use std::fmt;

use crate::model::format::hive_type::HiveType;

/// A type of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnType {
    /// `boolean`.
    Boolean,
    /// `int`: 32 bits.
    Int,
    /// `long`: 64 bits.
    Long,
    /// `float`.
    Float,
    /// `double`.
    Double,
    /// `decimal(precision, scale)`.
    Decimal(u8, u8),
    /// `date`.
    Date,
    /// `time`, of a day.
    Time,
    /// `timestamp`, without a zone.
    Timestamp,
    /// `timestamptz`, in UTC.
    TimestampTz,
    /// `string`.
    String,
    /// `uuid`.
    Uuid,
    /// `binary`, and `fixed(length)`.
    Binary,
    /// `list`.
    List(Box<ColumnType>),
    /// `map`.
    Map(Box<ColumnType>, Box<ColumnType>),
    /// `struct`.
    Struct(Vec<(String, ColumnType)>),
}

impl From<&HiveType> for ColumnType {
    fn from(kind: &HiveType) -> ColumnType {
        let boxed = |kind: &HiveType| Box::new(ColumnType::from(kind));
        match kind {
            HiveType::Boolean => ColumnType::Boolean,
            HiveType::TinyInt | HiveType::SmallInt | HiveType::Int => ColumnType::Int,
            HiveType::BigInt => ColumnType::Long,
            HiveType::Float => ColumnType::Float,
            HiveType::Double => ColumnType::Double,
            HiveType::Decimal { precision, scale } => ColumnType::Decimal(*precision, *scale),
            HiveType::String | HiveType::Char(_) | HiveType::Varchar(_) => ColumnType::String,
            HiveType::Binary => ColumnType::Binary,
            HiveType::Date => ColumnType::Date,
            HiveType::Timestamp => ColumnType::Timestamp,
            HiveType::Array(element) => ColumnType::List(boxed(element)),
            HiveType::Map(key, value) => ColumnType::Map(boxed(key), boxed(value)),
            HiveType::Struct(fields) => ColumnType::Struct(
                fields.iter().map(|(name, kind)| (name.clone(), ColumnType::from(kind))).collect(),
            ),
        }
    }
}

impl ColumnType {
    /// A primitive type in Iceberg's own spelling; `None` for other texts.
    pub fn primitive(text: &str) -> Option<ColumnType> {
        let text = text.trim().to_ascii_lowercase();
        Some(match text.as_str() {
            "boolean" => ColumnType::Boolean,
            "int" => ColumnType::Int,
            "long" => ColumnType::Long,
            "float" => ColumnType::Float,
            "double" => ColumnType::Double,
            "date" => ColumnType::Date,
            "time" => ColumnType::Time,
            "timestamp" => ColumnType::Timestamp,
            "timestamptz" => ColumnType::TimestampTz,
            "string" => ColumnType::String,
            "uuid" => ColumnType::Uuid,
            "binary" => ColumnType::Binary,
            _ if text.starts_with("fixed") => ColumnType::Binary,
            _ => {
                let inside = text.strip_prefix("decimal")?.trim().strip_prefix('(')?.strip_suffix(')')?;
                let (precision, scale) = inside.split_once(',')?;
                let (precision, scale): (u8, u8) =
                    (precision.trim().parse().ok()?, scale.trim().parse().ok()?);
                let fits = (1..=38).contains(&precision) && scale <= precision;
                fits.then_some(ColumnType::Decimal(precision, scale))?
            }
        })
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ColumnType::Boolean => out.write_str("boolean"),
            ColumnType::Int => out.write_str("int"),
            ColumnType::Long => out.write_str("long"),
            ColumnType::Float => out.write_str("float"),
            ColumnType::Double => out.write_str("double"),
            ColumnType::Decimal(precision, scale) => write!(out, "decimal({precision}, {scale})"),
            ColumnType::Date => out.write_str("date"),
            ColumnType::Time => out.write_str("time"),
            ColumnType::Timestamp => out.write_str("timestamp"),
            ColumnType::TimestampTz => out.write_str("timestamptz"),
            ColumnType::String => out.write_str("string"),
            ColumnType::Uuid => out.write_str("uuid"),
            ColumnType::Binary => out.write_str("binary"),
            ColumnType::List(_) => out.write_str("list"),
            ColumnType::Map(..) => out.write_str("map"),
            ColumnType::Struct(_) => out.write_str("struct"),
        }
    }
}
