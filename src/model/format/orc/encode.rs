//! From the values of a column to its streams, its encoding and its row index.

use std::collections::BTreeMap;
use std::io;

use super::bloom_filter::BloomFilter;
use super::column::{Column, Texts, Values};
use super::message::{Message, varint};
use super::runs::{self, Bits};
use super::statistics::{self, Statistics};
use super::stream::{Compressed, Mark, Stream, StreamKind};
use super::{OrcOptions, OrcVersion};
use crate::model::format::hive_type::HiveType;
use crate::model::format::time::Timestamp;

/// A column of a stripe, ready to be written.
#[derive(Debug)]
pub(super) struct Encoded {
    pub id: u64,
    /// Its data, in the order in which positions are told.
    pub streams: Vec<Compressed>,
    /// The message `ColumnEncoding`.
    pub encoding: Message,
    /// One a row group.
    pub groups: Vec<Statistics>,
    /// One a row group, or none.
    pub filters: Vec<BloomFilter>,
}

/// Writes the streams of one column.
struct Encoder<'a> {
    column: &'a Column,
    options: &'a OrcOptions,
    streams: Vec<Stream>,
}

/// Encodes a column and those inside it.
pub(super) fn encode(column: &Column, options: &OrcOptions, out: &mut Vec<Encoded>) -> io::Result<()> {
    let mut encoder = Encoder { column, options, streams: Vec::new() };
    if column.value_count < column.present.len {
        let marks: Vec<usize> = column.begins.iter().map(|begin| begin.entries).collect();
        encoder.streams.push(bits(StreamKind::Present, &column.present, &marks));
    }
    let mut encoding = encoder.values();
    if column.has_filter {
        // Texts by their UTF-8, timestamps in UTC.
        encoding = encoding.number(3, 1);
    }
    let streams = encoder.streams.into_iter().map(|stream| stream.compress(options.compression));
    let (mut groups, mut filters) = (Vec::new(), Vec::new());
    for (at, begin) in column.begins.iter().enumerate() {
        let end = column.begins.get(at + 1);
        let entries = begin.entries..end.map_or(column.present.len, |end| end.entries);
        let values = begin.values..end.map_or(column.value_count, |end| end.values);
        if column.has_filter {
            filters.push(filter(column, values.clone(), options));
        }
        groups.push(Statistics::new(column, entries, values));
    }
    let streams = streams.collect::<io::Result<_>>()?;
    out.push(Encoded { id: column.id, streams, encoding, groups, filters });
    column.children.iter().try_for_each(|child| encode(child, options, out))
}

impl Encoder<'_> {
    fn is_version_2(&self) -> bool {
        self.options.format_version == OrcVersion::V0_12
    }

    /// The values of each row group, by their places.
    fn groups(&self) -> impl Iterator<Item = std::ops::Range<usize>> + use<'_> {
        let begins = &self.column.begins;
        begins.iter().enumerate().map(|(at, begin)| {
            begin.values..begins.get(at + 1).map_or(self.column.value_count, |end| end.values)
        })
    }

    /// Integers in runs that end where row groups do.
    fn integers(&mut self, kind: StreamKind, is_signed: bool, values: &[i64]) {
        let mut stream = Stream::new(kind);
        for group in self.groups() {
            stream.mark_run();
            runs::integers(self.is_version_2(), is_signed, &values[group], &mut stream.bytes);
        }
        self.streams.push(stream);
    }

    /// Values that have no runs.
    fn plain(&mut self, mut write: impl FnMut(usize, &mut Vec<u8>)) {
        let mut stream = Stream::new(StreamKind::Data);
        for group in self.groups() {
            stream.mark();
            group.for_each(|at| write(at, &mut stream.bytes));
        }
        self.streams.push(stream);
    }

    /// Writes the values; the message `ColumnEncoding`.
    fn values(&mut self) -> Message {
        let column = self.column;
        match &column.values {
            Values::Nothing => return Message::default().number(1, 0),
            Values::Bits(values) => {
                let marks: Vec<usize> = column.begins.iter().map(|begin| begin.values).collect();
                self.streams.push(bits(StreamKind::Data, values, &marks));
                return Message::default().number(1, 0);
            }
            Values::Bytes(values) => {
                let mut stream = Stream::new(StreamKind::Data);
                for group in self.groups() {
                    stream.mark_run();
                    runs::bytes(&values[group], &mut stream.bytes);
                }
                self.streams.push(stream);
                return Message::default().number(1, 0);
            }
            Values::Floats(values) => {
                self.plain(|at, out| out.extend_from_slice(&values[at].to_le_bytes()));
                return Message::default().number(1, 0);
            }
            Values::Doubles(values) => {
                self.plain(|at, out| out.extend_from_slice(&values[at].to_le_bytes()));
                return Message::default().number(1, 0);
            }
            Values::Integers(values) => self.integers(StreamKind::Data, true, values),
            Values::Lengths(lengths) => self.integers(StreamKind::Length, false, lengths),
            Values::Decimals(values) => {
                self.plain(|at, out| wide_varint(values[at], out));
                let scale = if let HiveType::Decimal { scale, .. } = column.kind { scale.into() } else { 0 };
                self.integers(StreamKind::Secondary, true, &vec![scale; values.len()]);
            }
            Values::Timestamps(values) => {
                let seconds: Vec<i64> = values.iter().map(seconds).collect();
                self.integers(StreamKind::Data, true, &seconds);
                let nanos: Vec<i64> = values.iter().map(nanos).collect();
                self.integers(StreamKind::Secondary, false, &nanos);
            }
            Values::Texts(texts) => {
                if let Some(encoding) = self.dictionary(texts) {
                    return encoding;
                }
                self.plain(|at, out| out.extend_from_slice(texts.get(at)));
                let lengths: Vec<i64> = (0..texts.ends.len()).map(|at| texts.get(at).len() as i64).collect();
                self.integers(StreamKind::Length, false, &lengths);
            }
        }
        // `DIRECT` and `DIRECT_V2`.
        Message::default().number(1, if self.is_version_2() { 2 } else { 0 })
    }

    /// Writes texts as places in a sorted dictionary, where enough of them are equal.
    fn dictionary(&mut self, texts: &Texts) -> Option<Message> {
        let threshold = self.options.dictionary_key_threshold;
        if threshold <= 0.0 || texts.ends.is_empty() || self.column.kind == HiveType::Binary {
            return None;
        }
        let most = (threshold * texts.ends.len() as f64) as usize;
        let mut places: BTreeMap<&[u8], i64> = BTreeMap::new();
        for at in 0..texts.ends.len() {
            places.insert(texts.get(at), 0);
            if places.len() > most {
                return None;
            }
        }
        let (mut words, mut lengths) = (Stream::new(StreamKind::DictionaryData), Vec::new());
        for (at, (word, place)) in places.iter_mut().enumerate() {
            *place = at as i64;
            lengths.push(word.len() as i64);
            words.bytes.extend_from_slice(word);
        }
        let indexes: Vec<i64> = (0..texts.ends.len()).map(|at| places[texts.get(at)]).collect();
        self.integers(StreamKind::Data, false, &indexes);
        // Row groups share the dictionary, so that these two have no marks.
        let mut length = Stream::new(StreamKind::Length);
        runs::integers(self.is_version_2(), false, &lengths, &mut length.bytes);
        self.streams.extend([words, length]);
        // `DICTIONARY` and `DICTIONARY_V2`.
        let kind = if self.is_version_2() { 3 } else { 1 };
        Some(Message::default().number(1, kind).number(2, places.len() as u64))
    }
}

/// Bits in runs of bytes; a byte that two row groups share belongs to the later run.
fn bits(kind: StreamKind, bits: &Bits, marks: &[usize]) -> Stream {
    let mut stream = Stream::new(kind);
    let mut written = 0;
    for mark in marks {
        let byte = mark / 8;
        runs::bytes(&bits.bytes[written..byte], &mut stream.bytes);
        written = byte;
        let offset = stream.bytes.len();
        stream.marks.push(Mark { offset, bits: Some((mark % 8) as u8), is_in_runs: true });
    }
    runs::bytes(&bits.bytes[written..], &mut stream.bytes);
    stream
}

/// The sign in the lowest bit, then groups of seven bits; 38 digits need more than 64.
fn wide_varint(number: i128, out: &mut Vec<u8>) {
    let mut rest = ((number << 1) ^ (number >> 127)) as u128;
    while rest > u128::from(u64::MAX) {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    varint(rest as u64, out);
}

/// Seconds since 2015-01-01. Readers take one off before 1970 where there are milliseconds, so one is added there;
/// what lies in the last second before 1970 comes back a second late, which is the format's own fault (ORC-763).
fn seconds(timestamp: &Timestamp) -> i64 {
    const BASE: i64 = 1_420_070_400;
    let seconds = i64::from(timestamp.day) * 86_400 + timestamp.nanos / 1_000_000_000;
    let is_moved = seconds < 0 && timestamp.nanos % 1_000_000_000 > 999_999;
    seconds + i64::from(is_moved) - BASE
}

/// Nanoseconds without the zeros at their end, and in the three lowest bits how many those are, less one.
fn nanos(timestamp: &Timestamp) -> i64 {
    let mut nanos = timestamp.nanos % 1_000_000_000;
    if nanos == 0 || nanos % 100 != 0 {
        return nanos << 3;
    }
    nanos /= 100;
    let mut zeros = 1;
    while nanos % 10 == 0 && zeros < 7 {
        nanos /= 10;
        zeros += 1;
    }
    nanos << 3 | zeros
}

fn filter(column: &Column, values: std::ops::Range<usize>, options: &OrcOptions) -> BloomFilter {
    // A stride beyond all rows asks for no more memory than they do.
    let expected = options.row_index_stride.min(values.len().max(OrcOptions::default().row_index_stride));
    let mut filter = BloomFilter::new(expected, options.bloom_filter_false_positives);
    match &column.values {
        Values::Bytes(all) => values.for_each(|at| filter.add_number(i64::from(all[at] as i8))),
        Values::Integers(all) => values.for_each(|at| filter.add_number(all[at])),
        Values::Floats(all) => values.for_each(|at| filter.add_number(f64::from(all[at]).to_bits() as i64)),
        Values::Doubles(all) => values.for_each(|at| filter.add_number(all[at].to_bits() as i64)),
        Values::Texts(all) => values.for_each(|at| filter.add_bytes(all.get(at))),
        Values::Timestamps(all) => values.for_each(|at| filter.add_number(statistics::millis(&all[at]))),
        Values::Decimals(all) => {
            let scale = if let HiveType::Decimal { scale, .. } = column.kind { scale } else { 0 };
            values.for_each(|at| filter.add_bytes(statistics::decimal(all[at], scale).as_bytes()));
        }
        Values::Bits(_) | Values::Lengths(_) | Values::Nothing => {}
    }
    filter
}
