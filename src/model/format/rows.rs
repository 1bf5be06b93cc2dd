//! From the bytes of a record to rows: one or more JSON objects, each a row (behaviour sheet, 9.1).

use std::collections::BTreeMap;

use super::ConversionError;
use super::cast::{self, Dialect};
use super::direct;
use super::hive_json::HiveJson;
use super::json::{Json, Reader};
#[cfg(feature = "columnar")]
use super::notes::{self, Noting};
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
    /// For each column the key in quotation marks, where it is that of no other, and compared as it is written.
    quoted: Vec<Option<String>>,
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
        let mut quoted = vec![None; table.columns.len()];
        for (key, places) in &columns {
            let compared = match &deserializer {
                Deserializer::OpenX(openx) => openx.key(key),
                Deserializer::Hive(hive) => hive.key(key),
            };
            let is_plain = key.chars().all(|c| !c.is_control() && !matches!(c, '"' | '\\'));
            if let (&[at], true) = (&places[..], is_plain && compared == *key) {
                quoted[at] = Some(format!("\"{key}\""));
            }
        }
        RowReader { table, deserializer, columns, quoted }
    }

    /// The table.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Hands each row of a record to `take`, one value a column.
    ///
    /// # Errors
    /// The service's verdict on the record; `take` may have had rows before.
    pub fn rows<'a>(&self, record: &'a [u8], take: &mut dyn FnMut(&[Value<'a>])) -> Result<()> {
        self.rows_in(&mut Vec::new(), record, take)
    }

    /// As [`RowReader::rows`], with the memory of the row before.
    ///
    /// # Errors
    /// As there.
    pub fn rows_in<'a>(
        &self,
        row: &mut Vec<Value<'a>>,
        record: &'a [u8],
        take: &mut dyn FnMut(&[Value<'a>]),
    ) -> Result<()> {
        let mut reader = Reader::new(text_of(record)?);
        while match &self.deserializer {
            Deserializer::OpenX(openx) => self.next_row(openx, &mut reader, row),
            Deserializer::Hive(hive) => self.next_row(hive, &mut reader, row),
        }? {
            take(row);
        }
        Ok(())
    }

    #[cfg(feature = "columnar")]
    /// Whether a record fits: the verdict of [`RowReader::rows`], with notes instead of the rows.
    ///
    /// # Errors
    /// As there. Then there are no notes.
    pub fn check(&self, record: &[u8], notes: &mut Vec<u64>) -> Result<()> {
        let text = text_of(record)?;
        let before = notes.len();
        if !self.note(text, notes) {
            notes.truncate(before);
            self.fits(record)?;
            notes.push(notes::AGAIN);
        }
        Ok(())
    }

    #[cfg(feature = "columnar")]
    /// Takes the notes of a record; `false` where that can't be done.
    fn note(&self, text: &str, notes: &mut Vec<u64>) -> bool {
        let mut reader = Reader::new(text);
        let Some(mut row) = Noting::begin(&self.table.columns, text, notes) else { return false };
        let is_read = match &self.deserializer {
            Deserializer::OpenX(openx) => self.read_directly(openx, &mut reader, &mut row),
            Deserializer::Hive(hive) => self.read_directly(hive, &mut reader, &mut row),
        };
        is_read && reader.peek().is_none()
    }

    #[cfg(feature = "columnar")]
    /// Reads the value of a column that starts there in a record which was read before.
    pub(super) fn again<'a>(&self, record: &'a [u8], column: usize, start: usize) -> Option<Value<'a>> {
        let mut reader = Reader::new(std::str::from_utf8(record).ok()?);
        reader.go_back(start);
        let kind = &self.table.columns[column].kind;
        match &self.deserializer {
            Deserializer::OpenX(openx) => direct::value::<Vec<Value<'a>>>(openx, kind, &mut reader, 1),
            Deserializer::Hive(hive) => direct::value::<Vec<Value<'a>>>(hive, kind, &mut reader, 1),
        }
    }

    /// As [`RowReader::check`], without notes.
    ///
    /// # Errors
    /// As there.
    pub fn fits(&self, record: &[u8]) -> Result<()> {
        let mut reader = Reader::new(text_of(record)?);
        while match &self.deserializer {
            Deserializer::OpenX(openx) => self.check_next(openx, &mut reader),
            Deserializer::Hive(hive) => self.check_next(hive, &mut reader),
        }? {}
        Ok(())
    }

    /// Reads the next object; `false` at the end.
    fn next_row<'a>(
        &self,
        dialect: &impl Dialect,
        reader: &mut Reader<'a>,
        row: &mut Vec<Value<'a>>,
    ) -> Result<bool> {
        let start = reader.at();
        row.truncate(self.table.columns.len());
        row.iter_mut().for_each(|value| value.set(Value::Null));
        row.resize_with(self.table.columns.len(), || Value::Null);
        if self.read_directly(dialect, reader, row) {
            return Ok(true);
        }
        reader.go_back(start);
        let Some(json) = reader.next_value()? else { return Ok(false) };
        *row = self.row(dialect, json)?;
        Ok(true)
    }

    fn check_next(&self, dialect: &impl Dialect, reader: &mut Reader<'_>) -> Result<bool> {
        let start = reader.at();
        if self.read_directly(dialect, reader, &mut direct::Unwanted) {
            return Ok(true);
        }
        reader.go_back(start);
        let Some(json) = reader.next_value()? else { return Ok(false) };
        self.row(dialect, json).map(|_| true)
    }

    fn read_directly<'a>(
        &self,
        dialect: &impl Dialect,
        reader: &mut Reader<'a>,
        row: &mut impl direct::Row<'a>,
    ) -> bool {
        let columns = &self.table.columns;
        direct::row(dialect, columns, |key| self.places(key), &self.quoted, reader, row).is_some()
    }

    /// The columns that are read from a compared key.
    fn places(&self, key: &str) -> Option<&[usize]> {
        let found = self.columns.get(key).or_else(|| match &self.deserializer {
            Deserializer::Hive(_) => self.columns.get(&key.to_lowercase()),
            Deserializer::OpenX(_) => None,
        });
        found.map(Vec::as_slice)
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
            let found = self.places(&key).and_then(|places| places.split_last());
            let Some((&last, others)) = found else { continue };
            for &at in others {
                row[at] = cast::value(dialect, &self.table.columns[at].kind, member.clone())?;
            }
            row[last] = cast::value(dialect, &self.table.columns[last].kind, member)?;
        }
        Ok(row)
    }
}

/// The text of a record, with something in it.
fn text_of(record: &[u8]) -> Result<&str> {
    let text = std::str::from_utf8(record)
        .map_err(|_| ConversionError::malformed("The data cannot be decoded as UTF-8."))?;
    match text.trim().is_empty() {
        true => Err(ConversionError::malformed("The record was empty or contained only whitespace.")),
        false => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::super::ddl;
    use super::*;

    type Rows = std::result::Result<Vec<String>, ConversionError>;

    fn read(reader: &RowReader, text: &str) -> Rows {
        let mut rows = Vec::new();
        reader.rows(text.as_bytes(), &mut |row| rows.push(format!("{row:?}"))).map(|()| rows)
    }

    /// The way through a tree alone.
    fn read_by_tree(reader: &RowReader, text: &str) -> Rows {
        let (mut rows, mut json) = (Vec::new(), Reader::new(text));
        while let Some(value) = json.next_value()? {
            let row = match &reader.deserializer {
                Deserializer::OpenX(openx) => reader.row(openx, value),
                Deserializer::Hive(hive) => reader.row(hive, value),
            };
            rows.push(format!("{:?}", row?));
        }
        Ok(rows)
    }

    fn json() -> impl proptest::strategy::Strategy<Value = String> {
        use proptest::prelude::*;
        let key = "[aAbcdfsS]|in|\\\\u0061";
        let leaf = proptest::string::string_regex(
            "null|true|-?[0-9]{1,4}(\\.5)?|1e2|1e999|\"[0-9a\\\\n]{0,3}\"|\"2026-01-0[1-9]\"| 7 |[x,]?",
        );
        leaf.unwrap().prop_recursive(4, 24, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4)
                    .prop_map(|items| format!("[{}]", items.join(" ,"))),
                prop::collection::vec((key, inner), 0..5).prop_map(|members| {
                    let members: Vec<_> =
                        members.iter().map(|(key, value)| format!("\"{key}\" :{value}")).collect();
                    format!("{{{} }}", members.join(", "))
                }),
            ]
        })
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(2_000))]

        #[test]
        fn both_ways_agree(objects in proptest::collection::vec(json(), 1..4), is_hive: bool) {
            let columns = "a int, b array<int>, c string, d double, f float, s struct<a:date,in:array<double>>, \
                           m map<string,int>";
            let table = ddl::parse(&format!("CREATE TABLE t ({columns})")).unwrap();
            let deserializer = match is_hive {
                true => Deserializer::Hive(HiveJson::default()),
                false => Deserializer::OpenX(OpenXJson::default()),
            };
            let reader = RowReader::new(table, deserializer);
            let text = objects.concat();
            let found = read(&reader, &text);
            if text.trim().is_empty() {
                proptest::prop_assert!(found.is_err());
            } else {
                proptest::prop_assert_eq!(&found.clone().map(drop), &reader.fits(text.as_bytes()), "{}", text);
                proptest::prop_assert_eq!(found, read_by_tree(&reader, &text), "{}", text);
            }
        }
    }
}
