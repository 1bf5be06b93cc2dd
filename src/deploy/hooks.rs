//! What hooks say: as an event tells it, and in full.

use std::collections::VecDeque;

use super::events::StackEvent;

/// How many hooks are asked for their reasons.
const MOST: usize = 10;

/// A hook's result, as `GetHookResult` tells it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HookResult {
    /// What it said.
    pub reason: Option<String>,
    /// What it found in particular.
    pub findings: Vec<HookFinding>,
}

/// Something that a hook found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HookFinding {
    /// The rule that failed.
    pub name: String,
    /// What it said.
    pub message: Option<String>,
    /// What to do.
    pub remediation: Option<String>,
}

impl HookFinding {
    /// One line of it.
    pub fn words(&self) -> String {
        let message = self.message.as_deref().map(|message| format!(": {message}")).unwrap_or_default();
        let remedy = self.remediation.as_deref().map(|remedy| format!(" ({remedy})")).unwrap_or_default();
        format!("{}{message}{remedy}", self.name)
    }
}

/// The invocations of hooks that stopped something, each once.
pub(super) fn invocations(events: &[StackEvent]) -> VecDeque<String> {
    let mut found: VecDeque<String> = VecDeque::new();
    let runs = events.iter().filter_map(|event| event.hook.as_ref());
    for run in runs.filter(|run| run.stops && run.status.ends_with("FAILED")) {
        if let Some(id) = run.invocation.as_ref().filter(|id| !found.contains(id))
            && found.len() < MOST
        {
            found.push_back(id.clone());
        }
    }
    found
}

/// Adds what a hook said to the events that tell of it.
pub(super) fn add(events: &mut [StackEvent], invocation: &str, result: &HookResult) {
    let runs = events.iter_mut().filter_map(|event| event.hook.as_mut());
    for run in runs.filter(|run| run.invocation.as_deref() == Some(invocation)) {
        if result.reason.is_some() {
            run.reason.clone_from(&result.reason);
        }
        run.findings.clone_from(&result.findings);
    }
}
