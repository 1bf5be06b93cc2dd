//! Streams tested as docs/testing-streams.md has it: what a scenario can set, and what an expectation can look into.

#![cfg(feature = "simulate")]

use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

const BUCKET: &str = "RoleARN: arn:aws:iam::444455556666:role/delivery\n        BucketARN: arn:aws:s3:::example-data\n";

/// A template with one stream to S3, with these further lines of its destination and these resources.
fn template(destination: &str, resources: &str) -> String {
    format!(
        "Resources:\n  Stream:\n    Type: AWS::KinesisFirehose::DeliveryStream\n    Properties:\n      \
         DeliveryStreamName: clicks\n      ExtendedS3DestinationConfiguration:\n        {BUCKET}{destination}{resources}"
    )
}

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

/// The program, without the environment of whoever runs the tests.
fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firehose-kit"));
    let output = command.env_clear().current_dir(folder).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn passes(folder: &Path, arguments: &[&str]) -> String {
    let (code, shown, errors) = run(folder, arguments);
    assert_eq!(code, 0, "{shown}{errors}");
    shown
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The object of a lane in an output folder.
fn object(out: &Path, lane: &str) -> String {
    let manifest = std::fs::read_to_string(out.join("manifest.jsonl")).unwrap();
    let line = manifest.lines().map(json).find(|line| line["lane"] == lane).unwrap();
    std::fs::read_to_string(out.join(line["path"].as_str().unwrap())).unwrap()
}

/// A stream with a function: one of the template with this `Timeout`, or one outside of it.
fn with_function(timeout: Option<u32>) -> String {
    let arn = match timeout {
        Some(_) => "!GetAtt Fn.Arn",
        None => "arn:aws:lambda:us-east-1:444455556666:function:Fn",
    };
    let function = timeout.map(|seconds| {
        format!(
            "  Fn:\n    Type: AWS::Lambda::Function\n    Properties:\n      Handler: index.handler\n      Runtime: \
             python3.13\n      Timeout: {seconds}\n      Role: arn:aws:iam::444455556666:role/function\n      Code: \
             {{ZipFile: 'def handler(event, context): pass'}}\n"
        )
    });
    let destination = format!(
        "        ProcessingConfiguration: {{Enabled: true, Processors: [{{Type: Lambda, Parameters: [{{ParameterName: \
         LambdaArn, ParameterValue: {arn}}}]}}]}}\n"
    );
    template(&destination, &function.unwrap_or_default())
}

/// Behaviour sheet, 4.1 and 4.2: Firehose waits five minutes at the most, Lambda as long as `Timeout`; then the call is
/// made again, and at last fails as `Lambda.FunctionTimedOut`.
#[test]
fn a_call_that_takes_too_long_in_virtual_time_ends_at_the_limit_and_is_made_again() {
    for (timeout, latency, limit) in [
        (Some(60), "function = \"6m\"", Some(60)),
        (Some(60), "function = \"60001ms\"", Some(60)),
        (Some(60), "function = \"60s\"", None),
        (Some(900), "function = \"301s\"", Some(300)),
        // Nothing is known of a function outside of the template.
        (None, "function = \"301s\"", Some(300)),
        (None, "function = \"4s\"", None),
        // One hour of jitter is over the limit in all but one of 60 draws; the seed says in which.
        (Some(60), "function-jitter = \"1h\"", Some(60)),
    ] {
        let scenario = format!("[function]\nFn = \"skip\"\n[latency]\n{latency}\n");
        let folder = folder(&[
            ("template.yaml", &with_function(timeout)),
            ("in.jsonl", "{\"id\":1}\n"),
            ("s.toml", &scenario),
        ]);
        let arguments =
            ["simulate", "--no-validate", "--input", "in.jsonl", "--scenario", "s.toml", "--trace", "1"];
        let shown = passes(folder.path(), &arguments);
        let out = folder.path().join("firehose-out");
        let report = json(&std::fs::read_to_string(out.join("report.json")).unwrap());
        let Some(limit) = limit else {
            assert_eq!(report["ledger"]["delivered"], 1, "{latency}: {shown}");
            continue;
        };
        assert_eq!(report["ledger"]["processing_failed"], 1, "{latency}: {shown}");
        let document = json(&object(&out, "error"));
        assert_eq!(document["errorCode"], "Lambda.FunctionTimedOut");
        assert_eq!(document["errorMessage"], "The Lambda function timed out.");
        assert_eq!(document["attemptsMade"], 4);
        let arrival = document["arrivalTimestamp"].as_i64().unwrap();
        assert_eq!(document["attemptEndingTimestamp"].as_i64().unwrap() - arrival, 4 * limit * 1_000);
        assert!(shown.contains("failed with Lambda.FunctionTimedOut"), "{shown}");
        assert!(shown.contains("did not answer"), "{shown}");
    }
}

/// Flags of `simulate` that a scenario has no key for, with the reason.
const WITHOUT_A_KEY: &[(&[&str], &str)] = &[
    (&["scenario", "help"], "the file itself"),
    (&["output", "force", "report", "format", "trace", "function-logs"], "where results go and what is shown of them"),
    (&["bodies"], "expectations look into bodies"),
    (&["fail-on-loss"], "an expectation says `lost = 0`"),
    (&["workers"], "results never depend on them"),
    (
        &[
            "http-url",
            "splunk-url",
            "redshift-url",
            "create-table",
            "opensearch-url",
            "ca-file",
            "s3",
            "s3-endpoint-url",
            "s3-bucket",
        ],
        "records really leave the machine: that is said each time",
    ),
];

#[test]
fn every_flag_that_shapes_a_run_has_a_key_in_scenarios() {
    use clap::CommandFactory;
    let schema = json(firehose_kit::template::schema::text("scenario").unwrap());
    let keys = schema["properties"].as_object().unwrap();
    let whole = firehose_kit::cli::Cli::command();
    let simulate = whole.find_subcommand("simulate").unwrap();
    let flags: Vec<&str> = simulate.get_arguments().filter_map(|argument| argument.get_long()).collect();
    for flag in &flags {
        let key = if *flag == "parameter" { "parameters" } else { flag };
        let is_excused = WITHOUT_A_KEY.iter().any(|(flags, _)| flags.contains(flag));
        assert_ne!(keys.contains_key(key), is_excused, "--{flag}");
    }
    for (excused, _) in WITHOUT_A_KEY {
        for flag in *excused {
            assert!(flags.contains(flag) || *flag == "help", "--{flag} is excused, and is no flag");
        }
    }
}

const PARTITIONED: &str = "        Prefix: 'data/k=!{partitionKeyFromQuery:k}/'\n        ErrorOutputPrefix: \
    'errors/!{firehose:error-output-type}/'\n        BufferingHints: {SizeInMBs: 64, IntervalInSeconds: 60}\n        \
    DynamicPartitioningConfiguration: {Enabled: true}\n        ProcessingConfiguration: {Enabled: true, Processors: \
    [{Type: MetadataExtraction, Parameters: [{ParameterName: MetadataExtractionQuery, ParameterValue: '{k: .k}'}, \
    {ParameterName: JsonParsingEngine, ParameterValue: JQ-1.6}]}]}\n";

#[test]
fn a_scenario_says_how_many_partitions_may_be_active_and_a_flag_beats_it() {
    let folder = folder(&[
        ("template.yaml", &template(PARTITIONED, "")),
        ("in.jsonl", "{\"k\":1}\n{\"k\":2}\n{\"k\":3}\n"),
        (
            "s.scenario.toml",
            "input = \"in.jsonl\"\nactive-partitions = 2\n[[expect]]\nledger = { delivered = 2, processing-failed = 1 }\n",
        ),
    ]);
    passes(folder.path(), &["test"]);
    let arguments = ["simulate", "--scenario", "s.scenario.toml", "--active-partitions", "3"];
    let (code, shown, _) = run(folder.path(), &arguments);
    assert!(code == 1 && shown.contains("delivered"), "{shown}");
}

#[test]
fn a_scenario_says_how_long_the_source_keeps_records() {
    let scenario = |hours: &str, lost: u32| {
        format!(
            "input = \"in.jsonl\"\n{hours}\n[[fault]]\nuntil = \"+3h\"\n[[expect]]\nledger = {{ lost = {lost} }}\n"
        )
    };
    let folder = folder(&[
        ("template.yaml", &template("", "")),
        ("in.jsonl", "{\"k\":1}\n"),
        ("a.scenario.toml", &scenario("", 0)),
        ("b.scenario.toml", &scenario("source-retention = 2", 1)),
    ]);
    let (code, shown, errors) = run(folder.path(), &["test"]);
    assert_eq!(code, 0, "{shown}{errors}");
}

/// A stream that converts to this format, by a table that the template does not hold.
#[cfg(feature = "columnar")]
fn converting(serializer: &str) -> String {
    template(
        &format!(
            "        BufferingHints: {{SizeInMBs: 64, IntervalInSeconds: 60}}\n        DataFormatConversionConfiguration:\n          \
             Enabled: true\n          SchemaConfiguration: {{DatabaseName: d, TableName: t, RoleARN: \
             'arn:aws:iam::444455556666:role/delivery'}}\n          InputFormatConfiguration: {{Deserializer: \
             {{OpenXJsonSerDe: {{}}}}}}\n          OutputFormatConfiguration: {{Serializer: {{{serializer}: {{}}}}}}\n"
        ),
        "",
    )
}

#[cfg(feature = "columnar")]
#[test]
fn a_scenario_names_the_table_by_a_path_seen_from_its_folder_and_a_flag_beats_it() {
    let scenario = "template = \"../template.yaml\"\ninput = \"in.jsonl\"\ntable = \"tables/t.sql\"\n\
                    [[expect]]\nledger = { delivered = 1, format-conversion-failed = 1 }\n";
    let folder = folder(&[
        ("template.yaml", &converting("ParquetSerDe")),
        ("tests/in.jsonl", "{\"id\":1}\n{\"id\":\"x\"}\n"),
        ("tests/tables/t.sql", "CREATE TABLE t (id int)"),
        ("other/text.sql", "CREATE TABLE t (id string)"),
        ("tests/s.scenario.toml", scenario),
        ("tests/bare.toml", &scenario.replace("table = \"tables/t.sql\"\n", "")),
        ("firehose-kit.toml", "[simulate]\ntable = \"other/text.sql\"\n"),
    ]);
    passes(folder.path(), &["test"]);
    passes(&folder.path().join("other"), &["test", "../tests/s.scenario.toml"]);
    passes(folder.path(), &["simulate", "--scenario", "tests/s.scenario.toml"]);
    // Whoever says it nearer is heard: the flag, the scenario, the settings, which have a folder of their own.
    for (scenario, more) in
        [("s.scenario.toml", &["--table", "../other/text.sql"][..]), ("bare.toml", &[][..])]
    {
        let arguments = ["simulate", "--force", "--scenario", scenario];
        let (code, shown, errors) = run(&folder.path().join("tests"), &[&arguments[..], more].concat());
        assert!(code == 1 && shown.contains("ledger: delivered"), "{scenario}: {shown}{errors}");
    }
}
