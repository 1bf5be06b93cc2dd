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
        report["undocumented"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["id"].as_str().unwrap().to_owned())
            .collect()
    }

    fn lines_of(&self, lane: &str) -> Vec<Value> {
        let text = fs::read_to_string(self.path("manifest.jsonl"));
        let text = text.unwrap_or_else(|_| panic!("{:?}", self.output));
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter(|line| line["lane"] == lane).collect()
    }

    /// All bytes of a lane.
    fn bytes_of(&self, lane: &str) -> Vec<u8> {
        let paths =
            self.lines_of(lane).into_iter().filter_map(|line| line["path"].as_str().map(str::to_owned));
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
    let more =
        json!({"DeliveryStreamType": "KinesisStreamAsSource", "KinesisStreamSourceConfiguration": source});
    with(properties, more)
}

fn processors(processors: Value) -> Value {
    json!({"ProcessingConfiguration": {"Enabled": true, "Processors": processors}})
}

fn processor(kind: &str, parameters: &[(&str, &str)]) -> Value {
    let parameters: Vec<Value> = parameters
        .iter()
        .map(|(name, value)| json!({"ParameterName": name, "ParameterValue": value}))
        .collect();
    json!({"Type": kind, "Parameters": parameters})
}

fn partitioned() -> Value {
    let query = processor(
        "MetadataExtraction",
        &[("MetadataExtractionQuery", "{k:.a}"), ("JsonParsingEngine", "JQ-1.6")],
    );
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
    let documents =
        [r#"{"delete":true}"#, r#"{"index":{},"id":7}"#, r#"{"a":{"index":{}}}"#, r#"{"indexes":{}}"#];
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
    let records = [
        log_record("DATA_MESSAGE", &[]),
        log_record("CONTROL_MESSAGE", &["x"]),
        log_record("DATA_MESSAGE", &["a", "b"]),
    ];
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

const DOWN: &str = "[[fault]]\nlane = \"LANE\"\nerror = \"S3.AccessDenied\"\n";

fn down(lane: &str) -> String {
    DOWN.replace("LANE", lane)
}

/// Section 11, "lost": what is lost is told by its cause, and a copy for the backup is no less lost than a record.
#[test]
fn row_11_a_lost_backup_is_told() {
    let backup = json!({"S3BackupMode": "Enabled", "S3BackupConfiguration": bucket()});
    let run = run(s3(backup), "{\"a\":1}\n{\"a\":2}\n", &down("backup"), &["--fail-on-loss"]);
    assert_eq!(run.output.status.code(), Some(1), "{}", run.stderr());
    assert_eq!((run.count("delivered"), run.count("lost")), (2, 0));
    assert_eq!(run.report()["copies"], json!({"backup": 2, "lost": 2}));
    let told = run.remarks("warnings", "lost");
    assert!(told.len() == 1 && told[0].contains("2 copies for the backup were lost"), "{told:?}");
    assert!(told[0].contains("BackupToS3.DataFreshness"), "{told:?}");
    assert!(run.stdout().contains("copies lost"), "{}", run.stdout());
    assert!(!run.stdout().contains("copied to the backup"), "{}", run.stdout());
}

/// 10.6: the records of a 413 are dropped; the bucket has nothing to do with it.
#[test]
fn row_10_6_the_loss_of_a_413_is_told_by_its_cause() {
    let run = run(http(json!({})), "{\"a\":1}\n", "[[answer]]\nstatus = 413\n", &[]);
    assert_eq!(run.count("lost"), 1);
    let told = run.remarks("warnings", "lost");
    assert!(told.len() == 1 && told[0].contains("1 record was lost"), "{told:?}");
    assert!(told[0].contains("SizeInMBs") && !told[0].contains("DataFreshness"), "{told:?}");
    // Nothing was tried again, so no choice about that shaped the result.
    let choices = run.undocumented();
    assert!(choices.contains(&"http-413".to_owned()), "{choices:?}");
    assert!(!choices.contains(&"http-back-off".to_owned()), "{choices:?}");
}

/// 10.1: an outage of the bucket, to compare.
#[test]
fn row_10_1_the_loss_of_an_outage_is_told_by_its_cause() {
    let run = run(s3(json!({})), "{\"a\":1}\n", &down("destination"), &[]);
    let told = run.remarks("warnings", "lost");
    assert!(told.len() == 1 && told[0].contains("DeliveryToS3.DataFreshness"), "{told:?}");
}

/// 0: a CHOICE "must be reported as 'undocumented' in simulator output where it affects results".
#[test]
fn row_0_choices_are_told_where_they_shape_the_result() {
    let told = |run: &Run, id: &str| run.undocumented().contains(&id.to_owned());
    // 10.6: default retry, back-off.
    let answer = "[[answer]]\nstatus = 500\n";
    let failing = run(http(json!({})), "{\"a\":1}\n", answer, &[]);
    assert!(told(&failing, "http-default-retry") && told(&failing, "http-back-off"));
    let retries = json!({"RetryOptions": {"DurationInSeconds": 60}});
    let said = run(http(retries), "{\"a\":1}\n", answer, &[]);
    assert!(!told(&said, "http-default-retry") && told(&said, "http-back-off"));
    let healthy = run(http(json!({})), "{\"a\":1}\n", "", &[]);
    assert!(!told(&healthy, "http-default-retry") && !told(&healthy, "http-back-off"));
    // 6.1, rule 11: a static ErrorOutputPrefix; 7: partition failures.
    let properties = partitioned();
    let failed = run(properties.clone(), "{\"b\":1}\n", "", &[]);
    assert!(told(&failed, "partition-failures") && !told(&failed, "static-error-prefix"));
    let mut properties = properties;
    properties["ExtendedS3DestinationConfiguration"]["ErrorOutputPrefix"] = json!("failed/");
    let failed = run(properties, "{\"b\":1}\n", "", &[]);
    assert!(told(&failed, "static-error-prefix"));
    // 5: delimiters and decompression.
    let delimited = |delimiter: &str| {
        s3(processors(json!([processor("AppendDelimiterToRecord", &[("Delimiter", delimiter)])])))
    };
    assert!(told(&run(delimited("|"), "a\nb\n", "", &[]), "other-delimiter"));
    assert!(!told(&run(delimited("\\n"), "a\nb\n", "", &[]), "other-delimiter"));
    let decompresses = processors(json!([processor("Decompression", &[("CompressionFormat", "GZIP")])]));
    let packed = run(s3(decompresses), "no gzip\n", "", &["--input-format", "text"]);
    assert!(told(&packed, "decompression-failures"));
}

/// 3: the default interval of an HTTP endpoint is 300 in the API and 60 in the guide: CHOICE 300, warn.
#[test]
fn row_3_the_default_interval_of_an_http_endpoint_is_warned_of() {
    let told = run(http(json!({})), "{}\n", "", &[]).remarks("warnings", "default-interval");
    assert!(told.len() == 1 && told[0].contains("300 s") && told[0].contains("60 s"), "{told:?}");
    let hints = json!({"BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 60}});
    assert_eq!(run(http(hints), "{}\n", "", &[]).remarks("warnings", "default-interval").len(), 0);
}

/// 10.6: "`Content-Type: application/json` (no other)".
#[test]
fn row_10_6_a_content_type_with_a_charset_is_a_failure() {
    let answer = |value: &str| format!("[[answer]]\nheaders = {{ \"Content-Type\" = \"{value}\" }}\n");
    let plain = run(http(json!({})), "{}\n", &answer("application/json"), &[]);
    assert_eq!(plain.count("delivered"), 1, "{}", plain.stderr());
    let charset = run(http(json!({})), "{}\n", &answer("application/json; charset=utf-8"), &[]);
    assert_eq!(charset.count("destination_failed"), 1);
    assert_eq!(charset.failed()[0]["errorCode"], "HttpEndpoint.InvalidResponseFromDestination");
}

fn deaggregates() -> Value {
    let mut properties = partitioned();
    let block =
        &mut properties["ExtendedS3DestinationConfiguration"]["ProcessingConfiguration"]["Processors"];
    block.as_array_mut().unwrap().push(processor("RecordDeAggregation", &[("SubRecordType", "JSON")]));
    properties
}

/// 5: a record of no pieces is dropped (CHOICE), whatever takes it apart.
#[test]
fn row_5_blank_records_are_dropped_by_deaggregation() {
    let input =
        [&b""[..], b" \r\n", b"{\"a\":\"k\"} {\"a\":\"k\"}"].map(|record| STANDARD.encode(record)).join("\n");
    let run = run(deaggregates(), input + "\n", "", &["--input-format", "base64"]);
    let counts = ["dropped", "delivered", "processing_failed"].map(|member| run.count(member));
    assert_eq!(counts, [2, 2, 0], "{}", run.stderr());
}

/// Issue 4, point 6: the life of a record tells its pieces apart, and the end of each.
#[test]
fn row_5_the_trace_of_a_record_that_is_taken_apart_names_its_pieces() {
    let arn = "arn:aws:lambda:us-east-1:123456789012:function:f";
    let processors = processors(json!([
        processor("RecordDeAggregation", &[("SubRecordType", "JSON")]),
        processor("Lambda", &[("LambdaArn", arn), ("NumberOfRetries", "0")]),
    ]));
    let base = tempfile::tempdir().unwrap();
    let answers = base.path().join("answers.jsonl");
    let id = |piece: u32| format!("49{:054}{piece:06}", 1);
    let records = json!([
        {"recordId": id(0), "result": "Ok", "data": "YQ=="},
        {"recordId": id(1), "result": "Dropped"},
        {"recordId": id(2), "result": "ProcessingFailed"},
    ]);
    fs::write(&answers, json!({"records": records}).to_string()).unwrap();
    let function = format!("f=recorded:{}", answers.display());
    let flags = ["--input-format", "text", "--trace", "1", "--function", &function];
    let run = run(s3(processors), "{\"a\":1}{\"a\":2}{\"a\":3}", "", &flags);
    assert_eq!(run.count("dropped"), 1, "{}", run.stderr());
    let report = run.report();
    let told: Vec<String> = report["trace"]["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| format!("{}: {}", event["stage"].as_str().unwrap(), event["message"].as_str().unwrap()))
        .collect();
    for line in [
        "is put: 21 bytes, taken apart into 3 pieces",
        "function: piece 2 of 3: waits for the function in batch 1",
        "function: piece 1 of 3: came back from the function: 1 bytes",
        "function: piece 2 of 3: dropped by the function",
        "outcome: piece 2 of 3: dropped",
        "processing: piece 3 of 3: failed with Lambda.ProcessingFailedStatus: ProcessingFailed status set for record",
        "buffer: piece 3 of 3: opened buffer 1 of lane error, channel 0",
    ] {
        assert!(told.iter().any(|told| told.ends_with(line)), "{line}: {told:#?}");
    }
}

/// Issue 4, point 6: "an example record, its line in the input", for every form.
#[test]
fn failures_are_told_with_the_line_of_their_record() {
    let example = |input: String, form: &str| {
        let run = run(deaggregates(), input, "", &["--input-format", form]);
        let report = run.report();
        let example = &report["failures"][0]["example"];
        (example["place"]["line"].as_u64(), example["text"].as_str().unwrap_or_default().to_owned())
    };
    let wrong = STANDARD.encode("no JSON");
    let fine = STANDARD.encode("{\"a\":\"k\"}");
    let told = |line: u64| (Some(line), "no JSON".to_owned());
    assert_eq!(example(format!("{fine}\n{wrong}\n"), "base64"), told(2));
    let put = format!("{{\"Records\":[\n{{\"Data\":\"{fine}\"}},\n{{\"Data\":\"{wrong}\"}}]}}\n");
    assert_eq!(example(put.clone(), "put-record-batch"), told(3));
    assert_eq!(
        example(format!("{{\"Record\":{{\"Data\":\"{fine}\"}}}}\n{put}"), "put-record-batch"),
        told(4)
    );
    let document = r#"{"messageType":"DATA_MESSAGE"}"#;
    let packed = format!("unpacked from gzip: {document}");
    assert_eq!(example(format!("\n{document}\n"), "cloudwatch-logs"), (Some(2), packed));
}

/// 5: "More than 500 sub-records: the put succeeds but the record is passed on whole": whoever sees it fail is told why.
#[test]
fn row_5_a_record_of_501_pieces_is_explained() {
    let trace = ["--input-format", "text", "--trace", "1"];
    let run = run(deaggregates(), "{\"a\":\"k\"}".repeat(501), "", &trace);
    assert_eq!(run.count("processing_failed"), 1, "{}", run.stderr());
    let message = run.report()["failures"][0]["message"].to_string();
    assert!(message.contains(". It holds more than 500 sub-records"), "{message}");
    let put = run.report()["trace"]["events"][0]["message"].to_string();
    assert!(put.contains("passed on whole: it holds more than 500 sub-records"), "{put}");
    // The error document is the service's, and says nothing of it.
    assert!(!run.failed()[0]["errorMessage"].as_str().unwrap().contains("500"), "{:?}", run.failed());
}

/// 5: AppendDelimiterToRecord is "ignored with format conversion", which is said.
#[test]
fn row_5_a_delimiter_is_not_applied_to_converted_objects() {
    let table = json!({"Type": "AWS::Glue::Table", "Properties": {
        "CatalogId": "123456789012", "DatabaseName": "d",
        "TableInput": {"Name": "t", "StorageDescriptor": {"Columns": [{"Name": "a", "Type": "int"}]}},
    }});
    let conversion = json!({
        "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
        "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}},
        "SchemaConfiguration": {"RoleARN": ROLE, "DatabaseName": "d", "TableName": "t"},
    });
    let more = with(
        json!({"DataFormatConversionConfiguration": conversion}),
        processors(json!([processor("AppendDelimiterToRecord", &[("Delimiter", "\\n")])])),
    );
    let base = tempfile::tempdir().unwrap();
    let stream = json!({"Type": "AWS::KinesisFirehose::DeliveryStream", "Properties": s3(more)});
    let template = json!({"Resources": {"Table": table, "Stream": stream}}).to_string();
    fs::write(base.path().join("template.json"), template).unwrap();
    fs::write(base.path().join("in"), "{\"a\":1}\n").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_firehose-kit"))
        .current_dir(base.path())
        .args(["simulate", "template.json", "--input", "in", "--output", "out", "--no-validate"])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{told}");
    assert!(told.contains("AppendDelimiterToRecord"), "{told}");
}

/// 10.2: "`GZIP` in CopyOptions must match CompressionFormat": the help says so.
#[test]
fn row_10_2_help_on_a_failed_copy_is_by_its_code() {
    let run = run(redshift("json 'auto' GZIP"), "{\"a\":1}\n", "", &[]);
    let told = run.remarks("warnings", "request-errors");
    assert!(told.len() == 1 && told[0].contains("Redshift.CompressionMismatch"), "{told:?}");
    assert!(told[0].contains("CopyOptions") && told[0].contains("GZIP"), "{told:?}");
}

/// 16, 1: only records that lie in an object with others want a delimiter.
#[test]
fn row_16_records_that_are_in_no_object_are_not_missed_a_delimiter() {
    let large = "x".repeat(1_024_001);
    let run = run(s3(json!({})), format!("a\nb\n{large}\n"), "", &["--input-format", "text"]);
    assert_eq!(run.count("rejected"), 1);
    let told = run.remarks("warnings", "no-delimiter");
    assert!(told.len() == 1 && told[0].starts_with("\"2 records do not"), "{told:?}");
}

/// 10.5: what the made-up collector says fits its status.
#[test]
fn row_10_5_the_answer_of_a_collector_fits_its_status() {
    let block = json!({
        "HECEndpoint": "https://collector.example.com:8088", "HECEndpointType": "Raw",
        "HECToken": "11111111-2222-3333-4444-555555555555", "S3Configuration": bucket(),
    });
    let properties = json!({"DeliveryStreamName": "rows", "SplunkDestinationConfiguration": block});
    let run = run(properties, "a\n", "[[answer]]\nstatus = 404\n", &[]);
    let message = run.failed()[0]["errorMessage"].as_str().unwrap().to_owned();
    assert!(message.contains("404") && message.contains("not found"), "{message}");
    assert!(!message.contains("Internal server error"), "{message}");
}

#[test]
fn a_rate_with_too_many_decimals_is_refused_with_the_limit() {
    let run = run(s3(json!({})), "a\n", "", &["--rate", "0.03333333333/s"]);
    assert_eq!(run.output.status.code(), Some(2));
    assert!(run.stderr().contains("at most 6 decimals"), "{}", run.stderr());
}

fn called(properties: Value, answer: &Value) -> Run {
    let base = tempfile::tempdir().unwrap();
    let answers = base.path().join("answers.jsonl");
    fs::write(&answers, format!("{answer}\n")).unwrap();
    let function = format!("f=recorded:{}", answers.display());
    run(properties, "{\"a\":1}\n", "", &["--function", &function, "--report", "page.html"])
}

fn lambda() -> Value {
    let arn = "arn:aws:lambda:us-east-1:123456789012:function:f";
    processors(json!([processor("Lambda", &[("LambdaArn", arn), ("NumberOfRetries", "0")])]))
}

/// 4.2 and 11: choices about functions are told where they shape the result (0).
#[test]
fn row_0_choices_about_functions_are_told() {
    let unreadable = called(s3(lambda()), &json!({"response": "no JSON", "event": {}}));
    assert_eq!(
        unreadable.failed()[0]["errorCode"],
        "Lambda.JsonProcessingException",
        "{}",
        unreadable.stderr()
    );
    assert!(unreadable.undocumented().contains(&"function-response".to_owned()));
    let raised = called(s3(lambda()), &json!({"error": {"errorType": "E", "errorMessage": "no"}}));
    assert!(!raised.undocumented().contains(&"function-response".to_owned()));
    let all = with(lambda(), json!({"S3BackupMode": "AllData"}));
    let backed_up = called(http(all), &json!({"error": {"errorType": "E", "errorMessage": "no"}}));
    assert!(
        backed_up.undocumented().contains(&"backup-before-function".to_owned()),
        "{}",
        backed_up.stderr()
    );
    let plain = run(http(json!({"S3BackupMode": "AllData"})), "{\"a\":1}\n", "", &[]);
    assert!(!plain.undocumented().contains(&"backup-before-function".to_owned()));
}

/// 4.2 and appendix B; issue 4, point 6: each failure tells its reason and the fix, and a function that was never reached
/// is not asked for its words.
#[test]
fn row_4_2_failures_of_calls_tell_reason_and_fix() {
    let group = |run: &Run| {
        let group = run.report()["failures"][0].clone();
        let text = |member: &str| group[member].as_str().unwrap_or_default().to_owned();
        [text("reason"), text("message"), text("help")]
    };
    for (answer, code, help) in [
        (json!({"throttled": true}), "Lambda.InvokeLimitExceeded", "reserved concurrency"),
        (json!({"timeout": true}), "Lambda.FunctionTimedOut", "raise Timeout"),
        (
            json!({"unavailable": {"code": "Lambda.ResourceNotFound", "message": "gone"}}),
            "Lambda.ResourceNotFound",
            "version or alias",
        ),
        (
            json!({"unavailable": {"code": "Lambda.InvokeAccessDenied", "message": "no"}}),
            "Lambda.InvokeAccessDenied",
            "lambda:InvokeFunction",
        ),
        (
            json!({"unavailable": {"code": "Lambda.AssumeRoleAccessDenied", "message": "no"}}),
            "Lambda.AssumeRoleAccessDenied",
            "trust policy",
        ),
    ] {
        let run = called(s3(lambda()), &answer);
        let [reason, _, told] = group(&run);
        assert_eq!(reason, code);
        assert!(told.contains(help), "{code}: {told}");
        let warnings = run.remarks("warnings", "function-errors");
        assert!(warnings[0].contains(help) && !warnings[0].contains("--function-logs"), "{warnings:?}");
    }
    let answered =
        |record: Value| called(s3(lambda()), &json!({"event": {}, "response": {"records": [record]}}));
    let id = "49000000000000000000000000000000000000000000000000000001000000";
    let unknown = answered(json!({"recordId": id, "result": "Nope", "data": "YQ=="}));
    let [reason, message, help] = group(&unknown);
    assert_eq!(reason, "Lambda.FunctionError");
    assert!(message.ends_with(&format!("The result of the recordId {id} is \"Nope\".")), "{message}");
    assert!(help.contains("Ok, Dropped or ProcessingFailed"), "{help}");
    // The error document has the service's words alone.
    let document = &unknown.failed()[0]["errorMessage"];
    assert!(document.as_str().unwrap().ends_with("Dropped, Ok, or ProcessingFailed"), "{document}");
    let broken = answered(json!({"recordId": id, "result": "Ok", "data": "YQ?="}));
    let [_, message, help] = group(&broken);
    assert!(message.contains("`?` at character 3") && help.contains("as base64"), "{message} {help}");
    let [_, message, help] = group(&answered(json!({"recordId": "1", "result": "Ok", "data": "YQ=="})));
    assert!(message.contains(id) && help.contains("each recordId"), "{message} {help}");
}

/// 4.1: "request and response payload limit 6 MB each": which of them was passed is told.
#[test]
fn row_4_1_limits_of_a_call_are_told() {
    let large = called(s3(lambda()), &json!({"too_large": true}));
    // What was said of a failure stands on the page.
    let page = fs::read_to_string(large.base.path().join("page.html")).unwrap();
    assert!(page.contains("the response has more than 6 MB"));
    let slow = called(s3(lambda()), &json!({"timeout": true}));
    let told = slow.remarks("warnings", "function-errors");
    assert!(told.len() == 1 && told[0].contains("raise Timeout"), "{told:?}");
}
