//! `infer`: what it writes is a table that `simulate` and an independent linter take, and that every sample fits.
#![cfg(feature = "columnar")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command as Process;

use assert_cmd::Command;
use serde_json::Value;

#[path = "support/python.rs"]
mod python;

fn templates() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("templates")
}

fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firehose-kit"));
    let output = command.env_clear().current_dir(folder).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// A stream that converts by a table that its template does not hold.
fn outside_table(folder: &Path) {
    let text = fs::read_to_string(templates().join("s3-parquet/template.yaml")).unwrap();
    let text = text
        .replace("TableName: !Ref Table\n", "TableName: records\n")
        .replace("DatabaseName: !Ref Database\n      TableName", "DatabaseName: firehose\n      TableName");
    fs::write(folder.join("template.yaml"), text).unwrap();
}

#[test]
fn samples_of_every_starter_fit_the_table_that_they_make() {
    for starter in
        ["s3-parquet", "s3-gzip", "kinesis-to-s3", "opensearch", "splunk", "iceberg", "lambda-node"]
    {
        let folder = tempfile::tempdir().unwrap();
        outside_table(folder.path());
        let samples = templates().join(starter).join("samples.jsonl");
        let samples = samples.to_str().unwrap();
        for (file, how) in [("table.yaml", &[][..]), ("table.sql", &["--ddl"][..])] {
            let (code, shown, errors) = run(folder.path(), &[&["infer", "--input", samples], how].concat());
            assert_eq!((code, &*errors), (0, ""), "{starter}");
            fs::write(folder.path().join(file), shown).unwrap();
            let (code, shown, errors) = run(
                folder.path(),
                &[
                    "simulate",
                    "--input",
                    samples,
                    "--table",
                    file,
                    "--no-validate",
                    "--force",
                    "--format",
                    "json",
                ],
            );
            assert_eq!(code, 0, "{starter}: {errors}");
            let ledger = &json(&shown)["ledger"];
            assert_eq!(ledger["format_conversion_failed"], 0, "{starter}: {ledger}");
            assert_eq!(ledger["delivered"], ledger["records"], "{starter}: {ledger}");
        }
        let lint = format!("cfn-lint{}", std::env::consts::EXE_SUFFIX);
        python::run(
            Process::new(python::interpreter().with_file_name(lint))
                .arg("--")
                .arg(folder.path().join("table.yaml")),
        );
    }
}

#[test]
fn the_result_is_told_as_text_and_json() {
    let folder = tempfile::tempdir().unwrap();
    let samples = concat!(
        "{\"time\":\"2026-01-01T09:58:00.381Z\",\"user-agent\":\"Safari/19\",\"ms\":57,\"tags\":[]}\n",
        "{\"time\":\"2026-01-01T09:58:01Z\",\"user-agent\":\"Chrome/144\",\"ms\":\"slow\",\"tags\":[\"new\"]}\n",
        "[1,2]\n",
    );
    fs::write(folder.path().join("clicks.jsonl"), samples).unwrap();
    let (code, shown, errors) = run(folder.path(), &["infer", "--input", "clicks.jsonl", "--name", "clicks"]);
    assert_eq!(code, 0, "{errors}");
    insta::assert_snapshot!(format!("{shown}---\n{errors}"));
    let (_, shown, _) = run(folder.path(), &["infer", "--input", "clicks.jsonl", "--format", "json"]);
    let found = json(&shown);
    let schema = json(firehose_kit::template::schema::text("infer").unwrap());
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&found).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(found["refused"], 1);
}

#[test]
fn bad_input_is_an_error_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("bad.b64"), "e30=\n%%%\n").unwrap();
    fs::write(folder.path().join("none.jsonl"), "\n\n").unwrap();
    let (code, shown, errors) =
        run(folder.path(), &["infer", "--input", "bad.b64", "--input-format", "base64"]);
    assert_eq!((code, &*shown), (2, ""));
    assert!(errors.contains("bad.b64: line 2, byte 5:"), "{errors}");
    for arguments in
        [&["infer"][..], &["infer", "--input", "none.jsonl"], &["infer", "--input", "absent.jsonl"]]
    {
        let (code, shown, errors) = run(folder.path(), arguments);
        assert_eq!((code, &*shown), (2, ""), "{errors}");
    }
}

#[test]
fn keys_that_mean_something_to_yaml_stay_texts() {
    let folder = tempfile::tempdir().unwrap();
    let record = "{\"1-000\":1,\"0.7\":2,\"12:30\":3,\"On-Sale\":4,\"a: b #c\":5,\"-\":6}\n";
    fs::write(folder.path().join("in.jsonl"), record).unwrap();
    let (code, shown, errors) = run(folder.path(), &["infer", "--input", "in.jsonl"]);
    assert_eq!(code, 0, "{errors}");
    let (_, as_json, _) = run(folder.path(), &["infer", "--input", "in.jsonl", "--format", "json"]);
    let wanted =
        &json(&as_json)["DataFormatConversionConfiguration"]["InputFormatConfiguration"]["Deserializer"];
    assert!(wanted["OpenXJsonSerDe"]["ColumnToJsonKeyMappings"].as_object().unwrap().len() >= 4, "{wanted}");
    // Read by the YAML that CloudFormation's tools use, in which a bare `1_000` is a number.
    let program = "import sys,json,yaml\n\
        class Loader(yaml.SafeLoader): pass\n\
        Loader.add_multi_constructor('!', lambda loader, tag, node: tag)\n\
        read = yaml.load(sys.stdin, Loader)['Metadata']['DataFormatConversionConfiguration']\n\
        print(json.dumps(read['InputFormatConfiguration']['Deserializer']))";
    let file = folder.path().join("table.yaml");
    fs::write(&file, &shown).unwrap();
    let output = Process::new(python::interpreter())
        .args(["-c", program])
        .stdin(fs::File::open(&file).unwrap())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}\n{shown}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(&json(std::str::from_utf8(&output.stdout).unwrap()), wanted, "{shown}");
}
