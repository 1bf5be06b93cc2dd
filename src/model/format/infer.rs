//! A table from samples: the narrowest types that every record fits, found in one pass.
//!
//! Records are looked at one after another; what is kept is a tree of the shapes that were seen, not the records. Its size
//! is bounded: [`MOST_NODES`], [`MOST_COLUMNS`] and [`MOST_FIELDS`]. The result is meant for the deserialiser that it
//! was made for: with it, no record that was taken into account fails conversion.
//!
//! A sample says nothing of tomorrow, so whole numbers are `bigint` and fractions `double`, whatever their size. A number is
//! never taken for a moment: 1767261480 may be a count.

mod shape;

use std::collections::{BTreeMap, BTreeSet};

use super::ConversionError;
use super::hive_type::HiveType;
use super::json::{Json, Reader};
use super::table::Column;
use shape::Shape;

/// Places of the tree that are kept.
pub const MOST_NODES: usize = 20_000;
/// Columns of a table.
pub const MOST_COLUMNS: usize = 1_000;
/// Fields of a nested object; one with more becomes a map.
pub const MOST_FIELDS: usize = 200;
/// Notes about records that can't be converted; further ones are only counted.
const MOST_REFUSED: usize = 20;
/// Characters of a column's name (Glue).
const LONGEST_NAME: usize = 255;

/// Which deserialiser the table is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// `OpenXJsonSerDe`: reads ISO timestamps, gives columns other names than keys, and writes anything into a string.
    OpenX,
    /// `HiveJsonSerDe`: reads timestamps by given patterns.
    Hive,
}

/// Something that the reader of the result ought to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The place, as keys with dots between them; `[]` are the elements of an array.
    pub path: String,
    /// What there is to know.
    pub message: String,
    /// Records that show it, from 1.
    pub records: Vec<u64>,
}

/// What was found.
#[derive(Debug, Clone)]
pub struct Inferred {
    /// The columns, in the order in which keys were first met.
    pub columns: Vec<Column>,
    /// Keys of columns that have another name: `ColumnToJsonKeyMappings`.
    pub mappings: BTreeMap<String, String>,
    /// `TimestampFormats` of `HiveJsonSerDe`.
    pub timestamp_formats: Vec<&'static str>,
    /// Conflicts, and what was left out.
    pub notes: Vec<Note>,
    /// Records looked at.
    pub records: u64,
    /// Those among them that no table can hold.
    pub refused: u64,
}

/// Looks at records one after another.
#[derive(Debug)]
pub struct Inference {
    target: Target,
    root: Shape,
    nodes: usize,
    records: u64,
    refused: u64,
    notes: Vec<Note>,
}

impl Inference {
    /// Nothing seen yet.
    pub fn new(target: Target) -> Inference {
        Inference { target, root: Shape::default(), nodes: 0, records: 0, refused: 0, notes: Vec::new() }
    }

    /// Looks at the next record. One that is no object is noted, and has no part in the result.
    ///
    /// # Errors
    /// When the samples have more different keys than a table is made of.
    pub fn take(&mut self, record: &[u8]) -> Result<(), String> {
        self.records += 1;
        let outcome = self.objects(record);
        if self.root.fields.len() > MOST_COLUMNS || self.nodes > MOST_NODES {
            return Err(format!(
                "up to record {} there are more than {MOST_COLUMNS} keys at the top, or {MOST_NODES} in all: such \
                 samples are no rows of one table",
                self.records
            ));
        }
        if let Err(error) = outcome {
            self.refused += 1;
            if self.notes.len() < MOST_REFUSED {
                let message = format!("can't be converted: {}", error.message);
                self.notes.push(Note { path: String::new(), message, records: vec![self.records] });
            }
        }
        Ok(())
    }

    fn objects(&mut self, record: &[u8]) -> Result<(), ConversionError> {
        let text =
            std::str::from_utf8(record).map_err(|_| ConversionError::malformed("the record is not UTF-8"))?;
        if text.trim().is_empty() {
            return Err(ConversionError::malformed("the record is blank"));
        }
        let mut reader = Reader::new(text);
        while let Some(json) = reader.next_value()? {
            if !matches!(json, Json::Object(..)) {
                return Err(ConversionError::malformed("it is JSON, but no object"));
            }
            self.nodes += self.root.see(&json, self.records, 0, MOST_COLUMNS);
        }
        Ok(())
    }

    /// The table of all records that were looked at.
    ///
    /// # Errors
    /// When there is no column: no record was an object with a key.
    pub fn finish(self) -> Result<Inferred, String> {
        let mut inferred = Inferred {
            columns: Vec::new(),
            mappings: BTreeMap::new(),
            timestamp_formats: Vec::new(),
            notes: self.notes,
            records: self.records,
            refused: self.refused,
        };
        if self.records == 0 {
            return Err("there is no record to look at".to_owned());
        }
        let mut formats = BTreeSet::new();
        // Keys that can be columns as they are keep their name, wherever they stand.
        let mut taken: BTreeSet<String> =
            self.root.fields.iter().map(|(key, _)| key.clone()).filter(|key| is_plain(key)).collect();
        for (key, shape) in &self.root.fields {
            let mut own = BTreeSet::new();
            let found = shape.hive_type(self.target, key, &mut inferred.notes, &mut own);
            let Some(kind) = found else { continue };
            let name = match is_plain(key) {
                true => key.clone(),
                false if self.target == Target::Hive || key.is_empty() => {
                    let message = "left out: no column can have this name".to_owned();
                    inferred.notes.push(Note { path: key.clone(), message, records: shape.records() });
                    continue;
                }
                false => {
                    let name = free_name(key, &taken);
                    taken.insert(name.clone());
                    inferred.mappings.insert(name.clone(), key.clone());
                    name
                }
            };
            formats.extend(own);
            inferred.columns.push(Column { name, kind });
        }
        if inferred.columns.is_empty() {
            return Err(format!("none of {} records is a JSON object with a key for a column", self.records));
        }
        inferred.timestamp_formats = formats.into_iter().map(|at: usize| shape::FORMATS[at].0).collect();
        Ok(inferred)
    }
}

fn is_plain(key: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    !key.is_empty() && key.len() <= LONGEST_NAME && key.chars().all(fits)
}

/// The key with `_` for what no name has, and a number where that name is taken.
fn free_name(key: &str, taken: &BTreeSet<String>) -> String {
    let plain = |c: char| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '_' };
    let name: String = key.chars().map(plain).take(LONGEST_NAME - 8).collect();
    if !taken.contains(&name) {
        return name;
    }
    (2..).map(|number: u32| format!("{name}_{number}")).find(|name| !taken.contains(name)).unwrap_or(name)
}

/// The type of a field in a struct: never without a name that types can be written with.
fn is_field_name(key: &str) -> bool {
    key.chars().all(|c| c.is_alphanumeric() || "_-.$@#".contains(c))
        && !key.is_empty()
        && key.len() <= LONGEST_NAME
}

/// Strings that a text column holds, or none where the target can't read what was seen.
fn text_for(target: Target, has_nested: bool) -> Option<HiveType> {
    (target == Target::OpenX || !has_nested).then_some(HiveType::String)
}

#[cfg(test)]
mod tests;
