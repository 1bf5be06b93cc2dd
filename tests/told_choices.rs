//! Undocumented choices of dynamic partitioning and of format conversion are told where they touched a run, and only there;
//! so is what a mapping or a column asks for in vain. Behaviour sheet, 0, 7, 9.1, 11, 16.21 and 17.

#![cfg(feature = "columnar")]

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::{Value, json};

fn stream(more: Value) -> Value {
    let mut block = json!({
        "RoleARN": "arn:aws:iam::444455556666:role/delivery",
        "BucketARN": "arn:aws:s3:::example-data",
        "ErrorOutputPrefix": "errors/!{firehose:error-output-type}/",
    });
    block.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"Resources": {"Stream": {
        "Type": "AWS::KinesisFirehose::DeliveryStream",
        "Properties": {"ExtendedS3DestinationConfiguration": block},
    }}})
}

/// A stream with keys `a` and `b`.
fn partitioned(partitioning: Value, more: Value) -> Value {
    let parameter = |name: &str, value: &str| json!({"ParameterName": name, "ParameterValue": value});
    let processor = json!({"Type": "MetadataExtraction", "Parameters": [
        parameter("MetadataExtractionQuery", "{a: .a, b: .b}"), parameter("JsonParsingEngine", "JQ-1.6"),
    ]});
    let mut block = json!({
        "Prefix": "!{partitionKeyFromQuery:a}/!{partitionKeyFromQuery:b}/",
        "DynamicPartitioningConfiguration": partitioning,
        "ProcessingConfiguration": {"Enabled": true, "Processors": [processor]},
    });
    block.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    stream(block)
}

fn converted(openx: Value) -> Value {
    stream(
        json!({"BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 60}, "DataFormatConversionConfiguration": {
            "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": openx}},
            "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}},
            "SchemaConfiguration": {
                "RoleARN": "arn:aws:iam::444455556666:role/delivery", "DatabaseName": "lake", "TableName": "events",
            },
        }}),
    )
}

/// The report of a run; `files` are those that stand beside the template.
fn report(template: &Value, samples: &str, files: &[(&str, &str)], flags: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("template.json", &template.to_string());
    write("samples.jsonl", samples);
    files.iter().for_each(|(name, text)| write(name, text));
    let mut command = Command::new(env!("CARGO_BIN_EXE_firehose-kit"));
    command.env_clear().current_dir(folder.path());
    command.args(["simulate", "template.json", "--input", "samples.jsonl", "--format", "json"]).args(flags);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn ids(report: &Value, member: &str) -> BTreeSet<String> {
    let remarks = report[member].as_array().map(Vec::as_slice).unwrap_or_default();
    remarks.iter().map(|remark| remark["id"].as_str().unwrap().to_owned()).collect()
}

/// Those of a member that are about the subject here.
fn told(report: &Value, member: &str, about: &str) -> Vec<String> {
    ids(report, member).into_iter().filter(|id| id.starts_with(about)).collect()
}

/// Behaviour sheet, 3: the default size of a partitioned stream is a CHOICE.
#[test]
fn the_size_of_a_partitioned_stream_without_hints_is_told() {
    let sample = "{\"a\":\"x\",\"b\":\"y\"}\n";
    let on = json!({"Enabled": true});
    let without = report(&partitioned(on.clone(), json!({})), sample, &[], &[]);
    assert_eq!(told(&without, "undocumented", "partition"), ["partition-size"]);
    let hints = json!({"BufferingHints": {"SizeInMBs": 128, "IntervalInSeconds": 60}});
    let with = report(&partitioned(on, hints), sample, &[], &[]);
    assert!(told(&with, "undocumented", "partition").is_empty(), "{with}");
}

/// Behaviour sheet, 7 and 17: keys that are no strings, `/` in a value, one prefix of several sets of values.
#[test]
fn odd_keys_are_told() {
    let hints = json!({"BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 60}});
    let run = |samples: &str| {
        let report = report(&partitioned(json!({"Enabled": true}), hints.clone()), samples, &[], &[]);
        (told(&report, "undocumented", "partition"), told(&report, "notes", "slash"))
    };
    let nothing: [&str; 0] = [];
    let (undocumented, notes) = run("{\"a\":\"7\",\"b\":\"true\"}\n{\"a\":\"7\",\"b\":\"x\"}\n");
    assert!(undocumented == nothing && notes == nothing, "{undocumented:?} {notes:?}");
    assert_eq!(run("{\"a\":7,\"b\":\"x\"}\n"), (vec!["partition-key-text".to_owned()], vec![]));
    assert_eq!(run("{\"a\":\"x/y\",\"b\":\"z\"}\n"), (vec![], vec!["slash-in-key".to_owned()]));
    let (undocumented, _) = run("{\"a\":\"x/y\",\"b\":\"z\"}\n{\"a\":\"x\",\"b\":\"y/z\"}\n");
    assert_eq!(undocumented, ["partition-prefix"]);
}

/// Behaviour sheet, 11: `RetryOptions` of 0 are one attempt (CHOICE), and where records of a given up partition go is one.
#[test]
fn partitions_that_were_given_up_are_told() {
    let hints = json!({"BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 60}});
    let run = |seconds: u32| {
        let on = json!({"Enabled": true, "RetryOptions": {"DurationInSeconds": seconds}});
        let fault = [("s.toml", "[[fault]]\nlane = \"destination\"\nerror = \"S3.AccessDenied\"\n")];
        let template = partitioned(on, hints.clone());
        let report = report(&template, "{\"a\":\"x\",\"b\":\"y\"}\n", &fault, &["--scenario", "s.toml"]);
        assert_eq!(report["ledger"]["processing_failed"], 0);
        assert_eq!(report["ledger"]["destination_failed"], 1);
        told(&report, "undocumented", "partition")
    };
    assert_eq!(run(0), ["partition-given-up", "partition-no-retry"]);
    assert_eq!(run(5), ["partition-given-up"]);
}

const TABLE: &[(&str, &str)] =
    &[("table.sql", "CREATE EXTERNAL TABLE lake.events (userid string, ts bigint)")];

/// Behaviour sheet, 9.1 and 17: several objects in a record, and the code for arrays.
#[test]
fn records_of_several_objects_and_arrays_are_told_where_there_were_some() {
    let run = |samples: &str| {
        let report = report(&converted(json!({})), samples, TABLE, &["--table", "table.sql"]);
        told(&report, "undocumented", "conversion-")
            .into_iter()
            .filter(|id| id != "conversion-types")
            .collect()
    };
    let nothing: Vec<String> = run("{\"ts\":1}\nno json\n\"text\"\n");
    assert!(nothing.is_empty(), "{nothing:?}");
    assert_eq!(run("{\"ts\":1} {\"ts\":2}\n"), ["conversion-objects"]);
    assert_eq!(run("{\"ts\":1}\n[{\"ts\":2}]\n"), ["conversion-arrays"]);
}

/// Contract, 1: JSON goes to standard output alone, so that it has to tell what is not applied, too.
#[test]
fn settings_that_are_not_applied_stand_in_the_report() {
    let mut template = converted(json!({}));
    let block = &mut template["Resources"]["Stream"]["Properties"]["ExtendedS3DestinationConfiguration"];
    block["DataFormatConversionConfiguration"]["OutputFormatConfiguration"]["Serializer"]["ParquetSerDe"] =
        json!({"MaxPaddingBytes": 8});
    let report = report(&template, "{\"ts\":1}\n", TABLE, &["--table", "table.sql", "-q"]);
    let notes = report["notes"].as_array().unwrap().iter();
    let told: Vec<&str> = notes
        .filter(|note| note["id"] == "not-applied")
        .map(|note| note["message"].as_str().unwrap())
        .collect();
    assert_eq!(told.len(), 1, "{report}");
    assert!(told[0].starts_with("not applied: `MaxPaddingBytes` ("), "{told:?}");
}

/// Behaviour sheet, 16.21: "nested/camelCase columns may silently be null".
#[test]
fn mappings_and_columns_that_are_never_met_are_warned_of() {
    const WARNINGS: [&str; 3] = ["capital-columns", "mapping-key-absent", "mapping-without-column"];
    let run = |openx: Value, table: &str, samples: &str| {
        let report = report(&converted(openx), samples, &[("table", table)], &["--table", "table"]);
        let warnings = report["warnings"].as_array().unwrap().iter();
        let wanted = warnings.filter(|remark| WARNINGS.contains(&remark["id"].as_str().unwrap()));
        wanted.map(|remark| remark["message"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let ddl = TABLE[0].1;
    let sample = "{\"timeStamp\":1,\"userId\":\"u\"}\n";
    let mappings = json!({"ColumnToJsonKeyMappings": {"TS": "timeStamp", "nosuch": "x", "userid": "user"}});
    assert_eq!(
        run(mappings, ddl, sample),
        [
            "ColumnToJsonKeyMappings maps columns that the table does not have, to no effect: `TS` (the table has `ts`), `nosuch`",
            "no record has these keys of ColumnToJsonKeyMappings: `user` for `userid`",
        ]
    );
    let met = json!({"ColumnToJsonKeyMappings": {"ts": "timeStamp"}});
    assert!(run(met, ddl, sample).is_empty());
    let answer = json!({"Table": {"Name": "events", "DatabaseName": "lake", "StorageDescriptor": {"Columns": [
        {"Name": "userId", "Type": "string"}, {"Name": "ts", "Type": "bigint"},
    ]}}});
    assert_eq!(
        run(json!({}), &answer.to_string(), sample),
        ["keys are made lower case before they are compared, so that these columns stay null: `userId`"]
    );
    assert!(run(json!({"CaseInsensitive": false}), &answer.to_string(), sample).is_empty());
}
