//! What is told of a stack as it stands, for people: drift, streams beside the template, metrics, and the trial.

use std::time::Duration;

use super::Style;
use super::deployment::{paint, shortened};
use crate::deploy::drift::DriftedResource;
use crate::deploy::event::SmokeTarget;
use crate::deploy::metrics::MetricHint;
use crate::deploy::stream::Comparison;

/// Places that are shown; the JSON form has all of them.
const SHOWN_PLACES: usize = 8;

/// How a stream differs from the template, to stand behind its status.
pub(super) fn compared(comparison: &Comparison, style: Style) -> String {
    let mut text = String::new();
    match comparison.differences.as_slice() {
        [] if comparison.untold.is_empty() => text += ", and as the template says",
        [] => {}
        differences => {
            text += &format!(", and {}", paint(style, "1;33", "differs from the template"));
            for one in differences {
                let value = |value: &Option<String>| value.as_deref().map_or("-".to_owned(), shortened);
                text += &format!(
                    "\n  {}: {} in the template, {} deployed",
                    one.path,
                    value(&one.before),
                    value(&one.after)
                );
            }
        }
    }
    if !comparison.untold.is_empty() {
        text += &format!("\n  not told by Firehose, so not compared: {}", comparison.untold.join(", "));
    }
    text
}

/// The metrics that tell of a stream, and how to read one.
pub(super) fn metrics(stream: &str, hints: &[MetricHint], style: Style) -> String {
    let width = hints.iter().map(|hint| hint.metric.len()).max().unwrap_or(0);
    let mut text = format!("Metrics of {} in AWS/Firehose", paint(style, "1", stream));
    for hint in hints {
        text += &format!("\n  {:<width$}  {:<7}  {}", hint.metric, hint.statistic, hint.meaning);
    }
    if let Some(first) = hints.iter().find(|hint| hint.metric.ends_with("DataFreshness")).or(hints.first()) {
        text += &format!(
            "\n  to read one: aws cloudwatch get-metric-statistics --namespace AWS/Firehose --metric-name {} \
             --dimensions Name=DeliveryStreamName,Value={stream} --statistics {} --period 300 --start-time ... --end-time ...",
            first.metric, first.statistic
        );
    }
    text
}

/// What was changed behind the stack's back.
pub(super) fn drift(status: &str, resources: &[DriftedResource], style: Style) -> String {
    if resources.is_empty() {
        return match status {
            "IN_SYNC" => format!("Drift: {}", paint(style, "32", "none")),
            other => format!("Drift: {other}"),
        };
    }
    let mut text = format!("Drift: {}", paint(style, "1;33", "changed behind the stack's back"));
    for resource in resources {
        let status = resource.status.to_lowercase();
        text += &format!("\n  {} ({}) is {status}", paint(style, "1", &resource.logical_id), resource.kind);
        for one in &resource.properties {
            let value = |value: &Option<String>| value.as_deref().map_or("-".to_owned(), shortened);
            text += &format!("\n    {}: {} → {}", one.path, value(&one.expected), value(&one.actual));
        }
    }
    text + "\n  what the template does not change stays so; what it changes is overwritten"
}

/// What is waited for.
pub(super) fn waiting(patience: Duration, expected: &[SmokeTarget], style: Style) -> String {
    let seconds = patience.as_secs();
    let mut text = format!("Waiting for objects, {} at the most", paint(style, "1", &format!("{seconds} s")));
    for one in expected.iter().take(SHOWN_PLACES) {
        let plural = if one.records == 1 { "" } else { "s" };
        text +=
            &format!("\n  {} s3://{}/{} ({} record{plural})", one.lane, one.bucket, one.example, one.records);
    }
    if expected.len() > SHOWN_PLACES {
        text += &format!("\n  and {} more", expected.len() - SHOWN_PLACES);
    }
    text
}
