//! Streams, records and a folder to run them in, for the property tests of the engine.

use std::{
    collections::BTreeMap,
    fs,
    io::Cursor,
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
#[cfg(feature = "columnar")]
use firehose_kit::model::format::{ddl, lower as format_lower};
use firehose_kit::{
    foundation::{byte_size::ByteSize, seed::Seed, timestamp::Timestamp},
    model::{
        buffering_hints::BufferingHints,
        compression::{CODECS, CompressionFormat},
        delivery_stream::DeliveryStream,
        destination::{
            Destination,
            bulk::{Bulk, Flavour},
            contract::Lane,
            delivery::Delivery,
            elasticsearch::Elasticsearch,
            extended_s3::ExtendedS3,
            http_endpoint::HttpEndpoint,
            opensearch::OpenSearch,
            opensearch_serverless::OpenSearchServerless,
            redshift::Redshift,
            request::{Scripted, Secret},
            splunk::Splunk,
        },
        format::Conversion,
        index_name::IndexRotationPeriod,
        processor::{
            Processing, deaggregation::RecordDeAggregation, lambda::LambdaTransform,
            lambda_response::call_error, metadata_extraction::MetadataExtraction,
        },
        redshift::{copy::Copy, ddl as redshift_ddl, load::Loader},
        s3::S3Settings,
        source::Source,
        zone::Zone,
    },
    simulation::{
        Bodies, OutputTarget, Simulation, SimulationError, SimulationOptions,
        answers::{Acknowledged, DocumentRule, ScriptedAnswer},
        arrivals::Arrivals,
        faults::{Faults, WriteFault},
        function::{FunctionSource, Host, Runnable},
        report::SimulationReport,
        samples::{SampleForm, SampleInput},
        script::{FunctionFault, Moment},
    },
};
use proptest::prelude::*;

/// A run that was made up at random.
#[derive(Clone, Debug)]
pub struct Case {
    /// Records by put request.
    pub requests: Vec<Vec<Vec<u8>>>,
    /// The simulation, without its folder.
    pub simulation: Simulation,
}

impl Case {
    /// The put requests as a file.
    pub fn input(&self) -> Vec<u8> {
        let mut text = Vec::new();
        for request in &self.requests {
            let records: Vec<String> = request
                .iter()
                .map(|record| format!("{{\"Data\":\"{}\"}}", STANDARD.encode(record)))
                .collect();
            text.extend_from_slice(format!("{{\"Records\":[{}]}}\n", records.join(",")).as_bytes());
        }
        text
    }

    /// Runs the case into a folder, with this many workers.
    pub fn run(&self, folder: &Path, workers: usize) -> Result<SimulationReport, SimulationError> {
        let mut simulation = self.simulation.clone();
        simulation.options.workers = Some(workers);
        simulation.options.output = Some(OutputTarget { path: folder.to_owned(), replace: false });
        let input = SampleInput::Reader("requests".to_owned(), Box::new(Cursor::new(self.input())));
        simulation.run(vec![input], &mut |_| {}, &AtomicBool::new(false))
    }
}

fn settings() -> impl Strategy<Value = S3Settings> {
    (1_u64..2_000, prop_oneof![Just(0_u64), 1_u64..120], 0..CODECS.len()).prop_map(
        |(size, interval, codec)| S3Settings {
            bucket: "bucket".to_owned(),
            prefix: Some(firehose_kit::model::prefix::Prefix::parse("data/").prefix),
            error_output_prefix: None,
            hints: BufferingHints { size: ByteSize::bytes(size), interval: Duration::from_secs(interval) },
            compression: CompressionFormat::named(CODECS[codec].name()).unwrap(),
        },
    )
}

fn faults() -> impl Strategy<Value = Faults> {
    let lane = prop_oneof![Just(None), Just(Some(Lane::Destination)), Just(Some(Lane::Backup))];
    // Up to two days, so that some runs lose records.
    let fault =
        (0_u64..300, prop_oneof![1_u64..600, 80_000_u64..180_000], lane).prop_map(|(from, length, lane)| {
            let from = Timestamp::DEFAULT_START.saturating_add(Duration::from_secs(from));
            let until = from.saturating_add(Duration::from_secs(length));
            WriteFault { from, until, lane, error: "S3.SlowDown".to_owned() }
        });
    (prop::collection::vec(fault, 0..3), 0_u64..5_000)
        .prop_map(|(writes, latency)| Faults { writes, write_latency: Duration::from_millis(latency) })
}

/// Requests of records of all sizes, empty and over-size ones among them.
fn requests() -> impl Strategy<Value = Vec<Vec<Vec<u8>>>> {
    let record = prop_oneof![
        8 => prop::collection::vec(any::<u8>(), 0..400),
        2 => Just(Vec::new()),
        1 => Just(vec![b'x'; 1_024_001]),
    ];
    prop::collection::vec(prop::collection::vec(record, 0..12), 0..30)
}

/// A conversion to Parquet of a table with one column.
#[cfg(feature = "columnar")]
fn conversion() -> Option<Arc<dyn Conversion>> {
    let table = ddl::parse("CREATE EXTERNAL TABLE d.t (k int)").unwrap();
    let block = r#"{"InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
        "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}},
        "SchemaConfiguration": {"DatabaseName": "d", "TableName": "t", "RoleARN": "arn:aws:iam::1:role/r"}}"#;
    let node = firehose_kit::template::read::read(block).root.unwrap();
    Some(format_lower::lower(&node, &table, "111122223333", "eu-west-1").unwrap().conversion)
}

#[cfg(not(feature = "columnar"))]
fn conversion() -> Option<Arc<dyn Conversion>> {
    None
}

/// Any processors, partitioning and format conversion among them.
#[allow(dead_code, reason = "not every test that shares this file runs processors")]
pub fn processing() -> impl Strategy<Value = Processing> {
    let deaggregation = prop_oneof![
        Just(None),
        Just(Some(RecordDeAggregation::Json)),
        Just(Some(RecordDeAggregation::Delimited(Box::from(*b"\n")))),
    ];
    let query = prop_oneof![Just(None), Just(Some("{k: .k}")), Just(Some("{k: (.k | tostring)}"))];
    // Records that no log group packed only fail, so that this is rare.
    let decompresses = prop::bool::weighted(0.2);
    (decompresses, any::<bool>(), deaggregation, query, any::<bool>()).prop_map(
        |(decompresses, extracts, deaggregation, query, converts)| {
            let compile = |query| MetadataExtraction::compile(query, vec!["k".into()]).unwrap();
            Processing {
                decompresses,
                extracts_messages: decompresses && extracts,
                deaggregation,
                lambda: None,
                metadata: query.map(compile),
                conversion: conversion().filter(|_| converts),
                rows: None,
            }
        },
    )
}

/// A function that was made up at random: what answers, and what its calls fail with.
#[derive(Clone, Debug)]
pub struct Called {
    transform: LambdaTransform,
    /// Recorded answers; without any, records pass unchanged.
    answers: Vec<&'static str>,
    fault: FunctionFault,
    latency: Duration,
}

/// Any function, or none.
#[allow(dead_code, reason = "not every test that shares this file calls functions")]
pub fn called() -> impl Strategy<Value = Option<Called>> {
    let answer = prop::sample::select(vec![
        r#"{"records":[]}"#,
        r#"{"response":"not JSON"}"#,
        r#"{"error":{"errorType":"E"}}"#,
        r#"{"timeout":true}"#,
        r#"{"too_large":true}"#,
        r#"{"throttled":true}"#,
        r#"{"unavailable":{"code":"Lambda.ResourceNotFound","message":"gone"}}"#,
    ]);
    let answers = prop_oneof![2 => Just(Vec::new()), 1 => prop::collection::vec(answer, 1..6)];
    let numbers = (1_u64..400, 0_u64..20, 0_u32..3, 0_u32..4, 0_u64..30, 0_u64..5);
    prop::option::of((answers, numbers)).prop_map(|called| {
        let (answers, (size, interval, retries, attempts, until, latency)) = called?;
        let hints = BufferingHints { size: ByteSize::bytes(size), interval: Duration::from_secs(interval) };
        let arn = "arn:aws:lambda:us-east-1:123456789012:function:f".into();
        let fault = FunctionFault {
            from: Moment::After(Duration::ZERO),
            until: Some(Moment::After(Duration::from_secs(until))),
            attempts: Some(attempts),
            error: call_error("Lambda.InvokeLimitExceeded"),
        };
        let transform = LambdaTransform { arn, hints, retries, keys: Vec::new() };
        Some(Called { transform, answers, fault, latency: Duration::from_secs(latency) })
    })
}

impl Case {
    /// Puts a function into the middle of the stream; `folder` is for its answers.
    #[allow(dead_code, reason = "not every test that shares this file calls functions")]
    pub fn call(&mut self, called: &Called, folder: &Path) {
        let source = match &called.answers[..] {
            [] => FunctionSource::Skip,
            answers => {
                let path = folder.join("answers.jsonl");
                fs::write(&path, answers.join("\n")).unwrap();
                FunctionSource::Recorded(path)
            }
        };
        let Destination::ExtendedS3(s3) = &mut self.simulation.stream.destination else {
            unreachable!("an S3 stream")
        };
        s3.processing.lambda = Some(called.transform.clone());
        let options = &mut self.simulation.options;
        options.function = Some(Runnable { source, host: Host::default() });
        options.script.function_faults = vec![called.fault.clone()];
        options.script.function_latency = called.latency;
    }
}

prop_compose! {
    /// Any run.
    pub fn case()(
        s3 in settings(),
        backup in prop::option::of(settings()),
        faults in faults(),
        requests in requests(),
        rate in 1_u32..200,
        channels in 1_u32..4,
        seed in any::<u64>(),
    ) -> Case {
        let backup = backup.map(|s3| S3Settings { bucket: "backup".to_owned(), ..s3 });
        let destination = ExtendedS3 { s3, zone: Zone::utc(), file_extension: None, backup, delimiter: Box::default(), processing: Default::default(), partition_retry: None, has_default_partition_size: false };
        let stream = DeliveryStream {
            logical_id: "Stream".to_owned(),
            name: "stream".to_owned(),
            arn: "arn:aws:firehose:us-east-1:123456789012:deliverystream/stream".to_owned(),
            region: "us-east-1".to_owned(),
            account: "123456789012".to_owned(),
            source: Source::DirectPut,
            destination: Destination::ExtendedS3(destination),
        };
        let options = SimulationOptions {
            form: SampleForm::PutRecordBatch,
            arrivals: Arrivals::Rate(format!("{}.{}/s", rate / 10, rate % 10).parse().unwrap()),
            bodies: Bodies::Full,
            channels,
            seed: Seed(seed),
            faults,
            ..SimulationOptions::default()
        };
        Case { requests, simulation: Simulation { stream, options } }
    }
}

/// How requests are answered: trouble and refusals of all sorts, for a while or for ever.
#[allow(dead_code, reason = "not every test that shares this file sends requests")]
pub fn answer() -> impl Strategy<Value = ScriptedAnswer> {
    let answer = prop_oneof![
        3 => prop::sample::select(vec![500_u16, 503, 400, 302]).prop_map(Some),
        1 => Just(Some(413)),
        1 => Just(None),
    ];
    let error = prop_oneof![
        3 => Just(None),
        1 => prop::sample::select(vec!["timeout", "connection-failed", "connection-reset"]).prop_map(Some),
    ];
    let limit = prop_oneof![Just(None), (0_u32..5).prop_map(Some)];
    let span = prop_oneof![Just(None), (0_u64..400).prop_map(Some)];
    let acknowledged = prop_oneof![
        Just(Acknowledged::AtOnce),
        Just(Acknowledged::Never),
        (0_u64..300).prop_map(|seconds| Acknowledged::After(Duration::from_secs(seconds))),
    ];
    (answer, error, limit.clone(), limit, span, acknowledged, 0_u64..200).prop_map(
        |(status, error, attempts, times, span, acknowledged, after)| ScriptedAnswer {
            until: span.map(|seconds| Moment::After(Duration::from_secs(seconds))),
            attempts,
            times,
            answer: Scripted { status, error: error.map(str::to_owned), ..Scripted::default() },
            after: Duration::from_secs(after),
            acknowledged,
            ..ScriptedAnswer::default()
        },
    )
}

prop_compose! {
    /// Any run of a destination that takes requests.
    #[allow(dead_code, reason = "not every test that shares this file sends requests")]
    pub fn request_case()(
        mut case in case(),
        answers in prop::collection::vec(answer(), 0..4),
        is_splunk in any::<bool>(),
        is_gzip in any::<bool>(),
        backs_up_all in any::<bool>(),
        retry in prop_oneof![Just(0_u64), 1_u64..600],
    ) -> Case {
        let Destination::ExtendedS3(plain) = case.simulation.stream.destination else { unreachable!() };
        let (hints, retry) = (plain.s3.hints, Duration::from_secs(retry));
        // Intervals of all sorts for the error documents, too.
        let s3 = S3Settings { hints, ..plain.backup.unwrap_or(plain.s3) };
        let (delimiter, processing) = (plain.delimiter, plain.processing);
        let (is_default_retry, is_default_interval) = (false, false);
        let delivery = Delivery {
            hints,
            retry,
            is_default_retry,
            is_default_interval,
            s3,
            backs_up_all,
            delimiter,
            processing,
        };
        case.simulation.stream.destination = if is_splunk {
            Destination::Splunk(Splunk {
                endpoint: Secret::new("https://example.com:8088"),
                is_event: is_gzip,
                token: Some(Secret::new("token")),
                is_default_acknowledgement: false,
                acknowledgement: Duration::from_secs(180),
                delivery,
            })
        } else {
            Destination::HttpEndpoint(HttpEndpoint {
                url: Secret::new("https://example.com/"),
                access_key: None,
                is_gzip,
                attributes: Vec::new(),
                delivery,
            })
        };
        case.simulation.options.script.answers = answers;
        if !is_splunk {
            for answer in &mut case.simulation.options.script.answers {
                answer.acknowledged = Acknowledged::AtOnce;
            }
        }
        case
    }
}

prop_compose! {
    /// Any run of a destination that takes documents in bulk: answers refuse some of them one by one, and some records are
    /// no documents.
    #[allow(dead_code, reason = "not every test that shares this file sends documents")]
    pub fn document_case()(
        mut case in request_case(),
        flavour in prop::sample::select(vec![Flavour::Service, Flavour::Elasticsearch, Flavour::Serverless]),
        rules in prop::collection::vec(prop::option::of((1_u32..4, prop::sample::select(vec![400_u16, 429, 503]))), 4),
        has_ids in any::<bool>(),
        rotates in any::<bool>(),
    ) -> Case {
        for (number, record) in case.requests.iter_mut().flatten().enumerate() {
            if number % 5 != 4 && record.len() < 10_000 {
                let hex: String = record.iter().map(|byte| format!("{byte:02x}")).collect();
                *record = format!("{{\"n\":{number},\"data\":\"{hex}\"}}").into_bytes();
            }
        }
        let delivery = match case.simulation.stream.destination {
            Destination::Splunk(splunk) => splunk.delivery,
            Destination::HttpEndpoint(http) => http.delivery,
            other => unreachable!("{other:?}"),
        };
        let bulk = Bulk {
            flavour,
            endpoint: "https://example.com".to_owned(),
            is_made_up: false,
            index: "logs".to_owned(),
            rotation: if rotates { IndexRotationPeriod::OneHour } else { IndexRotationPeriod::NoRotation },
            type_name: None,
            has_ids,
        };
        case.simulation.stream.destination = match flavour {
            Flavour::Service => Destination::OpenSearch(OpenSearch { bulk, delivery }),
            Flavour::Elasticsearch => Destination::Elasticsearch(Elasticsearch { bulk, delivery }),
            Flavour::Serverless => Destination::OpenSearchServerless(OpenSearchServerless { bulk, delivery }),
        };
        for (answer, rule) in case.simulation.options.script.answers.iter_mut().zip(rules) {
            answer.acknowledged = Acknowledged::AtOnce;
            if let Some((every, status)) = rule {
                answer.answer = Scripted::default();
                let (kind, reason) = ("mapper_parsing_exception".to_owned(), "no".to_owned());
                answer.documents = Some(DocumentRule { every: Some(every), matching: None, status, kind, reason });
            }
        }
        case
    }
}

/// COPY fails as a scenario may have it, for a while or for ever.
#[allow(dead_code, reason = "not every test that shares this file loads tables")]
fn copy_answer() -> impl Strategy<Value = ScriptedAnswer> {
    let error = prop::sample::select(vec![None, Some("Redshift.DiskFull"), Some("connection-failed")]);
    let limit = prop_oneof![Just(None), (0_u32..5).prop_map(Some)];
    let span = prop_oneof![Just(None), (0_u64..8_000).prop_map(Some)];
    (error, limit.clone(), limit, span, 0_u64..4_000).prop_map(|(error, attempts, times, span, after)| {
        ScriptedAnswer {
            until: span.map(|seconds| Moment::After(Duration::from_secs(seconds))),
            attempts,
            times,
            answer: Scripted { error: error.map(str::to_owned), ..Scripted::default() },
            after: Duration::from_secs(after),
            ..ScriptedAnswer::default()
        }
    })
}

prop_compose! {
    /// Any run of a stream to Redshift, with and without a table that records are checked against.
    #[allow(dead_code, reason = "not every test that shares this file loads tables")]
    pub fn redshift_case()(
        mut case in case(),
        answers in prop::collection::vec(copy_answer(), 0..4),
        is_gzip in any::<bool>(),
        retry in prop_oneof![Just(0_u64), 1_u64..7_200],
        max_error in prop::option::of(0_u32..6),
    ) -> Case {
        let Destination::ExtendedS3(plain) = case.simulation.stream.destination else { unreachable!() };
        let gzip = if is_gzip { "GZIP" } else { "" };
        let compression = CompressionFormat::named(if is_gzip { "GZIP" } else { "UNCOMPRESSED" }).unwrap();
        let s3 = S3Settings { compression, ..plain.s3 };
        let options = format!("DELIMITER '~' FILLRECORD MAXERROR {} {gzip}", max_error.unwrap_or(0));
        let loader = max_error.map(|_| {
            let table = redshift_ddl::parse("CREATE TABLE t (k varchar(300), l varchar(300))").unwrap();
            Arc::new(Loader::new(table, Copy::parse(&options).unwrap(), "", None).unwrap())
        });
        case.simulation.stream.destination = Destination::Redshift(Redshift {
            cluster: "jdbc:redshift://c.redshift.amazonaws.com:5439/db".to_owned(),
            role_arn: "arn:aws:iam::123456789012:role/r".to_owned(),
            table: "t".to_owned(),
            columns: None,
            options: Some(options),
            prefix: "data/".to_owned(),
            delivery: Delivery {
                is_default_retry: false,
                is_default_interval: false,
                hints: s3.hints,
                retry: Duration::from_secs(retry),
                s3,
                backs_up_all: plain.backup.is_some(),
                delimiter: plain.delimiter,
                processing: plain.processing,
            },
            backup: plain.backup,
            loader,
        });
        case.simulation.options.script.answers = answers;
        case
    }
}

/// All files below a folder, by their path in it.
pub fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    files
}
