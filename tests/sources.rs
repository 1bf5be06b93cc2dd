//! Streams that read from Kinesis and MSK: shards, aggregated records, topics, retention. Behaviour sheet, 1.1, 2, 2.1, 3
//! and 4.1.

#![cfg(feature = "simulate")]

#[allow(dead_code, reason = "cases run through inputs of their own here")]
mod support;

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use assert_cmd::Command;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use firehose_kit::model::destination::Destination;
use firehose_kit::model::source::Source;
use firehose_kit::simulation::report::SimulationReport;
use firehose_kit::simulation::samples::{SampleForm, SampleInput};
use firehose_kit::simulation::{OutputTarget, Simulation, SimulationError};
use md5::{Digest, Md5};
use proptest::prelude::*;
use serde_json::{Value, json};

#[path = "support/python.rs"]
mod python;

/// A record of a protobuf message: a number and bytes, or bytes alone.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    let mut length = bytes.len();
    while length >= 0x80 {
        out.push(length as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend_from_slice(bytes);
    out
}

/// An aggregated record, said again from the description of its form.
fn aggregated(records: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut keys: Vec<&str> = records.iter().map(|(key, _)| key.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    let mut message: Vec<u8> = keys.iter().flat_map(|key| field(1, key.as_bytes())).collect();
    for (key, data) in records {
        let index = keys.iter().position(|known| known == key).unwrap();
        message.extend(field(3, &[vec![8, index as u8], field(3, data)].concat()));
    }
    [&[0xF3, 0x89, 0x9A, 0xC2][..], &message, Md5::digest(&message).as_slice()].concat()
}

/// What is put into the stream or topic that is the source.
#[derive(Clone, Debug)]
struct Arrival {
    key: Option<String>,
    partition: u32,
    /// One ordinary record, or the user records of an aggregated one with their keys.
    records: Vec<(String, Vec<u8>)>,
    is_aggregated: bool,
}

prop_compose! {
    fn arrivals()(
        shapes in prop::collection::vec((prop::option::of(0_u8..9), 0_u32..3, prop::option::of(1_usize..6), any::<bool>()), 0..60),
    ) -> Vec<Arrival> {
        let mut number = 0;
        shapes.into_iter().map(|(key, partition, aggregated, is_numbered)| {
            let records = (0..aggregated.unwrap_or(1)).map(|at| {
                number += 1;
                let text = if is_numbered { format!("{number}\n") } else { String::new() };
                (format!("user-{}", at % 3), text.into_bytes())
            });
            Arrival { key: key.map(|key| format!("key-{key}")), partition, records: records.collect(), is_aggregated: aggregated.is_some() }
        }).collect()
    }
}

/// The shard of a key among shards of equal width: by the MD5 as a number.
fn shard(key: &str, shards: u32) -> u32 {
    // The first 64 of its 128 bits are enough for so few shards.
    let start = u64::from_be_bytes(Md5::digest(key.as_bytes())[..8].try_into().unwrap());
    ((u128::from(start) * u128::from(shards)) >> 64) as u32
}

fn run(
    simulation: &Simulation,
    input: &str,
    folder: &Path,
    workers: usize,
) -> Result<SimulationReport, SimulationError> {
    let mut simulation = simulation.clone();
    simulation.options.workers = Some(workers);
    simulation.options.output = Some(OutputTarget { path: folder.to_owned(), replace: false });
    let input = SampleInput::Reader("samples".to_owned(), Box::new(Cursor::new(input.to_owned())));
    simulation.run(vec![input], &mut |_| {}, &AtomicBool::new(false))
}

fn manifest(folder: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join("manifest.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The bodies of a lane in order; written without compression.
fn bodies(folder: &Path, lane: &str) -> Vec<String> {
    let lines = manifest(folder).into_iter().filter(|line| line["lane"] == lane);
    lines.map(|line| std::fs::read_to_string(folder.join(line["path"].as_str().unwrap())).unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn shards_keep_order_and_every_user_record_is_accounted_for(
        mut case in support::case(),
        arrivals in arrivals(),
        shards in 1_u32..5,
        called in support::called(),
        is_called in any::<bool>(),
    ) {
        let simulation = &mut case.simulation;
        simulation.stream.source = Source::KinesisStream { arn: "arn:aws:kinesis:us-east-1:123456789012:stream/s".to_owned() };
        (simulation.options.shards, simulation.options.channels, simulation.options.faults) = (shards, 1, Default::default());
        let Destination::ExtendedS3(s3) = &mut simulation.stream.destination else { unreachable!("an S3 stream") };
        s3.s3.compression = firehose_kit::model::compression::CompressionFormat::UNCOMPRESSED;
        simulation.options.form = SampleForm::Kinesis;
        let input: String = arrivals.iter().enumerate().map(|(at, arrival)| {
            let data = if arrival.is_aggregated { aggregated(&arrival.records) } else { arrival.records[0].1.clone() };
            let mut record = json!({"Data": STANDARD.encode(data), "ApproximateArrivalTimestamp": 1_767_225_600 + at});
            if let Some(key) = &arrival.key { record["PartitionKey"] = json!(key); }
            record.to_string() + "\n"
        }).collect();
        let base = tempfile::tempdir().unwrap();
        let called = called.filter(|_| is_called);
        if let Some(called) = &called { case.call(called, base.path()); }
        let (folder, other) = (base.path().join("out"), base.path().join("other"));
        let report = run(&case.simulation, &input, &folder, 2).unwrap();
        let ledger = report.ledger;
        let users: u64 = arrivals.iter().map(|arrival| arrival.records.len() as u64).sum();
        prop_assert_eq!((ledger.arrivals, ledger.records, ledger.in_custody), (arrivals.len() as u64, users, 0));
        prop_assert_eq!(ledger.delivered + ledger.dropped + ledger.processing_failed + ledger.lost, users);
        let has_backup = case.simulation.stream.destination.contract().backup.is_some();
        prop_assert_eq!(report.copies.backup, if has_backup { users } else { 0 });
        prop_assert_eq!(run(&case.simulation, &input, &other, 1).unwrap().digest, report.digest);
        prop_assert_eq!(support::files(&other), support::files(&folder));
        if called.is_none() {
            // Each object is of one shard, and each shard's records come in the order of their arrival.
            let mut home: BTreeMap<String, u32> = BTreeMap::new();
            let mut wanted = vec![Vec::new(); shards as usize];
            for (turn, arrival) in arrivals.iter().enumerate() {
                let own = arrival.key.as_ref().map_or(turn as u32 % shards, |key| shard(key, shards));
                for (_, text) in arrival.records.iter().filter(|(_, text)| !text.is_empty()) {
                    let text = String::from_utf8(text.clone()).unwrap().trim().to_owned();
                    home.insert(text.clone(), own);
                    wanted[own as usize].push(text);
                }
            }
            let mut found = vec![Vec::new(); shards as usize];
            for body in bodies(&folder, "destination") {
                let numbers: Vec<&str> = body.lines().collect();
                let homes: std::collections::BTreeSet<u32> = numbers.iter().map(|number| home[*number]).collect();
                prop_assert_eq!(homes.len(), 1, "{}", body);
                found[home[numbers[0]] as usize].extend(numbers.into_iter().map(str::to_owned));
            }
            prop_assert_eq!(found, wanted);
        }
    }

    #[test]
    fn partitions_of_a_topic_keep_order_too(mut case in support::case(), arrivals in arrivals()) {
        let simulation = &mut case.simulation;
        simulation.stream.source = Source::Msk { arn: "arn:aws:kafka:us-east-1:123456789012:cluster/c/1".to_owned(), topic: "t".to_owned() };
        (simulation.options.form, simulation.options.faults) = (SampleForm::Msk, Default::default());
        let Destination::ExtendedS3(s3) = &mut simulation.stream.destination else { unreachable!("an S3 stream") };
        s3.s3.compression = firehose_kit::model::compression::CompressionFormat::UNCOMPRESSED;
        let mut wanted: BTreeMap<u32, String> = BTreeMap::new();
        let input: String = arrivals.iter().enumerate().map(|(at, arrival)| {
            let data = &arrival.records[0].1;
            *wanted.entry(arrival.partition).or_default() += std::str::from_utf8(data).unwrap();
            let record = json!({"topic": "t", "partition": arrival.partition, "offset": at, "timestamp": 1_767_225_600_000_i64 + at as i64 * 1000, "value": STANDARD.encode(data)});
            record.to_string() + "\n"
        }).collect();
        let base = tempfile::tempdir().unwrap();
        let (folder, other) = (base.path().join("out"), base.path().join("other"));
        let report = run(&case.simulation, &input, &folder, 2).unwrap();
        prop_assert_eq!((report.ledger.arrivals, report.ledger.delivered), (arrivals.len() as u64, arrivals.len() as u64));
        let mut found: Vec<String> = Vec::new();
        let bodies = bodies(&folder, "destination");
        for text in wanted.values() {
            // The objects of a partition, one after another, are what it held.
            let own = bodies.iter().filter(|body| text.split_inclusive('\n').any(|line| body.starts_with(line)));
            found.push(own.map(String::as_str).collect());
        }
        prop_assert_eq!(found, wanted.into_values().collect::<Vec<_>>());
        prop_assert_eq!(run(&case.simulation, &input, &other, 1).unwrap().digest, report.digest);
    }
}

const ROLE: &str = "arn:aws:iam::123456789012:role/delivery";

/// A stream with a function that writes what it is told of each record; `SOURCE` is replaced.
const TEMPLATE: &str = r#"Resources:
  Source:
    Type: AWS::Kinesis::Stream
    Properties: {Name: clicks, ShardCount: 2, RetentionPeriodHours: 48}
  Stream:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      DeliveryStreamName: s
SOURCE
      ExtendedS3DestinationConfiguration:
        BucketARN: arn:aws:s3:::data
        RoleARN: ROLE
        BufferingHints: {SizeInMBs: 5, IntervalInSeconds: 60}
"#;

const FUNCTION: &str = r#"        ProcessingConfiguration:
          Enabled: true
          Processors:
            - Type: Lambda
              Parameters:
                - {ParameterName: LambdaArn, ParameterValue: "arn:aws:lambda:us-east-1:123456789012:function:tell"}
"#;

const KINESIS: &str = "      DeliveryStreamType: KinesisStreamAsSource
      KinesisStreamSourceConfiguration: {KinesisStreamARN: !GetAtt Source.Arn, RoleARN: ROLE}";

const MSK: &str = "      DeliveryStreamType: MSKAsSource
      MSKSourceConfiguration:
        MSKClusterARN: arn:aws:kafka:us-east-1:123456789012:cluster/c/5de2ab2c-ffa1-4bd2-8f4d-b0d8b7d2a1b1-1
        TopicName: clicks
        AuthenticationConfiguration: {RoleARN: ROLE, Connectivity: PRIVATE}";

const TELL: &str = r#"import base64, json

def handler(event, context):
    def told(record):
        known = dict(record)
        data = base64.b64decode(known.pop("data", None) or known.pop("kafkaRecordValue")).decode()
        known.update(data=data, source=event.get("sourceKinesisStreamArn") or event.get("sourceMSKArn"))
        return base64.b64encode(json.dumps(known).encode() + b"\n").decode()
    name = "data" if "sourceKinesisStreamArn" in event else "kafkaRecordValue"
    return {"records": [{"recordId": r["recordId"], "result": "Ok", name: told(r)} for r in event["records"]]}
"#;

struct Bench(tempfile::TempDir);

impl Bench {
    fn new(source: &str, function: &str) -> Bench {
        let bench = Bench(tempfile::tempdir().unwrap());
        let text = TEMPLATE.replace("SOURCE", source) + function;
        bench.write("template.yaml", &text.replace("ROLE", ROLE));
        bench.write("tell.py", TELL);
        bench
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    fn simulate(&self, arguments: &[&str]) -> (i32, Value, String) {
        let mut command = Command::cargo_bin("firehose-kit").unwrap();
        command.current_dir(self.0.path()).args(["simulate", "template.yaml", "--force", "--format", "json"]);
        let output = command.args(arguments).output().unwrap();
        let report = serde_json::from_slice(&output.stdout).unwrap_or_default();
        (output.status.code().unwrap(), report, String::from_utf8(output.stderr).unwrap())
    }

    fn told(&self) -> Vec<Vec<Value>> {
        let folder = self.0.path().join("firehose-out");
        let line = |line: &str| serde_json::from_str(line).unwrap();
        bodies(&folder, "destination").iter().map(|body| body.lines().map(line).collect()).collect()
    }
}

const RUN_TELL: &[&str] = &["--function", "tell=tell.py:tell.handler"];

/// Made by `aws_kinesis_agg` of PyPI: two user records with a partition key each, the second with an explicit hash key.
fn produced() -> String {
    let script = "import aws_kinesis_agg.aggregator as a, base64\n\
                  one = a.RecordAggregator()\n\
                  one.add_user_record('alice', b'{\"n\":1}\\n')\n\
                  one.add_user_record('bob', b'{\"n\":2}\\n', '340282366920938463463374607431768211455')\n\
                  key, hash_key, data = one.clear_and_get().get_contents()\n\
                  print(base64.b64encode(data).decode())";
    let told = python::run(std::process::Command::new(python::interpreter()).args(["-c", script]));
    told.trim().to_owned()
}

#[test]
fn row_2_1_user_records_share_a_sequence_number_and_are_counted_from_0() {
    let bench = Bench::new(KINESIS, FUNCTION);
    let data = produced();
    let record = |number: &str, key: &str, data: &str| json!({"SequenceNumber": number, "PartitionKey": key, "Data": data, "ApproximateArrivalTimestamp": 1767225600.5});
    // md5("a") begins with 0c, md5("b") with 92: the first and the second of two shards.
    let answer = json!({"Records": [record("4951", "b", &data), record("4952", "a", "e30K")], "MillisBehindLatest": 0});
    bench.write("records.json", &answer.to_string());
    let arguments =
        [&["--input", "records.json", "--input-format", "kinesis", "--shards", "2"], RUN_TELL].concat();
    let (code, report, error) = bench.simulate(&arguments);
    assert_eq!(code, 0, "{error}");
    assert_eq!((&report["ledger"]["arrivals"], &report["ledger"]["records"]), (&json!(2), &json!(3)));
    let told = bench.told();
    let [aggregated, ordinary] = &told[..] else { panic!("{told:#?}") };
    let metadata = |number: &str, piece: u32, key: &str, shard: &str| {
        json!({"sequenceNumber": number, "subsequenceNumber": piece, "partitionKey": key, "shardId": shard,
               "approximateArrivalTimestamp": 1_767_225_600_500_i64})
    };
    assert_eq!(aggregated[0]["kinesisRecordMetadata"], metadata("4951", 0, "alice", "shardId-000000000001"));
    assert_eq!(aggregated[1]["kinesisRecordMetadata"], metadata("4951", 1, "bob", "shardId-000000000001"));
    assert_eq!(ordinary[0]["kinesisRecordMetadata"], metadata("4952", 0, "a", "shardId-000000000000"));
    assert_eq!((&aggregated[1]["data"], &ordinary[0]["data"]), (&json!("{\"n\":2}\n"), &json!("{}\n")));
    assert_eq!(aggregated[0]["source"], "arn:aws:kinesis:us-east-1:123456789012:stream/clicks");
}

#[test]
fn row_2_1_a_broken_aggregate_is_one_ordinary_record_and_only_kinesis_takes_any_apart() {
    let data = STANDARD.decode(produced()).unwrap();
    let mut broken = data.clone();
    *broken.last_mut().unwrap() ^= 1;
    let lines = format!("{}\n{}\n", STANDARD.encode(&broken), STANDARD.encode(&data));
    let run = |source: &str| {
        let bench = Bench::new(source, "");
        bench.write("samples.txt", &lines);
        let (code, report, error) = bench.simulate(&["--input", "samples.txt", "--input-format", "base64"]);
        assert_eq!(code, 0, "{error}");
        let line = manifest(&bench.0.path().join("firehose-out")).remove(0);
        let body =
            std::fs::read(bench.0.path().join("firehose-out").join(line["path"].as_str().unwrap())).unwrap();
        let ids = report["warnings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|warning| warning["id"].as_str().unwrap().to_owned());
        (report["ledger"]["records"].clone(), body, ids.collect::<Vec<_>>())
    };
    let (records, body, warnings) = run(KINESIS);
    assert_eq!((records, body), (json!(3), [&broken[..], b"{\"n\":1}\n{\"n\":2}\n"].concat()));
    assert!(warnings.contains(&"malformed-aggregates".to_owned()), "{warnings:?}");
    let (records, body, warnings) = run("");
    assert_eq!((records, body), (json!(2), [&broken[..], &data[..]].concat()));
    assert!(warnings.contains(&"untouched-aggregates".to_owned()), "{warnings:?}");
}

#[test]
fn row_4_1_a_function_is_told_of_the_topic_and_partitions_have_buffers_of_their_own() {
    let bench = Bench::new(MSK, FUNCTION);
    let record = |partition: u32, offset: u32, value: &str| {
        json!({"topic": "clicks", "partition": partition, "offset": offset, "timestamp": 1_767_225_600_000_i64,
               "timestampType": "CREATE_TIME", "key": "aw==", "value": STANDARD.encode(value), "headers": []})
    };
    let event = json!({"eventSource": "aws:kafka", "records": {
        "clicks-0": [record(0, 15, "a"), record(0, 16, "b")], "clicks-7": [record(7, 3, "c")]}});
    bench.write("event.json", &event.to_string());
    let arguments = [&["--input", "event.json", "--input-format", "msk"], RUN_TELL].concat();
    let (code, _, error) = bench.simulate(&arguments);
    assert_eq!(code, 0, "{error}");
    let told = bench.told();
    let metadata = |partition: &str, offset: &str| json!({"offset": offset, "partitionId": partition, "approximateArrivalTimestamp": 1_767_225_600_000_i64});
    let found: Vec<Vec<&Value>> = told
        .iter()
        .map(|records| records.iter().map(|record| &record["mskRecordMetadata"]).collect())
        .collect();
    assert_eq!(found, [vec![&metadata("0", "15"), &metadata("0", "16")], vec![&metadata("7", "3")]]);
    // A record of another topic is never read.
    bench.write("event.json", &record(0, 1, "a").to_string().replace("clicks", "orders"));
    let (code, _, error) = bench.simulate(&arguments);
    assert_eq!(code, 2);
    assert!(
        error.contains(
            "event.json: record 1, byte 0: the record is of the topic `orders`, and the stream reads `clicks`"
        ),
        "{error}"
    );
}

#[test]
fn row_10_1_records_are_kept_as_long_as_the_source_keeps_them() {
    let bench = Bench::new(KINESIS, "");
    bench.write("samples.jsonl", "{}\n");
    bench.write(
        "outage.toml",
        "[[fault]]\nlane = \"destination\"\nuntil = \"+30h\"\nerror = \"S3.AccessDenied\"\n",
    );
    let outcome = |more: &[&str]| {
        let (code, report, error) =
            bench.simulate(&[&["--input", "samples.jsonl", "--scenario", "outage.toml"], more].concat());
        assert_eq!(code, 0, "{error}");
        (report["ledger"]["delivered"].clone(), report["ledger"]["lost"].clone())
    };
    // The template's 48 hours are longer than the outage; 24 are not.
    assert_eq!(outcome(&[]), (json!(1), json!(0)));
    assert_eq!(outcome(&["--source-retention", "24"]), (json!(0), json!(1)));
}

#[test]
fn what_is_no_stream_or_is_withdrawn_is_said() {
    let bench = Bench::new("", "");
    bench.write("samples.jsonl", "{}\n");
    let (code, _, error) = bench.simulate(&["--input", "samples.jsonl", "--shards", "2"]);
    assert_eq!(code, 0);
    assert!(error.contains("not applied: `--shards` (the source is no Kinesis stream)"), "{error}");
    let database = Bench::new("      DeliveryStreamType: DatabaseAsSource", "");
    database.write("samples.jsonl", "{}\n");
    let (code, _, error) = database.simulate(&["--input", "samples.jsonl", "--no-validate"]);
    assert_eq!(code, 2);
    assert!(error.contains("the database source was a preview that AWS withdrew on 2025-09-24"), "{error}");
}

#[test]
fn what_is_wrong_with_a_record_of_the_source_is_said_with_its_place() {
    let bench = Bench::new(KINESIS, "");
    let refusal = |record: Value| {
        bench.write(
            "records.json",
            &format!("{}\n{record}\n", json!({"Data": "", "ApproximateArrivalTimestamp": 1})),
        );
        let (code, _, error) = bench.simulate(&["--input", "records.json", "--input-format", "kinesis"]);
        assert_eq!(code, 2);
        assert!(error.contains("records.json: record 2, byte 44: "), "{error}");
        error
    };
    let error =
        refusal(json!({"Data": "", "ApproximateArrivalTimestamp": 1, "PartitionKey": "x".repeat(257)}));
    assert!(error.contains("`PartitionKey` has 257 characters: Kinesis takes 1 to 256"), "{error}");
    let error = refusal(json!({"Data": "", "ApproximateArrivalTimestamp": 1, "ExplicitHashKey": "-1"}));
    assert!(error.contains("`ExplicitHashKey` is no number"), "{error}");
    let error = refusal(json!({"Data": "", "ApproximateArrivalTimestamp": 1, "SequenceNumber": "4x"}));
    assert!(error.contains("`SequenceNumber` is no number"), "{error}");
}
