//! Destinations that take requests: what they are sent, read again by the facts (behaviour sheet, 10 and 11) and by
//! readers that are not ours, and what becomes of records that they do not take.
#![cfg(feature = "simulate")]

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    thread,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

#[path = "support/fixture_run.rs"]
mod fixture_run;

use fixture_run::{Run, Setup, records, samples};

impl Run {
    /// Runs a fixture, changed by replacements, with ten records at one a second.
    fn new(fixture: &str, changes: &[(&str, &str)], scenario: &str, flags: &[&str]) -> Run {
        Setup { changes, samples: &samples(), scenario, flags, ..Setup::default() }.run(fixture)
    }

    /// Nothing that was written holds a secret.
    fn hides(&self, secrets: &[&str]) {
        let mut texts: BTreeMap<PathBuf, Vec<u8>> = files(&self.out);
        texts.insert("stdout".into(), self.output.stdout.clone());
        texts.insert("stderr".into(), self.output.stderr.clone());
        for (name, text) in texts {
            let text = String::from_utf8_lossy(&text).into_owned();
            for secret in secrets {
                assert!(!text.contains(secret), "{secret} in {}", name.display());
            }
        }
    }
}

fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut found, mut folders) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for path in fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
            match path.is_dir() {
                true => folders.push(path),
                false => drop(found.insert(path.clone(), fs::read(path).unwrap())),
            }
        }
    }
    found
}

/// The records of an HTTP endpoint's body.
fn records_of(body: &Value) -> Vec<String> {
    let decode = |record: &Value| STANDARD.decode(record["data"].as_str().unwrap()).unwrap();
    let records = body["records"].as_array().unwrap();
    records.iter().map(|record| String::from_utf8(decode(record)).unwrap()).collect()
}

fn members(document: &Value) -> Vec<&str> {
    document.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn an_http_endpoint_is_sent_what_the_contract_says() {
    let run = Run::new("http-endpoint.yaml", &[], "", &[]);
    assert!(run.output.status.success(), "{:?}", run.output);
    let request = run.json("requests/http-endpoint/000001.request.json");
    let headers = &request["headers"];
    assert_eq!(request["method"], "POST");
    assert_eq!(request["url"], "https://example.com/ingest?site=a&api_key=***");
    assert_eq!(headers["X-Amz-Firehose-Protocol-Version"], "1.0");
    let arn = "arn:aws:firehose:us-east-1:123456789012:deliverystream/clicks";
    assert_eq!(headers["X-Amz-Firehose-Source-Arn"], arn);
    assert_eq!(headers["X-Amz-Firehose-Access-Key"], "***");
    let attributes = headers["X-Amz-Firehose-Common-Attributes"].as_str().unwrap();
    assert_eq!(attributes, r#"{"commonAttributes":{"team":"web","stage":"test"}}"#);
    assert_eq!(headers["Content-Type"], "application/json");
    assert_eq!(headers["Content-Encoding"], "gzip");

    let sent = run.file("requests/http-endpoint/000001.json.gz");
    assert_eq!(headers["Content-Length"], sent.len().to_string());
    let mut plain = String::new();
    flate2::read::GzDecoder::new(&sent[..]).read_to_string(&mut plain).unwrap();
    let body: Value = serde_json::from_str(&plain).unwrap();
    assert_eq!(members(&body), ["requestId", "timestamp", "records"]);
    assert_eq!(body["requestId"], headers["X-Amz-Firehose-Request-Id"]);
    // The buffer is drained when the last record arrives.
    assert_eq!(body["timestamp"], 1_767_225_609_000_u64);
    assert_eq!(records_of(&body), records());

    let [line] = &run.manifest()[..] else { panic!("one request") };
    assert_eq!(
        (&line["kind"], &line["lane"], &line["outcome"]),
        (&"request".into(), &"destination".into(), &"delivered".into())
    );
    assert_eq!(line["target"], request["url"]);
    assert_eq!((line["bucket"].as_str(), line["content_encoding"].as_str()), (None, Some("gzip")));
    run.hides(&["very-secret-key", "k-secret"]);
}

#[test]
fn without_gzip_key_and_attributes_their_headers_are_absent() {
    let run = Run::new(
        "http-endpoint.yaml",
        &[("          AccessKey: !Ref AccessKey\n", ""), ("ContentEncoding: GZIP", "ContentEncoding: NONE")],
        "",
        &[],
    );
    let request = run.json("requests/http-endpoint/000001.request.json");
    assert!(request["headers"]["X-Amz-Firehose-Access-Key"].is_null());
    assert!(request["headers"]["Content-Encoding"].is_null());
    let body: Value = serde_json::from_slice(&run.file("requests/http-endpoint/000001.json")).unwrap();
    assert_eq!(records_of(&body), records());
}

#[test]
fn what_an_http_endpoint_refuses_becomes_error_documents_after_the_retries() {
    let changes = [("DurationInSeconds: 30", "DurationInSeconds: 25")];
    let run = Run::new("http-endpoint.yaml", &changes, "[[answer]]\nstatus = 503\nafter = \"5s\"\n", &[]);
    assert_eq!((run.ledger("delivered"), run.ledger("destination_failed")), (0, 10));
    let request = run.json("requests/http-endpoint/000001.request.json");
    let attempts = request["attempts"].as_array().unwrap();
    // Waits of 1, 2, 4 and 8 s or so fit into 25 s, one of 16 s more does not; the five seconds of each answer do not count.
    assert_eq!(attempts.len(), 5, "{attempts:?}");
    let millis = |attempt: &Value, member: &str| {
        attempt[member]
            .as_str()
            .unwrap()
            .parse::<firehose_kit::foundation::timestamp::Timestamp>()
            .unwrap()
            .as_millis()
    };
    for (number, pair) in attempts.windows(2).enumerate() {
        let wait = millis(&pair[1], "at") - millis(&pair[0], "ended_at");
        let usual = 1_000 << number;
        assert!((usual * 85 / 100..=usual * 115 / 100).contains(&wait), "{wait}");
        assert_eq!(millis(&pair[0], "ended_at") - millis(&pair[0], "at"), 5_000);
    }
    let lines = run.manifest();
    assert_eq!((&lines[0]["outcome"], &lines[0]["attempts"]), (&"failed".into(), &5.into()));
    assert_eq!((&lines[1]["lane"], &lines[1]["bucket"]), (&"error".into(), &"clicks-failed".into()));
    let key = lines[1]["key"].as_str().unwrap();
    // A prefix with an expression gets no date of its own.
    assert!(key.starts_with("failed/http-endpoint-failed/clicks-1-2026-01-01-00-00-00-"), "{key}");

    let documents = run.failed();
    let wanted = [
        "attemptsMade",
        "arrivalTimestamp",
        "errorCode",
        "errorMessage",
        "attemptEndingTimestamp",
        "rawData",
        "subsequenceNumber",
        "dataId",
    ];
    let mut ids = Vec::new();
    for (number, (document, record)) in documents.iter().zip(records()).enumerate() {
        assert_eq!(members(document), wanted);
        assert_eq!(document["attemptsMade"], 5);
        assert_eq!(document["arrivalTimestamp"], 1_767_225_600_000_u64 + number as u64 * 1_000);
        assert_eq!(document["errorCode"], "HttpEndpoint.DestinationException");
        let message = document["errorMessage"].as_str().unwrap();
        assert!(
            message.starts_with("Received the following response from the endpoint destination. {"),
            "{message}"
        );
        assert_eq!(document["attemptEndingTimestamp"], millis(&attempts[4], "ended_at"));
        assert_eq!(STANDARD.decode(document["rawData"].as_str().unwrap()).unwrap(), record.as_bytes());
        let (sequence, sub) = document["dataId"].as_str().unwrap().split_once('.').unwrap();
        assert_eq!((sequence.len(), sub), (56, "0"));
        ids.push(sequence.to_owned());
    }
    ids.dedup();
    assert_eq!((documents.len(), ids.len()), (10, 10));
    run.hides(&["very-secret-key", "k-secret"]);
}

#[test]
fn no_retries_mean_one_attempt() {
    let changes = [("DurationInSeconds: 30", "DurationInSeconds: 0")];
    let run = Run::new(
        "http-endpoint.yaml",
        &changes,
        "[[answer]]\nerror = \"connection-failed\"\n",
        &["--no-validate"],
    );
    let documents = run.failed();
    assert_eq!(documents.len(), 10);
    assert_eq!(
        (&documents[0]["attemptsMade"], &documents[0]["errorCode"]),
        (&1.into(), &"HttpEndpoint.ConnectionFailed".into())
    );
}

#[test]
fn a_request_that_is_too_large_is_lost_and_kept_nowhere() {
    let run = Run::new("http-endpoint.yaml", &[], "[[answer]]\nstatus = 413\n", &["--fail-on-loss"]);
    assert_eq!(run.output.status.code(), Some(1));
    assert_eq!((run.ledger("lost"), run.ledger("destination_failed")), (10, 0));
    let lines = run.manifest();
    assert_eq!(lines.len(), 1);
    assert_eq!((&lines[0]["outcome"], &lines[0]["attempts"]), (&"lost".into(), &1.into()));
    assert_eq!(run.report()["failures"][0]["outcome"], "lost");
}

#[test]
fn an_endpoint_that_recovers_takes_the_same_request() {
    let run = Run::new("http-endpoint.yaml", &[], "[[answer]]\ntimes = 2\nbody = \"busy\"\n", &[]);
    assert_eq!(run.ledger("delivered"), 10);
    let request = run.json("requests/http-endpoint/000001.request.json");
    let codes: Vec<Option<&str>> = request["attempts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|attempt| attempt["error_code"].as_str())
        .collect();
    let invalid = Some("HttpEndpoint.InvalidResponseFromDestination");
    assert_eq!(codes, [invalid, invalid, None]);
}

#[test]
fn all_data_are_copied_where_the_backup_mode_says_so() {
    let changes = [("S3BackupMode: FailedDataOnly", "S3BackupMode: AllData")];
    let run = Run::new("http-endpoint.yaml", &changes, "", &[]);
    assert_eq!(run.report()["copies"]["backup"], 10);
    let lines = run.manifest();
    let copy = lines.iter().find(|line| line["lane"] == "backup").unwrap();
    assert!(copy["key"].as_str().unwrap().starts_with("copies/2026/01/01/00/clicks-1-"));
    let mut plain = String::new();
    let body = run.file(copy["path"].as_str().unwrap());
    flate2::read::GzDecoder::new(&body[..]).read_to_string(&mut plain).unwrap();
    assert_eq!(plain, records().concat());
}

/// A request as a server read it.
#[derive(Clone, Debug)]
struct Received {
    path: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

/// Answers requests on a port of its own with what `answer` says of each; keeps what it read.
fn serve(
    answer: impl Fn(usize, &Received) -> (u16, String) + Send + 'static,
) -> (String, Arc<Mutex<Vec<Received>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let kept = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&kept);
    thread::spawn(move || {
        for (number, connection) in listener.incoming().enumerate() {
            let connection = connection.unwrap();
            let received = receive(&connection);
            let (status, body) = answer(number, &received);
            log.lock().unwrap().push(received);
            let _ = write!(
                &connection,
                "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
        }
    });
    (url, kept)
}

fn receive(connection: &TcpStream) -> Received {
    let mut reader = BufReader::new(connection);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!((words[0], words[2]), ("POST", "HTTP/1.1"));
    let path = words[1].to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_owned(), value.to_owned());
    }
    let mut body = vec![0; headers["Content-Length"].parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    Received { path, headers, body }
}

#[test]
fn requests_are_really_sent_and_the_answers_decide() {
    let (url, received) = serve(|number, request| {
        let id = &request.headers["X-Amz-Firehose-Request-Id"];
        let timestamp = if number == 0 { "\"soon\"" } else { "1767225609000" };
        (200, format!("{{\"requestId\":\"{id}\",\"timestamp\":{timestamp}}}"))
    });
    let url = format!("{url}/in?api_key=real-secret");
    let run = Run::new("http-endpoint.yaml", &[], "", &["--http-url", &url]);
    assert!(run.output.status.success(), "{:?}", run.output);
    let received = received.lock().unwrap().clone();
    assert_eq!(received.len(), 2);
    for request in &received {
        assert_eq!(request.path, "/in?api_key=real-secret");
        assert_eq!(request.headers["X-Amz-Firehose-Access-Key"], "very-secret-key");
        assert_eq!(
            request.headers["X-Amz-Firehose-Request-Id"],
            received[0].headers["X-Amz-Firehose-Request-Id"]
        );
        assert_eq!(request.headers["Content-Encoding"], "gzip");
        let mut plain = String::new();
        flate2::read::GzDecoder::new(&request.body[..]).read_to_string(&mut plain).unwrap();
        assert_eq!(records_of(&serde_json::from_str(&plain).unwrap()), records());
        assert_eq!(request.body, run.file("requests/http-endpoint/000001.json.gz"));
    }
    // The first answer breaks the contract: its timestamp is a string.
    let shown = run.json("requests/http-endpoint/000001.request.json");
    let code = &shown["attempts"][0]["error_code"];
    assert_eq!(code, "HttpEndpoint.InvalidResponseFromDestination");
    assert_eq!(run.ledger("delivered"), 10);
    let warned =
        run.report()["warnings"].as_array().unwrap().iter().any(|warning| warning["id"] == "real-endpoint");
    assert!(warned);
    run.hides(&["very-secret-key", "k-secret", "real-secret"]);
}

#[test]
fn nobody_at_the_real_endpoint_is_a_failure_like_any_other() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}/");
    let run = Run::new("http-endpoint.yaml", &[], "", &["--http-url", &url]);
    assert_eq!(run.ledger("destination_failed"), 10);
    assert_eq!(run.failed()[0]["errorCode"], "HttpEndpoint.ConnectionFailed");
    let tls = if cfg!(feature = "tls") { "no URL" } else { "plain HTTP" };
    for (flag, url, why) in [
        ("--splunk-url", "http://127.0.0.1/", "another destination"),
        ("--http-url", if cfg!(feature = "tls") { "ftp://127.0.0.1/" } else { "https://127.0.0.1/" }, tls),
    ] {
        let run = Run::new("http-endpoint.yaml", &[], "", &[flag, url]);
        assert_eq!(run.output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&run.output.stderr).contains(why));
    }
}

#[test]
fn a_collector_is_sent_the_bytes_and_asked_for_its_acknowledgement() {
    let run = Run::new("splunk.yaml", &[], "[[answer]]\nacknowledge = \"25s\"\n", &[]);
    assert!(run.output.status.success(), "{:?}", run.output);
    assert_eq!(run.file("requests/splunk/000001.body"), records().concat().as_bytes());
    let request = run.json("requests/splunk/000001.request.json");
    let headers = &request["headers"];
    let channel = headers["X-Splunk-Request-Channel"].as_str().unwrap();
    assert_eq!(channel.len(), 36);
    let url = format!("https://collector.example.com:8088/services/collector/raw?channel={channel}");
    assert_eq!(request["url"], url);
    assert_eq!(headers["Authorization"], "***");
    // Sealed after nine seconds; acknowledged 25 s later, which is seen at the question after 30 s.
    assert_eq!(run.manifest()[0]["at"], "2026-01-01T00:00:39.000Z");
    assert_eq!(run.ledger("delivered"), 10);
    run.hides(&["11111111-2222"]);
}

#[test]
fn events_without_acknowledgement_time_out_are_sent_again_and_fail() {
    let changes = [("HECEndpointType: Raw", "HECEndpointType: Event"), ("FailedEventsOnly", "AllEvents")];
    let run = Run::new("splunk.yaml", &changes, "[[answer]]\nacknowledge = \"never\"\n", &[]);
    assert_eq!((run.ledger("destination_failed"), run.report()["copies"]["backup"].as_u64()), (10, Some(10)));
    let request = run.json("requests/splunk/000001.request.json");
    assert!(request["url"].as_str().unwrap().contains("/services/collector/event?channel="));
    let attempts = request["attempts"].as_array().unwrap();
    // Each wait of three minutes is let finish; only the back-off counts against 20 s: 1, 2, 4 and 8 s.
    assert_eq!(attempts.len(), 5);
    assert_eq!(
        (&attempts[0]["at"], &attempts[0]["ended_at"]),
        (&"2026-01-01T00:00:09.000Z".into(), &"2026-01-01T00:03:09.000Z".into())
    );
    let documents = run.failed();
    assert_eq!(documents.len(), 10);
    let wanted = [
        "attemptsMade",
        "arrivalTimestamp",
        "errorCode",
        "errorMessage",
        "attemptEndingTimestamp",
        "rawData",
        "EventId",
    ];
    assert_eq!(members(&documents[0]), wanted);
    assert_eq!(documents[0]["errorCode"], "Splunk.AckTimeout");
    let lines = run.manifest();
    let error = lines.iter().find(|line| line["lane"] == "error").unwrap();
    assert!(error["key"].as_str().unwrap().starts_with("failed/splunk-failed/audit-1-"), "{error}");
}

#[test]
fn a_real_collector_is_polled_until_it_acknowledges() {
    let (url, received) = serve(|number, request| match request.path.split('?').next().unwrap() {
        "/services/collector/raw" => (200, r#"{"text":"Success","code":0,"ackId":3}"#.to_owned()),
        "/services/collector/ack" => {
            assert_eq!(request.body, br#"{"acks":[3]}"#);
            (200, format!("{{\"acks\":{{\"3\":{}}}}}", number > 1))
        }
        other => (404, format!("{{\"text\":\"{other}\"}}")),
    });
    let run = Run::new("splunk.yaml", &[], "", &["--splunk-url", &url]);
    assert_eq!(run.ledger("delivered"), 10, "{:?}", run.output);
    let received = received.lock().unwrap();
    assert_eq!(received.len(), 3);
    let token = "Splunk 11111111-2222-3333-4444-555555555555";
    assert!(received.iter().all(|request| request.headers["Authorization"] == token));
    assert_eq!(received[0].body, records().concat().as_bytes());
    run.hides(&["11111111-2222"]);
}

#[test]
fn a_failed_record_s_life_is_told_to_its_end() {
    let run = Run::new(
        "http-endpoint.yaml",
        &[],
        "[[answer]]\nstatus = 500\n[[expect]]\n[expect.record]\nnumber = 3\noutcome = \"destination_failed\"\nkey = \"failed/*\"\n\
         [[expect]]\n[expect.requests]\ncount = 1\noutcome = \"failed\"\ntarget = \"https://example.com/*\"\n",
        &["--trace", "3"],
    );
    let text = String::from_utf8_lossy(&run.output.stdout).into_owned();
    assert!(run.output.status.success(), "{text}");
    for wanted in [
        "for https://example.com/ingest?site=a&api_key=***",
        "moved from buffer 0 to buffer 1",
        "s3://clicks-failed/failed/",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
}

#[test]
fn a_scenario_that_asks_for_what_the_destination_has_not_is_refused() {
    let refused = |scenario: &str, why: &str| {
        let run = Run::new("http-endpoint.yaml", &[], scenario, &[]);
        let errors = String::from_utf8_lossy(&run.output.stderr).into_owned();
        assert_eq!(run.output.status.code(), Some(2), "{errors}");
        assert!(errors.contains(why), "{errors}");
    };
    refused("[[answer]]\ndocuments = { every = 2 }\n", "record by record");
    refused("[[answer]]\nacknowledge = \"never\"\n", "acknowledge");
    refused("[[answer]]\nerror = \"time-out\"\n", "scenario.toml:1:1: `error` is `time-out`");
    refused("[[answer]]\nstatuss = 1\n", "did you mean `status`");
}
