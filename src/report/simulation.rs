//! What a simulation came to, for people: where every record went, the objects, and what to watch.

use std::path::Path;

use comfy_table::{Cell, CellAlignment, Table, presets};

use super::Style;
use crate::foundation::byte_size::ByteSize;
use crate::pipeline::buffers::SealedBy;
use crate::simulation::Simulation;
use crate::simulation::failures::FailureGroup;
use crate::simulation::manifest::ManifestLine;
use crate::simulation::report::SimulationReport;
use crate::simulation::trace::{Trace, TraceEvent, lane_name};

/// Objects that the table shows; the manifest has all of them.
const SHOWN: usize = 12;

/// The report as text, with a line end.
pub fn text(simulation: &Simulation, report: &SimulationReport, folder: &Path, style: Style) -> String {
    let mut text = String::new();
    let colour = |code: &str, words: &str| match style.colour {
        true => format!("\u{1b}[{code}m{words}\u{1b}[0m"),
        false => words.to_owned(),
    };
    text += &format!(
        "{} `{}`: {} to {}\n\n",
        colour("1", &report.stream),
        simulation.stream.name,
        report.start,
        report.end
    );
    text += &ledger(report);
    text += "\n";
    if !report.listed.is_empty() {
        text += &objects(report, style.width);
        text += "\n";
    }
    text += &summary(report);
    text += &failures(report, colour);
    text += &warnings(report, colour);
    for remark in &report.undocumented {
        text +=
            &format!("\n{}: {}\n", colour("1;34", &format!("undocumented[{}]", remark.id)), remark.message);
    }
    if let Some(trace) = &report.trace {
        text += &format!("\n{}\n", colour("1", &life(trace)));
        text += &events(&trace.events);
    }
    text += &format!(
        "\nWrote {} and {}\n",
        folder.join("manifest.jsonl").display(),
        folder.join("report.json").display()
    );
    text += &format!("Digest {}\n", report.digest);
    text
}

/// Only what failed, and what to watch; nothing where there is neither.
pub fn what_went_wrong(report: &SimulationReport, style: Style) -> String {
    let colour = |code: &str, words: &str| match style.colour {
        true => format!("\u{1b}[{code}m{words}\u{1b}[0m"),
        false => words.to_owned(),
    };
    let ledger = &report.ledger;
    let failed = ledger.rejected
        + ledger.processing_failed
        + ledger.format_conversion_failed
        + ledger.destination_failed
        + ledger.lost;
    let mut text = failures(report, colour) + &warnings(report, colour);
    if failed > 0 {
        let stream = &report.stream;
        text += &format!("\n`{stream}`: {failed} of {} records put did not arrive\n", ledger.arrivals);
    }
    if let Some(trace) = &report.trace {
        text += &format!("\n{}\n", colour("1", &life(trace)));
        text += &events(&trace.events);
    }
    text.trim_start().to_owned()
}

fn warnings(report: &SimulationReport, colour: impl Fn(&str, &str) -> String) -> String {
    let mut text = String::new();
    for remark in &report.warnings {
        text += &format!("\n{}: {}\n", colour("1;33", &format!("warning[{}]", remark.id)), remark.message);
        if let Some(help) = &remark.help {
            text += &format!("  {}: {help}\n", colour("1;36", "help"));
        }
    }
    text
}

/// What failed, by reason, with an example each.
fn failures(report: &SimulationReport, colour: impl Fn(&str, &str) -> String) -> String {
    let mut text = String::new();
    for group in &report.failures {
        let FailureGroup { reason, outcome, records, message, example, help, .. } = group;
        let count = if *records == 1 { "1 record".to_owned() } else { format!("{records} records") };
        let head = colour("1;31", &format!("{outcome}[{reason}]"));
        text += &format!("\n{head}: {count}: {message}\n  such as ");
        match &example.place {
            Some(place) => text += &place.to_string(),
            None => text += "a record",
        }
        if let Some(object) = &example.object {
            text += &format!(", bound for {object}");
        }
        text += &format!(": {}\n", example.text);
        if let Some(said) = group.said_in_short() {
            text += &format!("  {}:\n", colour("1", "the function said"));
            text.extend(said.lines().map(|line| format!("    {line}\n")));
        }
        text += &format!("  {}: {help}\n", colour("1;36", "help"));
    }
    text
}

/// The events of a life; of a long row at one stage, attempts to write, only its ends.
fn events(all: &[TraceEvent]) -> String {
    const FIRST: usize = 6;
    const LAST: usize = 2;
    let mut text = String::new();
    for row in all.chunk_by(|one, next| one.stage == next.stage) {
        let hidden = row.len().saturating_sub(FIRST + LAST);
        for (number, event) in row.iter().enumerate() {
            if number < FIRST || number >= FIRST + hidden {
                text += &format!("  {}  {:<8} {}\n", event.at, event.stage, event.message);
            } else if number == FIRST {
                text += &format!("  {:24}  {:<8} … {hidden} more\n", "", event.stage);
            }
        }
    }
    text
}

fn life(trace: &Trace) -> String {
    match &trace.place {
        Some(place) => format!("The life of {place}:"),
        None => format!("The input has no record {}.", trace.record),
    }
}

/// Where every record went: only what happened, and what must be nothing.
fn ledger(report: &SimulationReport) -> String {
    let ledger = &report.ledger;
    let rows = [
        ("arrived", ledger.arrivals, true),
        ("rejected at the put", ledger.rejected, false),
        ("records", ledger.records, ledger.records != ledger.arrivals),
        ("delivered", ledger.delivered, true),
        ("dropped", ledger.dropped, false),
        ("processing failed", ledger.processing_failed, false),
        ("format conversion failed", ledger.format_conversion_failed, false),
        ("destination failed", ledger.destination_failed, false),
        ("lost", ledger.lost, false),
        ("copied to the backup", report.copies.backup - report.copies.lost, false),
        ("copies lost", report.copies.lost, false),
    ];
    let mut table = plain_table();
    for (name, count, always) in rows {
        if always || count > 0 {
            table.add_row(vec![Cell::new(name), number(count)]);
        }
    }
    trimmed(&table)
}

fn objects(report: &SimulationReport, width: usize) -> String {
    let mut table = plain_table();
    table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    let head = [
        "at",
        "lane",
        "sealed by",
        "records",
        "bytes in",
        "bytes out",
        "outcome",
        if report.requests.is_some() { "key or target" } else { "key" },
    ];
    table.set_header(head.map(Cell::new));
    let half = SHOWN / 2;
    let lines: Vec<&ManifestLine> = report.listed.iter().collect();
    let (head, tail) = match lines.len() {
        length if length <= SHOWN => (&lines[..], &lines[..0]),
        length => (&lines[..half], &lines[length - half..]),
    };
    for line in head {
        table.add_row(row(line));
    }
    let hidden = report.deliveries.saturating_sub((head.len() + tail.len()) as u64);
    if hidden > 0 {
        table.add_row(vec![Cell::new(format!("… {hidden} more"))]);
    }
    for line in tail {
        table.add_row(row(line));
    }
    trimmed(&table)
}

fn row(line: &ManifestLine) -> Vec<Cell> {
    vec![
        Cell::new(line.at),
        Cell::new(lane_name(line.lane)),
        Cell::new(sealed_by(line.sealed_by)),
        number(line.records),
        number(line.bytes_in),
        line.bytes_out.map_or_else(|| Cell::new(""), number),
        Cell::new(line.outcome),
        Cell::new(line.address()),
    ]
}

fn summary(report: &SimulationReport) -> String {
    // Where objects are staged for requests, the objects hold the data.
    let (objects, what) = match &report.requests {
        Some(requests) if report.objects.count == 0 => (requests, "request"),
        _ => (&report.objects, "object"),
    };
    let size =
        |bytes: Option<u64>| bytes.map_or_else(|| "?".to_owned(), |bytes| ByteSize::bytes(bytes).to_string());
    let mut text = format!("{} {what}{}", objects.count, if objects.count == 1 { "" } else { "s" });
    if objects.bytes.is_some() && objects.count > 0 {
        text += &format!(
            ", {} (smallest {}, median {}, largest {})",
            size(objects.bytes),
            size(objects.smallest),
            size(objects.median_bytes),
            size(objects.largest)
        );
    }
    if let Some(requests) = report.requests.filter(|_| what == "object") {
        text += &format!("; {} request{}", requests.count, if requests.count == 1 { "" } else { "s" });
    }
    if let Some(rows) = &report.rows {
        let lines = if rows.refused_lines == 1 { "line" } else { "lines" };
        text += &format!("\nRows {} loaded, {} {lines} refused", rows.loaded, rows.refused_lines);
    }
    if let Some(latency) = &report.latency {
        let seconds = |millis: u64| format!("{}.{:03} s", millis / 1000, millis % 1000);
        text += &format!(
            "\nLatency p50 {}, p90 {}, p99 {}, max {}",
            seconds(latency.p50),
            seconds(latency.p90),
            seconds(latency.p99),
            seconds(latency.max)
        );
    }
    text + "\n"
}

fn sealed_by(reason: SealedBy) -> &'static str {
    match reason {
        SealedBy::Size => "size",
        SealedBy::Interval => "interval",
        SealedBy::Drain => "drain",
    }
}

/// A table without the blanks that fill up its last column.
fn trimmed(table: &Table) -> String {
    table.to_string().lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn plain_table() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table
}

fn number(count: u64) -> Cell {
    Cell::new(count).set_alignment(CellAlignment::Right)
}
