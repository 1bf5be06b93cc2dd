//! The columns of a table, and a record's row in them.

use std::borrow::Cow;

use super::{
    column_type::ColumnType,
    value::{self, Mismatch},
};
use crate::{
    foundation::document::Node,
    model::{
        format::{json::Json, table::Table},
        json_row::Members,
    },
};

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name.
    pub name: String,
    /// The type.
    pub kind: ColumnType,
    /// Whether each row has a value for it.
    pub is_required: bool,
}

/// The columns of a table, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Definition {
    /// The columns.
    pub columns: Vec<Column>,
}

/// Why a record is no row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    /// The code.
    pub code: &'static str,
    /// The message.
    pub message: String,
}

impl Definition {
    /// The columns of a table of the Glue catalogue.
    pub fn of_glue(table: &Table) -> Definition {
        let column = |column: &crate::model::format::table::Column| Column {
            name: column.name.clone(),
            kind: ColumnType::from(&column.kind),
            is_required: table.required.contains(&column.name),
        };
        Definition { columns: table.columns.iter().map(column).collect() }
    }

    /// The columns of the resolved `Properties` of an `AWS::S3Tables::Table`; `None` where they are not all known.
    pub fn of_s3_tables(properties: &Node) -> Option<Definition> {
        let schema = properties.get("IcebergMetadata")?.get("IcebergSchema")?;
        let fields = schema.get("SchemaFieldList")?.as_list()?;
        let column = |field: &Node| {
            Some(Column {
                name: text(field, "Name")?,
                kind: ColumnType::primitive(&text(field, "Type")?)?,
                is_required: field.get("Required").and_then(Node::as_bool) == Some(true),
            })
        };
        Some(Definition { columns: fields.iter().map(column).collect::<Option<_>>()? })
    }

    /// The row of a record, or the columns of it that are wanted: names and values as JSON. Names must match exactly; keys
    /// without a column are left out.
    ///
    /// # Errors
    /// The first column that does not take its value. CHOICE: a column without a value is null, unless it is required.
    pub fn row<'a>(
        &'a self,
        members: &Members<'_>,
        is_wanted: impl Fn(&str) -> bool,
    ) -> Result<Vec<(&'a str, Cow<'static, str>)>, Unfit> {
        let mut row = Vec::new();
        for column in self.columns.iter().filter(|column| is_wanted(&column.name)) {
            let name = &*column.name;
            let found = members.iter().find(|(key, _)| **key == *name).map(|(_, value)| value);
            let value = match found {
                None | Some(Json::Null) if column.is_required => {
                    let message = format!("The record has no value for the required column `{name}`.");
                    return Err(Unfit { code: "Iceberg.MissingColumnWithinRecord", message });
                }
                None | Some(Json::Null) => Cow::Borrowed("null"),
                Some(value) => match value::of(value, &column.kind, 1) {
                    Ok(value) => Cow::Owned(value),
                    Err(found) => return Err(unfit(column, &found)),
                },
            };
            row.push((name, value));
        }
        Ok(row)
    }
}

fn text(node: &Node, name: &str) -> Option<String> {
    Some(node.get(name)?.as_text()?.into_owned())
}

fn unfit(column: &Column, mismatch: &Mismatch) -> Unfit {
    let (name, Mismatch { path, wanted, found }) = (&column.name, mismatch);
    let message = format!("The column `{name}{path}` is {wanted}, and the record has {found}.");
    Unfit { code: "ICEBERG_BAD_DATA", message }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::json_row, template::read};

    fn definition() -> Definition {
        let text = r#"{"TableInput": {"Name": "t", "StorageDescriptor": {"Columns": [
            {"Name": "id", "Type": "bigint", "Parameters": {"iceberg.field.optional": "false"}},
            {"Name": "at", "Type": "timestamp"}, {"Name": "price", "Type": "decimal(5,2)"},
            {"Name": "where", "Type": "struct<x:double,y:double>"}]}}}"#;
        let node = read::read(text).root.unwrap();
        Definition::of_glue(&Table::from_resource(&node).unwrap())
    }

    fn row(record: &str) -> Result<String, (&'static str, String)> {
        let definition = definition();
        let members = json_row::members(record.as_bytes()).unwrap();
        let row = definition.row(&members, |_| true).map_err(|unfit| (unfit.code, unfit.message))?;
        let mut out = Vec::new();
        json_row::write_object(row, &mut out).unwrap();
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn extra_keys_are_left_out_and_optional_columns_are_null() {
        let record = r#"{"id":"7","more":1,"ID":8,"at":1767225600000000,"where":{"x":1,"z":2}}"#;
        let wanted = r#"{"id":7,"at":"2026-01-01T00:00:00","price":null,"where":{"x":1,"y":null}}"#;
        assert_eq!(row(record).unwrap(), wanted);
    }

    #[test]
    fn what_does_not_fit_is_told_with_its_column() {
        let (code, message) = row(r#"{"ID":7}"#).unwrap_err();
        assert_eq!(code, "Iceberg.MissingColumnWithinRecord");
        assert!(message.contains("`id`"), "{message}");
        let (code, message) = row(r#"{"id":7,"price":"1234.5"}"#).unwrap_err();
        assert_eq!(code, "ICEBERG_BAD_DATA");
        assert_eq!(
            message,
            "The column `price` is decimal(5, 2), and the record has a string such as \"1234.5\"."
        );
        let (_, message) = row(r#"{"id":7,"where":{"x":"far"}}"#).unwrap_err();
        assert!(
            message.starts_with("The column `where.x` is double, and the record has a string"),
            "{message}"
        );
    }

    #[test]
    fn a_table_bucket_has_iceberg_s_own_types() {
        let text = r#"{"IcebergMetadata": {"IcebergSchema": {"SchemaFieldList": [
            {"Name": "id", "Type": "uuid", "Required": true}, {"Name": "at", "Type": "timestamptz"},
            {"Name": "p", "Type": "decimal(9, 2)"}]}}}"#;
        let found = Definition::of_s3_tables(&read::read(text).root.unwrap()).unwrap();
        let kinds: Vec<&ColumnType> = found.columns.iter().map(|column| &column.kind).collect();
        assert_eq!(kinds, [&ColumnType::Uuid, &ColumnType::TimestampTz, &ColumnType::Decimal(9, 2)]);
        assert!(found.columns[0].is_required && !found.columns[1].is_required);
        let other = text.replace("uuid", "geography");
        assert_eq!(Definition::of_s3_tables(&read::read(&other).root.unwrap()), None);
    }
}
