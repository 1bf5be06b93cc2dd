//! Buffers filling and sealing: over time, by reason, and the first of them one by one.

use super::chart::{Chart, Column};
use super::html::{Html, duration, grouped, many, share, size};
use super::{Page, lane_word, spread};
use crate::foundation::timestamp::Timestamp;
use crate::model::destination::contract::Lane;
use crate::pipeline::buffers::SealedBy;
use crate::simulation::manifest::ManifestLine;
use crate::simulation::overview::Timeline;

/// Buffers that are shown one by one.
const SHOWN: usize = 40;

const REASONS: &[(&str, &str)] = &[
    ("by-size", "sealed by size"),
    ("by-interval", "sealed by interval"),
    ("by-drain", "sealed as the input ended"),
];

/// The section.
pub fn section(html: &mut Html<'_>, page: &Page<'_>) {
    let overview = &page.report.overview;
    html.markup("<section aria-labelledby=\"buffers\"><h2 id=\"buffers\">Buffers over time</h2>\n");
    if overview.timelines.is_empty() {
        html.markup("<p>No buffer was opened.</p></section>\n");
        return;
    }
    reasons(html, page);
    for (lane, timeline) in &overview.timelines {
        charts(html, *lane, timeline);
    }
    one_by_one(html, page);
    html.markup("</section>\n");
}

fn reasons(html: &mut Html<'_>, page: &Page<'_>) {
    let contract = page.simulation.stream.destination.contract();
    html.markup("<p>A buffer is sealed when it is as large as its size hint, when its interval ends, or when the input does.</p>");
    html.markup(
        "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"What sealed the buffers\"><table>",
    );
    html.markup("<thead><tr><th scope=\"col\">Lane</th><th scope=\"col\">Sealed</th>");
    html.markup(
        "<th scope=\"col\" class=\"number\">Buffers</th><th scope=\"col\" class=\"number\">Records</th>",
    );
    html.markup("<th scope=\"col\" class=\"number\">Bytes</th><th scope=\"col\" class=\"number\">Of the size hint, on average</th>");
    html.markup("</tr></thead><tbody>");
    for ((lane, reason), sealed) in &page.report.overview.sealed {
        let hints = match lane {
            Lane::Destination => contract.hints,
            Lane::Backup => contract.backup.unwrap_or(contract.hints),
            Lane::Error => contract.error_hints,
        };
        html.markup("<tr><th scope=\"row\">").text(lane_word(*lane)).markup("</th><td>").text(word(*reason));
        html.markup("</td><td class=\"number\">").count(sealed.buffers).markup("</td><td class=\"number\">");
        html.count(sealed.records).markup("</td><td class=\"number\">").text(&size(sealed.bytes));
        let room = hints.size.as_u64().saturating_mul(sealed.buffers);
        html.markup("</td><td class=\"number\">").text(&share(sealed.bytes, room)).markup("</td></tr>");
    }
    html.markup("</tbody></table></div>");
}

fn charts(html: &mut Html<'_>, lane: Lane, timeline: &Timeline) {
    let slices = timeline.slices();
    let (Some((first, ..)), Some((last, ..))) = (slices.first(), slices.last()) else { return };
    let width = timeline.width();
    let end = last.saturating_add(std::time::Duration::from_millis(width));
    let label = |at: Timestamp| format!("{}, {}", clock(at), duration(width));
    let axis = || vec![clock(*first), clock(end)];
    let (open_id, sealed_id) = match lane {
        Lane::Destination => ("open-destination", "sealed-destination"),
        Lane::Backup => ("open-backup", "sealed-backup"),
        Lane::Error => ("open-error", "sealed-error"),
    };
    let most = slices.iter().map(|(_, _, open)| *open).max().unwrap_or(0);
    html.markup("<h3>Lane ").text(lane_word(lane)).markup("</h3><div class=\"pair\">");
    Chart {
        id: open_id,
        caption: format!("Buffers open at some time in each {}: at most {}", duration(width), grouped(most)),
        across: "From, for",
        parts: &[("open", "open")],
        columns: slices
            .iter()
            .map(|(at, _, open)| Column { label: label(*at), values: vec![*open] })
            .collect(),
        axis: axis(),
    }
    .draw(html);
    let sealed: u64 = slices.iter().map(|(_, slice, _)| slice.sealed.iter().sum::<u64>()).sum();
    Chart {
        id: sealed_id,
        caption: format!("{} sealed, by reason", many(sealed, "buffer")),
        across: "From, for",
        parts: REASONS,
        columns: slices
            .iter()
            .map(|(at, slice, _)| Column { label: label(*at), values: slice.sealed.to_vec() })
            .collect(),
        axis: axis(),
    }
    .draw(html);
    html.markup("</div>");
}

/// From the opening to the seal and to the end of the delivery, a bar each.
fn one_by_one(html: &mut Html<'_>, page: &Page<'_>) {
    let report = page.report;
    let all: u64 = report.overview.sealed.values().map(|sealed| sealed.buffers).sum();
    // A delivery in several steps has a line for each: it begins with the first and ends as the last did.
    let steps = report.listed.chunk_by(|_, next| next.step > 0);
    let lines: Vec<(&ManifestLine, &ManifestLine)> =
        steps.filter_map(|steps| Some((steps.first()?, steps.last()?))).take(SHOWN).collect();
    let (Some(from), Some(to)) = (
        lines.iter().map(|(line, _)| line.opened_at).min(),
        lines.iter().map(|(line, _)| line.sealed_at).max(),
    ) else {
        return;
    };
    html.markup("<h3 id=\"lives\">");
    match all > lines.len() as u64 {
        true => html.markup("The first ").count(lines.len() as u64).markup(" of ").text(&many(all, "buffer")),
        false => html.text(&many(all, "buffer")).markup(", one by one"),
    };
    html.markup("</h3><p>A bar runs from the moment at which the first record came in to the seal; a thin line goes on where the delivery took longer. Stripes lie over what did not arrive. ");
    html.markup("From ").moment(from).markup(" to ").moment(to).markup(".</p>");
    html.markup("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-labelledby=\"lives\"><table class=\"lives cards\">");
    html.markup("<thead><tr><th scope=\"col\">Opened</th><th scope=\"col\">Filling</th><th scope=\"col\">Delivery</th><th scope=\"col\">Sealed after</th>");
    html.markup("<th scope=\"col\">By</th><th scope=\"col\" class=\"number\">Records</th><th scope=\"col\" class=\"number\">Bytes</th>");
    html.markup("<th scope=\"col\">Lane</th></tr></thead><tbody>");
    let whole = to.since(from).as_millis().max(1);
    let x = |at: Timestamp| u64::try_from(at.since(from).as_millis() * 1_000 / whole).unwrap_or(0).min(1_000);
    for (line, last) in lines {
        html.markup("<tr><th scope=\"row\">")
            .text(&clock(line.opened_at))
            .markup("</th><td class=\"life\" data-label=\"Filling\">");
        bar(html, (x(line.opened_at), x(line.sealed_at), x(last.at)), line.sealed_by, last.outcome);
        html.markup("</td><td data-label=\"Delivery\">");
        spread::outcome(html, last.outcome);
        let took = millis(line.sealed_at, last.at);
        if took > 0 {
            html.markup(" after ").text(&duration(took));
        }
        if last.attempts > 1 {
            html.markup(", ").count(last.attempts.into()).markup(" attempts");
        }
        html.markup("</td><td data-label=\"Sealed after\">");
        html.text(&duration(millis(line.opened_at, line.sealed_at))).markup("</td><td data-label=\"By\">");
        html.text(word(line.sealed_by)).markup("</td><td class=\"number\" data-label=\"Records\">");
        html.count(line.records)
            .markup("</td><td class=\"number\" data-label=\"Bytes\">")
            .count(line.bytes_in);
        html.markup("</td><td data-label=\"Lane\">").text(lane_word(line.lane)).markup("</td></tr>");
    }
    html.markup("</tbody></table></div>");
}

/// A bar from opening to seal and a line to the end of the delivery, in thousandths of the width.
fn bar(html: &mut Html<'_>, (start, seal, end): (u64, u64, u64), reason: SealedBy, outcome: &str) {
    html.markup("<svg aria-hidden=\"true\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\">");
    if end > seal {
        html.markup("<rect class=\"waiting\" x=\"").digits(seal).markup("\" y=\"4\" height=\"2\" width=\"");
        html.digits(end - seal).markup("\"/>");
    }
    let length = (seal - start.min(seal)).max(4);
    html.markup("<rect class=\"").text(class(reason)).markup("\" x=\"").digits(start.min(1_000 - length));
    html.markup("\" y=\"0\" height=\"10\" width=\"").digits(length).markup("\"/>");
    if outcome != "delivered" {
        // Stripes over the bar: what did not arrive is told apart without colours, too.
        html.markup("<line class=\"undelivered\" y1=\"5\" y2=\"5\" x1=\"").digits(start.min(1_000 - length));
        html.markup("\" x2=\"").digits(end.max(start.min(1_000 - length) + length).min(1_000)).markup("\"/>");
    }
    html.markup("</svg>");
}

fn millis(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.since(from).as_millis()).unwrap_or(u64::MAX)
}

/// The word for what sealed a buffer.
pub fn word(reason: SealedBy) -> &'static str {
    match reason {
        SealedBy::Size => "size",
        SealedBy::Interval => "interval",
        SealedBy::Drain => "end of input",
    }
}

fn class(reason: SealedBy) -> &'static str {
    match reason {
        SealedBy::Size => "by-size",
        SealedBy::Interval => "by-interval",
        SealedBy::Drain => "by-drain",
    }
}

/// Day and time, without the milliseconds where they are none.
fn clock(at: Timestamp) -> String {
    let text = at.to_string().replace('T', " ").replace('Z', "");
    text.strip_suffix(".000").map_or(text.clone(), str::to_owned)
}
