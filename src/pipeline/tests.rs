//! The facts of sections 3, 4.4, 10.1 and 17 of the behaviour sheet, against the machine alone.

use std::time::Duration;

use super::*;
use crate::{
    foundation::{
        byte_size::ByteSize,
        record::{PutCalls, RecordBatch, RecordSpan},
        seed::Seed,
    },
    model::{
        buffering_hints::BufferingHints,
        compression::CompressionFormat,
        delivery_stream::DeliveryStream,
        destination::{Destination, extended_s3::ExtendedS3},
        s3::S3Settings,
        source::Source,
        zone::Zone,
    },
};

const SECOND: Duration = Duration::from_secs(1);

fn settings(size: u64, interval: u64) -> S3Settings {
    S3Settings {
        bucket: "b".to_owned(),
        prefix: None,
        error_output_prefix: None,
        hints: BufferingHints { size: ByteSize::bytes(size), interval: Duration::from_secs(interval) },
        compression: CompressionFormat::UNCOMPRESSED,
    }
}

/// A machine with the writes it asks for carried out at once, and all that came out of it.
struct Bench {
    pipeline: Pipeline,
    sealed: Vec<(Lane, SealedBy, String, Timestamp)>,
    ended: Vec<Ended>,
    joined: Vec<Joined>,
    attempts: Vec<Timestamp>,
    writes: WriteResult,
}

impl Bench {
    fn new(size: u64, interval: u64, backup: Option<S3Settings>, channels: u32) -> Bench {
        let s3 = settings(size, interval);
        let destination =
            ExtendedS3 { s3, zone: Zone::utc(), file_extension: None, backup, delimiter: Box::default() };
        let stream = DeliveryStream {
            logical_id: "Stream".to_owned(),
            name: "stream".to_owned(),
            arn: String::new(),
            region: String::new(),
            account: String::new(),
            source: Source::DirectPut,
            destination: Destination::ExtendedS3(destination),
        };
        let pipeline = Pipeline::new(Arc::new(Plan::compile(stream, Seed(0), channels)));
        let (sealed, ended, joined, attempts) = Default::default();
        Bench { pipeline, sealed, ended, joined, attempts, writes: WriteResult::Accepted }
    }

    fn hand(&mut self, input: Input<'_>, now: Timestamp) {
        self.pipeline.handle(input, now);
        while let Some(output) = self.pipeline.poll_output() {
            match output {
                Output::Sealed(buffer) => {
                    let text = String::from_utf8(buffer.bytes.clone()).unwrap();
                    self.sealed.push((buffer.lane, buffer.sealed_by, text, buffer.sealed_at));
                }
                Output::Write(request, _) => {
                    self.attempts.push(now);
                    self.pipeline.handle(Input::Written(request, self.writes), now);
                }
                Output::Ended(ended) => self.ended.push(ended),
                Output::Joined(joined) => self.joined.push(joined),
            }
        }
    }

    /// Fires what is due until `now`, then puts `records` in one call.
    fn put(&mut self, now: Timestamp, records: &[&str]) {
        self.until(now);
        let (mut bytes, mut spans) = (Vec::new(), Vec::new());
        for record in records {
            spans.push(RecordSpan { start: bytes.len() as u32, len: record.len() as u32 });
            bytes.extend_from_slice(record.as_bytes());
        }
        let calls = PutCalls::Ends(vec![records.len() as u32]);
        let prepared = self.pipeline.plan.prepare(RecordBatch { bytes, spans, calls });
        self.hand(Input::Put(&prepared, 0..records.len()), now);
    }

    fn until(&mut self, now: Timestamp) {
        while let Some(deadline) = self.pipeline.poll_timeout().filter(|deadline| deadline.at <= now) {
            self.hand(Input::Tick, deadline.at);
        }
    }

    fn bodies(&self, lane: Lane) -> Vec<(&str, SealedBy)> {
        let of_lane = self.sealed.iter().filter(|(of, ..)| *of == lane);
        of_lane.map(|(_, by, text, _)| (text.as_str(), *by)).collect()
    }
}

fn start() -> Timestamp {
    Timestamp::DEFAULT_START
}

#[test]
fn records_are_concatenated_without_a_delimiter() {
    let mut bench = Bench::new(100, 60, None, 1);
    for _ in 0..3 {
        bench.put(start(), &["abc"]);
    }
    bench.hand(Input::Drain, start());
    assert_eq!(bench.bodies(Lane::Destination), [("abcabcabc", SealedBy::Drain)]);
}

#[test]
fn a_buffer_is_sealed_before_the_record_that_would_exceed_it() {
    let mut bench = Bench::new(6, 60, None, 1);
    for record in ["abc", "def", "g", "larger than a buffer", "h"] {
        bench.put(start(), &[record]);
    }
    bench.hand(Input::Drain, start());
    let size = SealedBy::Size;
    let expected = [("abcdef", size), ("g", size), ("larger than a buffer", size), ("h", SealedBy::Drain)];
    assert_eq!(bench.bodies(Lane::Destination), expected);
}

#[test]
fn the_interval_starts_with_the_first_record_and_ends_before_one_that_arrives_with_it() {
    let mut bench = Bench::new(100, 60, None, 1);
    let first = start().saturating_add(10 * SECOND);
    bench.put(first, &["a"]);
    bench.put(first.saturating_add(60 * SECOND - Duration::from_micros(1)), &["b"]);
    let end = first.saturating_add(60 * SECOND);
    bench.put(end, &["c"]);
    assert_eq!(bench.sealed, [(Lane::Destination, SealedBy::Interval, "ab".to_owned(), end)]);
    let next = Deadline { at: end.saturating_add(60 * SECOND), reason: TimerReason::BufferInterval };
    assert_eq!(bench.pipeline.poll_timeout(), Some(next));
}

#[test]
fn interval_zero_seals_after_each_put_call() {
    let mut bench = Bench::new(100, 0, None, 1);
    bench.put(start(), &["a", "b"]);
    bench.put(start(), &["c"]);
    let interval = SealedBy::Interval;
    assert_eq!(bench.bodies(Lane::Destination), [("ab", interval), ("c", interval)]);
    assert_eq!(bench.pipeline.poll_timeout(), None);
}

#[test]
fn records_go_to_the_channels_in_turn() {
    let mut bench = Bench::new(100, 60, None, 2);
    bench.put(start(), &["a", "b", "c"]);
    bench.hand(Input::Drain, start());
    let drain = SealedBy::Drain;
    assert_eq!(bench.bodies(Lane::Destination), [("ac", drain), ("b", drain)]);
}

#[test]
fn a_backup_holds_a_copy_of_every_record_with_hints_of_its_own() {
    let mut bench = Bench::new(2, 60, Some(settings(100, 60)), 1);
    bench.put(start(), &["a", "b", "c"]);
    bench.hand(Input::Drain, start());
    assert_eq!(bench.bodies(Lane::Backup), [("abc", SealedBy::Drain)]);
    assert_eq!(bench.bodies(Lane::Destination).len(), 2);
    let ledger = bench.pipeline.ledger();
    assert_eq!((ledger.backup_copies(), ledger.records()), (3, 3));
    assert_eq!(ledger.outcome(Outcome::Delivered), 3);
}

#[test]
fn objects_without_a_byte_are_never_written() {
    let mut bench = Bench::new(100, 60, Some(settings(100, 60)), 1);
    bench.put(start(), &["", ""]);
    bench.hand(Input::Drain, start());
    assert!(bench.sealed.is_empty() && bench.attempts.is_empty());
    assert_eq!(bench.pipeline.ledger().outcome(Outcome::Delivered), 2);
    assert!(bench.ended.iter().all(|ended| ended.attempts == 0));
}

#[test]
fn a_write_that_keeps_failing_is_lost_24_hours_after_the_oldest_arrival() {
    let mut bench = Bench::new(100, 60, None, 1);
    bench.writes = WriteResult::Failed;
    bench.put(start(), &["a", "b"]);
    let retention = start().saturating_add(Duration::from_secs(86_400));
    bench.until(retention.saturating_add(3_600 * SECOND));
    let ended = bench.ended.pop().unwrap();
    assert_eq!((ended.at, ended.outcome), (retention, Outcome::Lost));
    assert_eq!(u32::try_from(bench.attempts.len()), Ok(ended.attempts));
    assert!(bench.attempts.iter().all(|at| *at < retention));
    assert_eq!(bench.pipeline.ledger().outcome(Outcome::Lost), 2);
    assert!(bench.pipeline.ledger().is_conserved());
}

#[test]
fn a_write_that_recovers_is_delivered() {
    let mut bench = Bench::new(100, 60, None, 1);
    bench.writes = WriteResult::Failed;
    bench.put(start(), &["a"]);
    bench.until(start().saturating_add(60 * SECOND));
    bench.writes = WriteResult::Accepted;
    bench.until(start().saturating_add(61 * SECOND));
    let ended = bench.ended.pop().unwrap();
    assert_eq!((ended.attempts, ended.outcome), (2, Outcome::Delivered));
    assert_eq!(ended.at, start().saturating_add(61 * SECOND));
}

#[test]
fn a_refused_request_leaves_no_record_behind() {
    let mut bench = Bench::new(100, 60, None, 1);
    bench.put(start(), &["x"; 501]);
    bench.hand(Input::Drain, start());
    assert!(bench.sealed.is_empty());
    let ledger = bench.pipeline.ledger();
    assert_eq!((ledger.arrivals(), ledger.rejected(), ledger.records()), (501, 501, 0));
    assert_eq!(bench.pipeline.refused().too_many_records, 501);
}

#[test]
fn a_watched_record_tells_each_buffer_that_takes_it() {
    let mut bench = Bench::new(6, 60, Some(settings(1_000, 60)), 1);
    bench.pipeline.watch(3);
    bench.put(start(), &["abc", "def"]);
    bench.put(start(), &["ghi", "jkl"]);
    let joined: Vec<_> = bench.joined.iter().map(|j| (j.arrival, j.lane, j.is_first)).collect();
    assert_eq!(joined, [(3, Lane::Destination, true), (3, Lane::Backup, false)]);
}

#[test]
fn throttled_records_are_rejected_and_accounted_for() {
    let mut bench = Bench::new(100, 60, None, 1);
    bench.put(start(), &["a"]);
    bench.hand(Input::Throttled(4), start());
    bench.hand(Input::Drain, start());
    let ledger = bench.pipeline.ledger();
    assert_eq!((ledger.arrivals(), ledger.records(), ledger.rejected()), (5, 1, 4));
    assert!(ledger.is_conserved());
}
