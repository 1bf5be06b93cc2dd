//! `deploy` and `delete` against real CloudFormation servers: MiniStack and moto, which the tests start.

#![cfg(feature = "aws")]

use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

#[path = "deploy/changes.rs"]
mod changes;
#[path = "support/cloud.rs"]
mod cloud;
#[path = "support/recorded.rs"]
mod recorded;
#[path = "deploy/recordings.rs"]
mod recordings;
#[path = "deploy/starters.rs"]
mod starters;
#[cfg(unix)]
#[path = "deploy/terminal.rs"]
mod terminal;
#[path = "deploy/trials.rs"]
mod trials;

use cloud::Server;

/// A stream with its bucket; `NAME` is replaced, so that tests do not meet in one account.
const TEMPLATE: &str = r#"Parameters:
  Suffix: {Type: String, Default: a}
  Token: {Type: String, Default: none, NoEcho: true}
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties: {BucketName: NAME-data}
  Stream:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      DeliveryStreamName: !Sub "NAME-${Suffix}"
      ExtendedS3DestinationConfiguration:
        BucketARN: !GetAtt Bucket.Arn
        RoleARN: arn:aws:iam::444455556666:role/delivery
        BufferingHints: {SizeInMBs: 5, IntervalInSeconds: 300}
Outputs:
  StreamName: {Value: !Ref Stream}
"#;

struct Account {
    url: String,
    folder: tempfile::TempDir,
    stack: &'static str,
}

/// What the program said.
struct Said {
    code: i32,
    out: String,
    error: String,
}

impl Account {
    fn new(server: &'static Server, stack: &'static str) -> Account {
        Account::at(&server.url, stack)
    }

    fn at(url: &str, stack: &'static str) -> Account {
        Account { url: url.to_owned(), folder: tempfile::tempdir().unwrap(), stack }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn template(&self, text: &str) -> &Account {
        std::fs::write(self.path().join("template.yaml"), text.replace("NAME", self.stack)).unwrap();
        self
    }

    fn run(&self, args: &[&str]) -> Said {
        self.plainly(&[&[args[0], "--stack-name", self.stack], &args[1..]].concat())
    }

    /// Without a stack's name.
    fn plainly(&self, args: &[&str]) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_firehose-kit"));
        command.env_clear().current_dir(self.path());
        command.env("AWS_ENDPOINT_URL", &self.url).env("AWS_REGION", "us-east-1");
        command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
        // Only so that a bug does not hold the tests for ever.
        command.timeout(std::time::Duration::from_secs(300));
        let output = command.args(args).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Said {
            code: output.status.code().unwrap_or(-1),
            out: text(output.stdout),
            error: text(output.stderr),
        }
    }

    /// Does something to the account with boto3, as `session`.
    fn python(&self, text: &str) {
        let mut command = std::process::Command::new(cloud::python::interpreter());
        let session = "import boto3; session = boto3.Session('test', 'test', region_name='us-east-1')\n";
        command.current_dir(self.path());
        cloud::python::run(
            command.args(["-c", &format!("{session}{text}")]).env("AWS_ENDPOINT_URL", &self.url),
        );
    }

    /// Runs it, expects an exit code, and returns the events.
    fn events(&self, args: &[&str], code: i32) -> Vec<Value> {
        let said = self.run(&[args, &["--format", "json"]].concat());
        assert_eq!(said.code, code, "{args:?}\n{}\n{}", said.out, said.error);
        let schema = firehose_kit::template::schema::text("deploy-event").unwrap();
        let validator = jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap();
        let event = |line: &str| {
            let event: Value = serde_json::from_str(line).unwrap();
            let errors: Vec<String> = validator.iter_errors(&event).map(|error| error.to_string()).collect();
            assert!(errors.is_empty() && !line.contains(":null"), "{errors:?}\n{line}");
            event
        };
        said.out.lines().map(event).collect()
    }
}

fn of<'a>(events: &'a [Value], name: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["event"] == name).collect()
}

fn result(events: &[Value]) -> &str {
    events.last().unwrap()["result"].as_str().unwrap()
}

/// The change of a resource.
fn change<'a>(events: &'a [Value], logical_id: &str) -> &'a Value {
    let changes = of(events, "change-set")[0]["changes"].as_array().unwrap();
    changes.iter().find(|change| change["logical_id"] == logical_id).unwrap_or_else(|| panic!("{changes:?}"))
}

#[test]
fn a_stack_from_creation_to_deletion() {
    let account = Account::new(cloud::ministack(), "life");
    account.template(TEMPLATE);
    let created = account.events(&["deploy", "--yes", "--outputs", "outputs.json"], 0);
    assert_eq!(result(&created), "done");
    assert_eq!(change(&created, "Stream")["action"], "Add");
    let resources: Vec<&str> =
        of(&created, "resource").iter().map(|event| event["logical_id"].as_str().unwrap()).collect();
    assert!(resources.contains(&"Bucket") && resources.contains(&"Stream"), "{resources:?}");
    // Firehose itself says that the stream takes records.
    assert_eq!(of(&created, "stream")[0]["status"], "ACTIVE");
    // And that it is as the template says, with the bucket's ARN that only the deployment knew.
    assert_eq!(of(&created, "stream")[0]["differences"], serde_json::json!([]));
    assert_eq!(of(&created, "stream")[0]["untold"], serde_json::json!([]));
    let outputs = std::fs::read_to_string(account.path().join("outputs.json")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&outputs).unwrap()["StreamName"], "life-a");
    // The same again changes nothing, and leaves nothing.
    assert_eq!(result(&account.events(&["deploy", "--yes"], 0)), "nothing-to-do");
    // A change in place, with values before and after; planned first, then executed.
    account.template(&TEMPLATE.replace("SizeInMBs: 5", "SizeInMBs: 64"));
    let planned = account.events(&["deploy", "--plan"], 0);
    let told = change(&planned, "Stream");
    let hints = &told["properties"][0];
    assert_eq!(hints["path"], "ExtendedS3DestinationConfiguration.BufferingHints.SizeInMBs");
    assert_eq!((&hints["before"], &hints["after"]), (&"5".into(), &"64".into()));
    assert_eq!(told["consequences"][0], "in-place");
    let change_set = planned.last().unwrap()["change_set"].as_str().unwrap();
    assert_eq!(result(&account.events(&["deploy", "--execute", change_set, "--yes"], 0)), "done");
    // Executed once, it can't be again.
    assert_eq!(result(&account.events(&["deploy", "--execute", change_set, "--yes"], 3)), "refused");
    // A new name is a new stream.
    let replaced = account.events(&["deploy", "--yes", "--parameter", "Suffix=b"], 0);
    let told = change(&replaced, "Stream")["consequences"].as_array().unwrap();
    assert!(
        told.contains(&"name-changes".into()) && told.contains(&"buffered-records-lost".into()),
        "{told:?}"
    );
    // Without a value the stack's is kept, not the template's default.
    let kept = account.events(&["deploy", "--yes"], 0);
    assert_eq!(result(&kept), "nothing-to-do");
    let suffix = &of(&kept, "parameters")[0]["parameters"][0];
    assert_eq!((&suffix["value"], &suffix["origin"]), (&"b".into(), &"kept".into()));
    let watched = account.events(&["deploy", "--watch"], 0);
    assert!(
        of(&watched, "resource").iter().all(|event| event["status"].as_str().unwrap().starts_with("UPDATE"))
    );
    let deleted = account.events(&["delete", "--yes"], 0);
    assert_eq!(result(&deleted), "done");
    assert_eq!(change(&deleted, "Bucket")["consequences"][0], "bucket-must-be-empty");
    assert_eq!(change(&deleted, "Stream")["consequences"][0], "buffered-records-lost");
    assert_eq!(result(&account.events(&["delete", "--yes"], 0)), "nothing-to-do");
}

#[test]
fn diff_and_status_tell_without_changing_anything() {
    let account = Account::new(cloud::ministack(), "told");
    account.template(TEMPLATE);
    assert_eq!(account.run(&["status"]).code, 3, "there is no stack yet");
    account.events(&["deploy", "--yes"], 0);
    let same = account.run(&["diff", "--exit-code"]);
    assert_eq!((same.code, same.out.as_str()), (0, ""), "{}", same.error);
    account.template(
        &TEMPLATE
            .replace("SizeInMBs: 5", "SizeInMBs: 64")
            .replace("  Bucket:", "  Topic: {Type: AWS::SNS::Topic}\n  Bucket:"),
    );
    let told = account.events(&["diff", "--parameter", "Suffix=b", "--exit-code"], 1);
    assert_eq!(change(&told, "Topic")["action"], "Add");
    let stream = change(&told, "Stream");
    assert_eq!(stream["replacement"], "True");
    let paths: Vec<&str> =
        stream["properties"].as_array().unwrap().iter().map(|one| one["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["DeliveryStreamName", "ExtendedS3DestinationConfiguration.BufferingHints.SizeInMBs"]);
    let status = account.events(&["status"], 0);
    assert_eq!(of(&status, "stack")[0]["status"], "CREATE_COMPLETE");
    assert_eq!(of(&status, "stream")[0]["status"], "ACTIVE");
    assert_eq!(of(&status, "outputs")[0]["outputs"][0]["value"], "told-a");
    let metrics = of(&status, "metrics")[0]["metrics"].as_array().unwrap();
    let named = |name: &str| metrics.iter().any(|one| one["metric"] == name);
    assert!(named("DeliveryToS3.DataFreshness") && named("IncomingRecords"), "{metrics:?}");
    // Neither of them changed anything.
    assert_eq!(of(&status, "resource").len(), 0);
}

#[test]
fn a_failure_is_rolled_back_and_shown_at_its_line() {
    let account = Account::new(cloud::ministack(), "failing");
    // Two buckets of one name: the second can't be made.
    let failing = TEMPLATE.replace(
        "Outputs:",
        "  Again:\n    Type: AWS::S3::Bucket\n    DependsOn: Stream\n    Properties: {BucketName: !Ref Bucket}\nOutputs:",
    );
    account.template(&failing);
    let said = account.run(&["deploy", "--yes"]);
    assert_eq!(said.code, 4, "{}", said.error);
    assert!(said.error.contains("error[CREATE_FAILED Again]: failing-data already exists"), "{}", said.error);
    assert!(said.error.contains("--> template.yaml:"), "{}", said.error);
    assert!(said.error.contains("--replace-failed"), "{}", said.error);
    // `status` tells the same later.
    let status = account.events(&["status"], 0);
    let failed = of(&status, "resource");
    assert_eq!(
        (failed.len(), &failed[0]["logical_id"], &failed[0]["reason"]),
        (1, &"Again".into(), &"failing-data already exists".into())
    );
    // Such a stack is refused, with the reason, and nothing is deleted unasked.
    let refused = account.events(&["deploy", "--yes"], 3);
    assert!(refused.last().unwrap()["message"].as_str().unwrap().contains("can only be deleted"));
    account.template(TEMPLATE);
    assert_eq!(result(&account.events(&["deploy", "--yes", "--replace-failed"], 0)), "done");
    // An update goes back to what was; with `nothing`, what was made stays for a look at it.
    account.template(&failing);
    let back = account.events(&["deploy", "--yes"], 4);
    let cause = &back.last().unwrap()["cause"];
    assert_eq!(cause["logical_id"], "Again");
    let line = failing.lines().position(|line| line == "  Again:").unwrap() + 1;
    assert_eq!((&cause["file"], &cause["path"]), (&"template.yaml".into(), &"Resources/Again".into()));
    assert_eq!(cause["start"], serde_json::json!({"line": line, "column": 3}));
    assert_eq!(cause["end"], serde_json::json!({"line": line, "column": 8}));
    assert_eq!(back.last().unwrap()["status"], "UPDATE_ROLLBACK_COMPLETE");
    let stays = account.events(&["deploy", "--yes", "--on-failure", "nothing"], 5);
    assert_eq!(result(&stays), "needs-attention");
}

#[test]
fn a_creation_that_fails_goes_where_that_is_wanted() {
    let account = Account::new(cloud::ministack(), "gone");
    let again = "  Again:\n    Type: AWS::S3::Bucket\n    DependsOn: Stream\n    Properties: {BucketName: !Ref Bucket}\nOutputs:";
    account.template(&TEMPLATE.replace("Outputs:", again));
    let events = account.events(&["deploy", "--yes", "--on-failure", "delete"], 4);
    assert_eq!(events.last().unwrap()["cause"]["logical_id"], "Again");
    assert_eq!(account.run(&["status"]).code, 3, "there is no stack");
}

#[test]
fn what_the_validation_of_an_operation_found_is_asked_for() {
    let account = Account::new(cloud::ministack(), "validated");
    account.template(TEMPLATE);
    // A bucket of somebody else has the name.
    account.python("session.client('s3').create_bucket(Bucket='validated-data')");
    let events = account.events(&["deploy", "--yes"], 4);
    // The stack's own event says only that `DescribeEvents` knows more.
    let said = |event: &&&Value| {
        event["reason"].as_str().is_some_and(|reason| reason.contains("Call DescribeEvents"))
    };
    assert!(of(&events, "resource").iter().any(|event| said(&event)));
    let end = events.last().unwrap();
    assert_eq!(end["cause"]["logical_id"], "Bucket");
    assert_eq!(end["cause"]["status"], "NAME_CONFLICT_VALIDATION");
    assert!(end["cause"]["message"].as_str().unwrap().contains("'validated-data' already exists"), "{end}");
    assert_eq!(end["cause"]["path"], "Resources/Bucket/Properties/BucketName");
    assert_eq!(end["others"], serde_json::json!([]));
}

#[test]
fn a_planned_stack_is_a_shell_that_is_used_later() {
    let account = Account::new(cloud::ministack(), "shell");
    account.template(TEMPLATE);
    let planned = account.events(&["deploy", "--plan"], 0);
    let change_set = planned.last().unwrap()["change_set"].as_str().unwrap();
    assert_eq!(of(&account.events(&["status"], 0), "stack")[0]["status"], "REVIEW_IN_PROGRESS");
    // Somebody deploys meanwhile, and takes the shell as it is; the change set goes with it.
    assert!(!change_set.is_empty());
    assert_eq!(result(&account.events(&["deploy", "--yes"], 0)), "done");
    assert_eq!(of(&account.events(&["status"], 0), "stack")[0]["status"], "CREATE_COMPLETE");
}

#[test]
fn a_change_that_firehose_refuses_is_found_before_anything_happens() {
    let account = Account::new(cloud::ministack(), "refused");
    let backup = |mode: &str| {
        TEMPLATE.replace(
            "        BufferingHints",
            &format!(
                "        S3BackupMode: {mode}\n        S3BackupConfiguration:\n          BucketARN: !GetAtt Bucket.Arn\n          \
                 Prefix: source/\n          RoleARN: arn:aws:iam::444455556666:role/delivery\n        BufferingHints"
            ),
        )
    };
    account.template(&backup("Enabled"));
    account.events(&["deploy", "--yes", "--no-validate"], 0);
    account.template(&backup("Disabled"));
    let said = account.run(&["deploy", "--yes"]);
    assert_eq!(said.code, 1, "{}", said.error);
    assert!(
        said.error.contains("FH907") && said.error.contains("can't be changed back from `Enabled`"),
        "{}",
        said.error
    );
    assert!(!said.error.contains("Making the change set"), "{}", said.error);
}

#[test]
fn findings_and_questions_stop_before_aws_is_changed() {
    let account = Account::new(cloud::ministack(), "stopped");
    account.template(&TEMPLATE.replace("BucketARN", "Bucket"));
    assert_eq!(account.run(&["deploy", "--yes"]).code, 1);
    account.template(TEMPLATE);
    // Nobody to ask: the change set is shown, and goes again with the shell that it made.
    let said = account.run(&["deploy"]);
    assert_eq!(said.code, 2, "{}", said.error);
    assert!(said.out.contains("2 to add") && said.error.contains("--yes"), "{}", said.error);
    assert!(account.run(&["delete", "--yes"]).error.contains("does not exist"));
    let said = account.run(&["deploy", "--yes", "--parameter", "Sufix=b"]);
    assert_eq!(said.code, 2);
    assert!(said.error.contains("did you mean `Suffix`?"), "{}", said.error);
    assert_eq!(account.run(&["deploy", "--watch"]).code, 3);
}

#[test]
fn values_that_are_not_echoed_never_appear() {
    let account = Account::new(cloud::ministack(), "secretive");
    account.template(&TEMPLATE.replace("Outputs:", "Outputs:\n  Told: {Value: !Ref Token}"));
    let said = account.run(&["deploy", "--yes", "-v", "--parameter", "Token=open-sesame"]);
    assert_eq!(said.code, 0, "{}", said.error);
    assert!(said.error.contains("Token=***"), "{}", said.error);
    assert!(
        !said.error.contains("open-sesame") && !said.out.contains("open-sesame"),
        "{}{}",
        said.out,
        said.error
    );
}

#[test]
fn a_large_template_goes_through_a_bucket_byte_for_byte() {
    let account = Account::new(cloud::ministack(), "large");
    account.template(&TEMPLATE.replace("NAME-data", "NAME-templates"));
    account.events(&["deploy", "--yes"], 0);
    let large = format!(
        "{}\n# {}\n",
        TEMPLATE.replace("NAME-data", "NAME-templates").replace("SizeInMBs: 5", "SizeInMBs: 9"),
        "x".repeat(60_000)
    );
    account.template(&large);
    let said = account.run(&["deploy", "--yes"]);
    assert_eq!(said.code, 2);
    assert!(said.error.contains("51200") && said.error.contains("--s3-bucket"), "{}", said.error);
    let events = account.events(&["deploy", "--yes", "--s3-bucket", "large-templates"], 0);
    assert_eq!(of(&events, "upload")[0]["bytes"], large.replace("NAME", "large").len());
    account.python(
        "s3 = session.client('s3')\n\
         key, = [one['Key'] for one in s3.list_objects_v2(Bucket='large-templates')['Contents']]\n\
         sent = s3.get_object(Bucket='large-templates', Key=key)['Body'].read()\n\
         assert sent == open('template.yaml', 'rb').read()",
    );
    assert_eq!(change(&events, "Stream")["action"], "Modify");
}

#[test]
fn more_events_than_one_page_holds_are_all_told_once() {
    let account = Account::new(cloud::ministack(), "many");
    let topics: String = (0..60).map(|at| format!("  Topic{at}:\n    Type: AWS::SNS::Topic\n")).collect();
    account.template(&TEMPLATE.replace("Resources:\n", &format!("Resources:\n{topics}")));
    let events = account.events(&["deploy", "--yes"], 0);
    let resources = of(&events, "resource");
    let of_topics = resources.iter().filter(|event| event["type"] == "AWS::SNS::Topic").count();
    assert_eq!(of_topics, 120, "each topic begins once and ends once");
}

#[test]
fn another_server_agrees() {
    let account = Account::new(cloud::moto(), "second");
    account.template(TEMPLATE);
    let created = account.events(&["deploy", "--yes"], 0);
    assert_eq!(change(&created, "Stream")["action"], "Add");
    assert_eq!(result(&account.events(&["deploy", "--yes"], 0)), "nothing-to-do");
    assert_eq!(result(&account.events(&["delete", "--yes"], 0)), "done");
}

#[test]
fn without_a_region_or_a_name_there_is_nothing_to_talk_to() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("template.yaml"), TEMPLATE.replace("NAME", "nameless")).unwrap();
    let run = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_firehose-kit"));
        command.env_clear().current_dir(folder.path()).env("AWS_EC2_METADATA_DISABLED", "true");
        let output = command.args(args).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, error) = run(&["deploy", "--yes"]);
    assert!(code == 2 && error.contains("--stack-name"), "{error}");
    let (code, error) = run(&["deploy", "--yes", "--stack-name", "x"]);
    assert!(code == 2 && error.contains("no region"), "{error}");
    let (code, error) = run(&["deploy", "--yes", "--stack-name", "x", "--region", "us-east-1"]);
    assert!(code == 3 && error.contains("give credentials"), "{error}");
}
