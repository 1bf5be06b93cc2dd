//! The SDK's types to ours.

use aws_sdk_cloudformation::operation::describe_change_set::DescribeChangeSetOutput;
use aws_sdk_cloudformation::operation::describe_stack_drift_detection_status::DescribeStackDriftDetectionStatusOutput;
use aws_sdk_cloudformation::operation::get_hook_result::GetHookResultOutput;
use aws_sdk_cloudformation::types as cfn;

use crate::deploy::api::Refused;
use crate::deploy::change_set::{Change, ChangeDetail, ChangeSetPage};
use crate::deploy::drift::{Detection, DriftedProperty, DriftedResource};
use crate::deploy::events::{HookRun, StackEvent};
use crate::deploy::hooks::{HookFinding, HookResult};
use crate::deploy::smoke::StoredObject;
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
        invocation: owned(event.hook_invocation_id()),
        findings: Vec::new(),
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
        operation: owned(event.operation_id()),
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

/// Whether an event tells of a validation, hook or resource that failed.
pub(super) fn is_failed(event: &cfn::OperationEvent) -> bool {
    let statuses = [
        event.validation_status().map(|status| status.as_str()),
        event.hook_status().map(|status| status.as_str()),
        event.resource_status().map(|status| status.as_str()),
    ];
    statuses.into_iter().flatten().any(|status| status.ends_with("FAILED"))
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
        place: None,
    })
}

pub(super) fn hook_result(result: &GetHookResultOutput) -> HookResult {
    let failed =
        |finding: &&cfn::Annotation| finding.status().is_none_or(|status| status.as_str() == "FAILED");
    let finding = |finding: &cfn::Annotation| HookFinding {
        name: text(finding.annotation_name()),
        message: owned(finding.status_message()),
        remediation: owned(finding.remediation_message().or(finding.remediation_link())),
    };
    HookResult {
        reason: owned(result.hook_status_reason()),
        findings: result.annotations().iter().filter(failed).map(finding).collect(),
    }
}

pub(super) fn detection(told: &DescribeStackDriftDetectionStatusOutput) -> Detection {
    Detection {
        status: text(told.detection_status().map(|status| status.as_str())),
        drift: text(told.stack_drift_status().map(|status| status.as_str())),
        reason: owned(told.detection_status_reason()),
    }
}

pub(super) fn drifted(drift: &cfn::StackResourceDrift) -> DriftedResource {
    let property = |one: &cfn::PropertyDifference| {
        DriftedProperty::new(
            one.property_path().unwrap_or_default(),
            one.expected_value(),
            one.actual_value(),
        )
    };
    DriftedResource {
        logical_id: text(drift.logical_resource_id()),
        physical_id: owned(drift.physical_resource_id()),
        kind: text(drift.resource_type()),
        status: text(drift.stack_resource_drift_status().map(|status| status.as_str())),
        properties: drift.property_differences().iter().map(property).collect(),
    }
}

pub(super) fn object(object: &aws_sdk_s3::types::Object) -> Option<StoredObject> {
    let bytes = object.size().and_then(|size| u64::try_from(size).ok()).unwrap_or_default();
    Some(StoredObject { key: object.key()?.to_owned(), bytes })
}
