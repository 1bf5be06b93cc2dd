//! The pages of a change set, and of those of nested stacks; and one that could not be made.

use super::api::Request;
use super::change_set::{self, Change, ChangeSetPage};
use super::event::DeployEvent;
use super::machine::{Deployment, Mode, State};
use super::preparing::Preparing;
use super::verdict::{Refusal, Verdict};
use crate::foundation::timestamp::Timestamp;

/// The pages of a change set and of those of nested stacks.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) changes: Vec<Change>,
    /// Change sets of nested stacks that are still to be read, with the nested stack's logical id.
    pub(super) nested: Vec<(String, String)>,
    /// The nested stack whose change set is read.
    pub(super) inside: Option<String>,
}

impl Deployment {
    pub(super) fn read_change_set(&mut self) {
        let first = self.page(None);
        self.state = State::Preparing(Preparing::Reading(Reading::default()));
        self.ask(first);
    }

    pub(super) fn page(&self, next: Option<String>) -> Request {
        let change_set = self.change_set.clone().unwrap_or_default();
        let stack = (!change_set.starts_with("arn:")).then(|| self.plan.stack.clone());
        Request::DescribeChangeSet { change_set, stack, next }
    }

    pub(super) fn page_read(
        &mut self,
        mut reading: Reading,
        page: ChangeSetPage,
        request: &Request,
        now: Timestamp,
    ) {
        let is_inside = reading.inside.is_some();
        if !is_inside {
            match page.status.as_str() {
                "CREATE_COMPLETE" => {}
                "FAILED" => return self.change_set_failed(&page),
                status if status.starts_with("DELETE") => {
                    let refusal = Refusal::new(format!("the change set `{}` is {status}", page.name));
                    return self.end(Verdict::Refused(Box::new(refusal)));
                }
                // Still being made.
                _ => {
                    let again = self.page(None);
                    self.state = State::Preparing(Preparing::Reading(Reading::default()));
                    return self.ask_soon(again, now);
                }
            }
            if self.plan.mode == Mode::Execute && page.execution_status != "AVAILABLE" {
                let message = format!(
                    "the change set `{}` can't be executed: it is {}{}",
                    page.name,
                    page.execution_status,
                    page.reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default()
                );
                let hint = "make a new one: `firehose-kit deploy --plan`";
                return self.end(Verdict::Refused(Box::new(Refusal::new(message).hint(hint))));
            }
            self.change_set = Some(page.id.clone()).filter(|id| !id.is_empty()).or(self.change_set.take());
            self.summary.change_set.clone_from(&page.name);
            self.summary.id.clone_from(&page.id);
        }
        let nested = page
            .changes
            .iter()
            .filter_map(|change| Some((change.nested.clone()?, change.logical_id.clone())));
        reading.nested.extend(nested);
        reading.changes.extend(page.changes);
        if let (Some(next), Request::DescribeChangeSet { change_set, stack, .. }) = (page.next, request) {
            let (change_set, stack) = (change_set.clone(), stack.clone());
            self.state = State::Preparing(Preparing::Reading(reading));
            return self.ask(Request::DescribeChangeSet { change_set, stack, next: Some(next) });
        }
        let changes = std::mem::take(&mut reading.changes);
        let differences = self.differences.as_ref();
        let rows = change_set::rows(changes, reading.inside.as_deref(), differences);
        self.summary.rows.extend(rows);
        if !reading.nested.is_empty() {
            let (change_set, logical_id) = reading.nested.remove(0);
            reading.inside = Some(logical_id);
            self.state = State::Preparing(Preparing::Reading(reading));
            return self.ask(Request::DescribeChangeSet { change_set, stack: None, next: None });
        }
        self.tell(DeployEvent::ChangeSet(Box::new(self.summary.clone())));
        if self.plan.mode == Mode::Plan {
            let name = self.summary.change_set.clone();
            return self.end(Verdict::Planned(name));
        }
        self.decide();
    }

    /// A change set that could not be made: without changes, or refused.
    fn change_set_failed(&mut self, page: &ChangeSetPage) {
        let reason = page.reason.clone().unwrap_or_default();
        let is_empty =
            reason.contains("didn't contain changes") || reason.contains("No updates are to be performed");
        if is_empty {
            return self.end_cleanly(Verdict::NothingToDo);
        }
        let message = match reason.is_empty() {
            true => "CloudFormation could not make the change set, and gives no reason".to_owned(),
            false => format!("CloudFormation refused the change set: {reason}"),
        };
        let id =
            if page.id.is_empty() { self.change_set.clone().unwrap_or_default() } else { page.id.clone() };
        self.state = State::Preparing(Preparing::Explaining(Refusal::new(message)));
        self.ask(Request::DescribeRefusal { change_set: id, next: None });
    }
}
