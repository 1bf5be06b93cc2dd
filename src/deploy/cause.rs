//! Why a deployment failed: the first failure that is nobody else's consequence.

use super::api::Refused;
use super::events::{STACK, StackEvent};
use super::hooks::HookFinding;
use super::place::FoundPlace;
use crate::foundation::timestamp::Timestamp;

/// A failure that came by itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cause {
    /// The resource.
    pub logical_id: String,
    /// Its type.
    pub kind: String,
    /// Its status, such as `CREATE_FAILED`.
    pub status: String,
    /// What the service said, without CloudFormation's wrapping.
    pub message: String,
    /// The reason as it was told.
    pub reason: String,
    /// The service's error class, such as `InvalidRequest`, where the handler names it.
    pub handler_code: Option<String>,
    /// The hook that stopped it.
    pub hook: Option<String>,
    /// What the hook found in particular.
    pub findings: Vec<HookFinding>,
    /// Where in the template AWS says that it is, such as `/Resources/Stream/Properties/X`.
    pub told_path: Option<String>,
    /// The nested stack that it happened in; `None` for the stack that was deployed.
    pub nested: Option<String>,
    /// When.
    pub at: Option<Timestamp>,
    /// Where in the template, once it has been looked for.
    pub place: Option<FoundPlace>,
}

/// What failed by itself, the first first. `events` are those of one operation, the oldest first, of the stack `root`
/// and of the stacks nested in it.
pub fn causes(events: &[StackEvent], root: &str) -> Vec<Cause> {
    let mut ordered: Vec<&StackEvent> = events.iter().collect();
    // Events of nested stacks come in their own lists.
    ordered.sort_by_key(|event| event.at);
    let is_consequence = |event: &StackEvent| {
        let reason = event.reason.as_deref().unwrap_or_default();
        is_cancelled(reason)
            || is_summary(event, reason)
            // What could not be undone is not why it had to be.
            || event.status == "DELETE_FAILED" && events.iter().any(is_deploying_failure)
    };
    let mut found: Vec<Cause> = Vec::new();
    for event in ordered.iter().filter(|event| event.is_failure() && !is_consequence(event)) {
        let cause = cause(event, &ordered, root);
        if !found.iter().any(|known| known.logical_id == cause.logical_id && known.nested == cause.nested) {
            found.push(cause);
        }
    }
    // A nested stack's own failure beats the resource that stands for it in its parent.
    let has_inner = found.iter().any(|cause| cause.kind != STACK);
    if has_inner {
        found.retain(|cause| cause.kind != STACK);
    }
    found
}

/// What the validation of an operation found, each as a failure that came by itself.
pub fn of_validation(found: Vec<Refused>) -> Vec<Cause> {
    let cause = |one: Refused| Cause {
        logical_id: one.logical_id.unwrap_or_default(),
        kind: one.kind.unwrap_or_default(),
        status: one.check.unwrap_or_else(|| "VALIDATION_FAILED".to_owned()),
        message: plain(&one.reason).message,
        reason: one.reason,
        told_path: one.path,
        ..Cause::default()
    };
    // What is told of the stack, or of nothing, sums up the others.
    let is_of_a_resource = |one: &Refused| one.logical_id.is_some() && one.kind.as_deref() != Some(STACK);
    found.into_iter().filter(is_of_a_resource).map(cause).collect()
}

fn is_deploying_failure(event: &StackEvent) -> bool {
    event.status == "CREATE_FAILED" || event.status == "UPDATE_FAILED"
}

/// `Resource creation cancelled` and its like: something else failed first.
fn is_cancelled(reason: &str) -> bool {
    let reason = reason.to_ascii_lowercase();
    ["creation cancelled", "update cancelled", "deletion cancelled", "import cancelled"]
        .iter()
        .any(|words| reason.contains(words))
}

/// A stack's status that sums up what failed in it.
fn is_summary(event: &StackEvent, reason: &str) -> bool {
    event.is_of_the_stack() && (reason.is_empty() || reason.starts_with("The following resource(s) failed"))
}

fn cause(event: &StackEvent, all: &[&StackEvent], root: &str) -> Cause {
    let same =
        |other: &&&StackEvent| other.stack_id == event.stack_id && other.logical_id == event.logical_id;
    let hook = all
        .iter()
        .filter(same)
        .filter_map(|event| event.hook.as_ref())
        .find(|hook| hook.stops && hook.status.ends_with("FAILED"));
    let told = event.reason.clone().unwrap_or_else(|| "no reason is given".to_owned());
    let plain = plain(&told);
    let message = match hook.and_then(|hook| hook.reason.clone()) {
        Some(reason) => reason,
        None => plain.message,
    };
    Cause {
        logical_id: event.logical_id.clone(),
        kind: event.kind.clone(),
        status: event.status.clone(),
        message,
        reason: told,
        handler_code: plain.handler_code,
        hook: hook.map(|hook| hook.kind.clone()),
        told_path: None,
        findings: hook.map(|hook| hook.findings.clone()).unwrap_or_default(),
        nested: (event.stack_id != root).then(|| event.stack.clone()),
        at: event.at,
        place: None,
    }
}

/// A reason taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plain {
    /// What the service said.
    pub message: String,
    /// The handler's error code.
    pub handler_code: Option<String>,
}

/// Takes CloudFormation's wrapping off a reason: `Resource handler returned message: "..." (RequestToken: ...,
/// HandlerErrorCode: ...)`, and the SDK's `(Service: ..., Status Code: ..., Request ID: ...)`.
pub fn plain(reason: &str) -> Plain {
    let handler_code = reason
        .split("HandlerErrorCode: ")
        .nth(1)
        .map(|rest| rest.chars().take_while(|c| c.is_alphanumeric()).collect::<String>())
        .filter(|code| !code.is_empty());
    let mut message = reason.trim();
    if let Some(rest) = message.strip_prefix("Resource handler returned message: ") {
        let end = rest.rfind(" (RequestToken:").unwrap_or(rest.len());
        message = rest[..end].trim().trim_matches('"');
    }
    if let Some(at) = message.find(" (Service: ") {
        message = &message[..at];
    }
    Plain { message: message.trim().to_owned(), handler_code }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_speaks_without_wrapping() {
        let reason = "Resource handler returned message: \"ErrorOutputPrefix cannot be null or empty when Prefix contains \
                      expressions (Service: Firehose, Status Code: 400, Request ID: 1-2)\" (RequestToken: a-b, \
                      HandlerErrorCode: InvalidRequest)";
        let plain = plain(reason);
        assert_eq!(
            plain.message,
            "ErrorOutputPrefix cannot be null or empty when Prefix contains expressions"
        );
        assert_eq!(plain.handler_code.as_deref(), Some("InvalidRequest"));
        assert_eq!(super::plain("Bucket already exists").message, "Bucket already exists");
    }

    fn event(at: i64, logical_id: &str, status: &str, reason: &str) -> StackEvent {
        StackEvent {
            id: format!("{at}"),
            stack_id: "arn:root".to_owned(),
            stack: "root".to_owned(),
            at: Timestamp::from_millis(at),
            logical_id: logical_id.to_owned(),
            kind: "AWS::KinesisFirehose::DeliveryStream".to_owned(),
            status: status.to_owned(),
            reason: Some(reason.to_owned()),
            ..StackEvent::default()
        }
    }

    #[test]
    fn cancelled_resources_and_undoing_are_no_causes() {
        let events = [
            event(1, "Other", "CREATE_FAILED", "Resource creation cancelled"),
            event(2, "Stream", "CREATE_FAILED", "Invalid expression usage"),
            event(3, "Second", "CREATE_FAILED", "Invalid lambda ARN."),
            event(4, "Bucket", "DELETE_FAILED", "The bucket you tried to delete is not empty"),
        ];
        let found = causes(&events, "arn:root");
        let ids: Vec<_> = found.iter().map(|cause| cause.logical_id.as_str()).collect();
        assert_eq!(ids, ["Stream", "Second"]);
        let deletion = [event(1, "Bucket", "DELETE_FAILED", "The bucket you tried to delete is not empty")];
        assert_eq!(causes(&deletion, "arn:root").len(), 1);
    }
}
