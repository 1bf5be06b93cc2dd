//! The part of the machine that tries a stream: look what is there, put, wait.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::batch::{Batches, Next};
use super::{Expectation, Fit, PutOutcome, SmokePlan, StoredObject, Trial};
use crate::deploy::api::{Answer, ApiError, Request};
use crate::deploy::event::{DeployEvent, SmokeTarget};
use crate::deploy::machine::{Deployment, State};
use crate::deploy::stack::Stack;
use crate::deploy::verdict::{Refusal, Verdict};
use crate::foundation::timestamp::Timestamp;

/// How many pages of present objects are read of each place.
const MOST_PAGES: usize = 100;
/// How many keys that nobody predicted are told.
const MOST_OTHERS: usize = 3;

/// A stream that is tried.
#[derive(Debug)]
pub(in crate::deploy) struct Trying {
    plan: SmokePlan,
    /// What the deployment itself came to.
    verdict: Verdict,
    name: String,
    trial: Trial,
    /// Keys that were there before, by place.
    known: BTreeMap<usize, BTreeSet<String>>,
    phase: Phase,
    pages: usize,
    batches: Batches,
    total: usize,
    deadline: Option<Timestamp>,
    /// Places where an object came.
    found: BTreeSet<usize>,
    others: Vec<String>,
    has_failures: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Preparing,
    /// What is there already, place by place.
    Looking(usize),
    Putting,
    /// What has come since, place by place.
    Waiting(usize),
}

impl Trying {
    /// All places: where objects should appear, then where failed records do.
    fn places(&self) -> usize {
        self.trial.expected.len() + self.trial.failures.len()
    }

    fn place(&self, at: usize) -> Option<&Expectation> {
        let expected = &self.trial.expected;
        expected.get(at).or_else(|| self.trial.failures.get(at.checked_sub(expected.len())?))
    }

    fn is_failure(&self, at: usize) -> bool {
        at >= self.trial.expected.len()
    }

    fn list(&self, at: usize, next: Option<String>) -> Option<Request> {
        let place = self.place(at)?;
        Some(Request::ListObjects { bucket: place.bucket.clone(), prefix: place.listed.clone(), next })
    }
}

impl Deployment {
    /// Begins the trial; `verdict` is what the deployment came to.
    pub(in crate::deploy) fn try_out(&mut self, plan: SmokePlan, verdict: Verdict, stack: Stack) {
        let total = plan.records.len();
        let part = Trying {
            plan,
            verdict,
            name: String::new(),
            trial: Trial::default(),
            known: BTreeMap::new(),
            phase: Phase::Preparing,
            pages: 0,
            batches: Batches::default(),
            total,
            deadline: None,
            found: BTreeSet::new(),
            others: Vec::new(),
            has_failures: false,
        };
        self.pace.news();
        self.state = State::Trying(Box::new(part));
        self.ask(Request::ListResources(Box::new(stack)));
    }

    pub(in crate::deploy) fn trying(
        &mut self,
        mut part: Box<Trying>,
        request: &Request,
        answer: Result<Answer, ApiError>,
        now: Timestamp,
    ) {
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => return self.trial_failed(&part, request, &error),
        };
        match (part.phase, answer) {
            (Phase::Preparing, Answer::Resources(resources)) => {
                let known = resources.into_iter().find(|one| one.logical_id == part.plan.logical_id);
                let Some(name) = known.and_then(|known| known.physical_id) else {
                    let id = &part.plan.logical_id;
                    return self.smoke_failed(Refusal::new(format!(
                        "the stack has no stream `{id}` that could be tried"
                    )));
                };
                part.name.clone_from(&name);
                let logical_id = part.plan.logical_id.clone();
                self.state = State::Trying(part);
                self.ask(Request::PrepareTrial { logical_id, name, at: now });
            }
            (Phase::Preparing, Answer::Trial(trial)) => {
                trial.notes.iter().for_each(|note| self.note(note.clone()));
                part.trial = *trial;
                part.batches = Batches::new(std::mem::take(&mut part.plan.records));
                part.phase = Phase::Looking(0);
                self.look_first(part, 0, now);
            }
            (Phase::Looking(at), Answer::Objects { objects, next }) => {
                part.known.entry(at).or_default().extend(objects.into_iter().map(|object| object.key));
                part.pages += 1;
                match next.filter(|_| part.pages < MOST_PAGES).and_then(|next| part.list(at, Some(next))) {
                    Some(request) => {
                        self.state = State::Trying(part);
                        self.ask(request);
                    }
                    None => self.look_first(part, at + 1, now),
                }
            }
            (Phase::Putting, Answer::Put(outcomes)) => self.put(part, request, &outcomes, now),
            (Phase::Waiting(at), Answer::Objects { objects, next }) => {
                self.objects_came(&mut part, at, &objects);
                part.pages += 1;
                match next.filter(|_| part.pages < MOST_PAGES).and_then(|next| part.list(at, Some(next))) {
                    Some(request) => {
                        self.state = State::Trying(part);
                        self.ask(request);
                    }
                    None => self.look_again(part, at + 1, now),
                }
            }
            (_, _) => self.state = State::Trying(part),
        }
    }

    /// What is there before anything is put.
    fn look_first(&mut self, mut part: Box<Trying>, at: usize, now: Timestamp) {
        part.pages = 0;
        match part.list(at, None) {
            Some(request) => {
                part.phase = Phase::Looking(at);
                self.state = State::Trying(part);
                self.ask(request);
            }
            None => {
                part.phase = Phase::Putting;
                self.next_put(part, None, now);
            }
        }
    }

    fn next_put(&mut self, mut part: Box<Trying>, pause: Option<Duration>, now: Timestamp) {
        let Some(records) = part.batches.next() else { return self.all_put(part, now) };
        let request = Request::PutRecords { stream: part.name.clone(), records };
        self.state = State::Trying(part);
        match pause {
            Some(pause) => self.ask_at(request, now.saturating_add(pause)),
            None => self.ask(request),
        }
    }

    fn put(&mut self, mut part: Box<Trying>, request: &Request, outcomes: &[PutOutcome], now: Timestamp) {
        let pause = match part.batches.answered(outcomes) {
            Next::Now => None,
            Next::Later(attempts, reason) => {
                let pause = self.pace.after_failures(attempts);
                self.tell(DeployEvent::Retry { operation: request.operation(), reason, pause });
                Some(pause)
            }
        };
        let (done, total) = (part.batches.taken, part.total);
        self.tell(DeployEvent::SmokePut { stream: part.name.clone(), done, total });
        self.next_put(part, pause, now);
    }

    fn all_put(&mut self, mut part: Box<Trying>, now: Timestamp) {
        if let Some((count, reason)) = &part.batches.given_up {
            let message = format!("{count} of {} records were not taken: {reason}", part.total);
            return self.smoke_failed(
                Refusal::new(message).hint("the stream throttles, or has trouble; try again later"),
            );
        }
        if part.trial.expected.is_empty() {
            return self.tried(*part);
        }
        let target = |one: &Expectation| SmokeTarget {
            lane: one.lane,
            bucket: one.bucket.clone(),
            example: one.example.clone(),
            records: one.records,
        };
        let expected = part.trial.expected.iter().map(target).collect();
        self.tell(DeployEvent::SmokeWait { patience: part.trial.patience, expected });
        part.deadline = Some(now.saturating_add(part.trial.patience));
        self.pace.news();
        self.look_again(part, 0, now);
    }

    /// Looks into the next place where something is missing; after the last one, after a pause, from the first.
    fn look_again(&mut self, mut part: Box<Trying>, from: usize, now: Timestamp) {
        let is_open = |part: &Trying, at: &usize| part.is_failure(*at) || !part.found.contains(at);
        let is_complete = (0..part.trial.expected.len()).all(|at| part.found.contains(&at));
        let next = (from..part.places()).find(|at| is_open(&part, at));
        // Failed records are looked for once more after the last object.
        if next.is_none() && (is_complete || part.has_failures) {
            return self.tried(*part);
        }
        let first = (0..part.places()).find(|at| is_open(&part, at)).unwrap_or_default();
        let at = next.unwrap_or(first);
        if next.is_none() && part.deadline.is_some_and(|deadline| now >= deadline) {
            return self.tried(*part);
        }
        part.pages = 0;
        part.phase = Phase::Waiting(at);
        let Some(request) = part.list(at, None) else { return self.tried(*part) };
        self.state = State::Trying(part);
        match next {
            Some(_) => self.ask(request),
            None => self.ask_soon(request, now),
        }
    }

    fn objects_came(&mut self, part: &mut Trying, at: usize, objects: &[StoredObject]) {
        let Some(place) = part.place(at).cloned() else { return };
        for object in objects {
            let is_known = !part.known.entry(at).or_default().insert(object.key.clone());
            let fit = place.fit(&object.key);
            if is_known || fit == Fit::Foreign {
                continue;
            }
            if fit == Fit::Otherwise {
                // It may be what another place waits for.
                if !part
                    .trial
                    .expected
                    .iter()
                    .chain(&part.trial.failures)
                    .any(|one| one.fit(&object.key) == Fit::Fits)
                    && part.others.len() < MOST_OTHERS
                    && !part.others.contains(&object.key)
                {
                    self.note(format!("under another key than predicted came `{}`", object.key));
                    part.others.push(object.key.clone());
                }
                continue;
            }
            part.found.insert(at);
            part.has_failures |= part.is_failure(at);
            let (lane, bucket) = (place.lane, place.bucket.clone());
            let (key, bytes) = (object.key.clone(), object.bytes);
            self.tell(DeployEvent::SmokeObject { lane, bucket, key, bytes });
        }
    }

    /// The end of the trial, by what was seen.
    fn tried(&mut self, part: Trying) {
        if part.has_failures {
            let refusal = Refusal::new("records failed on their way: objects came into the error folder")
                .hint("each line of such an object says why, and holds the record");
            return self.smoke_failed(refusal);
        }
        let missing: Vec<&Expectation> = (0..part.trial.expected.len())
            .filter(|at| !part.found.contains(at))
            .filter_map(|at| part.place(at))
            .collect();
        let Some(first) = missing.first() else {
            if !part.trial.expected.is_empty() {
                self.note("what was waited for has come");
            }
            return self.end(part.verdict);
        };
        let seconds = part.trial.patience.as_secs();
        let mut message =
            format!("no object came within {seconds} s as s3://{}/{}", first.bucket, first.example);
        if missing.len() > 1 {
            message += &format!(", nor in {} other places", missing.len() - 1);
        }
        let mut refusal = Refusal::new(message);
        for key in &part.others {
            refusal = refusal.hint(format!("under another key than predicted came `{key}`"));
        }
        refusal = refusal
            .hint("look at the log group of `CloudWatchLoggingOptions`: it says why a delivery fails")
            .hint("records that a function drops leave no object");
        self.smoke_failed(refusal);
    }

    fn trial_failed(&mut self, part: &Trying, request: &Request, error: &ApiError) {
        let mut refusal = match request {
            Request::PrepareTrial { .. } => {
                Refusal::new(format!("where the records should appear can't be told: {}", error.message))
            }
            _ => Refusal::of_error(request.operation(), &request.action(), error),
        };
        if matches!(part.phase, Phase::Putting) && part.batches.taken > 0 {
            refusal =
                refusal.hint(format!("{} of {} records were taken before", part.batches.taken, part.total));
        }
        if matches!(part.phase, Phase::Waiting(_)) {
            refusal = refusal.hint("the records were taken; whether they arrive can't be seen");
        }
        self.smoke_failed(refusal);
    }

    fn smoke_failed(&mut self, refusal: Refusal) {
        self.end(Verdict::SmokeFailed(Box::new(refusal)));
    }

    /// The user waits no longer.
    pub(in crate::deploy) fn stop_trying(&mut self) {
        let refusal = Refusal::new("stopped waiting for the records; the deployment itself is done")
            .hint("records that were put are delivered all the same");
        self.end(Verdict::Unwatched(Box::new(refusal)));
    }
}
