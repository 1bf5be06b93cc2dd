//! Records that a Kinesis producer packed together: Firehose takes them apart before anything else.
//!
//! Form: `aggregation-format.md` of awslabs/amazon-kinesis-producer; behaviour sheet, 2.1. A Kinesis record is the magic
//! number, a protobuf message and the MD5 of that message.

use std::ops::Range;

use md5::{Digest, Md5};

/// What an aggregated record begins with.
pub const MAGIC: [u8; 4] = [0xF3, 0x89, 0x9A, 0xC2];

/// Bytes of the digest at the end.
const DIGEST: usize = 16;

/// A user record inside an aggregated one. Its sub-sequence number is its place, from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRecord {
    /// Where its bytes lie in the aggregated record.
    pub data: Range<usize>,
    /// Where its partition key lies.
    pub partition_key: Range<usize>,
}

/// The most characters of a partition key (Kinesis API reference, `PutRecord`).
pub const LONGEST_PARTITION_KEY: usize = 256;

/// The user records of an aggregated record, in order; `None` where it is an ordinary one.
///
/// CHOICE (undocumented): without the magic number, with fewer than 21 bytes, a wrong digest or a message that can't be
/// read, the whole is one ordinary record; with a partition key that is longer than Kinesis takes them, too.
pub fn user_records(record: &[u8]) -> Option<Vec<UserRecord>> {
    let rest = record.strip_prefix(&MAGIC)?;
    // At least one byte of message: 4 + 1 + 16.
    let length = rest.len().checked_sub(DIGEST).filter(|length| *length > 0)?;
    let (message, digest) = rest.split_at(length);
    if Md5::digest(message).as_slice() != digest {
        return None;
    }
    let mut keys = Vec::new();
    let mut found = Vec::new();
    let mut fields = Fields { record, at: MAGIC.len(), end: MAGIC.len() + length };
    while let Some(field) = fields.next()? {
        match field {
            (1, Value::Bytes(range)) => {
                let key = std::str::from_utf8(&record[range.clone()]).ok()?;
                if key.chars().count() > LONGEST_PARTITION_KEY {
                    return None;
                }
                keys.push(range);
            }
            (3, Value::Bytes(range)) => found.push(user_record(record, range)?),
            (1 | 3, Value::Number(_)) => return None,
            // Explicit hash keys and what later versions may add.
            _ => {}
        }
    }
    // An index is only known to fit once the whole table was read.
    let resolved: Option<Vec<UserRecord>> = found
        .into_iter()
        .map(|(index, data)| {
            let partition_key = keys.get(usize::try_from(index).ok()?)?.clone();
            Some(UserRecord { data, partition_key })
        })
        .collect();
    // A message without records would make its bytes vanish: an ordinary record, too.
    resolved.filter(|records| !records.is_empty())
}

/// One `Record`: the index of its partition key, and where its data lie.
fn user_record(record: &[u8], range: Range<usize>) -> Option<(u64, Range<usize>)> {
    let mut fields = Fields { record, at: range.start, end: range.end };
    let (mut key, mut data) = (None, None);
    while let Some(field) = fields.next()? {
        match field {
            (1, Value::Number(index)) => key = Some(index),
            (3, Value::Bytes(range)) => data = Some(range),
            (1 | 3, _) => return None,
            _ => {}
        }
    }
    Some((key?, data?))
}

enum Value {
    Number(u64),
    Bytes(Range<usize>),
}

/// The fields of a protobuf message, one after another.
struct Fields<'a> {
    record: &'a [u8],
    at: usize,
    end: usize,
}

impl Fields<'_> {
    /// The next field with its number: `Some(None)` at the end, `None` where the message is broken.
    fn next(&mut self) -> Option<Option<(u64, Value)>> {
        if self.at == self.end {
            return Some(None);
        }
        let tag = self.number()?;
        let value = match tag & 7 {
            0 => Value::Number(self.number()?),
            1 => Value::Bytes(self.take(8)?),
            2 => {
                let length = usize::try_from(self.number()?).ok()?;
                Value::Bytes(self.take(length)?)
            }
            5 => Value::Bytes(self.take(4)?),
            _ => return None,
        };
        (tag >> 3 != 0).then_some(Some((tag >> 3, value)))
    }

    fn take(&mut self, length: usize) -> Option<Range<usize>> {
        let end = self.at.checked_add(length).filter(|end| *end <= self.end)?;
        let start = std::mem::replace(&mut self.at, end);
        Some(start..end)
    }

    /// A number of up to ten bytes, the least significant seven bits first.
    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let at = self.take(1)?.start;
            let byte = u64::from(self.record[at]);
            // The tenth byte has room for one bit.
            if shift == 63 && byte > 1 {
                return None;
            }
            number |= (byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};

    use super::*;

    /// Made with `aws_kinesis_agg` of PyPI (1.2.3): partition keys `a`, `b`, `a`, an explicit hash key on the second.
    const AGGREGATED: &str = include_str!("kpl_aggregated.b64");

    fn aggregated() -> Vec<u8> {
        STANDARD.decode(AGGREGATED.trim()).unwrap()
    }

    fn texts(record: &[u8]) -> Option<Vec<(String, String)>> {
        let text = |range: Range<usize>| String::from_utf8(record[range].to_vec()).unwrap();
        let records = user_records(record)?.into_iter();
        Some(records.map(|record| (text(record.partition_key), text(record.data))).collect())
    }

    #[test]
    fn a_producers_record_comes_apart_in_order() {
        let expected = [("a", "{\"n\":1}"), ("b", "{\"n\":2}\n"), ("a", "")];
        let expected = expected.map(|(key, data)| (key.to_owned(), data.to_owned())).to_vec();
        assert_eq!(texts(&aggregated()), Some(expected));
    }

    #[test]
    fn whatever_is_not_exactly_of_the_form_is_one_ordinary_record() {
        let whole = aggregated();
        for length in 0..whole.len() {
            assert_eq!(user_records(&whole[..length]), None, "cut at {length}");
        }
        for at in 0..whole.len() {
            let mut broken = whole.clone();
            broken[at] ^= 0x10;
            assert_eq!(user_records(&broken), None, "changed at {at}");
        }
        assert_eq!(user_records(b"{}"), None);
    }

    /// A message that no producer writes, with a digest that fits.
    fn signed(message: &[u8]) -> Vec<u8> {
        [&MAGIC[..], message, Md5::digest(message).as_slice()].concat()
    }

    #[test]
    fn broken_messages_with_a_right_digest_are_ordinary_too() {
        // No record; an index past the table; a length past the end; a number without end; a group; field 0.
        for message in [
            &b"\x0a\x01a"[..],
            b"\x0a\x01a\x1a\x04\x08\x01\x1a\x00",
            b"\x0a\x7fa",
            b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
            b"\x1b",
            b"\x02\x01a",
            b"",
        ] {
            assert_eq!(user_records(&signed(message)), None, "{message:?}");
        }
        // Unknown fields are skipped.
        let known = signed(b"\x0a\x01a\x22\x01z\x1a\x05\x08\x00\x1a\x01x");
        assert_eq!(texts(&known), Some(vec![("a".to_owned(), "x".to_owned())]));
    }
}
