//! `CompressionFormat`: from the bytes of a buffer to the bytes of an object.
//!
//! Each codec is one file and one line in [`CODECS`]. Headers carry no time, no name of a machine and nothing else
//! that could differ between two runs. Formats and encodings: behaviour sheet, sections 6.3 and 8.

pub mod gzip;
pub mod hadoop_snappy;
pub mod snappy;
pub mod uncompressed;
pub mod zip;

use std::fmt;
#[cfg(feature = "simulate")]
use std::io::{self, Write};

/// One way of compressing a whole object.
pub trait Codec: Sync {
    /// The value of `CompressionFormat`, case-sensitive.
    fn name(&self) -> &'static str;

    /// What object names end in unless `FileExtension` is set.
    fn extension(&self) -> &'static str;

    /// The `Content-Encoding` that the object gets.
    fn content_encoding(&self) -> Option<&'static str>;

    /// Compresses `input` into `out`, piece by piece. `entry_name` names the entry where the format has one.
    ///
    /// # Errors
    /// Those of `out`.
    #[cfg(feature = "simulate")]
    fn compress(&self, input: &[u8], entry_name: &str, out: &mut dyn Write) -> io::Result<()>;
}

/// All codecs, in the order of the API's enumeration.
pub static CODECS: &[&dyn Codec] =
    &[&uncompressed::Uncompressed, &gzip::Gzip, &zip::Zip, &snappy::Snappy, &hadoop_snappy::HadoopSnappy];

/// The codec that a template chose.
#[derive(Clone, Copy)]
pub struct CompressionFormat(&'static dyn Codec);

impl CompressionFormat {
    /// `UNCOMPRESSED`, the default.
    pub const UNCOMPRESSED: CompressionFormat = CompressionFormat(&uncompressed::Uncompressed);

    /// The format of this name; `None` when there is none. Case counts.
    pub fn named(name: &str) -> Option<CompressionFormat> {
        CODECS.iter().find(|codec| codec.name() == name).map(|codec| CompressionFormat(*codec))
    }

    /// Its codec.
    pub fn codec(self) -> &'static dyn Codec {
        self.0
    }

    /// Whether bytes stay as they are.
    pub fn is_identity(self) -> bool {
        self == CompressionFormat::UNCOMPRESSED
    }
}

impl PartialEq for CompressionFormat {
    fn eq(&self, other: &CompressionFormat) -> bool {
        self.0.name() == other.0.name()
    }
}

impl Eq for CompressionFormat {}

impl fmt::Debug for CompressionFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.name())
    }
}

#[cfg(all(test, feature = "simulate"))]
mod tests {
    use super::*;

    /// The whole of what a codec writes.
    pub(super) fn compress(codec: &dyn Codec, input: &[u8], entry_name: &str) -> Vec<u8> {
        let mut output = Vec::new();
        codec.compress(input, entry_name, &mut output).unwrap();
        output
    }

    #[test]
    fn names_extensions_and_encodings_are_the_services() {
        let all: Vec<_> = CODECS.iter().map(|c| (c.name(), c.extension(), c.content_encoding())).collect();
        let expected = [
            ("UNCOMPRESSED", "", None),
            ("GZIP", ".gz", Some("gzip")),
            ("ZIP", ".zip", Some("zip")),
            ("Snappy", ".snappy", Some("snappy-java")),
            ("HADOOP_SNAPPY", ".snappy", Some("hadoop-snappy")),
        ];
        assert_eq!(all, expected);
    }

    #[test]
    fn case_counts() {
        assert!(CompressionFormat::named("Snappy").is_some());
        assert!(CompressionFormat::named("SNAPPY").is_none());
    }
}
