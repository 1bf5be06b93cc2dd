//! The formats that other programs read: what they look like, and that those programs can read them.

#[path = "support/python.rs"]
mod python;

use std::process::Command;

use firehose_kit::foundation::diagnostic::{Diagnostic, Severity};
use firehose_kit::foundation::span::Source;
use firehose_kit::report::{self, FileFindings, FindingsReport, REPORTERS, Style, Summary};
use firehose_kit::rules::{self, Checks, select::Selection};
use firehose_kit::template::Template;
use serde_json::Value;

/// Letters of several bytes before, in and after the places; a place beside another; a value over several lines.
const TEMPLATE: &str = r#"Parameters:
  Format: {Type: String, Default: SNAPPY} # dünn
Resources:
  Strom:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      DeliveryStreamName: klicks
      ExtendedS3DestinationConfiguration:
        RoleARN: arn:aws:iam::444455556666:role/delivery
        BucketARN: arn:aws:s3:::example-data
        CompressionFormat: !Ref Format
        Prefix: "größe & <wert>=${timestamp:yyyy}/" # 😀
        ErrorOutputPrefix: errors/
        EncryptionConfiguration: {NoEncryptionConfig: noencryption}
        CloudWatchLoggingOptions:
          Enabled: true
          LogGroupName: [a,
            b]
          LogStreamName: c
        BufferingHints: {IntervalInSeconds: 5000, SizeInMBs: 64}
"#;

/// Only rules that the snapshots speak of, so that a new rule changes nothing here.
const RULES: [&str; 4] = ["FH009", "FH010", "FH017", "FH201"];

fn findings(name: &str, text: &str) -> FileFindings {
    let template = Template::read(Source::new(name, text));
    let selection = Selection::new(&RULES.map(str::to_owned), &[]).unwrap();
    let mut findings = rules::check(&template, &Checks { selection, ..Checks::default() }).findings;
    // One of each severity.
    for finding in &mut findings {
        match &*finding.rule {
            "FH009" => finding.severity = Severity::Warning,
            "FH201" => finding.severity = Severity::Info,
            _ => {}
        }
    }
    FileFindings { source: template.source, findings }
}

fn sample() -> FindingsReport {
    let clean = TEMPLATE.split("      ExtendedS3").next().unwrap().replace("klicks", "!Ref Name");
    let files = vec![findings("vorlagen/größe, 100%.yaml", TEMPLATE), findings("clean.yaml", &clean)];
    FindingsReport { files, summary: Summary { files: 2, streams: 2, ..Summary::default() } }
}

fn written(format: &str, report: &FindingsReport) -> String {
    let mut text = Vec::new();
    let style = Style { colour: false, width: 120 };
    report::find(format).unwrap().write(report, style, &mut text).unwrap();
    String::from_utf8(text).unwrap()
}

fn sarif(report: &FindingsReport) -> Value {
    serde_json::from_str(&written("sarif", report)).unwrap()
}

#[test]
fn every_format_writes_a_report_without_files() {
    for reporter in REPORTERS {
        assert!(!written(reporter.name(), &FindingsReport::default()).is_empty(), "{}", reporter.name());
    }
}

#[test]
fn sarif_results() {
    let sarif = sarif(&sample());
    insta::assert_json_snapshot!(sarif["runs"][0]["results"]);
}

#[test]
fn sarif_describes_each_rule_once_and_results_point_at_it() {
    let sarif = sarif(&sample());
    let run = &sarif["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let ids: Vec<_> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert_eq!(ids, RULES);
    assert_eq!(rules[1]["name"], "ValueNotListed");
    assert_eq!(rules[3]["defaultConfiguration"]["level"], "error", "the rule's own, whatever the result's");
    assert!(rules[1]["help"]["markdown"].as_str().unwrap().contains("## Fires on\n```yaml\n"));
    for result in run["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
    }
}

#[test]
fn sarif_fits_the_official_schema() {
    // `Cargo.toml` there tells where the schema comes from.
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/sarif-schema/Cargo.toml");
    let mut command = Command::new(env!("CARGO"));
    let metadata = python::run(
        command.args(["metadata", "--format-version=1", "--locked", "--manifest-path"]).arg(manifest),
    );
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages.iter().find(|package| package["name"] == "serde-sarif").unwrap();
    let folder = package["manifest_path"].as_str().unwrap().trim_end_matches("Cargo.toml");
    let schema = std::fs::read_to_string(format!("{folder}src/schema.json")).unwrap();
    let mut schema: Value = serde_json::from_str(&schema).unwrap();
    // A pattern with a bracket too many, for a member that we do not write.
    for object in ["run", "toolComponent"] {
        let language = &mut schema["definitions"][object]["properties"]["language"];
        language.as_object_mut().unwrap().remove("pattern").unwrap();
    }
    assert!(schema["$id"].as_str().unwrap().contains("oasis-tcs/sarif-spec"));
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    let unreadable =
        FileFindings { source: Source::new("/abs/x.yaml", ""), findings: sample().files.remove(0).findings };
    for report in [
        sample(),
        FindingsReport::default(),
        FindingsReport { files: vec![unreadable], ..Default::default() },
    ] {
        let sarif = sarif(&report);
        let errors: Vec<String> = validator
            .iter_errors(&sarif)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
    // The check is one that can fail.
    let mut wrong = sarif(&sample());
    wrong["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startColumn"] = 0.into();
    assert!(!validator.is_valid(&wrong));
}

/// A region cut out of the source, by lines and characters, is the snippet; also after the lines have moved.
#[test]
fn sarif_regions_are_the_snippets_and_fingerprints_stay_when_lines_move() {
    let name = "t.yaml";
    let moved = format!("# one\n# zwölf\n{TEMPLATE}");
    let mut prints = Vec::new();
    for text in [TEMPLATE, &moved] {
        let report = FindingsReport { files: vec![findings(name, text)], summary: Summary::default() };
        let sarif = sarif(&report);
        let mut here = Vec::new();
        for result in sarif["runs"][0]["results"].as_array().unwrap() {
            here.push(result["partialFingerprints"]["firehoseKit/v1"].as_str().unwrap().to_owned());
            let region = &result["locations"][0]["physicalLocation"]["region"];
            let number = |key: &str| usize::try_from(region[key].as_u64().unwrap()).unwrap();
            let offset = |line: &str, column: &str| {
                let start: usize = text.split_inclusive('\n').take(number(line) - 1).map(str::len).sum();
                start + text[start..].chars().take(number(column) - 1).map(char::len_utf8).sum::<usize>()
            };
            let cut = &text[offset("startLine", "startColumn")..offset("endLine", "endColumn")];
            assert_eq!(cut, region["snippet"]["text"].as_str().unwrap());
        }
        prints.push(here);
    }
    assert_eq!(prints[0], prints[1]);
    let distinct: std::collections::BTreeSet<_> = prints[0].iter().collect();
    assert_eq!(distinct.len(), prints[0].len());
}

#[test]
fn github_annotations() {
    insta::assert_snapshot!(written("github", &sample()));
}

#[test]
fn junit_cases() {
    insta::assert_snapshot!(written("junit", &sample()));
}

#[test]
fn junit_is_read_by_an_independent_reader() {
    let mut report = sample();
    // A message may hold anything that a template does.
    let finding: &mut Diagnostic = &mut report.files[0].findings[0];
    finding.message = "]]> & \u{1b}[1m \u{0} \"<x>\"".to_owned();
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("junit.xml");
    std::fs::write(&file, written("junit", &report)).unwrap();
    let program = "import sys\nfrom junitparser import JUnitXml\n\
                   for suite in JUnitXml.fromfile(sys.argv[1]):\n    \
                   print(suite.tests, suite.failures, sum(not case.is_passed for case in suite), sep=',')";
    let read = python::run(Command::new(python::interpreter()).args(["-c", program]).arg(&file));
    let failing = |file: &FileFindings| file.findings.iter().filter(|f| f.severity > Severity::Info).count();
    let expected: Vec<String> = report
        .files
        .iter()
        .map(|file| format!("{},{failing},{failing}", file.findings.len().max(1), failing = failing(file)))
        .collect();
    assert_eq!(read.lines().collect::<Vec<_>>(), expected);
}

/// The excerpts of `docs/formats.md` are what the program writes.
#[test]
fn the_manual_shows_real_output() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/formats.md")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let template = page.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    std::fs::write(folder.path().join("template.yaml"), template).unwrap();
    let sections =
        page.split("\n## `").skip(1).chain(page.split("\n# ").filter(|part| part.starts_with("Fixes")));
    for section in sections {
        let mut command = Command::new(env!("CARGO_BIN_EXE_firehose-kit"));
        command.env_clear().current_dir(folder.path()).args(["validate", "template.yaml"]);
        match section.split('`').next().unwrap() {
            fixes if fixes.starts_with("Fixes") => command.arg("--diff"),
            format => command.args(["--format", format]),
        };
        let output = command.args(["--select", "FH010,FH201"]).output().unwrap();
        let output = String::from_utf8(output.stdout).unwrap();
        let fence =
            ["```json\n", "```xml\n", "```text\n", "```diff\n"].into_iter().find(|f| section.contains(f));
        let excerpt = section.split(fence.unwrap()).nth(1).unwrap().split("```").next().unwrap();
        assert!(output.contains(excerpt), "the excerpt:\n{excerpt}\nis not in:\n{output}");
    }
}
