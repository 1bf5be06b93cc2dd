//! Runs of `simulate` that are judged by single rows of the behaviour sheet; each test names its row.

#![cfg(feature = "columnar")]

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

/// What a run came to.
struct Run {
    base: tempfile::TempDir,
    output: Output,
}

/// Runs a stream with these properties over an input.
fn run(properties: Value, input: impl AsRef<[u8]>, scenario: &str, flags: &[&str]) -> Run {
    let base = tempfile::tempdir().unwrap();
    let stream = json!({"Type": "AWS::KinesisFirehose::DeliveryStream", "Properties": properties});
    let template = json!({"Resources": {"Stream": stream}}).to_string();
    fs::write(base.path().join("template.json"), template).unwrap();
    fs::write(base.path().join("in"), input).unwrap();
    fs::write(base.path().join("scenario.toml"), scenario).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_firehose-kit"))
        .current_dir(base.path())
        .args(["simulate", "template.json", "--input", "in", "--output", "out", "--no-validate"])
        .args(["--scenario", "scenario.toml"])
        .args(flags)
        .output()
        .unwrap();
    Run { base, output }
}

impl Run {
    fn path(&self, path: &str) -> PathBuf {
        self.base.path().join("out").join(path)
    }

    fn report(&self) -> Value {
        let text = fs::read(self.path("report.json"));
        serde_json::from_slice(&text.unwrap_or_else(|_| panic!("{:?}", self.output))).unwrap()
    }

    fn count(&self, member: &str) -> u64 {
        self.report()["ledger"][member].as_u64().unwrap()
    }

    /// Message and help of the remarks of this id, in `warnings` or `undocumented`.
    fn remarks(&self, list: &str, id: &str) -> Vec<String> {
        let report = self.report();
        let all = report[list].as_array().unwrap().iter().filter(|remark| remark["id"] == id);
        all.map(|remark| format!("{} | {}", remark["message"], remark["help"])).collect()
    }

    fn undocumented(&self) -> Vec<String> {
        let report = self.report();
        report["undocumented"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect()
    }

    fn lines_of(&self, lane: &str) -> Vec<Value> {
        let text = fs::read_to_string(self.path("manifest.jsonl"));
        let text = text.unwrap_or_else(|_| panic!("{:?}", self.output));
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter(|line| line["lane"] == lane).collect()
    }

    /// All bytes of a lane.
    fn bytes_of(&self, lane: &str) -> Vec<u8> {
        let paths = self.lines_of(lane).into_iter().filter_map(|line| line["path"].as_str().map(str::to_owned));
        paths.flat_map(|path| fs::read(self.path(&path)).unwrap()).collect()
    }

    /// The documents of the error lane.
    fn failed(&self) -> Vec<Value> {
        let text = String::from_utf8(self.bytes_of("error")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }
}

const ROLE: &str = "arn:aws:iam::123456789012:role/delivery";

fn bucket() -> Value {
    json!({"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::example-data"})
}

/// A block with the members of another one besides its own.
fn with(block: Value, more: Value) -> Value {
    let (Value::Object(mut block), Value::Object(more)) = (block, more) else { unreachable!("objects") };
    block.extend(more);
    Value::Object(block)
}

fn s3(more: Value) -> Value {
    json!({"DeliveryStreamName": "rows", "ExtendedS3DestinationConfiguration": with(bucket(), more)})
}

fn http(more: Value) -> Value {
    let block = json!({
        "EndpointConfiguration": {"Url": "https://collector.example.com/in"}, "RoleARN": ROLE, "S3Configuration": bucket(),
    });
    json!({"DeliveryStreamName": "rows", "HttpEndpointDestinationConfiguration": with(block, more)})
}

fn opensearch() -> Value {
    let block = json!({
        "IndexName": "orders", "RoleARN": ROLE, "S3BackupMode": "FailedDocumentsOnly", "S3Configuration": bucket(),
        "DomainARN": "arn:aws:es:us-east-1:123456789012:domain/orders",
    });
    json!({"DeliveryStreamName": "rows", "AmazonopensearchserviceDestinationConfiguration": block})
}

fn snowflake() -> Value {
    let block = json!({
        "AccountUrl": "https://account.snowflakecomputing.com", "PrivateKey": "A".repeat(400), "User": "u",
        "Database": "db", "Schema": "public", "Table": "t", "RoleARN": ROLE, "S3Configuration": bucket(),
    });
    json!({"DeliveryStreamName": "rows", "SnowflakeDestinationConfiguration": block})
}

fn redshift(options: &str) -> Value {
    let block = json!({
        "ClusterJDBCURL": "jdbc:redshift://c.abc.us-east-1.redshift.amazonaws.com:5439/db", "RoleARN": ROLE,
        "CopyCommand": {"DataTableName": "t", "CopyOptions": options}, "Username": "u", "Password": "Hidden-word-22",
        "S3Configuration": bucket(),
    });
    json!({"DeliveryStreamName": "rows", "RedshiftDestinationConfiguration": block})
}

fn from_kinesis(properties: Value) -> Value {
    let source =
        json!({"KinesisStreamARN": "arn:aws:kinesis:us-east-1:123456789012:stream/source", "RoleARN": ROLE});
    let more = json!({"DeliveryStreamType": "KinesisStreamAsSource", "KinesisStreamSourceConfiguration": source});
    with(properties, more)
}

fn processors(processors: Value) -> Value {
    json!({"ProcessingConfiguration": {"Enabled": true, "Processors": processors}})
}

fn processor(kind: &str, parameters: &[(&str, &str)]) -> Value {
    let parameters: Vec<Value> =
        parameters.iter().map(|(name, value)| json!({"ParameterName": name, "ParameterValue": value})).collect();
    json!({"Type": kind, "Parameters": parameters})
}

fn partitioned() -> Value {
    let query = processor("MetadataExtraction", &[("MetadataExtractionQuery", "{k:.a}"), ("JsonParsingEngine", "JQ-1.6")]);
    let partitioning = json!({
        "Prefix": "p/!{partitionKeyFromQuery:k}/", "ErrorOutputPrefix": "e/!{firehose:error-output-type}/",
        "DynamicPartitioningConfiguration": {"Enabled": true},
    });
    s3(with(partitioning, processors(json!([query]))))
}

/// 10.3: "one UTF-8 JSON object, no newline inside, no bulk commands inside"; Appendix B, `OS.MalformedData`.
#[test]
fn row_10_3_bulk_commands_are_no_documents() {
    let commands = [
        r#"{"delete":{"_index":"orders","_id":"1"}}"#,
        r#"{"index":{}}"#,
        r#" { "create" : {"_id":"2"} } "#,
        r#"{"\u0075pdate":{"_id":"3"}}"#,
    ];
    let documents = [r#"{"delete":true}"#, r#"{"index":{},"id":7}"#, r#"{"a":{"index":{}}}"#, r#"{"indexes":{}}"#];
    let run = run(opensearch(), [&commands[..], &documents].concat().join("\n"), "", &[]);
    assert_eq!((run.count("delivered"), run.count("destination_failed")), (4, 4));
    let failed = run.failed();
    let raw: Vec<Vec<u8>> =
        failed.iter().map(|line| STANDARD.decode(line["rawData"].as_str().unwrap()).unwrap()).collect();
    assert_eq!(raw, commands.map(|command| command.as_bytes().to_vec()));
    for line in &failed {
        assert_eq!(line["errorCode"], "OS.MalformedData");
        assert!(line["errorMessage"].as_str().unwrap().contains("bulk command"), "{line}");
    }
}

/// 1.1: records of Kinesis Data Streams up to 10 MiB, "not with dynamic partitioning, HTTP, Snowflake, Redshift".
#[test]
fn row_1_1_large_records_of_kinesis_go_to_s3_only() {
    let record = |bytes: usize| format!("{{\"a\":\"k\",\"b\":\"{}\"}}", "x".repeat(bytes - 16));
    // What each record was put as: one of exactly 1 MiB, one of a byte more.
    let input = format!("{}\n{}\n", record(1 << 20), record((1 << 20) + 1));
    let taken = [("plain", s3(json!({}))), ("opensearch", opensearch())];
    for (name, properties) in taken {
        let run = run(from_kinesis(properties), &input, "", &[]);
        assert_eq!(run.count("delivered"), 2, "{name}: {}", run.stderr());
        assert_eq!(run.remarks("warnings", "large-kinesis-records").len(), 0, "{name}");
    }
    let partitioned = partitioned();
    let not = [
        ("partitioned", partitioned, 1),
        // One `data` member holds 1,365,336 characters: the smaller record does not fit either.
        ("http", http(json!({})), 0),
        ("snowflake", snowflake(), 1),
        ("redshift", redshift("json 'auto'"), 1),
    ];
    for (name, properties, delivered) in not {
        let run = run(from_kinesis(properties), &input, "", &[]);
        assert_eq!(run.count("delivered"), delivered, "{name}: {}", run.stderr());
        assert_eq!(run.count("processing_failed"), 1, "{name}");
        let failed = run.failed();
        let large = failed.iter().find(|line| line["errorCode"] == "Kinesis.RecordTooLarge");
        let raw = STANDARD.decode(large.unwrap()["rawData"].as_str().unwrap()).unwrap();
        assert_eq!(raw.len(), (1 << 20) + 1, "{name}");
        let told = run.remarks("warnings", "large-kinesis-records");
        assert!(told.len() == 1 && told[0].contains("1 record "), "{name}: {told:?}");
    }
}

/// The form of CloudWatch Logs: gzip, one object.
fn log_record(kind: &str, messages: &[&str]) -> Vec<u8> {
    let events: Vec<Value> =
        messages.iter().map(|message| json!({"id": "1", "timestamp": 1, "message": message})).collect();
    let record = json!({"messageType": kind, "owner": "1", "logGroup": "g", "logStream": "s",
        "subscriptionFilters": [], "logEvents": events});
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    std::io::Write::write_all(&mut packed, record.to_string().as_bytes()).unwrap();
    packed.finish().unwrap()
}

/// 5: "keeps only the `message` of each log event"; a record without events is empty after that, and counts as dropped.
#[test]
fn row_5_log_records_without_events_are_dropped() {
    let extracts = json!([
        processor("Decompression", &[("CompressionFormat", "GZIP")]),
        processor("CloudWatchLogProcessing", &[("DataMessageExtraction", "True")]),
    ]);
    let records =
        [log_record("DATA_MESSAGE", &[]), log_record("CONTROL_MESSAGE", &["x"]), log_record("DATA_MESSAGE", &["a", "b"])];
    let input = records.map(|record| STANDARD.encode(record)).join("\n");
    let run = run(s3(processors(extracts)), input, "", &["--input-format", "base64"]);
    assert_eq!((run.count("dropped"), run.count("delivered")), (2, 1));
    assert_eq!(run.bytes_of("destination"), b"a\nb\n");
}

/// 10.7: "wrong types (`Snowflake.IncorrectValue`)": a number that its column has no room for is refused, never retried.
#[test]
fn row_10_7_a_number_out_of_range_is_an_incorrect_value() {
    let table = "CREATE TABLE t (price NUMBER(5,2), n INT, f FLOAT);";
    let base = tempfile::tempdir().unwrap();
    let file = base.path().join("t.sql");
    fs::write(&file, table).unwrap();
    let input = "{\"price\":999.994}\n{\"price\":1000}\n{\"n\":1e38}\n{\"f\":1e400}\n{\"n\":7,\"f\":1e300}\n";
    let run = run(snowflake(), input, "", &["--table", file.to_str().unwrap()]);
    assert_eq!((run.count("delivered"), run.count("destination_failed")), (2, 3), "{}", run.stderr());
    for line in run.failed() {
        assert_eq!(line["errorCode"], "Snowflake.IncorrectValue");
    }
    let first = &run.failed()[0]["errorMessage"];
    assert!(first.as_str().unwrap().contains("NUMBER(5,2)"), "{first}");
}
