//! A deployment for people: a line per event, and the outputs.

use super::Style;
use super::after_deployment as after;
use crate::deploy::event::DeployEvent;
use crate::deploy::events::StackEvent;
use crate::deploy::parameters::ValueOrigin;
use crate::deploy::stack::StackOutput;
use crate::foundation::timestamp::Timestamp;

/// Characters of a value that are shown.
const SHOWN_VALUE: usize = 60;

pub(super) fn paint(style: Style, code: &str, words: &str) -> String {
    match style.colour {
        true => format!("\u{1b}[{code}m{words}\u{1b}[0m"),
        false => words.to_owned(),
    }
}

/// An event as a line for standard error; `None` for what is shown elsewhere, or not at all.
pub fn line(event: &DeployEvent, at: Timestamp, style: Style) -> Option<String> {
    let bold = |words: &str| paint(style, "1", words);
    Some(match event {
        DeployEvent::Stack { name, status } => match status {
            Some(status) => format!("Stack {} is {}", bold(name), status_words(status, style)),
            None => format!("Stack {} does not exist", bold(name)),
        },
        DeployEvent::Parameters(parameters) => {
            let one = |parameter: &crate::deploy::parameters::ShownParameter| {
                let origin = match parameter.origin {
                    ValueOrigin::Given => "",
                    ValueOrigin::Kept => " (kept)",
                    ValueOrigin::Default => " (default)",
                };
                format!("  {}={}{origin}", parameter.key, shortened(&parameter.value))
            };
            format!("Parameters\n{}", parameters.iter().map(one).collect::<Vec<_>>().join("\n"))
        }
        DeployEvent::Capabilities(capabilities) => {
            let one = |capability: &crate::deploy::capabilities::Capability| {
                format!("  {}: {}", capability.name, capability.reason)
            };
            format!("Capabilities\n{}", capabilities.iter().map(one).collect::<Vec<_>>().join("\n"))
        }
        DeployEvent::Upload { bucket, bytes } => {
            format!("The template ({bytes} bytes) goes through the bucket `{bucket}`")
        }
        DeployEvent::CreatingChangeSet { name, creates } => {
            let what = if *creates { "to create the stack" } else { "to update the stack" };
            format!("Making the change set `{name}` {what}")
        }
        DeployEvent::Deleting { replaced: true } => "It never worked, and is deleted first".to_owned(),
        DeployEvent::Deleting { replaced: false } => "Deleting".to_owned(),
        DeployEvent::Executing => "Executing".to_owned(),
        DeployEvent::Resource(event) => resource(event, at, style),
        DeployEvent::Retry { operation, reason, pause } => {
            format!("  {operation} again in {:.1} s: {reason}", pause.as_secs_f64())
        }
        DeployEvent::Note(text) => format!("{}: {text}", bold("note")),
        DeployEvent::Interrupted { meaning } => {
            format!("\n{}: {meaning}", paint(style, "1;33", "interrupted"))
        }
        DeployEvent::Stream { logical_id, name, status, comparison } => {
            let told = format!("Stream {} (`{name}`) is {}", bold(logical_id), status_words(status, style));
            told + &comparison.as_ref().map(|one| after::compared(one, style)).unwrap_or_default()
        }
        DeployEvent::Metrics { stream, hints } => after::metrics(stream, hints, style),
        DeployEvent::Drift { status, resources } => after::drift(status, resources, style),
        DeployEvent::SmokePut { stream, done, total } => {
            format!("Put {done} of {total} records into {}", bold(stream))
        }
        DeployEvent::SmokeWait { patience, expected } => after::waiting(*patience, expected, style),
        DeployEvent::SmokeObject { lane, bucket, key, bytes } => {
            let place = paint(style, if *lane == "error" { "31" } else { "32" }, lane);
            format!("  {place} s3://{bucket}/{key} ({bytes} bytes)")
        }
        DeployEvent::ChangeSet(_)
        | DeployEvent::Outputs(_)
        | DeployEvent::Progress { .. }
        | DeployEvent::End(_) => {
            return None;
        }
    })
}

fn resource(event: &StackEvent, now: Timestamp, style: Style) -> String {
    let at = event.at.unwrap_or(now).to_string();
    let clock = at.split('T').nth(1).map_or(at.as_str(), |time| &time[..8]);
    let status = status_words(&format!("{:<20}", event.status), style);
    let name = match event.is_of_the_stack() {
        true => event.stack.clone(),
        false => event.logical_id.clone(),
    };
    let mut line = format!(
        "{} {status} {} {}",
        paint(style, "2", clock),
        paint(style, "1", &name),
        paint(style, "2", &event.kind)
    );
    let is_worth_it =
        |reason: &&String| !["Resource creation Initiated", "User Initiated"].contains(&reason.as_str());
    if let Some(reason) = event.reason.as_ref().filter(is_worth_it) {
        line += &format!("\n         {reason}");
    }
    if let Some(hook) = event.hook.as_ref().filter(|hook| hook.status.ends_with("FAILED")) {
        line += &format!("\n         hook {}: {}", hook.kind, hook.reason.as_deref().unwrap_or(&hook.status));
    }
    line
}

fn status_words(status: &str, style: Style) -> String {
    let code = match status.trim_end() {
        s if s.ends_with("_FAILED") || s.contains("ROLLBACK") => "31",
        s if s.ends_with("_COMPLETE") || s == "ACTIVE" => "32",
        _ => "33",
    };
    paint(style, code, status)
}

pub(super) fn shortened(value: &str) -> String {
    let one_line = value.replace('\n', "⏎");
    match one_line.char_indices().nth(SHOWN_VALUE) {
        Some((at, _)) => format!("{}…", &one_line[..at]),
        None => one_line,
    }
}

/// The outputs of a stack.
pub fn outputs(outputs: &[StackOutput], style: Style) -> String {
    if outputs.is_empty() {
        return String::new();
    }
    let width = outputs.iter().map(|output| output.key.chars().count()).max().unwrap_or(0);
    let line = |output: &StackOutput| format!("  {:<width$}  {}\n", output.key, output.value);
    format!("{}\n{}", paint(style, "1", "Outputs"), outputs.iter().map(line).collect::<String>())
}
