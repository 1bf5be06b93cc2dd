//! Record format conversion: JSON records to the rows of a Glue table, and those to columnar files.
//!
//! A table ([`table`]) has columns of Hive's types ([`hive_type`]). A deserialiser ([`openx_json`], [`hive_json`]) turns
//! the JSON of a record ([`json`]) into the values of a row ([`value`]), with the service's verdict where they do not
//! fit; a serialiser writes rows as a file. Source: behaviour sheet, section 9; what it marks CHOICE is named in
//! `docs/conversion.md`.

#[cfg(feature = "simulate")]
mod cast;
pub mod ddl;
#[cfg(feature = "simulate")]
mod direct;
#[cfg(feature = "simulate")]
pub mod hive_json;
pub mod hive_type;
#[cfg(feature = "simulate")]
pub mod infer;
#[cfg(feature = "simulate")]
pub mod joda;
pub mod json;
#[cfg(feature = "columnar")]
mod json_lines;
#[cfg(feature = "columnar")]
pub mod lower;
#[cfg(feature = "columnar")]
mod notes;
#[cfg(feature = "simulate")]
pub mod openx_json;
#[cfg(feature = "columnar")]
pub mod orc;
#[cfg(feature = "columnar")]
pub mod parquet;
#[cfg(feature = "simulate")]
pub mod rows;
#[cfg(feature = "columnar")]
mod shred;
pub mod table;
pub mod time;
pub mod value;

use std::sync::Arc;

/// A configured conversion: all that the engine knows of formats.
pub trait Conversion: Send + Sync + std::fmt::Debug {
    /// Whether a record can be converted; if not, with the service's code and message. What was found in it is added to
    /// `notes`.
    fn check(&self, record: &[u8], notes: &mut Vec<u64>) -> Result<(), ConversionError>;
    /// The extension of the object, with its dot.
    fn extension(&self) -> &'static str;
    /// The `Content-Encoding` of the object.
    fn content_encoding(&self) -> Option<&'static str>;
    /// Writes records that passed [`Conversion::check`] as one file. Equal records give equal bytes. `notes` are those of
    /// all records, one after another, or nothing; they spare reading the records again, and change nothing else.
    ///
    /// # Errors
    /// Those of `out`; `InvalidData` for a record that does not pass the check.
    fn write(
        &self,
        records: &mut dyn Iterator<Item = &[u8]>,
        notes: &[u64],
        out: &mut (dyn std::io::Write + Send),
    ) -> std::io::Result<()>;
    /// Writes the rows of such records for people to read and compare, a line of JSON each.
    ///
    /// # Errors
    /// As [`Conversion::write`].
    fn write_rows(
        &self,
        records: &mut dyn Iterator<Item = &[u8]>,
        out: &mut dyn std::io::Write,
    ) -> std::io::Result<()>;
    /// The table, as error documents name it.
    fn catalog(&self) -> &Arc<CatalogTable>;
}

/// Why a record is not converted (behaviour sheet, 9.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversionError {
    /// Such as `DataFormatConversion.MalformedData`.
    pub code: &'static str,
    /// The service's text.
    pub message: String,
}

/// The block `dataCatalogTable` of error documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogTable {
    /// The account that holds the catalogue.
    pub catalog_id: String,
    /// The database.
    pub database_name: String,
    /// The table.
    pub table_name: String,
    /// The Region of the catalogue.
    pub region: String,
    /// The version of the table's schema, such as `LATEST`.
    pub version_id: String,
    /// The role that reads the table.
    pub role_arn: String,
}

impl ConversionError {
    /// `DataFormatConversion.ParseError`: the record is not JSON.
    pub(crate) fn parse(detail: &str) -> ConversionError {
        ConversionError {
            code: "DataFormatConversion.ParseError",
            message: format!("Encountered malformed JSON. {detail}"),
        }
    }

    /// `DataFormatConversion.MalformedData`: the record does not fit.
    pub(crate) fn malformed(message: impl Into<String>) -> ConversionError {
        ConversionError { code: "DataFormatConversion.MalformedData", message: message.into() }
    }

    /// `MalformedData` with the text that does not fit.
    pub(crate) fn for_input(text: &str) -> ConversionError {
        const LONGEST: usize = 256;
        let shown: String = text.chars().take(LONGEST).collect();
        ConversionError::malformed(format!("Data does not match the schema. For input string: \"{shown}\""))
    }

    /// A scalar stands where a list, map or struct is wanted.
    pub(crate) fn scalar_for_complex() -> ConversionError {
        ConversionError::malformed(
            "A scalar type was found in the data but a complex type was specified on the schema.",
        )
    }

    /// A timestamp in no known form.
    pub(crate) fn timestamp() -> ConversionError {
        ConversionError::malformed(
            "Encountered invalid or unsupported timestamp format. Please see the Firehose developer guide for \
             supported timestamp formats.",
        )
    }

    /// A date in no known form.
    pub(crate) fn date() -> ConversionError {
        ConversionError::malformed("Data does not match the schema. Invalid format for one or more dates.")
    }

    /// A key that is none of the map's type of keys.
    pub(crate) fn map_key(key: &str) -> ConversionError {
        let mut error = ConversionError::for_input(key);
        error.code = "DataFormatConversion.InvalidRecord";
        error
    }
}
