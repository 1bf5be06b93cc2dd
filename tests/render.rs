//! `render`: every starter renders, its JSON is what the schema says, secrets stay hidden, and roles made from `--iam`
//! satisfy the rules that judge roles.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use firehose_kit::foundation::span::Source;
use firehose_kit::rules::{self, Checks};
use firehose_kit::template::{Template, starters::STARTERS};
use serde_json::Value;

const AT: &str = "2026-03-01T22:59:30Z";

fn templates() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("templates")
}

fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firehose-kit"));
    let output = command.env_clear().current_dir(folder).arg("render").args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn shown(folder: &Path, arguments: &[&str]) -> String {
    let (code, out, err) = run(folder, arguments);
    assert_eq!(code, 0, "{}: {err}", folder.display());
    out
}

#[test]
fn every_starter_renders_as_the_schema_says() {
    let schema = firehose_kit::template::schema::text("render").unwrap();
    let schema = jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap();
    for starter in STARTERS {
        let folder = templates().join(starter.name);
        let json: Value = serde_json::from_str(&shown(&folder, &["--at", AT, "--format", "json"])).unwrap();
        let errors: Vec<_> = schema.iter_errors(&json).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", starter.name);
        assert!(!shown(&folder, &["--at", AT]).is_empty());
        assert!(shown(&folder, &["--diagram"]).starts_with("flowchart LR\n"));
    }
}

fn template(destination: &str, extra: &str) -> String {
    format!(
        "Resources:\n  Data:\n    Type: AWS::S3::Bucket\n  Stream:\n    Type: AWS::KinesisFirehose::DeliveryStream\n    \
         Properties:\n{extra}      {destination}\n"
    )
}

const S3: &str = "S3Configuration: {RoleARN: !GetAtt Role.Arn, BucketARN: !GetAtt Data.Arn, \
                  CloudWatchLoggingOptions: {Enabled: true, LogGroupName: /firehose, LogStreamName: s3}}";

/// A stream for each destination, and for each source with a role.
fn streams() -> Vec<(&'static str, String)> {
    let role = "RoleARN: !GetAtt Role.Arn";
    let s3 = format!(
        "{{{role}, BucketARN: !GetAtt Data.Arn, Prefix: a/, ErrorOutputPrefix: 'b/!{{firehose:error-output-type}}/', EncryptionConfiguration: {{KMSEncryptionConfig: {{AWSKMSKeyARN: 'arn:aws:kms:us-east-1:123456789012:key/0'}}}}}}"
    );
    let kinesis = "      DeliveryStreamType: KinesisStreamAsSource\n      KinesisStreamSourceConfiguration: {RoleARN: !GetAtt Role.Arn, KinesisStreamARN: 'arn:aws:kinesis:us-east-1:123456789012:stream/in'}\n";
    let vpc =
        "VpcConfiguration: {RoleARN: !GetAtt Role.Arn, SubnetIds: [subnet-0], SecurityGroupIds: [sg-0]}";
    let secret = "SecretsManagerConfiguration: {Enabled: true, SecretARN: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:s-abcdef'}";
    let domain = "DomainARN: 'arn:aws:es:us-east-1:123456789012:domain/d', IndexName: i";
    vec![
        ("s3", template(&format!("ExtendedS3DestinationConfiguration: {s3}"), "")),
        ("kinesis", template(&format!("ExtendedS3DestinationConfiguration: {s3}"), kinesis)),
        ("legacy", template(&format!("S3DestinationConfiguration: {s3}"), "")),
        (
            "lambda",
            template(
                &format!(
                    "ExtendedS3DestinationConfiguration: {{{role}, BucketARN: !GetAtt Data.Arn, ProcessingConfiguration: {{Enabled: true, Processors: [{{Type: Lambda, Parameters: [{{ParameterName: LambdaArn, ParameterValue: 'arn:aws:lambda:us-east-1:123456789012:function:f'}}]}}]}}}}"
                ),
                "",
            ),
        ),
        (
            "redshift",
            template(
                &format!(
                    "RedshiftDestinationConfiguration: {{{role}, ClusterJDBCURL: 'jdbc:redshift://c.us-east-1.redshift.amazonaws.com:5439/d', CopyCommand: {{DataTableName: t}}, {secret}, {S3}}}"
                ),
                "",
            ),
        ),
        (
            "opensearch",
            template(
                &format!(
                    "AmazonopensearchserviceDestinationConfiguration: {{{role}, {domain}, {vpc}, {S3}}}"
                ),
                "",
            ),
        ),
        (
            "elasticsearch",
            template(&format!("ElasticsearchDestinationConfiguration: {{{role}, {domain}, {S3}}}"), ""),
        ),
        (
            "serverless",
            template(
                &format!(
                    "AmazonOpenSearchServerlessDestinationConfiguration: {{{role}, IndexName: i, CollectionEndpoint: 'https://c.us-east-1.aoss.amazonaws.com', {S3}}}"
                ),
                "",
            ),
        ),
        (
            "splunk",
            template(
                &format!(
                    "SplunkDestinationConfiguration: {{HECEndpoint: 'https://h.example:8088', HECEndpointType: Raw, {secret}, {S3}}}"
                ),
                "",
            ),
        ),
        (
            "http",
            template(
                &format!(
                    "HttpEndpointDestinationConfiguration: {{{role}, EndpointConfiguration: {{Url: 'https://h.example/'}}, {secret}, {S3}}}"
                ),
                "",
            ),
        ),
        (
            "snowflake",
            template(
                &format!(
                    "SnowflakeDestinationConfiguration: {{{role}, AccountUrl: 'https://a.snowflakecomputing.com', Database: D, Schema: S, Table: T, {secret}, {S3}}}"
                ),
                "",
            ),
        ),
        (
            "iceberg",
            template(
                &format!(
                    "IcebergDestinationConfiguration: {{{role}, CatalogConfiguration: {{CatalogArn: 'arn:aws:glue:us-east-1:123456789012:catalog'}}, DestinationTableConfigurationList: [{{DestinationDatabaseName: d, DestinationTableName: t}}], {S3}}}"
                ),
                "",
            ),
        ),
    ]
}

/// Rule ids of FH7xx that a template breaks.
fn permissions_lacking(text: &str) -> Vec<String> {
    let template = Template::read(Source::new("t.yaml", text));
    let found = rules::check(&template, &Checks::default()).findings;
    let of_roles = found.iter().filter(|finding| finding.rule.starts_with("FH7"));
    of_roles.map(|finding| format!("{} {}", finding.rule, finding.message)).collect()
}

#[test]
fn a_role_made_from_what_is_printed_satisfies_the_rules() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in streams() {
        let bare = format!(
            "{text}  Role:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument: {{Version: '2012-10-17', Statement: [{{Effect: Allow, Principal: {{Service: firehose.amazonaws.com}}, Action: 'sts:AssumeRole'}}]}}\n"
        );
        fs::write(folder.path().join("template.yaml"), &bare).unwrap();
        let lacks = permissions_lacking(&bare);
        assert!(!lacks.is_empty(), "{name}: the rules see no role");
        let yaml = shown(folder.path(), &["--iam", "--no-validate"]);
        let role = yaml.strip_prefix("Resources:\n").expect(&yaml);
        assert!(role.starts_with("  Role:\n"), "{name}: {yaml}");
        let lacking = permissions_lacking(&format!("{text}{role}"));
        assert!(lacking.is_empty(), "{name}: {lacking:#?}\n{yaml}");
        let json: Value =
            serde_json::from_str(&shown(folder.path(), &["--iam", "--no-validate", "--format", "json"]))
                .unwrap();
        assert!(json["Resources"]["Role"]["Properties"]["Policies"].is_array(), "{name}");
    }
}

#[test]
fn keys_of_a_record_are_those_of_the_query() {
    let folder = templates().join("s3-partitioned");
    let json = shown(&folder, &["--at", AT, "--record", "samples.jsonl", "--format", "json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    let keys = json["partition_keys"].as_array().unwrap();
    assert!(!keys.is_empty());
    let prefix = json["moments"][0]["objects"][0]["prefix"].as_str().unwrap();
    for key in keys {
        let value = key["value"].as_str().unwrap();
        assert!(!value.starts_with('<') && prefix.contains(value), "{prefix} {value}");
    }
}

#[test]
fn secrets_are_covered_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let url = "https://h.example/";
    let text = template(
        &format!(
            "HttpEndpointDestinationConfiguration: {{RoleARN: 'arn:aws:iam::123456789012:role/r', EndpointConfiguration: {{Url: '{url}', AccessKey: !Ref Key}}, S3Configuration: {{RoleARN: 'arn:aws:iam::123456789012:role/r', BucketARN: 'arn:aws:s3:::example-data'}}}}"
        ),
        "",
    );
    let text = format!("Parameters:\n  Key: {{Type: String, NoEcho: true, Default: c0nf1dential}}\n{text}");
    fs::write(folder.path().join("template.yaml"), text).unwrap();
    for more in [&[][..], &["--format", "json"], &["--diagram"], &["--iam"]] {
        let mut arguments = vec!["--no-validate"];
        arguments.extend(more);
        let (_, out, err) = run(folder.path(), &arguments);
        assert!(
            !out.is_empty() && !out.contains("c0nf1dential") && !err.contains("c0nf1dential"),
            "{more:?}: {out}"
        );
    }
}

#[test]
fn a_key_that_the_prefix_lacks_is_refused() {
    let folder = templates().join("s3-gzip");
    let (code, out, err) = run(&folder, &["--key", "nothing=1"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("the prefix has no partition key `nothing`"), "{err}");
}

#[cfg(feature = "simulate")]
#[test]
fn the_simulator_writes_to_the_prefix_that_is_shown() {
    for name in ["s3-gzip", "s3-partitioned", "kinesis-to-s3"] {
        let folder = templates().join(name);
        for at in ["2026-03-01T22:59:30Z", "2025-12-31T23:59:59Z", "2026-03-29T01:00:00Z"] {
            let output = tempfile::tempdir().unwrap();
            let one = output.path().join("one.jsonl");
            let samples = fs::read_to_string(folder.join("samples.jsonl")).unwrap();
            fs::write(&one, samples.lines().next().unwrap()).unwrap();
            let one = one.to_str().unwrap();
            let out = output.path().join("out");
            let mut command = Command::new(env!("CARGO_BIN_EXE_firehose-kit"));
            let arguments =
                ["simulate", "template.yaml", "--input", one, "--start", at, "--rate", "1/s", "--output"];
            command.current_dir(&folder).args(arguments).arg(&out).assert().success();
            let manifest = fs::read_to_string(out.join("manifest.jsonl")).unwrap();
            let lines = manifest.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
            let written = lines.into_iter().find(|line| line["lane"] == "destination").unwrap();
            let mut arguments = vec!["--at", at, "--format", "json"];
            if name == "s3-partitioned" {
                arguments.extend(["--record", one]);
            }
            let shown: Value = serde_json::from_str(&shown(&folder, &arguments)).unwrap();
            let prefix = shown["moments"][0]["objects"][0]["prefix"].as_str().unwrap();
            let key = written["key"].as_str().unwrap();
            assert!(
                key.strip_prefix(prefix).is_some_and(|name| !name.contains('/')),
                "{name} {at}: {prefix} {key}"
            );
        }
    }
}

/// A stream that writes below `data/`, with a table of the template over it, converting where `how` says so.
fn with_table(table: &str, how: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "Resources:\n  Bucket: {{Type: AWS::S3::Bucket}}\n  Table:\n    Type: AWS::Glue::Table\n    Properties:\n      \
         CatalogId: !Ref AWS::AccountId\n      DatabaseName: db\n      TableInput:\n        Name: events\n        \
         StorageDescriptor:\n          Location: !Sub s3://${{Bucket}}/data/\n          {table}\n  Stream:\n    \
         Type: AWS::KinesisFirehose::DeliveryStream\n    Properties:\n      ExtendedS3DestinationConfiguration:\n        \
         RoleARN: arn:aws:iam::123456789012:role/r\n        BucketARN: !GetAtt Bucket.Arn\n        \
         Prefix: data/!{{timestamp:yyyy/MM/dd}}/\n        ErrorOutputPrefix: errors/!{{firehose:error-output-type}}/\n        \
         BufferingHints: {{SizeInMBs: 128, IntervalInSeconds: 300}}\n{how}"
    );
    fs::write(folder.path().join("template.yaml"), text).unwrap();
    folder
}

const COLUMNS: &str = "Columns: [{Name: id, Type: bigint}, {Name: what, Type: string}]";

fn converting(table: &str) -> String {
    format!(
        "        DataFormatConversionConfiguration:\n          InputFormatConfiguration: {{Deserializer: {{OpenXJsonSerDe: {{}}}}}}\n          \
         OutputFormatConfiguration: {{Serializer: {{ParquetSerDe: {{}}}}}}\n          SchemaConfiguration:\n            \
         RoleARN: arn:aws:iam::123456789012:role/r\n            DatabaseName: db\n            TableName: {table}\n"
    )
}

#[test]
fn the_ddl_has_the_columns_of_every_form_of_table() {
    let references = ["!Ref Table", "!Sub '${Table}'", "events", "!Select [1, !Split ['|', !Ref Table]]"];
    let converting = references.map(converting);
    // A stream that converts nothing has a table over its folder all the same.
    for how in converting.iter().map(String::as_str).chain([""]) {
        let folder = with_table(COLUMNS, how);
        let ddl = shown(folder.path(), &["--ddl", "--at", AT, "--no-validate"]);
        assert!(ddl.contains("`id` bigint,\n  `what` string\n"), "{how}: {ddl}");
        assert!(ddl.contains("CREATE EXTERNAL TABLE `events`"), "{how}: {ddl}");
    }
    let table = r#"{"Name": "events", "StorageDescriptor": {"Columns": [{"Name": "id", "Type": "bigint"}]}}"#;
    let other = table.replace("events", "other");
    let folder = with_table("Columns: []", &self::converting("events"));
    for answer in [
        format!("{{\"Table\": {table}}}"),
        format!("{{\"TableVersion\": {{\"Table\": {table}, \"VersionId\": \"3\"}}}}"),
        format!("{{\"TableList\": [{other}, {table}]}}"),
        format!("{{\"TableList\": [{other}]}}"),
    ] {
        fs::write(folder.path().join("answer.json"), &answer).unwrap();
        let ddl = shown(folder.path(), &["--ddl", "--table", "answer.json", "--at", AT, "--no-validate"]);
        assert!(ddl.contains("`id` bigint\n"), "{answer}: {ddl}");
    }
    fs::write(folder.path().join("answer.json"), format!("{{\"TableList\": [{other}, {other}]}}")).unwrap();
    let (code, _, said) = run(folder.path(), &["--ddl", "--table", "answer.json", "--no-validate"]);
    assert!(code == 2 && said.contains("none called `db.events`"), "{said}");
}

#[test]
fn a_table_whose_columns_cannot_be_told_is_named() {
    for (table, why) in [
        (
            "SchemaReference: {SchemaId: {SchemaArn: 'arn:aws:glue:us-east-1:123456789012:schema/r/s'}, SchemaVersionNumber: 1}",
            "schema registry",
        ),
        ("Columns: [{Name: id}]", "`id` has no `Type`"),
        ("Compressed: true", "no columns"),
    ] {
        let folder = with_table(table, &converting("!Ref Table"));
        let all = shown(folder.path(), &["--at", AT, "--no-validate"]);
        assert!(all.contains("Settings") && all.contains(why), "{all}");
        let ddl = shown(folder.path(), &["--ddl", "--at", AT, "--no-validate"]);
        assert!(ddl.contains("REPLACE_WITH_YOUR_COLUMNS") && ddl.contains(why), "{ddl}");
    }
}

#[test]
fn values_of_settings_stand_in_one_column() {
    let text = shown(&templates().join("s3-partitioned"), &["--at", AT]);
    let settings = text.split("\nSettings\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let column = |value: &str| {
        let line = settings
            .lines()
            .find(|line| line.contains(&format!("  {value}  ")))
            .unwrap_or_else(|| panic!("{value}: {settings}"));
        line.find(&format!("  {value}  ")).unwrap() + 2
    };
    let values =
        ["GZIP", "64", "300", "{tenant: .tenant}", "JQ-1.6", "BackupDelivery", "AWS_OWNED_CMK", "DirectPut"];
    let columns: Vec<usize> = values.iter().map(|value| column(value)).collect();
    assert!(columns.iter().all(|at| *at == columns[0]), "{columns:?}\n{settings}");
}
