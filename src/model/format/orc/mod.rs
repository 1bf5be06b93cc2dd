//! `OrcSerDe`: rows to an ORC file, after version 1 of the format's specification.
//!
//! A stripe is gathered as plain values ([`column`]), then encoded column by column ([`encode`]) into streams
//! ([`stream`]) of runs ([`runs`]), with row indexes, [`statistics`] and Bloom filters ([`bloom_filter`]); [`file`]
//! lays them out. The file carries a constant name of its writer and no time, so that equal records give equal bytes.

mod bloom_filter;
mod column;
mod encode;
mod file;
mod message;
mod runs;
mod statistics;
mod stream;

use std::io::{self, Write};
use std::sync::Arc;

pub use self::stream::OrcCompression;
use super::hive_type::HiveType;
use super::rows::RowReader;
use super::{CatalogTable, Conversion, ConversionError, json_lines};

/// The version of the format, which decides how integers are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrcVersion {
    /// `V0_11`.
    V0_11,
    /// `V0_12`.
    V0_12,
}

/// The options of `OrcSerDe` (behaviour sheet, 9.2).
#[derive(Debug, Clone, PartialEq)]
pub struct OrcOptions {
    /// `Compression`.
    pub compression: OrcCompression,
    /// `StripeSizeBytes`: a stripe is closed when its values reach this many bytes before encoding.
    pub stripe_size_bytes: usize,
    /// `BlockSizeBytes`.
    pub block_size_bytes: usize,
    /// `EnablePadding`: whether a stripe may be moved to the begin of a block.
    pub pads_blocks: bool,
    /// `PaddingTolerance`: the share of a stripe's size that may be filled with zeros.
    pub padding_tolerance: f64,
    /// `RowIndexStride`, in rows.
    pub row_index_stride: usize,
    /// `BloomFilterColumns`, by their places in the table.
    pub bloom_filter_columns: Vec<usize>,
    /// `BloomFilterFalsePositiveProbability`.
    pub bloom_filter_false_positives: f64,
    /// `DictionaryKeyThreshold`: texts get a dictionary where at most this share of them is different.
    pub dictionary_key_threshold: f64,
    /// `FormatVersion`.
    pub format_version: OrcVersion,
}

impl Default for OrcOptions {
    fn default() -> OrcOptions {
        OrcOptions {
            compression: OrcCompression::Snappy,
            stripe_size_bytes: 64 << 20,
            block_size_bytes: 256 << 20,
            pads_blocks: false,
            padding_tolerance: 0.05,
            row_index_stride: 10_000,
            bloom_filter_columns: Vec::new(),
            bloom_filter_false_positives: 0.05,
            dictionary_key_threshold: 0.0,
            format_version: OrcVersion::V0_12,
        }
    }
}

/// The conversion of JSON records to ORC files.
#[derive(Debug)]
pub struct ToOrc {
    reader: RowReader,
    options: OrcOptions,
    catalog: Arc<CatalogTable>,
    /// The row, as a struct of its columns.
    kind: HiveType,
}

impl ToOrc {
    /// A conversion.
    pub fn new(reader: RowReader, options: OrcOptions, catalog: CatalogTable) -> ToOrc {
        let columns = reader.table().columns.iter();
        let kind =
            HiveType::Struct(columns.map(|column| (column.name.clone(), column.kind.clone())).collect());
        ToOrc { reader, options, catalog: Arc::new(catalog), kind }
    }
}

impl Conversion for ToOrc {
    fn check(&self, record: &[u8], _: &mut Vec<u64>) -> Result<(), ConversionError> {
        self.reader.fits(record)
    }

    fn extension(&self) -> &'static str {
        ".orc"
    }

    fn content_encoding(&self) -> Option<&'static str> {
        // CHOICE: what was measured of Parquet is not known of ORC.
        None
    }

    fn write(
        &self,
        records: &mut dyn Iterator<Item = &[u8]>,
        _: &[u64],
        out: &mut (dyn Write + Send),
    ) -> io::Result<()> {
        let mut file = file::File::new(&self.kind, &self.options, out)?;
        let mut row = Vec::new();
        for record in records {
            self.reader
                .rows_in(&mut row, record, &mut |row| file.push_row(row))
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.message))?;
            file.end_full_stripe()?;
        }
        file.finish()
    }

    fn write_rows(&self, records: &mut dyn Iterator<Item = &[u8]>, out: &mut dyn Write) -> io::Result<()> {
        json_lines::write(&self.reader, records, out)
    }

    fn catalog(&self) -> &Arc<CatalogTable> {
        &self.catalog
    }
}
