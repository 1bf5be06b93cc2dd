//! Streams: the bytes of one kind of one column in a stripe, cut into chunks that are compressed one by one.

use std::io::{self, Write};

/// The codec of chunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrcCompression {
    /// `NONE`.
    None,
    /// `ZLIB`: raw deflate.
    Zlib,
    /// `SNAPPY`.
    Snappy,
}

/// Bytes of a chunk before compression, at the most: the default of ORC's writer.
pub(super) const CHUNK: usize = 256 << 10;

/// What a stream holds, as the format numbers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StreamKind {
    Present = 0,
    Data = 1,
    Length = 2,
    DictionaryData = 3,
    Secondary = 5,
    RowIndex = 6,
    BloomFilterUtf8 = 8,
}

/// A stream that is encoded and not compressed yet.
#[derive(Debug)]
pub(super) struct Stream {
    pub kind: StreamKind,
    pub bytes: Vec<u8>,
    /// Where each row group begins; empty for a stream that row groups share.
    pub marks: Vec<Mark>,
}

/// The begin of a row group in a stream.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mark {
    /// The offset in bytes before compression. A run always ends there.
    pub offset: usize,
    /// For streams of bits, how many of them of the byte there belong to the row group before.
    pub bits: Option<u8>,
    /// Whether values lie in runs, so that a place inside a run is told, which is always its begin.
    pub is_in_runs: bool,
}

/// A stream as it lies in the file.
#[derive(Debug)]
pub(super) struct Compressed {
    pub kind: StreamKind,
    pub bytes: Vec<u8>,
    /// The numbers that lead a reader to each row group.
    pub positions: Vec<Vec<u64>>,
}

impl OrcCompression {
    /// As the format numbers it.
    pub(super) fn number(self) -> u64 {
        match self {
            OrcCompression::None => 0,
            OrcCompression::Zlib => 1,
            OrcCompression::Snappy => 2,
        }
    }

    /// Bytes as they lie in the file: chunks behind heads of three bytes, or as they are.
    pub(super) fn compress(self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        self.chunks(bytes).map(|(out, _)| out)
    }

    /// The same, with where each chunk begins.
    fn chunks(self, bytes: &[u8]) -> io::Result<(Vec<u8>, Vec<usize>)> {
        if self == OrcCompression::None {
            return Ok((bytes.to_vec(), Vec::new()));
        }
        let (mut out, mut starts) = (Vec::new(), Vec::new());
        for chunk in bytes.chunks(CHUNK) {
            starts.push(out.len());
            let packed = match self {
                OrcCompression::Snappy => {
                    snap::raw::Encoder::new().compress_vec(chunk).map_err(io::Error::other)?
                }
                _ => deflate(chunk)?,
            };
            // The lowest bit says that a chunk stayed as it was, which it does unless it became shorter.
            let (body, is_original) = match packed.len() < chunk.len() {
                true => (&packed[..], 0),
                false => (chunk, 1),
            };
            let head = (body.len() as u32) << 1 | is_original;
            out.extend_from_slice(&head.to_le_bytes()[..3]);
            out.extend_from_slice(body);
        }
        Ok((out, starts))
    }
}

fn deflate(chunk: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(chunk)?;
    encoder.finish()
}

impl Stream {
    pub(super) fn new(kind: StreamKind) -> Stream {
        Stream { kind, bytes: Vec::new(), marks: Vec::new() }
    }

    /// A row group begins here, in a stream without runs.
    pub(super) fn mark(&mut self) {
        self.marks.push(Mark { offset: self.bytes.len(), bits: None, is_in_runs: false });
    }

    /// A row group begins here, in a stream of runs.
    pub(super) fn mark_run(&mut self) {
        self.marks.push(Mark { offset: self.bytes.len(), bits: None, is_in_runs: true });
    }

    pub(super) fn compress(self, codec: OrcCompression) -> io::Result<Compressed> {
        let (bytes, starts) = codec.chunks(&self.bytes)?;
        let place = |mark: &Mark| {
            let mut numbers = match codec {
                OrcCompression::None => vec![mark.offset as u64],
                // A row group without values at the end of a full chunk lies behind the last one.
                _ => vec![
                    *starts.get(mark.offset / CHUNK).unwrap_or(&bytes.len()) as u64,
                    (mark.offset % CHUNK) as u64,
                ],
            };
            if mark.is_in_runs {
                numbers.push(0);
            }
            numbers.extend(mark.bits.map(u64::from));
            numbers
        };
        let positions = self.marks.iter().map(place).collect();
        Ok(Compressed { kind: self.kind, bytes, positions })
    }
}
