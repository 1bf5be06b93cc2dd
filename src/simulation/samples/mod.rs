//! Samples: from files to chunks that end at a record's end, and from chunks to records.
//!
//! Reading (here) is sequential and cheap; [`parse`] is pure and runs on workers.

mod msk;
pub mod parse;
pub mod pointer;
mod requests;

use std::{
    fs::File,
    io::{BufReader, Read},
    path::PathBuf,
};

use flate2::read::MultiGzDecoder;

use crate::foundation::json_values::ValueEnds;

/// How much is read at once, in bytes.
const CHUNK: usize = 1 << 20;

/// The longest line or JSON value that is read, in bytes; longer ones are an error, so that memory stays bounded.
const LONGEST_UNIT: usize = 64 << 20;

/// How a file holds records (`--input-format`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleForm {
    /// A line without its end, byte for byte; lines without a single byte are left out.
    Jsonl,
    /// A line without its `\n`, whatever it holds.
    Text,
    /// A line, decoded.
    Base64,
    /// An entry of `Records`, or the `Record`, of put requests.
    PutRecordBatch,
    /// An entry of `Records` as `GetRecords` answers them or an event of Lambda has them, or such a record alone.
    Kinesis,
    /// A record in an event of Lambda for a topic, or such a record alone.
    Msk,
    /// A line with a subscription document, gzipped before it is put.
    CloudwatchLogs,
}

impl SampleForm {
    /// All forms with their names on the command line.
    pub const ALL: [(&'static str, SampleForm); 7] = [
        ("jsonl", SampleForm::Jsonl),
        ("text", SampleForm::Text),
        ("base64", SampleForm::Base64),
        ("put-record-batch", SampleForm::PutRecordBatch),
        ("kinesis", SampleForm::Kinesis),
        ("msk", SampleForm::Msk),
        ("cloudwatch-logs", SampleForm::CloudwatchLogs),
    ];

    fn is_lines(self) -> bool {
        !matches!(self, SampleForm::PutRecordBatch | SampleForm::Kinesis | SampleForm::Msk)
    }

    /// What one record is.
    pub fn record(self) -> &'static str {
        match self {
            SampleForm::Jsonl => "a line that is not empty",
            SampleForm::Text => "a line",
            SampleForm::Base64 => "a line of base64",
            SampleForm::PutRecordBatch => "an entry of `Records`, or a `Record`, of put requests",
            SampleForm::Kinesis => "an entry of `Records` as GetRecords answers them, or such a record",
            SampleForm::Msk => "a record in an event of Lambda for a topic, or such a record",
            SampleForm::CloudwatchLogs => "a line with a subscription document",
        }
    }

    /// What error messages count.
    pub fn unit(self) -> &'static str {
        if self.is_lines() { "line" } else { "record" }
    }
}

/// One place to read samples from.
pub enum SampleInput {
    /// A file; unpacked when its name ends in `.gz`.
    File(PathBuf),
    /// Standard input or the like, with the name that messages give it; unpacked when it starts as gzip does.
    Reader(String, Box<dyn Read + Send>),
}

impl SampleInput {
    /// The name that messages give it.
    pub fn name(&self) -> String {
        match self {
            SampleInput::File(path) => path.display().to_string(),
            SampleInput::Reader(name, _) => name.clone(),
        }
    }
}

/// What is wrong with a sample file, and where.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// It can't be opened or read.
    #[error("{file}: {source}")]
    Read {
        /// Its name.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// It does not hold what its form says.
    #[error("{file}: {unit} {number}, byte {offset}: {message}")]
    Malformed {
        /// Its name.
        file: String,
        /// `line` or `record`.
        unit: &'static str,
        /// Which one, from 1.
        number: u64,
        /// Offset of its first byte, in the unpacked file.
        offset: u64,
        /// What is wrong.
        message: String,
    },
}

/// Bytes of one file that end at the end of a line or JSON value.
#[derive(Debug)]
pub struct Chunk {
    /// Which input they are from.
    pub input: usize,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Offset of the first one in the unpacked file.
    pub offset: u64,
}

/// Reads inputs one after another, chunk by chunk.
pub struct ChunkReader {
    inputs: std::iter::Enumerate<std::vec::IntoIter<SampleInput>>,
    form: SampleForm,
    open: Option<OpenInput>,
}

struct OpenInput {
    index: usize,
    name: String,
    reader: Box<dyn Read + Send>,
    carried: Vec<u8>,
    offset: u64,
}

impl ChunkReader {
    /// Reads these inputs, in this order.
    pub fn new(inputs: Vec<SampleInput>, form: SampleForm) -> ChunkReader {
        ChunkReader { inputs: inputs.into_iter().enumerate(), form, open: None }
    }

    /// The next chunk; `None` after the last.
    ///
    /// # Errors
    /// When an input can't be read, or a line or value is longer than 64 MiB.
    pub fn next_chunk(&mut self) -> Result<Option<Chunk>, SampleError> {
        loop {
            let open = match &mut self.open {
                Some(open) => open,
                None => match self.inputs.next() {
                    None => return Ok(None),
                    Some((index, input)) => self.open.insert(OpenInput::open(index, input)?),
                },
            };
            match open.read(self.form)? {
                Some(chunk) => return Ok(Some(chunk)),
                None => self.open = None,
            }
        }
    }
}

impl OpenInput {
    fn open(index: usize, input: SampleInput) -> Result<OpenInput, SampleError> {
        let (name, reader) = match input {
            SampleInput::File(path) => {
                let name = path.display().to_string();
                let file =
                    File::open(&path).map_err(|source| SampleError::Read { file: name.clone(), source })?;
                let packed = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
                (name, unpack(Box::new(file), packed))
            }
            SampleInput::Reader(name, mut reader) => {
                let mut start = Vec::new();
                reader
                    .by_ref()
                    .take(2)
                    .read_to_end(&mut start)
                    .map_err(|source| SampleError::Read { file: name.clone(), source })?;
                let packed = start == [0x1f, 0x8b];
                (name, unpack(Box::new(std::io::Cursor::new(start).chain(reader)), packed))
            }
        };
        Ok(OpenInput { index, name, reader, carried: Vec::new(), offset: 0 })
    }

    fn read(&mut self, form: SampleForm) -> Result<Option<Chunk>, SampleError> {
        let mut bytes = std::mem::take(&mut self.carried);
        let mut values = ValueEnds::default();
        let mut searched = 0;
        bytes.reserve(CHUNK);
        loop {
            let read = (&mut self.reader)
                .take(CHUNK as u64)
                .read_to_end(&mut bytes)
                .map_err(|source| SampleError::Read { file: self.name.clone(), source })?;
            let new = &bytes[searched..];
            let end = if form.is_lines() {
                memchr::memrchr(b'\n', new).map(|at| searched + at + 1)
            } else {
                values.last_end(new).map(|end| searched + end)
            };
            searched = bytes.len();
            let end = match end {
                _ if read < CHUNK => bytes.len(),
                Some(end) => end,
                None if bytes.len() > LONGEST_UNIT => return Err(self.too_long(form)),
                None => continue,
            };
            if end == 0 {
                return Ok(None);
            }
            // At the end of the file nothing is carried, and the next call finds nothing more.
            self.carried = bytes.split_off(end);
            let chunk = Chunk { input: self.index, offset: self.offset, bytes };
            self.offset += end as u64;
            return Ok(Some(chunk));
        }
    }

    fn too_long(&self, form: SampleForm) -> SampleError {
        let source = std::io::Error::new(
            std::io::ErrorKind::InvalidData,
            format!("at byte {}: a {} longer than 64 MiB", self.offset, form.unit()),
        );
        SampleError::Read { file: self.name.clone(), source }
    }
}

fn unpack(reader: Box<dyn Read + Send>, packed: bool) -> Box<dyn Read + Send> {
    if packed { Box::new(MultiGzDecoder::new(BufReader::with_capacity(1 << 17, reader))) } else { reader }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn chunks(text: &[u8], form: SampleForm) -> Vec<(u64, Vec<u8>)> {
        let input = SampleInput::Reader("-".to_owned(), Box::new(std::io::Cursor::new(text.to_vec())));
        let mut reader = ChunkReader::new(vec![input], form);
        std::iter::from_fn(|| reader.next_chunk().unwrap()).map(|chunk| (chunk.offset, chunk.bytes)).collect()
    }

    #[test]
    fn chunks_end_at_line_ends_and_lose_nothing() {
        let text: Vec<u8> = (0..300_000).flat_map(|line| format!("line {line}\n").into_bytes()).collect();
        let chunks = chunks(&text, SampleForm::Text);
        assert!(chunks.len() > 2);
        assert!(chunks.iter().all(|(_, bytes)| bytes.ends_with(b"\n")));
        assert_eq!(chunks.concat_bytes(), text);
        assert_eq!(chunks[1].0, chunks[0].1.len() as u64);
    }

    #[test]
    fn values_are_not_cut_in_the_middle() {
        let value = format!("{{\"a\":\"}}{{\\\"{}\"}}\n", "x".repeat(400_000));
        let text = value.repeat(8).into_bytes();
        let chunks = chunks(&text, SampleForm::PutRecordBatch);
        assert!(chunks.len() > 2);
        for (_, bytes) in &chunks {
            let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<serde_json::Value>();
            assert!(values.all(|value| value.is_ok()));
        }
        assert_eq!(chunks.concat_bytes(), text);
    }

    #[test]
    fn a_packed_reader_is_unpacked() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(b"a\nb").unwrap();
        assert_eq!(chunks(&encoder.finish().unwrap(), SampleForm::Jsonl), [(0, b"a\nb".to_vec())]);
    }

    trait Concat {
        fn concat_bytes(&self) -> Vec<u8>;
    }

    impl Concat for Vec<(u64, Vec<u8>)> {
        fn concat_bytes(&self) -> Vec<u8> {
            self.iter().flat_map(|(_, bytes)| bytes.clone()).collect()
        }
    }
}
