//! Format conversion in the whole pipeline: from a template with its table to objects that PyArrow and DuckDB read, with
//! the records that do not fit in error objects and all of them in the backup. Behaviour sheet, section 9.

#![cfg(feature = "columnar")]

#[path = "support/python.rs"]
mod python;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/conversion")
}

/// The program, without the environment of whoever runs the tests.
fn firehose_kit(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firehose-kit"));
    let output = command.env_clear().current_dir(folder).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// Simulates the template of the fixtures; the report, and the manifest.
fn simulate(template: &Path, out: &Path, more: &[&str]) -> (Value, Vec<Value>) {
    let (template, samples) = (template.to_str().unwrap(), fixtures().join("samples.jsonl"));
    let mut arguments = vec!["simulate", template, "--input", samples.to_str().unwrap()];
    arguments.extend(["--stack-name", "s", "--format", "json", "--output", out.to_str().unwrap()]);
    arguments.extend(more);
    let (code, shown, errors) = firehose_kit(&fixtures(), &arguments);
    assert_eq!(code, 0, "{shown}{errors}");
    let manifest = std::fs::read_to_string(out.join("manifest.jsonl")).unwrap();
    let lines = manifest.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (serde_json::from_str(&shown).unwrap(), lines)
}

fn line<'a>(lines: &'a [Value], lane: &str) -> &'a Value {
    let mut of: Vec<&Value> = lines.iter().filter(|line| line["lane"] == lane).collect();
    assert_eq!(of.len(), 1, "{lane}: {lines:?}");
    of.remove(0)
}

/// What both readers find in a file.
fn rows(path: &Path) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/columnar.py");
    let said = python::run(Command::new(python::interpreter()).arg(script).arg(path));
    let judged: Value = serde_json::from_str(said.trim()).unwrap();
    assert_eq!(judged["arrow"], judged["duck"]);
    judged["arrow"].clone()
}

#[test]
fn records_that_fit_become_rows_and_the_others_error_documents() {
    let base = tempfile::tempdir().unwrap();
    let out = base.path().join("out");
    let (report, lines) = simulate(&fixtures().join("template.yaml"), &out, &["--trace", "2"]);
    let ledger = &report["ledger"];
    assert_eq!(
        (
            &ledger["arrivals"],
            &ledger["delivered"],
            &ledger["format_conversion_failed"],
            &ledger["in_custody"]
        ),
        (&json!(5), &json!(3), &json!(2), &json!(0)),
    );

    // 9.2: plain Parquet that says hadoop-snappy; a record of two objects is two rows (9.1, CHOICE).
    let object = line(&lines, "destination");
    assert!(object["key"].as_str().unwrap().ends_with(".parquet"), "{object}");
    assert_eq!((&object["records"], &object["content_encoding"]), (&json!(3), &json!("hadoop-snappy")));
    let expected = json!([
        [1, {"name": "A", "tags": ["new"]}, "10.50", "2026-01-01 00:00:00.000000"],
        [2, null, "3.00", "2026-01-01 00:00:00.000000"],
        [3, null, null, null],
        [4, null, null, null],
    ]);
    assert_eq!(rows(&out.join(object["path"].as_str().unwrap())), expected);

    // 9.4: one document a record, in the service's form, without an extension.
    let errors = line(&lines, "error");
    let key = errors["key"].as_str().unwrap();
    assert!(key.starts_with("errors/format-conversion-failed/") && !key.contains(".parquet"), "{key}");
    let text = std::fs::read_to_string(out.join(errors["path"].as_str().unwrap())).unwrap();
    let documents: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<_> =
        documents.iter().map(|document| (&document["lastErrorCode"], &document["rawData"])).collect();
    assert_eq!(
        told,
        [
            (&json!("DataFormatConversion.MalformedData"), &json!("eyJpZCI6Im9vcHMiLCJ0b3RhbCI6MX0=")),
            (&json!("DataFormatConversion.ParseError"), &json!("bm90IGpzb24=")),
        ],
    );
    let table = &documents[0]["dataCatalogTable"];
    assert_eq!(
        table.as_object().unwrap().values().take(5).collect::<Vec<_>>(),
        ["123456789012", "shop", "orders", "us-east-1", "LATEST"],
    );

    // The backup holds what was put, whatever became of it.
    assert_eq!(line(&lines, "backup")["records"], 5);

    // The report names each reason with its record; the trace tells the life of the one asked for.
    let first = &report["failures"][0];
    assert_eq!(
        (&first["reason"], &first["outcome"], &first["example"]["place"]["line"]),
        (&json!("DataFormatConversion.MalformedData"), &json!("format_conversion_failed"), &json!(2)),
    );
    let stages: Vec<&Value> =
        report["trace"]["events"].as_array().unwrap().iter().map(|event| &event["stage"]).collect();
    assert!(stages.contains(&&json!("conversion")), "{stages:?}");
}

#[test]
fn the_table_may_come_from_a_file() {
    let base = tempfile::tempdir().unwrap();
    let template = std::fs::read_to_string(fixtures().join("template.yaml")).unwrap();
    // Without its table the template names one that lies elsewhere.
    let (before, rest) = template.split_once("  Orders:\n").unwrap();
    let (_, after) = rest.split_once("  Role:\n").unwrap();
    let template = format!("{before}  Role:\n{after}").replace("!Ref Orders", "orders");
    let path = base.path().join("template.yaml");
    std::fs::write(&path, template).unwrap();
    let samples = fixtures().join("samples.jsonl");
    let plain = ["simulate", path.to_str().unwrap(), "--input", samples.to_str().unwrap()];
    let (code, _, errors) = firehose_kit(base.path(), &plain);
    assert_eq!(code, 2, "{errors}");
    assert!(errors.contains("orders") && errors.contains("--table FILE"), "{errors}");

    let ddl = base.path().join("orders.sql");
    std::fs::write(
        &ddl,
        "CREATE EXTERNAL TABLE shop.orders (id bigint, total decimal(10,2)) LOCATION 's3://b/o/'",
    )
    .unwrap();
    let out = base.path().join("out");
    let (_, lines) = simulate(&path, &out, &["--table", ddl.to_str().unwrap()]);
    let object = line(&lines, "destination")["path"].as_str().unwrap();
    assert_eq!(rows(&out.join(object)), json!([[1, "10.50"], [2, "3.00"], [3, null], [4, null]]));
}

#[test]
fn one_and_two_workers_write_the_same() {
    let base = tempfile::tempdir().unwrap();
    let template = fixtures().join("template.yaml");
    let digests = ["1", "2"].map(|workers| {
        let (report, _) = simulate(&template, &base.path().join(workers), &["--workers", workers]);
        report["digest"].clone()
    });
    assert_eq!(digests[0], digests[1]);
}

/// Sheet 9.4 (`sequenceNumber`), and `docs/sources.md`: sequence numbers of samples are the records' own.
#[test]
fn error_documents_of_a_kinesis_stream_carry_the_records_own_sequence_numbers() {
    let base = tempfile::tempdir().unwrap();
    let template = std::fs::read_to_string(fixtures().join("template.yaml")).unwrap();
    let source = "DeliveryStreamName: orders\n      DeliveryStreamType: KinesisStreamAsSource\n      \
        KinesisStreamSourceConfiguration:\n        \
        KinesisStreamARN: arn:aws:kinesis:us-east-1:123456789012:stream/s\n        RoleARN: !GetAtt Role.Arn";
    let path = base.path().join("template.yaml");
    std::fs::write(&path, template.replace("DeliveryStreamName: orders", source)).unwrap();
    let samples = base.path().join("samples.json");
    // `eA==` is `x`, which is not JSON; the last record names no number.
    let records = json!({"Records": [
        {"Data": "eA==", "ApproximateArrivalTimestamp": 1767225600, "SequenceNumber": "49600000000000000000000000000000000000000000000000000077"},
        {"Data": "eA==", "ApproximateArrivalTimestamp": 1767225600, "SequenceNumber": "49600000000000000000000000000000000000000000000000000078"},
        {"Data": "eA==", "ApproximateArrivalTimestamp": 1767225600},
    ]});
    std::fs::write(&samples, records.to_string()).unwrap();
    let out = base.path().join("out");
    let arguments = [
        "simulate",
        path.to_str().unwrap(),
        "--input",
        samples.to_str().unwrap(),
        "--input-format",
        "kinesis",
        "--no-validate",
        "-q",
        "--output",
        out.to_str().unwrap(),
    ];
    let (code, shown, errors) = firehose_kit(base.path(), &arguments);
    assert_eq!(code, 0, "{shown}{errors}");
    let manifest = std::fs::read_to_string(out.join("manifest.jsonl")).unwrap();
    let lines: Vec<Value> = manifest.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let text = std::fs::read_to_string(out.join(line(&lines, "error")["path"].as_str().unwrap())).unwrap();
    let numbers: Vec<String> = text
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["sequenceNumber"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(
        numbers,
        [
            "49600000000000000000000000000000000000000000000000000077".to_owned(),
            "49600000000000000000000000000000000000000000000000000078".to_owned(),
            format!("49{:054}", 3),
        ],
    );
}

/// Contract, 4: `--table FILE` is "the table where the template does not hold it". Of several tables the name decides.
#[test]
fn of_several_tables_in_ddl_the_name_decides() {
    let base = tempfile::tempdir().unwrap();
    let (template, ddl) = (fixtures().join("template.yaml"), base.path().join("tables.sql"));
    let samples = fixtures().join("samples.jsonl");
    let run = |out: &str, text: &str| {
        std::fs::write(&ddl, text).unwrap();
        let arguments = [
            "simulate",
            template.to_str().unwrap(),
            "--input",
            samples.to_str().unwrap(),
            "--stack-name",
            "s",
            "--table",
            ddl.to_str().unwrap(),
            "--output",
            out,
        ];
        firehose_kit(base.path(), &arguments)
    };
    let (code, _, errors) = run(
        "one",
        "CREATE EXTERNAL TABLE shop.other (z int);\nCREATE EXTERNAL TABLE shop.orders (id bigint);",
    );
    assert_eq!(code, 0, "{errors}");
    assert!(!errors.contains("tables.sql defines"), "{errors}");
    let manifest = std::fs::read_to_string(base.path().join("one/manifest.jsonl")).unwrap();
    let lines: Vec<Value> = manifest.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let object = line(&lines, "destination")["path"].as_str().unwrap();
    assert_eq!(rows(&base.path().join("one").join(object)), json!([[1], [2], [3], [4]]));

    let (code, _, errors) =
        run("two", "CREATE TABLE shop.other (z int);\nCREATE TABLE sea.orders (id bigint)");
    assert_eq!(code, 2, "{errors}");
    assert!(errors.contains("none called `shop.orders`"), "{errors}");
    assert!(errors.contains("it has: shop.other, sea.orders"), "{errors}");

    // A single one of another name is taken, and a note says so.
    let (code, _, errors) = run("three", "CREATE EXTERNAL TABLE shop.other (id bigint)");
    assert_eq!(code, 0, "{errors}");
    assert!(
        errors.contains("defines `shop.other`, which is taken for `shop.orders` of the stream"),
        "{errors}"
    );
}
