//! Destinations of tables: rows by loading option, by table and by operation, read again by the facts (behaviour sheet,
//! 10.7 and 10.8), and what becomes of records that are no rows or are not taken.
#![cfg(feature = "simulate")]

use std::{fs, path::Path, process::Command};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

#[path = "support/python.rs"]
mod python;

#[path = "support/fixture_run.rs"]
mod fixture_run;

use fixture_run::{Run, Setup};

impl Run {
    /// Runs a fixture, changed by replacements, with these records at one a second.
    fn new(fixture: &str, changes: &[(&str, &str)], records: &[&str], scenario: &str, flags: &[&str]) -> Run {
        Setup { changes, samples: &records.join("\n"), scenario, flags, ..Setup::default() }.run(fixture)
    }

    /// The documents of the error lane, each with the key of its object.
    fn documents(&self) -> Vec<(String, Value)> {
        let lines = self.of_lane("error");
        let all = lines.iter().map(|line| (line["key"].as_str().unwrap(), self.rows(line)));
        all.flat_map(|(key, rows)| rows.into_iter().map(|row| (key.to_owned(), row))).collect()
    }
}

fn raw(document: &Value) -> String {
    String::from_utf8(STANDARD.decode(document["rawData"].as_str().unwrap()).unwrap()).unwrap()
}

fn codes(documents: &[(String, Value)]) -> Vec<(String, &str)> {
    documents.iter().map(|(_, document)| (raw(document), document["errorCode"].as_str().unwrap())).collect()
}

const EVENTS: &[&str] = &[r#"{"id":1,"name":"a b","deep":{"x":[1,null]}}"#, r#"{"id":2.50}"#, r#"{"Id":3}"#];

#[test]
fn members_go_into_columns() {
    let run = Run::new("snowflake.yaml", &[], EVENTS, "", &[]);
    let [line] = &run.manifest()[..] else { panic!("one flush") };
    assert_eq!((&line["kind"], &line["lane"]), (&"request".into(), &"destination".into()));
    assert_eq!(line["path"], "requests/snowflake/000001.ndjson");
    assert_eq!(line["records"], 3);
    assert_eq!(line["bytes_in"], EVENTS.iter().map(|event| event.len()).sum::<usize>());
    let row = |row: Value| json!({"database": "RAW", "schema": "PUBLIC", "table": "EVENTS", "operation": "insert", "row": row});
    let rows = [
        row(json!({"ID": 1, "NAME": "a b", "DEEP": {"x": [1, null]}})),
        row(json!({"ID": 2.5})),
        row(json!({"ID": 3})),
    ];
    assert_eq!(run.rows(line), rows);
    // Numbers stay as they were written.
    assert!(run.body(line).contains("2.50"));
    for secret in ["very-secret-phrase", "bm90LWEtcmVhbC1rZXk", "loader-of-events"] {
        assert!(!run.said().contains(secret), "{secret}");
        for path in ["manifest.jsonl", "report.json", "requests/snowflake/000001.ndjson"] {
            assert!(!fs::read_to_string(run.out.join(path)).unwrap().contains(secret), "{secret} in {path}");
        }
    }
}

#[test]
fn variants_hold_the_record_and_its_metadata() {
    let option = "DataLoadingOption: JSON_MAPPING";
    let content = "DataLoadingOption: VARIANT_CONTENT_MAPPING\n        ContentColumnName: Body";
    let run = Run::new("snowflake.yaml", &[(option, content)], EVENTS, "", &[]);
    let rows = run.rows(&run.manifest()[0]);
    assert_eq!(rows[0]["row"], json!({"Body": {"id": 1, "name": "a b", "deep": {"x": [1, null]}}}));

    let both = "DataLoadingOption: VARIANT_CONTENT_AND_METADATA_MAPPING\n        ContentColumnName: BODY\n        \
                MetaDataColumnName: META";
    let run = Run::new("snowflake.yaml", &[(option, both)], EVENTS, "", &[]);
    let rows = run.rows(&run.manifest()[0]);
    let metadata =
        json!({"firehoseDeliveryStreamName": "events", "IngestionTime": "2026-01-01T00:00:01.000Z"});
    assert_eq!(rows[1]["row"], json!({"BODY": {"id": 2.5}, "META": metadata}));

    let stream = "DeliveryStreamType: KinesisStreamAsSource\n      KinesisStreamSourceConfiguration:\n        \
                  KinesisStreamARN: arn:aws:kinesis:us-east-1:123456789012:stream/clicks\n        \
                  RoleARN: arn:aws:iam::123456789012:role/delivery";
    let changes = [(option, both), ("DeliveryStreamType: DirectPut", stream)];
    let run = Run::new("snowflake.yaml", &changes, EVENTS, "", &[]);
    let metadata = run.rows(&run.manifest()[0])[2]["row"]["META"].clone();
    let members: Vec<&String> = metadata.as_object().unwrap().keys().collect();
    let wanted = [
        "kinesisStreamName",
        "kinesisShardId",
        "kinesisPartitionKey",
        "kinesisSequenceNumber",
        "subsequenceNumber",
        "IngestionTime",
    ];
    assert_eq!(members, wanted);
    assert_eq!(metadata["kinesisStreamName"], "clicks");
}

#[test]
fn without_hints_each_put_is_a_flush() {
    let changes = [("        BufferingHints: {SizeInMBs: 1, IntervalInSeconds: 60}\n", "")];
    let run = Run::new("snowflake.yaml", &changes, EVENTS, "", &[]);
    let lines = run.manifest();
    assert_eq!(lines.len(), 3);
    assert!(lines.iter().all(|line| line["sealed_by"] == "interval" && line["records"] == 1));
}

#[test]
fn what_is_not_one_json_item_fails_at_once_and_is_not_tried_again() {
    let records = [r#"{"id":1}"#, "text", "[{\"id\":2}]", r#"{"id":3}{"id":4}"#];
    let run = Run::new("snowflake.yaml", &[], &records, "", &[]);
    assert_eq!((run.ledger("delivered"), run.ledger("destination_failed")), (1, 3));
    let documents = run.documents();
    for (number, (key, document)) in documents.iter().enumerate() {
        assert!(key.starts_with("failed/snowflake-failed/events-1-2026-01-01-"), "{key}");
        let members: Vec<&String> = document.as_object().unwrap().keys().collect();
        let wanted = [
            "attemptsMade",
            "arrivalTimestamp",
            "errorCode",
            "errorMessage",
            "attemptEndingTimestamp",
            "rawData",
        ];
        assert_eq!(members, wanted);
        assert_eq!(
            (&document["attemptsMade"], &document["errorCode"]),
            (&1.into(), &"Snowflake.InvalidInput".into())
        );
        assert_eq!(document["arrivalTimestamp"], 1_767_225_601_000_u64 + number as u64 * 1_000);
        assert_eq!(raw(document), records[number + 1]);
    }
    assert_eq!(run.report()["failures"][0]["reason"], "Snowflake.InvalidInput");
}

#[test]
fn only_service_faults_are_tried_again() {
    let attempts = |scenario: &str| {
        let run = Run::new("snowflake.yaml", &[], EVENTS, scenario, &[]);
        let documents = run.documents();
        assert_eq!(documents.len(), 3, "{scenario}");
        let document = &documents[0].1;
        (document["attemptsMade"].as_u64().unwrap(), document["errorCode"].as_str().unwrap().to_owned())
    };
    // Waits of 1, 2, 4 and 8 s or so fit into 25 s, one of 16 s more does not.
    assert_eq!(attempts("[[answer]]\nstatus = 503\n"), (5, "Snowflake.ServiceUnavailable".to_owned()));
    let wrong = attempts("[[answer]]\nerror = \"Snowflake.InvalidTable\"\n");
    assert_eq!(wrong, (1, "Snowflake.InvalidTable".to_owned()));
}

#[test]
fn rows_that_the_table_refuses_fail_and_others_are_delivered() {
    let scenario = "[[answer]]\ndocuments = { where = { \"/id\" = 2.5 }, type = \"Snowflake.ExtraColumns\", reason = \"no\" }\n";
    let run = Run::new("snowflake.yaml", &[], EVENTS, scenario, &[]);
    assert_eq!((run.ledger("delivered"), run.ledger("destination_failed")), (2, 1));
    let documents = run.documents();
    assert_eq!(codes(&documents), [(EVENTS[1].to_owned(), "Snowflake.ExtraColumns")]);
    assert_eq!(documents[0].1["errorMessage"], "no");
}

#[test]
fn all_data_are_copied_where_the_backup_mode_says_so() {
    let changes = [("S3BackupMode: FailedDataOnly", "S3BackupMode: AllData")];
    let records = ["{\"id\":1}", "text"];
    let run = Run::new("snowflake.yaml", &changes, &records, "", &[]);
    assert_eq!(run.report()["copies"]["backup"], 2);
    let [copy] = &run.of_lane("backup")[..] else { panic!("one copy") };
    assert!(copy["key"].as_str().unwrap().starts_with("copies/2026/01/01/00/events-1-"));
}

const CHANGES: &[&str] = &[
    r#"{"to":"orders","id":1,"price":2.50}"#,
    r#"{"to":"visits","page":"/"}"#,
    r#"{"to":"orders","op":"update","id":1,"price":3}"#,
    r#"{"to":"orders","op":"delete","id":1,"price":4}"#,
    r#"{"to":"other","op":"insert","x":true}"#,
];

#[test]
fn a_flush_is_one_commit_for_each_table() {
    let run = Run::new("iceberg.yaml", &[], CHANGES, "", &[]);
    let lines = run.manifest();
    let shown: Vec<(&str, &str, u64)> = lines
        .iter()
        .map(|line| {
            let text = |member: &str| line[member].as_str().unwrap();
            (text("path"), text("target"), line["records"].as_u64().unwrap())
        })
        .collect();
    let arn = "arn:aws:glue:us-east-1:123456789012:table/shop";
    assert_eq!(
        shown,
        [
            ("requests/iceberg/000001.ndjson", &*format!("{arn}/orders"), 3),
            ("requests/iceberg/000002.ndjson", &format!("{arn}/visits"), 1),
            // A table that is not in the list takes rows, too, without updates and deletions.
            ("requests/iceberg/000003.ndjson", &format!("{arn}/other"), 1),
        ]
    );
    let bytes = |indexes: &[usize]| indexes.iter().map(|index| CHANGES[*index].len() as u64).sum::<u64>();
    assert_eq!(lines[0]["bytes_in"], bytes(&[0, 2, 3]));
    assert_eq!(lines[0]["oldest_arrival"], "2026-01-01T00:00:00.000Z");
    assert_eq!(lines[1]["oldest_arrival"], "2026-01-01T00:00:01.000Z");
    assert_eq!(
        run.rows(&lines[0]),
        [
            json!({"database": "shop", "table": "orders", "operation": "insert", "row": {"to": "orders", "id": 1, "price": 2.5}}),
            json!({"database": "shop", "table": "orders", "operation": "update", "unique_keys": ["id"],
            "row": {"to": "orders", "op": "update", "id": 1, "price": 3}}),
            json!({"database": "shop", "table": "orders", "operation": "delete", "unique_keys": ["id"], "row": {"id": 1}}),
        ]
    );
    assert_eq!(
        run.rows(&lines[2]),
        [json!({"database": "shop", "table": "other", "operation": "insert",
        "row": {"to": "other", "op": "insert", "x": true}})]
    );
}

#[test]
fn records_that_are_no_row_of_a_table_go_to_the_place_of_their_table() {
    let records = [
        r#"{"to":"visits","op":"delete","page":"/"}"#,
        r#"{"to":"orders","op":"upsert","id":1}"#,
        r#"{"to":"orders","op":"update","price":1}"#,
        r#"{"to":"or-ders","id":1}"#,
        r#"{"id":1}"#,
        r#"[{"to":"orders"}]"#,
        r#"{"to":"orders","id":1} {"to":"orders","id":2}"#,
        r#"{"to":"orders","id":1}"#,
    ];
    let run = Run::new("iceberg.yaml", &[], &records, "", &[]);
    assert_eq!((run.ledger("delivered"), run.ledger("destination_failed")), (1, 7));
    let documents = run.documents();
    let own = ["Iceberg.InvalidOperation", "Iceberg.MissingColumnWithinRecord"];
    for (key, document) in &documents {
        let code = document["errorCode"].as_str().unwrap();
        let prefix = if own.contains(&code) { "orders" } else { "failed" };
        assert!(key.starts_with(&format!("{prefix}/iceberg-failed/changes-1-")), "{code}: {key}");
        assert_eq!(document["attemptsMade"], 1);
    }
    let mut found = codes(&documents);
    found.sort_by_key(|(raw, _)| records.iter().position(|record| record == raw));
    let found: Vec<&str> = found.into_iter().map(|(_, code)| code).collect();
    assert_eq!(
        found,
        [
            "Iceberg.MissingUniqueKeys",
            "Iceberg.InvalidOperation",
            "Iceberg.MissingColumnWithinRecord",
            "Iceberg.InvalidTableName",
            "Iceberg.InvalidTableName",
            "ICEBERG_BAD_DATA",
            "ICEBERG_BAD_DATA",
        ]
    );
}

#[test]
fn append_only_streams_take_insertions_alone() {
    let changes = [("        RoleARN:", "        AppendOnly: true\n        RoleARN:")];
    let run = Run::new("iceberg.yaml", &changes, CHANGES, "", &[]);
    assert_eq!((run.ledger("delivered"), run.ledger("destination_failed")), (3, 2));
    assert!(run.documents().iter().all(|(_, document)| document["errorCode"] == "Iceberg.InvalidOperation"));
}

#[test]
fn a_single_table_needs_no_query() {
    let processing = "        ProcessingConfiguration:\n          Enabled: true";
    let visits = "          - DestinationDatabaseName: shop\n            DestinationTableName: visits\n";
    let changes = [(visits, ""), (processing, "        ProcessingConfiguration:\n          Enabled: false")];
    let run = Run::new("iceberg.yaml", &changes, &CHANGES[1..3], "", &["--no-validate"]);
    let [line] = &run.manifest()[..] else { panic!("one commit") };
    let rows = run.rows(line);
    assert_eq!((&rows[0]["table"], &rows[0]["operation"]), (&"orders".into(), &"insert".into()));
    // Nothing reads the operation out of the record without a query.
    assert_eq!((&rows[1]["table"], &rows[1]["operation"]), (&"orders".into(), &"insert".into()));
}

#[test]
fn a_commit_that_fails_is_tried_again_by_itself() {
    let scenario = "[[answer]]\ntarget = \"*/orders\"\nerror = \"Glue.AccessDenied\"\n\
                    [[answer]]\ntarget = \"*/other\"\nerror = \"Iceberg.NoSuchTable\"\n";
    let run = Run::new("iceberg.yaml", &[], CHANGES, scenario, &[]);
    assert_eq!((run.ledger("delivered"), run.ledger("destination_failed")), (1, 4));
    let lines = run.of_lane("destination");
    let ends: Vec<(&str, u64)> = lines
        .iter()
        .map(|line| (line["outcome"].as_str().unwrap(), line["attempts"].as_u64().unwrap()))
        .collect();
    assert_eq!(ends, [("failed", 5), ("delivered", 1), ("failed", 1)]);
    let documents = run.documents();
    let of = |code: &str| documents.iter().filter(|(_, document)| document["errorCode"] == code).count();
    assert_eq!((of("Glue.AccessDenied"), of("Iceberg.NoSuchTable")), (3, 1));
    for (key, document) in &documents {
        let prefix = if document["errorCode"] == "Glue.AccessDenied" { "orders/" } else { "failed/" };
        assert!(key.starts_with(prefix), "{key}");
    }
}

/// A function says where rows go; the query fills what it leaves open.
#[test]
fn what_the_function_says_comes_before_the_query() {
    let lambda = "          Processors:\n            - Type: Lambda\n              Parameters:\n                \
                  - ParameterName: LambdaArn\n                  \
                  ParameterValue: !Sub \"arn:aws:lambda:us-east-1:123456789012:function:f\"";
    let base = tempfile::tempdir().unwrap();
    let answers = base.path().join("answers.jsonl");
    let of = |at: u32, metadata: Value| {
        let data = STANDARD.encode(format!(r#"{{"to":"visits","op":"insert","id":{at}}}"#));
        json!({"result": "Ok", "data": data, "metadata": metadata})
    };
    let said = [
        json!({"otfMetadata": {"destinationTableName": "orders", "operation": "update"}}),
        json!({"otfMetadata": {"destinationDatabaseName": "lake", "destinationTableName": "raw"}}),
        json!({}),
    ];
    let ids: Vec<String> = (1..=3).map(|number| format!("49{number:054}000000")).collect();
    let records: Vec<Value> = (0_u32..)
        .zip(ids)
        .zip(said)
        .map(|((at, id), said)| {
            let mut record = of(at, said);
            record["recordId"] = id.into();
            record
        })
        .collect();
    fs::write(&answers, json!({"response": {"records": records}}).to_string()).unwrap();
    let flag = format!("f=recorded:{}", answers.display());
    let run = Run::new(
        "iceberg.yaml",
        &[("          Processors:", lambda)],
        &CHANGES[..3],
        "",
        &["--function", &flag],
    );
    let shown: Vec<Vec<Value>> = run
        .of_lane("destination")
        .iter()
        .map(|line| {
            run.rows(line)
                .iter()
                .map(|row| json!([row["database"], row["table"], row["operation"]]))
                .collect()
        })
        .collect();
    assert_eq!(
        shown,
        [
            [json!(["shop", "orders", "update"])],
            [json!(["lake", "raw", "insert"])],
            [json!(["shop", "visits", "insert"])]
        ]
    );
}

#[test]
fn what_is_not_done_is_named() {
    let change = "        SchemaEvolutionConfiguration: {Enabled: true}\n        TableCreationConfiguration: {Enabled: true}\n        RoleARN:";
    let location =
        "CatalogArn: arn:aws:glue:us-east-1:123456789012:catalog\n          WarehouseLocation: s3://lake/";
    let changes =
        [("        RoleARN:", change), ("CatalogArn: arn:aws:glue:us-east-1:123456789012:catalog", location)];
    let run = Run::new("iceberg.yaml", &changes, CHANGES, "", &[]);
    let said = run.said();
    for name in ["`SchemaEvolutionConfiguration`", "`TableCreationConfiguration`"] {
        assert!(said.contains(name), "{said}");
    }
}

/// A template that makes the database with its tables.
const LAKE: &str = "Resources:
  Database:
    Type: AWS::Glue::Database
    Properties: {CatalogId: !Ref AWS::AccountId, DatabaseInput: {Name: shop}}
  Orders:
    Type: AWS::Glue::Table
    Properties:
      CatalogId: !Ref AWS::AccountId
      DatabaseName: !Ref Database
      TableInput:
        Name: orders
        StorageDescriptor:
          Columns:
            - {Name: id, Type: bigint, Parameters: {iceberg.field.optional: \"false\"}}
            - {Name: price, Type: 'decimal(9,2)'}
            - {Name: at, Type: timestamp}
";

#[test]
fn rows_fit_the_columns_that_the_template_has() {
    let records = [
        r#"{"to":"orders","id":"1","price":2.5,"at":"2026-01-01T09:58:00.027Z"}"#,
        r#"{"to":"orders","id":2,"ID":3,"at":1767225600000000}"#,
        r#"{"to":"orders","op":"delete","id":4,"price":"no matter"}"#,
        r#"{"to":"orders","id":5,"price":"free"}"#,
        r#"{"to":"orders","ID":6}"#,
        r#"{"to":"others","id":7}"#,
        r#"{"to":"visits","id":8}"#,
    ];
    let run = Run::new("iceberg.yaml", &[("Resources:\n", LAKE)], &records, "", &[]);
    assert_eq!((run.ledger("delivered"), run.ledger("destination_failed")), (4, 3));
    let lines = run.of_lane("destination");
    let rows: Vec<Value> = run.rows(&lines[0]).into_iter().map(|row| row["row"].clone()).collect();
    assert_eq!(
        rows,
        [
            json!({"id": 1, "price": "2.50", "at": "2026-01-01T09:58:00.027"}),
            json!({"id": 2, "price": null, "at": "2026-01-01T00:00:00"}),
            json!({"id": 4}),
        ]
    );
    // Keys that no column takes go without a word; the run says it.
    let warnings = run.report()["warnings"].clone();
    let text = |id: &str| {
        let found = warnings.as_array().unwrap().iter().find(|warning| warning["id"] == id);
        found.unwrap_or_else(|| panic!("{id}: {warnings}"))["message"].as_str().unwrap().to_owned()
    };
    assert!(
        text("key-case").contains("`ID` is left out of 1 row of shop.orders, first in record 2"),
        "{warnings}"
    );
    assert!(text("left-out-keys").contains("`op` (1 row of shop.orders, first in record 3"), "{warnings}");
    // In the list, but not in the template: its columns are not known, and that is said.
    assert_eq!(run.rows(&lines[1])[0]["row"], json!({"to": "visits", "id": 8}));
    assert!(run.said().contains("columns of shop.visits"), "{}", run.said());
    let documents = run.documents();
    let mut found = codes(&documents);
    found.sort();
    let found: Vec<(&str, &str)> = found.iter().map(|(raw, code)| (&**raw, *code)).collect();
    assert_eq!(
        found,
        [
            (records[4], "Iceberg.MissingColumnWithinRecord"),
            (records[3], "ICEBERG_BAD_DATA"),
            (records[5], "Iceberg.NoSuchTable"),
        ]
    );
}

#[test]
fn a_file_has_the_columns_that_the_template_has_not() {
    let base = tempfile::tempdir().unwrap();
    let file = base.path().join("orders.sql");
    let ddl = "CREATE TABLE shop.orders (id bigint, price int) PARTITIONED BY (bucket(16, id))\n\
               TBLPROPERTIES ('table_type'='ICEBERG')";
    fs::write(&file, ddl).unwrap();
    let flags = ["--table", file.to_str().unwrap()];
    let run = Run::new("iceberg.yaml", &[], &CHANGES[..3], "", &flags);
    assert_eq!((run.ledger("delivered"), run.ledger("destination_failed")), (2, 1));
    assert_eq!(
        run.documents()[0].1["errorMessage"],
        "The column `price` is int, and the record has a number such as 2.50."
    );
    fs::write(&file, ddl.replace("shop.orders", "other.orders2")).unwrap();
    let run = Run::new("iceberg.yaml", &[], CHANGES, "", &flags);
    assert!(run.output.status.success(), "records may find it by themselves: {}", run.said());
    fs::write(&file, "CREATE TABLE unlisted (id bigint)").unwrap();
    let run = Run::new("iceberg.yaml", &[], CHANGES, "", &flags);
    assert_eq!(run.output.status.code(), Some(2));
    assert!(run.said().contains("shop.orders, shop.visits"), "{}", run.said());
}

#[test]
fn a_query_that_fails_is_a_processor_that_fails() {
    let query = ".op}'";
    let run = Run::new("iceberg.yaml", &[(query, "(.op | ascii_downcase)}'")], &CHANGES[2..4], "", &[]);
    assert_eq!(run.ledger("delivered"), 2);
    let records = [r#"{"to":"orders","op":7,"id":1}"#];
    let run = Run::new("iceberg.yaml", &[(query, "(.op | ascii_downcase)}'")], &records, "", &[]);
    assert_eq!((run.ledger("processing_failed"), run.ledger("destination_failed")), (1, 0));
    let [(key, document)] = &run.documents()[..] else { panic!("one document") };
    assert!(key.starts_with("failed/processing-failed/"), "{key}");
    assert_eq!(document["errorCode"], "DynamicPartitioning.MetadataExtractionFailed");
}

#[test]
fn rows_fit_the_table_of_the_file() {
    let base = tempfile::tempdir().unwrap();
    let file = base.path().join("table.sql");
    fs::write(&file, "CREATE TABLE RAW.PUBLIC.EVENTS (id NUMBER NOT NULL, name VARCHAR, deep VARIANT);")
        .unwrap();
    let flags = ["--table", file.to_str().unwrap()];
    let records = [
        EVENTS[0],
        r#"{"name":"x"}"#,
        r#"{"id":2,"other":3}"#,
        r#"{"id":"three"}"#,
        r#"{"id":"4","NAME":null}"#,
    ];
    let run = Run::new("snowflake.yaml", &[], &records, "", &flags);
    let rows = run.rows(&run.of_lane("destination")[0]);
    let rows: Vec<&Value> = rows.iter().map(|row| &row["row"]).collect();
    assert_eq!(
        rows,
        [&json!({"ID": 1, "NAME": "a b", "DEEP": {"x": [1, null]}}), &json!({"ID": "4", "NAME": null})]
    );
    let documents = run.documents();
    let found: Vec<(&str, u64)> = documents
        .iter()
        .map(|(_, document)| {
            (document["errorCode"].as_str().unwrap(), document["attemptsMade"].as_u64().unwrap())
        })
        .collect();
    let wanted = ["Snowflake.MissingColumns", "Snowflake.ExtraColumns", "Snowflake.IncorrectValue"];
    assert_eq!(found, wanted.map(|code| (code, 1)));

    fs::write(&file, "CREATE TABLE OTHER (id NUMBER)").unwrap();
    let run = Run::new("snowflake.yaml", &[], &records, "", &flags);
    assert_eq!(run.output.status.code(), Some(2));
    assert!(run.said().contains("does not make the table `EVENTS`"), "{}", run.said());
    fs::write(&file, "CREATE TABLE\n  EVENTS id NUMBER").unwrap();
    let run = Run::new("snowflake.yaml", &[], &records, "", &flags);
    assert!(run.said().contains("table.sql:2:10: `(` is missing"), "{}", run.said());
    // Without a file that is said.
    let run = Run::new("snowflake.yaml", &[], EVENTS, "", &[]);
    assert!(run.said().contains("columns of RAW.PUBLIC.EVENTS"), "{}", run.said());
}

/// Values of each type, converted once more by Python's own library.
#[test]
fn rows_of_all_types_agree_with_an_independent_reader() {
    let base = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/iceberg_rows.py");
    python::run(Command::new(python::interpreter()).arg(&script).arg(base.path()));
    let samples = fs::read_to_string(base.path().join("samples.jsonl")).unwrap();
    let records: Vec<&str> = samples.lines().collect();
    let changes = [
        ("          - DestinationDatabaseName: shop\n            DestinationTableName: visits\n", ""),
        ("DestinationDatabaseName: shop", "DestinationDatabaseName: lake"),
        ("DestinationTableName: orders", "DestinationTableName: all_types"),
        ("          Enabled: true", "          Enabled: false"),
        ("IntervalInSeconds: 60", "IntervalInSeconds: 900"),
    ];
    let table = base.path().join("table.sql");
    let flags = ["--table", table.to_str().unwrap(), "--no-validate"];
    let run = Run::new("iceberg.yaml", &changes, &records, "", &flags);
    assert_eq!((run.ledger("delivered"), run.ledger("destination_failed")), (400, 0), "{}", run.said());
    let rows = run.out.join("requests/iceberg/000001.ndjson");
    python::run(Command::new(python::interpreter()).arg(&script).arg(base.path()).arg(rows));
}

/// Behaviour sheet, 4.1: 256 KB and 30 s in front of a function of a Snowflake stream.
#[test]
fn a_function_before_snowflake_has_its_own_default_buffer() {
    let lambda = "        ProcessingConfiguration:\n          Enabled: true\n          Processors:\n            \
                  - Type: Lambda\n              Parameters:\n                - ParameterName: LambdaArn\n                  \
                  ParameterValue: arn:aws:lambda:us-east-1:123456789012:function:f\n            \
                  - Type: AppendDelimiterToRecord\n              Parameters:\n                \
                  - ParameterName: Delimiter\n                  ParameterValue: '|'\n        RetryOptions:";
    let changes = [
        ("        BufferingHints: {SizeInMBs: 1, IntervalInSeconds: 60}\n", ""),
        ("        RetryOptions:", lambda),
    ];
    let records: Vec<String> = (0..40).map(|id| format!("{{\"id\":{id}}}")).collect();
    let records: Vec<&str> = records.iter().map(String::as_str).collect();
    let run = Run::new("snowflake.yaml", &changes, &records, "", &["--function", "f=skip"]);
    let lines = run.manifest();
    let shown: Vec<(&str, u64)> =
        lines.iter().map(|line| (line["at"].as_str().unwrap(), line["records"].as_u64().unwrap())).collect();
    assert_eq!(shown, [("2026-01-01T00:00:30.000Z", 30), ("2026-01-01T00:00:39.000Z", 10)]);
    // A delimiter is no part of a row, and that is said.
    assert_eq!(run.rows(&lines[1])[0]["row"], json!({"ID": 30}));
    assert!(run.said().contains("`AppendDelimiterToRecord`"), "{}", run.said());
}
