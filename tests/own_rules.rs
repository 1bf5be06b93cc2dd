//! Users' own rules, end to end: rule files as YAML and JSON, broken ones, holes, worlds, selection, suppression.

use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

const FIXTURES: &str = "tests/fixtures/own-rules";
const EXAMPLE: &str = "docs/own-rules-example";

struct Ran {
    code: i32,
    out: String,
    err: String,
}

fn run(arguments: &[&str]) -> Ran {
    let output = Command::cargo_bin("firehose-kit").unwrap().args(arguments).output().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn validate(template: &str, rules: &str, more: &[&str]) -> Ran {
    let mut arguments = vec!["validate", template, "--rules", rules, "--format", "json"];
    arguments.extend(more);
    run(&arguments)
}

/// Each finding as `id line:column-line:column path`.
fn findings(ran: &Ran) -> Vec<String> {
    let json: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err));
    let one = |finding: &Value| {
        let at = |key: &str| format!("{}:{}", finding[key]["line"], finding[key]["column"]);
        let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
        format!("{} {}-{} {}", text("rule"), at("start"), at("end"), text("path"))
    };
    json["findings"].as_array().unwrap().iter().map(one).collect()
}

fn fixture(name: &str) -> String {
    format!("{FIXTURES}/{name}")
}

#[test]
fn every_example_of_the_starter_pack_goes_as_it_should() {
    let ran = run(&["rules", "--rules", EXAMPLE, "--check"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "8 rules, 22 examples, 0 failed\n"), "{}", ran.err);
}

#[test]
fn findings_stand_at_exact_places_in_every_world() {
    let ran = validate(&fixture("template.yaml"), EXAMPLE, &["--select", "ORG"]);
    assert_eq!(ran.code, 1);
    let stream = "Resources/Stream/Properties";
    let statement = "Resources/Role/Properties/Policies/0/PolicyDocument/Statement/0";
    assert_eq!(
        findings(&ran),
        [
            format!("ORG001 14:5-14:15 {stream}"),
            // The value of the other branch of Fn::If is fine.
            format!("ORG004 15:60-15:66 {stream}/DeliveryStreamName"),
            format!("ORG003 17:7-17:11 {stream}/Tags"),
            format!("ORG008 21:7-21:41 {stream}/ExtendedS3DestinationConfiguration"),
            // A resource without `Properties` lacks them all.
            "ORG002 29:3-29:7 Resources/Data/Properties".to_owned(),
            "ORG003 29:3-29:7 Resources/Data/Properties".to_owned(),
            format!("ORG007 45:40-45:46 {statement}/Action/1"),
        ]
    );
    let first = &serde_json::from_str::<Value>(&ran.out).unwrap()["findings"][0];
    assert_eq!(first["name"], "stream-encrypted-at-rest");
    assert_eq!(first["severity"], "error");
    assert_eq!(
        first["message"],
        "A delivery stream that is put to directly must be encrypted at rest: \
         `Properties` lacks `DeliveryStreamEncryptionConfigurationInput`"
    );
    assert!(first["help"].as_str().unwrap().starts_with("add `DeliveryStreamEncryption"));
}

#[test]
fn supplied_values_decide_the_world() {
    let template = fixture("template.yaml");
    let given = ["--select", "ORG004,ORG008", "--parameter", "Stage=prod"];
    assert_eq!(findings(&validate(&template, EXAMPLE, &given)), [""; 0]);
}

#[test]
fn own_rules_are_selected_and_ignored_like_ours() {
    let template = fixture("template.yaml");
    let ids = |more: &[&str]| -> Vec<String> {
        let ran = validate(&template, EXAMPLE, more);
        findings(&ran).iter().map(|line| line[..6].to_owned()).collect()
    };
    assert_eq!(ids(&["--select", "ORG00", "--ignore", "ORG003,stream-encrypted-at-rest,ORG007"]).len(), 3);
    assert_eq!(ids(&["--select", "stream-name"]), ["ORG004"]);
    assert!(ids(&["--ignore", "ORG"]).iter().all(|id| id.starts_with("FH")));
    let ran = validate(&template, EXAMPLE, &["--select", "ORG009"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("did you mean `ORG00"), "{}", ran.err);
}

#[test]
fn own_rules_are_suppressed_like_ours() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("template.yaml");
    let text = std::fs::read_to_string(fixture("template.yaml")).unwrap();
    let text = text
        .replace("      Tags:\n", "      # firehose-kit: ignore ORG003 -- not ours\n      Tags:\n")
        .replace(
            "{owner: \"orders\"}",
            "{firehose-kit: {ignore: [{rule: owner-and-cost-centre, reason: x}, {rule: ORG004}, {rule: ORG099}]}}",
        );
    std::fs::write(&path, text).unwrap();
    let template = path.to_str().unwrap();
    let ran = validate(template, EXAMPLE, &["--select", "ORG003,ORG004,FH023"]);
    let found = findings(&ran);
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[0].starts_with("ORG004 15:60"));
    assert!(found[1].starts_with("FH023") && found[2].starts_with("FH023"), "{found:?}");
    let json: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(json["summary"]["suppressed"], 2);
    // Without the folder, nobody knows whether such a suppression is idle.
    let ran = run(&["validate", template, "--format", "json", "--select", "FH023"]);
    assert!(!ran.out.contains("ORG"), "{}", ran.out);
}

#[test]
fn what_is_unknown_is_never_passed_in_silence() {
    let (template, rules) = (fixture("holes/template-holes.txt"), fixture("holes"));
    let ran = validate(&template, &rules, &["--select", "ORG"]);
    assert_eq!((ran.code, findings(&ran)), (0, Vec::new()));
    assert_eq!(ran.err, "3 checks of your own rules could not be decided; --strict-unknown shows them\n");
    let ran = validate(&template, &rules, &["--select", "ORG", "--strict-unknown", "--fail-on", "info"]);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    let destination = "Resources/Stream/Properties/ExtendedS3DestinationConfiguration";
    assert_eq!(
        findings(&ran),
        [
            "ORG010 8:27-8:36 Resources/Stream/Properties/DeliveryStreamName".to_owned(),
            format!("ORG012 9:7-9:41 {destination}"),
            format!("ORG011 12:61-12:70 {destination}/BufferingHints"),
        ]
    );
    let json: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(json["findings"][0]["severity"], "info");
    assert_eq!(
        json["findings"][0]["message"],
        "own rule ORG010 could not be decided here: the parameter `Name` has no value here"
    );
    // What is known to be wrong is found beside what is unknown.
    let given = ["--select", "ORG", "--parameter", "Name=clicks-prod", "--parameter", "Wait=60"];
    let ids: Vec<String> =
        findings(&validate(&template, &rules, &given)).iter().map(|line| line[..6].to_owned()).collect();
    assert_eq!(ids, ["ORG010", "ORG012", "ORG011"]);
    let given = ["--select", "ORG", "--parameter", "Name=orders-test", "--parameter", "Wait=300"];
    let ran = validate(&template, &rules, &given);
    assert_eq!((ran.code, findings(&ran), ran.err.as_str()), (0, Vec::new(), ""));
}

#[test]
fn a_broken_rule_file_is_refused_with_its_place() {
    let cases = [
        ("syntax.yaml", "2:16: not YAML or JSON"),
        ("unknown-member.yaml", "3:1: the rule has no member `mesage`; did you mean `message`?"),
        ("our-id.yaml", "2:11: `severity` is none of"),
        (
            "reserved-id.yaml",
            "1:5: `FHX01` looks like a rule of firehose-kit; begin with letters of your own",
        ),
        (
            "path.yaml",
            "6:9: the path can never match in AWS::KinesisFirehose::DeliveryStream: `Properties` has no property \
             `Extendeds3DestinationConfiguration`; did you mean `ExtendedS3DestinationConfiguration`?",
        ),
        (
            "property.json",
            "7:74: the schema can never match in AWS::KinesisFirehose::DeliveryStream: \
             `ExtendedS3DestinationConfiguration` has no property `BufferingHint`; did you mean `BufferingHints`?",
        ),
        ("type.yaml", "4:20: `AWS::s3::Bucket` is no resource type; did you mean `AWS::S3::Bucket`?"),
        ("pattern.yaml", "6:12: the pattern `^(?!prod-)` is not taken"),
        ("remote.yaml", "6:9: `https://example.com/schema.json` refers to something outside the schema"),
        ("circle.yaml", "6:3: the schema refers to itself in a circle"),
        ("tag.yaml", "5:43: `!Ref` has no meaning in a rule"),
        ("keyword.yaml", "7:33: not a JSON Schema of draft 2020-12"),
    ];
    for (name, wanted) in cases {
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy(fixture(&format!("broken/{name}")), folder.path().join(name)).unwrap();
        let ran = validate(&fixture("template.yaml"), folder.path().to_str().unwrap(), &[]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{name}: {}", ran.err);
        assert!(ran.err.contains(&format!("{name}:{wanted}")), "{name}: {}", ran.err);
    }
    // All of them at once: every file is told of, and ids must be unique.
    let ran = validate(&fixture("template.yaml"), &fixture("broken"), &[]);
    assert_eq!(ran.code, 2);
    for (name, _) in cases {
        assert!(ran.err.contains(name), "{name} {}", ran.err);
    }
}

#[test]
fn folders_that_hold_no_rules_or_the_same_one_twice_are_refused() {
    let refused = |rules: &Path| {
        let ran = validate(&fixture("template.yaml"), rules.to_str().unwrap(), &[]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
        ran.err
    };
    assert!(refused(Path::new(&fixture("empty"))).contains("the folder holds no rules"));
    assert!(refused(Path::new("no-such-folder")).contains("no-such-folder"));
    let folder = tempfile::tempdir().unwrap();
    let rule = fixture("holes/name.yaml");
    std::fs::copy(&rule, folder.path().join("a.yaml")).unwrap();
    std::fs::copy(&rule, folder.path().join("b.yaml")).unwrap();
    let error = refused(folder.path());
    assert!(error.contains("b.yaml:1:5: the id `ORG010` is taken by "), "{error}");
    std::fs::remove_file(folder.path().join("b.yaml")).unwrap();
    std::fs::write(folder.path().join("c.yaml"), vec![b'#'; (1 << 20) + 1]).unwrap();
    assert!(refused(folder.path()).contains("too large for a rule"));
}

#[test]
fn the_folder_can_stand_in_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("organisation")).unwrap();
    std::fs::copy(fixture("holes/name.yaml"), folder.path().join("organisation/name.yaml")).unwrap();
    std::fs::copy(fixture("template.yaml"), folder.path().join("template.yaml")).unwrap();
    std::fs::write(folder.path().join("firehose-kit.toml"), "[validate]\nrules = \"organisation\"\n")
        .unwrap();
    let output = Command::cargo_bin("firehose-kit")
        .unwrap()
        .current_dir(folder.path())
        .args(["validate", "--select", "ORG", "--fail-on", "warning"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("warning[ORG010 org010]: Stream names begin with `orders-`"), "{text}");
}

#[test]
fn an_example_that_does_not_go_as_it_should_fails_the_check() {
    let folder = tempfile::tempdir().unwrap();
    let rule = std::fs::read_to_string(fixture("holes/name.yaml")).unwrap();
    let example = "good:\n  Resources:\n    S:\n      Type: AWS::KinesisFirehose::DeliveryStream\n      \
                   Properties: {DeliveryStreamName: clicks}\nbad: \"Resources: {}\"\n";
    std::fs::write(folder.path().join("name.yaml"), rule + example).unwrap();
    let ran = run(&["rules", "--rules", folder.path().to_str().unwrap(), "--check"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("name.yaml:9:3: ORG010 fires on its good example"), "{}", ran.out);
    assert!(ran.out.contains("ORG010 is silent on its bad example"), "{}", ran.out);
    let ran = run(&["rules", "--check"]);
    assert_eq!(ran.code, 2);
    let ran = run(&["rules", "--rules", EXAMPLE, "--format", "json"]);
    assert!(ran.out.contains("ORG008"));
}
