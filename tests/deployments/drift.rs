//! Drift that is looked for before anything is changed.

use super::*;
use firehose_kit::deploy::drift::{Detection, DriftedProperty, DriftedResource};

fn detection(status: &str, drift: &str) -> Answer {
    let (status, drift) = (status.to_owned(), drift.to_owned());
    Answer::Detection(Box::new(Detection { status, drift, reason: None }))
}

fn drifted(logical_id: &str) -> DriftedResource {
    DriftedResource {
        logical_id: logical_id.into(),
        kind: STREAM.into(),
        status: "MODIFIED".into(),
        properties: vec![DriftedProperty::new("/A/AccessKey", Some("old"), Some("null"))],
        ..DriftedResource::default()
    }
}

fn looking() -> Run {
    Run::new(Plan { detects_drift: true, ..plan(Mode::Deploy) })
}

#[test]
fn drift_is_told_before_the_change_set_is_made() {
    let mut run = looking();
    let mut script = Script::default()
        .on(
            "DescribeStacks",
            [stack("CREATE_COMPLETE"), stack("UPDATE_IN_PROGRESS"), stack("UPDATE_COMPLETE")],
        )
        .on("DetectStackDrift", [Answer::Detecting("d-1".into())])
        .on(
            "DescribeStackDriftDetectionStatus",
            [throttled(), detection("DETECTION_IN_PROGRESS", ""), detection("DETECTION_COMPLETE", "DRIFTED")],
        )
        .on(
            "DescribeStackResourceDrifts",
            [
                Answer::Drifts { found: vec![drifted("Stream")], next: Some("2".into()) },
                Answer::Drifts { found: vec![drifted("Other")], next: None },
            ],
        )
        .on("DescribeChangeSet", [made()]);
    run.play(&mut script);
    assert_eq!(*run.verdict(), Verdict::Done);
    let told = run.told.iter().find_map(|event| match event {
        DeployEvent::Drift { status, resources } => Some((status.as_str(), resources)),
        _ => None,
    });
    let (status, resources) = told.unwrap();
    assert_eq!(status, "DRIFTED");
    let ids: Vec<_> = resources.iter().map(|one| one.logical_id.as_str()).collect();
    assert_eq!(ids, ["Stream", "Other"], "of all pages");
    // A secret stays one, and a value that is gone is none.
    let property = &resources[0].properties[0];
    assert_eq!(
        (property.path.as_str(), property.expected.as_deref(), property.actual.as_deref()),
        ("A.AccessKey", Some("***"), None)
    );
    let at = |name: &str| run.operations().iter().position(|known| *known == name).unwrap();
    assert!(at("DescribeStackResourceDrifts") < at("CreateChangeSet"));
}

#[test]
fn who_asks_for_drift_does_not_deploy_without() {
    let mut run = looking();
    let denied = error("AccessDenied", "not authorized to perform: cloudformation:DetectStackDrift");
    run.play(
        &mut Script::default()
            .on("DescribeStacks", [stack("CREATE_COMPLETE")])
            .on("DetectStackDrift", [denied]),
    );
    assert!(matches!(run.verdict(), Verdict::Refused(_)));
    assert!(run.refusal().hints.iter().any(|hint| hint.contains("`cloudformation:DetectStackDrift`")));
    assert_eq!(run.operations(), ["DescribeStacks", "DetectStackDrift"]);
}

#[test]
fn a_new_stack_has_none() {
    let mut run = looking();
    let mut script = Script::default()
        .on("DescribeStacks", [Answer::Stack(None), stack("CREATE_IN_PROGRESS"), stack("CREATE_COMPLETE")])
        .on("DescribeChangeSet", [made()]);
    run.play(&mut script);
    assert_eq!(*run.verdict(), Verdict::Done);
    assert!(!run.operations().contains(&"DetectStackDrift"));
}
