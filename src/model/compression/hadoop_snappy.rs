//! `HADOOP_SNAPPY`: Hadoop's block stream, without any header.
//!
//! Per 32 KiB block: uncompressed length (u32 BE), compressed length (u32 BE), raw Snappy. The guide gives the
//! extension as `.hsnappy`; the service writes `.snappy` (behaviour sheet, 6.3; CHOICE).

#[cfg(feature = "simulate")]
use std::io::{self, Write};

use super::Codec;
#[cfg(feature = "simulate")]
use super::snappy::{BLOCK, BlockPacker};

/// Hadoop's block stream.
pub struct HadoopSnappy;

impl Codec for HadoopSnappy {
    fn name(&self) -> &'static str {
        "HADOOP_SNAPPY"
    }

    fn extension(&self) -> &'static str {
        ".snappy"
    }

    fn content_encoding(&self) -> Option<&'static str> {
        Some("hadoop-snappy")
    }

    #[cfg(feature = "simulate")]
    fn compress(&self, input: &[u8], _entry_name: &str, out: &mut dyn Write) -> io::Result<()> {
        let mut packer = BlockPacker::new();
        input.chunks(BLOCK).try_for_each(|block| {
            out.write_all(&(block.len() as u32).to_be_bytes())?;
            packer.write(block, out)
        })
    }
}

#[cfg(all(test, feature = "simulate"))]
mod tests {
    use super::{super::tests::compress, *};

    #[test]
    fn each_block_carries_both_lengths() {
        let input = b"one record ".repeat(10_000);
        let output = compress(&HadoopSnappy, &input, "");
        let (mut rest, mut back) = (&output[..], Vec::new());
        while !rest.is_empty() {
            let word = |at: usize| u32::from_be_bytes(rest[at..at + 4].try_into().unwrap()) as usize;
            let (plain, packed) = (word(0), word(4));
            let block = snap::raw::Decoder::new().decompress_vec(&rest[8..8 + packed]).unwrap();
            assert_eq!(block.len(), plain);
            assert!(plain == 32_768 || rest.len() == 8 + packed, "a short block that is not the last");
            back.extend_from_slice(&block);
            rest = &rest[8 + packed..];
        }
        assert_eq!(back, input);
    }
}
