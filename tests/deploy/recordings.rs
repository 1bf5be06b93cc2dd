//! What no emulator answers, from a record: the whole program talks to it through the SDK.

use super::*;

const ABSENT: &str = "Stack with id recorded does not exist";

#[test]
fn what_validations_found_is_shown_at_its_line_and_throttling_is_waited_out() {
    let id = "arn:aws:cloudformation:us-east-1:444455556666:changeSet/c/1";
    let stack = "arn:aws:cloudformation:us-east-1:444455556666:stack/recorded/2";
    let reason = "The following hook(s)/validation failed: [AWS::EarlyValidation::PropertyValidation]. To troubleshoot \
                  Early Validation errors, use the DescribeEvents API for detailed failure information.";
    let found = "<member><EventId>1</EventId><EventType>VALIDATION_ERROR</EventType>\
                 <LogicalResourceId>Stream</LogicalResourceId><ResourceType>AWS::KinesisFirehose::DeliveryStream</ResourceType>\
                 <ValidationName>PROPERTY_VALIDATION</ValidationName><ValidationStatus>FAILED</ValidationStatus>\
                 <ValidationStatusReason>expected maximum: 128</ValidationStatusReason>\
                 <ValidationPath>/Resources/Stream/Properties/ExtendedS3DestinationConfiguration/BufferingHints/SizeInMBs</ValidationPath>\
                 </member>";
    let throttled = (400, recorded::error("Throttling", "Rate exceeded"));
    let server = recorded::serve(&[
        ("DescribeStacks", &[throttled.clone(), (400, recorded::error("ValidationError", ABSENT))]),
        (
            "CreateChangeSet",
            &[(
                200,
                recorded::result("CreateChangeSet", &format!("<Id>{id}</Id><StackId>{stack}</StackId>")),
            )],
        ),
        (
            "DescribeChangeSet",
            &[
                throttled,
                (
                    200,
                    recorded::result(
                        "DescribeChangeSet",
                        &format!(
                            "<ChangeSetId>{id}</ChangeSetId><ChangeSetName>c</ChangeSetName><Status>FAILED</Status><StatusReason>{reason}</StatusReason>"
                        ),
                    ),
                ),
            ],
        ),
        (
            "DescribeEvents",
            &[(
                200,
                recorded::result("DescribeEvents", &format!("<OperationEvents>{found}</OperationEvents>")),
            )],
        ),
        ("DeleteChangeSet", &[(200, recorded::result("DeleteChangeSet", ""))]),
        ("DeleteStack", &[(200, "<DeleteStackResponse/>".to_owned())]),
    ]);
    let account = Account::at(&server.url, "recorded");
    account.template(TEMPLATE);
    let said = account.run(&["deploy", "--yes"]);
    assert_eq!(said.code, 3, "{}", said.error);
    assert!(
        said.error.contains("error[PROPERTY_VALIDATION Stream]: expected maximum: 128"),
        "{}",
        said.error
    );
    assert!(said.error.contains("template.yaml:15:26"), "{}", said.error);
    assert!(said.error.contains("DescribeStacks again in"), "{}", said.error);
    assert!(said.error.contains("PropertyValidation].\n"), "the call to make is made: {}", said.error);
    let asked = server.asked.lock().unwrap();
    assert_eq!(asked[asked.len() - 3..], ["DescribeEvents", "DeleteChangeSet", "DeleteStack"], "{asked:?}");
}

#[test]
fn errors_of_aws_say_what_to_do() {
    for (operation, code, message, help) in [
        (
            "DescribeStacks",
            "ExpiredToken",
            "The security token included in the request is expired",
            "renew them",
        ),
        ("DescribeStacks", "AccessDenied", "User is not authorized", "`cloudformation:DescribeStacks`"),
        (
            "CreateChangeSet",
            "InsufficientCapabilitiesException",
            "Requires capabilities : [CAPABILITY_IAM]",
            "--capabilities",
        ),
    ] {
        let failure = (400, recorded::error(code, message));
        let absent = (400, recorded::error("ValidationError", ABSENT));
        let first = if operation == "DescribeStacks" { failure.clone() } else { absent };
        let server = recorded::serve(&[("DescribeStacks", &[first]), ("CreateChangeSet", &[failure])]);
        let account = Account::at(&server.url, "recorded");
        account.template(TEMPLATE);
        let said = account.run(&["deploy", "--yes"]);
        assert_eq!(said.code, 3, "{}", said.error);
        assert!(said.error.contains(message) && said.error.contains(help), "{}", said.error);
        // What never came to be is not deleted.
        assert_eq!(server.asked.lock().unwrap().last().unwrap(), operation);
    }
}

const STACK: &str = "arn:aws:cloudformation:us-east-1:444455556666:stack/recorded/2";
const CHANGE_SET: &str = "arn:aws:cloudformation:us-east-1:444455556666:changeSet/c/1";

fn ok(action: &str, inside: &str) -> (u16, String) {
    (200, recorded::result(action, inside))
}

fn told_stack(status: &str) -> (u16, String) {
    let stack = format!(
        "<Stacks><member><StackId>{STACK}</StackId><StackName>recorded</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime>\
         <StackStatus>{status}</StackStatus></member></Stacks>"
    );
    ok("DescribeStacks", &stack)
}

fn told_event(id: u32, logical: &str, kind: &str, status: &str, more: &str) -> String {
    let physical = if kind.ends_with("Stack") { STACK } else { "recorded-stream" };
    format!(
        "<member><EventId>{id}</EventId><StackId>{STACK}</StackId><StackName>recorded</StackName>\
         <LogicalResourceId>{logical}</LogicalResourceId><PhysicalResourceId>{physical}</PhysicalResourceId>\
         <ResourceType>{kind}</ResourceType><Timestamp>2026-01-01T00:00:0{id}Z</Timestamp>\
         <ResourceStatus>{status}</ResourceStatus>{more}</member>"
    )
}

fn told_events(newest_first: &[String]) -> (u16, String) {
    ok("DescribeStackEvents", &format!("<StackEvents>{}</StackEvents>", newest_first.concat()))
}

/// A change set that creates the stack, executed.
fn executed() -> Vec<(&'static str, Vec<(u16, String)>)> {
    let made = format!(
        "<ChangeSetId>{CHANGE_SET}</ChangeSetId><ChangeSetName>c</ChangeSetName><Status>CREATE_COMPLETE</Status>\
         <ExecutionStatus>AVAILABLE</ExecutionStatus><Changes></Changes>"
    );
    vec![
        (
            "CreateChangeSet",
            vec![ok("CreateChangeSet", &format!("<Id>{CHANGE_SET}</Id><StackId>{STACK}</StackId>"))],
        ),
        ("DescribeChangeSet", vec![ok("DescribeChangeSet", &made)]),
        ("ExecuteChangeSet", vec![ok("ExecuteChangeSet", "")]),
    ]
}

fn serve(answers: &[(&'static str, Vec<(u16, String)>)]) -> recorded::Recorded {
    let answers: Vec<_> = answers.iter().map(|(action, given)| (*action, given.as_slice())).collect();
    recorded::serve(&answers)
}

fn absent() -> (u16, String) {
    (400, recorded::error("ValidationError", ABSENT))
}

#[test]
fn a_stream_that_differs_is_told_and_refused_records_are_put_again() {
    const STREAM: &str = "AWS::KinesisFirehose::DeliveryStream";
    let mut answers = executed();
    let resource = |logical: &str, physical: &str, kind: &str| {
        format!(
            "<member><LogicalResourceId>{logical}</LogicalResourceId><PhysicalResourceId>{physical}</PhysicalResourceId>\
             <ResourceType>{kind}</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus>\
             <LastUpdatedTimestamp>2026-01-01T00:00:00Z</LastUpdatedTimestamp></member>"
        )
    };
    let resources = resource("Bucket", "recorded-data", "AWS::S3::Bucket")
        + &resource("Stream", "recorded-stream", STREAM);
    // The interval is another, the bucket is the one that the template refers to.
    let described = serde_json::json!({"DeliveryStreamDescription": {
        "DeliveryStreamName": "recorded-stream", "DeliveryStreamARN": "arn:aws:firehose:us-east-1:444455556666:deliverystream/recorded-stream",
        "DeliveryStreamStatus": "ACTIVE", "DeliveryStreamType": "DirectPut", "VersionId": "1", "HasMoreDestinations": false,
        "Destinations": [{"DestinationId": "destinationId-000000000001", "ExtendedS3DestinationDescription": {
            "RoleARN": "arn:aws:iam::444455556666:role/delivery", "BucketARN": "arn:aws:s3:::recorded-data",
            "BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 60}, "CompressionFormat": "UNCOMPRESSED",
            "EncryptionConfiguration": {"NoEncryptionConfig": "NoEncryption"}}}]}});
    let listed = |keys: &str| {
        let count = usize::from(!keys.is_empty());
        (
            200,
            format!(
                "<ListBucketResult><IsTruncated>false</IsTruncated><KeyCount>{count}</KeyCount>{keys}</ListBucketResult>"
            ),
        )
    };
    let key = "2026/01/01/00/recorded-stream-1-2026-01-01-00-00-00-0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f";
    answers.extend([
        ("DescribeStacks", vec![absent(), told_stack("CREATE_COMPLETE")]),
        (
            "DescribeStackEvents",
            vec![
                told_events(&[]),
                told_events(&[
                    told_event(3, "recorded", "AWS::CloudFormation::Stack", "CREATE_COMPLETE", ""),
                    told_event(2, "Stream", STREAM, "CREATE_COMPLETE", ""),
                    told_event(1, "recorded", "AWS::CloudFormation::Stack", "CREATE_IN_PROGRESS", ""),
                ]),
            ],
        ),
        (
            "ListStackResources",
            vec![ok("ListStackResources", &format!("<StackResourceSummaries>{resources}</StackResourceSummaries>"))],
        ),
        ("DescribeDeliveryStream", vec![(200, described.to_string())]),
        (
            "PutRecordBatch",
            vec![
                (
                    200,
                    r#"{"FailedPutCount":1,"RequestResponses":[{"RecordId":"1"},{"ErrorCode":"ServiceUnavailableException","ErrorMessage":"Slow down."}]}"#.to_owned(),
                ),
                (400, r#"{"__type":"ServiceUnavailableException","message":"Slow down."}"#.to_owned()),
                (200, r#"{"FailedPutCount":0,"RequestResponses":[{"RecordId":"2"}]}"#.to_owned()),
            ],
        ),
        (
            "ListObjectsV2",
            vec![listed(""), listed(&format!("<Contents><Key>{key}</Key><Size>14</Size></Contents>"))],
        ),
    ]);
    let server = serve(&answers);
    let account = Account::at(&server.url, "recorded");
    account.template(TEMPLATE);
    std::fs::write(account.path().join("two.jsonl"), "{\"a\":1}\n{\"a\":2}\n").unwrap();
    let said = account.run(&["deploy", "--yes", "--smoke", "two.jsonl"]);
    assert_eq!(said.code, 0, "{}", said.error);
    let hints = "ExtendedS3DestinationConfiguration.BufferingHints.IntervalInSeconds: 300 in the template, 60 deployed";
    assert!(said.error.contains("differs from the template") && said.error.contains(hints), "{}", said.error);
    // The name is the parameter's in the template, and another one here.
    assert!(
        said.error.contains("DeliveryStreamName: recorded-a in the template, recorded-stream deployed"),
        "{}",
        said.error
    );
    assert!(!said.error.contains("BucketARN:"), "{}", said.error);
    assert!(
        said.error.contains("PutRecordBatch again in") && said.error.contains("Put 2 of 2 records"),
        "{}",
        said.error
    );
    assert!(
        said.error.contains(&format!("destination s3://recorded-data/{key} (14 bytes)")),
        "{}",
        said.error
    );
    let asked = server.asked.lock().unwrap();
    assert_eq!(asked.iter().filter(|name| *name == "PutRecordBatch").count(), 3);
}

#[test]
fn a_hook_is_asked_for_all_that_it_found() {
    const STREAM: &str = "AWS::KinesisFirehose::DeliveryStream";
    let hook = "<HookType>Org::Encryption::Check</HookType><HookStatus>HOOK_COMPLETE_FAILED</HookStatus>\
                <HookStatusReason>Template failed validation</HookStatusReason><HookFailureMode>FAIL</HookFailureMode>\
                <HookInvocationId>i-1</HookInvocationId>";
    let failed =
        "<ResourceStatusReason>The following hook(s) failed: [Org::Encryption::Check]</ResourceStatusReason>";
    let result = "<HookResultId>i-1</HookResultId><Status>HOOK_COMPLETE_FAILED</Status>\
                  <HookStatusReason>1 of 2 rules failed</HookStatusReason><Annotations>\
                  <member><AnnotationName>named</AnnotationName><Status>PASSED</Status></member>\
                  <member><AnnotationName>encrypted</AnnotationName><Status>FAILED</Status>\
                  <StatusMessage>no DeliveryStreamEncryptionConfigurationInput</StatusMessage>\
                  <RemediationMessage>set KeyType</RemediationMessage></member></Annotations>";
    let answers = || {
        let mut answers = executed();
        answers.extend([
            ("DescribeStacks", vec![absent(), told_stack("ROLLBACK_COMPLETE")]),
            (
                "DescribeStackEvents",
                vec![
                    told_events(&[]),
                    told_events(&[
                        told_event(4, "recorded", "AWS::CloudFormation::Stack", "ROLLBACK_COMPLETE", ""),
                        told_event(3, "Stream", STREAM, "CREATE_FAILED", failed),
                        told_event(2, "Stream", STREAM, "CREATE_IN_PROGRESS", hook),
                        told_event(1, "recorded", "AWS::CloudFormation::Stack", "CREATE_IN_PROGRESS", ""),
                    ]),
                ],
            ),
            ("GetHookResult", vec![ok("GetHookResult", result)]),
        ]);
        answers
    };
    let server = serve(&answers());
    let account = Account::at(&server.url, "recorded");
    account.template(TEMPLATE);
    let said = account.run(&["deploy", "--yes"]);
    assert_eq!(said.code, 4, "{}", said.error);
    assert!(said.error.contains("error[CREATE_FAILED Stream]: 1 of 2 rules failed"), "{}", said.error);
    assert!(
        said.error.contains("  the hook Org::Encryption::Check stopped it\n    encrypted: no DeliveryStreamEncryptionConfigurationInput (set KeyType)\n"),
        "{}",
        said.error
    );
    assert!(!said.error.contains("named"), "what passed is not told: {}", said.error);
    let server = serve(&answers());
    let account = Account::at(&server.url, "recorded");
    account.template(TEMPLATE);
    let events = account.events(&["deploy", "--yes"], 4);
    let cause = &events.last().unwrap()["cause"];
    assert_eq!(cause["findings"][0]["remediation"], "set KeyType");
    assert_eq!(
        (&cause["hook"], &cause["path"]),
        (&"Org::Encryption::Check".into(), &"Resources/Stream".into())
    );
}

#[test]
fn a_message_that_a_rule_knows_stands_under_the_exact_part() {
    const STREAM: &str = "AWS::KinesisFirehose::DeliveryStream";
    let reason = "<ResourceStatusReason>Resource handler returned message: \"ErrorOutputPrefix cannot be null or empty when Prefix \
                  contains expressions (Service: Firehose, Status Code: 400, Request ID: 1)\" (RequestToken: 2, \
                  HandlerErrorCode: InvalidRequest)</ResourceStatusReason>";
    let answers = || {
        let mut answers = executed();
        answers.extend([
            ("DescribeStacks", vec![absent(), told_stack("ROLLBACK_COMPLETE")]),
            (
                "DescribeStackEvents",
                vec![
                    told_events(&[]),
                    told_events(&[
                        told_event(3, "recorded", "AWS::CloudFormation::Stack", "ROLLBACK_COMPLETE", ""),
                        told_event(2, "Stream", STREAM, "CREATE_FAILED", reason),
                        told_event(1, "recorded", "AWS::CloudFormation::Stack", "CREATE_IN_PROGRESS", ""),
                    ]),
                ],
            ),
        ]);
        answers
    };
    let template = TEMPLATE
        .replace("        BufferingHints", "        Prefix: data/!{timestamp:yyyy}/\n        BufferingHints");
    let server = serve(&answers());
    let account = Account::at(&server.url, "recorded");
    account.template(&template);
    // The rule would have stopped it.
    assert!(account.run(&["deploy", "--yes"]).error.contains("ErrorOutputPrefix"));
    assert!(server.asked.lock().unwrap().is_empty());
    let events = account.events(&["deploy", "--yes", "--no-validate"], 4);
    let cause = &events.last().unwrap()["cause"];
    let rule = cause["rule"].as_str().unwrap();
    assert!(rule.starts_with("FH3"), "{rule}");
    assert_eq!(cause["handler_code"], "InvalidRequest");
    assert_eq!(
        cause["message"],
        "ErrorOutputPrefix cannot be null or empty when Prefix contains expressions"
    );
    assert!(cause["path"].as_str().unwrap().starts_with("Resources/Stream/Properties/ExtendedS3"), "{cause}");
    let server = serve(&answers());
    let account = Account::at(&server.url, "recorded");
    account.template(&template);
    let said = account.run(&["deploy", "--yes", "--no-validate"]);
    let place = format!("--> template.yaml:{}:", cause["start"]["line"]);
    assert!(said.error.contains(&place) && said.error.contains(rule), "{}", said.error);
}

#[test]
fn refusals_have_pages_and_places_for_programs() {
    let page = |reason: &str, path: &str, next: &str| {
        ok(
            "DescribeEvents",
            &format!(
                "<OperationEvents><member><EventId>1</EventId><EventType>VALIDATION_ERROR</EventType>\
                 <LogicalResourceId>Stream</LogicalResourceId><ValidationName>PROPERTY_VALIDATION</ValidationName>\
                 <ValidationStatus>FAILED</ValidationStatus><ValidationStatusReason>{reason}</ValidationStatusReason>\
                 <ValidationPath>{path}</ValidationPath></member></OperationEvents>{next}"
            ),
        )
    };
    let failed = format!(
        "<ChangeSetId>{CHANGE_SET}</ChangeSetId><ChangeSetName>c</ChangeSetName><Status>FAILED</Status>\
         <StatusReason>The following hook(s)/validation failed: [AWS::EarlyValidation::PropertyValidation].</StatusReason>"
    );
    let hints = "/Resources/Stream/Properties/ExtendedS3DestinationConfiguration/BufferingHints";
    let server = serve(&[
        ("DescribeStacks", vec![absent()]),
        (
            "CreateChangeSet",
            vec![ok("CreateChangeSet", &format!("<Id>{CHANGE_SET}</Id><StackId>{STACK}</StackId>"))],
        ),
        ("DescribeChangeSet", vec![ok("DescribeChangeSet", &failed)]),
        (
            "DescribeEvents",
            vec![
                page("expected maximum: 128", &format!("{hints}/SizeInMBs"), "<NextToken>2</NextToken>"),
                page("expected maximum: 900", &format!("{hints}/IntervalInSeconds"), ""),
            ],
        ),
        ("DeleteChangeSet", vec![ok("DeleteChangeSet", "")]),
        ("DeleteStack", vec![(200, "<DeleteStackResponse/>".to_owned())]),
    ]);
    let account = Account::at(&server.url, "recorded");
    account.template(TEMPLATE);
    let events = account.events(&["deploy", "--yes"], 3);
    let details = events.last().unwrap()["details"].as_array().unwrap();
    let line = TEMPLATE.lines().position(|line| line.contains("BufferingHints")).unwrap() + 1;
    let places: Vec<_> = details.iter().map(|one| (&one["message"], &one["file"], &one["start"])).collect();
    assert_eq!(
        places,
        [
            (
                &"expected maximum: 128".into(),
                &"template.yaml".into(),
                &serde_json::json!({"line": line, "column": 26})
            ),
            (
                &"expected maximum: 900".into(),
                &"template.yaml".into(),
                &serde_json::json!({"line": line, "column": 40})
            ),
        ]
    );
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_the_operation_and_says_how_to_come_back() {
    use std::io::{BufRead, BufReader, Read};
    let mut answers = executed();
    answers.extend([
        ("DescribeStacks", vec![absent(), told_stack("CREATE_IN_PROGRESS")]),
        ("DescribeStackEvents", vec![told_events(&[])]),
    ]);
    let server = serve(&answers);
    let account = Account::at(&server.url, "recorded");
    account.template(TEMPLATE);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_firehose-kit"));
    command
        .env_clear()
        .current_dir(account.path())
        .env("AWS_ENDPOINT_URL", &server.url)
        .env("AWS_REGION", "us-east-1");
    command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
    command.args(["deploy", "--yes", "--stack-name", "recorded", "--format", "json"]);
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.find(|line| line.as_ref().unwrap().contains("\"executing\"")).unwrap().unwrap();
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let last: Value = serde_json::from_str(&lines.last().unwrap().unwrap()).unwrap();
    assert_eq!(last["result"], "unwatched");
    assert_eq!(child.wait().unwrap().code(), Some(6));
    let mut error = String::new();
    child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
    assert!(error.contains("the operation goes on"), "{error}");
    assert!(error.contains("firehose-kit deploy --watch --stack-name recorded"), "{error}");
}
