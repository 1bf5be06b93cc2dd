//! Validations that stop an operation once it runs: the stack's event says only that `DescribeEvents` knows why.

use super::*;

const REASON: &str =
    "Validation failed with 2 error(s). Call DescribeEvents to retrieve the full list of issues.";

fn stopped(answers: impl IntoIterator<Item = Answer>) -> Run {
    let told = vec![
        of_stack(1, "UPDATE_IN_PROGRESS"),
        StackEvent {
            operation: Some("o-1".into()),
            ..event(2, "clicks", "AWS::CloudFormation::Stack", "UPDATE_FAILED", REASON)
        },
        of_stack(3, "UPDATE_ROLLBACK_COMPLETE"),
    ];
    let mut run = Run::new(plan(Mode::Deploy));
    let mut script = Script::default()
        .on(
            "DescribeStacks",
            [stack("UPDATE_COMPLETE"), stack("UPDATE_IN_PROGRESS"), stack("UPDATE_ROLLBACK_COMPLETE")],
        )
        .on("DescribeChangeSet", [made()])
        .on("DescribeStackEvents", [events([]), events(told)])
        .on("DescribeEvents", answers);
    run.play(&mut script);
    run
}

fn found(logical_id: &str, kind: &str, reason: &str) -> Refused {
    Refused {
        logical_id: Some(logical_id.into()),
        kind: Some(kind.into()),
        check: Some("NAME_CONFLICT_VALIDATION".into()),
        reason: reason.into(),
        path: Some(format!("/Resources/{logical_id}")),
        place: None,
    }
}

#[test]
fn what_it_found_is_the_cause_in_the_place_of_the_sum() {
    let sum = found("clicks", "AWS::CloudFormation::Stack", REASON);
    let run = stopped([
        Answer::Refusals {
            found: vec![sum, found("Stream", STREAM, "clicks already exists")],
            next: Some("2".into()),
        },
        Answer::Refusals {
            found: vec![found("Bucket", "AWS::S3::Bucket", "data already exists")],
            next: None,
        },
    ]);
    let failure = run.failure();
    let told = |cause: &firehose_kit::deploy::cause::Cause| {
        (cause.logical_id.clone(), cause.message.clone(), cause.told_path.clone().unwrap())
    };
    let first = ("Stream".to_owned(), "clicks already exists".to_owned(), "/Resources/Stream".to_owned());
    assert_eq!(told(failure.cause.as_ref().unwrap()), first);
    let others: Vec<_> = failure.others.iter().map(|cause| cause.logical_id.as_str()).collect();
    assert_eq!(others, ["Bucket"], "of the second page; the sum itself is no cause");
    assert!(run.calls.iter().any(|call| matches!(
        call,
        Request::DescribeOperation { operation: Some(id), next: None, .. } if id == "o-1"
    )));
}

#[test]
fn without_the_permission_the_sum_stands() {
    let run = stopped([error("AccessDenied", "not authorized to perform: cloudformation:DescribeEvents")]);
    assert_eq!(run.failure().cause.as_ref().unwrap().message, REASON);
    assert!(
        run.notes()
            .iter()
            .any(|note| note.contains("what the validation found can't be read (AccessDenied)"))
    );
}
