//! OpenSearch Service, the legacy Elasticsearch block and Serverless: bulk bodies read again by the facts (behaviour sheet,
//! 10.3 and 10.4) with a reader of our own, what becomes of documents that are refused, and clusters that are really asked.
#![cfg(feature = "simulate")]

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::Command,
    sync::{Arc, Mutex},
    thread,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

const SERVICE: &str = "opensearch.yaml";
const LEGACY: &str = "elasticsearch.yaml";
const SERVERLESS: &str = "opensearch-serverless.yaml";

#[path = "support/fixture_run.rs"]
mod fixture_run;

use fixture_run::{Run, records};

/// How a fixture is run.
#[derive(Default)]
struct Setup<'a> {
    changes: &'a [(&'a str, &'a str)],
    /// Ten small documents without any.
    samples: Option<&'a str>,
    scenario: &'a str,
    flags: &'a [&'a str],
}

impl Setup<'_> {
    /// Runs a fixture with one record a second from five seconds before midnight on.
    fn run(&self, fixture: &str) -> Run {
        let ten = fixture_run::samples();
        let flags = [&["--start", "2025-12-31T23:59:55Z"], self.flags].concat();
        let samples = self.samples.unwrap_or(&ten);
        let (changes, scenario) = (self.changes, self.scenario);
        fixture_run::Setup { changes, samples, scenario, flags: &flags, ..Default::default() }.run(fixture)
    }
}

impl Run {
    fn bulk(&self, path: &str) -> Vec<Document> {
        parse_bulk(&self.file(path)).unwrap()
    }

    fn attempts(&self, path: &str) -> Vec<Value> {
        let request: Value = serde_json::from_slice(&self.file(path)).unwrap();
        request["attempts"].as_array().unwrap().clone()
    }

    fn warnings(&self, id: &str) -> Vec<String> {
        let report = self.report();
        let all = report["warnings"].as_array().unwrap().iter().filter(|warning| warning["id"] == id);
        all.map(|warning| warning["message"].as_str().unwrap().to_owned()).collect()
    }
}

/// A document of a bulk.
#[derive(Clone, Debug, PartialEq)]
struct Document {
    index: String,
    kind: Option<String>,
    id: Option<String>,
    source: String,
}

/// Reads a bulk body as strictly as its documentation: pairs of lines, each ended by a newline; in the first of a pair one
/// action, here always `index`, with no member that it does not know; in the second one JSON object.
fn parse_bulk(body: &[u8]) -> Result<Vec<Document>, String> {
    let text = std::str::from_utf8(body).map_err(|error| error.to_string())?;
    let text = text.strip_suffix('\n').ok_or("the body must end with a newline")?;
    let lines: Vec<&str> = text.split('\n').collect();
    if !lines.len().is_multiple_of(2) {
        return Err("an action without a document".to_owned());
    }
    let mut documents = Vec::new();
    for pair in lines.chunks(2) {
        let action: Value = serde_json::from_str(pair[0]).map_err(|error| format!("{error}: {}", pair[0]))?;
        let action = action.as_object().ok_or("an action is an object")?;
        let [(verb, target)] = &action.iter().collect::<Vec<_>>()[..] else {
            return Err(format!("one action a line: {}", pair[0]));
        };
        if *verb != "index" {
            return Err(format!("action {verb}"));
        }
        let mut document =
            Document { index: String::new(), kind: None, id: None, source: pair[1].to_owned() };
        for (name, value) in target.as_object().ok_or("a target is an object")? {
            let value = value.as_str().ok_or("a text is expected")?.to_owned();
            match name.as_str() {
                "_index" => document.index = value,
                "_type" => document.kind = Some(value),
                "_id" => document.id = Some(value),
                other => return Err(format!("unknown member {other}")),
            }
        }
        let source: Value = serde_json::from_str(pair[1]).map_err(|error| format!("{error}: {}", pair[1]))?;
        if !source.is_object() {
            return Err(format!("a document is an object: {}", pair[1]));
        }
        documents.push(document);
    }
    Ok(documents)
}

fn is_id(id: &str) -> bool {
    let Some((sequence, sub)) = id.split_once('.') else { return false };
    sequence.len() == 56 && sequence.bytes().all(|byte| byte.is_ascii_digit()) && sub == "0"
}

#[test]
fn a_bulk_has_an_action_before_each_document_and_the_index_of_its_arrival() {
    let run = Setup::default().run(SERVICE);
    assert!(run.output.status.success(), "{:?}", run.output);
    let documents = run.bulk("requests/opensearch/000001.ndjson");
    let sources: Vec<&str> = documents.iter().map(|document| &*document.source).collect();
    assert_eq!(sources, records());
    // OneDay is the default, in UTC; the day ends between the fifth and the sixth record.
    let indices: Vec<&str> = documents.iter().map(|document| &*document.index).collect();
    assert_eq!(indices[..5], ["app-2025-12-31"; 5]);
    assert_eq!(indices[5..], ["app-2026-01-01"; 5]);
    let mut ids: Vec<&str> = documents.iter().filter_map(|document| document.id.as_deref()).collect();
    assert!(ids.iter().all(|id| is_id(id)), "{ids:?}");
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 10);
    assert!(documents.iter().all(|document| document.kind.is_none()));
    let first = format!(
        "{{\"index\":{{\"_index\":\"app-2025-12-31\",\"_id\":\"{}\"}}}}\n{}\n",
        documents[0].id.as_deref().unwrap(),
        records()[0]
    );
    assert!(run.file("requests/opensearch/000001.ndjson").starts_with(first.as_bytes()));

    let request: Value =
        serde_json::from_slice(&run.file("requests/opensearch/000001.request.json")).unwrap();
    let url = "https://vpc-logs.eu-west-1.es.amazonaws.com/_bulk";
    assert_eq!((&request["method"], &request["url"]), (&json!("POST"), &json!(url)));
    assert_eq!(request["headers"]["Content-Type"], "application/x-ndjson");
    let [line] = &run.manifest()[..] else { panic!("one request") };
    assert_eq!((&line["kind"], &line["target"]), (&json!("request"), &json!(url)));
    assert_eq!((&line["outcome"], &line["records"]), (&json!("delivered"), &json!(10)));
    assert_eq!((run.ledger("delivered"), run.ledger("destination_failed")), (10, 0));
}

#[test]
fn what_render_shows_is_where_documents_go() {
    let scenario = "[[answer]]\nstatus = 503\n";
    for (fixture, folder) in
        [(SERVICE, "opensearch"), (LEGACY, "elasticsearch"), (SERVERLESS, "opensearch-serverless")]
    {
        let run = Setup { scenario, ..Setup::default() }.run(fixture);
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/destinations").join(fixture);
        let mut render = Command::new(env!("CARGO_BIN_EXE_firehose-kit"));
        let output = render
            .arg("render")
            .arg(path)
            .args(["--at", "2025-12-31T23:59:55Z", "--format", "json"])
            .output();
        let shown: Value = serde_json::from_slice(&output.unwrap().stdout).unwrap();
        let documents = run.bulk(&format!("requests/{folder}/000001.ndjson"));
        assert_eq!(shown["moments"][0]["index"], documents[0].index, "{shown}");
        let key = run.of_lane("error")[0]["key"].as_str().unwrap().to_owned();
        assert!(key.starts_with(shown["errors"][0]["folder"].as_str().unwrap()), "{key} {shown}");
        let body = run.file(&format!("requests/{folder}/000001.ndjson"));
        let mut action = String::from_utf8(body).unwrap().lines().next().unwrap().to_owned();
        action = action.replace(&documents[0].index, "<index>");
        if let Some(id) = &documents[0].id {
            action = action.replace(id, "<id>");
        }
        assert_eq!(shown["target"][1]["value"], action);
        if fixture != LEGACY {
            let target = run.manifest()[0]["target"].as_str().unwrap().to_owned();
            assert_eq!(shown["target"][0]["value"], format!("POST {target}"));
        }
    }
}

#[test]
fn indices_rotate_as_their_period_says() {
    for (period, names) in [
        ("NoRotation", ["app", "app"]),
        ("OneHour", ["app-2025-12-31-23", "app-2026-01-01-00"]),
        ("OneMonth", ["app-2025-12", "app-2026-01"]),
        // The rule of the guide: the week of 1 January is the first of its year.
        ("OneWeek", ["app-2026-w01", "app-2026-w01"]),
    ] {
        let period = format!("IndexName: app\n        IndexRotationPeriod: {period}");
        for (fixture, folder) in [(SERVICE, "opensearch"), (LEGACY, "elasticsearch")] {
            let run = Setup { changes: &[("IndexName: app", &period)], ..Setup::default() }.run(fixture);
            let documents = run.bulk(&format!("requests/{folder}/000001.ndjson"));
            assert_eq!([&*documents[4].index, &*documents[5].index], names, "{period}");
            let told = run.report()["undocumented"].to_string().contains("index-week");
            assert_eq!(told, period.contains("OneWeek"));
        }
    }
}

#[test]
fn types_and_ids_are_there_as_the_template_has_them() {
    let own = "IndexName: app\n        TypeName: log\n        DocumentIdOptions: {DefaultDocumentIdFormat: NO_DOCUMENT_ID}";
    let run = Setup { changes: &[("IndexName: app", own)], ..Setup::default() }.run(LEGACY);
    assert!(run.output.status.success(), "{:?}", run.output);
    let first =
        format!("{{\"index\":{{\"_index\":\"app-2025-12-31\",\"_type\":\"log\"}}}}\n{}\n", records()[0]);
    let body = run.file("requests/elasticsearch/000001.ndjson");
    assert!(body.starts_with(first.as_bytes()), "{}", String::from_utf8_lossy(&body));
    // Only a deployment tells the endpoint of a domain.
    assert_eq!(run.manifest()[0]["target"], "https://search-logs.eu-west-1.es.amazonaws.com/_bulk");
    assert!(run.report()["undocumented"].to_string().contains("domain-endpoint"));
    let empty = [("IndexName: app", "IndexName: app\n        TypeName: \"\"")];
    let run = Setup { changes: &empty, ..Setup::default() }.run(SERVICE);
    assert_eq!(run.bulk("requests/opensearch/000001.ndjson")[0].kind, None);
}

#[test]
fn serverless_has_neither_rotation_nor_type() {
    let scenario = "[[answer]]\nstatus = 403\n";
    let run = Setup { scenario, ..Setup::default() }.run(SERVERLESS);
    let documents = run.bulk("requests/opensearch-serverless/000001.ndjson");
    // Collections of some types take no ids from outside.
    let is_plain = |document: &Document| document.kind.is_none() && document.id.is_none();
    assert!(documents.iter().all(|document| document.index == "app" && is_plain(document)));
    assert_eq!(run.manifest()[0]["target"], "https://abc.eu-west-1.aoss.amazonaws.com/_bulk");
    let failed = run.failed();
    assert_eq!(failed.len(), 10);
    let members: Vec<&str> = failed[0].as_object().unwrap().keys().map(String::as_str).collect();
    let wanted = [
        "attemptsMade",
        "arrivalTimestamp",
        "errorCode",
        "errorMessage",
        "attemptEndingTimestamp",
        "osDocumentId",
        "osIndexName",
        "rawData",
    ];
    assert_eq!(members, wanted);
    assert_eq!((&failed[0]["errorCode"], &failed[0]["osIndexName"]), (&json!("403"), &json!("app")));
    assert!(is_id(failed[0]["osDocumentId"].as_str().unwrap()), "{failed:?}");
}

#[test]
fn a_refused_document_is_sent_again_alone_and_ends_in_the_bucket() {
    let scenario = "[[answer]]\ndocuments = { where = { \"/id\" = 3 }, status = 400, \
                    type = \"mapper_parsing_exception\", reason = \"no\" }\n";
    let run = Setup { scenario, flags: &["--trace", "4"], ..Setup::default() }.run(SERVICE);
    assert_eq!((run.ledger("delivered"), run.ledger("destination_failed")), (9, 1));
    let documents = run.bulk("requests/opensearch/000001.ndjson");
    assert_eq!(documents.len(), 10);
    let attempts = run.attempts("requests/opensearch/000001.request.json");
    // Waits of 1, 2, 4 and 8 s or so come to 15 of 20 s; one of 16 more does not fit.
    assert_eq!(attempts.len(), 5, "{attempts:?}");
    assert!(attempts[0]["records"].is_null() && attempts[0]["refused_records"] == 1);
    assert!(attempts[1..].iter().all(|attempt| attempt["records"] == 1), "{attempts:?}");

    let [failed] = &run.failed()[..] else { panic!("one document") };
    let members: Vec<&str> = failed.as_object().unwrap().keys().map(String::as_str).collect();
    let wanted = [
        "attemptsMade",
        "arrivalTimestamp",
        "errorCode",
        "errorMessage",
        "attemptEndingTimestamp",
        "esDocumentId",
        "esIndexName",
        "esTypeName",
        "rawData",
    ];
    assert_eq!(members, wanted);
    assert_eq!(failed["attemptsMade"], 5);
    assert_eq!(failed["arrivalTimestamp"], 1_767_225_598_000_u64);
    assert_eq!(failed["errorCode"], "400");
    let message: Value = serde_json::from_str(failed["errorMessage"].as_str().unwrap()).unwrap();
    assert_eq!(message, json!({ "type": "mapper_parsing_exception", "reason": "no" }));
    assert_eq!(failed["esDocumentId"].as_str(), documents[3].id.as_deref());
    assert_eq!(failed["esIndexName"], "app-2025-12-31");
    assert_eq!(failed["esTypeName"], "");
    assert_eq!(STANDARD.decode(failed["rawData"].as_str().unwrap()).unwrap(), records()[3].as_bytes());
    let error = &run.of_lane("error")[0];
    assert_eq!((&error["bucket"], &error["records"]), (&json!("logs-failed"), &json!(1)));
    let key = error["key"].as_str().unwrap();
    assert!(key.starts_with("failed/AmazonOpenSearchService-failed/logs-1-"), "{key}");

    // The report blames the document that was refused, by its place.
    let group = &run.report()["failures"][0];
    assert_eq!((&group["reason"], &group["records"]), (&json!("400"), &json!(1)));
    assert_eq!(group["example"]["place"], json!({ "record": 4, "file": "samples.jsonl", "line": 4 }));
    assert_eq!(group["example"]["text"], records()[3]);
    let text = String::from_utf8_lossy(&run.output.stdout).into_owned();
    assert!(
        text.contains("opened buffer 1 of lane error") && text.contains("destination_failed in lane error"),
        "{text}"
    );
}

#[test]
fn a_cluster_that_has_room_again_takes_what_it_refused() {
    let scenario = "[[answer]]\nattempts = 2\ndocuments = { every = 2, status = 429, \
                    type = \"rejected_execution_exception\", reason = \"full\" }\n";
    let run = Setup { scenario, ..Setup::default() }.run(SERVICE);
    assert_eq!((run.ledger("delivered"), run.ledger("destination_failed")), (10, 0));
    let attempts = run.attempts("requests/opensearch/000001.request.json");
    let sent: Vec<u64> = attempts.iter().map(|attempt| attempt["records"].as_u64().unwrap_or(10)).collect();
    assert_eq!(sent, [10, 5, 5]);
    assert!(run.of_lane("error").is_empty());
}

#[test]
fn whole_bulks_fail_with_the_status_or_the_trouble() {
    for (scenario, code) in [
        ("[[answer]]\nstatus = 503\n", "503"),
        ("[[answer]]\nstatus = 413\n", "413"),
        ("[[answer]]\nerror = \"connection-failed\"\n", "OS.ConnectionFailed"),
        ("[[answer]]\nerror = \"timeout\"\n", "OS.RequestTimeout"),
        ("[[answer]]\nerror = \"OS.ClusterBlockException\"\n", "OS.ClusterBlockException"),
        ("[[answer]]\nbody = '{\"items\":[]}'\n", "OS.ResponseEntryCountMismatch"),
    ] {
        let run = Setup { scenario, ..Setup::default() }.run(SERVICE);
        let failed = run.failed();
        assert_eq!(failed.len(), 10, "{code}");
        assert!(
            failed.iter().all(|failed| failed["errorCode"] == code && failed["attemptsMade"] == 5),
            "{code}"
        );
        assert_eq!(run.ledger("destination_failed"), 10);
    }
    let none = [("DurationInSeconds: 20", "DurationInSeconds: 0")];
    let setup = Setup {
        changes: &none,
        scenario: "[[answer]]\nstatus = 503\n",
        flags: &["--no-validate"],
        ..Setup::default()
    };
    assert_eq!(setup.run(SERVICE).failed()[0]["attemptsMade"], 1);
}

#[test]
fn records_that_are_no_documents_are_not_sent() {
    let samples = "{\"id\":0}\n[1]\n{\"id\":1}{\"id\":2}\nplain\n {\"id\":3} \n";
    let all = [("FailedDocumentsOnly", "AllDocuments")];
    let run = Setup { changes: &all, samples: Some(samples), flags: &["--keep-newline"], ..Setup::default() }
        .run(SERVICE);
    let sources: Vec<String> =
        run.bulk("requests/opensearch/000001.ndjson").into_iter().map(|document| document.source).collect();
    assert_eq!(sources, ["{\"id\":0}", "{\"id\":3}"]);
    assert_eq!((run.ledger("delivered"), run.ledger("destination_failed")), (2, 3));
    let failed = run.failed();
    let raw = |failed: &Value| {
        String::from_utf8(STANDARD.decode(failed["rawData"].as_str().unwrap()).unwrap()).unwrap()
    };
    assert_eq!(failed.iter().map(raw).collect::<Vec<_>>(), ["[1]\n", "{\"id\":1}{\"id\":2}\n", "plain\n"]);
    for failed in &failed {
        assert_eq!((&failed["errorCode"], &failed["attemptsMade"]), (&json!("OS.MalformedData"), &json!(0)));
        assert_eq!(failed["esIndexName"], "app-2025-12-31");
    }
    // What is copied is what was put, as it was.
    assert_eq!(run.report()["copies"]["backup"], 5);
    let copies = run.of_lane("backup");
    assert_eq!(run.file(copies[0]["path"].as_str().unwrap()), samples.as_bytes());
    assert!(copies[0]["key"].as_str().unwrap().starts_with("copies/2025/12/31/23/logs-1-"));
    // What is no object is one cause, two documents in a record are another; each has its own example.
    let report = run.report();
    let groups = report["failures"].as_array().unwrap().iter();
    let groups: Vec<_> =
        groups.map(|group| (group["records"].clone(), group["example"]["place"]["line"].clone())).collect();
    assert_eq!(groups, [(json!(2), json!(2)), (json!(1), json!(3))]);
}

#[test]
fn an_index_that_no_cluster_makes_takes_nothing() {
    let run = Setup { changes: &[("IndexName: app", "IndexName: App")], ..Setup::default() }.run(SERVICE);
    let failed = run.failed();
    assert_eq!(failed.len(), 10);
    assert!(failed[0]["errorMessage"].as_str().unwrap().contains("must be lowercase"), "{failed:?}");
}

#[test]
fn values_that_an_index_would_refuse_are_explained_with_their_places() {
    // The last two come on the next day, into an index that has not seen the first ones.
    let samples = "{\"a\":1,\"t\":\"x\"}\n{\"b\":true}\n{\"a\":{\"b\":2}}\n\n{\"a\":\"2\"}\n{\"a\":{}}\n{\"_id\":7}\n{\"a\":{\"c\":1}}\n";
    let run = Setup { samples: Some(samples), ..Setup::default() }.run(SERVICE);
    // A warning only: an index may have a mapping of its own.
    assert_eq!(run.ledger("delivered"), 7);
    let report = run.report();
    let place = |record: u64, line: u64| json!({ "record": record, "file": "samples.jsonl", "line": line });
    let wanted = json!([
        {
            "index": "app-2025-12-31", "reason": "type", "field": "a",
            "first": { "value": "a number", "place": place(1, 1) },
            "refused": { "value": "an object", "place": place(3, 3) },
            "records": 2,
        },
        { "index": "app-2026-01-01", "reason": "own-field", "field": "_id", "refused": { "place": place(6, 7) }, "records": 1 },
    ]);
    assert_eq!(report["mapping_conflicts"], wanted);
    let told = run.warnings("mapping-conflict");
    let first = "`.a` is a number in record 1 (samples.jsonl:1) and an object in record 3 (samples.jsonl:3)";
    assert!(told.len() == 2 && told[0].starts_with(first), "{told:?}");
    let shown = String::from_utf8_lossy(&run.output.stdout).into_owned();
    assert!(shown.contains("warning[mapping-conflict]: `.a` is a number"), "{shown}");
    let schema: Value =
        serde_json::from_str(firehose_kit::template::schema::text("report").unwrap()).unwrap();
    let errors: Vec<String> = jsonschema::validator_for(&schema)
        .unwrap()
        .iter_errors(&report)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
}

#[test]
fn what_clusters_and_the_service_would_not_take_is_warned_of() {
    let samples: String = (0..11)
        .map(|number| format!("{{\"n\":{number},\"text\":\"{}\"}}\n", "x".repeat(1_000_000)))
        .collect();
    let large = [("SizeInMBs: 1,", "SizeInMBs: 20,")];
    let run = Setup { changes: &large, samples: Some(&samples), ..Setup::default() }.run(SERVICE);
    assert_eq!(run.bulk("requests/opensearch/000001.ndjson").len(), 11);
    assert!(run.warnings("large-bulk")[0].contains("more than 10 MiB"), "{:?}", run.report()["warnings"]);

    let gunzip = "IndexName: app\n        ProcessingConfiguration: {Enabled: true, Processors: [{Type: Decompression}]}";
    let log =
        r#"{"messageType":"DATA_MESSAGE","logEvents":[{"id":"1","message":"a"},{"id":"2","message":"b"}]}"#;
    let run = Setup {
        changes: &[("IndexName: app", gunzip)],
        samples: Some(log),
        flags: &["--input-format", "cloudwatch-logs", "--no-validate"],
        ..Setup::default()
    }
    .run(SERVICE);
    assert_eq!(run.warnings("cloudwatch-logs").len(), 1);
    assert_eq!(run.bulk("requests/opensearch/000001.ndjson")[0].source, log);
    assert!(Setup::default().run(SERVICE).report()["warnings"].as_array().unwrap().is_empty());
}

/// A cluster that takes bulks as strictly as [`parse_bulk`]; `refuse` says with which status it refuses a document of
/// which request. Keeps what it was sent.
fn cluster(
    refuse: impl Fn(usize, &Document) -> Option<u16> + Send + 'static,
) -> (String, Arc<Mutex<Vec<Vec<Document>>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/search", listener.local_addr().unwrap());
    let kept = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&kept);
    thread::spawn(move || {
        for (number, connection) in listener.incoming().enumerate() {
            let connection = connection.unwrap();
            let (status, body) = match receive(&connection) {
                Ok(documents) => {
                    let item = |document: &Document| match refuse(number, document) {
                        None => {
                            json!({ "index": { "_index": document.index, "_id": document.id, "status": 201 } })
                        }
                        Some(status) => json!({ "index": {
                            "_index": document.index, "status": status,
                            "error": { "type": "es_rejected_execution_exception", "reason": "queue" },
                        } }),
                    };
                    let items: Vec<Value> = documents.iter().map(item).collect();
                    log.lock().unwrap().push(documents);
                    (200, json!({ "took": 2, "errors": true, "items": items }))
                }
                Err(error) => {
                    (400, json!({ "error": { "type": "parse_exception", "reason": error }, "status": 400 }))
                }
            };
            let body = body.to_string();
            let _ = write!(
                &connection,
                "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
        }
    });
    (url, kept)
}

fn receive(connection: &TcpStream) -> Result<Vec<Document>, String> {
    let mut reader = BufReader::new(connection);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let start = line.trim_end().to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_owned(), value.to_owned());
    }
    let mut body = vec![0; headers["Content-Length"].parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    if start != "POST /search/_bulk HTTP/1.1" || headers["Content-Type"] != "application/x-ndjson" {
        return Err(format!("{start} {headers:?}"));
    }
    parse_bulk(&body)
}

#[test]
fn bulks_are_really_sent_and_the_answers_decide() {
    // One document is refused twice, another one for ever.
    let (url, received) = cluster(|number, document| {
        let id = serde_json::from_str::<Value>(&document.source).unwrap()["id"].as_u64();
        (id == Some(8) || (id == Some(2) && number < 2)).then_some(429)
    });
    let run = Setup { flags: &["--opensearch-url", &url], ..Setup::default() }.run(SERVICE);
    assert!(run.output.status.success(), "{:?}", run.output);
    assert_eq!((run.ledger("delivered"), run.ledger("destination_failed")), (9, 1));
    let received = received.lock().unwrap();
    assert_eq!(received[0], run.bulk("requests/opensearch/000001.ndjson"));
    let [second, eighth] = [&received[0][2], &received[0][8]];
    // The same document has the same id each time.
    assert_eq!(received[1], [second.clone(), eighth.clone()]);
    assert!(
        received[2..]
            .iter()
            .zip(1..)
            .all(|(sent, number)| { sent.contains(eighth) && sent.len() == if number == 1 { 2 } else { 1 } })
    );
    assert_eq!(received.len(), 5);
    let failed = run.failed();
    assert_eq!(
        (&failed[0]["errorCode"], failed[0]["esDocumentId"].as_str()),
        (&json!("429"), eighth.id.as_deref())
    );
    assert_eq!(run.warnings("real-endpoint").len(), 1);

    let refused = Setup { flags: &["--http-url", &url], ..Setup::default() }.run(SERVICE);
    assert_eq!(refused.output.status.code(), Some(2));
    for fixture in [LEGACY, SERVERLESS] {
        let (url, received) = cluster(|_, _| None);
        let run = Setup { flags: &["--opensearch-url", &url], ..Setup::default() }.run(fixture);
        assert_eq!((run.ledger("delivered"), received.lock().unwrap().len()), (10, 1));
    }
}
