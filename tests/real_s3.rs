//! `simulate --s3-endpoint-url`: objects in real S3 servers, which the tests start, read back by a client that is not ours.

#![cfg(all(feature = "aws", feature = "simulate"))]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command as Process;

use assert_cmd::Command;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

#[path = "support/cloud.rs"]
mod cloud;

use cloud::python;

const TEMPLATE: &str = r#"Resources:
  Stream:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      DeliveryStreamName: clicks
      ExtendedS3DestinationConfiguration:
        BucketARN: arn:aws:s3:::NAME-data
        RoleARN: arn:aws:iam::444455556666:role/delivery
        Prefix: "data/a b+ü/"
        ErrorOutputPrefix: "errors/!{firehose:error-output-type}/"
        CompressionFormat: GZIP
        BufferingHints: {SizeInMBs: 5, IntervalInSeconds: 60}
        S3BackupMode: Enabled
        S3BackupConfiguration:
          BucketARN: arn:aws:s3:::NAME-raw
          RoleARN: arn:aws:iam::444455556666:role/delivery
          Prefix: raw/
          BufferingHints: {SizeInMBs: 5, IntervalInSeconds: 60}
"#;

/// Runs a script with a client of S3.
fn s3(url: &str, script: &str) -> String {
    let script = format!(
        "import base64, boto3, json\ns3 = boto3.client('s3', endpoint_url='{url}', region_name='us-east-1', \
         aws_access_key_id='test', aws_secret_access_key='test')\n{script}"
    );
    python::run(Process::new(python::interpreter()).args(["-c", &script]))
}

fn simulate(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("firehose-kit").unwrap();
    for name in ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"] {
        command.env_remove(name);
    }
    command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
    command.env("AWS_EC2_METADATA_DISABLED", "true").env("HOME", folder).current_dir(folder);
    command.args(["simulate", "template.yaml", "--input", "samples.jsonl", "--force"]).args(arguments);
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn folder(name: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("template.yaml"), TEMPLATE.replace("NAME", name)).unwrap();
    std::fs::write(folder.path().join("samples.jsonl"), "{\"n\":1}\n{\"n\":2}\n").unwrap();
    folder
}

/// Everything that a bucket holds.
fn held(url: &str, bucket: &str) -> Vec<Value> {
    let script = format!(
        "found = []\n\
         for entry in s3.list_objects_v2(Bucket='{bucket}').get('Contents', []):\n\
         \x20 o = s3.get_object(Bucket='{bucket}', Key=entry['Key'])\n\
         \x20 found.append([entry['Key'], o['ContentType'], o.get('ContentEncoding'), o['Metadata'], base64.b64encode(o['Body'].read()).decode()])\n\
         print(json.dumps(found))"
    );
    serde_json::from_str(&s3(url, &script)).unwrap()
}

fn objects_arrive(server: &cloud::Server, name: &str) {
    let (folder, url) = (folder(name), server.url.as_str());
    s3(url, &format!("s3.create_bucket(Bucket='{name}-data'); s3.create_bucket(Bucket='real-{name}-raw')"));
    let mapping = format!("{name}-raw=real-{name}-raw");
    let (code, _, error) = simulate(folder.path(), &["--s3-endpoint-url", url, "--s3-bucket", &mapping]);
    assert_eq!(code, 0, "{error}");
    assert!(error.contains("put 2 objects"), "{error}");
    let out = folder.path().join("firehose-out");
    let manifest = std::fs::read_to_string(out.join("manifest.jsonl")).unwrap();
    let lines: Vec<Value> = manifest.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &lines {
        let named = line["bucket"].as_str().unwrap();
        let bucket = if named.ends_with("-raw") { format!("real-{named}") } else { named.to_owned() };
        let body = std::fs::read(out.join(line["path"].as_str().unwrap())).unwrap();
        let expected = serde_json::json!([
            line["key"],
            "application/octet-stream",
            line.get("content_encoding").unwrap_or(&Value::Null),
            {},
            STANDARD.encode(body)
        ]);
        assert_eq!(held(url, &bucket), [expected], "{bucket}");
    }
    assert_eq!(
        (lines[0]["content_encoding"].as_str(), lines[1].get("content_encoding")),
        (Some("gzip"), None)
    );
}

#[test]
fn objects_arrive_in_moto_with_key_body_and_metadata() {
    objects_arrive(cloud::moto(), "moto");
}

#[test]
fn objects_arrive_in_ministack_with_key_body_and_metadata() {
    objects_arrive(cloud::ministack(), "ministack");
}

#[test]
fn a_missing_bucket_is_told_before_anything_runs() {
    let (folder, url) = (folder("half"), cloud::moto().url.as_str());
    s3(url, "s3.create_bucket(Bucket='half-data')");
    let (code, out, error) = simulate(folder.path(), &["--s3-endpoint-url", url]);
    assert_eq!((code, out.as_str()), (3, ""));
    assert!(error.contains("the bucket `half-raw`: the bucket does not exist (NoSuchBucket)"), "{error}");
    assert!(error.contains("--s3-bucket half-raw=REAL"), "{error}");
    assert!(!folder.path().join("firehose-out").exists());
    assert_eq!(held(url, "half-data"), Vec::<Value>::new());
}

#[test]
fn a_server_that_is_not_there_and_wrong_flags_are_told() {
    let folder = folder("none");
    let (code, _, error) = simulate(folder.path(), &["--s3-endpoint-url", "http://127.0.0.1:9"]);
    assert_eq!(code, 3, "{error}");
    assert!(error.contains("(Unreachable)") && error.contains("--s3-endpoint-url"), "{error}");
    let (code, _, error) = simulate(folder.path(), &["--s3", "--bodies", "sizes"]);
    assert_eq!(code, 2);
    assert!(error.contains("objects without bodies"), "{error}");
    let (code, _, error) = simulate(folder.path(), &["--s3", "--s3-bucket", "none-dat=x"]);
    assert_eq!(code, 2);
    assert!(error.contains("did you mean `none-data`?"), "{error}");
    let (code, _, error) = simulate(folder.path(), &["--s3-endpoint-url", "ftp://x"]);
    assert_eq!(code, 2);
    assert!(error.contains("is no http:// or https:// URL"), "{error}");
}

/// A server that takes the first object and refuses the second.
fn half_a_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let mut puts = 0;
        for stream in listener.incoming() {
            let mut reader = BufReader::new(stream.unwrap());
            let (mut head, mut length) = (String::new(), 0);
            loop {
                let start = head.len();
                if reader.read_line(&mut head).unwrap_or(0) == 0 || head[start..].trim().is_empty() {
                    break;
                }
                let line = head[start..].to_ascii_lowercase();
                if let Some(value) = line.strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
            }
            std::io::copy(&mut reader.by_ref().take(length), &mut std::io::sink()).unwrap();
            puts += u32::from(head.starts_with("PUT"));
            let body = "<Error><Code>AccessDenied</Code><Message>not this one</Message></Error>";
            let answer = match (head.starts_with("PUT"), puts) {
                (true, 2..) => {
                    format!("HTTP/1.1 403 Forbidden\r\nContent-Length: {}\r\n", body.len())
                        + "Connection: close\r\n\r\n"
                        + body
                }
                _ => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned(),
            };
            reader.get_mut().write_all(answer.as_bytes()).unwrap();
        }
    });
    url
}

#[test]
fn what_was_put_before_a_refusal_is_counted_and_the_folder_is_complete() {
    let folder = folder("half");
    let (code, _, error) = simulate(folder.path(), &["--s3-endpoint-url", &half_a_server()]);
    assert_eq!(code, 1, "{error}");
    assert!(error.contains("1 of 2 objects were put; s3://half-raw/raw/"), "{error}");
    assert!(error.contains("not this one (AccessDenied)") && error.contains("s3:PutObject"), "{error}");
    assert!(folder.path().join("firehose-out/report.json").exists());
}

#[test]
fn without_credentials_nothing_is_simulated() {
    let folder = folder("anonymous");
    let mut command = Command::cargo_bin("firehose-kit").unwrap();
    for name in [
        "AWS_PROFILE",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
    ] {
        command.env_remove(name);
    }
    command.env("AWS_EC2_METADATA_DISABLED", "true").env("HOME", folder.path()).current_dir(folder.path());
    command.args(["simulate", "template.yaml", "--input", "samples.jsonl"]);
    let output = command.args(["--s3-endpoint-url", &cloud::moto().url]).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{error}");
    assert!(error.contains("(Credentials)") && error.contains("AWS_PROFILE"), "{error}");
    assert!(!folder.path().join("firehose-out").exists());
}
