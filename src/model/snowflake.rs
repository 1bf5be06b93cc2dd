//! Snowflake: what a record's row is, by the loading option, and whether the table takes it (behaviour sheet, 10.7).

pub mod definition;

use std::{
    borrow::Cow,
    collections::BTreeMap,
    io::{self, Write},
};

use self::definition::{Definition, identifier};
use super::{
    failure::{Failure, FailureKind},
    format::json::{Json, single_value},
    json_row,
    partition_key::PartitionKey,
    processor::{lambda_response::Metadata, table_rows::TableRows},
};

/// The `error-output-type` of refused rows (behaviour sheet, 6.4).
pub const ERROR_OUTPUT_TYPE: &str = "snowflake-failed";

/// How records become rows: `DataLoadingOption` with its columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loading {
    /// `JSON_MAPPING`: members go into the columns of their names.
    Json,
    /// `VARIANT_CONTENT_MAPPING`: the record goes into this column.
    Content(String),
    /// `VARIANT_CONTENT_AND_METADATA_MAPPING`: the record goes into the first column, what Firehose knows of it into the
    /// second.
    ContentAndMetadata(String, String),
}

impl Loading {
    /// Writes a record's row. `metadata` is what Firehose knows of it, as JSON.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_row(&self, record: &[u8], metadata: &str, out: &mut dyn Write) -> io::Result<()> {
        // It was judged before it was buffered, so there is nothing to be told here.
        match self {
            Loading::Json => {
                let members = json_row::members(record).unwrap_or_default();
                let columns = columns(&members);
                json_row::write_object(columns.iter().map(|(name, value)| (&**name, value.to_json())), out)
            }
            Loading::Content(column) => json_row::write_object([(&**column, content(record))], out),
            Loading::ContentAndMetadata(column, other) => {
                json_row::write_object([(&**column, content(record)), (&**other, metadata.into())], out)
            }
        }
    }
}

/// The record as it goes into a variant: on one line.
fn content(record: &[u8]) -> Cow<'_, str> {
    single_value(record).map_or(Cow::Borrowed("null"), |value| Cow::Owned(value.to_json().into_owned()))
}

/// The columns that members go into: names without quotes are upper-cased, as Snowflake reads them (CHOICE). Of members
/// that come to the same column the last one counts (CHOICE).
fn columns<'a, 'b>(members: &'b [(Cow<'a, str>, Json<'a>)]) -> Vec<(String, &'b Json<'a>)> {
    let named: Vec<String> = members.iter().map(|(name, _)| identifier(name)).collect();
    let last: BTreeMap<&str, usize> = named.iter().enumerate().map(|(at, name)| (&**name, at)).collect();
    let is_last: Vec<bool> =
        named.iter().enumerate().map(|(at, name)| last.get(&**name) == Some(&at)).collect();
    let all = named.into_iter().zip(members).zip(is_last);
    all.filter(|(_, is_last)| *is_last).map(|((name, (_, value)), _)| (name, value)).collect()
}

/// The rows of a table.
#[derive(Clone, Debug)]
pub struct Rows {
    /// How records become rows.
    pub loading: Loading,
    /// The table's columns, where they are known.
    pub definition: Option<Definition>,
}

impl TableRows for Rows {
    fn key(&self, record: &[u8], _said: &Metadata) -> Result<PartitionKey, Failure> {
        let refused = |code, message: String| {
            let kind = FailureKind::Destination(ERROR_OUTPUT_TYPE);
            Err(Failure { kind, ..Failure::processing(code, message) })
        };
        let unreadable = |message: String| refused("Snowflake.InvalidInput", message);
        let (members, content);
        let row: Vec<(String, &Json<'_>)> = match &self.loading {
            Loading::Json => match json_row::members(record) {
                Ok(found) => {
                    members = found;
                    columns(&members)
                }
                Err(message) => return unreadable(message),
            },
            Loading::Content(column) | Loading::ContentAndMetadata(column, _) => match single_value(record) {
                // One item a record; the guide's troubleshooting page excludes arrays.
                Ok(Json::Array(..)) => {
                    return unreadable("The record is an array, not one JSON item.".to_owned());
                }
                Ok(found) => {
                    content = found;
                    let metadata = match &self.loading {
                        Loading::ContentAndMetadata(_, metadata) => Some((identifier(metadata), &METADATA)),
                        _ => None,
                    };
                    std::iter::once((identifier(column), &content)).chain(metadata).collect()
                }
                Err(message) => return unreadable(message),
            },
        };
        match self.definition.as_ref().and_then(|definition| definition.refuses(&row)) {
            Some((code, message)) => refused(code, message),
            None => Ok(PartitionKey::EMPTY),
        }
    }
}

/// Stands for what Firehose knows of a record.
static METADATA: Json<'static> = Json::Object(Vec::new(), "{}");

#[cfg(test)]
mod tests {
    use super::*;

    fn row(loading: &Loading, record: &str) -> String {
        let mut out = Vec::new();
        loading.write_row(record.as_bytes(), r#"{"IngestionTime":"now"}"#, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn members_go_into_the_columns_of_their_names_in_upper_case() {
        let record = "{\"id\": 7, \"Name\": \"\\u00fc\\n\", \"deep\": {\"a\": [1, 2]},\n\"\\\"kept\\\"\": 1.50, \"ID\": 8}";
        assert_eq!(row(&Loading::Json, record), r#"{"NAME":"ü\n","DEEP":{"a":[1,2]},"kept":1.50,"ID":8}"#);
    }

    #[test]
    fn variants_hold_the_record_and_what_is_known_of_it() {
        let record = "{\"id\": 7,\n \"b\": [1, \"x y\"]}\n";
        assert_eq!(row(&Loading::Content("C".into()), record), r#"{"C":{"id":7,"b":[1,"x y"]}}"#);
        let both = Loading::ContentAndMetadata("C".into(), "M".into());
        assert_eq!(row(&both, "7"), r#"{"C":7,"M":{"IngestionTime":"now"}}"#);
    }

    #[test]
    fn what_is_not_one_json_item_is_refused() {
        let code = |loading: &Loading, record: &str| {
            let rows = Rows { loading: loading.clone(), definition: None };
            let key = rows.key(record.as_bytes(), &Metadata::default());
            key.map_err(|failure| failure.code).map(|_| ())
        };
        let content = Loading::Content("C".into());
        for (record, as_json, as_content) in [
            ("{}", true, true),
            ("7", false, true),
            ("[{}]", false, false),
            ("{}{}", false, false),
            ("", false, false),
            ("{\"a\":}", false, false),
        ] {
            let wanted = |fits: bool| if fits { Ok(()) } else { Err("Snowflake.InvalidInput") };
            assert_eq!(code(&Loading::Json, record), wanted(as_json), "{record}");
            assert_eq!(code(&content, record), wanted(as_content), "{record}");
        }
    }
}
