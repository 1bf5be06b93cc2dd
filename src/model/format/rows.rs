//! From the bytes of a record to rows: one or more JSON objects, each a row (behaviour sheet, 9.1).

use std::collections::BTreeMap;

use super::ConversionError;
use super::cast::{self, Dialect};
use super::hive_json::HiveJson;
use super::json::{Json, Reader};
use super::openx_json::OpenXJson;
use super::table::Table;
use super::value::Value;

/// The configured deserialiser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deserializer {
    /// `OpenXJsonSerDe`.
    OpenX(OpenXJson),
    /// `HiveJsonSerDe`.
    Hive(HiveJson),
}

/// Reads the rows of a table from records.
#[derive(Debug)]
pub struct RowReader {
    table: Table,
    deserializer: Deserializer,
    /// The column of a compared key.
    columns: BTreeMap<String, Vec<usize>>,
}

type Result<T> = std::result::Result<T, ConversionError>;

impl RowReader {
    /// A reader of a table's rows.
    pub fn new(table: Table, deserializer: Deserializer) -> RowReader {
        let mut columns: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, column) in table.columns.iter().enumerate() {
            let key = match &deserializer {
                Deserializer::OpenX(openx) => openx.key_of(&column.name),
                Deserializer::Hive(hive) => hive.key_of(&column.name),
            };
            columns.entry(key).or_default().push(at);
        }
        RowReader { table, deserializer, columns }
    }

    /// The table.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Hands each row of a record to `take`, one value a column.
    ///
    /// # Errors
    /// The service's verdict on the record; `take` may have had rows before.
    pub fn rows(&self, record: &[u8], take: &mut dyn FnMut(Vec<Value<'_>>)) -> Result<()> {
        let text = std::str::from_utf8(record)
            .map_err(|_| ConversionError::malformed("The data cannot be decoded as UTF-8."))?;
        if text.trim().is_empty() {
            return Err(ConversionError::malformed("The record was empty or contained only whitespace."));
        }
        let mut reader = Reader::new(text);
        while let Some(json) = reader.next_value()? {
            let row = match &self.deserializer {
                Deserializer::OpenX(openx) => self.row(openx, json),
                Deserializer::Hive(hive) => self.row(hive, json),
            };
            take(row?);
        }
        Ok(())
    }

    fn row<'a>(&self, dialect: &impl Dialect, json: Json<'a>) -> Result<Vec<Value<'a>>> {
        let members = match json {
            Json::Object(members, _) => members,
            // No text of the service's is known for arrays; this one is ours.
            Json::Array(..) => {
                return Err(ConversionError::malformed(
                    "The input JSON contained an array at the top level. The top level must be an object.",
                ));
            }
            _ => {
                return Err(ConversionError::malformed(
                    "The input JSON contained a primitive at the top level. The top level must be an object or \
                     array.",
                ));
            }
        };
        let mut row = vec![Value::Null; self.table.columns.len()];
        for (name, member) in members {
            let key = dialect.key(&name);
            let found = self.columns.get(&*key).or_else(|| match &self.deserializer {
                Deserializer::Hive(_) => self.columns.get(&key.to_lowercase()),
                Deserializer::OpenX(_) => None,
            });
            let Some((&last, others)) = found.and_then(|columns| columns.split_last()) else { continue };
            for &at in others {
                row[at] = cast::value(dialect, &self.table.columns[at].kind, member.clone())?;
            }
            row[last] = cast::value(dialect, &self.table.columns[last].kind, member)?;
        }
        Ok(row)
    }
}
