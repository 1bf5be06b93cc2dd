//! `--function ID=arn:...`: a function in AWS, through signed calls of the Lambda Invoke API.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::mpsc;

use serde_json::{Value, json};

use crate::{STREAM, folder, program, said};

const ARN: &str = "arn:aws:lambda:eu-west-1:444455556666:function:transform:live";

/// What Lambda was asked.
struct Asked {
    start: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// A Lambda that answers every call, each on its own connection: it marks all records as dropped.
fn lambda() -> (String, mpsc::Receiver<Asked>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let mut reader = BufReader::new(connection.try_clone().unwrap());
            let mut lines = Vec::new();
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                match line.trim_end() {
                    "" => break,
                    line => lines.push(line.to_owned()),
                }
            }
            let start = lines.remove(0);
            let header = |line: &String| {
                let (name, value) = line.split_once(':').unwrap();
                (name.to_lowercase(), value.trim().to_owned())
            };
            let headers: Vec<(String, String)> = lines.iter().map(header).collect();
            let length =
                headers.iter().find(|(name, _)| name == "content-length").unwrap().1.parse().unwrap();
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let event: Value = serde_json::from_slice(&body).unwrap();
            let dropped = |record: &Value| json!({"recordId": record["recordId"], "result": "Dropped"});
            let records: Vec<Value> = event["records"].as_array().unwrap().iter().map(dropped).collect();
            let answer = json!({"records": records}).to_string();
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", answer.len());
            connection.write_all((head + &answer).as_bytes()).unwrap();
            if sender.send(Asked { start, headers, body }).is_err() {
                return;
            }
        }
    });
    (url, receiver)
}

fn template() -> String {
    format!(
        "{STREAM}        ProcessingConfiguration: {{Enabled: true, Processors: [{{Type: Lambda, Parameters: \
         [{{ParameterName: LambdaArn, ParameterValue: '{ARN}'}}]}}]}}\n"
    )
}

/// The signature as the General Reference has it made, by a program that nobody here wrote a signer for.
const SIGN: &str = r#"
import hashlib, hmac, json, sys, urllib.parse
asked = json.load(sys.stdin)
headers = dict(asked["headers"])
scope = headers["authorization"].split("Credential=")[1].split(",")[0].split("/", 1)[1]
names = headers["authorization"].split("SignedHeaders=")[1].split(",")[0]
body = hashlib.sha256(asked["body"].encode()).hexdigest()
path = urllib.parse.quote(asked["path"], safe="/-_.~")
lines = "".join(name + ":" + headers[name] + "\n" for name in names.split(";"))
request = "\n".join(["POST", path, "", lines, names, body])
text = "\n".join(["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, hashlib.sha256(request.encode()).hexdigest()])
key = b"AWS4" + asked["secret"].encode()
for part in scope.split("/"):
    key = hmac.new(key, part.encode(), hashlib.sha256).digest()
print(hmac.new(key, text.encode(), hashlib.sha256).hexdigest())
"#;

fn signature(asked: &Asked, secret: &str) -> String {
    let path = asked.start.split(' ').nth(1).unwrap();
    let input = json!({
        "headers": asked.headers,
        "path": path,
        "body": String::from_utf8(asked.body.clone()).unwrap(),
        "secret": secret,
    });
    let mut python = Command::new("python3")
        .args(["-c", SIGN])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    python.stdin.take().unwrap().write_all(input.to_string().as_bytes()).unwrap();
    String::from_utf8(python.wait_with_output().unwrap().stdout).unwrap().trim().to_owned()
}

#[test]
fn a_function_in_aws_is_called_with_a_signature() {
    let folder = folder(&[("t.yaml", &template()), ("s.jsonl", "{\"a\":1}\n{\"a\":2}\n")]);
    let (url, asked) = lambda();
    let spec = format!("transform={ARN}");
    let args =
        ["simulate", "t.yaml", "--input", "s.jsonl", "--force", "--format", "json", "--function", &spec];
    // The service's own address beats that of all services.
    for (name, other) in [("AWS_ENDPOINT_URL", None), ("AWS_ENDPOINT_URL_LAMBDA", Some("http://127.0.0.1:9"))]
    {
        let mut command = program(folder.path(), &args);
        command
            .env("AWS_ENDPOINT_URL", other.unwrap_or_default())
            .env(name, &url)
            .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "hunter22-secret")
            .env("AWS_SESSION_TOKEN", "a-session");
        let (code, out, error) = said(&mut command);
        assert_eq!(code, 0, "{error}");
        assert_eq!(crate::json(&out)["ledger"]["dropped"], 2, "{out}");
        assert!(!(out + &error).contains("hunter22"));
        let asked = asked.recv().unwrap();
        let get = |name: &str| {
            asked.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap()
        };
        let encoded = ARN.replace(':', "%3A");
        assert_eq!(asked.start, format!("POST /2015-03-31/functions/{encoded}/invocations HTTP/1.1"));
        assert_eq!(get("x-amz-invocation-type"), "RequestResponse");
        assert_eq!(get("x-amz-security-token"), "a-session");
        let authorization = get("authorization");
        let day = get("x-amz-date")[..8].to_owned();
        let credential =
            format!("AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/{day}/eu-west-1/lambda/aws4_request, ");
        assert!(authorization.starts_with(&credential), "{authorization}");
        let found = authorization.split("Signature=").nth(1).unwrap();
        assert_eq!(found, signature(&asked, "hunter22-secret"), "{authorization}");
    }
}

#[test]
fn without_credentials_nothing_is_simulated() {
    let folder = folder(&[("t.yaml", &template()), ("s.jsonl", "{}\n")]);
    let spec = format!("transform={ARN}");
    let args = ["simulate", "t.yaml", "--input", "s.jsonl", "--function", &spec];
    let mut command = program(folder.path(), &args);
    command.env("AWS_EC2_METADATA_DISABLED", "true");
    let (code, out, error) = said(&mut command);
    assert_eq!((code, out.as_str()), (3, ""), "{error}");
    assert!(error.contains("can't be called") && error.contains("AWS_PROFILE"), "{error}");
    assert!(!folder.path().join("firehose-out").exists());
    let (code, _, error) = crate::run(folder.path(), &[&args[..5], &["transform=arn:aws:lambda:x"]].concat());
    assert!(code == 2 && error.contains("is not the ARN of a function"), "{error}");
}
