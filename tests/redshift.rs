//! Streams to Redshift: objects, manifests and COPY read again by the facts (behaviour sheet, 10.2 and 11), what becomes
//! of a COPY that fails, which records become rows, and rows in a real PostgreSQL.
#![cfg(feature = "simulate")]

use std::io::Read;

use serde_json::{Value, json};

#[cfg(all(unix, feature = "postgres"))]
#[path = "support/postgresql.rs"]
mod postgresql;
#[cfg(all(unix, feature = "postgres"))]
#[path = "support/python.rs"]
mod python;

const TABLE: &str = "CREATE TABLE shop.orders (id bigint NOT NULL, name varchar(12));";

#[path = "support/fixture_run.rs"]
mod fixture_run;

use fixture_run::{Run, Setup, records, samples};

impl Run {
    fn new(changes: &[(&str, &str)], samples: &str, scenario: &str, flags: &[&str]) -> Run {
        Run::with_table(TABLE, changes, samples, scenario, flags)
    }

    /// Runs the fixture, changed by replacements, with one record a second.
    fn with_table(
        table: &str,
        changes: &[(&str, &str)],
        samples: &str,
        scenario: &str,
        flags: &[&str],
    ) -> Run {
        let paths = r#"{"jsonpaths": ["$.order.id", "$['who'][0]"]}"#;
        let files = &[("table.sql", table), ("paths.json", paths)];
        Setup { changes, samples, scenario, files, flags }.run("redshift.yaml")
    }

    /// The load errors of a COPY, each checked against its schema.
    fn load_errors(&self, copy: u32) -> Vec<Value> {
        let schema = firehose_kit::template::schema::text("load-error").unwrap();
        let validator = jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap();
        let text = self.text(&format!("requests/redshift/{copy:06}.load-errors.jsonl"));
        let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for row in &rows {
            let errors: Vec<String> = validator.iter_errors(row).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{errors:?}");
        }
        rows
    }
}

fn members<'a>(values: &'a [Value], member: &str) -> Vec<&'a Value> {
    values.iter().map(|value| &value[member]).collect()
}

#[test]
fn an_object_is_staged_a_manifest_names_it_and_copy_names_the_manifest() {
    let run = Run::new(&[], &samples(), "", &[]);
    assert!(run.output.status.success(), "{:?}", run.said());
    let lines = run.manifest();
    let [object, manifest, copy] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!(members(&lines, "lane"), ["destination"; 3]);
    assert_eq!(members(&lines, "kind"), ["object", "object", "request"]);
    // The records are in the object and in what COPY loads; the manifest only names them.
    assert_eq!(members(&lines, "records"), [10, 0, 10]);
    assert_eq!(members(&lines, "outcome"), ["delivered"; 3]);

    let key = object["key"].as_str().unwrap();
    let name = key.strip_prefix("orders/2026/01/01/00/orders-1-2026-01-01-00-00-00-").unwrap();
    assert_eq!(name.strip_suffix(".gz").unwrap().len(), 36);
    assert_eq!((&object["bucket"], &object["content_encoding"]), (&json!("orders-staging"), &json!("gzip")));
    let mut staged = String::new();
    let body = run.file(object["path"].as_str().unwrap());
    flate2::read::GzDecoder::new(&body[..]).read_to_string(&mut staged).unwrap();
    assert_eq!(staged, records().concat());

    let manifest_key = manifest["key"].as_str().unwrap();
    let name =
        manifest_key.strip_prefix("orders/manifests/2026/01/01/00/orders-2026-01-01-00-00-00-").unwrap();
    assert_eq!((name.len(), &manifest["bucket"]), (36, &json!("orders-staging")));
    let entries: Value = serde_json::from_slice(&run.file(manifest["path"].as_str().unwrap())).unwrap();
    let url = format!("s3://orders-staging/{key}");
    assert_eq!(entries, json!({"entries": [{"url": url, "mandatory": true}]}));

    assert_eq!(copy["target"], "jdbc:redshift://shop.abc123.eu-west-1.redshift.amazonaws.com:5439/shop");
    assert_eq!(copy["path"], "requests/redshift/000001.sql");
    let statement = format!(
        "COPY shop.orders (id,name) FROM 's3://orders-staging/{manifest_key}' CREDENTIALS \
         'aws_iam_role=arn:aws:iam::123456789012:role/delivery' MANIFEST JSON 'auto' GZIP;\n"
    );
    assert_eq!(run.text("requests/redshift/000001.sql"), statement);
    assert_eq!((run.ledger("delivered"), run.report()["objects"]["count"].as_u64()), (10, Some(2)));
    // Without the table nothing is said of rows, and the user is told why.
    assert!(run.report()["rows"].is_null());
    assert!(run.stderr().contains("not checked against the table `shop.orders`"), "{:?}", run.said());
}

#[test]
fn no_secret_is_written() {
    let options = "CopyOptions: JSON 'auto' GZIP SECRET_ACCESS_KEY 'AKIA-s3cr3t'";
    let changes = [
        ("CopyOptions: JSON 'auto' GZIP", options),
        ("com:5439/shop", "com:5439/shop?user=u&password=s3cr3t-too"),
    ];
    for scenario in ["", "[[answer]]\nerror = \"Redshift.AuthenticationFailed\"\n"] {
        let run = Run::new(
            &changes,
            &samples(),
            scenario,
            &["--no-validate", "--trace", "1", "--table", "table.sql"],
        );
        assert!(run.output.status.success(), "{:?}", run.said());
        assert!(run.text("requests/redshift/000001.sql").ends_with("SECRET_ACCESS_KEY***;\n"));
        let (shown, errors) = (run.stdout(), run.stderr());
        let written = [shown, errors, run.text("manifest.jsonl"), run.text("report.json")].concat()
            + &run.text("requests/redshift/000001.sql");
        for secret in ["AKIA-s3cr3t", "s3cr3t-too", "Loader-Passw0rd", "loader-user"] {
            assert!(!written.contains(secret), "{secret}");
        }
    }
}

#[test]
fn a_copy_is_tried_every_five_minutes_and_then_left_as_a_manifest() {
    let run = Run::new(&[], &samples(), "[[answer]]\nerror = \"Redshift.DiskFull\"\n", &[]);
    assert_eq!((run.ledger("delivered"), run.ledger("destination_failed")), (0, 10));
    let lines = run.manifest();
    let [object, manifest, copy, left] = &lines[..] else { panic!("{lines:?}") };
    // At 0, 5, ... 55 minutes; the hour ends with the twelfth wait.
    assert_eq!((&copy["attempts"], &copy["outcome"]), (&json!(12), &json!("failed")));
    assert_eq!(copy["at"], "2026-01-01T01:00:09.000Z");
    // What was staged stays.
    assert_eq!((&object["outcome"], &manifest["outcome"]), (&json!("delivered"), &json!("delivered")));
    assert_eq!(
        (&left["lane"], &left["kind"], &left["records"]),
        (&json!("error"), &json!("object"), &json!(10))
    );
    let key = left["key"].as_str().unwrap();
    // The same name as the manifest that COPY was given: year to hour, stream, time, id.
    let name = manifest["key"].as_str().unwrap().strip_prefix("orders/manifests/").unwrap();
    assert_eq!(key.strip_prefix("orders/errors/manifests/").unwrap(), name);
    let read = |line: &Value| run.file(line["path"].as_str().unwrap());
    assert_eq!(read(left), read(manifest));
    let group = &run.report()["failures"][0];
    assert_eq!((&group["reason"], &group["records"]), (&json!("Redshift.DiskFull"), &json!(10)));
}

#[test]
fn a_copy_that_recovers_is_delivered_late() {
    let run = Run::new(&[], &samples(), "[[answer]]\ntimes = 2\nerror = \"Redshift.TooManyClients\"\n", &[]);
    let lines = run.manifest();
    assert_eq!((run.ledger("delivered"), lines.len()), (10, 3));
    assert_eq!((&lines[2]["attempts"], &lines[2]["at"]), (&json!(3), &json!("2026-01-01T00:10:09.000Z")));
}

#[test]
fn there_is_no_retry_without_a_duration_or_after_an_attempt_that_outlasts_it() {
    let fails = "[[answer]]\nerror = \"connection-failed\"\n";
    let none = [("DurationInSeconds: 3600", "DurationInSeconds: 0")];
    for (changes, scenario) in [(&none[..], fails.to_owned()), (&[][..], format!("{fails}after = \"61m\"\n"))]
    {
        let run = Run::new(changes, &samples(), &scenario, &["--no-validate"]);
        let copy = &run.manifest()[2];
        assert_eq!((&copy["attempts"], &copy["outcome"]), (&json!(1), &json!("failed")));
        assert_eq!(run.report()["failures"][0]["reason"], "Redshift.ConnectionFailed");
    }
    // A first attempt of 40 minutes leaves 20, and the next ones come every 5 minutes after one ends.
    let run = Run::new(&[], &samples(), &format!("{fails}attempts = 1\nafter = \"40m\"\n"), &[]);
    assert_eq!((&run.manifest()[2]["attempts"], run.ledger("delivered")), (&json!(2), 10));
}

#[test]
fn what_a_scenario_may_say_is_what_redshift_can_answer() {
    for (scenario, why) in [
        ("error = \"Redshift.DiskFul\"", "did you mean `Redshift.DiskFull`?"),
        ("status = 503", "COPY is no HTTP request"),
        ("error = \"timeout\"", "no time limit"),
    ] {
        let run = Run::new(&[], &samples(), &format!("[[answer]]\n{scenario}\n"), &[]);
        assert_eq!(run.output.status.code(), Some(2));
        assert!(run.stderr().contains(why), "{:?}", run.said());
    }
}

#[test]
fn source_records_are_copied_to_the_backup_bucket() {
    let changes = [("S3BackupMode: Disabled", "S3BackupMode: Enabled")];
    let run = Run::new(&changes, &samples(), "[[answer]]\nerror = \"Redshift.DiskFull\"\n", &[]);
    assert_eq!(run.report()["copies"]["backup"], 10);
    let lines = run.manifest();
    let copy = lines.iter().find(|line| line["lane"] == "backup").unwrap();
    assert_eq!(copy["bucket"], "orders-source");
    assert!(copy["key"].as_str().unwrap().starts_with("source/2026/01/01/00/orders-1-2026-01-01-00-00-00-"));
    assert_eq!(run.text(copy["path"].as_str().unwrap()), records().concat());
}

const MIXED: &str = "{\"id\":1,\"name\":\"fits\"}\n{\"id\":\"two\",\"name\":\"x\"}\n{\"name\":\"no id\"}\n\
                     {\"id\":4,\"name\":\"much longer than twelve\"}\nnot json\n{\"id\":6}\n";

#[test]
fn records_that_do_not_fit_the_table_fail_the_copy() {
    let run = Run::new(&[], MIXED, "", &["--table", "table.sql"]);
    assert_eq!((run.ledger("delivered"), run.ledger("destination_failed")), (0, 6));
    let errors = run.load_errors(1);
    let codes: Vec<(u64, Option<&str>, u64)> = errors
        .iter()
        .map(|row| {
            let number = |member: &str| row[member].as_u64().unwrap();
            (number("line_number"), row["colname"].as_str(), number("err_code"))
        })
        .collect();
    assert_eq!(
        codes,
        [(2, Some("id"), 1207), (3, Some("id"), 1213), (4, Some("name"), 1204), (5, None, 1216)]
    );
    let fourth = &errors[2];
    assert_eq!(fourth["raw_field_value"], "much longer than twelve");
    assert_eq!((&fourth["type"], &fourth["col_length"]), (&json!("varchar"), &json!(12)));
    assert_eq!(fourth["raw_line"], "{\"id\":4,\"name\":\"much longer than twelve\"}");
    // The offset is that in the unpacked object, whose records stand without anything between.
    let staged = MIXED.replace('\n', "");
    let offset = fourth["start_offset"].as_u64().unwrap() as usize;
    assert!(staged[offset..].starts_with("{\"id\":4"));
    assert_eq!(
        fourth["filename"],
        format!("s3://orders-staging/{}", run.manifest()[0]["key"].as_str().unwrap())
    );

    let report = run.report();
    let failure = &report["failures"][0];
    assert_eq!(failure["reason"], "Redshift.DataLoadFailed");
    // The example is the record to blame.
    assert_eq!(failure["example"]["text"], "{\"id\":\"two\",\"name\":\"x\"}");
    assert!(failure["help"].as_str().unwrap().contains("errors/manifests/"), "{failure}");
    assert_eq!(report["rows"], json!({"loaded": 0, "refused_lines": 4, "skipped_lines": 0}));
    // Mending the data does not help a COPY that is tried again: the manifest is left.
    assert!(run.manifest()[3]["key"].as_str().unwrap().starts_with("orders/errors/manifests/"));
    let shown = run.stdout();
    assert!(shown.contains("Rows 0 loaded, 4 lines refused"), "{shown}");
    assert!(shown.contains("Line 2, column `id`: 1207"), "{shown}");
}

#[test]
fn up_to_maxerror_lines_are_skipped() {
    let allowed = |limit: u32| format!("CopyOptions: JSON 'auto' GZIP MAXERROR {limit}");
    let with = |limit: u32| {
        let changed = allowed(limit);
        let changes = [("CopyOptions: JSON 'auto' GZIP", &*changed)];
        Run::new(&changes, MIXED, "", &["--table", "table.sql"])
    };
    let run = with(5);
    assert_eq!((run.ledger("delivered"), run.ledger("destination_failed")), (6, 0));
    // Nothing stands between the records, so that the one which is no JSON takes the next with it.
    assert_eq!(run.report()["rows"], json!({"loaded": 1, "refused_lines": 4, "skipped_lines": 4}));
    assert_eq!(run.load_errors(1).len(), 4);
    let warnings = run.report()["warnings"].clone();
    assert!(
        warnings.as_array().unwrap().iter().any(|warning| warning["id"] == "skipped-lines"),
        "{warnings}"
    );
    // With as many errors as MAXERROR says, the load fails.
    assert_eq!(with(4).ledger("destination_failed"), 6);
}

#[test]
fn options_of_copy_shape_the_rows() {
    let rows = |options: &str, samples: &str, flags: &[&str]| {
        let options = format!("CopyOptions: \"{options} GZIP\"");
        let changes = [("CopyOptions: JSON 'auto' GZIP", &*options)];
        let all = [&["--table", "table.sql", "--keep-newline"], flags].concat();
        let run = Run::new(&changes, samples, "", &all);
        let report = run.report();
        let number =
            |member: &str| report["rows"][member].as_u64().unwrap_or_else(|| panic!("{:?}", run.said()));
        (number("loaded"), number("refused_lines"))
    };
    let long = "{\"ID\":1,\"Name\":\"much longer than twelve\"}\n";
    assert_eq!(rows("JSON 'auto ignorecase' TRUNCATECOLUMNS", long, &[]), (1, 0));
    assert_eq!(rows("JSON 'auto' TRUNCATECOLUMNS", long, &[]), (0, 1));
    let text = &["--input-format", "text"][..];
    assert_eq!(rows("CSV", "1,\"a,b\"\n2,c\n", text), (2, 0));
    assert_eq!(rows("CSV IGNOREHEADER 1", "id,name\n2,c\n", text), (1, 0));
    assert_eq!(rows("DELIMITER ';'", "1;a\n2;b;c\n", text), (0, 1));
    assert_eq!(rows("BLANKSASNULL MAXERROR 2", "  |a\n2|b\n", text), (1, 1));
    let nested = "{\"order\":{\"id\":7},\"who\":[\"ann\"]}\n";
    assert_eq!(rows("JSON 's3://b/paths.json'", nested, &["--jsonpaths", "paths.json"]), (1, 0));
}

#[test]
fn what_does_not_fit_together_is_told_with_its_place() {
    let options = |text: &str| format!("CopyOptions: \"{text} GZIP\"");
    let unknown = options("JSON 'auto' MAXERRORS 3");
    let paths = options("JSON 's3://b/paths.json'");
    let old = "CopyOptions: JSON 'auto' GZIP";
    let cases = [
        (
            TABLE,
            vec![(old, &*unknown)],
            "template.yaml:17:24: `CopyOptions`: `MAXERRORS` is no option of COPY",
        ),
        (TABLE, vec![(old, &*paths)], "--jsonpaths FILE"),
        (TABLE, vec![("id,name", "id,nam")], "template.yaml:16:29: `DataTableColumns`: "),
        ("CREATE TABLE t (\n  a strange)", vec![], "table.sql:2:5: `strange` is no type of Redshift's"),
    ];
    for (table, changes, why) in cases {
        let run = Run::with_table(table, &changes, &samples(), "", &["--table", "table.sql"]);
        assert_eq!(run.output.status.code(), Some(2), "{:?}", run.said());
        assert!(run.stderr().contains(why), "{why}: {:?}", run.said());
    }
}

#[test]
fn objects_that_are_packed_otherwise_than_copy_is_told_are_not_loaded() {
    let changes = [("CopyOptions: JSON 'auto' GZIP", "CopyOptions: JSON 'auto'")];
    let run = Run::new(&changes, &samples(), "", &["--no-validate"]);
    assert_eq!(run.ledger("destination_failed"), 10);
    assert_eq!(run.report()["failures"][0]["reason"], "Redshift.CompressionMismatch");
}

#[test]
fn a_record_is_followed_into_the_manifest_that_is_left() {
    let run = Run::new(&[], &samples(), "[[answer]]\nerror = \"Redshift.DiskFull\"\n", &["--trace", "3"]);
    let shown = run.stdout();
    assert!(shown.contains("Redshift.DiskFull") && shown.contains("orders/errors/manifests/"), "{shown}");
}

#[cfg(all(unix, feature = "postgres"))]
#[test]
fn accepted_rows_are_really_loaded() {
    let server = postgresql::Server::start();
    let table = "CREATE TABLE shop.orders (id bigint NOT NULL, name varchar(40), at timestamptz, data super, \
                 price decimal(9,2), ok boolean, raw varbyte(8)) DISTKEY (id);";
    let samples = "{\"id\":1,\"name\":\"tab\\tand \\\\ and ünï\",\"at\":\"2026-03-01T12:00:00+02:00\",\"data\":{\"k\":[1,\"x\"]},\
                   \"price\":\"12.345\",\"ok\":\"yes\",\"raw\":\"0aFF\"}\n{\"id\":2,\"name\":null}\n{\"id\":\"x\"}\n";
    let options = "CopyOptions: JSON 'auto' GZIP TIMEFORMAT 'auto' MAXERROR 2";
    let changes = [("CopyOptions: JSON 'auto' GZIP", options), ("          DataTableColumns: id,name\n", "")];
    let url = server.url("postgres");
    let run = |flags: &[&str]| {
        let flags = [&["--table", "table.sql", "--redshift-url", &url], flags].concat();
        Run::with_table(table, &changes, samples, "", &flags)
    };
    // Without the table, the database's own error becomes the service's, and nothing is loaded.
    let refused = run(&[]);
    assert_eq!(
        (refused.ledger("delivered"), refused.ledger("destination_failed")),
        (0, 3),
        "{:?}",
        refused.said()
    );
    let failure = &refused.report()["failures"][0];
    assert_eq!(failure["reason"], "Redshift.SchemaNotFound", "{failure}");

    let loaded = run(&["--create-table"]);
    assert_eq!(
        (loaded.ledger("delivered"), loaded.ledger("destination_failed")),
        (3, 0),
        "{:?}",
        loaded.said()
    );
    let warnings = loaded.report()["warnings"].to_string();
    assert!(warnings.contains("real-endpoint") && warnings.contains("skipped-lines"), "{warnings}");
    let query = "SELECT id, name, at AT TIME ZONE 'UTC', data->'k'->>1, price, ok, encode(raw, 'hex') FROM shop.orders ORDER BY id";
    assert_eq!(
        server.query(query),
        [
            "1\u{1f}tab\tand \\ and ünï\u{1f}2026-03-01 10:00:00\u{1f}x\u{1f}12.34\u{1f}t\u{1f}0aff",
            "2\u{1f}\u{1f}\u{1f}\u{1f}\u{1f}\u{1f}"
        ]
    );
    // A second run into the table that is there now adds to it.
    assert_eq!(run(&[]).ledger("delivered"), 3);
    assert_eq!(server.query("SELECT count(*) FROM shop.orders"), ["4"]);

    // Nothing of the connection is written.
    let secret = server.url("absent").replace("postgres@", "postgres:very-s3cr3t@");
    let wrong =
        Run::with_table(table, &changes, samples, "", &["--table", "table.sql", "--redshift-url", &secret]);
    assert_eq!(wrong.report()["failures"][0]["reason"], "Redshift.DatabaseNotFound");
    let (shown, errors) = (wrong.stdout(), wrong.stderr());
    let written = [shown, errors, wrong.text("report.json"), wrong.text("manifest.jsonl")].concat();
    assert!(!written.contains("s3cr3t"), "{written}");
}

#[test]
fn a_database_wants_a_table_and_a_stream_to_redshift() {
    let url = ["--redshift-url", "postgres://u:s3cr3t@127.0.0.1:1/d"];
    let run = Run::new(&[], &samples(), "", &url);
    assert_eq!(run.output.status.code(), Some(2));
    assert!(run.stderr().contains("--table FILE"), "{:?}", run.said());
    let wrong = ["--table", "table.sql", "--redshift-url", "http://u:s3cr3t@h/"];
    let run = Run::new(&[], &samples(), "", &wrong);
    assert_eq!(run.output.status.code(), Some(2));
    assert!(!run.stderr().contains("s3cr3t"), "{:?}", run.said());
}
