//! The facts of sections 3, 4.4, 10.1 and 17 of the behaviour sheet, against the machine alone.

use std::time::Duration;

use std::collections::BTreeMap;

use super::{
    invocation::{InvocationId, InvocationOutcome, Passed},
    *,
};
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
    /// What a conversion noted of the records of each sealed buffer.
    notes: Vec<Vec<u64>>,
    /// What was handed out of open buffers, by buffer.
    parked: BTreeMap<BufferId, Vec<u8>>,
    ended: Vec<Ended>,
    joined: Vec<Joined>,
    failed: Vec<FailedRecord>,
    passed: Vec<Passed>,
    /// Calls of the function that were asked for.
    events: Vec<(InvocationId, Vec<u8>, Timestamp)>,
    attempts: Vec<Timestamp>,
    writes: WriteResult,
}

impl Bench {
    fn new(size: u64, interval: u64, backup: Option<S3Settings>, channels: u32) -> Bench {
        let s3 = settings(size, interval);
        let destination = ExtendedS3 {
            s3,
            zone: Zone::utc(),
            file_extension: None,
            backup,
            delimiter: Box::default(),
            processing: Default::default(),
            partition_retry: None,
        };
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
        let (sealed, notes, parked, ended, joined, attempts, failed, passed, events) = Default::default();
        let writes = WriteResult::Accepted;
        Bench { pipeline, sealed, notes, parked, ended, joined, failed, passed, events, attempts, writes }
    }

    fn hand(&mut self, input: Input<'_>, now: Timestamp) {
        self.pipeline.handle(input, now);
        while let Some(output) = self.pipeline.poll_output() {
            match output {
                Output::Sealed(buffer) => {
                    let mut bytes = self.parked.remove(&buffer.id).unwrap_or_default();
                    assert_eq!(bytes.len() as u64, buffer.parked);
                    bytes.extend_from_slice(&buffer.bytes);
                    assert_eq!(buffer.ends.last().map_or(0, |end| u64::from(*end)), buffer.length());
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    self.sealed.push((buffer.lane, buffer.sealed_by, text, buffer.sealed_at));
                    self.notes.push(buffer.notes.to_vec());
                }
                Output::Write(request, _) => {
                    self.attempts.push(now);
                    self.pipeline.handle(Input::Written(request, self.writes.clone()), now);
                }
                Output::Parked(parked) => {
                    assert_eq!(parked.ends.last().map(|end| *end as usize), Some(parked.bytes.len()));
                    self.parked.entry(parked.buffer).or_default().extend(parked.bytes);
                }
                Output::Ended(ended) => self.ended.push(ended),
                Output::Joined(joined) => self.joined.push(joined),
                Output::Moved(_) | Output::Took(..) | Output::Kept(_) => {}
                Output::Failed(failed) => self.failed.push(*failed),
                Output::Invoke(id, event) => self.events.push((id, event, now)),
                Output::Passed(passed) => self.passed.push(passed),
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
fn bytes_that_are_handed_out_come_first_in_their_buffer() {
    let record = |at: usize| format!("{at:06}{}", "x".repeat(1 << 16));
    let records: Vec<String> = (0..40).map(record).collect();
    let bodies = |most: Option<u64>| {
        let mut bench = Bench::new(3 << 20, 60, Some(settings(2 << 20, 60)), 1);
        most.into_iter().for_each(|most| bench.pipeline.park_beyond(most));
        let mut most_held = 0;
        for pair in records.chunks(2) {
            bench.put(start(), &pair.iter().map(String::as_str).collect::<Vec<_>>());
            let parked: usize = bench.parked.values().map(Vec::len).sum();
            most_held = most_held.max(bench.pipeline.buffered_bytes() - parked as u64);
        }
        bench.hand(Input::Drain, start());
        (bench.sealed, most_held)
    };
    let (whole, held) = bodies(None);
    assert!(held > 3 << 20, "{held}");
    let (parked, held) = bodies(Some(600_000));
    assert_eq!(parked, whole);
    // Each of the two open buffers keeps what is not worth it.
    assert!(held < 1 << 20, "{held}");
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

fn processing_bench(interval: u64, processing: crate::model::processor::Processing) -> Bench {
    let mut bench = Bench::new(1_000, interval, Some(settings(1_000, interval)), 1);
    let mut stream = bench.pipeline.plan.stream().clone();
    let Destination::ExtendedS3(destination) = &mut stream.destination else { unreachable!("an S3 stream") };
    destination.processing = processing;
    bench.pipeline = Pipeline::new(Arc::new(Plan::compile(stream, Seed(0), 1)));
    bench
}

#[test]
fn failed_records_end_in_an_error_document_in_a_buffer_of_their_own() {
    let processing = crate::model::processor::Processing {
        decompresses: true,
        ..crate::model::processor::Processing::default()
    };
    let mut bench = processing_bench(60, processing);
    bench.put(start(), &["not packed", "nor this"]);
    bench.until(start().saturating_add(60 * SECOND));
    let errors = bench.bodies(Lane::Error);
    let [(lines, SealedBy::Interval)] = errors[..] else { panic!("{errors:?}") };
    let lines: Vec<&str> = lines.lines().collect();
    let expected = concat!(
        r#"{"rawData":"bm90IHBhY2tlZA==","errorCode":"Decompression.Failed","errorMessage":"The record is not in GZIP format.","#,
        r#""attemptsMade":1,"arrivalTimestamp":1767225600000,"attemptEndingTimestamp":1767225600000}"#
    );
    assert_eq!((lines.len(), lines[0]), (2, expected));
    // The backup has the records as they were put, failed or not.
    assert_eq!(bench.bodies(Lane::Backup), [("not packednor this", SealedBy::Interval)]);
    let ledger = bench.pipeline.ledger();
    assert_eq!((ledger.outcome(Outcome::ProcessingFailed), ledger.outcome(Outcome::Delivered)), (2, 0));
    assert!(ledger.is_conserved());
}

#[test]
fn error_documents_that_nobody_takes_are_lost() {
    let processing = crate::model::processor::Processing {
        decompresses: true,
        ..crate::model::processor::Processing::default()
    };
    let mut bench = processing_bench(0, processing);
    bench.writes = WriteResult::Failed;
    bench.put(start(), &["not packed"]);
    bench.until(start().saturating_add(Duration::from_secs(86_400)));
    assert_eq!(bench.pipeline.ledger().outcome(Outcome::Lost), 1);
    assert!(bench.pipeline.ledger().is_conserved());
}

#[test]
fn records_are_counted_after_deaggregation() {
    use crate::model::processor::{Processing, deaggregation::RecordDeAggregation};
    let deaggregation = Some(RecordDeAggregation::Json);
    let mut bench = processing_bench(60, Processing { deaggregation, ..Processing::default() });
    bench.put(start(), &[r#"{"a":1} {"a":2}"#, "text", "{}"]);
    bench.hand(Input::Drain, start());
    assert_eq!(bench.bodies(Lane::Destination), [(r#"{"a":1}{"a":2}{}"#, SealedBy::Drain)]);
    let ledger = bench.pipeline.ledger();
    assert_eq!((ledger.arrivals(), ledger.records(), ledger.backup_copies()), (3, 4, 3));
    assert_eq!((ledger.outcome(Outcome::Delivered), ledger.outcome(Outcome::ProcessingFailed)), (3, 1));
    assert!(ledger.is_conserved());
}

fn partitioned(interval: u64, limit: u32) -> Bench {
    use crate::model::processor::{Processing, metadata_extraction::MetadataExtraction};
    let metadata = MetadataExtraction::compile("{k: .k}", vec!["k".into()]).unwrap();
    let mut bench =
        processing_bench(interval, Processing { metadata: Some(metadata), ..Processing::default() });
    let plan = Plan::clone(&bench.pipeline.plan).with_active_partitions(limit);
    bench.pipeline = Pipeline::new(Arc::new(plan));
    bench
}

#[test]
fn each_partition_has_a_buffer_of_its_own() {
    let mut bench = partitioned(60, 500);
    bench.put(start(), &[r#"{"k":1}"#, r#"{"k":"b"}"#, r#"{"k":"1"}"#, r#"{"k":""}"#, "text"]);
    bench.hand(Input::Drain, start());
    let drain = SealedBy::Drain;
    assert_eq!(bench.bodies(Lane::Destination), [(r#"{"k":1}{"k":"1"}"#, drain), (r#"{"k":"b"}"#, drain)]);
    let [(lines, _)] = bench.bodies(Lane::Error)[..] else { panic!() };
    assert_eq!(lines.matches("DynamicPartitioning.MetadataExtractionFailed").count(), 2);
    assert_eq!(bench.pipeline.ledger().outcome(Outcome::ProcessingFailed), 2);
}

#[test]
fn records_of_one_partition_too_many_fail_until_another_is_delivered() {
    let mut bench = partitioned(60, 2);
    bench.put(start(), &[r#"{"k":1}"#, r#"{"k":2}"#, r#"{"k":3}"#, r#"{"k":2}"#]);
    bench.until(start().saturating_add(60 * SECOND));
    let [(failed, _)] = bench.bodies(Lane::Error)[..] else { panic!() };
    assert!(failed.contains(
        r#""rawData":"eyJrIjozfQ==","errorCode":"DynamicPartitioning.ActivePartitionsLimitExceeded""#
    ));
    // All are delivered after the interval, and no longer active.
    bench.put(start().saturating_add(60 * SECOND), &[r#"{"k":3}"#]);
    assert_eq!(bench.pipeline.active_partitions(), 1);
    bench.hand(Input::Drain, start().saturating_add(60 * SECOND));
    let ledger = bench.pipeline.ledger();
    assert_eq!((ledger.outcome(Outcome::Delivered), ledger.outcome(Outcome::ProcessingFailed)), (4, 1));
}

#[test]
fn a_hundred_thousand_partitions_over_time_leave_nothing_behind() {
    let mut bench = partitioned(1, 500);
    for key in 0..100_000_u64 {
        // At 250 a second with an interval of 1 s, about 250 are open at a time.
        let now = start().saturating_add(Duration::from_millis(key * 4));
        bench.put(now, &[&format!(r#"{{"k":{key}}}"#)]);
        assert!(bench.pipeline.active_partitions() <= 251);
        bench.sealed.clear();
        bench.ended.clear();
        bench.attempts.clear();
    }
    bench.hand(Input::Drain, start().saturating_add(Duration::from_secs(400)));
    assert_eq!(bench.pipeline.active_partitions(), 0);
    assert_eq!(bench.pipeline.ledger().outcome(Outcome::Delivered), 100_000);
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

mod conversion;
mod invocations;
