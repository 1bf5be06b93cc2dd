//! `ParquetSerDe`: rows to a Parquet file.
//!
//! Physical types and the names inside lists and maps are those of Hive's writer: `docs/conversion.md` has the table.
//! The file carries a constant name of its writer and no time, so that equal records give equal bytes.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::column::writer::{ColumnWriter, get_column_writer};
use parquet::data_type::{ByteArray, FixedLenByteArray};
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::file::writer::{SerializedFileWriter, SerializedPageWriter, TrackedWrite};
use parquet::schema::types::TypePtr;

use super::notes::Notes;
use super::rows::RowReader;
use super::shred::{self, Leaf, Shredder, Values};
use super::{CatalogTable, Conversion, ConversionError, json_lines};
use crate::foundation::spare_memory::SpareMemory;

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

/// Rows that are taken apart before their values go to the writers of the columns.
const ROWS_AT_ONCE: usize = 1024;
/// Bytes of values after which fewer rows are.
const BYTES_AT_ONCE: usize = 1 << 20;

/// The conversion of JSON records to Parquet files.
#[derive(Debug)]
pub struct ToParquet {
    reader: RowReader,
    options: ParquetOptions,
    catalog: Arc<CatalogTable>,
    schema: TypePtr,
    /// For each column of a file the memory that its pages lay in.
    spare: Vec<SpareMemory<u8>>,
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
        let leaves = Shredder::new(&reader.table().columns).leaves;
        let spare = leaves.iter().map(|_| SpareMemory::default()).collect();
        Ok(ToParquet { spare, reader, options, catalog: Arc::new(catalog), schema })
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

    /// Writes as many records as one row group takes. Values go to the writers of their columns every so many rows, so
    /// that the memory for them is small and is used again.
    fn write_group(
        &self,
        records: &mut dyn Iterator<Item = &[u8]>,
        notes: &mut Notes<'_>,
        file: &mut SerializedFileWriter<impl Write + Send>,
    ) -> io::Result<()> {
        let (leaves, properties) = (file.schema_descr().columns().to_vec(), Arc::clone(file.properties()));
        let mut chunks: Vec<_> = self.spare.iter().map(|spare| TrackedWrite::new(spare.take())).collect();
        let mut columns: Vec<_> = std::iter::zip(leaves, &mut chunks)
            .map(|(leaf, chunk)| {
                get_column_writer(leaf, Arc::clone(&properties), Box::new(SerializedPageWriter::new(chunk)))
            })
            .collect();
        let mut shredder = Shredder::new(&self.reader.table().columns);
        let mut row = Vec::new();
        let mut written = 0;
        for record in records {
            match notes.next() {
                Some(noted) => shredder.add_noted(noted, record, &self.reader),
                None => self.reader.rows_in(&mut row, record, &mut |row| shredder.add(row)),
            }
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.message))?;
            let size = shredder.size();
            let is_full = written + size >= self.options.block_size_bytes;
            if is_full || shredder.rows() >= ROWS_AT_ONCE || size >= BYTES_AT_ONCE {
                written += size;
                hand_over(&mut shredder, &mut columns).map_err(of_writer)?;
            }
            if is_full {
                break;
            }
        }
        hand_over(&mut shredder, &mut columns).map_err(of_writer)?;
        let closed =
            columns.into_iter().map(ColumnWriter::close).collect::<Result<Vec<_>>>().map_err(of_writer)?;
        if closed.first().is_none_or(|column| column.rows_written == 0) {
            return Ok(());
        }
        let mut group = file.next_row_group().map_err(of_writer)?;
        for ((chunk, column), spare) in chunks.into_iter().zip(closed).zip(&self.spare) {
            let chunk = bytes::Bytes::from(chunk.into_inner().map_err(of_writer)?);
            group.append_column(&chunk, column).map_err(of_writer)?;
            spare.give(chunk.into());
        }
        group.close().map(drop).map_err(of_writer)
    }
}

impl Conversion for ToParquet {
    fn check(&self, record: &[u8], notes: &mut Vec<u64>) -> std::result::Result<(), ConversionError> {
        self.reader.check(record, notes)
    }

    fn extension(&self) -> &'static str {
        ".parquet"
    }

    fn content_encoding(&self) -> Option<&'static str> {
        // Measured: plain Parquet, labelled so (behaviour sheet, 9.2).
        Some("hadoop-snappy")
    }

    fn write(
        &self,
        records: &mut dyn Iterator<Item = &[u8]>,
        notes: &[u64],
        out: &mut (dyn Write + Send),
    ) -> io::Result<()> {
        let properties = Arc::new(self.properties());
        let mut file =
            SerializedFileWriter::new(out, Arc::clone(&self.schema), properties).map_err(of_writer)?;
        let (mut records, mut notes) = (records.peekable(), Notes::new(notes));
        while records.peek().is_some() {
            self.write_group(&mut records, &mut notes, &mut file)?;
        }
        file.finish().map(drop).map_err(of_writer)
    }

    fn write_rows(&self, records: &mut dyn Iterator<Item = &[u8]>, out: &mut dyn Write) -> io::Result<()> {
        json_lines::write(&self.reader, records, out)
    }

    fn catalog(&self) -> &Arc<CatalogTable> {
        &self.catalog
    }
}

/// The error of `out`, where it is that.
fn of_writer(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(error) => match error.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(error) => io::Error::other(error),
        },
        error => io::Error::other(error),
    }
}

/// Hands values to the writers of their columns.
fn hand_over(shredder: &mut Shredder, columns: &mut [ColumnWriter<'_>]) -> Result<()> {
    std::iter::zip(columns, &mut shredder.leaves).try_for_each(|(column, leaf)| write_leaf(column, leaf))?;
    shredder.clear();
    Ok(())
}

/// Hands the values of one column to its writer, and leaves none.
fn write_leaf(column: &mut ColumnWriter<'_>, leaf: &mut Leaf) -> Result<()> {
    let (definitions, repetitions) = (Some(&*leaf.definitions), Some(&*leaf.repetitions));
    match (column, &mut leaf.values) {
        (ColumnWriter::BoolColumnWriter(column), Values::Bool(values)) => {
            column.write_batch(values, definitions, repetitions)
        }
        (ColumnWriter::Int32ColumnWriter(column), Values::Int32(values)) => {
            column.write_batch(values, definitions, repetitions)
        }
        (ColumnWriter::Int64ColumnWriter(column), Values::Int64(values)) => {
            column.write_batch(values, definitions, repetitions)
        }
        (ColumnWriter::Int96ColumnWriter(column), Values::Int96(values)) => {
            column.write_batch(values, definitions, repetitions)
        }
        (ColumnWriter::FloatColumnWriter(column), Values::Float(values)) => {
            column.write_batch(values, definitions, repetitions)
        }
        (ColumnWriter::DoubleColumnWriter(column), Values::Double(values)) => {
            column.write_batch(values, definitions, repetitions)
        }
        (ColumnWriter::ByteArrayColumnWriter(column), Values::Bytes(bytes)) => {
            column.write_batch(&slices(bytes), definitions, repetitions)
        }
        (ColumnWriter::FixedLenByteArrayColumnWriter(column), Values::Fixed(bytes, _)) => {
            let values: Vec<FixedLenByteArray> =
                slices(bytes).into_iter().map(FixedLenByteArray::from).collect();
            column.write_batch(&values, definitions, repetitions)
        }
        _ => return Err(ParquetError::General("a column of another type than its values".to_owned())),
    }?;
    leaf.clear();
    Ok(())
}

/// The values, all in one piece of memory.
fn slices(bytes: &mut shred::Bytes) -> Vec<ByteArray> {
    let room = Vec::with_capacity(bytes.bytes.len());
    let whole = ByteArray::from(std::mem::replace(&mut bytes.bytes, room));
    let mut start = 0;
    let slice = |end: usize| {
        let value = whole.slice(start, end - start);
        start = end;
        value
    };
    bytes.ends.drain(..).map(slice).collect()
}
