//! No record is unaccounted for: the equations of the ledger over random streams, records, faults and seeds.
//!
//! What was delivered is read back from the objects by readers that are not ours.

#![cfg(feature = "simulate")]

mod support;

use std::{
    collections::BTreeMap,
    io::{Cursor, Read},
    path::Path,
    sync::Arc,
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use firehose_kit::{
    foundation::{
        record::{PutCalls, RecordBatch, RecordSpan},
        timestamp::Timestamp,
    },
    model::{
        destination::{
            Destination,
            contract::Lane,
            request::{DocumentVerdict, Refusal, Verdict},
        },
        prefix::Prefix,
    },
    pipeline::{Input, Output, Pipeline, WriteResult, ledger::Outcome, plan::Plan},
};
use proptest::prelude::*;
use serde_json::Value;

/// Takes a body apart again, by its content encoding.
fn decode(body: &[u8], encoding: Option<&str>) -> Vec<u8> {
    let mut plain = Vec::new();
    match encoding {
        None => plain.extend_from_slice(body),
        Some("gzip") => drop(flate2::read::GzDecoder::new(body).read_to_end(&mut plain).unwrap()),
        Some("zip") => {
            let mut archive = zip::ZipArchive::new(Cursor::new(body)).unwrap();
            archive.by_index(0).unwrap().read_to_end(&mut plain).unwrap();
        }
        Some("snappy-java") => blocks(&body[16..], 4, &mut plain),
        Some("hadoop-snappy") => blocks(body, 8, &mut plain),
        Some(other) => panic!("{other}"),
    }
    plain
}

/// Raw Snappy blocks behind heads of `head` bytes, the last four of which are the compressed length.
fn blocks(mut body: &[u8], head: usize, plain: &mut Vec<u8>) {
    while !body.is_empty() {
        let length = u32::from_be_bytes(body[head - 4..head].try_into().unwrap()) as usize;
        plain.extend(snap::raw::Decoder::new().decompress_vec(&body[head..head + length]).unwrap());
        body = &body[head + length..];
    }
}

/// Byte counts, as a fingerprint that does not depend on order.
fn histogram<'a>(bodies: impl Iterator<Item = &'a [u8]>) -> [u64; 256] {
    let mut counts = [0; 256];
    bodies.flatten().for_each(|byte| counts[usize::from(*byte)] += 1);
    counts
}

fn manifest(folder: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join("manifest.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn sum(lines: &[Value], lane: &str, outcome: &str, member: &str) -> u64 {
    let of = |line: &&Value| line["lane"] == lane && line["outcome"] == outcome;
    lines.iter().filter(of).map(|line| line[member].as_u64().unwrap()).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn every_record_ends_in_exactly_one_way(case in support::case()) {
        let base = tempfile::tempdir().unwrap();
        let folder = base.path().join("out");
        let report = case.run(&folder, 2).unwrap();
        let (ledger, lines) = (report.ledger, manifest(&folder));

        // What the door lets in, said again from the fact: a request with an over-size record is refused whole.
        let (refused, taken): (Vec<_>, Vec<_>) =
            case.requests.iter().partition(|request| request.iter().any(|record| record.len() > 1_024_000));
        let records = |requests: &[&Vec<Vec<u8>>]| requests.iter().map(|request| request.len() as u64).sum::<u64>();
        prop_assert_eq!(ledger.rejected, records(&refused));
        prop_assert_eq!(ledger.records, records(&taken));

        // 1. Outcomes, rejections and custody sum to the arrivals.
        prop_assert_eq!(ledger.in_custody, 0);
        prop_assert_eq!(ledger.delivered + ledger.lost, ledger.records);
        prop_assert_eq!(ledger.records + ledger.rejected, ledger.arrivals);

        // 2. Records in payloads are those of the ledger, but for records in buffers without a byte.
        prop_assert_eq!(sum(&lines, "destination", "lost", "records"), ledger.lost);
        prop_assert!(sum(&lines, "destination", "delivered", "records") <= ledger.delivered);
        let bytes: u64 = taken.iter().flat_map(|request| request.iter()).map(|record| record.len() as u64).sum();
        let out = sum(&lines, "destination", "delivered", "bytes_in") + sum(&lines, "destination", "lost", "bytes_in");
        prop_assert_eq!(out, bytes);

        // 4. Copies are made of every record or of none.
        let has_backup = case.simulation.stream.destination.contract().backup.is_some();
        prop_assert_eq!(report.copies.backup, if has_backup { ledger.records } else { 0 });

        // The bodies hold what was put, each byte once and each copy once.
        let files = support::files(&folder);
        prop_assert_eq!(files.len() as u64, 2 + lines.iter().filter(|line| line["outcome"] == "delivered").count() as u64);
        let mut plain: BTreeMap<&str, Vec<Vec<u8>>> = BTreeMap::new();
        for line in lines.iter().filter(|line| line["outcome"] == "delivered") {
            let body = &files[Path::new(line["path"].as_str().unwrap())];
            prop_assert_eq!(line["bytes_out"].as_u64().unwrap(), body.len() as u64);
            let body = decode(body, line["content_encoding"].as_str());
            prop_assert_eq!(line["bytes_in"].as_u64().unwrap(), body.len() as u64);
            plain.entry(line["lane"].as_str().unwrap()).or_default().push(body);
        }
        let put = histogram(taken.iter().flat_map(|request| request.iter()).map(Vec::as_slice));
        for (lane, is_complete) in [("destination", ledger.lost == 0), ("backup", has_backup && sum(&lines, "backup", "lost", "records") == 0)] {
            if is_complete {
                let delivered = plain.get(lane).map(Vec::as_slice).unwrap_or_default();
                prop_assert_eq!(histogram(delivered.iter().map(Vec::as_slice)), put, "{}", lane);
            }
        }
    }

    #[test]
    fn every_failed_record_has_one_error_document(
        mut case in support::case(),
        processing in support::processing(),
        keys in prop::collection::vec(0_u8..6, 0..60),
        limit in 1_u32..5,
        called in support::called(),
        retry in prop_oneof![Just(0_u64), 1_u64..7_200],
    ) {
        // Some records that the processors understand, among those they do not.
        let records = keys.iter().map(|key| format!("{{\"k\":{key}}} {{\"k\":\"{key}\"}}\n{{}}").into_bytes());
        case.requests.extend(records.map(|record| vec![record]));
        let Destination::ExtendedS3(s3) = &mut case.simulation.stream.destination else { unreachable!("an S3 stream") };
        s3.processing = processing;
        let is_partitioned = s3.processing.metadata.is_some();
        s3.partition_retry = is_partitioned.then(|| Duration::from_secs(retry));
        let prefix = if is_partitioned { "k=!{partitionKeyFromQuery:k}/" } else { "data/" };
        s3.s3.prefix = Some(Prefix::parse(prefix).prefix);
        s3.s3.error_output_prefix = Some(Prefix::parse("errors/!{firehose:error-output-type}/").prefix);
        case.simulation.options.active_partitions = limit;
        let base = tempfile::tempdir().unwrap();
        if let Some(called) = &called {
            case.call(called, base.path());
        }
        let (folder, other) = (base.path().join("out"), base.path().join("other"));
        let report = case.run(&folder, 2).unwrap();
        let (ledger, lines) = (report.ledger, manifest(&folder));
        // 1. Every piece of every record has one outcome.
        let failed = ledger.processing_failed + ledger.format_conversion_failed + ledger.destination_failed;
        prop_assert_eq!(ledger.delivered + ledger.dropped + failed + ledger.lost, ledger.records);
        // Writes of partitions are given up for the error prefix; nothing else than lost documents is lost.
        if is_partitioned {
            prop_assert_eq!(sum(&lines, "destination", "lost", "records"), 0);
        } else {
            prop_assert_eq!(ledger.destination_failed, 0);
        }
        prop_assert_eq!(ledger.in_custody, 0);
        prop_assert!(ledger.records + ledger.rejected >= ledger.arrivals);
        // 3. Error documents are as many as failures.
        let files = support::files(&folder);
        let is_taken = |line: &&Value| line["lane"] == "error" && line["outcome"] == "delivered";
        let (mut documents, mut conversions) = (0, 0);
        for line in lines.iter().filter(is_taken) {
            for document in files[Path::new(line["path"].as_str().unwrap())].split_inclusive(|byte| *byte == b'\n') {
                let document: Value = serde_json::from_slice(document).unwrap();
                let members: Vec<&str> = document.as_object().unwrap().keys().map(String::as_str).collect();
                if line["key"].as_str().unwrap().starts_with("errors/format-conversion-failed/") {
                    prop_assert_eq!(members, ["attemptsMade", "arrivalTimestamp", "lastErrorCode", "lastErrorMessage", "attemptEndingTimestamp", "rawData", "sequenceNumber", "subSequenceNumber", "dataCatalogTable"]);
                    conversions += 1;
                } else {
                    let mut expected = vec!["rawData", "errorCode", "errorMessage", "attemptsMade", "arrivalTimestamp", "attemptEndingTimestamp"];
                    expected.extend(document["errorCode"].as_str().unwrap().starts_with("Lambda.").then_some("lambdaARN"));
                    prop_assert_eq!(members, expected);
                    documents += 1;
                }
            }
        }
        let told = ledger.processing_failed + ledger.destination_failed;
        prop_assert_eq!((documents, conversions), (told, ledger.format_conversion_failed));
        // 4. Copies are of what was put, whatever became of it.
        let has_backup = case.simulation.stream.destination.contract().backup.is_some();
        prop_assert_eq!(report.copies.backup, if has_backup { ledger.arrivals - ledger.rejected } else { 0 });
        // Equal with one worker.
        prop_assert_eq!(case.run(&other, 1).unwrap().digest, report.digest);
    }

    #[test]
    fn with_one_channel_the_order_of_puts_is_kept(mut case in support::case()) {
        case.simulation.options.channels = 1;
        case.simulation.options.faults = Default::default();
        let base = tempfile::tempdir().unwrap();
        let folder = base.path().join("out");
        case.run(&folder, 2).unwrap();
        let files = support::files(&folder);
        let mut delivered = Vec::new();
        for line in manifest(&folder).iter().filter(|line| line["lane"] == "destination") {
            let body = &files[Path::new(line["path"].as_str().unwrap())];
            delivered.extend(decode(body, line["content_encoding"].as_str()));
        }
        let taken = case.requests.iter().filter(|request| request.iter().all(|record| record.len() <= 1_024_000));
        prop_assert!(delivered == taken.flatten().flatten().copied().collect::<Vec<u8>>());
    }
}

/// The records of a request's body: those of JSON, or the bytes.
fn sent(body: &[u8]) -> Vec<u8> {
    let Ok(body) = serde_json::from_slice::<Value>(body) else { return body.to_vec() };
    let Some(records) = body["records"].as_array() else { return body.to_string().into_bytes() };
    let data = |record: &Value| STANDARD.decode(record["data"].as_str().unwrap()).unwrap();
    records.iter().flat_map(data).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_a_destination_does_not_take_is_kept_or_told(case in support::request_case()) {
        let base = tempfile::tempdir().unwrap();
        let (folder, other) = (base.path().join("out"), base.path().join("other"));
        let report = case.run(&folder, 2).unwrap();
        let (ledger, lines) = (report.ledger, manifest(&folder));
        prop_assert_eq!(ledger.delivered + ledger.destination_failed + ledger.lost, ledger.records);
        prop_assert_eq!((ledger.in_custody, ledger.records + ledger.rejected), (0, ledger.arrivals));

        // Each request that was sent holds its records, whatever became of it; together they hold all that was let in.
        let files = support::files(&folder);
        let of = |lane: &'static str| lines.iter().filter(move |line| line["lane"] == lane);
        let body = |line: &Value| decode(&files[Path::new(line["path"].as_str().unwrap())], line["content_encoding"].as_str());
        let bodies: Vec<Vec<u8>> = of("destination").map(|line| sent(&body(line))).collect();
        let taken = case.requests.iter().filter(|request| request.iter().all(|record| record.len() <= 1_024_000));
        let put = histogram(taken.clone().flatten().map(Vec::as_slice));
        prop_assert_eq!(histogram(bodies.iter().map(Vec::as_slice)), put);
        for (number, line) in of("destination").enumerate() {
            prop_assert_eq!(&line["kind"], "request");
            let numbered = line["path"].as_str().unwrap().contains(&format!("/{:06}.", number + 1));
            prop_assert!(numbered);
        }

        // Error documents are as many as failures, and name their records.
        let errors = of("error").filter(|line| line["outcome"] == "delivered");
        let documents: Vec<Value> = errors
            .flat_map(|line| body(line).split_inclusive(|byte| *byte == b'\n').map(|d| serde_json::from_slice(d).unwrap()).collect::<Vec<Value>>())
            .collect();
        prop_assert_eq!(documents.len() as u64, ledger.destination_failed);
        prop_assert_eq!(sum(&lines, "destination", "lost", "records") + sum(&lines, "error", "lost", "records"), ledger.lost);
        let failed = sum(&lines, "destination", "failed", "records");
        prop_assert_eq!(failed, ledger.destination_failed + sum(&lines, "error", "lost", "records"));
        let has_backup = case.simulation.stream.destination.contract().backup.is_some();
        prop_assert_eq!(report.copies.backup, if has_backup { ledger.records } else { 0 });
        // Equal with one worker.
        prop_assert_eq!(case.run(&other, 1).unwrap().digest, report.digest);
        prop_assert_eq!(support::files(&other), files);
    }

    #[test]
    fn records_that_are_answered_one_by_one_end_once(
        case in support::request_case(),
        count in 1_usize..40,
        answers in prop::collection::vec((0_u8..6, any::<u64>()), 1..30),
    ) {
        let stream = case.simulation.stream.clone();
        let hints = stream.destination.contract().hints;
        let mut pipeline = Pipeline::new(Arc::new(Plan::compile(stream, case.simulation.options.seed, 1)));
        let prepared = {
            let bytes: Vec<u8> = (0..count).map(|number| b'a' + (number % 26) as u8).collect();
            let spans = (0..count).map(|start| RecordSpan { start: start as u32, len: 1 }).collect();
            let plan = Plan::compile(case.simulation.stream.clone(), case.simulation.options.seed, 1);
            plan.prepare(RecordBatch { bytes, spans, calls: PutCalls::Ends(vec![count as u32]) })
        };
        let mut now = Timestamp::DEFAULT_START;
        pipeline.handle(Input::Put(&prepared, 0..count), now);
        pipeline.handle(Input::Drain, now);
        let (mut sizes, mut number, mut told) = (BTreeMap::new(), 0, 0);
        loop {
            while let Some(output) = pipeline.poll_output() {
                match output {
                    Output::Sealed(sealed) => drop(sizes.insert(sealed.id, sealed.ends.len() as u32)),
                    Output::Write(request, Lane::Destination) => {
                        let (kind, mask) = answers[number % answers.len()];
                        number += 1;
                        let refusal = Refusal::new("X.Y", "no");
                        let left = pipeline.left(request.buffer).unwrap_or_else(|| (0..sizes[&request.buffer]).collect());
                        let some = left.into_iter().filter(|index| mask >> (index % 64) & 1 == 1);
                        let verdict = match kind {
                            0 => Verdict::Retry(refusal),
                            1 => Verdict::Refused(refusal),
                            2 => Verdict::Discarded(refusal),
                            3 => Verdict::Taken,
                            kind => Verdict::Partly(some.map(|index| DocumentVerdict {
                                index, retry: kind == 4 || index % 2 == 0, refusal: refusal.clone(),
                            }).collect()),
                        };
                        pipeline.handle(Input::Written(request, WriteResult::Judged(verdict)), now);
                    }
                    Output::Write(request, lane) => {
                        prop_assert_eq!(lane == Lane::Error, sizes.contains_key(&request.buffer) && lane != Lane::Backup);
                        pipeline.handle(Input::Written(request, WriteResult::Accepted), now);
                    }
                    Output::Ended(ended) if ended.lane == Lane::Destination => {
                        told += ended.failed + ended.arrivals.iter().map(|(_, records)| records).sum::<u64>();
                    }
                    Output::Took(_, arrivals) => told += arrivals.iter().map(|(_, records)| records).sum::<u64>(),
                    _ => {}
                }
            }
            let Some(deadline) = pipeline.poll_timeout() else { break };
            now = deadline.at.max(now);
            pipeline.handle(Input::Tick, now);
        }
        let ledger = pipeline.ledger();
        prop_assert!(ledger.is_conserved() && ledger.in_custody() == 0, "{hints:?} {ledger:?}");
        let ended = [Outcome::Delivered, Outcome::DestinationFailed, Outcome::Lost].map(|outcome| ledger.outcome(outcome));
        prop_assert_eq!(ended.iter().sum::<u64>(), count as u64);
        // Whoever observes is told of each record once. Lost ones after a partial failure are told by the ledger alone.
        prop_assert!(told <= count as u64 && told + ended[2] >= count as u64, "{told} {ended:?}");
    }
}

/// The documents of a bulk body: every second line.
fn documents_of(bulk: &[u8]) -> Vec<&[u8]> {
    let lines = bulk.strip_suffix(b"\n").unwrap_or(bulk).split(|byte| *byte == b'\n');
    lines.skip(1).step_by(2).collect()
}

/// Whether a record is one JSON object on one line.
fn is_document(record: &[u8]) -> bool {
    !record.contains(&b'\n') && serde_json::from_slice::<serde_json::Map<String, Value>>(record).is_ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn every_document_is_indexed_or_kept(case in support::document_case()) {
        let base = tempfile::tempdir().unwrap();
        let (folder, other) = (base.path().join("out"), base.path().join("other"));
        let report = case.run(&folder, 2).unwrap();
        let (ledger, lines) = (report.ledger, manifest(&folder));
        prop_assert_eq!(ledger.delivered + ledger.destination_failed + ledger.lost, ledger.records);
        prop_assert_eq!((ledger.in_custody, ledger.records + ledger.rejected), (0, ledger.arrivals));

        let files = support::files(&folder);
        let of = |lane: &'static str| lines.iter().filter(move |line| line["lane"] == lane);
        let body = |line: &Value| decode(&files[Path::new(line["path"].as_str().unwrap())], line["content_encoding"].as_str());
        let taken = case.requests.iter().filter(|request| request.iter().all(|record| record.len() <= 1_024_000));
        let put: Vec<&[u8]> = taken.flatten().map(Vec::as_slice).collect();
        let (documents, others): (Vec<&[u8]>, Vec<&[u8]>) = put.iter().partition(|record| is_document(record));
        // All documents are sent, each once in the body of its first attempt, and nothing else is.
        let bodies: Vec<Vec<u8>> = of("destination").map(body).collect();
        let mut sent: Vec<&[u8]> = bodies.iter().flat_map(|body| documents_of(body)).collect();
        let mut wanted = documents.clone();
        sent.sort();
        wanted.sort();
        prop_assert_eq!(sent, wanted);

        // Error documents are as many as failures; records that are no documents are among them, and never tried.
        let bodies: Vec<Vec<u8>> = of("error").filter(|line| line["outcome"] == "delivered").map(body).collect();
        let failed: Vec<Value> = bodies
            .iter()
            .flat_map(|body| body.split_inclusive(|byte| *byte == b'\n'))
            .map(|document| serde_json::from_slice(document).unwrap())
            .collect();
        prop_assert_eq!(failed.len() as u64, ledger.destination_failed);
        let never = failed.iter().filter(|document| document["errorCode"] == "OS.MalformedData");
        let never: Vec<Vec<u8>> = never.map(|document| STANDARD.decode(document["rawData"].as_str().unwrap()).unwrap()).collect();
        if sum(&lines, "error", "lost", "records") == 0 {
            prop_assert_eq!(never.len(), others.len());
            prop_assert_eq!(histogram(never.iter().map(Vec::as_slice)), histogram(others.into_iter()));
        }
        prop_assert!(ledger.delivered <= documents.len() as u64);
        prop_assert_eq!(sum(&lines, "destination", "lost", "records"), 0);
        prop_assert_eq!(sum(&lines, "error", "lost", "records"), ledger.lost);
        let has_backup = case.simulation.stream.destination.contract().backup.is_some();
        prop_assert_eq!(report.copies.backup, if has_backup { ledger.records } else { 0 });
        // Equal with one worker.
        prop_assert_eq!(case.run(&other, 1).unwrap().digest, report.digest);
        prop_assert_eq!(support::files(&other), files);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_copy_does_not_load_is_named_by_a_manifest(case in support::redshift_case()) {
        let base = tempfile::tempdir().unwrap();
        let (folder, other) = (base.path().join("out"), base.path().join("other"));
        let report = case.run(&folder, 2).unwrap();
        let (ledger, lines) = (report.ledger, manifest(&folder));
        prop_assert_eq!(ledger.delivered + ledger.destination_failed + ledger.lost, ledger.records);
        prop_assert_eq!((ledger.in_custody, ledger.records + ledger.rejected), (0, ledger.arrivals));

        // Objects that were staged hold what was let in, each byte once.
        let files = support::files(&folder);
        let file = |line: &Value| &files[Path::new(line["path"].as_str().unwrap())];
        let url = |line: &Value| format!("s3://{}/{}", line["bucket"].as_str().unwrap(), line["key"].as_str().unwrap());
        let is_delivered = |line: &&Value| line["outcome"] == "delivered";
        let of = |lane: &'static str, kind: &'static str| lines.iter().filter(move |line| line["lane"] == lane && line["kind"] == kind);
        let (manifests, staged): (Vec<&Value>, Vec<&Value>) =
            of("destination", "object").filter(is_delivered).partition(|line| line["key"].as_str().unwrap().contains("/manifests/"));
        let taken = case.requests.iter().filter(|request| request.iter().all(|record| record.len() <= 1_024_000));
        if of("destination", "object").all(|line| is_delivered(&line)) {
            let bodies: Vec<Vec<u8>> = staged.iter().map(|line| decode(file(line), line["content_encoding"].as_str())).collect();
            prop_assert_eq!(histogram(bodies.iter().map(Vec::as_slice)), histogram(taken.clone().flatten().map(Vec::as_slice)));
        }

        // Each manifest names an object that was staged, and each COPY a manifest.
        let named = |line: &Value| -> String {
            let body: Value = serde_json::from_slice(file(line)).unwrap();
            body["entries"][0]["url"].as_str().unwrap().to_owned()
        };
        let objects: BTreeMap<String, u64> = staged.iter().map(|line| (url(line), line["records"].as_u64().unwrap())).collect();
        for line in &manifests {
            prop_assert!(objects.contains_key(&named(line)));
        }
        let known: Vec<String> = manifests.iter().map(|line| url(line)).collect();
        let copies: Vec<&Value> = of("destination", "request").collect();
        prop_assert_eq!(copies.len(), known.len());
        for copy in &copies {
            let text = String::from_utf8(file(copy).clone()).unwrap();
            prop_assert!(known.iter().any(|url| text.contains(&format!("FROM '{url}'"))), "{}", text);
        }

        // A COPY that was given up leaves a manifest of the same object; together they name all that failed.
        let left: Vec<&Value> = of("error", "object").filter(is_delivered).collect();
        for line in &left {
            prop_assert_eq!(objects[&named(line)], line["records"].as_u64().unwrap());
            prop_assert!(line["key"].as_str().unwrap().starts_with("data/errors/manifests/"));
        }
        prop_assert_eq!(sum(&lines, "error", "delivered", "records"), ledger.destination_failed);
        let failed: u64 = copies.iter().filter(|copy| copy["outcome"] == "failed").map(|copy| copy["records"].as_u64().unwrap()).sum();
        prop_assert_eq!(failed, ledger.destination_failed + sum(&lines, "error", "lost", "records"));

        // Rows and lines that were no rows are those of the COPYs that were carried out, and told one by one.
        if let Some(rows) = &report.rows {
            let told: usize = files.iter().filter(|(path, _)| path.to_string_lossy().ends_with("load-errors.jsonl"))
                .map(|(_, text)| text.split(|byte| *byte == b'\n').count() - 1).sum();
            prop_assert_eq!(told as u64, rows.refused_lines);
            prop_assert!(rows.skipped_lines <= rows.refused_lines);
        }
        // Equal with one worker.
        prop_assert_eq!(case.run(&other, 1).unwrap().digest, report.digest);
        prop_assert_eq!(support::files(&other), files);
    }
}
