//! `Decompression`: unpacks the records of a CloudWatch Logs subscription.
//!
//! CHOICE: anything that is gzip is unpacked, whoever put it; the rest fails (behaviour sheet, section 5).

use std::io::Read;

use crate::model::failure::{Failure, FailureKind};

/// The most bytes that one record is unpacked to. CHOICE: a bound against archives that are made to explode; a
/// subscription's records hold 1 MB at most.
pub const LARGEST_UNPACKED: u64 = 32 << 20;

/// Unpacks one record.
///
/// # Errors
/// `Decompression.Failed` (CHOICE: the service's codes are undocumented) where the record is not gzip, or too large.
pub fn decompress(record: &[u8]) -> Result<Vec<u8>, Failure> {
    let fail = |message: String| Failure {
        kind: FailureKind::Decompression,
        ..Failure::processing("Decompression.Failed", message)
    };
    let mut plain = Vec::new();
    let mut reader = flate2::read::MultiGzDecoder::new(record).take(LARGEST_UNPACKED + 1);
    match reader.read_to_end(&mut plain) {
        Err(_) => Err(fail("The record is not in GZIP format.".to_owned())),
        Ok(_) if record.is_empty() => Err(fail("The record is empty.".to_owned())),
        Ok(_) if plain.len() as u64 > LARGEST_UNPACKED => {
            Err(fail(format!("The decompressed record is larger than {LARGEST_UNPACKED} bytes.")))
        }
        Ok(_) => Ok(plain),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn packed(plain: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn what_is_packed_comes_back_and_the_rest_fails() {
        assert_eq!(decompress(&packed(b"hello")).unwrap(), b"hello");
        for record in [&b""[..], b"hello", &packed(b"hello")[..12]] {
            let failure = decompress(record).unwrap_err();
            assert_eq!((failure.kind, failure.code), (FailureKind::Decompression, "Decompression.Failed"));
        }
    }

    #[test]
    fn a_record_that_explodes_is_stopped() {
        let bomb = packed(&vec![0; LARGEST_UNPACKED as usize + 1]);
        assert!(decompress(&bomb).unwrap_err().message.contains("larger than"));
    }
}
