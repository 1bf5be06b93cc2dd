//! `UNCOMPRESSED`: the bytes as they were put. Never looks at them.

#[cfg(feature = "simulate")]
use std::io::{self, Write};

use super::Codec;

/// The codec that changes nothing.
pub struct Uncompressed;

impl Codec for Uncompressed {
    fn name(&self) -> &'static str {
        "UNCOMPRESSED"
    }

    fn extension(&self) -> &'static str {
        ""
    }

    fn content_encoding(&self) -> Option<&'static str> {
        None
    }

    #[cfg(feature = "simulate")]
    fn compress(&self, input: &[u8], _entry_name: &str, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(input)
    }
}

#[cfg(all(test, feature = "simulate"))]
mod tests {
    use super::{super::tests::compress, *};

    #[test]
    fn the_bytes_are_the_same_bytes() {
        assert_eq!(compress(&Uncompressed, b"abcabcabc", ""), b"abcabcabc");
    }
}
