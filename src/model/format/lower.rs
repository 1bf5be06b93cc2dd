//! From the resolved `DataFormatConversionConfiguration` and a table to the one [`Conversion`] that the engine runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::hive_json::{HiveJson, TimestampFormat};
use super::hive_type::HiveType;
use super::openx_json::OpenXJson;
use super::orc::{OrcCompression, OrcOptions, OrcVersion, ToOrc};
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
    let serializer = lowering.serializer(block, table);
    let parts = catalog.zip(deserializer).zip(serializer).filter(|_| lowering.problems.is_empty());
    let Some(((catalog, deserializer), serializer)) = parts else { return Err(lowering.problems) };
    let reader = RowReader::new(table.clone(), deserializer);
    let conversion: Arc<dyn Conversion> = match serializer {
        Serializer::Orc(options) => Arc::new(ToOrc::new(reader, options, catalog)),
        Serializer::Parquet(options) => match ToParquet::new(reader, options, catalog) {
            Ok(conversion) => Arc::new(conversion),
            Err(message) => return Err(vec![Problem { message, span: block.span }]),
        },
    };
    Ok(LoweredConversion { conversion, not_applied: lowering.not_applied })
}

/// The configured serialiser.
enum Serializer {
    Parquet(ParquetOptions),
    Orc(OrcOptions),
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

    fn serializer(&mut self, block: &Node, table: &Table) -> Option<Serializer> {
        let path = ["OutputFormatConfiguration", "Serializer"];
        match self.choice(block, path, ["ParquetSerDe", "OrcSerDe"])? {
            (0, serde) => self.parquet(serde).map(Serializer::Parquet),
            (_, serde) => self.orc(serde, table).map(Serializer::Orc),
        }
    }

    /// The one of the named values that is set, or the first.
    fn named<T: Copy>(&mut self, serde: &Node, property: &str, names: &[(&str, T)]) -> Option<T> {
        let text = self.optional(serde, property)?;
        let found = match &text {
            None => names.first(),
            Some(text) => names.iter().find(|(name, _)| name == text),
        };
        if found.is_none() {
            let names: Vec<String> = names.iter().map(|(name, _)| format!("`{name}`")).collect();
            let message =
                format!("`{property}` is `{}`; it is one of {}", text.unwrap_or_default(), names.join(", "));
            return self.problem(serde.get(property).unwrap_or(serde), message);
        }
        found.map(|(_, value)| *value)
    }

    /// A number from 0 to 1.
    fn share(&mut self, serde: &Node, property: &str, default: f64) -> Option<f64> {
        let Some(text) = self.optional(serde, property)? else { return Some(default) };
        match text.trim().parse::<f64>() {
            Ok(share) if (0.0..=1.0).contains(&share) => Some(share),
            _ => {
                let message = format!("`{property}` is `{text}`; it is a number from 0 to 1");
                self.problem(serde.get(property).unwrap_or(serde), message)
            }
        }
    }

    fn orc(&mut self, serde: &Node, table: &Table) -> Option<OrcOptions> {
        let default = OrcOptions::default();
        let codecs = [
            ("SNAPPY", OrcCompression::Snappy),
            ("ZLIB", OrcCompression::Zlib),
            ("NONE", OrcCompression::None),
        ];
        let versions = [("V0_12", OrcVersion::V0_12), ("V0_11", OrcVersion::V0_11)];
        Some(OrcOptions {
            compression: self.named(serde, "Compression", &codecs)?,
            stripe_size_bytes: self.number(serde, "StripeSizeBytes", default.stripe_size_bytes, 8 << 20)?,
            block_size_bytes: self.number(serde, "BlockSizeBytes", default.block_size_bytes, 64 << 20)?,
            pads_blocks: self.switch(serde, "EnablePadding", default.pads_blocks)?,
            padding_tolerance: self.share(serde, "PaddingTolerance", default.padding_tolerance)?,
            row_index_stride: self.number(serde, "RowIndexStride", default.row_index_stride, 1000)?,
            bloom_filter_columns: self.bloom_filter_columns(serde, table)?,
            bloom_filter_false_positives: self.share(
                serde,
                "BloomFilterFalsePositiveProbability",
                default.bloom_filter_false_positives,
            )?,
            dictionary_key_threshold: self.share(
                serde,
                "DictionaryKeyThreshold",
                default.dictionary_key_threshold,
            )?,
            format_version: self.named(serde, "FormatVersion", &versions)?,
        })
    }

    fn bloom_filter_columns(&mut self, serde: &Node, table: &Table) -> Option<Vec<usize>> {
        let Some(node) = serde.get("BloomFilterColumns") else { return Some(Vec::new()) };
        let Some(items) = node.as_list() else {
            return self.problem(node, "`BloomFilterColumns` is not a known list");
        };
        let mut columns = Vec::new();
        for item in items {
            let Some(name) = item.as_text() else {
                return self.problem(item, "the name of a column is not known");
            };
            let found = table.columns.iter().position(|column| column.name.eq_ignore_ascii_case(name.trim()));
            let Some(at) = found else {
                return self.problem(item, format!("the table has no column `{name}`"));
            };
            let kind = &table.columns[at].kind;
            if *kind == HiveType::Boolean || !kind.is_primitive() {
                let why = format!("a column of type `{kind}` has no Bloom filter");
                self.not_applied.push(format!("`BloomFilterColumns` for `{name}` ({why})"));
            } else {
                columns.push(at);
            }
        }
        Some(columns)
    }

    fn parquet(&mut self, serde: &Node) -> Option<ParquetOptions> {
        let codecs = [
            ("SNAPPY", ParquetCompression::Snappy),
            ("GZIP", ParquetCompression::Gzip),
            ("UNCOMPRESSED", ParquetCompression::Uncompressed),
        ];
        let compression = self.named(serde, "Compression", &codecs)?;
        let is_version_2 = self.named(serde, "WriterVersion", &[("V1", false), ("V2", true)])?;
        let default = ParquetOptions::default();
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
