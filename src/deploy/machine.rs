//! The machine: what it was told to do, where it is, and the way in and out of it.

use std::collections::VecDeque;
use std::time::Duration;

use super::api::{Answer, ApiError, ErrorKind, Request};
use super::capabilities::Capability;
use super::change_set::ChangeSummary;
use super::differences::Differences;
use super::event::DeployEvent;
use super::following::Following;
use super::pace::Pace;
use super::parameters::{Declared, ParameterValue};
use super::preparing::Preparing;
use super::smoke::{SmokePlan, Trying};
use super::stack::Stack;
use super::verdict::{Refusal, Verdict};
use crate::foundation::seed::{Purpose, Seed};
use crate::foundation::timestamp::Timestamp;
use crate::template::parameters::Supplied;

/// How often a call that changes something is tried.
const MOST_ATTEMPTS: u32 = 6;
/// How long a second interrupt is waited for.
const SECOND_INTERRUPT: Duration = Duration::from_secs(5);

/// What to do with a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Make a change set, ask, execute, follow.
    Deploy,
    /// Make a change set, show it, leave it.
    Plan,
    /// Execute a change set that stands already.
    Execute,
    /// Follow what runs.
    Watch,
    /// Delete the stack.
    Delete,
}

/// What happens to what was made where the rest fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnFailure {
    /// What was before stands again.
    #[default]
    Rollback,
    /// A stack that was being created goes; an update is rolled back.
    Delete,
    /// It stays, for a look at it.
    Nothing,
}

/// What a deployment is told.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What to do.
    pub mode: Mode,
    /// The stack's name.
    pub stack: String,
    /// The template's size in bytes.
    pub template_bytes: usize,
    /// The bucket that the template goes through.
    pub bucket: Option<String>,
    /// The parameters that the template declares.
    pub parameters: Vec<Declared>,
    /// The values that were given.
    pub supplied: Supplied,
    /// What is acknowledged.
    pub capabilities: Vec<Capability>,
    /// Tags of the stack, where any are given.
    pub tags: Option<Vec<(String, String)>>,
    /// The role that CloudFormation takes.
    pub role_arn: Option<String>,
    /// What happens where it fails.
    pub on_failure: OnFailure,
    /// Whether a stack that never worked is deleted first.
    pub replaces_failed: bool,
    /// Whether an interrupt cancels the update.
    pub cancels_on_interrupt: bool,
    /// Whether somebody may interrupt a second time.
    pub is_interactive: bool,
    /// Whether the user has agreed beforehand.
    pub is_confirmed: bool,
    /// The change set to execute.
    pub change_set: Option<String>,
    /// Whether drift is looked for before anything is changed.
    pub detects_drift: bool,
    /// What is tried after the deployment.
    pub smoke: Option<SmokePlan>,
    /// Whether the delivery streams are asked for at the end.
    pub confirms_streams: bool,
    /// Where names, tokens and jitter come from.
    pub seed: Seed,
}

/// What the user is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmation {
    /// The question.
    pub question: String,
    /// The word that must be typed, where data goes; else a yes is enough.
    pub typed: Option<String>,
}

/// What the user says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Go on.
    Agreed,
    /// Don't.
    Declined,
    /// Nobody could be asked.
    NotAsked,
}

/// What the shell gives.
#[derive(Debug, Clone)]
pub enum Input {
    /// What the call that is out came to.
    Answer(Answer),
    /// What the user says.
    Decision(Decision),
    /// The user interrupts.
    Interrupt,
    /// The time that [`Deployment::poll_timeout`] named has come.
    Tick,
}

/// Where the machine is.
#[derive(Debug)]
pub(super) enum State {
    /// Up to the decision.
    Preparing(Preparing),
    /// The operation runs.
    Following(Box<Following>),
    /// Records go through the deployed stream.
    Trying(Box<Trying>),
    /// Undoing what was only prepared; then this is the verdict.
    Cleaning(VecDeque<Request>, Box<Verdict>),
    /// The end.
    Ended,
}

/// A deployment.
#[derive(Debug)]
pub struct Deployment {
    pub(super) plan: Plan,
    pub(super) state: State,
    pub(super) pace: Pace,
    pub(super) events: VecDeque<DeployEvent>,
    /// The stack as it was found.
    pub(super) stack: Option<Stack>,
    /// The change set's name or id, and the stack's.
    pub(super) change_set: Option<String>,
    pub(super) stack_id: String,
    pub(super) values: Vec<ParameterValue>,
    pub(super) template_url: Option<String>,
    pub(super) differences: Option<Differences>,
    pub(super) summary: ChangeSummary,
    pub(super) confirmation: Option<Confirmation>,
    /// Whether we made the stack's shell, so that it goes with a change set that is not executed.
    pub(super) made_shell: bool,
    pub(super) verdict: Option<Verdict>,
    next: Option<Request>,
    out: Option<Request>,
    wake: Option<Timestamp>,
    attempts: u32,
    tokens: u64,
    interrupted_at: Option<Timestamp>,
    has_interrupt: bool,
}

impl Deployment {
    /// A deployment that has not begun.
    pub fn new(plan: Plan) -> Deployment {
        let first = Request::DescribeStack(plan.stack.clone());
        Deployment {
            pace: Pace::new(plan.seed),
            stack_id: plan.stack.clone(),
            change_set: plan.change_set.clone(),
            state: State::Preparing(Preparing::Describing),
            events: VecDeque::new(),
            stack: None,
            values: Vec::new(),
            template_url: None,
            differences: None,
            summary: ChangeSummary::default(),
            confirmation: None,
            made_shell: false,
            verdict: None,
            next: Some(first),
            out: None,
            wake: None,
            attempts: 0,
            tokens: 0,
            interrupted_at: None,
            has_interrupt: false,
            plan,
        }
    }

    /// The next call to make, once there is nothing to wait for.
    pub fn poll_request(&mut self, now: Timestamp) -> Option<Request> {
        if self.out.is_some() || self.confirmation.is_some() || self.wake.is_some_and(|wake| now < wake) {
            return None;
        }
        self.wake = None;
        self.out = self.next.take();
        self.out.clone()
    }

    /// Whether an answer is waited for.
    pub fn awaits_answer(&self) -> bool {
        self.out.is_some()
    }

    /// When the machine wants to be woken.
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        let second = self.interrupted_at.map(|at| at.saturating_add(SECOND_INTERRUPT));
        [self.wake, second].into_iter().flatten().min()
    }

    /// Something to tell.
    pub fn poll_event(&mut self) -> Option<DeployEvent> {
        self.events.pop_front()
    }

    /// What the user is to be asked; answered with [`Input::Decision`].
    pub fn poll_confirmation(&self) -> Option<&Confirmation> {
        self.confirmation.as_ref()
    }

    /// What it came to, at the end.
    pub fn verdict(&self) -> Option<&Verdict> {
        self.verdict.as_ref()
    }

    /// Takes an input.
    pub fn handle(&mut self, input: Input, now: Timestamp) {
        match input {
            Input::Answer(answer) => {
                let Some(request) = self.out.take() else { return };
                match answer {
                    Answer::Failed(error) => self.failed(request, error, now),
                    answer => {
                        self.attempts = 0;
                        self.pace.succeeded();
                        self.answered(request, Ok(answer), now);
                    }
                }
                if std::mem::take(&mut self.has_interrupt) {
                    self.interrupt(now);
                }
            }
            Input::Decision(decision) => {
                if self.confirmation.take().is_some() {
                    self.decided(decision, now);
                }
            }
            Input::Interrupt => self.interrupt(now),
            Input::Tick => {
                let is_late =
                    self.interrupted_at.is_some_and(|at| now >= at.saturating_add(SECOND_INTERRUPT));
                if is_late {
                    self.stop_watching();
                }
            }
        }
    }

    /// Routes an answer, or an error that lasts, to the part that asked.
    fn answered(&mut self, request: Request, answer: Result<Answer, ApiError>, now: Timestamp) {
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Preparing(part) => self.prepare(part, &request, answer, now),
            State::Following(part) => self.follow(part, &request, answer, now),
            State::Trying(part) => self.trying(part, &request, answer, now),
            State::Cleaning(left, verdict) => {
                if let Err(error) = answer {
                    self.note(format!("{} was left behind: {}", what(&request), error.message));
                }
                self.clean(left, verdict);
            }
            State::Ended => {}
        }
    }

    /// An error: made again where it passes, otherwise routed.
    fn failed(&mut self, request: Request, error: ApiError, now: Timestamp) {
        self.attempts += 1;
        // What runs is watched for as long as it takes; nothing else waits for ever.
        let watches = matches!(request, Request::DescribeStack(_) | Request::DescribeStackEvents { .. });
        let is_watching = watches && matches!(self.state, State::Following(_));
        if error.kind() == ErrorKind::Passing && (is_watching || self.attempts < MOST_ATTEMPTS) {
            let is_doubtful = matches!(error.code.as_str(), "Timeout" | "Unreachable");
            if is_doubtful && matches!(request, Request::PutRecords { .. }) {
                self.note("the put was not answered: its records may be in the stream twice now");
            }
            let pause = self.pace.after_failure();
            let reason = format!("{} ({})", error.message.trim(), error.code);
            self.tell(DeployEvent::Retry { operation: request.operation(), reason, pause });
            self.ask_at(request, now.saturating_add(pause));
            return;
        }
        self.attempts = 0;
        self.answered(request, Err(error), now);
    }

    fn interrupt(&mut self, now: Timestamp) {
        match &self.state {
            // A call that changes something is waited for, so that what it made can be taken away.
            State::Preparing(_) if self.out.as_ref().is_some_and(|request| !request.is_read()) => {
                self.has_interrupt = true;
            }
            State::Preparing(_) => {
                self.out = None;
                self.confirmation = None;
                let refusal = Refusal::new("interrupted before anything was changed");
                self.wake = None;
                self.end_cleanly(Verdict::Unwatched(Box::new(refusal)));
            }
            State::Following(_) => {
                let again = self.interrupted_at.take().is_some();
                if again || self.plan.cancels_on_interrupt {
                    self.cancel(now);
                } else if self.plan.is_interactive {
                    let meaning = format!(
                        "the operation goes on without us; `{}` follows it again. Press Ctrl-C once more within 5 s to cancel it",
                        self.resume()
                    );
                    self.tell(DeployEvent::Interrupted { meaning });
                    self.interrupted_at = Some(now);
                } else {
                    self.stop_watching();
                }
            }
            State::Trying(_) => {
                self.out = None;
                self.stop_trying();
            }
            State::Cleaning(..) | State::Ended => {}
        }
    }

    /// The operation goes on, nobody looks.
    pub(super) fn stop_watching(&mut self) {
        let refusal = Refusal::new("stopped watching; the operation goes on")
            .hint(format!("follow it again with `{}`", self.resume()));
        self.end(Verdict::Unwatched(Box::new(refusal)));
    }

    /// How to watch again.
    pub(super) fn resume(&self) -> String {
        format!("firehose-kit deploy --watch --stack-name {}", self.plan.stack)
    }

    /// The next call.
    pub(super) fn ask(&mut self, request: Request) {
        self.next = Some(request);
        self.wake = None;
    }

    /// The next call, later.
    pub(super) fn ask_at(&mut self, request: Request, at: Timestamp) {
        self.next = Some(request);
        self.wake = Some(at);
    }

    /// The next call, at the pace of waiting.
    pub(super) fn ask_soon(&mut self, request: Request, now: Timestamp) {
        let pause = self.pace.pause();
        self.ask_at(request, now.saturating_add(pause));
    }

    pub(super) fn tell(&mut self, event: DeployEvent) {
        self.events.push_back(event);
    }

    pub(super) fn note(&mut self, text: impl Into<String>) {
        self.tell(DeployEvent::Note(text.into()));
    }

    /// A token for a call: the same for its repetitions, another for each call.
    pub(super) fn token(&mut self) -> String {
        self.tokens += 1;
        format!("firehose-kit-{}", self.plan.seed.uuid(Purpose::DeploymentToken, self.tokens))
    }

    /// The end.
    pub(super) fn end(&mut self, verdict: Verdict) {
        if matches!(verdict, Verdict::Done | Verdict::NothingToDo)
            && let (Some(smoke), Some(stack)) = (self.plan.smoke.take(), self.stack.clone())
        {
            return self.try_out(smoke, verdict, stack);
        }
        self.state = State::Ended;
        self.next = None;
        self.wake = None;
        self.interrupted_at = None;
        self.tell(DeployEvent::End(Box::new(verdict.clone())));
        self.verdict = Some(verdict);
    }

    /// The end, once what was only prepared is gone: our change set, and the shell that it made.
    pub(super) fn end_cleanly(&mut self, verdict: Verdict) {
        let mut left = VecDeque::new();
        // A change set that the user named is theirs.
        if let Some(change_set) = self.change_set.clone().filter(|_| self.plan.mode != Mode::Execute) {
            left.push_back(Request::DeleteChangeSet { change_set, stack: self.stack_id.clone() });
        }
        if self.made_shell {
            let token = self.token();
            left.push_back(Request::DeleteStack { stack: self.stack_id.clone(), token });
        }
        self.clean(left, Box::new(verdict));
    }

    fn clean(&mut self, mut left: VecDeque<Request>, verdict: Box<Verdict>) {
        match left.pop_front() {
            Some(request) => {
                self.ask(request);
                self.state = State::Cleaning(left, verdict);
            }
            None => self.end(*verdict),
        }
    }
}

fn what(request: &Request) -> &'static str {
    match request {
        Request::DeleteChangeSet { .. } => "the change set",
        Request::DeleteStack { .. } => "the empty stack",
        _ => "something",
    }
}
