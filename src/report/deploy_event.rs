//! A deployment for programs: one JSON object a line, described by `schemas/deploy-event.json`.

use serde_json::{Map, Value, json};

use crate::deploy::api::Refused;
use crate::deploy::cause::Cause;
use crate::deploy::change_set::{ChangeRow, ChangeSummary};
use crate::deploy::differences::PropertyDifference;
use crate::deploy::drift::{DriftedProperty, DriftedResource};
use crate::deploy::event::{DeployEvent, SmokeTarget};
use crate::deploy::events::StackEvent;
use crate::deploy::metrics::MetricHint;
use crate::deploy::parameters::ValueOrigin;
use crate::deploy::place::FoundPlace;
use crate::deploy::verdict::{Failure, Refusal, Verdict};
use crate::foundation::timestamp::Timestamp;

/// An event; members that do not apply are left out.
pub fn value(event: &DeployEvent, at: Timestamp) -> Value {
    let mut object = Map::new();
    object.insert("version".to_owned(), 1.into());
    object.insert("at".to_owned(), at.to_string().into());
    let (name, members) = match event {
        DeployEvent::Stack { name, status } => ("stack", json!({"name": name, "status": status})),
        DeployEvent::Parameters(parameters) => {
            let one = |parameter: &crate::deploy::parameters::ShownParameter| {
                let origin = match parameter.origin {
                    ValueOrigin::Given => "given",
                    ValueOrigin::Kept => "kept",
                    ValueOrigin::Default => "default",
                };
                json!({"name": parameter.key, "value": parameter.value, "origin": origin})
            };
            ("parameters", json!({"parameters": parameters.iter().map(one).collect::<Vec<_>>()}))
        }
        DeployEvent::Capabilities(capabilities) => {
            let one = |capability: &crate::deploy::capabilities::Capability| json!({"name": capability.name, "reason": capability.reason});
            ("capabilities", json!({"capabilities": capabilities.iter().map(one).collect::<Vec<_>>()}))
        }
        DeployEvent::Upload { bucket, bytes } => ("upload", json!({"bucket": bucket, "bytes": bytes})),
        DeployEvent::CreatingChangeSet { name, creates } => {
            ("creating-change-set", json!({"change_set": name, "creates": creates}))
        }
        DeployEvent::ChangeSet(summary) => ("change-set", summary_value(summary)),
        DeployEvent::Deleting { replaced } => ("deleting", json!({"replaced": replaced})),
        DeployEvent::Executing => ("executing", json!({})),
        DeployEvent::Resource(event) => ("resource", resource(event)),
        DeployEvent::Progress { done, total } => ("progress", json!({"done": done, "total": total})),
        DeployEvent::Retry { operation, reason, pause } => {
            let pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
            ("retry", json!({"operation": operation, "reason": reason, "pause_ms": pause_ms}))
        }
        DeployEvent::Note(text) => ("note", json!({"message": text})),
        DeployEvent::Interrupted { meaning } => ("interrupted", json!({"message": meaning})),
        DeployEvent::Outputs(outputs) => {
            let one = |output: &crate::deploy::stack::StackOutput| {
                json!({
                    "key": output.key,
                    "value": output.value,
                    "description": output.description,
                    "export": output.export,
                })
            };
            ("outputs", json!({"outputs": outputs.iter().map(one).collect::<Vec<_>>()}))
        }
        DeployEvent::Stream { logical_id, name, status, comparison } => {
            let difference = |one: &PropertyDifference| json!({"path": one.path, "template": one.before, "deployed": one.after});
            let differences =
                comparison.as_ref().map(|one| one.differences.iter().map(difference).collect::<Vec<_>>());
            let members = json!({
                "logical_id": logical_id,
                "name": name,
                "status": status,
                "differences": differences,
                "untold": comparison.as_ref().map(|one| &one.untold),
            });
            ("stream", members)
        }
        DeployEvent::Metrics { stream, hints } => {
            let hint = |one: &MetricHint| json!({"metric": one.metric, "statistic": one.statistic, "meaning": one.meaning});
            ("metrics", json!({"name": stream, "metrics": hints.iter().map(hint).collect::<Vec<_>>()}))
        }
        DeployEvent::Drift { status, resources } => (
            "drift",
            json!({"status": status, "resources": resources.iter().map(drifted).collect::<Vec<_>>()}),
        ),
        DeployEvent::SmokePut { stream, done, total } => {
            ("smoke-put", json!({"name": stream, "done": done, "total": total}))
        }
        DeployEvent::SmokeWait { patience, expected } => {
            let target = |one: &SmokeTarget| json!({"lane": one.lane, "bucket": one.bucket, "example": one.example, "records": one.records});
            let seconds = patience.as_secs();
            (
                "smoke-wait",
                json!({"seconds": seconds, "expected": expected.iter().map(target).collect::<Vec<_>>()}),
            )
        }
        DeployEvent::SmokeObject { lane, bucket, key, bytes } => {
            ("smoke-object", json!({"lane": lane, "bucket": bucket, "key": key, "bytes": bytes}))
        }
        DeployEvent::End(verdict) => ("end", end(verdict)),
    };
    object.insert("event".to_owned(), name.into());
    if let Value::Object(members) = without_nulls(members) {
        object.extend(members);
    }
    Value::Object(object)
}

/// What the end of a deployment is called.
pub fn result(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::NothingToDo => "nothing-to-do",
        Verdict::Done => "done",
        Verdict::Planned(_) => "planned",
        Verdict::Declined => "declined",
        Verdict::Refused(_) => "refused",
        Verdict::RolledBack(_) => "rolled-back",
        Verdict::NeedsAttention(_) => "needs-attention",
        Verdict::SmokeFailed(_) => "smoke-failed",
        Verdict::Unwatched(_) => "unwatched",
    }
}

fn end(verdict: &Verdict) -> Value {
    let result = result(verdict);
    match verdict {
        Verdict::Planned(change_set) => json!({"result": result, "change_set": change_set}),
        Verdict::Refused(refusal) | Verdict::Unwatched(refusal) | Verdict::SmokeFailed(refusal) => {
            refused(result, refusal)
        }
        Verdict::RolledBack(failure) | Verdict::NeedsAttention(failure) => failed(result, failure),
        Verdict::NothingToDo | Verdict::Done | Verdict::Declined => json!({"result": result}),
    }
}

fn refused(result: &str, refusal: &Refusal) -> Value {
    let detail = |detail: &Refused| {
        let members = json!({
            "logical_id": detail.logical_id,
            "type": detail.kind,
            "check": detail.check,
            "message": detail.reason,
            "path": detail.path,
        });
        placed(members, detail.place.as_ref())
    };
    json!({
        "result": result,
        "message": refusal.message,
        "help": refusal.hints,
        "details": refusal.details.iter().map(detail).collect::<Vec<_>>(),
    })
}

fn failed(result: &str, failure: &Failure) -> Value {
    json!({
        "result": result,
        "status": failure.status,
        "cause": failure.cause.as_ref().map(cause),
        "others": failure.others.iter().map(cause).collect::<Vec<_>>(),
        "help": failure.hints,
    })
}

/// Adds where in the template it is, as findings have it.
fn placed(mut members: Value, place: Option<&FoundPlace>) -> Value {
    if let (Some(place), Some(object)) = (place, members.as_object_mut()) {
        let at = |(line, column): (u32, u32)| json!({"line": line, "column": column});
        object.insert("file".to_owned(), place.file.clone().into());
        object.insert("start".to_owned(), at(place.start));
        object.insert("end".to_owned(), at(place.end));
        // What AWS named itself stays as it is.
        if object.get("path").is_none_or(Value::is_null) {
            object.insert("path".to_owned(), place.path.clone().into());
        }
        object.insert("rule".to_owned(), place.rule.clone().into());
        object.insert("help".to_owned(), place.help.clone().into());
    }
    members
}

fn drifted(resource: &DriftedResource) -> Value {
    let property =
        |one: &DriftedProperty| json!({"path": one.path, "expected": one.expected, "actual": one.actual});
    json!({
        "logical_id": resource.logical_id,
        "physical_id": resource.physical_id,
        "type": resource.kind,
        "status": resource.status,
        "properties": resource.properties.iter().map(property).collect::<Vec<_>>(),
    })
}

fn cause(cause: &Cause) -> Value {
    let findings: Vec<Value> = cause
        .findings
        .iter()
        .map(|one| json!({"name": one.name, "message": one.message, "remediation": one.remediation}))
        .collect();
    let members = json!({
        "logical_id": cause.logical_id,
        "type": cause.kind,
        "status": cause.status,
        "message": cause.message,
        "reason": cause.reason,
        "handler_code": cause.handler_code,
        "hook": cause.hook,
        "nested": cause.nested,
        "findings": (!findings.is_empty()).then_some(findings),
        "at": cause.at.map(|at| at.to_string()),
    });
    placed(members, cause.place.as_ref())
}

fn resource(event: &StackEvent) -> Value {
    json!({
        "stack": event.stack,
        "logical_id": event.logical_id,
        "physical_id": event.physical_id,
        "type": event.kind,
        "status": event.status,
        "reason": event.reason,
        "happened_at": event.at.map(|at| at.to_string()),
        "hook": event.hook.as_ref().map(|hook| json!({"type": hook.kind, "status": hook.status, "reason": hook.reason})),
    })
}

fn summary_value(summary: &ChangeSummary) -> Value {
    let row = |row: &ChangeRow| {
        let change = &row.change;
        let property = |detail: &crate::deploy::change_set::ChangeDetail| {
            json!({
                "path": detail.path,
                "before": detail.before,
                "after": detail.after,
                "recreation": detail.recreation,
                "cause": detail.cause,
            })
        };
        json!({
            "action": change.action,
            "logical_id": change.logical_id,
            "physical_id": change.physical_id,
            "type": change.kind,
            "replacement": change.replacement,
            "effect": row.effect.name(),
            "policy": change.policy,
            "nested": row.nested,
            "properties": change.details.iter().map(property).collect::<Vec<_>>(),
            "consequences": row.consequences.iter().map(|one| one.name()).collect::<Vec<_>>(),
        })
    };
    let name = (!summary.change_set.is_empty()).then_some(&summary.change_set);
    json!({"change_set": name, "changes": summary.rows.iter().map(row).collect::<Vec<_>>()})
}

/// The same without members that are null, as the contract wants it.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(key, value)| (key, without_nulls(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}
