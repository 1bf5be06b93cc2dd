//! What a table or a mapping asks of records and no record can give, or none gave: their columns are null without a word
//! of the service (behaviour sheet, 9.1 and 16.21).

use super::Unmet;
use super::cast::Dialect as _;
use super::direct::Row;
use super::hive_type::HiveType;
use super::json::{Json, Reader};
use super::openx_json::OpenXJson;
use super::rows::{Deserializer, RowReader};
use super::value::Value;
use crate::model::noticed::Noticed;

/// Mappings that are followed, at most.
const MOST: usize = u64::BITS as usize;

/// Which columns a record has the keys of, by their places.
struct Met<'c>(&'c mut dyn FnMut(usize));

impl<'a> Row<'a> for Met<'_> {
    const IS_READ: bool = false;

    fn put(&mut self, column: usize, _: Value<'a>, _: usize) {
        (self.0)(column);
    }
}

impl RowReader {
    /// Looks at a record for the keys of mappings that no record had before, and whether it holds several objects.
    pub(super) fn look(&self, record: &[u8], noticed: &mut Noticed) {
        noticed.converts = true;
        let Ok(text) = std::str::from_utf8(record) else { return };
        if !noticed.has_several_objects && may_hold_several(record) {
            noticed.has_several_objects = holds_several(text);
        }
        let Deserializer::OpenX(openx) = &self.deserializer else { return };
        let columns = &self.table().columns;
        let mapped = |at: usize| openx.mappings.keys().position(|column| *column == columns[at].name);
        let all = openx.mappings.keys().enumerate().take(MOST).filter(|(_, column)| self.has(column));
        let wanted = all.fold(0, |bits, (at, _)| bits | 1_u64 << at);
        if noticed.mappings & wanted == wanted {
            return;
        }
        let mut met = |column: usize| {
            if let Some(at) = mapped(column).filter(|at| *at < MOST) {
                noticed.mappings |= 1 << at;
            }
        };
        let mut reader = Reader::new(text);
        loop {
            let start = reader.at();
            if self.read_directly(openx, &mut reader, &mut Met(&mut met)) {
                continue;
            }
            reader.go_back(start);
            // What is no JSON fails elsewhere.
            let Ok(Some(json)) = reader.next_value() else { return };
            if let Json::Object(members, _) = json {
                for (name, _) in members {
                    self.places(&openx.key(&name)).unwrap_or_default().iter().for_each(|at| met(*at));
                }
            }
        }
    }

    /// What is never met, once all records were looked at.
    pub(super) fn unmet(&self, noticed: &Noticed) -> Unmet {
        let mut unmet = Unmet::default();
        let Deserializer::OpenX(openx) = &self.deserializer else { return unmet };
        let columns = &self.table().columns;
        for (at, (column, key)) in openx.mappings.iter().enumerate() {
            if !self.has(column) {
                let nearly = columns.iter().find(|other| other.name.eq_ignore_ascii_case(column));
                unmet.not_columns.push((column.clone(), nearly.map(|nearly| nearly.name.clone())));
            } else if noticed.converts && at < MOST && noticed.mappings & (1 << at) == 0 {
                unmet.absent_keys.push((column.clone(), key.clone()));
            }
        }
        for column in columns {
            let is_mapped = openx.mappings.contains_key(&column.name);
            match !is_mapped && cannot_be_met(openx, &column.name) {
                true => unmet.capitals.push(column.name.clone()),
                false => fields(openx, &column.name, &column.kind, &mut unmet.capitals),
            }
        }
        unmet
    }

    fn has(&self, column: &str) -> bool {
        self.table().columns.iter().any(|known| known.name == column)
    }
}

/// Whether no key can come to this name: keys are made lower case, names are not.
fn cannot_be_met(openx: &OpenXJson, name: &str) -> bool {
    openx.is_case_insensitive && name.chars().any(char::is_uppercase) && openx.key(name) != name
}

/// The fields of structs in a type that can't be met.
fn fields(openx: &OpenXJson, path: &str, kind: &HiveType, found: &mut Vec<String>) {
    match kind {
        HiveType::Struct(members) => {
            for (name, kind) in members {
                let path = format!("{path}.{name}");
                match cannot_be_met(openx, name) {
                    true => found.push(path),
                    false => fields(openx, &path, kind, found),
                }
            }
        }
        HiveType::Array(inner) | HiveType::Map(_, inner) => fields(openx, path, inner, found),
        _ => {}
    }
}

/// Whether one object may follow another: a brace is opened right behind a closed one.
fn may_hold_several(record: &[u8]) -> bool {
    memchr::memchr_iter(b'}', record).any(|at| {
        let next = record[at + 1..].iter().find(|byte| !byte.is_ascii_whitespace());
        next == Some(&b'{')
    })
}

fn holds_several(text: &str) -> bool {
    let mut reader = Reader::new(text);
    let mut is_object = || matches!(reader.next_value(), Ok(Some(Json::Object(..))));
    is_object() && is_object()
}

#[cfg(test)]
mod tests {
    use super::super::ddl;
    use super::super::table::{Column, Table};
    use super::*;

    fn reader(mappings: &[(&str, &str)], is_case_insensitive: bool) -> RowReader {
        let text = "CREATE TABLE t (userid string, ts bigint, s struct<Inner:int,b:array<struct<C:int>>>)";
        let mut table: Table = ddl::parse(text).unwrap();
        table.columns.push(Column { name: "Day".to_owned(), kind: HiveType::Date });
        let mappings =
            mappings.iter().map(|(column, key)| ((*column).to_owned(), (*key).to_owned())).collect();
        let openx = OpenXJson { is_case_insensitive, converts_dots: false, mappings };
        RowReader::new(table, Deserializer::OpenX(openx))
    }

    fn looked(reader: &RowReader, records: &[&str]) -> Noticed {
        let mut noticed = Noticed::default();
        records.iter().for_each(|record| reader.look(record.as_bytes(), &mut noticed));
        noticed
    }

    /// Behaviour sheet, 9.1 and 16.21.
    #[test]
    fn mappings_without_a_column_and_keys_that_no_record_has_are_told() {
        let reader = reader(&[("TS", "at"), ("nosuch", "x"), ("ts", "timeStamp"), ("userid", "user")], true);
        let told = |records: &[&str]| reader.unmet(&looked(&reader, records));
        let nearly = Some("ts".to_owned());
        let nothing = told(&[]);
        assert_eq!(nothing.not_columns, [("TS".to_owned(), nearly), ("nosuch".to_owned(), None)]);
        assert_eq!(nothing.absent_keys, []);
        let absent = |column: &str, key: &str| (column.to_owned(), key.to_owned());
        assert_eq!(told(&[r#"{"user":"a"}"#]).absent_keys, [absent("ts", "timeStamp")]);
        assert_eq!(
            told(&[r#"{"ts":1}"#, "[]", "x"]).absent_keys,
            [absent("ts", "timeStamp"), absent("userid", "user")]
        );
        // In a second object, in other letters, as null, in a record that does not fit, behind an escape.
        for met in [
            r#"{"user":"a"}{"TIMESTAMP":1}"#,
            r#"{"user":null,"timestamp":null}"#,
            r#"{"timestamp":"no number","user":[]}"#,
            r#"{"\u0075ser":1,"timestamp":[1]}"#,
        ] {
            assert_eq!(told(&[met]).absent_keys, [], "{met}");
        }
    }

    /// Behaviour sheet, 16.21: "nested/camelCase columns may silently be null".
    #[test]
    fn names_with_capitals_are_told_where_keys_are_made_lower_case() {
        let capitals = |mappings: &[(&str, &str)], folds| {
            let reader = reader(mappings, folds);
            reader.unmet(&Noticed::default()).capitals
        };
        assert_eq!(capitals(&[], true), ["s.Inner", "s.b.C", "Day"]);
        assert_eq!(capitals(&[("Day", "Day")], true), ["s.Inner", "s.b.C"]);
        assert_eq!(capitals(&[], false), Vec::<String>::new());
    }

    #[test]
    fn records_of_several_objects_are_noticed() {
        let reader = reader(&[], true);
        let has = |record: &str| looked(&reader, &[record]).has_several_objects;
        assert!(has("{\"a\":1}{\"a\":2}") && has("{}\n {}"));
        assert!(!has(r#"{"a":"}{"}"#) && !has(r#"{"a":{"b":1}}"#) && !has("{}") && !has("[{}{}"));
    }
}
