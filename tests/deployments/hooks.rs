//! Hooks that stop an operation: what the event says, and what `GetHookResult` adds.

use super::*;
use firehose_kit::deploy::events::HookRun;
use firehose_kit::deploy::hooks::{HookFinding, HookResult};

fn stopped_by(hook: HookRun, result: Option<Answer>) -> Run {
    let mut stopping = event(2, "Stream", STREAM, "CREATE_IN_PROGRESS", "");
    stopping.hook = Some(hook);
    let told = vec![
        of_stack(1, "UPDATE_IN_PROGRESS"),
        stopping,
        event(3, "Stream", STREAM, "CREATE_FAILED", "The following hook(s) failed: [Org::Encryption::Check]"),
        of_stack(9, "UPDATE_ROLLBACK_COMPLETE"),
    ];
    let mut run = Run::new(plan(Mode::Deploy));
    let mut script = Script::default()
        .on(
            "DescribeStacks",
            [stack("UPDATE_COMPLETE"), stack("UPDATE_IN_PROGRESS"), stack("UPDATE_ROLLBACK_COMPLETE")],
        )
        .on("DescribeChangeSet", [made()])
        .on("DescribeStackEvents", [events([]), events(told)]);
    if let Some(result) = result {
        script = script.on("GetHookResult", [result]);
    }
    run.play(&mut script);
    run
}

fn hook(reason: Option<&str>, invocation: Option<&str>) -> HookRun {
    HookRun {
        kind: "Org::Encryption::Check".into(),
        status: "HOOK_COMPLETE_FAILED".into(),
        reason: reason.map(str::to_owned),
        stops: true,
        invocation: invocation.map(str::to_owned),
        findings: Vec::new(),
    }
}

#[test]
fn a_hook_that_stopped_a_resource_says_why() {
    let run = stopped_by(hook(Some("delivery streams must be encrypted"), None), None);
    let cause = run.failure().cause.as_ref().unwrap();
    assert_eq!(cause.message, "delivery streams must be encrypted");
    assert_eq!(cause.hook.as_deref(), Some("Org::Encryption::Check"));
    assert!(!run.operations().contains(&"GetHookResult"), "an event without an id leads nowhere");
}

#[test]
fn its_result_says_more_than_the_event() {
    let finding = HookFinding {
        name: "firehose_encrypted".into(),
        message: Some("DeliveryStreamEncryptionConfigurationInput is missing".into()),
        remediation: Some("set KeyType".into()),
    };
    let result = HookResult {
        reason: Some("1 of 12 rules failed for Stream".into()),
        findings: vec![finding.clone()],
    };
    let told = stopped_by(
        hook(Some("Template failed validation"), Some("i-1")),
        Some(Answer::HookResult(Box::new(result))),
    );
    let cause = told.failure().cause.as_ref().unwrap();
    assert_eq!(cause.message, "1 of 12 rules failed for Stream");
    assert_eq!(cause.findings, [finding]);
    assert_eq!(
        cause.findings[0].words(),
        "firehose_encrypted: DeliveryStreamEncryptionConfigurationInput is missing (set KeyType)"
    );
    let asked = told.calls.iter().filter(|call| **call == Request::ReadHookResult("i-1".into())).count();
    assert_eq!(asked, 1);
    assert!(matches!(told.verdict(), Verdict::RolledBack(_)));
}

#[test]
fn without_the_permission_for_it_the_event_stands() {
    let denied = error("AccessDenied", "not authorized to perform: cloudformation:GetHookResult");
    let run = stopped_by(hook(Some("Template failed validation"), Some("i-1")), Some(denied));
    assert_eq!(run.failure().cause.as_ref().unwrap().message, "Template failed validation");
    assert!(run.notes().iter().any(|note| note.contains("in full can't be read (AccessDenied)")));
}
