//! What a change set comes to, where CloudFormation leaves it open.

use super::*;

use firehose_kit::deploy::change_set::ChangeRow;
use firehose_kit::deploy::consequence::StreamFacts;
use firehose_kit::deploy::differences::{Differences, PropertyDifference, ResourceDifference};
use firehose_kit::deploy::effect::Effect;

const ROLE: &str = "AWS::IAM::Role";
const BUCKET: &str = "AWS::S3::Bucket";

/// A modification with what CloudFormation tells of its properties: path, what it requires, and its cause.
fn modified(
    logical_id: &str,
    kind: &str,
    replacement: &str,
    details: &[(&str, &str, Option<&str>)],
) -> Change {
    let detail = |(path, recreation, cause): &(&str, &str, Option<&str>)| ChangeDetail {
        attribute: "Properties".into(),
        path: (*path).into(),
        recreation: Some((*recreation).into()),
        cause: cause.map(str::to_owned),
        ..ChangeDetail::default()
    };
    Change {
        action: "Modify".into(),
        logical_id: logical_id.into(),
        kind: kind.into(),
        replacement: Some(replacement.into()),
        details: details.iter().map(detail).collect(),
        ..Change::default()
    }
}

/// The rows of a plan, and what is asked before it is executed.
fn planned(changes: Vec<Change>, differences: Differences) -> (Vec<ChangeRow>, Option<String>, String) {
    let mut run = Run::new(Plan { is_confirmed: false, ..plan(Mode::Deploy) });
    let mut script = Script::default()
        .on("DescribeStacks", [stack("CREATE_COMPLETE")])
        .on("GetTemplate", [Answer::Compared(Box::new(differences))])
        .on("DescribeChangeSet", [answer(page("CREATE_COMPLETE", changes))]);
    run.play(&mut script);
    let typed = run.machine.poll_confirmation().unwrap().typed.clone();
    let summary = run.told.iter().find_map(|event| match event {
        DeployEvent::ChangeSet(summary) => Some(summary),
        _ => None,
    });
    let counts = summary.unwrap().counts().into_iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts.map(|(count, what)| format!("{count} {what}")).collect();
    (summary.unwrap().rows.clone(), typed, counts.join(", "))
}

/// CloudFormation API reference, `ResourceChange`: what is `Always` and `Dynamic` is `Conditional`.
#[test]
fn attributes_of_what_stays_replace_nothing() {
    let source = "KinesisStreamSourceConfiguration";
    let changes = || {
        vec![
            modified("Role", ROLE, "False", &[("Policies", "Never", None)]),
            modified(
                "Stream",
                STREAM,
                "Conditional",
                &[(source, "Always", Some("Role.Arn")), ("Tags", "Never", Some("Env"))],
            ),
            // It hangs on the stream, which hangs on the role.
            modified("Alarm", "AWS::Some::Alarm", "Conditional", &[("Dimensions", "Always", Some("Stream"))]),
        ]
    };
    let (rows, typed, counts) = planned(changes(), Differences::default());
    assert_eq!(counts, "3 to modify");
    assert_eq!(rows[1].effect, Effect::LikelyModify);
    assert_eq!(rows[1].consequences, [Consequence::LikelyInPlace]);
    assert_eq!(rows[2].effect, Effect::LikelyModify);
    assert_eq!(typed, None, "a yes is enough");
    // The same property once more, without a cause: that is told of each value that hangs on something.
    let mut told_again = changes();
    let again = ChangeDetail { cause: None, ..told_again[1].details[0].clone() };
    told_again[1].details.push(again);
    assert_eq!(planned(told_again, Differences::default()).0[1].effect, Effect::LikelyModify);
    // A role that is made anew has another ARN.
    let mut replaced = changes();
    replaced[0] = modified("Role", ROLE, "True", &[("RoleName", "Always", None)]);
    let (rows, typed, counts) = planned(replaced, Differences::default());
    assert_eq!(counts, "1 to replace, 2 that may be replaced");
    assert!(rows[1].consequences.contains(&Consequence::Uncertain));
    assert!(rows[1].consequences.contains(&Consequence::BufferedRecordsLost));
    assert_eq!(typed.as_deref(), Some("clicks"));
    // Nor is anything known where a parameter gives the value.
    let mut given = changes();
    given[1] = modified("Stream", STREAM, "Conditional", &[(source, "Always", Some("SourceArn"))]);
    assert_eq!(planned(given, Differences::default()).0[1].effect, Effect::MayReplace);
}

#[test]
fn properties_that_replace_nothing_settle_it() {
    let changes = vec![
        modified("Bucket", BUCKET, "Conditional", &[("LifecycleConfiguration", "Conditionally", None)]),
        modified("Stream", STREAM, "Conditional", &[("ExtendedS3DestinationConfiguration", "Always", None)]),
    ];
    let (rows, typed, counts) = planned(changes, Differences::default());
    assert_eq!(counts, "2 to modify");
    assert_eq!(rows[0].consequences, []);
    assert_eq!(rows[1].consequences, [Consequence::InPlace]);
    assert_eq!(typed, None);
}

#[test]
fn the_templates_tell_what_cloudformation_does_not() {
    let changes = vec![
        modified("Stream", STREAM, "Conditional", &[("DeliveryStreamName", "Conditionally", None)]),
        modified("Bucket", BUCKET, "True", &[("BucketName", "Always", None)]),
        Change {
            action: "Remove".into(),
            logical_id: "Log".into(),
            kind: "AWS::Logs::LogGroup".into(),
            ..Change::default()
        },
    ];
    let named = PropertyDifference {
        path: "DeliveryStreamName".into(),
        before: None,
        after: Some("clicks".into()),
        is_sure: true,
    };
    let known = |id: &str, policy: Option<&str>| ResourceDifference {
        logical_id: id.into(),
        policy: policy.map(str::to_owned),
        ..ResourceDifference::default()
    };
    let differences = Differences {
        resources: vec![
            ResourceDifference {
                kind: STREAM.into(),
                action: "Modify",
                properties: vec![named],
                stream: Some(StreamFacts::default()),
                ..known("Stream", None)
            },
            known("Bucket", Some("Retain")),
            known("Log", Some("Retain")),
        ],
        ..Differences::default()
    };
    let (rows, ..) = planned(changes, differences);
    assert_eq!(rows[0].effect, Effect::Replace, "both values are known, and they differ");
    assert_eq!(rows[1].consequences, [Consequence::Stays]);
    assert_eq!(rows[2].consequences, [Consequence::Stays]);
}
