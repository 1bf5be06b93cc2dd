//! `--smoke`: records through the deployed stream, with the answers that no emulator gives.

use super::*;
use firehose_kit::deploy::smoke::{Predicted, PutOutcome, Record, SmokePlan, StoredObject, predict};
use firehose_kit::foundation::span::Source;
use firehose_kit::template::Template;

const UUID: &str = "0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f";
/// The first second of `Timestamp::DEFAULT_START`, as object names write it.
const INSTANT: &str = "2026-01-01-00-00-00";

const TEMPLATE: &str = "Resources:
  Stream:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      ExtendedS3DestinationConfiguration:
        RoleARN: arn:aws:iam::444455556666:role/r
        BucketARN: arn:aws:s3:::b
        Prefix: data/!{timestamp:yyyy}/
        ErrorOutputPrefix: errors/!{firehose:error-output-type}/
        ProcessingConfiguration:
          Enabled: true
          Processors: [{Type: Lambda, Parameters: [{ParameterName: LambdaArn, ParameterValue: 'arn:f'}]}]
";

fn records(count: usize) -> Vec<Record> {
    (0..count).map(|at| format!("{{\"n\":{at}}}").into_bytes().into()).collect()
}

fn trying(count: usize) -> Run {
    let smoke = SmokePlan { logical_id: "Stream".into(), records: records(count) };
    Run::new(Plan { smoke: Some(smoke), confirms_streams: false, ..plan(Mode::Deploy) })
}

fn trial(count: usize) -> Answer {
    let template = Template::read(Source::new("t", TEMPLATE));
    let properties = template.resource("Stream").unwrap().properties().unwrap();
    let records = records(count);
    let given =
        Predicted { properties, stream: "clicks-stream", records: &records, at: Timestamp::DEFAULT_START };
    Answer::Trial(Box::new(predict(given).unwrap()))
}

fn key(prefix: &str) -> String {
    format!("{prefix}clicks-stream-1-{INSTANT}-{UUID}")
}

fn objects(keys: &[String]) -> Answer {
    let object = |key: &String| StoredObject { key: key.clone(), bytes: 7 };
    Answer::Objects { objects: keys.iter().map(object).collect(), next: None }
}

/// Up to the trial: a stack that is made.
fn deployed(trial: Answer) -> Script {
    Script::default()
        .on("DescribeStacks", [Answer::Stack(None), stack("CREATE_IN_PROGRESS"), stack("CREATE_COMPLETE")])
        .on("DescribeChangeSet", [made()])
        .on("PrepareTrial", [trial])
}

/// What buckets answer, by what they are asked for.
fn play(run: &mut Run, script: &mut Script, mut listed: impl FnMut(&str, usize) -> Answer) {
    let mut looks = std::collections::BTreeMap::new();
    for _ in 0..900 {
        let Some(request) = run.call() else { return };
        let answer = match &request {
            Request::ListObjects { prefix, .. } => {
                let look: &mut usize = looks.entry(prefix.clone()).or_default();
                *look += 1;
                listed(prefix, *look)
            }
            Request::PutRecords { records, .. }
                if !script.answers.iter().any(|(name, _)| *name == "PutRecordBatch") =>
            {
                Answer::Put(vec![PutOutcome::Taken; records.len()])
            }
            other => script.answer(other),
        };
        run.give(answer);
    }
    panic!("no end: {:?}", run.operations());
}

fn failed(run: &Run) -> &Refusal {
    match run.verdict() {
        Verdict::SmokeFailed(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

fn puts(run: &Run) -> Vec<usize> {
    let of = |call: &Request| match call {
        Request::PutRecords { records, stream } => {
            assert_eq!(stream, "clicks-stream", "the name that the deployment gave");
            Some(records.len())
        }
        _ => None,
    };
    run.calls.iter().filter_map(of).collect()
}

#[test]
fn records_are_put_and_their_object_is_waited_for() {
    let mut run = trying(3);
    play(&mut run, &mut deployed(trial(3)), |prefix, look| match (prefix, look) {
        // The year may turn while records wait. One was there before; ours comes at the fourth look.
        ("data/202", 1..=3) => objects(&[key("data/2026/").replace("-1-", "-0-")]),
        ("data/202", _) => objects(&[key("data/2026/").replace("-1-", "-0-"), key("data/2026/")]),
        _ => objects(&[]),
    });
    assert_eq!(*run.verdict(), Verdict::Done);
    assert_eq!(puts(&run), [3]);
    let came: Vec<_> = run
        .told
        .iter()
        .filter_map(|event| match event {
            DeployEvent::SmokeObject { lane, bucket, key, bytes } => {
                Some((*lane, bucket.as_str(), key.clone(), *bytes))
            }
            _ => None,
        })
        .collect();
    assert_eq!(came, [("destination", "b", key("data/2026/"), 7)]);
    assert!(matches!(run.told.last(), Some(DeployEvent::End(_))), "the end is told last, and once");
    let ends = run.told.iter().filter(|event| matches!(event, DeployEvent::End(_))).count();
    assert_eq!(ends, 1);
}

#[test]
fn what_a_batch_refused_is_put_again_with_growing_pauses() {
    let mut run = trying(600);
    let slow = || PutOutcome::Failed("ServiceUnavailableException".into(), "Slow down.".into());
    let mut first = vec![PutOutcome::Taken; 500];
    (first[3], first[4]) = (slow(), slow());
    let mut second = vec![PutOutcome::Taken; 102];
    second[0] = slow();
    let mut script = deployed(trial(600)).on(
        "PutRecordBatch",
        [Answer::Put(first), Answer::Put(second), throttled(), Answer::Put(vec![PutOutcome::Taken])],
    );
    play(&mut run, &mut script, |prefix, look| {
        if prefix.starts_with("data/") && look > 1 { objects(&[key("data/2026/")]) } else { objects(&[]) }
    });
    assert_eq!(*run.verdict(), Verdict::Done);
    // Two of the first 500 again with the other hundred, one of those alone, and that one once more after a throttled call.
    assert_eq!(puts(&run), [500, 102, 1, 1]);
    let pauses: Vec<Duration> = run
        .told
        .iter()
        .filter_map(|event| match event {
            DeployEvent::Retry { operation: "PutRecordBatch", pause, .. } => Some(*pause),
            _ => None,
        })
        .collect();
    assert_eq!(pauses.len(), 3);
    assert!(
        pauses[1] >= Duration::from_millis(500),
        "the second refusal of a record waits longer: {pauses:?}"
    );
    let done: Vec<_> = run
        .told
        .iter()
        .filter_map(|event| match event {
            DeployEvent::SmokePut { done, total, .. } => Some((*done, *total)),
            _ => None,
        })
        .collect();
    assert_eq!(done, [(498, 600), (599, 600), (600, 600)]);
}

#[test]
fn records_that_are_never_taken_fail_the_trial() {
    let mut run = trying(2);
    let refused = || PutOutcome::Failed("ServiceUnavailableException".into(), "Slow down.".into());
    let mut script = deployed(trial(2)).on(
        "PutRecordBatch",
        [Answer::Put(vec![PutOutcome::Taken, refused()]), Answer::Put(vec![refused()])],
    );
    play(&mut run, &mut script, |_, _| objects(&[]));
    assert_eq!(
        failed(&run).message,
        "1 of 2 records were not taken: Slow down. (ServiceUnavailableException)"
    );
    assert_eq!(puts(&run), [2, 1, 1, 1, 1, 1, 1, 1]);
    // A call that is refused as a whole is not repeated.
    let mut run = trying(2);
    let mut script = deployed(trial(2))
        .on("PutRecordBatch", [error("InvalidKMSResourceException", "The key is disabled")]);
    play(&mut run, &mut script, |_, _| objects(&[]));
    assert!(failed(&run).message.contains("The key is disabled"));
    assert_eq!(puts(&run), [2]);
}

#[test]
fn a_put_without_an_answer_may_have_been_taken() {
    let mut run = trying(1);
    let mut script = deployed(trial(1))
        .on("PutRecordBatch", [error("Timeout", "no answer"), Answer::Put(vec![PutOutcome::Taken])]);
    play(&mut run, &mut script, |prefix, look| {
        if prefix.starts_with("data/") && look > 1 { objects(&[key("data/2026/")]) } else { objects(&[]) }
    });
    assert_eq!(*run.verdict(), Verdict::Done);
    assert!(run.notes().iter().any(|note| note.contains("twice")), "{:?}", run.notes());
}

#[test]
fn objects_are_waited_for_as_long_as_the_buffer_takes_and_no_longer() {
    let mut run = trying(1);
    let strange = format!("{}.gz", key("data/2026/"));
    play(&mut run, &mut deployed(trial(1)), |prefix, look| {
        if prefix.starts_with("data/") && look > 1 {
            objects(std::slice::from_ref(&strange))
        } else {
            objects(&[])
        }
    });
    // 300 s of the buffer, 60 s of the function's, and a minute.
    assert!(
        failed(&run).message.contains("no object came within 420 s as s3://b/data/2026/clicks-stream-1-")
    );
    let waited = run.now.since(Timestamp::DEFAULT_START);
    assert!(waited >= Duration::from_secs(420) && waited < Duration::from_secs(440), "{waited:?}");
    // What came instead is told: the ending is another.
    assert!(failed(&run).hints[0].contains(&strange), "{:?}", failed(&run).hints);
}

#[test]
fn an_object_in_the_error_folder_ends_the_waiting() {
    let mut run = trying(1);
    play(&mut run, &mut deployed(trial(1)), |prefix, look| {
        if prefix == "errors/processing-failed/" && look > 2 {
            objects(&[key("errors/processing-failed/")])
        } else {
            objects(&[])
        }
    });
    assert!(failed(&run).message.contains("error folder"));
    assert!(run.now.since(Timestamp::DEFAULT_START) < Duration::from_secs(30));
    assert!(run.told.iter().any(|event| matches!(event, DeployEvent::SmokeObject { lane: "error", .. })));
}

#[test]
fn a_bucket_that_may_not_be_listed_proves_nothing() {
    let mut run = trying(1);
    let denied = || error("AccessDenied", "not authorized");
    play(&mut run, &mut deployed(trial(1)), |_, _| denied());
    assert!(failed(&run).hints.iter().any(|hint| hint.contains("`s3:ListBucket`")));
    assert_eq!(puts(&run), [0; 0], "found out before anything is put");
}

#[test]
fn nothing_to_deploy_is_tried_all_the_same_and_a_failure_is_not() {
    let mut empty = page("FAILED", vec![]);
    empty.reason = Some("The submitted information didn't contain changes.".into());
    let mut run = trying(1);
    let mut script = Script::default()
        .on("DescribeStacks", [stack("UPDATE_COMPLETE")])
        .on("DescribeChangeSet", [answer(empty)])
        .on("PrepareTrial", [Answer::Trial(Box::default())]);
    play(&mut run, &mut script, |_, _| objects(&[]));
    assert_eq!((run.verdict(), puts(&run)), (&Verdict::NothingToDo, vec![1]));
    let mut run = trying(1);
    let mut script = Script::default()
        .on(
            "DescribeStacks",
            [stack("UPDATE_COMPLETE"), stack("UPDATE_IN_PROGRESS"), stack("UPDATE_ROLLBACK_COMPLETE")],
        )
        .on("DescribeChangeSet", [made()])
        .on("DescribeStackEvents", [events([]), events([of_stack(1, "UPDATE_IN_PROGRESS")])]);
    play(&mut run, &mut script, |_, _| objects(&[]));
    assert!(matches!(run.verdict(), Verdict::RolledBack(_)) && puts(&run).is_empty());
}

#[test]
fn an_interrupt_ends_the_waiting_and_nothing_else() {
    let mut run = trying(1);
    let mut script = deployed(trial(1));
    loop {
        let request = run.call().unwrap();
        let is_put = matches!(request, Request::PutRecords { .. });
        let answer = match &request {
            Request::ListObjects { .. } => objects(&[]),
            Request::PutRecords { .. } => Answer::Put(vec![PutOutcome::Taken]),
            other => script.answer(other),
        };
        run.give(answer);
        if is_put {
            break;
        }
    }
    run.machine.handle(Input::Interrupt, run.now);
    assert!(matches!(run.verdict(), Verdict::Unwatched(_)));
    assert!(run.refusal().message.contains("the deployment itself is done"));
}
