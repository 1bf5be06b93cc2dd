//! Pure: from a chunk to records. Runs on workers.
//!
//! In the line forms a record is a slice of the chunk itself; nothing is copied and no tree is made.

use std::{borrow::Cow, io::Write};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, GzBuilder};

use super::{
    Chunk, SampleForm, msk,
    pointer::JsonPointer,
    requests::{self, Shape},
};
use crate::{
    foundation::{
        json_values::lazy_json,
        record::{PutCalls, RecordBatch, RecordSpan},
        timestamp::Timestamp,
    },
    model::record_origin::SourcePlace,
};

/// How chunks are read.
#[derive(Clone, Debug)]
pub struct SampleRules {
    /// How records are held.
    pub form: SampleForm,
    /// `jsonl` and `text`: whether the line end stays in the record.
    pub keep_newline: bool,
    /// Where a record's arrival time stands, if it is taken from there.
    pub arrival: Option<JsonPointer>,
    /// `msk`: the topic that is read; any where `None`.
    pub topic: Option<String>,
    /// Whether the stream takes several JSON values in one record.
    pub takes_several: bool,
}

impl SampleRules {
    /// Whether a record is JSON, where the form wants it to be.
    pub fn is_json(&self, record: &[u8]) -> bool {
        self.form != SampleForm::Jsonl || self.is_json_line(content(record, true))
    }

    fn is_json_line(&self, line: &[u8]) -> bool {
        is_json(line) || (self.takes_several && are_json(line))
    }
}

/// The first thing in a chunk that is not as its form says.
#[derive(Debug)]
pub struct Malformed {
    /// Lines or records of the chunk that come before it.
    pub units_before: u64,
    /// Its offset in the chunk.
    pub offset: u64,
    /// What is wrong.
    pub message: String,
}

/// The records of a chunk.
#[derive(Debug)]
pub struct Parsed {
    /// The records.
    pub batch: RecordBatch,
    /// Arrival times, one per record, where the samples carry them.
    pub times: Vec<Timestamp>,
    /// What each record says of its place in its source; empty where the form has nothing of it.
    pub places: Vec<SourcePlace>,
    /// The line of each record, counted in line ends of the chunk before it; empty where the records are lines of the
    /// batch itself.
    pub lines: Vec<u32>,
    /// Line ends of the chunk.
    pub line_ends: u64,
    /// Lines or records read, those left out among them.
    pub units: u64,
    /// Lines that are not JSON, where JSON is expected.
    pub non_json: u64,
    /// Lines left out because they have no byte.
    pub empty: u64,
    /// Records with bytes whose last one is not a line end.
    pub undelimited: u64,
    /// Why reading stopped early.
    pub malformed: Option<Malformed>,
}

impl Parsed {
    fn new(calls: PutCalls) -> Parsed {
        let batch = RecordBatch { bytes: Vec::new(), spans: Vec::new(), calls };
        Parsed {
            batch,
            times: Vec::new(),
            places: Vec::new(),
            lines: Vec::new(),
            line_ends: 0,
            units: 0,
            non_json: 0,
            empty: 0,
            undelimited: 0,
            malformed: None,
        }
    }

    /// Adds a record whose bytes are not in the chunk.
    pub(super) fn push_decoded(&mut self, record: &[u8]) {
        let span = RecordSpan { start: self.batch.bytes.len() as u32, len: record.len() as u32 };
        self.batch.bytes.extend_from_slice(record);
        self.push_span(span, record);
    }

    /// Notes the line of the record that was added last.
    pub(super) fn note_line(&mut self, line: u64) {
        // A chunk is shorter than what the type holds.
        self.lines.push(line as u32);
    }

    /// Notes what the record that was added last says of its place in its source.
    pub(super) fn note_place(&mut self, place: SourcePlace) {
        // Only from the first record that says anything.
        if place != SourcePlace::default() || !self.places.is_empty() {
            self.places.resize_with(self.batch.spans.len() - 1, SourcePlace::default);
            self.places.push(place);
        }
    }

    /// Ends a put call of several records.
    pub(super) fn end_call(&mut self) {
        let end = self.batch.spans.len() as u32;
        if let PutCalls::Ends(ends) = &mut self.batch.calls {
            ends.push(end);
        }
    }

    fn push_span(&mut self, span: RecordSpan, record: &[u8]) {
        self.undelimited += u64::from(record.last().is_some_and(|last| *last != b'\n'));
        self.batch.spans.push(span);
    }
}

/// Reads the records of a chunk, up to the first that is not as the form says.
pub fn parse(chunk: Chunk, rules: &SampleRules) -> Parsed {
    parse_asking(chunk, rules, true)
}

/// As [`parse`]; without `asks_json`, records that are lines are not asked whether they are JSON.
pub fn parse_asking(chunk: Chunk, rules: &SampleRules, asks_json: bool) -> Parsed {
    let line_ends = match rules.form {
        SampleForm::Jsonl | SampleForm::Text => 0,
        _ => memchr::memchr_iter(b'\n', &chunk.bytes).count() as u64,
    };
    Parsed { line_ends, ..parse_records(chunk, rules, asks_json) }
}

fn parse_records(chunk: Chunk, rules: &SampleRules, asks_json: bool) -> Parsed {
    match rules.form {
        SampleForm::Jsonl | SampleForm::Text => parse_slices(chunk, rules, asks_json),
        SampleForm::Base64 | SampleForm::CloudwatchLogs => {
            let mut parsed = Parsed::new(PutCalls::OnePerRecord);
            parse_decoded(&chunk.bytes, rules, &mut parsed);
            parsed
        }
        SampleForm::PutRecordBatch => {
            let mut parsed = Parsed::new(PutCalls::Ends(Vec::new()));
            requests::parse(&chunk.bytes, Shape::Put, rules, &mut parsed);
            parsed
        }
        SampleForm::Kinesis => {
            let mut parsed = Parsed::new(PutCalls::OnePerRecord);
            requests::parse(&chunk.bytes, Shape::Kinesis, rules, &mut parsed);
            parsed
        }
        SampleForm::Msk => {
            let mut parsed = Parsed::new(PutCalls::OnePerRecord);
            msk::parse(&chunk.bytes, rules, &mut parsed);
            parsed
        }
    }
}

/// `jsonl` and `text`: the chunk becomes the batch.
fn parse_slices(chunk: Chunk, rules: &SampleRules, asks_json: bool) -> Parsed {
    let is_jsonl = rules.form == SampleForm::Jsonl;
    let mut parsed = Parsed::new(PutCalls::OnePerRecord);
    parsed.batch.spans.reserve(chunk.bytes.len() / 200);
    for (start, whole) in lines(&chunk.bytes) {
        let content = content(whole, is_jsonl);
        let record = if rules.keep_newline { whole } else { content };
        if is_jsonl && content.is_empty() {
            parsed.empty += 1;
            parsed.units += 1;
            continue;
        }
        if is_jsonl && asks_json && !rules.is_json_line(content) {
            parsed.non_json += 1;
        }
        if let Some(pointer) = &rules.arrival
            && !take_time(pointer, content, start, &mut parsed)
        {
            break;
        }
        parsed.units += 1;
        parsed.push_span(RecordSpan { start: start as u32, len: record.len() as u32 }, record);
    }
    parsed.batch.bytes = chunk.bytes;
    parsed
}

/// `base64` and `cloudwatch-logs`: each line becomes other bytes.
fn parse_decoded(bytes: &[u8], rules: &SampleRules, parsed: &mut Parsed) {
    for (start, whole) in lines(bytes) {
        let line = content(whole, true);
        let record = match rules.form {
            SampleForm::Base64 => STANDARD.decode(line).map_err(|error| format!("not base64: {error}")),
            _ if line.is_empty() => {
                parsed.empty += 1;
                parsed.units += 1;
                continue;
            }
            _ => {
                parsed.non_json += u64::from(!is_json(line));
                Ok(pack(line))
            }
        };
        let record = match record {
            Ok(record) => record,
            Err(message) => {
                parsed.malformed =
                    Some(Malformed { units_before: parsed.units, offset: start as u64, message });
                return;
            }
        };
        if let Some(pointer) = &rules.arrival {
            let json =
                if rules.form == SampleForm::Base64 { Cow::Borrowed(&record[..]) } else { line.into() };
            if !take_time(pointer, &json, start, parsed) {
                return;
            }
        }
        parsed.push_decoded(&record);
        parsed.note_line(parsed.units);
        parsed.units += 1;
    }
}

fn take_time(pointer: &JsonPointer, json: &[u8], start: usize, parsed: &mut Parsed) -> bool {
    match pointer.time_in(json) {
        Ok(time) => parsed.times.push(time),
        Err(message) => {
            parsed.malformed = Some(Malformed { units_before: parsed.units, offset: start as u64, message });
        }
    }
    parsed.malformed.is_none()
}

/// Lines with their ends, and where they start. A line end at the end starts no further line.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut start = 0;
    let mut ends = memchr::memchr_iter(b'\n', bytes);
    std::iter::from_fn(move || {
        let end = ends.next().map_or(bytes.len(), |at| at + 1);
        let line = (start, &bytes[start..end]);
        start = end;
        (!line.1.is_empty()).then_some(line)
    })
}

fn content(line: &[u8], without_return: bool) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    if without_return { line.strip_suffix(b"\r").unwrap_or(line) } else { line }
}

fn is_json(line: &[u8]) -> bool {
    lazy_json(line).is_some()
}

/// A text of a JSON value, where it stands unless escapes had to be undone. (`Option<Cow<str>>` alone always copies.)
#[derive(serde::Deserialize)]
pub(super) struct Read<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// Counts lines up to places that come one after another.
pub(super) struct LineCounter<'a> {
    bytes: &'a [u8],
    at: usize,
    lines: u64,
}

impl<'a> LineCounter<'a> {
    /// Counts in a chunk, from its beginning.
    pub(super) fn new(bytes: &'a [u8]) -> LineCounter<'a> {
        LineCounter { bytes, at: 0, lines: 0 }
    }

    /// Line ends before a text that was read out of the chunk; those before the last one where the text had to be
    /// written anew.
    pub(super) fn before(&mut self, text: &str) -> u64 {
        let offset = text.as_ptr().addr().wrapping_sub(self.bytes.as_ptr().addr());
        if let Some(between) = self.bytes.get(self.at..offset) {
            self.lines += memchr::memchr_iter(b'\n', between).count() as u64;
            self.at = offset;
        }
        self.lines
    }
}

/// Whether a line holds JSON values end to end, and nothing else.
fn are_json(line: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(line) else { return false };
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<serde::de::IgnoredAny>().peekable();
    values.peek().is_some() && values.all(|value| value.is_ok())
}

/// As CloudWatch Logs packs its documents: gzip, level 6.
fn pack(line: &[u8]) -> Vec<u8> {
    let mut encoder = GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::new(6));
    // A vector takes every write.
    encoder.write_all(line).and_then(|()| encoder.finish()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn rules(form: SampleForm) -> SampleRules {
        SampleRules { form, keep_newline: false, arrival: None, topic: None, takes_several: false }
    }

    fn read(text: &str, rules: &SampleRules) -> (Vec<String>, Parsed) {
        let parsed = parse(Chunk { input: 0, bytes: text.as_bytes().to_vec(), offset: 0 }, rules);
        let text = |index| String::from_utf8_lossy(parsed.batch.record(index)).into_owned();
        ((0..parsed.batch.spans.len()).map(text).collect(), parsed)
    }

    #[test]
    fn jsonl_leaves_out_empty_lines_only_and_counts_what_is_not_json() {
        let (records, parsed) = read("{\"a\":1}\r\n\n \nnot json\n{\"a\":01}\n{}", &rules(SampleForm::Jsonl));
        assert_eq!(records, ["{\"a\":1}", " ", "not json", "{\"a\":01}", "{}"]);
        assert_eq!((parsed.non_json, parsed.empty, parsed.units), (3, 1, 6));
    }

    #[test]
    fn what_is_not_json_is_seen() {
        for text in
            ["{\"a\" 1}", "{\"a\":tru}", "{\"a\":1}}", "[1,]", "\"\\x\"", "", "{\"a\":\"\u{1}\"}", "1 2"]
        {
            assert!(!is_json(text.as_bytes()), "{text}");
        }
        for text in ["null", " {\"a\":[1.5e3,\"\\u00e9\",true]} ", "\"x\"", "-0"] {
            assert!(is_json(text.as_bytes()), "{text}");
        }
        assert!(!is_json(b"\"\xff\""));
    }

    #[test]
    fn kept_line_ends_stay_in_the_record() {
        let keep = SampleRules { keep_newline: true, ..rules(SampleForm::Jsonl) };
        let (records, parsed) = read("{}\r\n\n[]", &keep);
        assert_eq!(records, ["{}\r\n", "[]"]);
        assert_eq!(parsed.undelimited, 1);
    }

    #[test]
    fn text_keeps_everything_but_the_line_feed() {
        assert_eq!(read("a\r\n\nb\n", &rules(SampleForm::Text)).0, ["a\r", "", "b"]);
    }

    #[test]
    fn base64_that_is_none_is_an_error_with_its_place() {
        let (records, parsed) = read("YWJj\n\nYQ=\n", &rules(SampleForm::Base64));
        assert_eq!(records, ["abc", ""]);
        let malformed = parsed.malformed.unwrap();
        assert_eq!((malformed.units_before, malformed.offset), (2, 6));
    }

    /// Issue 4, point 6: each form knows the lines of its records.
    #[test]
    fn records_that_are_no_lines_know_theirs() {
        let lines = |text: &str, form| read(text, &rules(form)).1.lines;
        assert_eq!(lines("YQ==\nYg==\n", SampleForm::Base64), [0, 1]);
        assert_eq!(lines("{}\n\n{}\n", SampleForm::CloudwatchLogs), [0, 2]);
        let put = "{\"Records\":[\n{\"Data\":\"YQ==\"},\n{\"Data\":\"Y\\u0067==\"}]}\n\n{\"Record\":\n{\"Data\":\"Yw==\"}}";
        // One that is written with an escape is told with the record before it.
        assert_eq!(lines(put, SampleForm::PutRecordBatch), [1, 1, 5]);
        let kinesis = "{\"Data\":\"YQ==\",\"ApproximateArrivalTimestamp\":1}\n{\"Data\":\"YQ==\",\"ApproximateArrivalTimestamp\":1}\n";
        let parsed = read(kinesis, &rules(SampleForm::Kinesis)).1;
        assert_eq!((parsed.lines, parsed.line_ends), (vec![0, 1], 2));
        let record = r#"{"topic":"t","partition":0,"offset":1,"timestamp":1,"value":"YQ=="}"#;
        let msk = format!("{{\"records\":{{\"t-0\":[\n{record},\n{record}\n]}}}}\n{record}");
        assert_eq!(lines(&msk, SampleForm::Msk), [1, 2, 4]);
    }

    #[test]
    fn the_records_of_a_request_are_one_call() {
        let text = r#"{"Records":[{"Data":"YQ=="},{"Data":"Yg=="}]}{"DeliveryStreamName":"s","Record":{"Data":"Yw=="}}"#;
        let (records, parsed) = read(text, &rules(SampleForm::PutRecordBatch));
        assert_eq!(records, ["a", "b", "c"]);
        assert_eq!(parsed.batch.calls, PutCalls::Ends(vec![2, 3]));
        let (_, parsed) = read(r#"{"Records":[]} {"x":1}"#, &rules(SampleForm::PutRecordBatch));
        assert_eq!(parsed.malformed.unwrap().offset, 15);
    }

    #[test]
    fn kinesis_records_bring_their_times() {
        let text = r#"{"Records":[{"Data":"YQ==","ApproximateArrivalTimestamp":1772405970.25}]}
            {"Data":"Yg==","ApproximateArrivalTimestamp":"2026-03-01T23:59:31+01:00","PartitionKey":"p"}"#;
        let (records, parsed) = read(text, &rules(SampleForm::Kinesis));
        assert_eq!(records, ["a", "b"]);
        let times: Vec<String> = parsed.times.iter().map(Timestamp::to_string).collect();
        assert_eq!(times, ["2026-03-01T22:59:30.250Z", "2026-03-01T22:59:31.000Z"]);
    }

    #[test]
    fn subscription_documents_are_packed() {
        let parsed = read("{\"messageType\":\"DATA_MESSAGE\"}\n", &rules(SampleForm::CloudwatchLogs)).1;
        let mut text = String::new();
        flate2::read::GzDecoder::new(parsed.batch.record(0)).read_to_string(&mut text).unwrap();
        assert_eq!(text, "{\"messageType\":\"DATA_MESSAGE\"}");
    }

    #[test]
    fn a_record_without_the_arrival_field_stops_the_reading() {
        let arrival = Some("/t".parse().unwrap());
        let (records, parsed) =
            read("{\"t\":1}\n{}\n{\"t\":2}\n", &SampleRules { arrival, ..rules(SampleForm::Jsonl) });
        assert_eq!((records.len(), parsed.times.len()), (1, 1));
        let malformed = parsed.malformed.unwrap();
        assert_eq!((malformed.units_before, malformed.offset), (1, 8));
    }
}
