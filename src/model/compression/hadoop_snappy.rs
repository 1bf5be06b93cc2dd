//! `HADOOP_SNAPPY`: Hadoop's block stream, without any header.
//!
//! Per 32 KiB block: uncompressed length (u32 BE), compressed length (u32 BE), raw Snappy. The guide gives the
//! extension as `.hsnappy`; the service writes `.snappy` (behaviour sheet, 6.3; CHOICE).

use std::borrow::Cow;

use super::{
    Codec,
    snappy::{BLOCK, push_block},
};

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

    fn compress<'a>(&self, input: &'a [u8], _entry_name: &str) -> Cow<'a, [u8]> {
        let mut output = Vec::with_capacity(input.len() / 2 + 64);
        let mut encoder = snap::raw::Encoder::new();
        for block in input.chunks(BLOCK) {
            output.extend_from_slice(&(block.len() as u32).to_be_bytes());
            push_block(&mut encoder, block, &mut output);
        }
        Cow::Owned(output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_block_carries_both_lengths() {
        let input = b"one record ".repeat(10_000);
        let output = HadoopSnappy.compress(&input, "");
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
