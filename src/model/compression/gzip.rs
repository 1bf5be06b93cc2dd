//! `GZIP`: one member with a fixed header (no time, no name, unknown system), so equal input gives equal bytes.

#[cfg(feature = "simulate")]
use std::io::{self, Write};

#[cfg(feature = "simulate")]
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

    #[cfg(feature = "simulate")]
    fn compress(&self, input: &[u8], _entry_name: &str, out: &mut dyn Write) -> io::Result<()> {
        let mut encoder = GzBuilder::new().mtime(0).operating_system(255).write(out, Compression::new(6));
        encoder.write_all(input)?;
        encoder.finish().map(drop)
    }
}

#[cfg(all(test, feature = "simulate"))]
mod tests {
    use std::io::Read;

    use super::{super::tests::compress, *};

    #[test]
    fn one_member_that_a_reader_takes_back() {
        let input = b"one record ".repeat(10_000);
        let output = compress(&Gzip, &input, "");
        let mut reader = flate2::bufread::GzDecoder::new(&output[..]);
        let mut back = Vec::new();
        reader.read_to_end(&mut back).unwrap();
        assert_eq!(back, input);
        assert!(reader.into_inner().is_empty(), "something follows the first member");
    }

    #[test]
    fn the_header_has_no_time_name_or_system() {
        let output = compress(&Gzip, b"x", "");
        assert_eq!(output[..8], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0]);
        assert_eq!(output[9], 255);
    }
}
