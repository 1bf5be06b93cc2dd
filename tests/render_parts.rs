//! Parts of what `render` shows: policies that keep the template's references, error folders that records really come
//! into, drawings, and advice on line ends.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use firehose_kit::template::starters::STARTERS;

fn render(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firehose-kit"));
    let arguments = [&["render", "-q"], arguments].concat();
    let output = command.env_clear().current_dir(folder).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn starter(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("templates").join(name)
}

fn template(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("template.yaml"), text).unwrap();
    folder
}

/// The part of a text below a heading, up to the next empty line.
fn part<'a>(shown: &'a str, heading: &str) -> Option<&'a str> {
    let start = shown.find(&format!("\n{heading}"))? + 1;
    Some(&shown[start..start + shown[start..].find("\n\n").unwrap_or(shown.len() - start)])
}

const BY_PARAMETER: &str = r#"Parameters:
  KeyArn: {Type: String, Default: "arn:aws:kms:us-east-1:111122223333:key/12345678-1234-1234-1234-123456789012"}
  FunctionArn: {Type: String, Default: "arn:aws:lambda:us-east-1:111122223333:function:clean:live"}
  Env: {Type: String, Default: production}
  Names: {Type: CommaDelimitedList, Default: "alpha,beta"}
Conditions:
  IsProduction: !Equals [!Ref Env, production]
Resources:
  Stream:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      ExtendedS3DestinationConfiguration:
        RoleARN: arn:aws:iam::111122223333:role/r
        BucketARN: !Sub "arn:aws:s3:::data-${Env}"
        ErrorOutputPrefix: "errors/!{firehose:error-output-type}/"
        EncryptionConfiguration: !If [IsProduction, {KMSEncryptionConfig: {AWSKMSKeyARN: !Ref KeyArn}}, !Ref "AWS::NoValue"]
        ProcessingConfiguration:
          Enabled: true
          Processors:
            - Type: Lambda
              Parameters: [{ParameterName: LambdaArn, ParameterValue: !Ref FunctionArn}]
"#;

#[test]
fn a_policy_names_parameters_and_not_their_values() {
    let secret = render(&starter("redshift"), &["--iam"]);
    assert!(
        secret.contains(
            "- secretsmanager:GetSecretValue\n                Resource:\n                  - !Ref SecretArn\n"
        ),
        "{secret}"
    );
    assert!(!secret.contains("123456789012"), "{secret}");
    let tables = render(&starter("iceberg"), &["--iam"]);
    assert!(tables.contains(":table/${DatabaseName}/readings\""), "{tables}");
    assert!(tables.contains(":database/${DatabaseName}\""), "{tables}");
    let folder = template(BY_PARAMETER);
    let roles = render(folder.path(), &["--iam", "--no-validate"]);
    // A condition on a parameter is decided; forms that only the value tells keep the reference all the same.
    for wanted in [
        "- !Sub \"arn:aws:s3:::data-${Env}/*\"\n",
        "- !Ref KeyArn\n",
        "- !Ref FunctionArn\n",
        "kms:GenerateDataKey",
    ] {
        assert!(roles.contains(wanted), "{wanted}: {roles}");
    }
    assert!(!roles.contains("111122223333") && !roles.starts_with('#'), "{roles}");
}

#[test]
fn a_value_that_no_reference_tells_stands_in_the_policy_with_a_comment() {
    let folder = template(&BY_PARAMETER.replace(
        "!Sub \"arn:aws:s3:::data-${Env}\"",
        "!Join ['', ['arn:aws:s3:::data-', !Select [0, !Ref Names]]]",
    ));
    let roles = render(folder.path(), &["--iam", "--no-validate"]);
    assert!(roles.contains("- \"arn:aws:s3:::data-alpha/*\"\n"), "{roles}");
    let comment = "# As the parameters are here, which no reference could tell: arn:aws:s3:::data-alpha\n";
    assert!(roles.contains(comment), "{roles}");
}

#[test]
fn a_copy_that_fails_leaves_its_manifest_and_no_folder_of_error_documents() {
    let folder = starter("redshift");
    let shown = render(&folder, &["--at", "2026-01-01T00:00:00Z"]);
    let objects = part(&shown, "Objects").unwrap();
    assert!(!objects.contains("error-output-type"), "{objects}");
    assert!(
        objects.contains("pattern    page-views/errors/manifests/!{timestamp:yyyy/MM/dd/HH}/"),
        "{objects}"
    );
    assert!(objects.contains("example    page-views/errors/manifests/2026/01/01/00/"), "{objects}");
    let drawing = render(&folder, &["--diagram"]);
    assert!(!drawing.contains("error-output-type"), "{drawing}");
    assert!(drawing.contains("page-views/errors/manifests/"), "{drawing}");
    // A function may fail, and its records have error documents besides.
    let text = fs::read_to_string(folder.join("template.yaml")).unwrap();
    let function = "        ProcessingConfiguration:\n          Enabled: true\n          Processors:\n            \
                    - Type: Lambda\n              Parameters: [{ParameterName: LambdaArn, ParameterValue: 'arn:aws:lambda:us-east-1:123456789012:function:f:1'}]\n        CopyCommand:\n";
    let with_function = template(&text.replace("        CopyCommand:\n", function));
    let settings = fs::read_to_string(folder.join("firehose-kit.toml")).unwrap();
    fs::write(with_function.path().join("firehose-kit.toml"), settings).unwrap();
    let shown = render(with_function.path(), &["--no-validate"]);
    assert!(
        part(&shown, "Objects").unwrap().contains("page-views/!{firehose:error-output-type}/"),
        "{shown}"
    );
    assert!(part(&shown, "Failed records").unwrap().contains("/page-views/errors/manifests/"), "{shown}");
    let drawing = render(with_function.path(), &["--no-validate", "--diagram"]);
    assert!(drawing.contains("step0 -. \"processing-failed\" .-> errors\n"), "{drawing}");
    assert!(drawing.contains("staging -. \"manifest\" .-> manifests\n"), "{drawing}");
}

#[test]
fn there_is_no_part_about_moments_where_nothing_is_named_by_them() {
    for starter in STARTERS {
        let shown = render(&self::starter(starter.name), &["--at", "2026-01-01T00:00:00Z"]);
        let is_named =
            !["splunk", "http-endpoint", "datadog", "snowflake", "iceberg"].contains(&starter.name);
        assert_eq!(part(&shown, "Arriving at").is_some(), is_named, "{}", starter.name);
        assert_eq!(part(&shown, "Boundaries to come").is_some(), is_named, "{}", starter.name);
        if let Some(arriving) = part(&shown, "Arriving at") {
            assert!(arriving.lines().count() > 1, "{arriving}");
        }
    }
    let series = ["--at", "2026-01-01T00:00:00Z", "--until", "2026-01-01T03:00:00Z"];
    let shown = render(&starter("splunk"), &series);
    assert!(shown.contains("No key and no index here depends on the moment"), "{shown}");
}

#[test]
fn an_object_that_was_given_up_is_told_where_partitions_make_it_fail() {
    let shown = render(&starter("s3-partitioned"), &[]);
    let failed = part(&shown, "Failed records").unwrap();
    let line = "a query failed; or an object was not written within `RetryOptions`";
    assert!(failed.contains(line), "{failed}");
    let shown = render(&starter("cloudwatch-logs-to-s3"), &[]);
    let failed = part(&shown, "Failed records").unwrap();
    assert!(failed.contains("the extraction of log messages failed\n"), "{failed}");
    assert!(!failed.contains("RetryOptions"), "{failed}");
}

#[test]
fn a_drawing_has_the_names_of_the_products_and_failures_where_they_happen() {
    for (name, product) in [
        ("s3-gzip", "Amazon S3"),
        ("redshift", "Amazon Redshift"),
        ("opensearch", "Amazon OpenSearch Service"),
        ("http-endpoint", "HTTP endpoint"),
        ("iceberg", "Apache Iceberg"),
    ] {
        let drawing = render(&starter(name), &["--diagram"]);
        assert!(drawing.contains(&format!("    destination[(\"{product}<br/>")), "{drawing}");
        assert!(drawing.contains(" MB or ") && !drawing.contains("MiB"), "{drawing}");
    }
    let drawing = render(&starter("s3-partitioned"), &["--diagram"]);
    assert!(drawing.contains("step0[\"MetadataExtraction\"]"), "{drawing}");
    assert!(drawing.contains("step0 -. \"processing-failed\" .-> errors\n"), "{drawing}");
    assert!(drawing.contains("buffer -. \"activePartitionExceeded\" .-> errors\n"), "{drawing}");
    let drawing = render(&starter("cloudwatch-logs-to-s3"), &["--diagram"]);
    assert!(drawing.contains("step0 -. \"decompression-failed\" .-> errors\n"), "{drawing}");
    assert!(drawing.contains("step1 -. \"processing-failed\" .-> errors\n"), "{drawing}");
}

#[test]
fn line_ends_are_asked_for_only_where_nothing_adds_them() {
    let advice = |folder: &Path| {
        let ddl = render(folder, &["--ddl", "--no-validate"]);
        ddl.lines().find(|line| line.contains("a record a line")).map(str::to_owned)
    };
    // One log message a line; delimiters by a processor; rows in columns.
    for name in ["cloudwatch-logs-to-s3", "s3-partitioned", "s3-parquet"] {
        assert_eq!(advice(&starter(name)), None, "{name}");
    }
    let with_function = template(BY_PARAMETER);
    assert!(
        advice(with_function.path()).unwrap().contains("if the function does not end each in a line end")
    );
    let without = template(&BY_PARAMETER.replace("Enabled: true", "Enabled: false"));
    assert!(advice(without.path()).unwrap().contains("each must end in a line end"));
}
