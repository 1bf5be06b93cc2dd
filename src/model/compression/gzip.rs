//! `GZIP`: one member with a fixed header (no time, no name, unknown system), so equal input gives equal bytes.

use std::{borrow::Cow, io::Write};

use flate2::{Compression, GzBuilder};

use super::Codec;

/// One gzip member, level 6.
pub struct Gzip;

impl Codec for Gzip {
    fn name(&self) -> &'static str {
        "GZIP"
    }

    fn extension(&self) -> &'static str {
        ".gz"
    }

    fn content_encoding(&self) -> Option<&'static str> {
        Some("gzip")
    }

    fn compress<'a>(&self, input: &'a [u8], _entry_name: &str) -> Cow<'a, [u8]> {
        let output = Vec::with_capacity(input.len() / 4 + 64);
        let mut encoder = GzBuilder::new().mtime(0).operating_system(255).write(output, Compression::new(6));
        // A vector takes every write; only memory could fail, and that does not return.
        let written = encoder.write_all(input).and_then(|()| encoder.finish());
        Cow::Owned(written.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn one_member_that_a_reader_takes_back() {
        let input = b"one record ".repeat(10_000);
        let output = Gzip.compress(&input, "");
        let mut reader = flate2::bufread::GzDecoder::new(&output[..]);
        let mut back = Vec::new();
        reader.read_to_end(&mut back).unwrap();
        assert_eq!(back, input);
        assert!(reader.into_inner().is_empty(), "something follows the first member");
    }

    #[test]
    fn the_header_has_no_time_name_or_system() {
        let output = Gzip.compress(b"x", "");
        assert_eq!(output[..8], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0]);
        assert_eq!(output[9], 255);
    }
}
