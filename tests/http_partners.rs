//! Partners of HTTP endpoints: known by their hosts, named by `simulate`, their advice held against the hints.
#![cfg(feature = "simulate")]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

/// A URL of each, by the guide's table (behaviour sheet, 10.6), and the most MB that it takes or advises (3).
const PARTNERS: &[(&str, &str, Option<u32>)] = &[
    ("Coralogix", "https://ingress.eu2.coralogix.com/aws/firehose", None),
    ("Datadog", "https://aws-kinesis-http-intake.logs.datadoghq.com/v1/input", Some(4)),
    ("Dynatrace", "https://aws.cloud.dynatrace.com/metrics", None),
    ("Elastic", "https://c1.es.eu-west-1.aws.elastic-cloud.com", Some(1)),
    ("Honeycomb", "https://api.honeycomb.io/1/kinesis_events/clicks", None),
    ("LogicMonitor", "https://account.logicmonitor.com", None),
    ("Logz.io", "https://listener-aws-metrics-stream-eu.logz.io/", None),
    ("MongoDB Atlas", "https://us-east-1.aws.webhooks.mongodb-realm.com/api", Some(16)),
    ("New Relic", "https://aws-api.newrelic.com/firehose/v1", Some(1)),
    ("Splunk Observability Cloud", "https://ingest.us0.signalfx.com/v1/cloudwatch_metric_stream", None),
    (
        "Sumo Logic",
        "https://endpoint4.collection.sumologic.net/receiver/v1/kinesis/log/s3cr3t-token",
        Some(1),
    ),
];

fn run(folder: &Path, arguments: &[&str]) -> (Output, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firehose-kit"));
    let output = command.current_dir(folder).args(arguments).output().unwrap();
    let said = [&output.stdout[..], &output.stderr].map(String::from_utf8_lossy).concat();
    (output, said)
}

#[test]
fn each_partner_is_named_and_its_advice_is_held_against_the_hints() {
    let folder = tempfile::tempdir().unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/destinations/http-endpoint.yaml");
    let fixture = fs::read_to_string(path).unwrap();
    fs::write(folder.path().join("samples.jsonl"), "{\"id\":1}\n").unwrap();
    for (name, url, most) in PARTNERS {
        let with = |size: u32| {
            let template = fixture
                .replace("https://example.com/ingest?site=a&api_key=k-secret", url)
                .replace("SizeInMBs: 1,", &format!("SizeInMBs: {size},"));
            assert!(template.contains(url));
            fs::write(folder.path().join("template.yaml"), template).unwrap();
            run(folder.path(), &["validate", "template.yaml", "--select", "FH210"]).1
        };
        let over = with(most.map_or(64, |most| most + 1));
        assert_eq!(over.contains("FH210"), most.is_some(), "{name}: {over}");
        assert!(most.is_none() || over.contains(name), "{name}: {over}");
        let fits = with(most.unwrap_or(64));
        assert!(!fits.contains("FH210"), "{name}: {fits}");
        let (output, said) =
            run(folder.path(), &["simulate", "template.yaml", "--input", "samples.jsonl", "--force"]);
        assert!(output.status.success(), "{name}: {said}");
        assert!(said.contains(&format!("the endpoint is {name}'s")), "{name}: {said}");
        assert!(!said.contains("s3cr3t-token"), "{said}");
    }
}
