//! The SDK's types to ours.

use aws_sdk_cloudformation::operation::describe_change_set::DescribeChangeSetOutput;
use aws_sdk_cloudformation::types as cfn;
use aws_sdk_firehose::types::DeliveryStreamDescription;

use crate::deploy::api::{Refused, StreamStatus};
use crate::deploy::change_set::{Change, ChangeDetail, ChangeSetPage};
use crate::deploy::events::{HookRun, StackEvent};
use crate::deploy::stack::{Stack, StackOutput, StackResource};
use crate::foundation::timestamp::Timestamp;

fn owned(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(str::to_owned)
}

fn text(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}

fn time(time: Option<&aws_sdk_cloudformation::primitives::DateTime>) -> Option<Timestamp> {
    Timestamp::from_millis(time?.to_millis().ok()?)
}

pub(super) fn stack(stack: &cfn::Stack) -> Stack {
    let pair =
        |parameter: &cfn::Parameter| (text(parameter.parameter_key()), text(parameter.parameter_value()));
    let output = |output: &cfn::Output| StackOutput {
        key: text(output.output_key()),
        value: text(output.output_value()),
        description: owned(output.description()),
        export: owned(output.export_name()),
    };
    Stack {
        id: text(stack.stack_id()),
        name: text(stack.stack_name()),
        status: text(stack.stack_status().map(|status| status.as_str())),
        reason: owned(stack.stack_status_reason()),
        updated: time(stack.last_updated_time()).or_else(|| time(stack.creation_time())),
        parameters: stack.parameters().iter().map(pair).collect(),
        outputs: stack.outputs().iter().map(output).collect(),
        is_protected: stack.enable_termination_protection() == Some(true),
    }
}

pub(super) fn resource(resource: &cfn::StackResourceSummary) -> StackResource {
    StackResource {
        logical_id: text(resource.logical_resource_id()),
        physical_id: owned(resource.physical_resource_id()),
        kind: text(resource.resource_type()),
        status: text(resource.resource_status().map(|status| status.as_str())),
    }
}

pub(super) fn event(event: &cfn::StackEvent) -> StackEvent {
    let hook = event.hook_type().map(|kind| HookRun {
        kind: kind.to_owned(),
        status: text(event.hook_status().map(|status| status.as_str())),
        reason: owned(event.hook_status_reason()),
        stops: event.hook_failure_mode() != Some(&cfn::HookFailureMode::Warn),
    });
    StackEvent {
        id: text(event.event_id()),
        stack_id: text(event.stack_id()),
        stack: text(event.stack_name()),
        at: time(event.timestamp()),
        logical_id: text(event.logical_resource_id()),
        physical_id: owned(event.physical_resource_id()),
        kind: text(event.resource_type()),
        status: text(event.resource_status().map(|status| status.as_str())),
        reason: owned(event.resource_status_reason()),
        hook,
        token: owned(event.client_request_token()),
    }
}

pub(super) fn page(page: &DescribeChangeSetOutput) -> ChangeSetPage {
    ChangeSetPage {
        id: text(page.change_set_id()),
        name: text(page.change_set_name()),
        stack_id: text(page.stack_id()),
        stack: text(page.stack_name()),
        status: text(page.status().map(|status| status.as_str())),
        execution_status: text(page.execution_status().map(|status| status.as_str())),
        reason: owned(page.status_reason()),
        changes: page.changes().iter().filter_map(|one| one.resource_change().map(change)).collect(),
        next: owned(page.next_token()),
    }
}

fn change(change: &cfn::ResourceChange) -> Change {
    Change {
        action: text(change.action().map(|action| action.as_str())),
        logical_id: text(change.logical_resource_id()),
        physical_id: owned(change.physical_resource_id()),
        kind: text(change.resource_type()),
        replacement: owned(change.replacement().map(|replacement| replacement.as_str())),
        policy: owned(change.policy_action().map(|policy| policy.as_str())),
        details: change.details().iter().filter_map(detail).collect(),
        nested: owned(change.change_set_id()),
    }
}

fn detail(detail: &cfn::ResourceChangeDetail) -> Option<ChangeDetail> {
    let target = detail.target()?;
    let source = detail.change_source().map(|source| source.as_str());
    let cause = match source {
        None | Some("DirectModification" | "Automatic") => None,
        Some(source) => Some(detail.causing_entity().unwrap_or(source).to_owned()),
    };
    Some(ChangeDetail {
        attribute: text(target.attribute().map(|attribute| attribute.as_str())),
        path: text(target.path().filter(|path| !path.is_empty()).or(target.name())),
        before: owned(target.before_value()),
        after: owned(target.after_value()),
        recreation: owned(target.requires_recreation().map(|recreation| recreation.as_str())),
        cause,
    })
}

/// A failed validation or hook; nothing of events that tell something else.
pub(super) fn refused(event: &cfn::OperationEvent) -> Option<Refused> {
    let reason = event
        .validation_status_reason()
        .or(event.hook_status_reason())
        .or(event.resource_status_reason())
        .filter(|reason| !reason.is_empty())?;
    Some(Refused {
        logical_id: owned(event.logical_resource_id()),
        kind: owned(event.resource_type()),
        check: owned(event.validation_name().or(event.hook_type())),
        reason: reason.to_owned(),
        path: owned(event.validation_path()),
    })
}

pub(super) fn stream(stream: &DeliveryStreamDescription) -> StreamStatus {
    StreamStatus {
        status: stream.delivery_stream_status().as_str().to_owned(),
        arn: stream.delivery_stream_arn().to_owned(),
        failure: stream
            .failure_description()
            .map(|failure| format!("{}: {}", failure.r#type().as_str(), failure.details())),
        version: Some(stream.version_id().to_owned()),
    }
}
