//! The facts of sections 4.1 to 4.4 and 5 of the behaviour sheet about functions, against the machine alone. Answers are
//! made from the very events that the machine asks to send.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::*;
use crate::model::processor::{
    Processing,
    deaggregation::RecordDeAggregation,
    lambda::LambdaTransform,
    lambda_response::{FUNCTION_ERROR, call_error},
    metadata_extraction::MetadataExtraction,
};

use crate::{model::record_origin::SourcePlace, pipeline::invocation::Step};

const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:f";

pub(super) fn function(size: u64, interval: u64, retries: u32) -> LambdaTransform {
    let hints = BufferingHints { size: ByteSize::bytes(size), interval: Duration::from_secs(interval) };
    LambdaTransform { arn: ARN.into(), hints, retries, keys: Vec::new() }
}

/// A machine with a function and a backup; its destination's interval is 60 s.
pub(super) fn bench(lambda: LambdaTransform, processing: Processing) -> Bench {
    processing_bench(60, Processing { lambda: Some(lambda), ..processing })
}

fn plain(size: u64, interval: u64, retries: u32) -> Bench {
    bench(function(size, interval, retries), Processing::default())
}

fn after(seconds: u64) -> Timestamp {
    start().saturating_add(Duration::from_secs(seconds))
}

/// The texts of the records in an event.
fn texts(event: &[u8]) -> Vec<String> {
    let event: Value = serde_json::from_slice(event).unwrap();
    let text = |record: &Value| {
        String::from_utf8(STANDARD.decode(record["data"].as_str().unwrap()).unwrap()).unwrap()
    };
    event["records"].as_array().unwrap().iter().map(text).collect()
}

impl Bench {
    /// Answers the oldest open call: each record by what `answer` makes of its text; `None` leaves it out.
    pub(super) fn answer(&mut self, now: Timestamp, answer: impl Fn(&str) -> Option<Value>) {
        let (id, event, _) = self.events.remove(0);
        let records: Vec<Value> = serde_json::from_slice::<Value>(&event).unwrap()["records"]
            .as_array()
            .unwrap()
            .iter()
            .zip(texts(&event))
            .filter_map(|(record, text)| {
                let mut answer = answer(&text)?;
                answer["recordId"] = record["recordId"].clone();
                Some(answer)
            })
            .collect();
        let response = json!({ "records": records }).to_string().into_bytes();
        self.hand(Input::Invoked(id, InvocationOutcome::Returned(response)), now);
    }

    fn fail_call(&mut self, now: Timestamp, code: &str) -> InvocationId {
        let (id, ..) = self.events.remove(0);
        self.hand(Input::Invoked(id, InvocationOutcome::Failed(call_error(code))), now);
        id
    }

    fn documents(&self) -> Vec<Value> {
        let bodies = self.bodies(Lane::Error);
        let lines = bodies.iter().flat_map(|(body, _)| body.lines());
        lines.map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

pub(super) fn ok(text: &str) -> Option<Value> {
    Some(json!({ "result": "Ok", "data": STANDARD.encode(text) }))
}

#[test]
fn row_4_1_the_functions_buffer_is_sealed_by_its_own_size() {
    let mut bench = plain(10, 60, 3);
    bench.put(start(), &["12345", "12345", "1", "more than ten bytes", "2"]);
    let events: Vec<Vec<String>> = bench.events.iter().map(|(_, event, _)| texts(event)).collect();
    assert_eq!(events, [vec!["12345", "12345"], vec!["1"], vec!["more than ten bytes"]]);
    bench.hand(Input::Drain, start());
    assert_eq!(texts(&bench.events[3].1), ["2"]);
}

#[test]
fn row_4_1_the_functions_buffer_is_sealed_by_its_own_interval() {
    let mut bench = plain(1_000, 30, 3);
    bench.put(start(), &["a"]);
    bench.put(after(29), &["b"]);
    assert!(bench.events.is_empty());
    bench.until(after(31));
    assert_eq!(
        (texts(&bench.events[0].1), bench.events[0].2),
        (vec!["a".to_owned(), "b".to_owned()], after(30))
    );
    // The next record opens the next batch.
    bench.put(after(40), &["c"]);
    bench.until(after(70));
    assert_eq!((bench.events.len(), bench.events[1].2), (2, after(70)));
}

#[test]
fn row_4_1_an_interval_of_0_calls_after_each_put() {
    let mut bench = plain(1_000, 0, 3);
    bench.put(start(), &["a", "b"]);
    bench.put(start(), &["c"]);
    let events: Vec<Vec<String>> = bench.events.iter().map(|(_, event, _)| texts(event)).collect();
    assert_eq!(events, [vec!["a", "b"], vec!["c"]]);
}

#[test]
fn row_4_1_an_event_never_exceeds_what_a_call_takes() {
    let mut bench = plain(3 << 20, 60, 3);
    for _ in 0..100 {
        bench.put(start(), &["x"; 500]);
    }
    bench.hand(Input::Drain, start());
    assert!(bench.events.len() > 1);
    assert!(bench.events.iter().all(|(_, event, _)| event.len() <= 6_291_456));
    assert_eq!(bench.events.iter().map(|(_, event, _)| texts(event).len()).sum::<usize>(), 50_000);
}

#[test]
fn row_3_the_destinations_interval_starts_when_data_come_back() {
    let mut bench = plain(1_000, 0, 3);
    bench.put(start(), &["a"]);
    bench.answer(after(100), |text| ok(&text.repeat(2)));
    bench.until(after(159));
    assert!(bench.bodies(Lane::Destination).is_empty());
    bench.until(after(160));
    assert_eq!(bench.bodies(Lane::Destination), [("aa", SealedBy::Interval)]);
    // Latency counts from the arrival of the record itself.
    let ended = bench.ended.iter().find(|ended| ended.lane == Lane::Destination).unwrap();
    assert_eq!(ended.arrivals.iter().collect::<Vec<_>>(), [(start().as_millis(), 1)]);
}

#[test]
fn row_3_the_destinations_size_counts_transformed_bytes() {
    let mut bench = Bench::new(10, 60, None, 1);
    let mut stream = bench.pipeline.plan.stream().clone();
    let Destination::ExtendedS3(destination) = &mut stream.destination else { unreachable!("an S3 stream") };
    destination.processing.lambda = Some(function(1_000, 0, 3));
    bench.pipeline = Pipeline::new(Arc::new(Plan::compile(stream, Seed(0), 1)));
    bench.put(start(), &["a", "b", "c"]);
    bench.answer(start(), |text| ok(&text.repeat(5)));
    assert_eq!(bench.bodies(Lane::Destination), [("aaaaabbbbb", SealedBy::Size)]);
}

#[test]
fn row_4_2_each_result_is_kept_in_order_and_accounted_for() {
    let mut bench = plain(1_000, 60, 3);
    bench.pipeline.watch(2);
    bench.put(start(), &["keep", "drop", "fail", "forget", "last"]);
    bench.hand(Input::Drain, start());
    bench.answer(start(), |text| match text {
        "drop" => Some(json!({ "result": "Dropped" })),
        "fail" => Some(json!({ "result": "ProcessingFailed", "data": "" })),
        "forget" => None,
        text => ok(&format!("{text};")),
    });
    assert_eq!(bench.bodies(Lane::Destination), [("keep;last;", SealedBy::Drain)]);
    assert_eq!(bench.bodies(Lane::Backup), [("keepdropfailforgetlast", SealedBy::Drain)]);
    let documents = bench.documents();
    assert_eq!((documents.len(), &documents[0]["errorCode"]), (2, &json!("Lambda.ProcessingFailedStatus")));
    assert_eq!(documents[1]["errorCode"], "Lambda.MissingRecordId");
    assert_eq!(documents[1]["rawData"], STANDARD.encode("forget"));
    assert_eq!((&documents[0]["attemptsMade"], &documents[0]["lambdaARN"]), (&json!(1), &json!(ARN)));
    let ledger = bench.pipeline.ledger();
    let count = |outcome| ledger.outcome(outcome);
    assert_eq!(
        (count(Outcome::Delivered), count(Outcome::Dropped), count(Outcome::ProcessingFailed)),
        (2, 1, 2)
    );
    assert!(ledger.is_conserved() && ledger.in_custody() == 0);
    let steps: Vec<Step> = bench.passed.into_iter().map(|passed| passed.step).collect();
    assert_eq!(steps, [Step::Waits, Step::Dropped]);
}

#[test]
fn row_4_2_failed_calls_are_made_again_with_the_same_event_then_the_batch_fails() {
    let mut bench = plain(1_000, 0, 2);
    bench.put(start(), &["a", "b"]);
    let event = bench.events[0].1.clone();
    let ids: Vec<u32> = [1, 2, 3]
        .map(|second| {
            assert_eq!(bench.events[0].1, event);
            bench.fail_call(after(second), "Lambda.InvokeLimitExceeded").attempt
        })
        .to_vec();
    assert_eq!(ids, [1, 2, 3]);
    assert!(bench.events.is_empty());
    bench.hand(Input::Drain, after(5));
    let documents = bench.documents();
    assert_eq!(documents.len(), 2);
    for (document, text) in documents.iter().zip(["a", "b"]) {
        assert_eq!(document["rawData"], STANDARD.encode(text));
        assert_eq!(document["errorCode"], "Lambda.InvokeLimitExceeded");
        assert_eq!(document["attemptsMade"], 3);
        assert_eq!(document["arrivalTimestamp"], start().as_millis());
        assert_eq!(document["attemptEndingTimestamp"], after(3).as_millis());
    }
    assert_eq!(bench.pipeline.ledger().outcome(Outcome::ProcessingFailed), 2);
}

#[test]
fn row_4_2_a_later_call_may_succeed() {
    let mut bench = plain(1_000, 0, 3);
    bench.put(start(), &["a"]);
    bench.fail_call(start(), "Lambda.FunctionTimedOut");
    bench.answer(start(), ok);
    bench.hand(Input::Drain, start());
    assert_eq!(bench.bodies(Lane::Destination), [("a", SealedBy::Drain)]);
    assert!(bench.documents().is_empty());
}

#[test]
fn row_4_2_no_retries_is_one_call() {
    let mut bench = plain(1_000, 0, 0);
    bench.put(start(), &["a"]);
    bench.fail_call(start(), FUNCTION_ERROR.code);
    assert!(bench.events.is_empty());
    bench.hand(Input::Drain, start());
    assert_eq!(bench.documents()[0]["attemptsMade"], 1);
    assert_eq!(bench.documents()[0]["errorMessage"], FUNCTION_ERROR.message);
}

#[test]
fn row_4_2_a_badly_shaped_response_is_final_at_the_first_attempt() {
    let mut bench = plain(1_000, 0, 3);
    bench.put(start(), &["a", "b"]);
    let (id, ..) = bench.events.remove(0);
    bench.hand(Input::Invoked(id, InvocationOutcome::Returned(b"oops".to_vec())), start());
    assert!(bench.events.is_empty());
    bench.hand(Input::Drain, start());
    let codes: Vec<_> = bench.documents().iter().map(|line| line["errorCode"].clone()).collect();
    assert_eq!(codes, ["Lambda.JsonProcessingException"; 2]);
    assert_eq!(bench.documents()[1]["attemptsMade"], 1);
}

#[test]
fn the_functions_buffers_are_drained_first_and_the_others_wait_for_them() {
    let mut bench = plain(1_000, 60, 3);
    bench.put(start(), &["a"]);
    bench.hand(Input::Drain, after(1));
    assert!(bench.sealed.is_empty());
    // A failed call is made again, and still nothing is sealed.
    bench.fail_call(after(2), "Lambda.InvokeLimitExceeded");
    assert!(bench.sealed.is_empty());
    bench.answer(after(4), ok);
    assert_eq!(bench.bodies(Lane::Destination), [("a", SealedBy::Drain)]);
    assert_eq!(bench.pipeline.ledger().in_custody(), 0);
}

#[test]
fn a_call_that_is_answered_twice_counts_once() {
    let mut bench = plain(1_000, 0, 3);
    bench.put(start(), &["a"]);
    let id = bench.events[0].0;
    bench.answer(start(), ok);
    bench.hand(Input::Invoked(id, InvocationOutcome::Returned(b"{}".to_vec())), start());
    bench.hand(Input::Drain, start());
    assert_eq!(bench.bodies(Lane::Destination), [("a", SealedBy::Drain)]);
    assert!(bench.documents().is_empty());
}

#[test]
fn row_5_deaggregation_comes_before_the_function_and_the_failed_piece_is_the_raw_data() {
    let deaggregation = Some(RecordDeAggregation::Json);
    let mut bench = bench(function(1_000, 0, 3), Processing { deaggregation, ..Processing::default() });
    bench.put(start(), &[r#"{"a":1} {"a":2}"#]);
    let event: Value = serde_json::from_slice(&bench.events[0].1).unwrap();
    let id = |record: usize| event["records"][record]["recordId"].as_str().unwrap().to_owned();
    // The pieces share the sequence number and count on.
    assert_eq!((&id(0)[..56], &id(0)[56..], &id(1)[56..]), (&id(1)[..56], "000000", "000001"));
    bench.answer(start(), |text| if text.contains('1') { ok(text) } else { None });
    bench.hand(Input::Drain, start());
    assert_eq!(bench.bodies(Lane::Destination), [(r#"{"a":1}"#, SealedBy::Drain)]);
    assert_eq!(bench.documents()[0]["rawData"], STANDARD.encode(r#"{"a":2}"#));
}

#[test]
fn row_5_a_late_failure_of_an_unpacked_record_has_the_packed_original() {
    use std::io::Write;
    let mut bench = bench(function(1_000, 0, 3), Processing { decompresses: true, ..Processing::default() });
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(b"plain").unwrap();
    let packed = encoder.finish().unwrap();
    let span = RecordSpan { start: 0, len: packed.len() as u32 };
    let batch = RecordBatch { bytes: packed.clone(), spans: vec![span], calls: PutCalls::Ends(vec![1]) };
    let prepared = bench.pipeline.plan.prepare(batch);
    bench.hand(Input::Put(&prepared, 0..1), start());
    assert_eq!(texts(&bench.events[0].1), ["plain"]);
    let (id, ..) = bench.events.remove(0);
    bench.hand(Input::Invoked(id, InvocationOutcome::Returned(b"{}".to_vec())), start());
    bench.hand(Input::Drain, start());
    assert_eq!(bench.documents()[0]["rawData"], STANDARD.encode(packed));
}

/// 4.1: a record of Kinesis has the id of its own sequence number; one that comes twice has another the second time.
#[test]
fn row_4_1_ids_of_sequence_numbers_are_unique_within_a_batch() {
    let mut bench = plain(1_000, 60, 3);
    let mut stream = bench.pipeline.plan.stream().clone();
    stream.source = Source::KinesisStream { arn: "arn:k".to_owned() };
    bench.pipeline = Pipeline::new(Arc::new(Plan::compile(stream, Seed(0), 1)));
    let own = "49590338271490256608559692538361571095921575989136588898";
    let batch = RecordBatch {
        bytes: b"abc".to_vec(),
        spans: (0..3).map(|start| RecordSpan { start, len: 1 }).collect(),
        calls: PutCalls::OnePerRecord,
    };
    let place = |number: &str| SourcePlace { number: Some(number.into()), ..SourcePlace::default() };
    let places = vec![place(own), place(own), place("4957")];
    let prepared = bench.pipeline.plan.prepare(batch).with_places(places);
    bench.hand(Input::Put(&prepared, 0..3), start());
    bench.hand(Input::Drain, start());
    let event: Value = serde_json::from_slice(&bench.events[0].1).unwrap();
    let ids: Vec<&str> = event["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| record["recordId"].as_str().unwrap())
        .collect();
    let counted = |arrival: u32| format!("49{arrival:054}000000");
    assert_eq!(ids, [format!("{own}000000"), counted(2), counted(3)]);
    // Whatever comes back under these ids is theirs.
    bench.answer(start(), |text| Some(json!({ "result": "Ok", "data": STANDARD.encode(text) })));
    assert!(bench.failed.is_empty(), "{:?}", bench.failed);
}

#[test]
fn row_7_partition_keys_come_from_the_function_and_from_a_query_over_its_data() {
    let metadata = MetadataExtraction::compile("{k: .k}", vec!["k".into()]).unwrap();
    let lambda = LambdaTransform { keys: vec!["k".into()], ..function(1_000, 0, 3) };
    let mut bench = bench(lambda, Processing { metadata: Some(metadata), ..Processing::default() });
    bench.put(start(), &["a", "b", "c", "d", "e"]);
    bench.answer(start(), |text| {
        let keys = match text {
            "a" => json!({ "k": "x" }),
            "b" => json!({ "k": 7 }),
            "c" => json!({ "k": "" }),
            "d" => json!({}),
            _ => json!({ "k": "x" }),
        };
        let data = STANDARD.encode(format!(r#"{{"k":"{}"}}"#, text.to_uppercase()));
        Some(json!({ "result": "Ok", "data": data, "metadata": { "partitionKeys": keys } }))
    });
    bench.hand(Input::Drain, start());
    let bodies: Vec<&str> = bench.bodies(Lane::Destination).into_iter().map(|(body, _)| body).collect();
    // `a` and `e` have one key of the function and two of the query.
    assert_eq!(bodies, [r#"{"k":"A"}"#, r#"{"k":"B"}"#, r#"{"k":"E"}"#]);
    let documents = bench.documents();
    let codes: Vec<_> = documents.iter().map(|line| line["errorCode"].clone()).collect();
    assert_eq!(codes, ["DynamicPartitioning.MetadataExtractionFailed"; 2]);
    let message = documents[0]["errorMessage"].as_str().unwrap();
    assert!(message.contains("partitionKeys values must not be null or empty"), "{message}");
    // The record as it was put; one attempt; no function is named.
    assert_eq!(documents[0]["rawData"], STANDARD.encode("c"));
    assert!(documents[0].get("lambdaARN").is_none());
}

#[test]
fn a_prefix_of_more_than_512_characters_fails_the_record_and_not_the_run() {
    let metadata = MetadataExtraction::compile("{k: .k}", vec!["k".into()]).unwrap();
    let mut bench = processing_bench(60, Processing { metadata: Some(metadata), ..Processing::default() });
    let mut stream = bench.pipeline.plan.stream().clone();
    let Destination::ExtendedS3(destination) = &mut stream.destination else { unreachable!("an S3 stream") };
    let prefix = format!("{}/!{{partitionKeyFromQuery:k}}/", "x".repeat(400));
    destination.s3.prefix = Some(crate::model::prefix::Prefix::parse(&prefix).prefix);
    bench.pipeline = Pipeline::new(Arc::new(Plan::compile(stream, Seed(0), 1)));
    let record = |length: usize| format!(r#"{{"k":"{}"}}"#, "v".repeat(length));
    bench.put(start(), &[&record(110), &record(111), &record(111)]);
    bench.hand(Input::Drain, start());
    assert_eq!(bench.bodies(Lane::Destination), [(&*record(110), SealedBy::Drain)]);
    assert_eq!(bench.documents().len(), 2);
    assert_eq!(bench.documents()[0]["errorMessage"], "Length of evaluated prefix cannot be greater than 512");
    assert_eq!(bench.pipeline.active_partitions(), 0);
}

#[test]
fn a_watched_record_that_comes_to_nothing_is_told() {
    let deaggregation = Some(RecordDeAggregation::Delimited(Box::from(*b"|")));
    let mut bench = bench(function(1_000, 0, 3), Processing { deaggregation, ..Processing::default() });
    bench.pipeline.watch(1);
    bench.put(start(), &["||"]);
    assert_eq!(bench.passed, [Passed { arrival: 1, piece: 0, batch: 0, step: Step::CameToNothing }]);
    assert!(bench.events.is_empty());
    assert_eq!(bench.pipeline.ledger().outcome(Outcome::Dropped), 1);
}
