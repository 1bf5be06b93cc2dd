//! What was found in a record when it was checked, noted so that it is not read again when its object is written.
//!
//! The notes of a record are a word whose bits say which columns have a value, and then a word for each of these: the
//! value itself, or where it stands in the record. Notes of many records follow each other. Records that are not
//! one plain object, and tables of very many columns, have [`AGAIN`] instead: they are read twice.

use std::borrow::Cow;

use super::direct::Row;
use super::hive_type::HiveType;
use super::table::Column;
use super::value::Value;

/// The notes of a record that has to be read again.
pub(super) const AGAIN: u64 = u64::MAX;
/// Columns up to which notes are taken: one bit is left, so that no notes are [`AGAIN`].
pub(super) const MOST_COLUMNS: usize = 63;
/// The length of a text that is not in the record as it is, and has to be read again from there.
const UNKNOWN: u32 = u32::MAX;

/// Takes the notes of one record.
pub(super) struct Noting<'n> {
    columns: &'n [Column],
    notes: &'n mut Vec<u64>,
    /// Where the notes of this record begin.
    first: usize,
    /// The address of the record, to tell where in it a text lies.
    record: usize,
    length: usize,
}

impl<'n> Noting<'n> {
    /// Begins the notes of a record; `None` where none can be taken.
    pub(super) fn begin(columns: &'n [Column], record: &str, notes: &'n mut Vec<u64>) -> Option<Noting<'n>> {
        if columns.len() > MOST_COLUMNS || record.len() >= UNKNOWN as usize {
            return None;
        }
        let first = notes.len();
        notes.push(0);
        Some(Noting { columns, notes, first, record: record.as_ptr() as usize, length: record.len() })
    }

    fn word(&self, column: usize, value: &Value<'_>, start: usize) -> u64 {
        match (&self.columns[column].kind, value) {
            (_, Value::Int(whole)) => *whole as u64,
            (_, Value::Bool(is_true)) => u64::from(*is_true),
            (_, Value::Double(number)) => number.to_bits(),
            (_, Value::Float(number)) => number.to_bits().into(),
            (HiveType::Binary, _) => place(start, UNKNOWN),
            (_, Value::Text(Cow::Borrowed(text))) => {
                let within = (text.as_ptr() as usize).wrapping_sub(self.record);
                match within.checked_add(text.len()).is_some_and(|end| end <= self.length) {
                    true => place(within, text.len() as u32),
                    false => place(start, UNKNOWN),
                }
            }
            _ => place(start, UNKNOWN),
        }
    }
}

fn place(start: usize, length: u32) -> u64 {
    start as u64 | u64::from(length) << 32
}

impl<'a> Row<'a> for Noting<'_> {
    const IS_READ: bool = true;

    fn put(&mut self, column: usize, value: Value<'a>, start: usize) {
        let bits = self.notes[self.first];
        let bit = 1 << column;
        let at = self.first + 1 + (bits & (bit - 1)).count_ones() as usize;
        match (bits & bit != 0, matches!(value, Value::Null)) {
            (false, true) => {}
            (true, true) => {
                self.notes.remove(at);
                self.notes[self.first] &= !bit;
            }
            (is_there, false) => {
                let word = self.word(column, &value, start);
                match is_there {
                    true => self.notes[at] = word,
                    false if at == self.notes.len() => self.notes.push(word),
                    false => self.notes.insert(at, word),
                }
                self.notes[self.first] |= bit;
            }
        }
        value.let_go();
    }
}

/// The notes of records, one after another.
#[derive(Debug)]
pub(super) struct Notes<'n>(&'n [u64]);

impl<'n> Notes<'n> {
    /// The notes of all records of an object; nothing where there are none.
    pub(super) fn new(notes: &'n [u64]) -> Notes<'n> {
        Notes(notes)
    }

    /// The notes of the next record; `None` where it has to be read again.
    pub(super) fn next(&mut self) -> Option<Noted<'n>> {
        let (bits, rest) = self.0.split_first()?;
        if *bits == AGAIN {
            self.0 = rest;
            return None;
        }
        let (words, rest) = rest.split_at_checked(bits.count_ones() as usize)?;
        self.0 = rest;
        Some(Noted { bits: *bits, words })
    }
}

/// The notes of one record.
#[derive(Debug)]
pub(super) struct Noted<'n> {
    bits: u64,
    words: &'n [u64],
}

impl Noted<'_> {
    /// The word of the next column; `None` where it has no value.
    pub(super) fn next(&mut self) -> Option<u64> {
        let has_value = self.bits & 1 != 0;
        self.bits >>= 1;
        if !has_value {
            return None;
        }
        let (word, rest) = self.words.split_first()?;
        self.words = rest;
        Some(*word)
    }
}

/// Where a value begins that has to be read again.
pub(super) fn start(word: u64) -> usize {
    word as u32 as usize
}

/// The text that a word tells of; `None` where it has to be read again.
pub(super) fn text(word: u64, record: &[u8]) -> Option<&[u8]> {
    match (word >> 32) as u32 {
        UNKNOWN => None,
        length => record.get(start(word)..)?.get(..length as usize),
    }
}

#[cfg(all(test, feature = "columnar"))]
mod tests {
    use proptest::prelude::*;

    use super::super::hive_json::HiveJson;
    use super::super::openx_json::OpenXJson;
    use super::super::parquet::{ParquetOptions, ToParquet};
    use super::super::rows::{Deserializer, RowReader};
    use super::super::{CatalogTable, Conversion, ddl};
    use super::*;

    const COLUMNS: &str = "a int, b array<int>, c string, d double, f float, s struct<a:date,in:array<double>>, \
                           m map<string,int>, t timestamp, v varchar(2), n decimal(5,1), h boolean, y binary, z bigint";

    fn reader(deserializer: Deserializer) -> RowReader {
        RowReader::new(ddl::parse(&format!("CREATE TABLE t ({COLUMNS})")).unwrap(), deserializer)
    }

    #[test]
    fn a_plain_record_is_read_once() {
        let reader = reader(Deserializer::OpenX(OpenXJson::default()));
        let noted = |record: &str| {
            let mut notes = Vec::new();
            reader.check(record.as_bytes(), &mut notes).unwrap();
            notes
        };
        let record = r#"{"a":-7,"c":"text","x":"other","h":true, "z" : 9 }"#;
        let text = place(record.find("text").unwrap(), 4);
        let bits = 1 << 0 | 1 << 2 | 1 << 10 | 1 << 12;
        assert_eq!(noted(record), [bits, -7_i64 as u64, text, 1, 9]);
        // Keys in another order, a key twice, and null in the end.
        let record = r#"{"z":1,"c":"text","a":null,"c":null,"a":2,"z":3}"#;
        assert_eq!(noted(record), [1 << 0 | 1 << 12, 2, 3]);
        assert_eq!(noted(r#"{"a":1}{"a":2}"#), [AGAIN]);
        assert_eq!(noted(r#"{"c":"\u0041"}"#), [1 << 2, place(5, UNKNOWN)]);
    }

    fn record() -> impl Strategy<Value = String> {
        let key = "[abcdfsmtvnhyz]|x|\\\\u0061|C";
        let leaf = "null|true|false|-?[0-9]{1,4}(\\.5)?|1e2|\"[0-9aé\\\\n]{0,3}\"|\"2026-01-0[1-9]\"| 7 |\
                    \"2026-01-0[1-9] 01:02:03\"|\"aGk=\"|\\[1, 2\\]|\\[\\]|\\{\"a\":\"2026-01-02\",\"in\":\\[1.5\\]\\}|\\{\\}";
        let member =
            (proptest::string::string_regex(key).unwrap(), proptest::string::string_regex(leaf).unwrap());
        let object = prop::collection::vec(member, 0..8).prop_map(|members| {
            let members: Vec<_> = members.iter().map(|(key, value)| format!(" \"{key}\" :{value}")).collect();
            format!("{{{} }}", members.join(","))
        });
        prop::collection::vec(object, 1..3).prop_map(|objects| objects[..objects.len().min(2)].concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn objects_are_the_same_with_notes(records in prop::collection::vec(record(), 1..12), is_hive: bool) {
            let deserializer = match is_hive {
                true => Deserializer::Hive(HiveJson::default()),
                false => Deserializer::OpenX(OpenXJson::default()),
            };
            let text = String::new;
            let (catalog_id, database_name, table_name) = (text(), text(), text());
            let (region, version_id, role_arn) = (text(), text(), text());
            let catalog = CatalogTable { catalog_id, database_name, table_name, region, version_id, role_arn };
            let conversion = ToParquet::new(reader(deserializer), ParquetOptions::default(), catalog).unwrap();
            let mut notes = Vec::new();
            let fitting: Vec<_> =
                records.iter().filter(|record| conversion.check(record.as_bytes(), &mut notes).is_ok()).collect();
            let written = |notes: &[u64]| {
                let mut file = Vec::new();
                let mut records = fitting.iter().map(|record| record.as_bytes());
                conversion.write(&mut records, notes, &mut file).unwrap();
                file
            };
            prop_assert!(notes.is_empty() == fitting.is_empty());
            prop_assert_eq!(written(&notes), written(&[]), "{:?}", fitting);
        }
    }
}
