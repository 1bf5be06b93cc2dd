//! `UNCOMPRESSED`: the bytes as they were put. Never copies.

use std::borrow::Cow;

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

    fn compress<'a>(&self, input: &'a [u8], _entry_name: &str) -> Cow<'a, [u8]> {
        Cow::Borrowed(input)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_are_the_same_bytes() {
        let input = b"abcabcabc";
        assert!(
            matches!(Uncompressed.compress(input, ""), Cow::Borrowed(same) if same.as_ptr() == input.as_ptr())
        );
    }
}
