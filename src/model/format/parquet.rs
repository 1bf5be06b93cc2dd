//! `ParquetSerDe`: rows to a Parquet file.
//!
//! Physical types and the names inside lists and maps are those of Hive's writer: `docs/conversion.md` has the table.
//! The file carries a constant name of its writer and no time, so that equal records give equal bytes.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DoubleType, FixedLenByteArray, FixedLenByteArrayType, FloatType,
    Int32Type, Int64Type, Int96Type,
};
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::TypePtr;

use super::rows::RowReader;
use super::shred::{self, Leaf, Shredder, Values};
use super::{CatalogTable, Conversion, ConversionError};

/// The codec of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParquetCompression {
    /// `UNCOMPRESSED`.
    Uncompressed,
    /// `GZIP`.
    Gzip,
    /// `SNAPPY`.
    Snappy,
}

/// The options of `ParquetSerDe` (behaviour sheet, 9.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParquetOptions {
    /// `Compression`.
    pub compression: ParquetCompression,
    /// `BlockSizeBytes`: a row group is closed when its values reach this many bytes before compression.
    pub block_size_bytes: usize,
    /// `PageSizeBytes`.
    pub page_size_bytes: usize,
    /// `EnableDictionaryCompression`.
    pub has_dictionary: bool,
    /// `WriterVersion: V2`: pages and encodings of version 2.
    pub is_version_2: bool,
}

impl Default for ParquetOptions {
    fn default() -> ParquetOptions {
        ParquetOptions {
            compression: ParquetCompression::Snappy,
            block_size_bytes: 256 << 20,
            page_size_bytes: 1 << 20,
            has_dictionary: false,
            is_version_2: false,
        }
    }
}

/// The conversion of JSON records to Parquet files.
#[derive(Debug)]
pub struct ToParquet {
    reader: RowReader,
    options: ParquetOptions,
    catalog: Arc<CatalogTable>,
    schema: TypePtr,
}

impl ToParquet {
    /// A conversion.
    ///
    /// # Errors
    /// What makes the table's columns no schema of Parquet's, in words.
    pub fn new(
        reader: RowReader,
        options: ParquetOptions,
        catalog: CatalogTable,
    ) -> std::result::Result<ToParquet, String> {
        let schema = shred::schema(&reader.table().columns).map_err(|error| error.to_string())?;
        Ok(ToParquet { reader, options, catalog: Arc::new(catalog), schema })
    }

    fn properties(&self) -> WriterProperties {
        let options = &self.options;
        let version = match options.is_version_2 {
            true => WriterVersion::PARQUET_2_0,
            false => WriterVersion::PARQUET_1_0,
        };
        WriterProperties::builder()
            .set_created_by("firehose-kit".to_owned())
            .set_writer_version(version)
            .set_compression(match options.compression {
                ParquetCompression::Uncompressed => Compression::UNCOMPRESSED,
                ParquetCompression::Gzip => Compression::GZIP(Default::default()),
                ParquetCompression::Snappy => Compression::SNAPPY,
            })
            .set_data_page_size_limit(options.page_size_bytes)
            .set_dictionary_page_size_limit(options.page_size_bytes)
            // Pages end by size alone, as the option says.
            .set_data_page_row_count_limit(usize::MAX)
            .set_dictionary_enabled(options.has_dictionary)
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_offset_index_disabled(true)
            .build()
    }
}

impl Conversion for ToParquet {
    fn check(&self, record: &[u8]) -> std::result::Result<(), ConversionError> {
        self.reader.check(record)
    }

    fn extension(&self) -> &'static str {
        ".parquet"
    }

    fn content_encoding(&self) -> Option<&'static str> {
        // Measured: plain Parquet, labelled so (behaviour sheet, 9.2).
        Some("hadoop-snappy")
    }

    fn write(&self, records: &mut dyn Iterator<Item = &[u8]>, out: &mut dyn Write) -> io::Result<()> {
        let columns = &self.reader.table().columns;
        let properties = Arc::new(self.properties());
        let mut file = SerializedFileWriter::new(Vec::new(), Arc::clone(&self.schema), properties)?;
        let mut group = Shredder::new(columns);
        let mut rows = 0_u64;
        let mut row = Vec::new();
        for record in records {
            let add = &mut |row: &[super::value::Value<'_>]| {
                group.add(row);
                rows += 1;
            };
            self.reader
                .rows_in(&mut row, record, add)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.message))?;
            if group.size() >= self.options.block_size_bytes {
                write_group(&mut file, std::mem::replace(&mut group, Shredder::new(columns)))?;
                rows = 0;
                drain(&mut file, out)?;
            }
        }
        if rows > 0 {
            write_group(&mut file, group)?;
        }
        file.finish()?;
        drain(&mut file, out)
    }

    fn catalog(&self) -> &Arc<CatalogTable> {
        &self.catalog
    }
}

/// Hands on what is written so far: the writer's own sink has to be sendable, which `out` need not be.
fn drain(file: &mut SerializedFileWriter<Vec<u8>>, out: &mut dyn Write) -> io::Result<()> {
    file.flush()?;
    out.write_all(&std::mem::take(file.inner_mut()))
}

fn write_group(file: &mut SerializedFileWriter<Vec<u8>>, group: Shredder) -> Result<()> {
    let mut writer = file.next_row_group()?;
    let mut leaves = group.leaves.into_iter();
    while let Some(mut column) = writer.next_column()? {
        let leaf =
            leaves.next().ok_or_else(|| ParquetError::General("more columns than values".to_owned()))?;
        write_leaf(&mut column, leaf)?;
        column.close()?;
    }
    writer.close().map(|_| ())
}

fn write_leaf(column: &mut SerializedColumnWriter<'_>, leaf: Leaf) -> Result<()> {
    let (definitions, repetitions) = (Some(&*leaf.definitions), Some(&*leaf.repetitions));
    let written = match leaf.values {
        Values::Bool(values) => column.typed::<BoolType>().write_batch(&values, definitions, repetitions),
        Values::Int32(values) => column.typed::<Int32Type>().write_batch(&values, definitions, repetitions),
        Values::Int64(values) => column.typed::<Int64Type>().write_batch(&values, definitions, repetitions),
        Values::Int96(values) => column.typed::<Int96Type>().write_batch(&values, definitions, repetitions),
        Values::Float(values) => column.typed::<FloatType>().write_batch(&values, definitions, repetitions),
        Values::Double(values) => column.typed::<DoubleType>().write_batch(&values, definitions, repetitions),
        Values::Bytes(bytes) => {
            let values = slices(bytes);
            column.typed::<ByteArrayType>().write_batch(&values, definitions, repetitions)
        }
        Values::Fixed(bytes, _) => {
            let values: Vec<FixedLenByteArray> =
                slices(bytes).into_iter().map(FixedLenByteArray::from).collect();
            column.typed::<FixedLenByteArrayType>().write_batch(&values, definitions, repetitions)
        }
    };
    written.map(|_| ())
}

/// The values, all in one piece of memory.
fn slices(bytes: shred::Bytes) -> Vec<ByteArray> {
    let whole = ByteArray::from(bytes.bytes);
    let mut start = 0;
    let slice = |end: usize| {
        let value = whole.slice(start, end - start);
        start = end;
        value
    };
    bytes.ends.into_iter().map(slice).collect()
}
