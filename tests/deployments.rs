//! The deployment machine against answers as AWS gives them: what it asks for, what it tells, and what it concludes.
//! Time is an argument, so nothing here waits.

#![cfg(feature = "aws")]

use std::collections::VecDeque;
use std::time::Duration;

use firehose_kit::deploy::api::{Answer, ApiError, Refused, Request};
use firehose_kit::deploy::change_set::{Change, ChangeDetail, ChangeSetPage};
use firehose_kit::deploy::consequence::Consequence;
use firehose_kit::deploy::differences::{Differences, ResourceDifference};
use firehose_kit::deploy::events::StackEvent;
use firehose_kit::deploy::parameters::Declared;
use firehose_kit::deploy::stack::{Stack, StackOutput, StackResource};
use firehose_kit::deploy::stream::StreamDescription;
use firehose_kit::deploy::verdict::{Failure, Refusal, RefusalKind};
use firehose_kit::deploy::{Decision, DeployEvent, Deployment, Input, Mode, OnFailure, Plan, Verdict};
use firehose_kit::foundation::seed::Seed;
use firehose_kit::foundation::timestamp::Timestamp;

#[path = "deployments/changes.rs"]
mod changes;
#[path = "deployments/drift.rs"]
mod drift;
#[path = "deployments/hooks.rs"]
mod hooks;
#[path = "deployments/smoke.rs"]
mod smoke;
#[path = "deployments/validations.rs"]
mod validations;

const STACK_ID: &str = "arn:aws:cloudformation:us-east-1:444455556666:stack/clicks/1";
const NESTED_ID: &str = "arn:aws:cloudformation:us-east-1:444455556666:stack/clicks-Inner/2";
const CHANGE_SET_ID: &str = "arn:aws:cloudformation:us-east-1:444455556666:changeSet/c/3";
const STREAM: &str = "AWS::KinesisFirehose::DeliveryStream";

fn plan(mode: Mode) -> Plan {
    Plan {
        mode,
        stack: "clicks".to_owned(),
        template_bytes: 1_000,
        bucket: None,
        parameters: Vec::new(),
        supplied: Default::default(),
        capabilities: Vec::new(),
        tags: None,
        role_arn: None,
        on_failure: OnFailure::Rollback,
        replaces_failed: false,
        cancels_on_interrupt: false,
        is_interactive: false,
        is_confirmed: true,
        change_set: None,
        detects_drift: false,
        smoke: None,
        confirms_streams: true,
        seed: Seed(1),
    }
}

/// A machine, the calls that it made, and what it told.
struct Run {
    machine: Deployment,
    now: Timestamp,
    calls: Vec<Request>,
    told: Vec<DeployEvent>,
}

impl Run {
    fn new(plan: Plan) -> Run {
        Run {
            machine: Deployment::new(plan),
            now: Timestamp::DEFAULT_START,
            calls: Vec::new(),
            told: Vec::new(),
        }
    }

    /// The next call; waits in virtual time where the machine does.
    fn call(&mut self) -> Option<Request> {
        for _ in 0..100 {
            self.tell();
            if let Some(request) = self.machine.poll_request(self.now) {
                self.calls.push(request.clone());
                return Some(request);
            }
            if self.machine.verdict().is_some() || self.machine.poll_confirmation().is_some() {
                return None;
            }
            self.now = self.machine.poll_timeout().expect("waits for something").max(self.now);
            self.machine.handle(Input::Tick, self.now);
        }
        panic!("the machine spins");
    }

    fn give(&mut self, answer: Answer) {
        self.machine.handle(Input::Answer(answer), self.now);
        self.tell();
    }

    fn tell(&mut self) {
        while let Some(event) = self.machine.poll_event() {
            self.told.push(event);
        }
    }

    /// Plays answers by operation until the end; the last answer of an operation is given again and again.
    fn play(&mut self, script: &mut Script) {
        for _ in 0..500 {
            let Some(request) = self.call() else { return };
            let answer = script.answer(&request);
            self.give(answer);
        }
        panic!("no end: {:?}", self.operations());
    }

    fn operations(&self) -> Vec<&'static str> {
        self.calls.iter().map(Request::operation).collect()
    }

    fn verdict(&self) -> &Verdict {
        self.machine.verdict().expect("an end")
    }

    fn notes(&self) -> Vec<&str> {
        let note = |event: &'_ DeployEvent| matches!(event, DeployEvent::Note(_));
        self.told
            .iter()
            .filter(|event| note(event))
            .map(|event| match event {
                DeployEvent::Note(text) => text.as_str(),
                _ => "",
            })
            .collect()
    }

    fn failure(&self) -> &Failure {
        match self.verdict() {
            Verdict::RolledBack(failure) | Verdict::NeedsAttention(failure) => failure,
            other => panic!("{other:?}"),
        }
    }

    fn refusal(&self) -> &Refusal {
        match self.verdict() {
            Verdict::Refused(refusal) | Verdict::Unwatched(refusal) => refusal,
            other => panic!("{other:?}"),
        }
    }
}

/// What AWS answers, by operation.
#[derive(Default)]
struct Script {
    answers: Vec<(&'static str, VecDeque<Answer>)>,
}

impl Script {
    fn on(mut self, operation: &'static str, answers: impl IntoIterator<Item = Answer>) -> Script {
        self.answers.push((operation, answers.into_iter().collect()));
        self
    }

    fn answer(&mut self, request: &Request) -> Answer {
        let operation = request.operation();
        let known = self.answers.iter_mut().find(|(name, _)| *name == operation);
        let Some((_, answers)) = known else {
            return match request {
                Request::ExecuteChangeSet { .. }
                | Request::DeleteChangeSet { .. }
                | Request::DeleteStack { .. }
                | Request::CancelUpdate { .. } => Answer::Accepted,
                Request::CreateChangeSet(_) => {
                    Answer::ChangeSetCreated { id: CHANGE_SET_ID.into(), stack_id: STACK_ID.into() }
                }
                Request::DescribeStackEvents { .. } => events([]),
                Request::ReadTemplate(_) => Answer::Compared(Box::default()),
                Request::DescribeStream { .. } => described_stream("ACTIVE"),
                Request::ListResources(_) => Answer::Resources(vec![StackResource {
                    logical_id: "Stream".into(),
                    physical_id: Some("clicks-stream".into()),
                    kind: STREAM.into(),
                    status: "CREATE_COMPLETE".into(),
                }]),
                other => panic!("no answer for {other:?}"),
            };
        };
        if answers.len() > 1 { answers.pop_front().unwrap() } else { answers.front().unwrap().clone() }
    }
}

fn stack(status: &str) -> Answer {
    Answer::Stack(Some(Box::new(described(status))))
}

fn described_stream(status: &str) -> Answer {
    Answer::Stream(Box::new(StreamDescription { status: status.into(), ..StreamDescription::default() }))
}

fn described(status: &str) -> Stack {
    Stack {
        id: STACK_ID.into(),
        name: "clicks".into(),
        status: status.into(),
        updated: Some(Timestamp::DEFAULT_START),
        ..Stack::default()
    }
}

fn error(code: &str, message: &str) -> Answer {
    Answer::Failed(ApiError::new(code, message))
}

fn throttled() -> Answer {
    error("Throttling", "Rate exceeded")
}

fn events(events: impl IntoIterator<Item = StackEvent>) -> Answer {
    let mut events: Vec<StackEvent> = events.into_iter().collect();
    events.reverse();
    Answer::Events { events, next: None }
}

/// An event of the stack, `at` seconds after the start.
fn event(at: u64, logical_id: &str, kind: &str, status: &str, reason: &str) -> StackEvent {
    StackEvent {
        id: format!("{at}-{logical_id}-{status}"),
        stack_id: STACK_ID.into(),
        stack: "clicks".into(),
        at: Some(Timestamp::DEFAULT_START.saturating_add(Duration::from_secs(at))),
        logical_id: logical_id.into(),
        physical_id: Some(if logical_id == "clicks" {
            STACK_ID.into()
        } else {
            format!("physical-{logical_id}")
        }),
        kind: kind.into(),
        status: status.into(),
        reason: Some(reason.to_owned()).filter(|reason| !reason.is_empty()),
        ..StackEvent::default()
    }
}

fn of_stack(at: u64, status: &str) -> StackEvent {
    event(at, "clicks", "AWS::CloudFormation::Stack", status, "")
}

fn page(status: &str, changes: Vec<Change>) -> ChangeSetPage {
    ChangeSetPage {
        id: CHANGE_SET_ID.into(),
        name: "c".into(),
        stack_id: STACK_ID.into(),
        stack: "clicks".into(),
        status: status.into(),
        execution_status: if status == "CREATE_COMPLETE" { "AVAILABLE" } else { "UNAVAILABLE" }.into(),
        changes,
        ..ChangeSetPage::default()
    }
}

fn answer(page: ChangeSetPage) -> Answer {
    Answer::ChangeSet(Box::new(page))
}

fn added(logical_id: &str) -> Change {
    Change { action: "Add".into(), logical_id: logical_id.into(), kind: STREAM.into(), ..Change::default() }
}

fn made() -> Answer {
    answer(page("CREATE_COMPLETE", vec![added("Stream")]))
}

#[test]
fn a_new_stack_is_made_followed_and_its_stream_confirmed() {
    let mut done = described("CREATE_COMPLETE");
    done.outputs = vec![StackOutput { key: "Name".into(), value: "clicks".into(), ..StackOutput::default() }];
    let mut run = Run::new(plan(Mode::Deploy));
    let first = [of_stack(1, "CREATE_IN_PROGRESS"), event(2, "Stream", STREAM, "CREATE_IN_PROGRESS", "")];
    let all = [
        first.to_vec(),
        vec![event(9, "Stream", STREAM, "CREATE_COMPLETE", ""), of_stack(10, "CREATE_COMPLETE")],
    ]
    .concat();
    let mut script = Script::default()
        .on(
            "DescribeStacks",
            [Answer::Stack(None), stack("CREATE_IN_PROGRESS"), Answer::Stack(Some(Box::new(done)))],
        )
        .on("DescribeChangeSet", [answer(page("CREATE_IN_PROGRESS", vec![])), made()])
        .on("DescribeStackEvents", [events([]), events(first), events(all)])
        .on("DescribeDeliveryStream", [described_stream("CREATING"), described_stream("ACTIVE")]);
    run.play(&mut script);
    assert_eq!(*run.verdict(), Verdict::Done);
    let statuses: Vec<&str> = run
        .told
        .iter()
        .filter_map(|event| match event {
            DeployEvent::Resource(event) => Some(event.status.as_str()),
            _ => None,
        })
        .collect();
    // Each once, in the order in which they happened.
    assert_eq!(statuses, ["CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS", "CREATE_COMPLETE", "CREATE_COMPLETE"]);
    assert!(
        run.told
            .iter()
            .any(|event| matches!(event, DeployEvent::Outputs(outputs) if outputs[0].value == "clicks"))
    );
    assert!(run.told.iter().any(
        |event| matches!(event, DeployEvent::Stream { name, status, .. } if name == "physical-Stream" && status == "ACTIVE")
    ));
    // The call that begins the operation is repeatable.
    let token = run.calls.iter().find_map(|call| match call {
        Request::ExecuteChangeSet { token, .. } => Some(token.clone()),
        _ => None,
    });
    assert!(token.is_some_and(|token| token.len() > 20));
}

#[test]
fn throttled_reads_change_the_pauses_and_never_the_verdict() {
    let mut run = Run::new(plan(Mode::Deploy));
    let end = [of_stack(1, "UPDATE_IN_PROGRESS"), of_stack(5, "UPDATE_COMPLETE")];
    let mut finished = described("UPDATE_COMPLETE");
    finished.updated = Some(Timestamp::DEFAULT_START.saturating_add(Duration::from_secs(5)));
    let finished = Answer::Stack(Some(Box::new(finished)));
    // Throttled while it is described, in the midst of it, and at the last look: more often than any fixed number of tries.
    let many = |then: Answer| std::iter::repeat_n(throttled(), 12).chain([then]).collect::<Vec<_>>();
    let mut looks = vec![throttled(), stack("UPDATE_COMPLETE"), stack("UPDATE_IN_PROGRESS")];
    looks.extend(many(finished));
    let mut told = vec![events([]), throttled(), events([end[0].clone()])];
    told.extend(many(events(end)));
    let mut script = Script::default()
        .on("DescribeStacks", looks)
        .on("DescribeChangeSet", [throttled(), made()])
        .on("DescribeStackEvents", told);
    run.play(&mut script);
    assert_eq!(*run.verdict(), Verdict::Done);
    let pauses: Vec<Duration> = run
        .told
        .iter()
        .filter_map(|event| match event {
            DeployEvent::Retry { pause, .. } => Some(*pause),
            _ => None,
        })
        .collect();
    assert!(pauses.len() >= 26 && pauses.iter().max() > pauses.first());
}

#[test]
fn a_call_that_changes_something_is_not_tried_for_ever() {
    let mut run = Run::new(plan(Mode::Deploy));
    let mut script =
        Script::default().on("DescribeStacks", [Answer::Stack(None)]).on("CreateChangeSet", [throttled()]);
    run.play(&mut script);
    assert!(run.refusal().hints.iter().any(|hint| hint.contains("try again later")), "{:?}", run.refusal());
    let created = run.operations().iter().filter(|name| **name == "CreateChangeSet").count();
    assert_eq!(created, 6);
    // Each of them with the same token, so that at most one change set came to be.
    let mut tokens: Vec<&str> = run
        .calls
        .iter()
        .filter_map(|call| match call {
            Request::CreateChangeSet(new) => Some(new.token.as_str()),
            _ => None,
        })
        .collect();
    tokens.dedup();
    assert_eq!(tokens.len(), 1);
}

#[test]
fn no_change_cleans_up_after_itself() {
    let mut run = Run::new(plan(Mode::Deploy));
    let mut empty = page("FAILED", vec![]);
    empty.reason = Some(
        "The submitted information didn't contain changes. Submit different information to create a change set.".into(),
    );
    let mut script = Script::default()
        .on("DescribeStacks", [stack("UPDATE_COMPLETE")])
        .on("DescribeChangeSet", [answer(empty)]);
    run.play(&mut script);
    assert_eq!(*run.verdict(), Verdict::NothingToDo);
    assert_eq!(run.operations().last(), Some(&"DeleteChangeSet"));
    assert!(!run.operations().contains(&"DeleteStack"));
}

#[test]
fn early_validation_tells_which_property() {
    let mut run = Run::new(plan(Mode::Deploy));
    let mut failed = page("FAILED", vec![]);
    failed.reason = Some(
        "The following hook(s)/validation failed: [AWS::EarlyValidation::PropertyValidation]. To troubleshoot Early \
         Validation errors, use the DescribeEvents API for detailed failure information."
            .into(),
    );
    let told = Refused {
        logical_id: Some("Stream".into()),
        kind: Some(STREAM.into()),
        check: Some("PROPERTY_VALIDATION".into()),
        reason: "extraneous key [Compression] is not permitted".into(),
        path: Some("/Resources/Stream/Properties".into()),
        place: None,
    };
    let second = Refused { reason: "expected maximum: 900".into(), ..told.clone() };
    let mut script = Script::default()
        .on("DescribeStacks", [Answer::Stack(None)])
        .on("DescribeChangeSet", [answer(failed)])
        .on(
            "DescribeEvents",
            [
                Answer::Refusals { found: vec![told.clone()], next: Some("2".into()) },
                Answer::Refusals { found: vec![second.clone()], next: None },
            ],
        );
    run.play(&mut script);
    // Of all pages.
    assert_eq!(run.refusal().details, [told, second]);
    let pages: Vec<_> = run
        .calls
        .iter()
        .filter_map(|call| match call {
            Request::DescribeRefusal { next, .. } => Some(next.as_deref()),
            _ => None,
        })
        .collect();
    assert_eq!(pages, [None, Some("2")]);
    // The stack was made by the change set, and goes with it.
    assert_eq!(run.operations()[5..], ["DeleteChangeSet", "DeleteStack"][..]);
}

#[test]
fn without_the_permission_for_reasons_the_refusal_stands() {
    let mut run = Run::new(plan(Mode::Deploy));
    let mut failed = page("FAILED", vec![]);
    failed.reason = Some("Parameters: [Env] must have values".into());
    let mut script = Script::default()
        .on("DescribeStacks", [stack("CREATE_COMPLETE")])
        .on("DescribeChangeSet", [answer(failed)])
        .on(
            "DescribeEvents",
            [error("AccessDenied", "not authorized to perform: cloudformation:DescribeEvents")],
        );
    run.play(&mut script);
    assert!(run.refusal().message.contains("Parameters: [Env] must have values"));
    assert!(run.refusal().hints[0].contains("DescribeEvents"));
}

#[test]
fn insufficient_capabilities_change_nothing_and_leave_nothing() {
    let mut run = Run::new(plan(Mode::Deploy));
    let mut script = Script::default().on("DescribeStacks", [Answer::Stack(None)]).on(
        "CreateChangeSet",
        [error("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_NAMED_IAM]")],
    );
    run.play(&mut script);
    assert!(run.refusal().message.contains("CAPABILITY_NAMED_IAM"));
    assert!(run.refusal().hints[0].contains("--capabilities"));
    assert_eq!(run.operations(), ["DescribeStacks", "CreateChangeSet"]);
}

fn followed(status: &str, told: Vec<StackEvent>) -> Run {
    let mut run = Run::new(plan(Mode::Deploy));
    let mut script = Script::default()
        .on("DescribeStacks", [stack("UPDATE_COMPLETE"), stack("UPDATE_IN_PROGRESS"), stack(status)])
        .on("DescribeChangeSet", [made()])
        .on("DescribeStackEvents", [events([]), events(told)]);
    run.play(&mut script);
    run
}

#[test]
fn the_first_cause_is_neither_a_cancellation_nor_the_undoing() {
    let reason = "Resource handler returned message: \"Invalid expression usage (Service: Firehose, Status Code: 400, \
                  Request ID: 1)\" (RequestToken: 2, HandlerErrorCode: InvalidRequest)";
    let run = followed(
        "UPDATE_ROLLBACK_COMPLETE",
        vec![
            of_stack(1, "UPDATE_IN_PROGRESS"),
            event(2, "Stream", STREAM, "UPDATE_FAILED", reason),
            event(2, "Alarm", "AWS::CloudWatch::Alarm", "CREATE_FAILED", "Resource creation cancelled"),
            event(
                3,
                "clicks",
                "AWS::CloudFormation::Stack",
                "UPDATE_ROLLBACK_IN_PROGRESS",
                "The following resource(s) failed to update: [Stream].",
            ),
            of_stack(9, "UPDATE_ROLLBACK_COMPLETE"),
        ],
    );
    assert!(matches!(run.verdict(), Verdict::RolledBack(_)));
    let cause = run.failure().cause.as_ref().unwrap();
    assert_eq!((cause.logical_id.as_str(), cause.message.as_str()), ("Stream", "Invalid expression usage"));
    assert_eq!(cause.handler_code.as_deref(), Some("InvalidRequest"));
    assert!(run.failure().others.is_empty());
}

#[test]
fn a_failure_in_a_nested_stack_is_found_there() {
    let mut inner = event(2, "Inner", "AWS::CloudFormation::Stack", "UPDATE_IN_PROGRESS", "");
    inner.physical_id = Some(NESTED_ID.into());
    let mut inner_failed = event(
        8,
        "Inner",
        "AWS::CloudFormation::Stack",
        "UPDATE_FAILED",
        "Embedded stack arn was not successfully updated: The following resource(s) failed to create: [Stream].",
    );
    inner_failed.physical_id = Some(NESTED_ID.into());
    let nested = |at: u64, logical_id: &str, kind: &str, status: &str, reason: &str| StackEvent {
        stack_id: NESTED_ID.into(),
        stack: "clicks-Inner".into(),
        id: format!("nested-{at}-{status}"),
        physical_id: Some(if kind == STREAM { "s".into() } else { NESTED_ID.into() }),
        ..event(at, logical_id, kind, status, reason)
    };
    let root =
        vec![of_stack(1, "UPDATE_IN_PROGRESS"), inner, inner_failed, of_stack(9, "UPDATE_ROLLBACK_COMPLETE")];
    let of_nested = vec![
        // An operation of last year, which is none of ours.
        StackEvent {
            at: Timestamp::from_millis(0),
            ..nested(0, "Stream", STREAM, "CREATE_FAILED", "Old trouble")
        },
        nested(3, "clicks-Inner", "AWS::CloudFormation::Stack", "UPDATE_IN_PROGRESS", ""),
        nested(5, "Stream", STREAM, "CREATE_FAILED", "Invalid lambda ARN."),
    ];
    let mut run = Run::new(plan(Mode::Deploy));
    let mut stacks = Script::default()
        .on(
            "DescribeStacks",
            [stack("UPDATE_COMPLETE"), stack("UPDATE_IN_PROGRESS"), stack("UPDATE_ROLLBACK_COMPLETE")],
        )
        .on("DescribeChangeSet", [made()]);
    let mut marked = false;
    while let Some(request) = run.call() {
        let given = match &request {
            Request::DescribeStackEvents { stack, .. } if stack == NESTED_ID => events(of_nested.clone()),
            Request::DescribeStackEvents { .. } if std::mem::replace(&mut marked, true) => {
                events(root.clone())
            }
            other => stacks.answer(other),
        };
        run.give(given);
    }
    let cause = run.failure().cause.as_ref().unwrap();
    assert_eq!(
        (cause.message.as_str(), cause.nested.as_deref()),
        ("Invalid lambda ARN.", Some("clicks-Inner"))
    );
    assert!(run.failure().others.is_empty(), "{:?}", run.failure().others);
}

#[test]
fn a_way_back_that_failed_needs_attention_and_says_how() {
    let run = followed(
        "UPDATE_ROLLBACK_FAILED",
        vec![
            of_stack(1, "UPDATE_IN_PROGRESS"),
            event(2, "Stream", STREAM, "UPDATE_FAILED", "Invalid expression usage"),
            of_stack(9, "UPDATE_ROLLBACK_FAILED"),
        ],
    );
    assert!(matches!(run.verdict(), Verdict::NeedsAttention(_)));
    assert!(run.failure().hints.iter().any(|hint| hint.contains("continue-update-rollback")));
}

#[test]
fn stacks_that_cannot_be_updated_are_refused_with_what_to_do() {
    for (status, meaning, help) in [
        ("ROLLBACK_COMPLETE", "can only be deleted", "--replace-failed"),
        ("UPDATE_ROLLBACK_FAILED", "half old, half new", "continue-update-rollback"),
        ("UPDATE_IN_PROGRESS", "another operation runs", "--watch"),
        ("DELETE_FAILED", "its deletion failed", "delete"),
    ] {
        let mut run = Run::new(plan(Mode::Deploy));
        run.play(&mut Script::default().on("DescribeStacks", [stack(status)]));
        assert!(matches!(run.verdict(), Verdict::Refused(_)));
        assert!(run.refusal().message.contains(meaning), "{status}: {}", run.refusal().message);
        assert!(
            run.refusal().hints.iter().any(|hint| hint.contains(help)),
            "{status}: {:?}",
            run.refusal().hints
        );
        assert_eq!(run.operations(), ["DescribeStacks"], "{status}");
    }
}

#[test]
fn a_stack_that_never_worked_is_replaced_on_request() {
    let mut run = Run::new(Plan { replaces_failed: true, ..plan(Mode::Deploy) });
    let mut script = Script::default()
        .on(
            "DescribeStacks",
            [
                stack("ROLLBACK_COMPLETE"),
                stack("DELETE_IN_PROGRESS"),
                stack("DELETE_COMPLETE"),
                stack("CREATE_IN_PROGRESS"),
                stack("CREATE_COMPLETE"),
            ],
        )
        .on("DescribeChangeSet", [made()]);
    run.play(&mut script);
    assert_eq!(*run.verdict(), Verdict::Done);
    let order: Vec<_> = run.operations().into_iter().filter(|name| !name.starts_with("Describe")).collect();
    assert_eq!(order, ["DeleteStack", "CreateChangeSet", "ExecuteChangeSet"]);
    let creates = run.calls.iter().any(|call| matches!(call, Request::CreateChangeSet(new) if new.creates));
    assert!(creates);
}

#[test]
fn a_shell_of_somebody_else_is_used_and_left() {
    let mut run = Run::new(Plan { is_confirmed: false, ..plan(Mode::Deploy) });
    let mut script = Script::default()
        .on("DescribeStacks", [stack("REVIEW_IN_PROGRESS")])
        .on("DescribeChangeSet", [made()]);
    run.play(&mut script);
    run.machine.handle(Input::Decision(Decision::Declined), run.now);
    run.play(&mut script);
    assert_eq!(*run.verdict(), Verdict::Declined);
    assert_eq!(run.operations().last(), Some(&"DeleteChangeSet"));
}

#[test]
fn who_says_no_leaves_nothing_behind() {
    for (decision, kind) in [(Decision::Declined, None), (Decision::NotAsked, Some(RefusalKind::Usage))] {
        let mut run = Run::new(Plan { is_confirmed: false, ..plan(Mode::Deploy) });
        let mut script =
            Script::default().on("DescribeStacks", [Answer::Stack(None)]).on("DescribeChangeSet", [made()]);
        run.play(&mut script);
        // Nothing that holds data goes: a yes is enough.
        assert_eq!(run.machine.poll_confirmation().unwrap().typed, None);
        run.machine.handle(Input::Decision(decision), run.now);
        run.play(&mut script);
        match kind {
            None => assert_eq!(*run.verdict(), Verdict::Declined),
            Some(kind) => assert_eq!(run.refusal().kind, kind),
        }
        assert_eq!(run.operations()[3..], ["DeleteChangeSet", "DeleteStack"][..]);
    }
}

#[test]
fn a_replaced_stream_asks_for_the_name_of_the_stack() {
    let detail = |path: &str, before: &str, after: &str| ChangeDetail {
        attribute: "Properties".into(),
        path: format!("/Properties/{path}"),
        before: Some(before.into()),
        after: Some(after.into()),
        recreation: Some("Always".into()),
        cause: None,
    };
    let replaced = Change {
        action: "Modify".into(),
        logical_id: "Stream".into(),
        kind: STREAM.into(),
        replacement: Some("True".into()),
        policy: Some("ReplaceAndDelete".into()),
        details: vec![detail("KinesisStreamSourceConfiguration/KinesisStreamARN", "arn:a", "arn:b")],
        ..Change::default()
    };
    // In two pages.
    let mut first = page("CREATE_COMPLETE", vec![added("Other")]);
    first.next = Some("2".into());
    let mut run = Run::new(Plan { is_confirmed: false, ..plan(Mode::Deploy) });
    let mut script = Script::default()
        .on("DescribeStacks", [stack("CREATE_COMPLETE")])
        .on("DescribeChangeSet", [answer(first), answer(page("CREATE_COMPLETE", vec![replaced]))]);
    run.play(&mut script);
    assert_eq!(run.machine.poll_confirmation().unwrap().typed.as_deref(), Some("clicks"));
    let summary = run.told.iter().find_map(|event| match event {
        DeployEvent::ChangeSet(summary) => Some(summary),
        _ => None,
    });
    let rows = &summary.unwrap().rows;
    assert_eq!(rows.len(), 2);
    use Consequence::{BufferedRecordsLost, NameChanges, ReaderRestarted};
    assert_eq!(rows[1].consequences, [NameChanges, BufferedRecordsLost, ReaderRestarted]);
    let told = &rows[1].change.details[0];
    assert_eq!(told.path, "KinesisStreamSourceConfiguration.KinesisStreamARN");
    assert_eq!((told.before.as_deref(), told.after.as_deref()), (Some("arn:a"), Some("arn:b")));
}

#[test]
fn the_changes_of_nested_stacks_stand_in_the_table_too() {
    const STACK: &str = "AWS::CloudFormation::Stack";
    let inner = Change {
        action: "Modify".into(),
        logical_id: "Inner".into(),
        kind: STACK.into(),
        nested: Some("arn:nested".into()),
        ..Change::default()
    };
    let removed = Change {
        action: "Remove".into(),
        logical_id: "Stream".into(),
        kind: STREAM.into(),
        ..Change::default()
    };
    let mut first = page("CREATE_COMPLETE", vec![removed.clone()]);
    first.next = Some("2".into());
    let mut run = Run::new(Plan { is_confirmed: false, ..plan(Mode::Deploy) });
    let mut script = Script::default().on("DescribeStacks", [stack("CREATE_COMPLETE")]).on(
        "DescribeChangeSet",
        [
            answer(page("CREATE_COMPLETE", vec![inner])),
            answer(first),
            answer(page("CREATE_COMPLETE", vec![added("Other")])),
        ],
    );
    run.play(&mut script);
    let summary = run.told.iter().find_map(|event| match event {
        DeployEvent::ChangeSet(summary) => Some(summary),
        _ => None,
    });
    let rows: Vec<_> = summary
        .unwrap()
        .rows
        .iter()
        .map(|row| (row.change.logical_id.as_str(), row.nested.as_deref(), row.consequences.as_slice()))
        .collect();
    let lost: &[Consequence] = &[Consequence::BufferedRecordsLost];
    assert_eq!(
        rows,
        [("Inner", None, &[][..]), ("Stream", Some("Inner"), lost), ("Other", Some("Inner"), &[])]
    );
    // What goes in a nested stack is lost as well.
    assert_eq!(run.machine.poll_confirmation().unwrap().typed.as_deref(), Some("clicks"));
    // A nested change set that can't be read hides nothing else.
    let nested = Change { nested: Some("arn:nested".into()), ..added("Inner") };
    let mut run = Run::new(plan(Mode::Plan));
    let mut script = Script::default().on("DescribeStacks", [Answer::Stack(None)]).on(
        "DescribeChangeSet",
        [
            answer(page("CREATE_COMPLETE", vec![nested, added("Stream")])),
            error("AccessDenied", "not authorized"),
        ],
    );
    run.play(&mut script);
    assert_eq!(*run.verdict(), Verdict::Planned("c".into()));
    assert!(run.notes().iter().any(|note| note.contains("nested stack `Inner` can't be read")));
}

#[test]
fn a_first_interrupt_cancels_where_that_is_wanted() {
    let cancelling = |before: Answer| {
        let mut run = Run::new(Plan { cancels_on_interrupt: true, ..plan(Mode::Deploy) });
        let mut script = Script::default()
            .on("DescribeStacks", [before, stack("UPDATE_IN_PROGRESS"), stack("UPDATE_ROLLBACK_COMPLETE")])
            .on("DescribeChangeSet", [made()]);
        loop {
            let request = run.call().unwrap();
            let executed = matches!(request, Request::ExecuteChangeSet { .. });
            run.give(script.answer(&request));
            if executed {
                break;
            }
        }
        run.machine.handle(Input::Interrupt, run.now);
        run.play(&mut script);
        run
    };
    let update = cancelling(stack("UPDATE_COMPLETE"));
    assert!(update.operations().contains(&"CancelUpdateStack"));
    assert!(matches!(update.verdict(), Verdict::RolledBack(_)));
    // A creation can only be deleted, and nothing is deleted unasked.
    let creation = cancelling(Answer::Stack(None));
    assert!(matches!(creation.verdict(), Verdict::Unwatched(_)));
    assert!(creation.notes().iter().any(|note| note.contains("can't be cancelled; it goes on")));
    assert!(!creation.operations().iter().any(|name| ["CancelUpdateStack", "DeleteStack"].contains(name)));
}

#[test]
fn a_stack_that_somebody_else_changes_is_refused_at_the_last_moment() {
    let mut run = Run::new(plan(Mode::Deploy));
    let message = "Stack:clicks is in UPDATE_IN_PROGRESS state and can not be updated.";
    let mut script = Script::default()
        .on("DescribeStacks", [stack("UPDATE_COMPLETE")])
        .on("DescribeChangeSet", [made()])
        .on("ExecuteChangeSet", [error("ValidationError", message)]);
    run.play(&mut script);
    assert!(matches!(run.verdict(), Verdict::Refused(_)));
    assert!(run.refusal().hints.iter().any(|hint| hint.contains("--watch")), "{:?}", run.refusal());
    assert_eq!(run.operations().last(), Some(&"DeleteChangeSet"), "ours is taken away again");
}

#[test]
fn a_plan_leaves_its_change_set() {
    let mut run = Run::new(Plan { is_confirmed: false, ..plan(Mode::Plan) });
    let mut script =
        Script::default().on("DescribeStacks", [Answer::Stack(None)]).on("DescribeChangeSet", [made()]);
    run.play(&mut script);
    assert_eq!(*run.verdict(), Verdict::Planned("c".into()));
    assert_eq!(run.operations().last(), Some(&"DescribeChangeSet"));
    let mut run = Run::new(Plan { change_set: Some("c".into()), ..plan(Mode::Execute) });
    let mut script = Script::default()
        .on(
            "DescribeStacks",
            [stack("REVIEW_IN_PROGRESS"), stack("CREATE_IN_PROGRESS"), stack("CREATE_COMPLETE")],
        )
        .on("DescribeChangeSet", [made()]);
    run.play(&mut script);
    assert_eq!(*run.verdict(), Verdict::Done);
    assert!(!run.operations().contains(&"CreateChangeSet"));
}

#[test]
fn an_interrupt_leaves_the_operation_running_and_says_how_to_come_back() {
    let mut run = Run::new(plan(Mode::Deploy));
    let mut script = Script::default()
        .on("DescribeStacks", [stack("UPDATE_COMPLETE"), stack("UPDATE_IN_PROGRESS")])
        .on("DescribeChangeSet", [made()]);
    loop {
        let request = run.call().unwrap();
        let executed = matches!(request, Request::ExecuteChangeSet { .. });
        run.give(script.answer(&request));
        if executed {
            break;
        }
    }
    run.machine.handle(Input::Interrupt, run.now);
    assert!(matches!(run.verdict(), Verdict::Unwatched(_)));
    assert!(run.refusal().hints[0].contains("deploy --watch --stack-name clicks"));
}

#[test]
fn a_second_interrupt_cancels_and_a_late_one_does_not() {
    for is_late in [false, true] {
        let mut run = Run::new(Plan { is_interactive: true, ..plan(Mode::Deploy) });
        let mut script = Script::default()
            .on(
                "DescribeStacks",
                [stack("UPDATE_COMPLETE"), stack("UPDATE_IN_PROGRESS"), stack("UPDATE_ROLLBACK_COMPLETE")],
            )
            .on("DescribeChangeSet", [made()]);
        loop {
            let request = run.call().unwrap();
            let executed = matches!(request, Request::ExecuteChangeSet { .. });
            run.give(script.answer(&request));
            if executed {
                break;
            }
        }
        run.machine.handle(Input::Interrupt, run.now);
        assert!(run.machine.verdict().is_none());
        if is_late {
            run.now = run.now.saturating_add(Duration::from_secs(6));
            run.machine.handle(Input::Tick, run.now);
            assert!(matches!(run.verdict(), Verdict::Unwatched(_)));
        } else {
            run.machine.handle(Input::Interrupt, run.now);
            run.play(&mut script);
            assert!(run.operations().contains(&"CancelUpdateStack"));
            assert!(matches!(run.verdict(), Verdict::RolledBack(_)));
        }
    }
}

#[test]
fn an_interrupt_while_the_change_set_is_made_takes_it_away() {
    let mut run = Run::new(plan(Mode::Deploy));
    let mut script = Script::default().on("DescribeStacks", [Answer::Stack(None)]);
    let first = run.call().unwrap();
    run.give(script.answer(&first));
    let create = run.call().unwrap();
    assert_eq!(create.operation(), "CreateChangeSet");
    run.machine.handle(Input::Interrupt, run.now);
    assert!(run.machine.verdict().is_none(), "the call is out; what it makes must be found");
    run.give(script.answer(&create));
    run.play(&mut script);
    assert_eq!(run.operations()[2..], ["DeleteChangeSet", "DeleteStack"][..]);
    assert!(run.refusal().message.contains("before anything was changed"));
}

#[test]
fn without_the_permission_for_events_the_status_tells() {
    let denied = error("AccessDenied", "not authorized to perform: cloudformation:DescribeStackEvents");
    let mut run = Run::new(plan(Mode::Deploy));
    let mut script = Script::default()
        .on(
            "DescribeStacks",
            [stack("UPDATE_COMPLETE"), stack("UPDATE_IN_PROGRESS"), stack("UPDATE_COMPLETE")],
        )
        .on("DescribeChangeSet", [made()])
        .on("DescribeStackEvents", [denied]);
    run.play(&mut script);
    assert_eq!(*run.verdict(), Verdict::Done);
    assert!(run.notes().iter().any(|note| note.contains("events can't be read (AccessDenied)")));
}

#[test]
fn credentials_that_run_out_do_not_fail_what_runs() {
    let mut run = Run::new(plan(Mode::Deploy));
    let mut script = Script::default()
        .on(
            "DescribeStacks",
            [
                stack("UPDATE_COMPLETE"),
                error("ExpiredToken", "The security token included in the request is expired"),
            ],
        )
        .on("DescribeChangeSet", [made()]);
    run.play(&mut script);
    assert!(matches!(run.verdict(), Verdict::Unwatched(_)));
    assert!(run.refusal().hints[0].contains("--watch"));
    // Before anything has begun they refuse it.
    let mut run = Run::new(plan(Mode::Deploy));
    run.play(&mut Script::default().on("DescribeStacks", [error("ExpiredToken", "expired")]));
    assert!(matches!(run.verdict(), Verdict::Refused(_)) && run.refusal().hints[0].contains("renew"));
}

#[test]
fn a_clean_up_is_part_of_the_update_and_no_failure() {
    let mut run = Run::new(plan(Mode::Deploy));
    let mut script = Script::default()
        .on(
            "DescribeStacks",
            [
                stack("UPDATE_COMPLETE"),
                stack("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
                stack("UPDATE_COMPLETE"),
            ],
        )
        .on("DescribeChangeSet", [made()])
        .on(
            "DescribeStackEvents",
            [
                events([]),
                events([
                    of_stack(1, "UPDATE_IN_PROGRESS"),
                    of_stack(5, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
                    event(
                        6,
                        "Bucket",
                        "AWS::S3::Bucket",
                        "DELETE_FAILED",
                        "The bucket you tried to delete is not empty",
                    ),
                    of_stack(7, "UPDATE_COMPLETE"),
                ]),
            ],
        );
    run.play(&mut script);
    assert_eq!(*run.verdict(), Verdict::Done);
    assert!(run.notes().iter().any(|note| note.contains("what it replaced is being deleted")));
}

#[test]
fn an_old_status_told_late_is_no_end() {
    // The stack still says what it said before, although the operation has begun.
    let mut run = Run::new(plan(Mode::Deploy));
    let mut script = Script::default()
        .on(
            "DescribeStacks",
            [
                stack("UPDATE_ROLLBACK_COMPLETE"),
                stack("UPDATE_ROLLBACK_COMPLETE"),
                stack("UPDATE_IN_PROGRESS"),
                stack("UPDATE_COMPLETE"),
            ],
        )
        .on("DescribeChangeSet", [made()]);
    run.play(&mut script);
    assert_eq!(*run.verdict(), Verdict::Done);
}

#[test]
fn watching_tells_the_operation_that_runs_from_its_beginning() {
    let mut run = Run::new(plan(Mode::Watch));
    let told = vec![
        of_stack(1, "UPDATE_IN_PROGRESS"),
        of_stack(2, "UPDATE_COMPLETE"),
        of_stack(10, "UPDATE_IN_PROGRESS"),
        event(11, "Stream", STREAM, "UPDATE_FAILED", "Invalid expression usage"),
        of_stack(12, "UPDATE_ROLLBACK_COMPLETE"),
    ];
    let mut script = Script::default()
        .on("DescribeStacks", [stack("UPDATE_IN_PROGRESS"), stack("UPDATE_ROLLBACK_COMPLETE")])
        .on("DescribeStackEvents", [events(told)]);
    run.play(&mut script);
    assert_eq!(run.failure().cause.as_ref().unwrap().logical_id, "Stream");
    let resources = run.told.iter().filter(|event| matches!(event, DeployEvent::Resource(_))).count();
    assert_eq!(resources, 3);
    assert!(run.operations().iter().all(|name| name.starts_with("Describe")));
}

#[test]
fn a_deletion_asks_for_the_name_and_respects_protection() {
    let mut run = Run::new(Plan { is_confirmed: false, confirms_streams: false, ..plan(Mode::Delete) });
    let bucket = ResourceDifference {
        logical_id: "Bucket".into(),
        kind: "AWS::S3::Bucket".into(),
        action: "Remove",
        ..ResourceDifference::default()
    };
    let present = Differences { resources: vec![bucket], ..Differences::default() };
    let mut script = Script::default()
        .on("DescribeStacks", [stack("CREATE_COMPLETE"), stack("DELETE_IN_PROGRESS"), Answer::Stack(None)])
        .on("GetTemplate", [Answer::Compared(Box::new(present))]);
    run.play(&mut script);
    assert_eq!(run.machine.poll_confirmation().unwrap().typed.as_deref(), Some("clicks"));
    run.machine.handle(Input::Decision(Decision::Agreed), run.now);
    run.play(&mut script);
    assert_eq!(*run.verdict(), Verdict::Done);
    // Of a stack that never worked nothing is left: a yes is enough. What can't be told is not taken for nothing.
    for (told, typed) in
        [(Answer::Compared(Box::default()), None), (error("AccessDenied", "no"), Some("clicks"))]
    {
        let mut run = Run::new(Plan { is_confirmed: false, confirms_streams: false, ..plan(Mode::Delete) });
        run.play(
            &mut Script::default()
                .on("DescribeStacks", [stack("ROLLBACK_COMPLETE")])
                .on("GetTemplate", [told]),
        );
        assert_eq!(run.machine.poll_confirmation().unwrap().typed.as_deref(), typed);
    }
    let protected = Stack { is_protected: true, ..described("CREATE_COMPLETE") };
    let mut run = Run::new(plan(Mode::Delete));
    run.play(&mut Script::default().on("DescribeStacks", [Answer::Stack(Some(Box::new(protected)))]));
    assert!(run.refusal().message.contains("protected from deletion"));
    assert_eq!(run.operations(), ["DescribeStacks"]);
}

#[test]
fn a_parameter_without_a_value_is_a_matter_of_usage() {
    let declared = Declared { name: "Env".into(), default: None, made_up: Vec::new(), no_echo: false };
    let mut run = Run::new(Plan { parameters: vec![declared], ..plan(Mode::Deploy) });
    run.play(&mut Script::default().on("DescribeStacks", [Answer::Stack(None)]));
    assert_eq!(run.refusal().kind, RefusalKind::Usage);
    assert!(run.refusal().message.contains("`Env` has no value"));
}
