//! From the resolved `DataFormatConversionConfiguration` and a table to the one [`Conversion`] that the engine runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::hive_json::{HiveJson, TimestampFormat};
use super::openx_json::OpenXJson;
use super::parquet::{ParquetCompression, ParquetOptions, ToParquet};
use super::rows::{Deserializer, RowReader};
use super::table::Table;
use super::{CatalogTable, Conversion};
use crate::foundation::document::{Node, Value};
use crate::model::lower::Problem;

/// A conversion, and what of its settings has no effect here.
#[derive(Debug)]
pub struct LoweredConversion {
    /// The conversion.
    pub conversion: Arc<dyn Conversion>,
    /// Settings that are read and change nothing, with the reason.
    pub not_applied: Vec<String>,
}

/// Lowers the block, which is switched on. `account` and `region` stand where the block names none.
///
/// # Errors
/// Everything that stands in the way, with its place in the template.
pub fn lower(
    block: &Node,
    table: &Table,
    account: &str,
    region: &str,
) -> Result<LoweredConversion, Vec<Problem>> {
    let mut lowering = Lowering::default();
    let catalog = lowering.catalog(block, account, region);
    let deserializer = lowering.deserializer(block, table);
    let options = lowering.serializer(block);
    let parts = catalog.zip(deserializer).zip(options).filter(|_| lowering.problems.is_empty());
    let Some(((catalog, deserializer), options)) = parts else { return Err(lowering.problems) };
    let reader = RowReader::new(table.clone(), deserializer);
    match ToParquet::new(reader, options, catalog) {
        Ok(conversion) => {
            Ok(LoweredConversion { conversion: Arc::new(conversion), not_applied: lowering.not_applied })
        }
        Err(message) => Err(vec![Problem { message, span: block.span }]),
    }
}

#[derive(Default)]
struct Lowering {
    problems: Vec<Problem>,
    not_applied: Vec<String>,
}

impl Lowering {
    fn problem<T>(&mut self, node: &Node, message: impl Into<String>) -> Option<T> {
        self.problems.push(Problem { message: message.into(), span: node.span });
        None
    }

    /// The outer `None` is a problem, the inner one an absent property.
    fn optional(&mut self, block: &Node, property: &str) -> Option<Option<String>> {
        let Some(node) = block.get(property) else { return Some(None) };
        match (node.as_text(), &node.value) {
            (Some(text), _) => Some(Some(text.into_owned())),
            (None, Value::Null) => Some(None),
            _ => self.problem(node, format!("the value of `{property}` is not known")),
        }
    }

    fn number(&mut self, block: &Node, property: &str, default: usize, lowest: usize) -> Option<usize> {
        let Some(text) = self.optional(block, property)? else { return Some(default) };
        let place = block.get(property).unwrap_or(block);
        match text.trim().parse() {
            Ok(number) if number >= lowest => Some(number),
            Ok(_) => self.problem(place, format!("`{property}` is `{text}`; it is at least {lowest}")),
            Err(_) => self.problem(place, format!("`{property}` is `{text}`, which is no whole number")),
        }
    }

    fn switch(&mut self, block: &Node, property: &str, default: bool) -> Option<bool> {
        match block.get(property) {
            None => Some(default),
            Some(Node { value: Value::Null, .. }) => Some(default),
            Some(node) => match node.as_bool() {
                Some(value) => Some(value),
                None => self.problem(node, format!("`{property}` is not known to be true or false")),
            },
        }
    }

    fn catalog(&mut self, block: &Node, account: &str, region: &str) -> Option<CatalogTable> {
        let Some(schema) = block.get("SchemaConfiguration") else {
            return self.problem(block, "`SchemaConfiguration` is missing");
        };
        let mut text = |property: &str, default: Option<&str>| match self.optional(schema, property)? {
            Some(text) if !text.is_empty() => Some(text),
            _ => match default {
                Some(default) => Some(default.to_owned()),
                None => self.problem(schema, format!("`{property}` is missing")),
            },
        };
        Some(CatalogTable {
            catalog_id: text("CatalogId", Some(account))?,
            database_name: text("DatabaseName", None)?,
            table_name: text("TableName", None)?,
            region: text("Region", Some(region))?,
            version_id: text("VersionId", Some("LATEST"))?,
            role_arn: text("RoleARN", None)?,
        })
    }

    /// The one of two blocks that is given.
    fn choice<'n>(
        &mut self,
        block: &'n Node,
        path: [&str; 2],
        names: [&str; 2],
    ) -> Option<(usize, &'n Node)> {
        let Some(node) = block.get(path[0]).and_then(|part| part.get(path[1])) else {
            return self.problem(block, format!("`{}` with its `{}` is missing", path[0], path[1]));
        };
        let given = |name: &str| node.get(name).filter(|block| !matches!(block.value, Value::Null));
        match (given(names[0]), given(names[1])) {
            (Some(block), None) => Some((0, block)),
            (None, Some(block)) => Some((1, block)),
            (Some(_), Some(_)) => {
                self.problem(node, format!("`{}` and `{}` exclude each other", names[0], names[1]))
            }
            (None, None) => self.problem(node, format!("`{}` or `{}` is missing", names[0], names[1])),
        }
    }

    fn deserializer(&mut self, block: &Node, table: &Table) -> Option<Deserializer> {
        let path = ["InputFormatConfiguration", "Deserializer"];
        let (chosen, serde) = self.choice(block, path, ["OpenXJsonSerDe", "HiveJsonSerDe"])?;
        if chosen == 0 {
            return Some(Deserializer::OpenX(OpenXJson {
                is_case_insensitive: self.switch(serde, "CaseInsensitive", true)?,
                converts_dots: self.switch(serde, "ConvertDotsInJsonKeysToUnderscores", false)?,
                mappings: self.mappings(serde)?,
            }));
        }
        if let Some(column) = table.columns.iter().find(|column| column.name.contains('.')) {
            let message =
                format!("`HiveJsonSerDe` can't read the column `{}`: its name has a dot", column.name);
            return self.problem(serde, message);
        }
        let mut timestamp_formats = Vec::new();
        if let Some(node) = serde.get("TimestampFormats") {
            let Some(items) = node.as_list() else {
                return self.problem(node, "`TimestampFormats` is not a known list");
            };
            for item in items {
                match item.as_text().map(|text| TimestampFormat::parse(&text)) {
                    Some(Ok(format)) => timestamp_formats.push(format),
                    Some(Err(message)) => return self.problem(item, message),
                    None => return self.problem(item, "a timestamp format is not known"),
                }
            }
        }
        Some(Deserializer::Hive(HiveJson { timestamp_formats }))
    }

    fn mappings(&mut self, serde: &Node) -> Option<BTreeMap<String, String>> {
        let mut mappings = BTreeMap::new();
        let Some(node) = serde.get("ColumnToJsonKeyMappings") else { return Some(mappings) };
        let Some(map) = node.as_map() else {
            return self.problem(node, "`ColumnToJsonKeyMappings` is not a known mapping");
        };
        for entry in &map.entries {
            match entry.node.as_text() {
                Some(key) => mappings.insert(entry.key.to_string(), key.into_owned()),
                None => {
                    return self.problem(&entry.node, format!("the key for `{}` is not known", entry.key));
                }
            };
        }
        Some(mappings)
    }

    fn serializer(&mut self, block: &Node) -> Option<ParquetOptions> {
        let path = ["OutputFormatConfiguration", "Serializer"];
        let (chosen, serde) = self.choice(block, path, ["ParquetSerDe", "OrcSerDe"])?;
        if chosen == 1 {
            let message = "`OrcSerDe` is not simulated yet: this version writes Parquet only";
            return self.problem(serde, message);
        }
        let compression = match self.optional(serde, "Compression")?.as_deref() {
            None | Some("SNAPPY") => ParquetCompression::Snappy,
            Some("GZIP") => ParquetCompression::Gzip,
            Some("UNCOMPRESSED") => ParquetCompression::Uncompressed,
            Some(other) => {
                let place = serde.get("Compression").unwrap_or(serde);
                return self.problem(place, format!("`{other}` is no compression of Parquet's here"));
            }
        };
        let default = ParquetOptions::default();
        let is_version_2 = match self.optional(serde, "WriterVersion")?.as_deref() {
            None | Some("V1") => false,
            Some("V2") => true,
            Some(other) => {
                let place = serde.get("WriterVersion").unwrap_or(serde);
                return self.problem(place, format!("`{other}` is no version of Parquet's writer"));
            }
        };
        if self.number(serde, "MaxPaddingBytes", 0, 0)? > 0 {
            let why = "it aligns row groups to blocks of HDFS, which objects do not have";
            self.not_applied.push(format!("`MaxPaddingBytes` ({why})"));
        }
        Some(ParquetOptions {
            compression,
            block_size_bytes: self.number(serde, "BlockSizeBytes", default.block_size_bytes, 64 << 20)?,
            page_size_bytes: self.number(serde, "PageSizeBytes", default.page_size_bytes, 64 << 10)?,
            has_dictionary: self.switch(serde, "EnableDictionaryCompression", false)?,
            is_version_2,
        })
    }
}
