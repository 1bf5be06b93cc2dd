//! Up to the decision: describe the stack, settle the values, make the change set, say what it means.

use super::api::{Answer, ApiError, ErrorKind, NewChangeSet, Request};
use super::change_set::{self, Change, ChangeSetPage};
use super::drift::Detecting;
use super::event::DeployEvent;
use super::following::Following;
use super::machine::{Confirmation, Decision, Deployment, Mode, OnFailure, State};
use super::parameters;
use super::reading::Reading;
use super::stack::{self, Stack, Standing};
use super::verdict::{Refusal, RefusalKind, Verdict};
use crate::foundation::seed::Purpose;
use crate::foundation::timestamp::Timestamp;

/// Where the preparation is.
#[derive(Debug)]
pub(super) enum Preparing {
    /// The stack is described.
    Describing,
    /// Drift is looked for.
    Detecting(Detecting),
    /// The deployed template is read, and compared with the new one.
    Comparing,
    /// The template is on its way to the bucket.
    Uploading,
    /// The change set is being made.
    Creating,
    /// Its pages are read: those of the stack, then those of nested stacks.
    Reading(Reading),
    /// The reasons of a refusal are read.
    Explaining(Refusal),
    /// The user is asked.
    Deciding,
    /// The newest events are read, so that those of the operation can be told from older ones.
    Marking,
    /// The operation is being started.
    Starting(Vec<String>),
}

impl Deployment {
    pub(super) fn prepare(
        &mut self,
        part: Preparing,
        request: &Request,
        answer: Result<Answer, ApiError>,
        now: Timestamp,
    ) {
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => return self.refused(part, request, &error, now),
        };
        match (part, answer) {
            (Preparing::Describing, Answer::Stack(stack)) => self.described(stack.map(|stack| *stack), now),
            (Preparing::Comparing, Answer::Compared(differences)) => {
                if differences.refused > 0 {
                    let refusal = Refusal {
                        kind: RefusalKind::Findings,
                        message: "Firehose will refuse this update of a present stream".to_owned(),
                        ..Refusal::default()
                    };
                    return self.end(Verdict::Refused(Box::new(refusal)));
                }
                self.differences = Some(*differences);
                match self.plan.mode {
                    Mode::Delete => self.show_removal(),
                    Mode::Execute => self.read_change_set(),
                    _ => self.upload_or_create(),
                }
            }
            (Preparing::Uploading, Answer::Uploaded(url)) => {
                self.template_url = Some(url);
                self.create();
            }
            (Preparing::Creating, Answer::ChangeSetCreated { id, stack_id }) => {
                self.change_set = Some(id);
                self.stack_id = stack_id;
                self.pace.news();
                let first = self.page(None);
                self.state = State::Preparing(Preparing::Reading(Reading::default()));
                self.ask_soon(first, now);
            }
            (Preparing::Reading(reading), Answer::ChangeSet(page)) => {
                self.page_read(reading, *page, request, now)
            }
            (Preparing::Detecting(part), answer) => self.detecting(part, answer, now),
            (Preparing::Explaining(mut refusal), Answer::Refusals { found, next }) => {
                refusal.details.extend(found);
                if let (Some(next), Request::DescribeRefusal { change_set, .. }) = (next, request) {
                    let change_set = change_set.clone();
                    self.state = State::Preparing(Preparing::Explaining(refusal));
                    return self.ask(Request::DescribeRefusal { change_set, next: Some(next) });
                }
                // What the call would tell is told below.
                if !refusal.details.is_empty()
                    && let Some(at) = refusal.message.find(" To troubleshoot")
                {
                    refusal.message.truncate(at);
                }
                self.end_cleanly(Verdict::Refused(Box::new(refusal)));
            }
            (Preparing::Marking, Answer::Events { events, .. }) => {
                let seen = events.into_iter().map(|event| event.id).collect();
                self.start(seen);
            }
            (Preparing::Starting(seen), Answer::Accepted) => self.started(seen, now),
            (part, _) => self.state = State::Preparing(part),
        }
    }

    fn described(&mut self, stack: Option<Stack>, now: Timestamp) {
        let stack = stack.filter(|stack| stack::standing(&stack.status) != Standing::Absent);
        let status = stack.as_ref().map(|stack| stack.status.clone());
        if !matches!(self.plan.mode, Mode::Watch) || stack.is_none() {
            self.tell(DeployEvent::Stack { name: self.plan.stack.clone(), status });
        }
        if let Some(stack) = &stack {
            self.stack_id.clone_from(&stack.id);
        }
        self.stack.clone_from(&stack);
        match (self.plan.mode, stack) {
            (Mode::Watch, Some(stack)) => {
                self.tell(DeployEvent::Stack {
                    name: stack.name.clone(),
                    status: Some(stack.status.clone()),
                });
                let following = Following::attached(&stack);
                self.follow_from(following, now);
            }
            (Mode::Delete, None) => self.end(Verdict::NothingToDo),
            (Mode::Delete, Some(stack)) => self.delete(stack),
            (Mode::Watch | Mode::Execute, None) => {
                let message = format!("there is no stack `{}` in this account and region", self.plan.stack);
                let refusal = Refusal::new(message).hint("check `--stack-name`, the region and the profile");
                self.end(Verdict::Refused(Box::new(refusal)));
            }
            (Mode::Execute, Some(stack)) if stack::standing(&stack.status) == Standing::Shell => {
                self.read_change_set();
            }
            (_, None) => self.settle(),
            (mode, Some(stack)) => match stack::standing(&stack.status) {
                Standing::Shell | Standing::Absent => self.settle(),
                Standing::Ready if mode == Mode::Execute => self.read_change_set(),
                Standing::Ready if self.plan.detects_drift => self.detect_drift(),
                Standing::Ready => self.settle(),
                Standing::NeverWorked if self.plan.replaces_failed && mode == Mode::Deploy => {
                    self.tell(DeployEvent::Deleting { replaced: true });
                    self.state = State::Preparing(Preparing::Marking);
                    self.ask(Request::DescribeStackEvents { stack: stack.id, next: None });
                }
                Standing::NeverWorked | Standing::Stuck | Standing::Busy => self.unfit(&stack),
            },
        }
    }

    /// The stack's status forbids it.
    fn unfit(&mut self, stack: &Stack) {
        let (message, hints) = stack::advice(&stack.status, &stack.name).unwrap_or_default();
        let mut refusal = Refusal { message, hints, ..Refusal::default() };
        if let Some(reason) = &stack.reason {
            refusal.message = format!("{}\n  {reason}", refusal.message);
        }
        self.end(Verdict::Refused(Box::new(refusal)));
    }

    fn delete(&mut self, stack: Stack) {
        if stack.is_protected {
            let name = &stack.name;
            let message = format!("the stack `{name}` is protected from deletion");
            let refusal = Refusal::new(message).hint(format!(
                "if it shall go: `aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name {name}`"
            ));
            return self.end(Verdict::Refused(Box::new(refusal)));
        }
        if stack::is_running(&stack.status) {
            return self.unfit(&stack);
        }
        self.compare(stack);
    }

    /// What goes with the stack.
    fn show_removal(&mut self) {
        let removed = self.differences.iter().flat_map(|differences| &differences.resources);
        let changes = removed.map(|resource| Change {
            action: resource.action.to_owned(),
            logical_id: resource.logical_id.clone(),
            kind: resource.kind.clone(),
            policy: resource.policy.clone(),
            ..Change::default()
        });
        self.summary.rows = change_set::rows(changes.collect(), None, None);
        self.summary.deletes = true;
        self.tell(DeployEvent::ChangeSet(Box::new(self.summary.clone())));
        self.decide();
    }

    /// Settles which value each parameter gets.
    pub(super) fn settle(&mut self) {
        let settled = parameters::settle(&self.plan.parameters, &self.plan.supplied, self.stack.as_ref());
        let (sent, shown) = match settled {
            Ok(settled) => settled,
            Err(wrong) => {
                let mut wrong = wrong.into_iter();
                let refusal = Refusal {
                    kind: RefusalKind::Usage,
                    message: wrong.next().unwrap_or_default(),
                    hints: wrong.map(|also| format!("also: {also}")).collect(),
                    ..Refusal::default()
                };
                return self.end(Verdict::Refused(Box::new(refusal)));
            }
        };
        self.values = sent;
        if !shown.is_empty() {
            let made_up = shown.iter().filter(|one| one.is_made_up);
            let made_up: Vec<String> = made_up.map(|one| format!("`{}`", one.key)).collect();
            self.tell(DeployEvent::Parameters(shown));
            if !made_up.is_empty() {
                let (verb, word) = if made_up.len() == 1 { ("has", "value") } else { ("have", "values") };
                self.note(format!(
                    "{} still {verb} the made-up {word} that `init` wrote: put in your own",
                    made_up.join(", ")
                ));
            }
        }
        if !self.plan.capabilities.is_empty() {
            self.tell(DeployEvent::Capabilities(self.plan.capabilities.clone()));
        }
        match self.stack.clone().filter(|stack| stack::standing(&stack.status) == Standing::Ready) {
            Some(stack) => self.compare(stack),
            None => self.upload_or_create(),
        }
    }

    fn compare(&mut self, stack: Stack) {
        self.state = State::Preparing(Preparing::Comparing);
        self.ask(Request::ReadTemplate(Box::new(stack)));
    }

    fn upload_or_create(&mut self) {
        match self.plan.bucket.clone() {
            Some(bucket) => {
                self.tell(DeployEvent::Upload { bucket, bytes: self.plan.template_bytes });
                self.state = State::Preparing(Preparing::Uploading);
                self.ask(Request::Upload);
            }
            None => self.create(),
        }
    }

    fn create(&mut self) {
        let creates =
            self.stack.as_ref().is_none_or(|stack| stack::standing(&stack.status) == Standing::Shell);
        let name = format!("firehose-kit-{}", &self.plan.seed.uuid(Purpose::DeploymentToken, 0)[..8]);
        self.tell(DeployEvent::CreatingChangeSet { name: name.clone(), creates });
        let token = self.token();
        let new = NewChangeSet {
            stack: self.plan.stack.clone(),
            name,
            creates,
            template_url: self.template_url.clone(),
            parameters: self.values.clone(),
            capabilities: self.plan.capabilities.iter().map(|one| one.name.to_owned()).collect(),
            tags: self.plan.tags.clone(),
            role_arn: self.plan.role_arn.clone(),
            on_stack_failure: (creates && self.plan.on_failure == OnFailure::Delete).then_some("DELETE"),
            token,
        };
        self.made_shell = self.stack.is_none();
        self.state = State::Preparing(Preparing::Creating);
        self.ask(Request::CreateChangeSet(Box::new(new)));
    }

    pub(super) fn decide(&mut self) {
        let deletes = self.plan.mode == Mode::Delete;
        if self.plan.is_confirmed {
            return self.mark();
        }
        let name = self.plan.stack.clone();
        let question = match deletes {
            true => format!("Delete the stack `{name}`?"),
            false => format!("Execute the change set on `{name}`?"),
        };
        // Where nothing of a stack is left, or nothing that holds data goes, a yes is enough.
        let takes_away = match deletes {
            true => self.differences.is_none() || !self.summary.rows.is_empty(),
            false => self.summary.is_destructive(),
        };
        let typed = takes_away.then_some(name);
        self.confirmation = Some(Confirmation { question, typed });
        self.state = State::Preparing(Preparing::Deciding);
    }

    pub(super) fn decided(&mut self, decision: Decision, _now: Timestamp) {
        match decision {
            Decision::Agreed => self.mark(),
            Decision::Declined => self.end_cleanly(Verdict::Declined),
            Decision::NotAsked => {
                let refusal = Refusal {
                    kind: RefusalKind::Usage,
                    message: "there is no terminal to ask on".to_owned(),
                    ..Refusal::default()
                };
                self.end_cleanly(Verdict::Refused(Box::new(refusal.hint("agree beforehand with `--yes`"))));
            }
        }
    }

    fn mark(&mut self) {
        self.state = State::Preparing(Preparing::Marking);
        self.ask(Request::DescribeStackEvents { stack: self.stack_id.clone(), next: None });
    }

    fn start(&mut self, seen: Vec<String>) {
        let token = self.token();
        let stack = self.stack_id.clone();
        let replaces = self.is_replacing();
        let request = match &self.change_set {
            Some(change_set) if !replaces => Request::ExecuteChangeSet {
                change_set: change_set.clone(),
                stack,
                token,
                disable_rollback: self.plan.on_failure == OnFailure::Nothing,
            },
            _ => Request::DeleteStack { stack, token },
        };
        self.state = State::Preparing(Preparing::Starting(seen));
        self.ask(request);
    }

    /// Whether a stack that never worked is being deleted, before the new one is made.
    pub(super) fn is_replacing(&self) -> bool {
        let standing = self.stack.as_ref().map(|stack| stack::standing(&stack.status));
        self.plan.mode == Mode::Deploy && standing == Some(Standing::NeverWorked)
    }

    fn started(&mut self, seen: Vec<String>, now: Timestamp) {
        let deletes = self.plan.mode == Mode::Delete || self.is_replacing();
        // From here on the change set belongs to the operation, and the stack is no shell.
        self.made_shell = false;
        match deletes {
            true if self.plan.mode == Mode::Delete => self.tell(DeployEvent::Deleting { replaced: false }),
            true => {}
            false => self.tell(DeployEvent::Executing),
        }
        let total = self.summary.rows.len();
        let following =
            Following::started(self.stack_id.clone(), self.stack.as_ref(), seen, deletes, total, now);
        self.follow_from(following, now);
    }

    /// After a stack that never worked is gone: from the start, without it.
    pub(super) fn start_over(&mut self) {
        self.stack = None;
        self.stack_id.clone_from(&self.plan.stack);
        self.settle();
    }

    /// An error that lasts, before anything was changed.
    fn refused(&mut self, part: Preparing, request: &Request, error: &ApiError, now: Timestamp) {
        let is_about_us = matches!(error.kind(), ErrorKind::Denied | ErrorKind::Lasting);
        match part {
            Preparing::Detecting(_) => self.detection_failed(request, error),
            // Without the deployed template, less can be said; the deployment itself does not need it.
            Preparing::Comparing if is_about_us => {
                self.note(format!(
                    "the deployed template can't be read ({}): changes are shown as AWS tells them",
                    error.code
                ));
                match self.plan.mode {
                    Mode::Delete => self.decide(),
                    _ => self.upload_or_create(),
                }
            }
            Preparing::Marking if is_about_us => {
                self.note(format!(
                    "events can't be read ({}): progress is the stack's status alone",
                    error.code
                ));
                self.start(Vec::new());
            }
            Preparing::Explaining(refusal) => {
                let hint =
                    format!("DescribeEvents would tell more: {} ({})", error.message.trim(), error.code);
                self.end_cleanly(Verdict::Refused(Box::new(refusal.hint(hint))));
            }
            Preparing::Reading(reading) if reading.inside.is_some() => {
                self.note(format!(
                    "the changes of the nested stack `{}` can't be read",
                    reading.inside.as_deref().unwrap_or_default()
                ));
                let page = ChangeSetPage { status: "CREATE_COMPLETE".to_owned(), ..ChangeSetPage::default() };
                self.page_read(reading, page, request, now);
            }
            _ if error.message.contains("No updates are to be performed") => {
                self.end_cleanly(Verdict::NothingToDo)
            }
            _ => {
                // What never came to be needs no cleaning.
                if matches!(part, Preparing::Creating) {
                    self.made_shell = false;
                }
                let mut refusal = Refusal::of_error(request.operation(), &request.action(), error);
                if matches!(request, Request::CreateChangeSet(_)) && error.message.contains("51200") {
                    refusal = refusal.hint("put the template through a bucket with `--s3-bucket`");
                }
                self.end_cleanly(Verdict::Refused(Box::new(refusal)));
            }
        }
    }
}
