//! `CREATE EXTERNAL TABLE` for Athena, with partition projection that fits the prefix.

use std::fmt::Write as _;

use crate::model::partition_columns::{PartitionColumn, Partitioning, Projection};

/// How the objects are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// A JSON object a line.
    Json,
    /// Apache Parquet.
    Parquet,
    /// Apache ORC.
    Orc,
}

/// What the statement is made of.
#[derive(Debug)]
pub struct TableParts<'a> {
    /// The table's name.
    pub name: &'a str,
    /// Columns, name and type.
    pub columns: &'a [(String, String)],
    /// Lines of comment above.
    pub comments: &'a [String],
    /// The folders.
    pub partitioning: &'a Partitioning,
    /// The bucket.
    pub bucket: &'a str,
    /// How objects are written.
    pub storage: Storage,
    /// The year in which ranges start.
    pub year: i16,
    /// Whether local days run ahead of those of UTC, which `NOW` means.
    pub is_ahead: bool,
}

/// The type of a partition column.
pub fn partition_type(column: &PartitionColumn) -> &'static str {
    match column.projection {
        Projection::Integer { .. } => "int",
        Projection::Date { .. } | Projection::Injected => "string",
    }
}

/// The statement.
pub fn create_table(parts: &TableParts<'_>) -> String {
    let mut out = String::new();
    for comment in parts.comments {
        // Writing into a text can't fail.
        let _ = writeln!(out, "-- {}", comment.replace('\n', " "));
    }
    let list = |columns: Vec<(&str, &str)>| -> String {
        let lines: Vec<String> =
            columns.iter().map(|(name, kind)| format!("  {} {kind}", name_of(name))).collect();
        lines.join(",\n")
    };
    let columns = parts.columns.iter().map(|(name, kind)| (name.as_str(), kind.as_str())).collect();
    let _ = writeln!(out, "CREATE EXTERNAL TABLE {} (\n{}\n)", name_of(parts.name), list(columns));
    let partitions = &parts.partitioning.columns;
    if !partitions.is_empty() {
        let columns =
            partitions.iter().map(|column| (column.name.as_str(), partition_type(column))).collect();
        let _ = writeln!(out, "PARTITIONED BY (\n{}\n)", list(columns));
    }
    out.push_str(match parts.storage {
        Storage::Json => "ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'\n",
        Storage::Parquet => "STORED AS PARQUET\n",
        Storage::Orc => "STORED AS ORC\n",
    });
    let folder = |path: &str| format!("s3://{}/{path}", parts.bucket);
    let _ = write!(out, "LOCATION {}", literal(&folder(&parts.partitioning.location)));
    if partitions.is_empty() {
        out.push_str(";\n");
        return out;
    }
    let mut properties = vec![("projection.enabled".to_owned(), "true".to_owned())];
    for column in partitions {
        properties.extend(projection(parts, column));
    }
    properties.push(("storage.location.template".to_owned(), folder(&parts.partitioning.template)));
    let lines: Vec<String> =
        properties.iter().map(|(name, value)| format!("  {} = {}", literal(name), literal(value))).collect();
    let _ = writeln!(out, "\nTBLPROPERTIES (\n{}\n);", lines.join(",\n"));
    out
}

fn projection(parts: &TableParts<'_>, column: &PartitionColumn) -> Vec<(String, String)> {
    let property = |what: &str, value: String| (format!("projection.{}.{what}", column.name), value);
    match &column.projection {
        Projection::Injected => vec![property("type", "injected".to_owned())],
        Projection::Integer { least, greatest, digits } => {
            let year = u16::try_from(parts.year).unwrap_or(1);
            let (least, greatest) = (least.unwrap_or(year), greatest.unwrap_or(year + 10));
            let mut all = vec![
                property("type", "integer".to_owned()),
                property("range", format!("{least},{greatest}")),
            ];
            if *digits > 1 {
                all.push(property("digits", digits.to_string()));
            }
            all
        }
        Projection::Date { format, unit } => {
            let start = format
                .replace("yyyy", &format!("{:04}", parts.year))
                .replace("MM", "01")
                .replace("dd", "01")
                .replace("HH", "00")
                .replace('\'', "");
            let end = if parts.is_ahead { "NOW+1DAYS" } else { "NOW" };
            vec![
                property("type", "date".to_owned()),
                property("format", format.clone()),
                property("range", format!("{start},{end}")),
                property("interval", "1".to_owned()),
                property("interval.unit", (*unit).to_owned()),
            ]
        }
    }
}

/// Names in backticks, as Hive's DDL has them.
fn name_of(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
