//! A stream as Mermaid text: source, processors, buffers, destination, error and backup lanes.

use std::fmt::Write as _;

use super::{ErrorFolder, LaneView, Rendering, destination_name};

/// The flowchart. `buffer` says what seals the destination's buffer.
pub fn mermaid(rendering: &Rendering, buffer: &str) -> String {
    let mut out = String::from("flowchart LR\n");
    let source = match &rendering.source.from {
        Some(from) => vec![rendering.source.kind.as_str(), from.as_str()],
        None => vec![rendering.source.kind.as_str()],
    };
    node(&mut out, "source", "([", &source, "])");
    let title = format!("stream {}", rendering.name);
    node(&mut out, "stream", "[", &[&title], "]");
    edge(&mut out, "source", "stream", None);
    let mut last = "stream".to_owned();
    for (at, processor) in rendering.processors.iter().enumerate() {
        let id = format!("step{at}");
        node(&mut out, &id, "[", &[processor], "]");
        edge(&mut out, &last, &id, None);
        last = id;
    }
    node(&mut out, "buffer", "[[", &["buffer", buffer], "]]");
    edge(&mut out, &last, "buffer", None);
    let bucket = |lane: &LaneView| format!("s3://{}/", lane.bucket);
    let lane = |name: &str| rendering.lanes.iter().find(|lane| lane.lane == name);
    let place = rendering.target.first().map(|fact| fact.value.clone());
    let mut destination = vec![destination_name(&rendering.destination).to_owned()];
    if let Some(objects) = lane("destination") {
        if place.is_some() {
            node(&mut out, "staging", "[(", &[&bucket(objects), &objects.pattern], ")]");
            edge(&mut out, "buffer", "staging", None);
        } else {
            destination.extend([bucket(objects), objects.pattern.clone()]);
        }
    }
    destination.extend(place.clone());
    let lines: Vec<&str> = destination.iter().map(String::as_str).collect();
    node(&mut out, "destination", "[(", &lines, ")]");
    let before = if place.is_some() && lane("destination").is_some() { "staging" } else { "buffer" };
    edge(&mut out, before, "destination", None);
    if let Some(backup) = lane("backup") {
        node(&mut out, "backup", "[(", &["backup", &bucket(backup), &backup.pattern], ")]");
        let _ = writeln!(out, "    stream -. all source records .-> backup");
    }
    if let Some(errors) = lane("error").filter(|_| !rendering.errors.is_empty()) {
        let has_manifests_too = rendering.errors.len() > 1 && rendering.errors.iter().any(is_manifest);
        node(&mut out, "errors", "[(", &["errors", &bucket(errors), &errors.pattern], ")]");
        for error in &rendering.errors {
            let label = error.error_output_type.as_deref().unwrap_or("manifest");
            if is_manifest(error) && has_manifests_too {
                let lines = ["error manifests", &bucket(errors), &error.folder];
                node(&mut out, "manifests", "[(", &lines, ")]");
                edge(&mut out, before, "manifests", Some(label));
                continue;
            }
            for from in failing(rendering, label, before) {
                edge(&mut out, &from, "errors", Some(label));
            }
        }
    }
    out
}

fn is_manifest(error: &ErrorFolder) -> bool {
    error.error_output_type.is_none()
}

/// The nodes in which records fail with an `error-output-type`.
fn failing(rendering: &Rendering, kind: &str, before: &str) -> Vec<String> {
    let starts: &[&str] = match kind {
        "processing-failed" => {
            &["Lambda", "RecordDeAggregation", "MetadataExtraction", "CloudWatchLogProcessing"]
        }
        "decompression-failed" => &["Decompression"],
        "format-conversion-failed" => &["conversion to"],
        // A partition too many is one that its record would have opened a buffer of.
        _ => &[],
    };
    let steps = rendering.processors.iter().enumerate();
    let steps = steps.filter(|(_, step)| starts.iter().any(|start| step.starts_with(start)));
    let steps: Vec<String> = steps.map(|(at, _)| format!("step{at}")).collect();
    if !steps.is_empty() {
        return steps;
    }
    vec![if kind == "activePartitionExceeded" { "buffer" } else { before }.to_owned()]
}

fn node(out: &mut String, id: &str, open: &str, lines: &[&str], close: &str) {
    let lines: Vec<String> = lines.iter().map(|line| escaped(line)).collect();
    // Writing into a text can't fail.
    let _ = writeln!(out, "    {id}{open}\"{}\"{close}", lines.join("<br/>"));
}

fn edge(out: &mut String, from: &str, to: &str, label: Option<&str>) {
    let _ = match label {
        Some(label) => writeln!(out, "    {from} -. \"{}\" .-> {to}", escaped(label)),
        None => writeln!(out, "    {from} --> {to}"),
    };
}

/// Whatever means something to Mermaid or HTML, as its entity code.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_alphanumeric() || " -_./:=,+".contains(c) => out.push(c),
            c => {
                let _ = write!(out, "#{};", u32::from(c));
            }
        }
    }
    out
}
