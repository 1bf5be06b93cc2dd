//! Streams tested as docs/testing-streams.md has it: what a scenario can set, and what an expectation can look into.

#![cfg(feature = "simulate")]

use std::path::Path;

#[path = "support/program.rs"]
mod program;

use program::{LEAVES_THE_MACHINE, folder, json, run};

const BUCKET: &str =
    "RoleARN: arn:aws:iam::444455556666:role/delivery\n        BucketARN: arn:aws:s3:::example-data\n";

/// A template with one stream to S3, with these further lines of its destination and these resources.
fn template(destination: &str, resources: &str) -> String {
    format!(
        "Resources:\n  Stream:\n    Type: AWS::KinesisFirehose::DeliveryStream\n    Properties:\n      \
         DeliveryStreamName: clicks\n      ExtendedS3DestinationConfiguration:\n        {BUCKET}{destination}{resources}"
    )
}

fn passes(folder: &Path, arguments: &[&str]) -> String {
    let (code, shown, errors) = run(folder, arguments);
    assert_eq!(code, 0, "{shown}{errors}");
    shown
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
    (
        &["output", "force", "report", "format", "trace", "function-logs"],
        "where results go and what is shown of them",
    ),
    (&["bodies"], "expectations look into bodies"),
    (&["fail-on-loss"], "an expectation says `lost = 0`"),
    (&["workers"], "results never depend on them"),
    (LEAVES_THE_MACHINE, "records really leave the machine: that is said each time"),
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

/// One record of every type, one of few members, and two in one.
#[cfg(feature = "columnar")]
const EVERY_TYPE: &str = concat!(
    r#"{"b":true,"t":-128,"l":9223372036854775807,"f":0.1,"d":-2.5e-3,"m":123456789.1235,"x":"héllo","y":"AAH/","#,
    r#""a":"2024-2-29","z":"2026-03-01T22:59:30.5Z","r":[1,null],"p":{"k":1},"q":{"w":"x"}}"#,
    "\n{\"l\":2}\n{\"l\":3}{\"l\":4,\"x\":\"PAR1\"}\n"
);

/// Issue 4, point 5: expectations on the contents of objects, converted ones too.
#[cfg(feature = "columnar")]
#[test]
fn expectations_look_into_the_rows_of_converted_objects() {
    let table = "CREATE TABLE t (l bigint, b boolean, t tinyint, f float, d double, m decimal(12,3), x string, \
                 y binary, a date, z timestamp, r array<int>, p map<string,bigint>, q struct<u:int,w:string>)";
    let first = r#"{"l":9223372036854775807,"b":true,"t":-128,"f":0.1,"d":-0.0025,"m":123456789.124,"x":"héllo","y":"AAH/","a":"2024-02-29","z":"2026-03-01T22:59:30.5","r":[1,null],"p":{"k":1},"q":{"w":"x"}}"#;
    let holding = format!(
        "[expect.objects]\ncontains = [\"PAR1\", \"héllo\"]\njson = [{{ l = 3 }}, {{ m = 123456789.124, q = {{ w = \"x\" \
         }} }}]\nlines = ['{first}', '{{\"l\":2}}', '{{\"l\":3}}', '{{\"l\":4,\"x\":\"PAR1\"}}']\n"
    );
    let failing = "[expect.objects]\njson = [{ l = 5 }]\ncontains = [\"stripe\", \"parquet\"]\n";
    for serializer in ["ParquetSerDe", "OrcSerDe"] {
        let scenario =
            |expectation: &str| format!("input = \"in.jsonl\"\ntable = \"t.sql\"\n[[expect]]\n{expectation}");
        let folder = folder(&[
            ("template.yaml", &converting(serializer)),
            ("in.jsonl", EVERY_TYPE),
            ("t.sql", table),
            ("holds.scenario.toml", &scenario(&holding)),
            ("fails.toml", &scenario(failing)),
        ]);
        passes(folder.path(), &["test", "--output", "kept"]);
        let (code, shown, _) = run(folder.path(), &["test", "fails.toml"]);
        assert_eq!(code, 1);
        // What there is instead is told as rows.
        for part in ["- {\"l\":5}", "- stripe", "+ {\"l\":2}", "+ {\"l\":4,\"x\":\"PAR1\"}"] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        let one =
            passes(folder.path(), &["simulate", "--scenario", "holds.scenario.toml", "--format", "json"]);
        // What is asked changes nothing of what is written, and leaves nothing beside it.
        let arguments =
            ["simulate", "--input", "in.jsonl", "--table", "t.sql", "--output", "plain", "--format", "json"];
        let plain = passes(folder.path(), &arguments);
        assert_eq!(json(&one)["digest"], json(&plain)["digest"]);
        let files = |folder: &Path| -> Vec<String> {
            let mut all = Vec::new();
            let mut open = vec![folder.to_owned()];
            while let Some(next) = open.pop() {
                for entry in std::fs::read_dir(next).unwrap() {
                    let path = entry.unwrap().path();
                    all.push(path.strip_prefix(folder).unwrap().display().to_string());
                    open.extend(path.is_dir().then_some(path));
                }
            }
            all.sort();
            all
        };
        for kept in ["firehose-out", "kept/holds"] {
            assert_eq!(files(&folder.path().join(kept)), files(&folder.path().join("plain")));
        }
    }
}

/// Behaviour sheet, 10.1: records lie end to end where nothing adds a delimiter.
#[test]
fn json_is_found_in_records_that_lie_end_to_end() {
    let scenario = "input = \"in.jsonl\"\n[[expect]]\nobjects = { json = [{ id = 3 }, { id = 1, in = { k = \"v\" } }] }\n";
    let folder = folder(&[
        ("template.yaml", &template("", "")),
        ("in.jsonl", "{\"id\":1,\"in\":{\"k\":\"v\"}}\n{\"id\":2}\n{\"id\":3}\n"),
        ("s.scenario.toml", scenario),
        ("lines.toml", "input = \"in.jsonl\"\n[[expect]]\nobjects = { lines = [\"{\\\"id\\\":1}\"] }\n"),
        ("fails.toml", "input = \"in.jsonl\"\n[[expect]]\nobjects = { json = [{ id = 4 }] }\n"),
    ]);
    passes(folder.path(), &["test"]);
    // A line is one for `lines`.
    let (code, shown, _) = run(folder.path(), &["test", "lines.toml"]);
    assert!(code == 1 && shown.contains("+ {\"id\":1,\"in\":{\"k\":\"v\"}}{\"id\":2}{\"id\":3}"), "{shown}");
    let (code, shown, _) = run(folder.path(), &["test", "fails.toml"]);
    assert!(code == 1 && shown.contains("- {\"id\":4}\n") && shown.contains("+ {\"id\":2}\n"), "{shown}");
}

#[test]
fn two_scenarios_never_share_a_folder() {
    let scenario = "template = \"/t.yaml\"\ninput = \"/in.jsonl\"\n[[expect]]\nledger = { delivered = 1 }\n";
    let made = folder(&[("t.yaml", &template("", "")), ("in.jsonl", "{}\n")]);
    let scenario = scenario.replace("\"/", &format!("\"{}/", made.path().display()));
    let folder = folder(&[("a/x.scenario.toml", &scenario), ("a-x.scenario.toml", &scenario)]);
    let (code, shown, errors) = run(folder.path(), &["test", "--output", "out"]);
    assert_eq!((code, &*shown), (2, ""), "{errors}");
    for part in ["`a-x.scenario.toml`", "`a/x.scenario.toml`", "out/a-x"] {
        assert!(errors.contains(part), "{part}: {errors}");
    }
    assert!(!folder.path().join("out").exists());
    // Without folders to keep there is no clash, and a file named twice is one.
    assert!(passes(folder.path(), &["test"]).contains("2 scenarios"));
    let twice = ["test", "a/x.scenario.toml", "./a/x.scenario.toml", "--output", "out"];
    assert!(passes(folder.path(), &twice).contains("1 scenario,"));
}

#[test]
fn a_folder_is_searched_for_scenarios() {
    let scenario =
        "template = \"../template.yaml\"\ninput = \"../in.jsonl\"\n[[expect]]\nledger = { delivered = 1 }\n";
    let deeper = scenario.replace("../", "../../");
    let folder = folder(&[
        ("template.yaml", &template("", "")),
        ("in.jsonl", "{}\n"),
        ("a/b.scenario.toml", scenario),
        ("a/a/c.scenario.toml", &deeper),
        ("a/.hidden/d.scenario.toml", "no scenario"),
        ("a/target/d.scenario.toml", "no scenario"),
        ("a/node_modules/d.scenario.toml", "no scenario"),
        ("a/other.toml", "no scenario"),
        ("b/e.scenario.toml", scenario),
        ("empty/notes.txt", ""),
    ]);
    let files = |arguments: &[&str]| -> Vec<String> {
        let shown = passes(folder.path(), &[&["test", "--format", "json"], arguments].concat());
        let scenarios = json(&shown)["scenarios"].as_array().unwrap().clone();
        scenarios.iter().map(|scenario| scenario["file"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(files(&["a"]), ["a/a/c.scenario.toml", "a/b.scenario.toml"]);
    assert_eq!(
        files(&["b/e.scenario.toml", "a/", "b"]),
        ["b/e.scenario.toml", "a/a/c.scenario.toml", "a/b.scenario.toml"]
    );
    let (code, shown, errors) = run(folder.path(), &["test", "a", "empty"]);
    assert_eq!((code, &*shown), (2, ""), "{errors}");
    assert!(errors.contains("no file below `empty` is called *.scenario.toml"), "{errors}");
}

/// Contract, section 1: exit 2 for nothing to work on.
#[test]
fn inputs_without_a_record_are_an_error() {
    let folder = folder(&[
        ("template.yaml", &template("", "")),
        ("empty.jsonl", ""),
        ("blank.jsonl", "\n\r\n\n"),
        ("one.jsonl", "{}\n"),
        ("none.json", "{\"Records\":[]}"),
        (
            "s.scenario.toml",
            "input = [\"empty.jsonl\", \"blank.jsonl\"]\n[[expect]]\nledger = { lost = 0 }\n",
        ),
    ]);
    let simulate = |arguments: &[&str]| run(folder.path(), &[&["simulate"], arguments].concat());
    for (arguments, told, wanted) in [
        (&["--input", "empty.jsonl"][..], "empty.jsonl", "a line that is not empty"),
        (&["--input", "empty.jsonl", "blank.jsonl"], "empty.jsonl, blank.jsonl", "a line that is not empty"),
        (&["--input", "-"], "<stdin>", "a line that is not empty"),
        (&["--input", "empty.jsonl", "--input-format", "text"], "empty.jsonl", "a line"),
        (&["--input", "none.json", "--input-format", "put-record-batch"], "none.json", "`Records`"),
    ] {
        let (code, shown, errors) = simulate(arguments);
        assert_eq!((code, &*shown), (2, ""), "{arguments:?}: {errors}");
        assert!(errors.contains(&format!("{told}: no record")) && errors.contains(wanted), "{errors}");
        assert!(!folder.path().join("firehose-out").exists(), "{arguments:?}");
    }
    let (code, shown, errors) = run(folder.path(), &["test"]);
    assert_eq!(code, 2, "{shown}{errors}");
    assert!(errors.contains("empty.jsonl, ") && errors.contains("blank.jsonl: no record"), "{errors}");
    // Records among files without any; an earlier run stands until there is another.
    assert_eq!(simulate(&["--input", "empty.jsonl", "one.jsonl"]).0, 0);
    assert_eq!(simulate(&["--input", "empty.jsonl", "--force"]).0, 2);
    assert!(folder.path().join("firehose-out/report.json").is_file());
    assert_eq!(simulate(&["--input", "blank.jsonl", "--input-format", "text", "--force"]).0, 0);
}

/// Behaviour sheet, section 5 and 9.1: records of several objects are as they should be there.
#[test]
fn only_records_that_are_no_json_are_warned_of() {
    let input = "{\"k\":1}{\"k\":2}\n{\"k\":3}\n";
    let deaggregated = PARTITIONED.replace(
        "[{Type: Meta",
        "[{Type: RecordDeAggregation, Parameters: \
        [{ParameterName: SubRecordType, ParameterValue: JSON}]}, {Type: Meta",
    );
    let warning = |destination: &str, input: &str| {
        let folder = folder(&[("template.yaml", &template(destination, "")), ("in.jsonl", input)]);
        let shown = passes(folder.path(), &["simulate", "--input", "in.jsonl", "--format", "json"]);
        let warnings = json(&shown)["warnings"].as_array().unwrap().clone();
        let found = warnings.iter().find(|warning| warning["id"] == "non-json");
        found.map(|warning| warning["message"].as_str().unwrap().to_owned())
    };
    let one = Some("1 line is not JSON; it was put as it is".to_owned());
    assert_eq!(warning(&deaggregated, input), None);
    assert_eq!(warning(&deaggregated, &format!("{input}{{\"k\":4}}{{\"k\":\n")), one);
    // A plain stream has no use for them.
    assert_eq!(warning("", input), one);
    let two = warning("", &format!("{input}oops\n")).unwrap();
    assert_eq!(two, "2 lines are not JSON; they were put as they are");
}

#[cfg(feature = "columnar")]
#[test]
fn records_of_several_objects_are_json_to_a_conversion() {
    for (input, told) in [
        ("{\"id\":1}{\"id\":2}\n{\"id\":3}{\"id\":\"x\"}\n", None),
        ("{\"id\":1}{\"id\":\n", Some("1 line is not JSON; it was put as it is")),
    ] {
        let folder = folder(&[
            ("template.yaml", &converting("ParquetSerDe")),
            ("in.jsonl", input),
            ("t.sql", "CREATE TABLE t (id int)"),
        ]);
        let arguments = ["simulate", "--input", "in.jsonl", "--table", "t.sql", "--format", "json"];
        let shown = passes(folder.path(), &arguments);
        let warnings = json(&shown)["warnings"].as_array().unwrap().clone();
        let found = warnings.iter().find(|warning| warning["id"] == "non-json");
        assert_eq!(found.map(|warning| warning["message"].as_str().unwrap()), told);
    }
}
