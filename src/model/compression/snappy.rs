//! `Snappy`: the stream of snappy-java (xerial), not the official framing format.
//!
//! An 8-byte magic, version and lowest compatible version (u32 BE, both 1), then per 32 KiB block its compressed
//! length (u32 BE) and raw Snappy.

#[cfg(feature = "simulate")]
use std::io::{self, Write};

use super::Codec;

#[cfg(feature = "simulate")]
/// Bytes of input per block, of this format and of its Hadoop sibling.
pub(super) const BLOCK: usize = 32 * 1024;

#[cfg(feature = "simulate")]
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

    #[cfg(feature = "simulate")]
    fn compress(&self, input: &[u8], _entry_name: &str, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(&HEADER)?;
        let mut packer = BlockPacker::new();
        input.chunks(BLOCK).try_for_each(|block| packer.write(block, out))
    }
}

#[cfg(feature = "simulate")]
/// Writes blocks: compressed length (u32 BE), then raw Snappy.
pub(super) struct BlockPacker {
    encoder: snap::raw::Encoder,
    packed: Vec<u8>,
}

#[cfg(feature = "simulate")]
impl BlockPacker {
    pub(super) fn new() -> BlockPacker {
        BlockPacker {
            encoder: snap::raw::Encoder::new(),
            packed: vec![0; snap::raw::max_compress_len(BLOCK)],
        }
    }

    pub(super) fn write(&mut self, block: &[u8], out: &mut dyn Write) -> io::Result<()> {
        let length = self.encoder.compress(block, &mut self.packed).map_err(io::Error::other)?;
        out.write_all(&(length as u32).to_be_bytes())?;
        out.write_all(&self.packed[..length])
    }
}

#[cfg(all(test, feature = "simulate"))]
mod tests {
    use super::{super::tests::compress, *};

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
        assert_eq!(walk(&compress(&Snappy, &input, "")), (input.clone(), input.len().div_ceil(32_768)));
        assert_eq!(walk(&compress(&Snappy, b"x", "")), (b"x".to_vec(), 1));
    }
}
