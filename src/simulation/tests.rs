//! The shell against the command-line contract, section 4: files, members, errors, interruption, warnings.

use std::{fs, io::Cursor, path::Path, sync::atomic::AtomicBool, time::Duration};

use super::*;
use crate::model::{
    buffering_hints::BufferingHints,
    compression::CompressionFormat,
    destination::{Destination, contract::Lane, extended_s3::ExtendedS3},
    s3::S3Settings,
    source::Source,
    zone::Zone,
};

fn simulation(compression: &str) -> Simulation {
    let s3 = S3Settings {
        bucket: "bucket".to_owned(),
        prefix: Some(crate::model::prefix::Prefix::parse("data/").prefix),
        error_output_prefix: None,
        hints: BufferingHints::new(1, 60),
        compression: CompressionFormat::named(compression).unwrap(),
    };
    let destination = ExtendedS3 {
        s3,
        zone: Zone::utc(),
        file_extension: None,
        backup: None,
        delimiter: Box::default(),
        processing: Default::default(),
        partition_retry: None,
        has_default_partition_size: false,
    };
    let stream = DeliveryStream {
        logical_id: "Stream".to_owned(),
        name: "orders".to_owned(),
        arn: String::new(),
        region: "us-east-1".to_owned(),
        account: "123456789012".to_owned(),
        source: Source::DirectPut,
        destination: Destination::ExtendedS3(destination),
    };
    Simulation { stream, options: SimulationOptions { workers: Some(2), ..SimulationOptions::default() } }
}

fn reader(name: &str, text: &str) -> SampleInput {
    SampleInput::Reader(name.to_owned(), Box::new(Cursor::new(text.as_bytes().to_vec())))
}

fn run(simulation: &Simulation, text: &str) -> Result<SimulationReport, SimulationError> {
    simulation.run(vec![reader("samples", text)], &mut |_| {}, &AtomicBool::new(false))
}

fn into(mut simulation: Simulation, folder: &Path) -> Simulation {
    simulation.options.output = Some(OutputTarget { path: folder.to_owned(), replace: false });
    simulation
}

fn ids(remarks: &[warnings::Remark]) -> Vec<&str> {
    remarks.iter().map(|remark| remark.id).collect()
}

/// Members of a JSON object in the order in which they stand.
fn members(text: &str) -> Vec<String> {
    let value: serde_json::Value = serde_json::from_str(text).unwrap();
    value.as_object().unwrap().keys().cloned().collect()
}

#[test]
fn the_output_folder_is_as_the_contract_says() {
    let base = tempfile::tempdir().unwrap();
    let folder = base.path().join("out");
    run(&into(simulation("GZIP"), &folder), "{\"a\":1}\n{\"a\":2}\n").unwrap();

    let manifest = fs::read_to_string(folder.join("manifest.jsonl")).unwrap();
    assert_eq!(manifest.lines().count(), 1);
    let expected = [
        "at",
        "kind",
        "bucket",
        "key",
        "path",
        "lane",
        "records",
        "bytes_in",
        "bytes_out",
        "content_encoding",
        "sealed_by",
        "oldest_arrival",
        "newest_arrival",
        "attempts",
        "outcome",
    ];
    assert_eq!(members(&manifest), expected);
    let line: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let key = line["key"].as_str().unwrap();
    assert!(
        key.starts_with("data/2026/01/01/00/orders-1-2026-01-01-00-00-00-") && key.ends_with(".gz"),
        "{key}"
    );
    assert_eq!(line["path"], format!("s3/bucket/{key}"));
    assert_eq!(line["oldest_arrival"], "2026-01-01T00:00:00.000Z");
    assert_eq!(line["newest_arrival"], "2026-01-01T00:00:00.001Z");
    assert_eq!(
        (&line["sealed_by"], &line["outcome"], &line["bytes_in"]),
        (&"drain".into(), &"delivered".into(), &14.into())
    );

    let report = fs::read_to_string(folder.join("report.json")).unwrap();
    let expected = [
        "version",
        "stream",
        "seed",
        "start",
        "end",
        "digest",
        "ledger",
        "copies",
        "objects",
        "latency_ms",
        "warnings",
        "undocumented",
    ];
    assert_eq!(members(&report), expected);
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let expected = [
        "arrivals",
        "records",
        "delivered",
        "dropped",
        "processing_failed",
        "format_conversion_failed",
        "destination_failed",
        "rejected",
        "lost",
        "in_custody",
    ];
    assert_eq!(members(&report["ledger"].to_string()), expected);
    assert_eq!(report["copies"].to_string(), r#"{"backup":0}"#);
    assert_eq!(
        members(&report["objects"].to_string()),
        ["count", "bytes", "median_bytes", "smallest", "largest"]
    );
    assert_eq!(report["latency_ms"].to_string(), r#"{"p50":0,"p90":1,"p99":1,"max":1}"#);
}

#[test]
fn sizes_and_none_leave_out_what_they_did_not_make() {
    let members_of = |bodies, compression| {
        let base = tempfile::tempdir().unwrap();
        let folder = base.path().join("out");
        let mut simulation = into(simulation(compression), &folder);
        simulation.options.bodies = bodies;
        run(&simulation, "{}\n").unwrap();
        assert!(!folder.join("s3").exists());
        members(&fs::read_to_string(folder.join("manifest.jsonl")).unwrap())
    };
    let has = |members: &[String], name: &str| members.iter().any(|member| member == name);
    let sizes = members_of(Bodies::Sizes, "GZIP");
    assert!(has(&sizes, "bytes_out") && !has(&sizes, "path"));
    let none = members_of(Bodies::None, "GZIP");
    assert!(!has(&none, "bytes_out") && !has(&none, "path"));
    assert!(has(&members_of(Bodies::None, "UNCOMPRESSED"), "bytes_out"));
}

#[test]
fn several_inputs_are_read_in_order_and_errors_say_where() {
    let mut simulation = simulation("UNCOMPRESSED");
    simulation.options.form = SampleForm::Base64;
    let inputs = vec![reader("first", "YQ==\nYg==\n"), reader("second", "Yw==\n\n!!\n")];
    let error = simulation.run(inputs, &mut |_| {}, &AtomicBool::new(false)).unwrap_err().to_string();
    assert!(error.starts_with("second: line 3, byte 6: not base64"), "{error}");
    let missing = SampleInput::File("does/not/exist.jsonl".into());
    let error = simulation.run(vec![missing], &mut |_| {}, &AtomicBool::new(false)).unwrap_err();
    assert!(error.to_string().starts_with("does/not/exist.jsonl: "), "{error}");
}

#[test]
fn an_interrupted_or_failed_run_leaves_nothing_behind() {
    let base = tempfile::tempdir().unwrap();
    let folder = base.path().join("out");
    let simulation = into(simulation("UNCOMPRESSED"), &folder);
    let interrupted = AtomicBool::new(true);
    let error = simulation.run(vec![reader("samples", "{}\n")], &mut |_| {}, &interrupted).unwrap_err();
    assert!(matches!(error, SimulationError::Interrupted));
    assert!(!folder.exists());
    let mut failing = simulation;
    failing.options.arrivals = Arrivals::Field("/t".parse().unwrap());
    let error = run(&failing, "{\"t\":1}\n{}\n").unwrap_err().to_string();
    assert_eq!(error, "samples: line 2, byte 8: the record has no /t");
    assert!(!folder.exists());
}

#[test]
fn an_earlier_run_is_replaced_only_by_force() {
    let base = tempfile::tempdir().unwrap();
    let mut simulation = into(simulation("UNCOMPRESSED"), base.path());
    run(&simulation, "{}\n").unwrap();
    assert!(matches!(run(&simulation, "{}\n"), Err(SimulationError::Output(OutputError::NotEmpty(_)))));
    simulation.options.output = Some(OutputTarget { path: base.path().to_owned(), replace: true });
    simulation.options.seed = Seed(1);
    run(&simulation, "{}\n").unwrap();
    assert_eq!(fs::read_dir(base.path().join("s3/bucket/data/2026/01/01/00")).unwrap().count(), 1);
}

#[test]
fn arrival_fields_seal_by_interval_and_earlier_ones_are_raised() {
    let mut simulation = simulation("UNCOMPRESSED");
    simulation.options.arrivals = Arrivals::Field("/t".parse().unwrap());
    let report = run(&simulation, "{\"t\":1000}\n{\"t\":1059}\n{\"t\":1060}\n{\"t\":1050}\n").unwrap();
    assert_eq!(report.start.to_string(), "1970-01-01T00:16:40.000Z");
    let records: Vec<u64> = report.listed.iter().map(|line| line.records).collect();
    assert_eq!(records, [2, 2]);
    assert_eq!(report.listed[0].at.to_string(), "1970-01-01T00:17:40.000Z");
    assert!(ids(&report.warnings).contains(&"arrivals-raised"));
    assert!(ids(&report.undocumented).contains(&"interval-start"));
}

#[test]
fn kinesis_times_hold_unless_a_rate_is_given() {
    let mut simulation = simulation("UNCOMPRESSED");
    simulation.options.form = SampleForm::Kinesis;
    let text = r#"{"Data":"YQ==","ApproximateArrivalTimestamp":1000.5}"#;
    assert_eq!(run(&simulation, text).unwrap().start.to_string(), "1970-01-01T00:16:40.500Z");
    simulation.options.arrivals = Arrivals::Rate("1/s".parse().unwrap());
    assert_eq!(run(&simulation, text).unwrap().start, Timestamp::DEFAULT_START);
}

#[test]
fn warnings_name_what_the_run_showed() {
    let mut plain = simulation("UNCOMPRESSED");
    let report = run(&plain, "{}\n\nno json\n").unwrap();
    assert_eq!(ids(&report.warnings), ["no-delimiter", "non-json"]);
    assert_eq!(ids(&report.notes), ["empty-lines"]);
    plain.options.keep_newline = true;
    assert_eq!(run(&plain, "{}\n{}\n").unwrap().warnings, []);

    let mut small = simulation("UNCOMPRESSED");
    let Destination::ExtendedS3(destination) = &mut small.stream.destination else {
        unreachable!("an S3 stream")
    };
    destination.s3.prefix = Some(crate::model::prefix::Prefix::parse("data").prefix);
    destination.s3.hints = BufferingHints::new(1, 0);
    let report = run(&small, &"{}\n".repeat(20)).unwrap();
    assert_eq!(ids(&report.warnings), ["small-objects", "prefix-without-slash", "short-interval"]);
    assert_eq!(report.objects.count, 20);
}

#[test]
fn an_outage_longer_than_retention_loses_records_and_leaves_no_object() {
    let base = tempfile::tempdir().unwrap();
    let folder = base.path().join("out");
    let mut simulation = into(simulation("GZIP"), &folder);
    let until = Timestamp::DEFAULT_START.saturating_add(Duration::from_secs(200_000));
    let error = "S3.AccessDenied".to_owned();
    let fault =
        faults::WriteFault { from: Timestamp::DEFAULT_START, until, lane: Some(Lane::Destination), error };
    simulation.options.faults.writes.push(fault);
    let report = run(&simulation, "{}\n{}\n").unwrap();
    assert_eq!((report.ledger.lost, report.ledger.delivered), (2, 0));
    assert_eq!((report.end.to_string(), report.latency), ("2026-01-02T00:00:00.000Z".to_owned(), None));
    assert!(ids(&report.warnings).contains(&"lost"));
    assert!(!folder.join("s3").exists());
    assert_eq!(report.listed[0].path, None);
}

#[test]
fn no_records_at_all_is_a_result_too() {
    let report = run(&simulation("GZIP"), "").unwrap();
    assert_eq!((report.ledger.arrivals, report.objects.count, report.latency), (0, 0, None));
    assert_eq!(report.end, report.start);
}

#[test]
fn a_delimiter_stands_behind_each_record_counts_against_the_hint_and_stays_out_of_backups() {
    let base = tempfile::tempdir().unwrap();
    let folder = base.path().join("out");
    let mut simulation = into(simulation("UNCOMPRESSED"), &folder);
    let Destination::ExtendedS3(destination) = &mut simulation.stream.destination else {
        unreachable!("an S3 stream")
    };
    destination.delimiter = Box::from(*b"\n");
    destination.backup = Some(S3Settings { bucket: "backup".to_owned(), ..destination.s3.clone() });
    // With its delimiter each record is half of the size hint and a byte: two do not fit.
    let record = format!("\"{}\"", "x".repeat((1 << 19) - 2));
    let report = run(&simulation, &format!("{record}\n{record}\n")).unwrap();
    assert_eq!(ids(&report.warnings), [""; 0]);
    let line = |lane: Lane| report.listed.iter().find(|line| line.lane == lane).unwrap();
    let body = |lane| fs::read(folder.join(line(lane).path.as_ref().unwrap())).unwrap();
    assert_eq!(body(Lane::Destination), format!("{record}\n").into_bytes());
    assert_eq!(line(Lane::Destination).bytes_in, (1 << 19) + 1);
    assert_eq!(body(Lane::Backup), format!("{record}{record}").into_bytes());
}

#[test]
fn what_lies_on_disk_changes_no_result() {
    use crate::model::processor::{Processing, metadata_extraction::MetadataExtraction};

    let records: Vec<String> = (0..3_000)
        .map(|at| format!(r#"{{"k":"p{}","id":{at},"text":"{}"}}"#, at % 3, format!("{at:04}").repeat(250)))
        .collect();
    let input = records.join("\n");
    let base = tempfile::tempdir().unwrap();
    let outcome = |name: &str, bodies: Bodies, most: u64, is_partitioned: bool| {
        let mut simulation = simulation("GZIP");
        let Destination::ExtendedS3(stream) = &mut simulation.stream.destination else { unreachable!("S3") };
        stream.s3.hints = BufferingHints::new(64, 900);
        if is_partitioned {
            let metadata = MetadataExtraction::compile("{k: .k}", vec!["k".into()]).unwrap();
            stream.processing = Processing { metadata: Some(metadata), ..Processing::default() };
            let prefix = "data/!{partitionKeyFromQuery:k}/";
            stream.s3.prefix = Some(crate::model::prefix::Prefix::parse(prefix).prefix);
        }
        simulation.options.bodies = bodies;
        simulation.options.most_in_memory = Some(most);
        let folder = base.path().join(name);
        let simulation = if bodies == Bodies::Full { into(simulation, &folder) } else { simulation };
        let mut lay_on_disk = false;
        let report = simulation.run(
            vec![reader("samples", &input)],
            &mut |_| lay_on_disk |= folder.join(".firehose-kit-partial/.parked").exists(),
            &AtomicBool::new(false),
        );
        let report = report.unwrap();
        if bodies == Bodies::Full {
            assert_eq!(lay_on_disk, most < u64::MAX);
            assert!(!folder.join(".firehose-kit-partial").exists());
        }
        (report.digest, ids(&report.warnings).join(" "), report.objects.count)
    };
    for is_partitioned in [false, true] {
        let name = |part: &str| format!("{part}-{is_partitioned}");
        let in_memory = outcome(&name("memory"), Bodies::Full, u64::MAX, is_partitioned);
        assert_eq!(in_memory.2, if is_partitioned { 3 } else { 1 });
        assert_eq!(outcome(&name("disk"), Bodies::Full, 500_000, is_partitioned), in_memory);
        // Without a folder the digest lacks nothing but paths.
        let sizes = outcome(&name("sizes"), Bodies::Sizes, u64::MAX, is_partitioned);
        assert_eq!(outcome(&name("sizes-disk"), Bodies::Sizes, 500_000, is_partitioned), sizes);
        let none = outcome(&name("none"), Bodies::None, u64::MAX, is_partitioned);
        assert_eq!(outcome(&name("none-disk"), Bodies::None, 500_000, is_partitioned), none);
    }
}
