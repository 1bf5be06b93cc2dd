//! `ZIP`: an archive with exactly one deflated entry of a constant time, named with a UUID unrelated to the key.

#[cfg(feature = "simulate")]
use std::io::{self, Write};

#[cfg(feature = "simulate")]
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

use super::Codec;

/// An archive of one entry.
pub struct Zip;

impl Codec for Zip {
    fn name(&self) -> &'static str {
        "ZIP"
    }

    fn extension(&self) -> &'static str {
        ".zip"
    }

    fn content_encoding(&self) -> Option<&'static str> {
        Some("zip")
    }

    #[cfg(feature = "simulate")]
    fn compress(&self, input: &[u8], entry_name: &str, out: &mut dyn Write) -> io::Result<()> {
        let mut writer = ZipWriter::new_stream(out);
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(6))
            .last_modified_time(DateTime::DEFAULT);
        writer.start_file(entry_name, options)?;
        writer.write_all(input)?;
        writer.finish()?;
        Ok(())
    }
}

#[cfg(all(test, feature = "simulate"))]
mod tests {
    use std::io::{Cursor, Read};

    use super::{super::tests::compress, *};

    #[test]
    fn one_deflated_entry_that_a_reader_takes_back() {
        let input = b"one record ".repeat(10_000);
        let output = compress(&Zip, &input, "5f2c6e0e-0000-4000-8000-000000000000");
        let mut archive = zip::ZipArchive::new(Cursor::new(&output[..])).unwrap();
        assert_eq!(archive.len(), 1);
        let mut entry = archive.by_index(0).unwrap();
        assert_eq!(entry.name().unwrap(), "5f2c6e0e-0000-4000-8000-000000000000");
        assert_eq!(entry.compression(), CompressionMethod::Deflated);
        assert_eq!(entry.last_modified(), Some(DateTime::DEFAULT));
        let mut back = Vec::new();
        entry.read_to_end(&mut back).unwrap();
        assert_eq!(back, input);
    }

    #[test]
    fn equal_input_gives_equal_bytes() {
        assert_eq!(compress(&Zip, b"abc", "a"), compress(&Zip, b"abc", "a"));
        assert_ne!(compress(&Zip, b"abc", "a"), compress(&Zip, b"abc", "b"));
    }
}
