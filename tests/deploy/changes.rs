//! What a user is told of a change, before anything is changed.

use super::*;

const KNOWN: &str = "  Group:\n    Type: AWS::Logs::LogGroup\n    UpdateReplacePolicy: Retain\n    Properties: {LogGroupName: NAME-log}\n  \
                     Source:\n    Type: AWS::Kinesis::Stream\n    Properties: {Name: NAME-source, ShardCount: 1}\n  \
                     Key:\n    Type: AWS::KMS::Key\n    Properties: {MultiRegion: false, KeyPolicy: {Statement: []}}\nOutputs:";

fn consequences(change: &Value) -> Vec<&str> {
    change["consequences"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect()
}

#[test]
fn diff_knows_what_replaces_the_resources_beside_a_stream() {
    let account = Account::new(cloud::ministack(), "beside");
    let template = TEMPLATE.replace("Outputs:", KNOWN);
    account.template(&template);
    account.events(&["deploy", "--yes"], 0);
    account.template(
        &template
            .replace("NAME-data", "NAME-other")
            .replace("NAME-log", "NAME-logs")
            .replace("NAME-source", "NAME-sources")
            .replace("MultiRegion: false", "MultiRegion: true"),
    );
    let told = account.events(&["diff"], 0);
    let of = |id: &str| (change(&told, id)["effect"].as_str().unwrap(), consequences(change(&told, id)));
    assert_eq!(of("Bucket"), ("replace", vec!["bucket-must-be-empty"]));
    assert_eq!(of("Group"), ("replace", vec!["stays"]), "UpdateReplacePolicy of the templates");
    assert_eq!(of("Source"), ("replace", vec!["data-lost"]));
    assert_eq!(of("Key"), ("modify", vec!["unknown"]));
    // The stream stays, and delivers to another bucket.
    assert_eq!(of("Stream"), ("modify", vec!["in-place"]));
    let bucket = &change(&told, "Stream")["properties"][0];
    assert_eq!(bucket["before"], "arn:aws:s3:::beside-data");
    assert_eq!(bucket["after"], "arn:aws:s3:::beside-other");
    let said = account.run(&["diff"]);
    assert!(said.out.contains("3 to replace") && said.out.contains("`deploy --plan` tells"), "{}", said.out);
}

#[test]
fn a_stream_that_gets_a_name_is_replaced_in_diff_and_in_deploy() {
    let account = Account::new(cloud::ministack(), "named");
    let alarm = "  Alarm:\n    Type: AWS::CloudWatch::Alarm\n    Properties:\n      Namespace: AWS/Firehose\n      MetricName: IncomingRecords\n      \
                 Dimensions: [{Name: DeliveryStreamName, Value: !Ref Stream}]\n      Statistic: Sum\n      Period: 300\n      \
                 EvaluationPeriods: 1\n      Threshold: 0\n      ComparisonOperator: LessThanOrEqualToThreshold\nOutputs:";
    let named = TEMPLATE.replace("Outputs:", alarm);
    account.template(&named.replace("      DeliveryStreamName: !Sub \"NAME-${Suffix}\"\n", ""));
    account.events(&["deploy", "--yes"], 0);
    account.template(&named);
    for command in [&["diff"][..], &["deploy", "--plan"]] {
        let told = account.events(command, 0);
        assert_eq!(change(&told, "Stream")["effect"], "replace", "{command:?}");
        // What refers to it is shown with the name that it has, and the one that it gets.
        let value = &change(&told, "Alarm")["properties"][0];
        assert_eq!(value["after"], "named-a", "{command:?}: {value}");
        assert!(value["before"].as_str().unwrap().starts_with("named-Stream-"), "{command:?}: {value}");
    }
}

#[test]
fn a_harmless_change_beside_a_stream_raises_no_alarm() {
    let account = Account::new(cloud::ministack(), "harmless");
    assert_eq!(account.plainly(&["init", "kinesis-to-s3"]).code, 0);
    account.events(&["deploy", "--yes"], 0);
    let told = account.events(&["deploy", "--plan", "--parameter", "RetentionDays=5"], 0);
    assert_eq!(change(&told, "Bucket")["effect"], "modify");
    let stream = change(&told, "Stream");
    assert_eq!(stream["effect"], "likely-modify", "{stream}");
    assert_eq!(consequences(stream), ["likely-in-place"]);
    let said = account.run(&["deploy", "--plan", "--parameter", "RetentionDays=6"]);
    assert!(said.out.contains("most likely in place") && !said.out.contains("replace\n"), "{}", said.out);
}

#[test]
fn a_change_that_firehose_refuses_is_an_error_of_diff() {
    let account = Account::new(cloud::ministack(), "undone");
    assert_eq!(account.plainly(&["init", "s3-partitioned"]).code, 0);
    account.events(&["deploy", "--yes"], 0);
    let path = account.path().join("template.yaml");
    let template = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, template.replace("S3BackupMode: Enabled", "S3BackupMode: Disabled")).unwrap();
    let said = account.run(&["diff"]);
    assert_eq!(said.code, 1, "{}", said.error);
    assert!(said.error.contains("error[FH907"), "{}", said.error);
    assert!(
        said.out.contains("Firehose refuses this update") && !said.out.contains("in place"),
        "{}",
        said.out
    );
    assert!(account.plainly(&["explain", "FH907"]).out.contains("as an error"));
}

#[test]
fn of_a_stack_that_never_worked_nothing_is_lost() {
    let account = Account::new(cloud::ministack(), "undone-wholly");
    account.template(&TEMPLATE.replace(
        "Outputs:",
        "  Again:\n    Type: AWS::S3::Bucket\n    DependsOn: Stream\n    Properties: {BucketName: NAME-data}\nOutputs:",
    ));
    let failed = account.run(&["deploy", "--yes"]);
    assert_eq!(failed.code, 4, "{}", failed.error);
    // The name that is taken is quoted: it stands in one property.
    let line = "    Properties: {BucketName: undone-wholly-data}";
    assert!(failed.error.contains(line) && failed.error.contains("^^^^"), "{}", failed.error);
    let said = account.run(&["delete", "--yes"]);
    assert_eq!(said.code, 0, "{}", said.error);
    assert!(said.out.contains("only the record of the stack goes"), "{}", said.out);
    assert!(!said.out.contains("lost") && !said.out.contains("bucket"), "{}", said.out);
}

#[test]
fn values_that_a_parameter_does_not_allow_never_reach_aws() {
    let account = Account::new(cloud::ministack(), "unfit");
    assert_eq!(account.plainly(&["init", "s3-gzip"]).code, 0);
    for (given, wanted) in [
        ("RetentionDays=0", "the parameter `RetentionDays` can't be `0`: it must be at least 1"),
        (
            "AlarmTopicArn=x",
            "the parameter `AlarmTopicArn` can't be `x`: the ARN of an SNS topic, or nothing",
        ),
    ] {
        let said = account.run(&["deploy", "--yes", "--parameter", given]);
        assert!(said.code == 2 && said.error.contains(wanted), "{}", said.error);
        assert!(said.error.contains("template.yaml:") && said.out.is_empty(), "{}", said.error);
        let said = account.plainly(&["validate", "--parameter", given]);
        assert!(said.code == 2 && said.error.contains(wanted), "{}", said.error);
    }
    assert_eq!(account.run(&["status"]).code, 3, "there is no stack");
}

#[test]
fn values_that_init_made_up_are_named_before_they_are_deployed() {
    let account = Account::new(cloud::ministack(), "made-up");
    let wrote = account.plainly(&["init", "splunk"]);
    assert!(wrote.out.contains("put your own HecEndpoint and SecretArn"), "{}", wrote.out);
    let said =
        account.run(&["deploy", "--yes", "--plan", "--parameter", "HecEndpoint=https://hec.own.net:8088"]);
    assert_eq!(said.code, 0, "{}", said.error);
    let note = "`SecretArn` still has the made-up value that `init` wrote";
    let (before, _) = said.error.split_once("Making the change set").unwrap();
    assert!(before.contains(note), "{}", said.error);
}
