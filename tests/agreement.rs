//! What validates simulates: a stream without error findings lowers, and runs to a conserved end.

#![cfg(feature = "simulate")]

use std::io::Cursor;
use std::sync::atomic::AtomicBool;

use firehose_kit::foundation::diagnostic::Severity;
use firehose_kit::foundation::span::Source;
use firehose_kit::model::lower::{self, Identity};
use firehose_kit::rules::{self, Checks};
use firehose_kit::simulation::samples::SampleInput;
use firehose_kit::simulation::{Bodies, Simulation, SimulationOptions};
use firehose_kit::template::{Pseudo, Template, conditions, intrinsics, parameters::Supplied};
use proptest::prelude::*;

fn one_of(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(words).prop_map(str::to_owned)
}

/// Prefixes, right and wrong.
fn prefix() -> impl Strategy<Value = String> {
    let pieces = one_of(&[
        "data/",
        "x",
        "/",
        "é/",
        "year=",
        "!{timestamp:yyyy}/",
        "!{timestamp:yyyy-MM-dd'T'HH}/",
        "!{timestamp:YYYY}",
        "!{timestamp:DDD}",
        "!{timestamp:T}",
        "!{firehose:random-string}/",
        "!{firehose:error-output-type}/",
        "!{date:yyyy}",
        "!{",
        "}",
        "!{timestamp:[HH]}",
        "!{timestamp:'it''s'}",
    ]);
    prop::collection::vec(pieces, 0..5).prop_map(|pieces| pieces.concat())
}

prop_compose! {
    fn stream()(
        prefix in prop::option::of(prefix()),
        errors in prop::option::of(prefix()),
        size in prop::option::of(-1_i32..140),
        interval in prop::option::of(-1_i32..1000),
        compression in prop::option::of(one_of(&["GZIP", "ZIP", "Snappy", "SNAPPY", "HADOOP_SNAPPY", "UNCOMPRESSED", "gzip"])),
        zone in prop::option::of(one_of(&["UTC", "Asia/Calcutta", "Asia/Kolkata", "Europe/Kiev", "", "UTC+9", "Asia/Dacca"])),
        extension in prop::option::of(one_of(&[".json", "json", ".gz", "", ".A"])),
        backup in prop::option::of(prefix()),
        legacy in any::<bool>(),
    ) -> String {
        let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
        let mut lines = vec![
            "RoleARN: arn:aws:iam::444455556666:role/delivery".to_owned(),
            "BucketARN: arn:aws:s3:::example-data".to_owned(),
        ];
        let mut put = |key: &str, value: Option<String>| lines.extend(value.map(|value| format!("{key}: {value}")));
        put("Prefix", prefix.map(|text| quoted(&text)));
        put("ErrorOutputPrefix", errors.map(|text| quoted(&text)));
        put("CompressionFormat", compression);
        if size.is_some() || interval.is_some() {
            let mut hints = Vec::new();
            hints.extend(size.map(|size| format!("SizeInMBs: {size}")));
            hints.extend(interval.map(|interval| format!("IntervalInSeconds: \"{interval}\"")));
            put("BufferingHints", Some(format!("{{{}}}", hints.join(", "))));
        }
        if !legacy {
            put("CustomTimeZone", zone.map(|text| quoted(&text)));
            put("FileExtension", extension.map(|text| quoted(&text)));
            if let Some(prefix) = backup {
                put("S3BackupMode", Some("Enabled".to_owned()));
                let block = format!(
                    "{{RoleARN: 'arn:aws:iam::444455556666:role/delivery', BucketARN: 'arn:aws:s3:::example-backup', Prefix: {}}}",
                    quoted(&prefix)
                );
                put("S3BackupConfiguration", Some(block));
            }
        }
        let block = if legacy { "S3DestinationConfiguration" } else { "ExtendedS3DestinationConfiguration" };
        let body: String = lines.iter().map(|line| format!("        {line}\n")).collect();
        format!("Resources:\n  Stream:\n    Type: AWS::KinesisFirehose::DeliveryStream\n    Properties:\n      {block}:\n{body}")
    }
}

prop_compose! {
    /// Streams to OpenSearch in its three forms.
    fn search_stream()(
        block in one_of(&[
            "AmazonopensearchserviceDestinationConfiguration",
            "ElasticsearchDestinationConfiguration",
            "AmazonOpenSearchServerlessDestinationConfiguration",
        ]),
        arn in prop::option::of(one_of(&[
            "arn:aws:es:eu-west-1:444455556666:domain/logs",
            "arn:aws-cn:es:cn-north-1:444455556666:domain/logs",
            "arn:aws:es:eu-west-1:444455556666:domain/Logs",
            "arn:aws:es:eu-west-1:444455556666:logs",
            "arn:aws:opensearch:eu-west-1:444455556666:domain/logs",
        ])),
        endpoint in prop::option::of(one_of(&["https://example.com", "https://example.com/", "http://example.com", ""])),
        index in prop::option::of(one_of(&["logs", "Logs", "_logs", "größe", ""])),
        rotation in prop::option::of(one_of(&["NoRotation", "OneHour", "OneDay", "OneWeek", "OneMonth", "oneDay"])),
        kind in prop::option::of(one_of(&["''", "_doc"])),
        ids in prop::option::of(one_of(&["FIREHOSE_DEFAULT", "NO_DOCUMENT_ID", "NONE"])),
        mode in prop::option::of(one_of(&["AllDocuments", "FailedDocumentsOnly", "AllData"])),
        retry in prop::option::of(-1_i32..8_000),
        size in prop::option::of(0_i32..110),
        (errors, delimits) in (prop::option::of(prefix()), any::<bool>()),
    ) -> String {
        let is_serverless = block.contains("Serverless");
        let mut lines = vec!["RoleARN: arn:aws:iam::444455556666:role/delivery".to_owned()];
        let mut put = |key: &str, value: Option<String>| lines.extend(value.map(|value| format!("{key}: {value}")));
        put("IndexName", index.map(|text| format!("'{text}'")));
        put(if is_serverless { "CollectionEndpoint" } else { "ClusterEndpoint" }, endpoint.map(|text| format!("'{text}'")));
        if !is_serverless {
            put("DomainARN", arn);
            put("IndexRotationPeriod", rotation);
            put("TypeName", kind);
            put("DocumentIdOptions", ids.map(|ids| format!("{{DefaultDocumentIdFormat: {ids}}}")));
        }
        put("S3BackupMode", mode);
        put("RetryOptions", retry.map(|seconds| format!("{{DurationInSeconds: {seconds}}}")));
        put("BufferingHints", size.map(|size| format!("{{SizeInMBs: {size}, IntervalInSeconds: 60}}")));
        if delimits {
            put("ProcessingConfiguration", Some("{Enabled: true, Processors: [{Type: AppendDelimiterToRecord}]}".to_owned()));
        }
        let errors = errors.map_or(String::new(), |text| format!(", ErrorOutputPrefix: '{}'", text.replace('\'', "''")));
        let s3 = format!(
            "{{RoleARN: 'arn:aws:iam::444455556666:role/delivery', BucketARN: 'arn:aws:s3:::example-data'{errors}}}"
        );
        put("S3Configuration", Some(s3));
        let body: String = lines.iter().map(|line| format!("        {line}\n")).collect();
        format!("Resources:\n  Stream:\n    Type: AWS::KinesisFirehose::DeliveryStream\n    Properties:\n      {block}:\n{body}")
    }
}

/// What validates lowers, and what lowers runs and ends every record.
fn agrees(text: &str) -> Result<(), TestCaseError> {
    let template = Template::read(Source::new("t.yaml", text.to_owned()));
    let found = rules::check(&template, &Checks::default()).findings;
    let errors: Vec<_> = found.iter().filter(|finding| finding.severity == Severity::Error).collect();
    let pseudo = Pseudo {
        region: Some("us-east-1".into()),
        account: Some("444455556666".into()),
        stack_name: Some("stack".into()),
    };
    let world = conditions::deployed(&Supplied::new(), &pseudo);
    let written = template.resource("Stream").and_then(|stream| stream.properties()).expect("properties");
    let properties = intrinsics::resolve(&template, &world, written).expect("a value");
    let identity = Identity {
        logical_id: "Stream".into(),
        name: "stack-Stream".into(),
        arn: "arn:aws:firehose:us-east-1:444455556666:deliverystream/stack-Stream".into(),
        region: "us-east-1".into(),
        account: "444455556666".into(),
    };
    let lowered = lower::lower(&properties, identity, None);
    if errors.is_empty() {
        prop_assert!(
            lowered.stream.is_some(),
            "validates, but does not lower: {:?}\n{text}",
            lowered.problems
        );
    }
    if let (true, Some(stream)) = (errors.is_empty(), lowered.stream) {
        // A cluster refuses documents for an index whose name it would not make.
        let has_index = stream.destination.requests().is_some();
        let options =
            SimulationOptions { bodies: Bodies::Sizes, workers: Some(1), ..SimulationOptions::default() };
        let input = Box::new(Cursor::new(b"{\"a\":1}\n{\"a\":2}\n".to_vec()));
        let inputs = vec![SampleInput::Reader("samples".into(), input)];
        let run = Simulation { stream, options }.run(inputs, &mut |_| {}, &AtomicBool::new(false));
        let report = run.map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
        let ledger = report.ledger;
        prop_assert_eq!((ledger.delivered + ledger.destination_failed, ledger.in_custody), (2, 0));
        prop_assert!(ledger.delivered == 2 || has_index, "{text}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn what_validates_simulates(text in stream()) {
        agrees(&text)?;
    }

    #[test]
    fn what_validates_of_open_search_simulates(text in search_stream()) {
        agrees(&text)?;
    }
}
