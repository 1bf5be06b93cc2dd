//! `ZIP`: an archive with exactly one deflated entry of a constant time, named with a UUID unrelated to the key.

use std::{
    borrow::Cow,
    io::{Cursor, Write},
};

use zip::{CompressionMethod, DateTime, ZipWriter, result::ZipResult, write::SimpleFileOptions};

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

    fn compress<'a>(&self, input: &'a [u8], entry_name: &str) -> Cow<'a, [u8]> {
        // A buffer in memory takes every write and an object is far below 4 GiB, so nothing can fail.
        Cow::Owned(archive(input, entry_name).unwrap_or_default())
    }
}

fn archive(input: &[u8], entry_name: &str) -> ZipResult<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::with_capacity(input.len() / 4 + 256)));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(6))
        .last_modified_time(DateTime::DEFAULT);
    writer.start_file(entry_name, options)?;
    writer.write_all(input)?;
    Ok(writer.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn one_deflated_entry_that_a_reader_takes_back() {
        let input = b"one record ".repeat(10_000);
        let output = Zip.compress(&input, "5f2c6e0e-0000-4000-8000-000000000000");
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
        assert_eq!(Zip.compress(b"abc", "a"), Zip.compress(b"abc", "a"));
        assert_ne!(Zip.compress(b"abc", "a"), Zip.compress(b"abc", "b"));
    }
}
