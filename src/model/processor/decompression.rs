//! `Decompression`: unpacks the records of a CloudWatch Logs subscription.
//!
//! CHOICE: anything that is gzip is unpacked, whoever put it; the rest fails (behaviour sheet, section 5).

use std::io::{self, Read};

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
        Err(error) => Err(fail(damage(record, &error))),
        Ok(_) if record.is_empty() => Err(fail("The record is empty.".to_owned())),
        Ok(_) if plain.len() as u64 > LARGEST_UNPACKED => {
            Err(fail(format!("The decompressed record is larger than {LARGEST_UNPACKED} bytes.")))
        }
        Ok(_) => Ok(plain),
    }
}

/// What is wrong with a record that can't be unpacked; the service's texts are not documented.
fn damage(record: &[u8], error: &io::Error) -> String {
    if !record.starts_with(&[0x1F, 0x8B]) {
        return "The record is not in GZIP format.".to_owned();
    }
    // The first member alone tells whether it is what stands behind it.
    let mut rest = record;
    let member =
        io::copy(&mut flate2::bufread::GzDecoder::new(&mut rest).take(LARGEST_UNPACKED), &mut io::sink());
    if member.is_ok() {
        let start = record.len() - rest.len();
        return format!(
            "Behind the GZIP data, from byte offset {start} on, stand {} bytes that are none.",
            rest.len()
        );
    }
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return format!("The GZIP data are cut off: they end after {} bytes.", record.len());
    }
    format!("The GZIP data are damaged: {error}.")
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
    fn what_is_wrong_with_a_record_is_told() {
        let whole = packed(b"hello, hello, hello");
        let mut damaged = whole.clone();
        let checksum = whole.len() - 8;
        damaged[checksum] ^= 1;
        for (record, why) in [
            (b"hello".to_vec(), "not in GZIP format".to_owned()),
            (whole[..14].to_vec(), "cut off: they end after 14 bytes".to_owned()),
            ([&whole[..], b"more"].concat(), format!("from byte offset {} on, stand 4 bytes", whole.len())),
            (damaged, "are damaged: ".to_owned()),
        ] {
            let message = decompress(&record).unwrap_err().message;
            assert!(message.contains(&why), "{message}");
        }
    }

    #[test]
    fn a_record_that_explodes_is_stopped() {
        let bomb = packed(&vec![0; LARGEST_UNPACKED as usize + 1]);
        assert!(decompress(&bomb).unwrap_err().message.contains("larger than"));
    }
}
