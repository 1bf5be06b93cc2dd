//! What follows a deployment and what goes before it, against MiniStack, which delivers to its S3 at once: `--smoke` and
//! `--detect-drift`.

use super::*;

#[test]
fn records_go_through_the_deployed_stream_into_the_predicted_keys() {
    let account = Account::new(cloud::ministack(), "smoke");
    account.template(&TEMPLATE.replace(
        "        BufferingHints",
        "        Prefix: data/!{timestamp:yyyy}/\n        ErrorOutputPrefix: errors/!{firehose:error-output-type}/\n        \
         CustomTimeZone: Asia/Tokyo\n        BufferingHints",
    ));
    let lines: String = (0..501).map(|at| format!("{{\"n\":{at}}}\n")).collect();
    std::fs::write(account.path().join("records.jsonl"), lines).unwrap();
    let events = account.events(&["deploy", "--yes", "--smoke", "records.jsonl"], 0);
    assert_eq!(result(&events), "done");
    let put = of(&events, "smoke-put");
    assert_eq!((put.len(), &put[0]["done"], &put[1]["done"]), (2, &500.into(), &501.into()));
    let waiting = of(&events, "smoke-wait")[0];
    assert_eq!(waiting["seconds"], 360, "the buffer's 300 and a minute");
    assert_eq!(waiting["expected"][0]["records"], 501);
    // MiniStack makes an object of each record.
    let came = of(&events, "smoke-object");
    assert!(
        !came.is_empty() && came.iter().all(|one| one["key"].as_str().unwrap().starts_with("data/2")),
        "{came:?}"
    );
    // The same again: nothing to deploy, and tried all the same.
    let again = account.events(&["deploy", "--yes", "--smoke", "records.jsonl"], 0);
    assert_eq!((result(&again), of(&again, "smoke-put").len()), ("nothing-to-do", 2));
    std::fs::write(account.path().join("one.jsonl"), "{}\n").unwrap();
    let said = account.run(&["deploy", "--yes", "--smoke", "one.jsonl"]);
    assert!(said.code == 0 && !said.error.contains("Nothing to do"), "{}", said.error);
    assert!(said.error.ends_with("Done; the stack was as it is\n"), "{}", said.error);
}

#[test]
fn what_can_not_be_tried_is_refused_before_anything_is_deployed() {
    let account = Account::new(cloud::ministack(), "untried");
    account.template(TEMPLATE);
    let said = account.run(&["deploy", "--yes", "--smoke", "absent.jsonl"]);
    assert!(said.code == 2 && said.error.contains("absent.jsonl"), "{}", said.error);
    std::fs::write(account.path().join("large.jsonl"), "x".repeat(1_024_001)).unwrap();
    let said = account.run(&["deploy", "--yes", "--smoke", "large.jsonl"]);
    assert!(
        said.code == 2 && said.error.contains("large.jsonl: line 1: a record has 1024000 bytes"),
        "{}",
        said.error
    );
    std::fs::write(account.path().join("one.jsonl"), "{}\n").unwrap();
    account.template(&TEMPLATE.replace("Outputs:", "  Second:\n    Type: AWS::KinesisFirehose::DeliveryStream\n    Properties:\n      \
        S3DestinationConfiguration: {BucketARN: !GetAtt Bucket.Arn, RoleARN: 'arn:aws:iam::444455556666:role/delivery'}\nOutputs:"));
    let said = account.run(&["deploy", "--yes", "--smoke", "one.jsonl"]);
    assert!(said.code == 2 && said.error.contains("`--stream`: Stream, Second"), "{}", said.error);
    account.template(&TEMPLATE.replace(
        "      ExtendedS3",
        "      DeliveryStreamType: KinesisStreamAsSource\n      KinesisStreamSourceConfiguration:\n        \
         KinesisStreamARN: arn:aws:kinesis:us-east-1:444455556666:stream/clicks\n        \
         RoleARN: arn:aws:iam::444455556666:role/delivery\n      ExtendedS3",
    ));
    let said = account.run(&["deploy", "--yes", "--smoke", "one.jsonl"]);
    assert!(said.code == 2 && said.error.contains("it reads them from its source"), "{}", said.error);
    assert_eq!(account.run(&["status"]).code, 3, "nothing was deployed");
}

#[test]
fn drift_is_found_on_request() {
    let account = Account::new(cloud::ministack(), "drifting");
    let versioned = TEMPLATE.replace(
        "{BucketName: NAME-data}",
        "{BucketName: NAME-data, VersioningConfiguration: {Status: Enabled}}",
    );
    account.template(&versioned);
    let created = account.events(&["deploy", "--yes", "--detect-drift"], 0);
    assert!(of(&created, "drift").is_empty(), "a new stack has none");
    let same = account.events(&["deploy", "--yes", "--detect-drift"], 0);
    assert_eq!(of(&same, "drift")[0]["status"], "IN_SYNC");
    account.python(
        "session.client('s3').put_bucket_versioning(Bucket='drifting-data', \
                    VersioningConfiguration={'Status': 'Suspended'})",
    );
    let drifted = account.events(&["deploy", "--yes", "--detect-drift"], 0);
    let told = of(&drifted, "drift")[0];
    assert_eq!(told["status"], "DRIFTED");
    let bucket = &told["resources"][0];
    assert_eq!((&bucket["logical_id"], &bucket["status"]), (&"Bucket".into(), &"MODIFIED".into()));
    assert_eq!(
        bucket["properties"][0],
        serde_json::json!({"path": "VersioningConfiguration.Status", "expected": "Enabled", "actual": "Suspended"})
    );
    let text = account.run(&["deploy", "--yes", "--detect-drift"]).error;
    assert!(text.contains("VersioningConfiguration.Status: Enabled → Suspended"), "{text}");
}
