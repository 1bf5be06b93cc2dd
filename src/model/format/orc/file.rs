//! The file around the stripes: head, index, footers.

use std::io::{self, Write};

use super::column::Column;
use super::encode::{self, Encoded};
use super::message::Message;
use super::statistics::Statistics;
use super::stream::{CHUNK, OrcCompression, StreamKind};
use super::{OrcOptions, OrcVersion};
use crate::model::format::hive_type::HiveType;
use crate::model::format::value::Value;

const MAGIC: &[u8] = b"ORC";

/// A file that is being written.
pub(super) struct File<'a> {
    options: &'a OrcOptions,
    out: &'a mut dyn Write,
    offset: u64,
    root: Column,
    /// Rows of the open stripe, and roughly its bytes before compression.
    rows: u64,
    size: usize,
    /// By which share the stripe before was longer in the file than it was gathered, up to the padding's tolerance.
    overflow: f64,
    row_count: u64,
    /// The messages `StripeInformation`, and `StripeStatistics`.
    stripes: Vec<Message>,
    stripe_statistics: Vec<Message>,
    totals: Vec<Statistics>,
}

impl<'a> File<'a> {
    /// Begins a file of rows of a struct.
    pub(super) fn new(
        kind: &HiveType,
        options: &'a OrcOptions,
        out: &'a mut dyn Write,
    ) -> io::Result<File<'a>> {
        out.write_all(MAGIC)?;
        let mut root = Column::new(kind, &mut 0);
        for column in &options.bloom_filter_columns {
            root.children[*column].has_filter = true;
        }
        let mut totals = Vec::new();
        nothing(&root, &mut totals);
        Ok(File {
            options,
            out,
            offset: MAGIC.len() as u64,
            root,
            rows: 0,
            size: 0,
            overflow: 0.0,
            row_count: 0,
            stripes: Vec::new(),
            stripe_statistics: Vec::new(),
            totals,
        })
    }

    pub(super) fn push_row(&mut self, row: &[Value<'_>]) {
        if self.rows.is_multiple_of(self.options.row_index_stride.max(1) as u64) {
            self.root.begin();
        }
        self.size += self.root.push_row(row);
        self.rows += 1;
    }

    /// Ends the stripe where it has its size.
    pub(super) fn end_full_stripe(&mut self) -> io::Result<()> {
        if self.size >= self.stripe_size() { self.end_stripe() } else { Ok(()) }
    }

    /// What is left of the block, where that is a stripe's size or less, and enough not to be filled with zeros.
    fn stripe_size(&self) -> usize {
        let options = self.options;
        let left = self.left_of_block();
        match options.pads_blocks && left < options.stripe_size_bytes as u64 && !self.is_too_little(left) {
            true => (left as f64 * (1.0 - self.overflow)) as usize,
            false => options.stripe_size_bytes,
        }
    }

    fn left_of_block(&self) -> u64 {
        let block = self.options.block_size_bytes.max(1) as u64;
        block - self.offset % block
    }

    fn is_too_little(&self, left: u64) -> bool {
        (left as f64) < self.options.padding_tolerance * self.options.stripe_size_bytes as f64
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<u64> {
        self.offset += bytes.len() as u64;
        self.out.write_all(bytes)?;
        Ok(bytes.len() as u64)
    }

    fn end_stripe(&mut self) -> io::Result<()> {
        let mut columns = Vec::new();
        encode::encode(&self.root, self.options, &mut columns)?;
        let (mut index, mut streams) = (Vec::new(), Vec::new());
        for column in &columns {
            write_index(column, self.options.compression, &mut index, &mut streams)?;
        }
        let data = columns.iter().flat_map(|column| column.streams.iter().map(|stream| (column.id, stream)));
        for (id, stream) in data.clone() {
            streams.push(described(stream.kind, id, stream.bytes.len()));
        }
        let mut footer = Message::default();
        for stream in &streams {
            footer = footer.message(1, stream);
        }
        for column in &columns {
            footer = footer.message(2, &column.encoding);
        }
        // Timestamps are without a zone, and seconds count from 2015 in this one.
        let footer = self.options.compression.compress(&footer.bytes(3, b"UTC").into_bytes())?;
        let data_length: u64 = data.clone().map(|(_, stream)| stream.bytes.len() as u64).sum();
        let length = index.len() as u64 + data_length + footer.len() as u64;
        let overflow = length as f64 / self.size.max(1) as f64 - 1.0;
        self.overflow = overflow.clamp(0.0, self.options.padding_tolerance);
        self.pad(length)?;
        let stripe = Message::default().number(1, self.offset);
        let stripe = stripe.number(2, self.write(&index)?).number(3, data_length);
        for (_, stream) in data {
            self.write(&stream.bytes)?;
        }
        let stripe = stripe.number(4, self.write(&footer)?).number(5, self.rows);
        self.stripes.push(stripe);
        self.end_statistics(columns);
        self.root.clear();
        self.row_count += self.rows;
        (self.rows, self.size) = (0, 0);
        Ok(())
    }

    /// Fills the block with zeros where a stripe of this length would begin at its very end.
    fn pad(&mut self, length: u64) -> io::Result<()> {
        let left = self.left_of_block();
        if !self.options.pads_blocks || length <= left || !self.is_too_little(left) {
            return Ok(());
        }
        self.offset += left;
        io::copy(&mut io::Read::take(io::repeat(0), left), &mut self.out).map(|_| ())
    }

    fn end_statistics(&mut self, columns: Vec<Encoded>) {
        let mut stripe = Message::default();
        for (column, total) in columns.into_iter().zip(&mut self.totals) {
            let mut groups = column.groups.into_iter();
            let Some(mut all) = groups.next() else { continue };
            groups.for_each(|group| all.merge(group));
            stripe = stripe.message(1, &all.message());
            total.merge(all);
        }
        self.stripe_statistics.push(stripe);
    }

    /// Ends the file.
    pub(super) fn finish(mut self) -> io::Result<()> {
        if self.rows > 0 {
            self.end_stripe()?;
        }
        let content_length = self.offset;
        let compression = self.options.compression;
        let mut metadata = Message::default();
        for statistics in &self.stripe_statistics {
            metadata = metadata.message(1, statistics);
        }
        let metadata = compression.compress(&metadata.into_bytes())?;
        let metadata_length = self.write(&metadata)?;
        let footer = compression.compress(&self.footer(content_length).into_bytes())?;
        let footer_length = self.write(&footer)?;
        let version = match self.options.format_version {
            OrcVersion::V0_11 => [0, 11],
            OrcVersion::V0_12 => [0, 12],
        };
        let postscript = Message::default()
            .number(1, footer_length)
            .number(2, compression.number())
            .number(3, CHUNK as u64)
            .packed(4, version)
            .number(5, metadata_length)
            // Statistics of timestamps and Bloom filters as they are since ORC-517.
            .number(6, 7)
            .bytes(8000, MAGIC)
            .into_bytes();
        self.write(&postscript)?;
        self.write(&[postscript.len() as u8]).map(|_| ())
    }

    fn footer(&self, content_length: u64) -> Message {
        let mut footer = Message::default().number(1, MAGIC.len() as u64).number(2, content_length);
        for stripe in &self.stripes {
            footer = footer.message(3, stripe);
        }
        let mut types = Vec::new();
        describe(&self.root, &mut types);
        for kind in &types {
            footer = footer.message(4, kind);
        }
        footer = footer.number(6, self.row_count);
        for total in &self.totals {
            footer = footer.message(7, &total.message());
        }
        footer
            .number(8, self.options.row_index_stride.min(i32::MAX as usize) as u64)
            .bytes(12, b"firehose-kit")
    }
}

fn described(kind: StreamKind, column: u64, length: usize) -> Message {
    Message::default().number(1, kind as u64).number(2, column).number(3, length as u64)
}

/// The streams that lead to the row groups of a column.
fn write_index(
    column: &Encoded,
    compression: OrcCompression,
    index: &mut Vec<u8>,
    streams: &mut Vec<Message>,
) -> io::Result<()> {
    let mut add = |kind, message: Message| {
        let bytes = compression.compress(&message.into_bytes())?;
        streams.push(described(kind, column.id, bytes.len()));
        index.extend_from_slice(&bytes);
        io::Result::Ok(())
    };
    let mut entries = Message::default();
    for (at, statistics) in column.groups.iter().enumerate() {
        let places = column.streams.iter().filter_map(|stream| stream.positions.get(at));
        let entry = Message::default().packed(1, places.flatten().copied());
        entries = entries.message(1, &entry.message(2, &statistics.message()));
    }
    add(StreamKind::RowIndex, entries)?;
    if column.filters.is_empty() {
        return Ok(());
    }
    let mut filters = Message::default();
    for filter in &column.filters {
        filters = filters.message(1, &filter.message());
    }
    add(StreamKind::BloomFilterUtf8, filters)
}

fn nothing(column: &Column, out: &mut Vec<Statistics>) {
    out.push(Statistics::new(column, 0..0, 0..0));
    column.children.iter().for_each(|child| nothing(child, out));
}

/// The messages `Type`, in the order of their numbers.
fn describe(column: &Column, out: &mut Vec<Message>) {
    let number = match &column.kind {
        HiveType::Boolean => 0,
        HiveType::TinyInt => 1,
        HiveType::SmallInt => 2,
        HiveType::Int => 3,
        HiveType::BigInt => 4,
        HiveType::Float => 5,
        HiveType::Double => 6,
        HiveType::String => 7,
        HiveType::Binary => 8,
        HiveType::Timestamp => 9,
        HiveType::Array(_) => 10,
        HiveType::Map(..) => 11,
        HiveType::Struct(_) => 12,
        HiveType::Decimal { .. } => 14,
        HiveType::Date => 15,
        HiveType::Varchar(_) => 16,
        HiveType::Char(_) => 17,
    };
    let mut message = Message::default().number(1, number);
    if !column.children.is_empty() {
        message = message.packed(2, column.children.iter().map(|child| child.id));
    }
    match &column.kind {
        HiveType::Struct(fields) => {
            for (name, _) in fields {
                message = message.bytes(3, name.as_bytes());
            }
        }
        HiveType::Char(length) | HiveType::Varchar(length) => message = message.number(4, (*length).into()),
        HiveType::Decimal { precision, scale } => {
            message = message.number(5, (*precision).into()).number(6, (*scale).into());
        }
        _ => {}
    }
    out.push(message);
    column.children.iter().for_each(|child| describe(child, out));
}
