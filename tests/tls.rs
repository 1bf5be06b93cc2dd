//! Endpoints behind TLS: requests really sent to a server of Python's, with certificates that it makes.
#![cfg(feature = "tls")]

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

#[path = "support/python.rs"]
mod python;

/// A server, until it is dropped.
struct Server {
    process: Child,
    folder: TempDir,
    port: String,
}

impl Server {
    /// Starts a server on 127.0.0.1 whose certificate is for `host`.
    fn start(host: &str) -> Server {
        let folder = tempfile::tempdir().unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/tls_server.py");
        let mut command = Command::new(python::interpreter());
        command.arg(script).arg(folder.path()).arg(host).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut port = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut port).unwrap();
        assert!(!port.is_empty(), "the server did not start");
        Server { process, folder, port: port.trim().to_owned() }
    }

    fn url(&self, host: &str, path: &str) -> String {
        format!("https://{host}:{}{path}", self.port)
    }

    fn authority(&self) -> String {
        self.folder.path().join("ca.pem").display().to_string()
    }

    fn received(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.folder.path().join("received.jsonl")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Runs a fixture with three records; its report, where there is one.
fn run(fixture: &str, flags: &[&str]) -> (Output, Value) {
    let base = tempfile::tempdir().unwrap();
    fs::write(base.path().join("samples.jsonl"), "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n").unwrap();
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/destinations").join(fixture);
    let output = Command::new(env!("CARGO_BIN_EXE_firehose-kit"))
        .current_dir(base.path())
        .arg("simulate")
        .arg(template)
        .args(["--input", "samples.jsonl", "--output", "out"])
        .args(flags)
        .output()
        .unwrap();
    let report = fs::read(base.path().join("out/report.json"));
    let report = report.map_or(Value::Null, |text| serde_json::from_slice(&text).unwrap());
    (output, report)
}

fn warning<'a>(report: &'a Value, id: &str) -> &'a str {
    let found = report["warnings"].as_array().unwrap().iter().find(|warning| warning["id"] == id);
    found.map_or("", |warning| warning["message"].as_str().unwrap())
}

#[test]
fn requests_reach_endpoints_whose_authority_is_trusted() {
    for (fixture, flag, path) in [
        ("opensearch.yaml", "--opensearch-url", "/search"),
        ("http-endpoint.yaml", "--http-url", "/in?api_key=real-secret"),
        ("splunk.yaml", "--splunk-url", ""),
    ] {
        let server = Server::start("127.0.0.1");
        let (output, report) =
            run(fixture, &[flag, &server.url("127.0.0.1", path), "--ca-file", &server.authority()]);
        assert!(output.status.success(), "{output:?}");
        assert_eq!(report["ledger"]["delivered"], 3, "{report}");
        assert_eq!(warning(&report, "tls-handshake"), "");
        let received = server.received();
        assert!(received.iter().all(|request| request["tls"] == "TLSv1.3"), "{received:?}");
        let first = received[0]["path"].as_str().unwrap();
        assert!(first.starts_with(if path.is_empty() { "/services/collector" } else { path }), "{first}");
    }
}

#[test]
fn who_is_not_trusted_is_sent_nothing() {
    let server = Server::start("127.0.0.1");
    let url = server.url("127.0.0.1", "/?api_key=real-secret");
    let (output, report) = run("http-endpoint.yaml", &["--http-url", &url]);
    assert_eq!(
        (&report["ledger"]["delivered"], &report["ledger"]["destination_failed"]),
        (&0.into(), &3.into())
    );
    assert_eq!(report["failures"][0]["reason"], "HttpEndpoint.SSLHandshakeFailure");
    let why = warning(&report, "tls-handshake");
    assert!(why.contains("UnknownIssuer") && !why.contains("real-secret"), "{why}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("--ca-file"));

    // The authority is trusted, and the certificate is for another host.
    let other = Server::start("other.example.com");
    let url = other.url("127.0.0.1", "");
    let (_, report) = run("opensearch.yaml", &["--opensearch-url", &url, "--ca-file", &other.authority()]);
    assert_eq!(report["failures"][0]["reason"], "OS.ConnectionError");
    assert!(warning(&report, "tls-handshake").contains("not valid for name"), "{report}");
    assert!(server.received().is_empty() && other.received().is_empty());
}

#[test]
fn authorities_of_no_use_are_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (ca, url, why) in [
        (file("empty", ""), "https://localhost/", "no certificate in it"),
        (file("broken", broken), "https://localhost/", "no certificate of an authority"),
        ("absent.pem".to_owned(), "https://localhost/", "absent.pem"),
        (file("unused", ""), "http://localhost/", "no authorities are needed"),
    ] {
        let (output, _) = run("http-endpoint.yaml", &["--http-url", url, "--ca-file", &ca]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(why), "{said}");
    }
    let (output, _) = run("http-endpoint.yaml", &["--ca-file", "absent.pem"]);
    assert_eq!(output.status.code(), Some(2));
}

#[cfg(feature = "aws")]
#[test]
fn functions_in_aws_are_called_behind_tls() {
    let server = Server::start("127.0.0.1");
    let base = tempfile::tempdir().unwrap();
    let arn = "arn:aws:lambda:eu-west-1:444455556666:function:transform";
    let template = format!(
        "Resources:\n  Stream:\n    Type: AWS::KinesisFirehose::DeliveryStream\n    Properties:\n      \
         DeliveryStreamName: clicks\n      ExtendedS3DestinationConfiguration:\n        \
         RoleARN: arn:aws:iam::444455556666:role/delivery\n        BucketARN: arn:aws:s3:::example-data\n        \
         ProcessingConfiguration: {{Enabled: true, Processors: [{{Type: Lambda, Parameters: \
         [{{ParameterName: LambdaArn, ParameterValue: '{arn}'}}]}}]}}\n"
    );
    fs::write(base.path().join("t.yaml"), template).unwrap();
    fs::write(base.path().join("samples.jsonl"), "{\"a\":1}\n{\"a\":2}\n").unwrap();
    let run = |trusts: bool| -> Value {
        let mut command = Command::new(env!("CARGO_BIN_EXE_firehose-kit"));
        command.current_dir(base.path()).env_clear().env("AWS_ENDPOINT_URL", server.url("127.0.0.1", ""));
        command.env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "a-secret");
        if trusts {
            command.env("SSL_CERT_FILE", server.authority());
        }
        command.args(["simulate", "t.yaml", "--input", "samples.jsonl", "--force", "--format", "json"]);
        let output = command.args(["--function", &format!("transform={arn}")]).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
    };
    assert_eq!(run(true)["ledger"]["delivered"], 2);
    let received = server.received();
    assert!(received.iter().all(|request| request["tls"] == "TLSv1.3"), "{received:?}");
    let report = run(false);
    assert_eq!(report["ledger"]["processing_failed"], 2, "{report:#}");
    assert_eq!(server.received().len(), received.len(), "something was sent to who is not trusted");
}
