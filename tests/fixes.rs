//! Repairs of every finding that has one: the finding is gone, nothing breaks, and all else stays as it was.

use std::path::{Path, PathBuf};
use std::process::Command;

use firehose_kit::foundation::diagnostic::{Diagnostic, Severity};
use firehose_kit::foundation::span::Source;
use firehose_kit::rules::{self, Checks, fix};
use firehose_kit::template::Template;
use proptest::prelude::*;

fn template(text: &str) -> Template {
    Template::read(Source::new("template", text))
}

fn check(text: &str) -> Vec<Diagnostic> {
    rules::check(&template(text), &Checks::default()).findings
}

fn fixed(text: &str) -> (String, usize) {
    let fixed = fix::fix(Source::new("template", text), &Checks::default());
    (fixed.template.source.text, fixed.count)
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path() {
            path if path.is_dir() => files(&path, found),
            path => found.push(path),
        }
    }
    found.sort();
}

/// The bad fixtures, and the examples that rules fire on.
fn samples() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut paths = Vec::new();
    files(&root, &mut paths);
    let text = |path: PathBuf| Some((path.display().to_string(), std::fs::read_to_string(path).ok()?));
    let mut samples: Vec<_> = paths.into_iter().filter_map(text).collect();
    for rule in rules::all() {
        let example = rule.docs.split("## Fires on").nth(1).and_then(|rest| rest.split("```").nth(1));
        let lines = example.unwrap_or("").lines().skip(1);
        let body: Vec<&str> = lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
        let whole = body.iter().any(|line| line.starts_with("Resources:"));
        samples.push((rule.id.to_owned(), if whole { body.join("\n") } else { stream(&body.join("\n")) }));
    }
    samples
}

/// The `Properties` of a stream as a template.
fn stream(properties: &str) -> String {
    let lines = properties.lines().map(|line| format!("      {line}\n"));
    format!(
        "Resources: # all of them\n  Stream:\n    Type: AWS::KinesisFirehose::DeliveryStream\n    Properties:\n{}",
        lines.collect::<String>()
    )
}

fn comments(text: &str) -> Vec<String> {
    let template = template(text);
    template.document.comments.iter().map(|comment| template.source.slice(comment.span).to_owned()).collect()
}

/// What must hold of every repair.
fn assert_repaired(name: &str, before: &str) -> usize {
    let (after, count) = fixed(before);
    let (old, new) = (check(before), check(&after));
    if count == 0 {
        assert_eq!(after, before, "{name}");
    }
    let (again, none) = fixed(&after);
    assert_eq!((again.as_str(), none), (after.as_str(), 0), "{name}: a second time changes something");
    assert_eq!(comments(&after), comments(before), "{name}");
    // A repair changes a line, adds one, or takes one away and a comma off another; the rest are the same bytes.
    let diff = similar::TextDiff::from_lines(before, &after);
    let changes = |tag| diff.iter_all_changes().filter(|change| change.tag() == tag).count();
    let (gone, added) = (changes(similar::ChangeTag::Delete), changes(similar::ChangeTag::Insert));
    assert!(gone.max(added) <= 2 * count, "{name}: {gone} and {added} lines for {count} repairs\n{after}");
    let fixable: Vec<_> = old.iter().filter(|finding| finding.fix.is_some()).collect();
    assert!(new.len() <= old.len() || fixable.iter().any(|f| uncovers(f)), "{name}: more findings");
    let errors = |findings: &[Diagnostic]| {
        let errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
        errors.map(|finding| (finding.rule.to_string(), finding.message.clone())).collect::<Vec<_>>()
    };
    let old_errors = errors(&old);
    for error in errors(&new) {
        let was_there = old_errors.contains(&error) || fixable.iter().any(|finding| uncovers(finding));
        assert!(was_there, "{name}: new: {error:?}");
    }
    count
}

/// Findings that hide what lies below them.
fn uncovers(finding: &Diagnostic) -> bool {
    ["FH003", "FH006", "FH007", "FH010", "FH017", "FH301", "FH302", "FH506", "FH615"]
        .contains(&&*finding.rule)
}

#[test]
fn every_sample_can_be_repaired_and_only_there() {
    let repaired =
        samples().into_iter().map(|(name, text)| assert_repaired(&name, &text)).filter(|count| *count > 0);
    assert!(repaired.count() >= 7);
}

/// The examples of these rules are repaired altogether.
#[test]
fn the_examples_of_mechanical_rules_lose_their_finding() {
    for id in ["FH003", "FH006", "FH007", "FH010", "FH011", "FH016", "FH017"] {
        let samples = samples();
        let (_, text) = samples.iter().find(|(name, _)| name == id).unwrap();
        assert!(check(text).iter().any(|finding| finding.rule == id), "{id}");
        let (after, _) = fixed(text);
        assert!(!check(&after).iter().any(|finding| finding.rule == id), "{id}: {after}");
    }
}

/// The same in JSON, where quotes must stay.
#[test]
fn json_stays_json() {
    let text = r#"{
  "Resources": {
    "Stream": {
      "Type": "AWS::KinesisFirehose::DeliveryStream",
      "Properties": {
        "IcebergDestinationConfiguration": {
          "RoleARN": "arn:aws:iam::444455556666:role/delivery",
          "CatalogConfiguration": {"CatalogARN": "arn:aws:glue:us-east-1:444455556666:catalog"},
          "DestinationTableConfigurationList": [{"DestinationDatabaseName": "a", "DestinationTableName": "b"}],
          "S3Configuration": {
            "RoleArn": "arn:aws:iam::444455556666:role/delivery",
            "BucketARN": {"Ref": "Bucket"},
            "CompressionFormat": "gzip"
          }
        }
      }
    },
    "Bucket": {"Type": "AWS::S3::Bucket"}
  }
}
"#;
    assert_eq!(assert_repaired("json", text), 4);
    let (after, _) = fixed(text);
    let wanted = text
        .replace("CatalogARN", "CatalogArn")
        .replace("RoleArn", "RoleARN")
        .replace("{\"Ref\": \"Bucket\"}", "{\"Fn::GetAtt\": [\"Bucket\", \"Arn\"]}")
        .replace("\"gzip\"", "\"GZIP\"");
    assert_eq!(after, wanted);
    serde_json::from_str::<serde_json::Value>(&after).unwrap();
}

#[test]
fn what_is_suppressed_or_given_elsewhere_is_left_alone() {
    let block = "ExtendedS3DestinationConfiguration:\n  RoleARN: arn:aws:iam::444455556666:role/delivery\n  \
                 BucketARN: arn:aws:s3:::example-data\n  CompressionFormat:";
    let suppressed = stream(&format!("{block} SNAPPY # firehose-kit: ignore FH010 -- they know"));
    assert_eq!(fixed(&suppressed), (suppressed.clone(), 0));
    let parameter = format!(
        "Parameters:\n  F: {{Type: String, Default: SNAPPY}}\n{}",
        stream(&format!("{block} !Ref F"))
    );
    assert_eq!(fixed(&parameter), (parameter.clone(), 0));
    for unclear in
        ["BZIP", "ZST", "\"SNA\\x50PY\"", "|-\n    SNAPPY", "!Select [0, !Split [\",\", \"SNAPPY,GZIP\"]]"]
    {
        let text = stream(&format!("{block} {unclear}"));
        assert!(check(&text).iter().any(|finding| finding.rule == "FH010"), "{text}");
        assert_eq!(fixed(&text), (text.clone(), 0));
    }
    for (written, meant) in [
        ("'snappy'", "'Snappy'"),
        ("!Sub \"SNAPPY\"", "!Sub \"Snappy\""),
        ("None", "UNCOMPRESSED"),
        ("hadoop-snappy", "HADOOP_SNAPPY"),
    ] {
        let text = stream(&format!("{block} {written}"));
        assert_eq!(fixed(&text).0, stream(&format!("{block} {meant}")));
    }
}

#[test]
fn line_ends_and_a_byte_order_mark_stay() {
    let text = stream(
        "ExtendedS3DestinationConfiguration:\n  RoleARN: arn:aws:iam::444455556666:role/delivery\n  BucketARN: arn:aws:s3:::example-data # größe\n  CompressionFormat: SNAPPY # 😀\n",
    );
    for text in [text.replace('\n', "\r\n"), format!("\u{feff}{text}"), text.trim_end().to_owned()] {
        assert_repaired("line ends", &text);
        assert_eq!(fixed(&text).0, text.replace("SNAPPY", "Snappy"));
    }
}

proptest! {
    /// Any mixture of mistakes, in any order and with any comments between.
    #[test]
    fn any_mixture_of_mistakes_is_repaired(
        mistakes in prop::sample::subsequence(vec![
            "BucketARn: arn:aws:s3:::example-data",
            "CompressionFormat: 'SNAPPY'",
            "Prefix: ${timestamp:yyyy}/${timestamp:MM}/",
            "ErrorOutputPrefix: \"e/${AWS::Region}/\"",
            "BufferingHints: {IntervalInSecond: 60, \"SizeInMB\": 64}",
            "CloudWatchLoggingOptions: {enabled: false}",
            "EncryptionConfiguration: {NoEncryptionConfig: no-encryption}",
            "Nonsense: 1",
        ], 0..=8).prop_shuffle(),
        remarks in prop::collection::vec("( {0,3}#[ -~äß😀]{0,12})?(\n {0,4}#[ -~]{0,9})?(\n[ ]{0,3})?", 9),
    ) {
        let mut block = format!("ExtendedS3DestinationConfiguration:\n  RoleARN: !GetAtt R.Arn{}", remarks[8]);
        for (mistake, remark) in mistakes.iter().zip(&remarks) {
            let remark = if remark.starts_with('#') { format!(" {remark}") } else { remark.clone() };
            block += &format!("\n  {mistake}{remark}");
        }
        assert_repaired("mixture", &stream(&block));
    }
}

/// The program in a folder of its own: exit code, standard output, standard error.
fn run(folder: &Path, arguments: &[&str], input: &str) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firehose-kit"));
    command.env_clear().current_dir(folder).args(arguments);
    let output = assert_cmd::Command::from(command).write_stdin(input).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

const SNAPPY: &str = "ExtendedS3DestinationConfiguration:\n  RoleARN: arn:aws:iam::444455556666:role/delivery\n  BucketARN: arn:aws:s3:::example-data\n  CompressionFormat: SNAPPY # fast\n";

#[test]
fn the_diff_shows_and_the_fix_writes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.yaml");
    std::fs::write(&path, stream(SNAPPY)).unwrap();
    std::fs::write(folder.path().join("other.yaml"), "a: SNAPPY\n").unwrap();
    let only = ["--select", "FH010"];
    let (code, out, error) =
        run(folder.path(), &[&["validate", "--diff", "a.yaml", "other.yaml"], &only[..]].concat(), "");
    insta::assert_snapshot!(out, @"
    --- a.yaml
    +++ a.yaml
    @@ -5,4 +5,4 @@
           ExtendedS3DestinationConfiguration:
             RoleARN: arn:aws:iam::444455556666:role/delivery
             BucketARN: arn:aws:s3:::example-data
    -        CompressionFormat: SNAPPY # fast
    +        CompressionFormat: Snappy # fast
    ");
    assert_eq!((code, error.as_str()), (1, "Would fix 1 finding in 1 file\n"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), stream(SNAPPY));

    let (code, out, error) = run(folder.path(), &[&["validate", "--fix", "."], &only[..]].concat(), "");
    assert_eq!((code, out.as_str()), (0, "No findings in 1 template (1 stream)\n"));
    assert_eq!(error, "Fixed 1 finding in 1 file\n");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), stream(SNAPPY).replace("SNAPPY", "Snappy"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing else is left behind");

    let (code, out, error) = run(folder.path(), &[&["validate", "--diff", "a.yaml"], &only[..]].concat(), "");
    assert_eq!((code, out.as_str(), error.as_str()), (0, "", ""));
}

#[test]
fn standard_input_is_fixed_to_standard_output() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, error) =
        run(folder.path(), &["validate", "--fix", "--select", "FH010", "-"], &stream(SNAPPY));
    assert_eq!((code, out), (0, stream(SNAPPY).replace("SNAPPY", "Snappy")));
    assert_eq!(error, "No findings in 1 template (1 stream)\nFixed 1 finding in 1 file\n");
    // Also when there is nothing to fix.
    let clean = stream(SNAPPY).replace("SNAPPY", "GZIP");
    let (code, out, _) = run(folder.path(), &["validate", "--fix", "--select", "FH010", "-"], &clean);
    assert_eq!((code, out), (0, clean));
}

#[test]
fn secrets_are_masked_in_diffs_and_withheld_in_fixes() {
    let folder = tempfile::tempdir().unwrap();
    let splunk = "SplunkDestinationConfiguration:\n  HECEndpoint: https://example.com:8088\n  HECToken: geheim-123\n  HECEndpointType: raw\n";
    std::fs::write(folder.path().join("a.yaml"), stream(splunk)).unwrap();
    let (_, diff, _) = run(folder.path(), &["validate", "--diff", "a.yaml"], "");
    assert!(diff.contains("-        HECEndpointType: raw\n+        HECEndpointType: Raw\n"), "{diff}");
    assert!(!diff.contains("geheim"), "{diff}");
    run(folder.path(), &["validate", "--fix", "a.yaml"], "");
    let after = std::fs::read_to_string(folder.path().join("a.yaml")).unwrap();
    assert_eq!(after, stream(splunk).replace(": raw", ": Raw"));
}

#[cfg(unix)]
#[test]
fn permissions_and_links_stay_and_read_only_files_are_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("real.yaml");
    let mode = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    std::fs::write(&path, stream(SNAPPY)).unwrap();
    std::os::unix::fs::symlink("real.yaml", folder.path().join("link.yaml")).unwrap();
    mode(0o444);
    let (code, _, error) = run(folder.path(), &["validate", "--fix", "link.yaml"], "");
    assert_eq!(code, 2);
    assert!(error.contains("link.yaml: the file is read-only"), "{error}");
    mode(0o640);
    run(folder.path(), &["validate", "--fix", "link.yaml"], "");
    assert!(std::fs::read_to_string(&path).unwrap().contains("Snappy"));
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(folder.path().join("link.yaml").is_symlink());
}

#[test]
fn a_word_of_the_console_becomes_the_member() {
    let before =
        stream("ElasticsearchDestinationConfiguration:\n  IndexRotationPeriod: None # keep one index");
    assert_eq!(fixed(&before).0, before.replace("None", "NoRotation"));
}
