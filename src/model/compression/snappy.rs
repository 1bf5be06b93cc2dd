//! `Snappy`: the stream of snappy-java (xerial), not the official framing format.
//!
//! An 8-byte magic, version and lowest compatible version (u32 BE, both 1), then per 32 KiB block its compressed
//! length (u32 BE) and raw Snappy.

use std::borrow::Cow;

use super::Codec;

/// Bytes of input per block, of this format and of its Hadoop sibling.
pub(super) const BLOCK: usize = 32 * 1024;

const HEADER: [u8; 16] = *b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01";

/// The snappy-java stream.
pub struct Snappy;

impl Codec for Snappy {
    fn name(&self) -> &'static str {
        "Snappy"
    }

    fn extension(&self) -> &'static str {
        ".snappy"
    }

    fn content_encoding(&self) -> Option<&'static str> {
        Some("snappy-java")
    }

    fn compress<'a>(&self, input: &'a [u8], _entry_name: &str) -> Cow<'a, [u8]> {
        let mut output = Vec::with_capacity(input.len() / 2 + 64);
        output.extend_from_slice(&HEADER);
        let mut encoder = snap::raw::Encoder::new();
        for block in input.chunks(BLOCK) {
            push_block(&mut encoder, block, &mut output);
        }
        Cow::Owned(output)
    }
}

/// Appends one block: its compressed length (u32 BE), then raw Snappy.
pub(super) fn push_block(encoder: &mut snap::raw::Encoder, block: &[u8], output: &mut Vec<u8>) {
    let length_at = output.len();
    let body_at = length_at + 4;
    output.resize(body_at + snap::raw::max_compress_len(block.len()), 0);
    // Room for the worst case was just made, the only thing that could be missing.
    let length = encoder.compress(block, &mut output[body_at..]).unwrap_or(0);
    output.truncate(body_at + length);
    output[length_at..body_at].copy_from_slice(&(length as u32).to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(mut output: &[u8]) -> (Vec<u8>, usize) {
        assert_eq!(output[..8], [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
        assert_eq!(output[8..16], [0, 0, 0, 1, 0, 0, 0, 1]);
        output = &output[16..];
        let (mut back, mut blocks) = (Vec::new(), 0);
        while !output.is_empty() {
            let length = u32::from_be_bytes(output[..4].try_into().unwrap()) as usize;
            let block = snap::raw::Decoder::new().decompress_vec(&output[4..4 + length]).unwrap();
            assert!(block.len() <= 32_768);
            back.extend_from_slice(&block);
            output = &output[4 + length..];
            blocks += 1;
        }
        (back, blocks)
    }

    #[test]
    fn blocks_of_32_kib_behind_the_xerial_header() {
        let input = b"one record ".repeat(10_000);
        assert_eq!(walk(&Snappy.compress(&input, "")), (input.clone(), input.len().div_ceil(32_768)));
        assert_eq!(walk(&Snappy.compress(b"x", "")), (b"x".to_vec(), 1));
    }
}
