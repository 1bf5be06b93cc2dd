//! The operation has ended: what it came to, why it failed, and whether the streams are as the template says.

use super::api::Request;
use super::cause;
use super::event::DeployEvent;
use super::following::Following;
use super::hooks;
use super::machine::{Deployment, Mode, State};
use super::stack::{self, Ending};
use super::stream::StreamDescription;
use super::verdict::{Failure, Verdict};
use crate::foundation::timestamp::Timestamp;

/// How often a new stream is asked for before we give up: CloudFormation waits for it anyhow.
const MOST_STREAM_LOOKS: u32 = 20;

impl Deployment {
    /// The operation has ended.
    pub(super) fn judge(&mut self, mut part: Following, now: Timestamp) {
        let status = part.ended.as_ref().map_or("DELETE_COMPLETE", |stack| stack.status.as_str()).to_owned();
        let ending = stack::ending(&status, part.deletes);
        match ending {
            Some(Ending::Succeeded) if part.deletes && self.is_replacing() => self.start_over(),
            Some(Ending::Succeeded) if part.deletes => self.end(Verdict::Done),
            Some(Ending::Succeeded) => {
                let outputs = part.ended.as_ref().map(|stack| stack.outputs.clone()).unwrap_or_default();
                if !outputs.is_empty() || self.plan.mode != Mode::Watch {
                    self.tell(DeployEvent::Outputs(outputs));
                }
                part.streams = part.streams();
                self.pace.news();
                match part.ended.clone().filter(|_| self.plan.confirms_streams && !part.streams.is_empty()) {
                    // The names that the deployment gave: what the template refers to is compared by them.
                    Some(stack) => {
                        self.state = State::Following(Box::new(part));
                        self.ask(Request::ListResources(Box::new(stack)));
                    }
                    None => self.next_stream(part, now),
                }
            }
            None => {
                let message = format!("nothing runs on the stack `{}`; it is {status}", self.plan.stack);
                self.note(message);
                self.end(Verdict::NothingToDo);
            }
            Some(_) => {
                part.hooks = hooks::invocations(&part.told);
                self.next_hook(part, now);
            }
        }
    }

    /// Asks the next hook that stopped something for what it said.
    pub(super) fn next_hook(&mut self, mut part: Following, _now: Timestamp) {
        match part.hooks.pop_front() {
            Some(id) => {
                self.state = State::Following(Box::new(part));
                self.ask(Request::ReadHookResult(id));
            }
            None => self.ask_for_validation(part),
        }
    }

    /// Where a validation stopped the operation, its findings are in events of their own.
    fn ask_for_validation(&mut self, part: Following) {
        let Some(event) = part.told.iter().find(|event| event.is_validation()) else {
            return self.failed_operation(part);
        };
        let (stack, operation) = (event.stack_id.clone(), event.operation.clone());
        self.state = State::Following(Box::new(part));
        self.ask(Request::DescribeOperation { stack, operation, next: None });
    }

    /// The operation has failed: why.
    pub(super) fn failed_operation(&mut self, part: Following) {
        let status = part.ended.as_ref().map_or("DELETE_COMPLETE", |stack| stack.status.as_str()).to_owned();
        let root = self.stack_id.clone();
        let mut causes = cause::of_validation(part.refused);
        let is_explained = !causes.is_empty();
        let told = part.told.iter().filter(|event| !(is_explained && event.is_validation())).cloned();
        causes.extend(cause::causes(&told.collect::<Vec<_>>(), &root));
        let mut causes = causes.into_iter();
        let mut failure = Failure {
            status: status.clone(),
            cause: causes.next(),
            others: causes.collect(),
            hints: Vec::new(),
        };
        if matches!(status.as_str(), "CREATE_FAILED" | "UPDATE_FAILED") {
            failure.hints.push(
                "what was made stays: mend the cause and deploy again, or take the stack away with `firehose-kit delete`"
                    .to_owned(),
            );
        }
        if let Some((_, hints)) = stack::advice(&status, &self.plan.stack) {
            failure.hints.extend(hints);
        }
        match stack::ending(&status, part.deletes) {
            Some(Ending::RolledBack) => self.end(Verdict::RolledBack(Box::new(failure))),
            _ => self.end(Verdict::NeedsAttention(Box::new(failure))),
        }
    }

    /// Asks for the next delivery stream that the operation touched.
    pub(super) fn next_stream(&mut self, part: Following, now: Timestamp) {
        let Some((logical_id, name)) = part.streams.front().filter(|_| self.plan.confirms_streams) else {
            if part.ended.is_some() {
                self.stack = part.ended;
            }
            return self.end(Verdict::Done);
        };
        let request = Request::DescribeStream { logical_id: logical_id.clone(), name: name.clone() };
        let again = part.stream_looks > 0;
        self.state = State::Following(Box::new(part));
        if again { self.ask_soon(request, now) } else { self.ask(request) }
    }

    pub(super) fn stream_told(
        &mut self,
        mut part: Following,
        name: String,
        told: StreamDescription,
        now: Timestamp,
    ) {
        let waits = told.status == "CREATING" && part.stream_looks < MOST_STREAM_LOOKS;
        if waits {
            part.stream_looks += 1;
            return self.next_stream(part, now);
        }
        part.stream_looks = 0;
        if let Some((logical_id, _)) = part.streams.pop_front() {
            if let Some(failure) = told.failure {
                self.note(format!("the stream `{name}` is {}: {failure}", told.status));
            }
            let (status, comparison) = (told.status, told.comparison);
            self.tell(DeployEvent::Stream { logical_id, name, status, comparison });
        }
        self.next_stream(part, now);
    }
}
