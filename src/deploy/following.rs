//! While the operation runs: its events, the stack's status, and what it came to.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use super::api::{Answer, ApiError, ErrorKind, Refused, Request};
use super::event::DeployEvent;
use super::events::StackEvent;
use super::hooks;
use super::machine::{Deployment, State};
use super::stack::{self, Stack};
use super::verdict::{Refusal, Verdict};
use crate::foundation::timestamp::Timestamp;
use crate::template::DELIVERY_STREAM;

/// For how long a status from before the operation may be told after it began.
const MAY_LAG: Duration = Duration::from_secs(30);

/// An operation that runs.
#[derive(Debug, Default)]
pub(super) struct Following {
    pub(super) deletes: bool,
    /// The stacks whose events are read: the stack, and those nested in it.
    stacks: Vec<String>,
    /// Which of them are still to be read in this round.
    left: VecDeque<String>,
    /// Pages of the stack that is being read, the newest event first.
    page: Vec<StackEvent>,
    seen: BTreeSet<String>,
    /// All events of the operation, as they were told.
    pub(super) told: Vec<StackEvent>,
    /// The status before the operation, and when the stack was last changed then.
    before: Option<(String, Option<Timestamp>)>,
    started: Option<Timestamp>,
    has_begun: bool,
    /// Whether we came while it ran.
    attached: bool,
    /// The stack's end, to be judged once its last events are read.
    pub(super) ended: Option<Stack>,
    /// Whether the stack is gone.
    gone: bool,
    events_denied: bool,
    status: String,
    wants_cancel: bool,
    total: usize,
    /// Delivery streams to ask for, by logical id and name, once all is well.
    pub(super) streams: VecDeque<(String, String)>,
    pub(super) stream_looks: u32,
    /// What the validation of the operation found.
    pub(super) refused: Vec<Refused>,
    /// Invocations of hooks that are still to be asked for what they said.
    pub(super) hooks: VecDeque<String>,
}

impl Following {
    pub(super) fn started(
        id: String,
        stack: Option<&Stack>,
        seen: Vec<String>,
        deletes: bool,
        total: usize,
        now: Timestamp,
    ) -> Following {
        Following {
            deletes,
            stacks: vec![id],
            seen: seen.into_iter().collect(),
            before: stack.map(|stack| (stack.status.clone(), stack.updated)),
            started: Some(now),
            total,
            ..Following::default()
        }
    }

    pub(super) fn attached(stack: &Stack) -> Following {
        Following {
            deletes: stack.status.starts_with("DELETE"),
            stacks: vec![stack.id.clone()],
            has_begun: true,
            attached: true,
            ..Following::default()
        }
    }
}

impl Deployment {
    /// Begins to follow.
    pub(super) fn follow_from(&mut self, mut part: Following, now: Timestamp) {
        self.pace.news();
        part.left = part.stacks.iter().cloned().collect();
        self.next_look(part, now);
    }

    /// The next call of a round: events of each stack, then the stack's status.
    fn next_look(&mut self, mut part: Following, _now: Timestamp) {
        if std::mem::take(&mut part.wants_cancel) {
            let token = self.token();
            self.ask(Request::CancelUpdate { stack: self.stack_id.clone(), token });
        } else if let Some(stack) = part.left.front().filter(|_| !part.events_denied) {
            self.ask(Request::DescribeStackEvents { stack: stack.clone(), next: None });
        } else {
            self.ask(Request::DescribeStack(self.stack_id.clone()));
        }
        self.state = State::Following(Box::new(part));
    }

    pub(super) fn follow(
        &mut self,
        mut part: Box<Following>,
        request: &Request,
        answer: Result<Answer, ApiError>,
        now: Timestamp,
    ) {
        match (request, answer) {
            (Request::DescribeStackEvents { stack, .. }, Ok(Answer::Events { events, next })) => {
                let (new, is_end) = part.unseen(events);
                part.page.extend(new);
                match next.filter(|_| !is_end) {
                    Some(next) => {
                        let stack = stack.clone();
                        self.state = State::Following(part);
                        return self.ask(Request::DescribeStackEvents { stack, next: Some(next) });
                    }
                    None => self.round_of_events(&mut part),
                }
                part.left.pop_front();
                if part.left.is_empty() && (part.ended.is_some() || part.gone) {
                    return self.judge(*part, now);
                }
                self.next_look(*part, now);
            }
            (Request::DescribeStack(_), Ok(Answer::Stack(stack))) => {
                self.looked(*part, stack.map(|stack| *stack), now)
            }
            (Request::CancelUpdate { .. }, Ok(_)) => {
                self.note("the update is being cancelled: CloudFormation rolls it back");
                self.next_look(*part, now);
            }
            (Request::DescribeOperation { stack, operation, .. }, Ok(Answer::Refusals { found, next })) => {
                part.refused.extend(found);
                match next {
                    Some(next) => {
                        let (stack, operation) = (stack.clone(), operation.clone());
                        self.state = State::Following(part);
                        self.ask(Request::DescribeOperation { stack, operation, next: Some(next) });
                    }
                    None => self.failed_operation(*part),
                }
            }
            (Request::ListResources(_), Ok(_)) => self.next_stream(*part, now),
            (Request::ReadHookResult(id), Ok(Answer::HookResult(result))) => {
                hooks::add(&mut part.told, id, &result);
                self.next_hook(*part, now);
            }
            (Request::DescribeStream { name, .. }, Ok(Answer::Stream(told))) => {
                let name = name.clone();
                self.stream_told(*part, name, *told, now);
            }
            (_, Ok(_)) => self.next_look(*part, now),
            (request, Err(error)) => self.look_failed(*part, request, &error, now),
        }
    }

    /// Tells the events of a stack, the oldest first, and finds stacks nested in it.
    fn round_of_events(&mut self, part: &mut Following) {
        let mut page = std::mem::take(&mut part.page);
        page.reverse();
        for event in page {
            part.seen.insert(event.id.clone());
            self.pace.news();
            let is_root = event.stack_id == self.stack_id || part.stacks.first() == Some(&event.stack_id);
            part.has_begun |= is_root;
            if event.is_of_the_stack() && is_root {
                if event.status.starts_with("DELETE") && part.attached {
                    part.deletes = true;
                }
                if event.status.contains("ROLLBACK_IN_PROGRESS") && part.status != event.status {
                    part.status.clone_from(&event.status);
                    self.note("it failed; CloudFormation is undoing what was done");
                }
            }
            if let Some(nested) = event.nested_stack()
                && !part.stacks.iter().any(|known| known == nested)
            {
                part.stacks.push(nested.to_owned());
                part.left.push_back(nested.to_owned());
            }
            self.tell(DeployEvent::Resource(Box::new(event.clone())));
            part.told.push(event);
        }
        if part.total > 0 {
            let done = part.done();
            self.tell(DeployEvent::Progress { done: done.min(part.total), total: part.total });
        }
    }

    /// The stack's status was read.
    fn looked(&mut self, mut part: Following, stack: Option<Stack>, now: Timestamp) {
        let Some(stack) = stack else {
            part.gone = true;
            return self.last_events(part, now);
        };
        let is_other = part
            .before
            .as_ref()
            .is_some_and(|(status, updated)| *status != stack.status || *updated != stack.updated);
        let is_late = part.started.is_some_and(|started| now.since(started) > MAY_LAG);
        part.has_begun |= is_other || is_late || stack::is_running(&stack.status);
        let ended = stack::ending(&stack.status, part.deletes).filter(|_| part.has_begun);
        if ended.is_some() || (part.attached && !stack::is_running(&stack.status)) {
            part.ended = Some(stack);
            return self.last_events(part, now);
        }
        if stack.status.ends_with("CLEANUP_IN_PROGRESS") && part.status != stack.status {
            part.status.clone_from(&stack.status);
            if stack.status.starts_with("UPDATE_COMPLETE") {
                self.note("the update is done; what it replaced is being deleted");
            }
        }
        part.left = part.stacks.iter().cloned().collect();
        let first = match part.left.front().filter(|_| !part.events_denied) {
            Some(stack) => Request::DescribeStackEvents { stack: stack.clone(), next: None },
            None => Request::DescribeStack(self.stack_id.clone()),
        };
        self.state = State::Following(Box::new(part));
        self.ask_soon(first, now);
    }

    /// Reads the events once more: the last ones may be younger than the last look at them.
    fn last_events(&mut self, mut part: Following, now: Timestamp) {
        if part.events_denied {
            return self.judge(part, now);
        }
        part.left = part.stacks.iter().cloned().collect();
        self.next_look(part, now);
    }

    fn look_failed(&mut self, mut part: Following, request: &Request, error: &ApiError, now: Timestamp) {
        match (request, error.kind()) {
            (_, ErrorKind::Expired | ErrorKind::Credentials) => {
                let message =
                    format!("the credentials can't be used any more ({}); the operation goes on", error.code);
                let refusal = Refusal::new(message)
                    .hint(format!("renew them, then follow it again with `{}`", self.resume()));
                self.end(Verdict::Unwatched(Box::new(refusal)));
            }
            (Request::DescribeStackEvents { .. }, _) => {
                if part.ended.is_none() && !part.gone {
                    self.note(format!(
                        "events can't be read ({}): progress is the stack's status alone",
                        error.code
                    ));
                }
                part.events_denied = true;
                if part.ended.is_some() || part.gone {
                    return self.judge(part, now);
                }
                self.next_look(part, now);
            }
            (Request::CancelUpdate { .. }, _) => {
                self.note(format!("it can't be cancelled: {}", error.message.trim()));
                self.next_look(part, now);
            }
            (Request::ReadHookResult(_), _) => {
                self.note(format!("what a hook said in full can't be read ({})", error.code));
                part.hooks.clear();
                self.next_hook(part, now);
            }
            (Request::DescribeOperation { .. }, _) => {
                self.note(format!("what the validation found can't be read ({})", error.code));
                self.failed_operation(part);
            }
            (Request::ListResources(_), _) => {
                self.note(format!("the stack's resources can't be read ({})", error.code));
                self.next_stream(part, now);
            }
            (Request::DescribeStream { name, .. }, _) => {
                self.note(format!("whether the stream `{name}` is active can't be told ({})", error.code));
                part.streams.pop_front();
                self.next_stream(part, now);
            }
            // The stack's own events tell its end too.
            (Request::DescribeStack(_), _) => {
                let last = part
                    .told
                    .iter()
                    .rev()
                    .find(|event| event.is_of_the_stack() && event.stack_id == self.stack_id);
                let ended = last.filter(|event| stack::ending(&event.status, part.deletes).is_some());
                if let Some(event) = ended {
                    part.ended = Some(Stack {
                        id: self.stack_id.clone(),
                        name: self.plan.stack.clone(),
                        status: event.status.clone(),
                        reason: event.reason.clone(),
                        ..self.stack.clone().unwrap_or_default()
                    });
                    return self.judge(part, now);
                }
                if part.events_denied {
                    let message = format!(
                        "neither the stack nor its events can be read ({}); the operation goes on",
                        error.code
                    );
                    let hint = format!("the caller needs the permission `{}`", request.action());
                    let refusal =
                        Refusal::new(message).hint(hint).hint(format!("follow it with `{}`", self.resume()));
                    return self.end(Verdict::Unwatched(Box::new(refusal)));
                }
                if self.events.iter().all(|event| !matches!(event, DeployEvent::Note(_)))
                    && part.status.is_empty()
                {
                    part.status = "?".to_owned();
                    self.note(format!(
                        "the stack can't be described ({}): its events tell how it ends",
                        error.code
                    ));
                }
                part.left = part.stacks.iter().cloned().collect();
                let first = Request::DescribeStackEvents { stack: self.stack_id.clone(), next: None };
                self.state = State::Following(Box::new(part));
                self.ask_soon(first, now);
            }
            _ => self.next_look(part, now),
        }
    }

    /// Cancels what runs, as far as that is possible.
    pub(super) fn cancel(&mut self, now: Timestamp) {
        let State::Following(part) = &mut self.state else { return };
        // A creation can't be cancelled, only deleted; nothing is deleted unasked.
        let creates =
            part.deletes || part.before.as_ref().is_none_or(|(status, _)| status == "REVIEW_IN_PROGRESS");
        if creates && !part.attached {
            let what = if part.deletes { "a deletion" } else { "the creation of a stack" };
            self.note(format!("{what} can't be cancelled; it goes on"));
            return self.stop_watching();
        }
        part.wants_cancel = true;
        if !self.awaits_answer()
            && let State::Following(part) = std::mem::replace(&mut self.state, State::Ended)
        {
            self.next_look(*part, now);
        }
    }
}

impl Following {
    /// The events of a page that are new, and whether older ones are not wanted.
    fn unseen(&self, events: Vec<StackEvent>) -> (Vec<StackEvent>, bool) {
        let mut new = Vec::new();
        // Events of a nested stack's earlier operations are older than this operation.
        let begin = self.told.first().and_then(|event| event.at);
        for event in events {
            let is_old = matches!((begin, event.at), (Some(begin), Some(at)) if at < begin)
                && self.stacks.first() != Some(&event.stack_id);
            if self.seen.contains(&event.id) || is_old {
                return (new, true);
            }
            // Where we came while it ran, the event that began it is the first of it.
            let is_first = self.attached && event.begins_an_operation();
            new.push(event);
            if is_first {
                return (new, true);
            }
        }
        (new, false)
    }

    /// How many resources have come to an end.
    fn done(&self) -> usize {
        let mut last: BTreeMap<(&str, &str), &str> = BTreeMap::new();
        for event in self.told.iter().filter(|event| !event.is_of_the_stack()) {
            last.insert((&event.stack_id, &event.logical_id), &event.status);
        }
        last.values().filter(|status| !status.ends_with("_IN_PROGRESS")).count()
    }

    /// The delivery streams that stand after the operation, by logical id and name.
    pub(super) fn streams(&self) -> VecDeque<(String, String)> {
        let mut found: BTreeMap<&str, &str> = BTreeMap::new();
        for event in self.told.iter().filter(|event| event.kind == DELIVERY_STREAM) {
            if let Some(name) = event
                .physical_id
                .as_deref()
                .filter(|_| event.status == "CREATE_COMPLETE" || event.status == "UPDATE_COMPLETE")
            {
                found.insert(&event.logical_id, name);
            }
        }
        found.into_iter().map(|(id, name)| (id.to_owned(), name.to_owned())).collect()
    }
}
