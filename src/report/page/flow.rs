//! The way of the records: what came in, where they left, what arrived.

use super::chart;
use super::html::{Html, grouped, many, share};
use super::{Page, lane_word};
use crate::model::destination::contract::Lane;
use crate::model::source::Source;
use crate::pipeline::buffers::SealedBy;
use crate::report::render::destination_name;

/// How records ended: class, name, count, and what that means.
type Ending = (&'static str, &'static str, u64, &'static str);

fn endings(page: &Page<'_>) -> [Ending; 7] {
    let ledger = &page.report.ledger;
    [
        ("delivered", "delivered", ledger.delivered, "the destination took them"),
        ("dropped", "dropped", ledger.dropped, "left out on purpose"),
        ("processing", "processing failed", ledger.processing_failed, "in error objects"),
        ("conversion", "format conversion failed", ledger.format_conversion_failed, "in error objects"),
        ("refused", "destination failed", ledger.destination_failed, where_refused(page)),
        ("rejected", "rejected", ledger.rejected, "refused at the put; the producer still has them"),
        ("lost", "lost", ledger.lost, "nobody has them"),
    ]
}

/// Whether records that the destination did not take stay in the objects that it was to load.
fn leaves_staged(page: &Page<'_>) -> bool {
    page.destination == "RedshiftDestinationConfiguration"
}

/// Where records lie that the destination did not take.
fn where_refused(page: &Page<'_>) -> &'static str {
    match leaves_staged(page) {
        true => "in the staged objects that an error manifest names",
        false => "in error objects",
    }
}

/// Where records lie that failed.
fn where_failed(page: &Page<'_>) -> String {
    let ledger = &page.report.ledger;
    let before = ledger.processing_failed + ledger.format_conversion_failed;
    match (leaves_staged(page), before, ledger.destination_failed) {
        (true, 0, 1..) => "failed: they lie in the staged objects, which error manifests name.".to_owned(),
        (true, 1.., 1..) => format!(
            "failed: {} went into error objects, {} lie in the staged objects, which error manifests name.",
            grouped(before),
            grouped(ledger.destination_failed)
        ),
        _ => "failed and went into error objects.".to_owned(),
    }
}

/// The verdict in one sentence, and its class.
pub fn verdict(page: &Page<'_>) -> (&'static str, String) {
    let ledger = &page.report.ledger;
    let all = ledger.records + ledger.rejected;
    let failed = ledger.processing_failed + ledger.format_conversion_failed + ledger.destination_failed;
    let of = |count: u64| format!("{} of {}", grouped(count), many(all, "record"));
    match (all, ledger.lost, ledger.rejected, failed) {
        (0, ..) => ("fair", "No record arrived.".to_owned()),
        (_, 0, 0, 0) if ledger.dropped > 0 => {
            let (delivered, dropped) = (grouped(ledger.delivered), grouped(ledger.dropped));
            (
                "good",
                format!(
                    "{} came in: {delivered} were delivered, {dropped} dropped on purpose.",
                    many(all, "record")
                ),
            )
        }
        (1, 0, 0, 0) => ("good", "The only record was delivered.".to_owned()),
        (_, 0, 0, 0) => ("good", format!("All {} were delivered.", many(all, "record"))),
        (_, 0, 0, failed) => ("fair", format!("{} {}", of(failed), where_failed(page))),
        (_, 0, rejected, 0) => ("fair", format!("{} were rejected at the put.", of(rejected))),
        (_, 0, rejected, failed) => {
            ("fair", format!("{} failed, {} were rejected at the put.", of(failed), grouped(rejected)))
        }
        (_, lost, ..) => ("bad", format!("{} were lost.", of(lost))),
    }
}

/// The section.
pub fn section(html: &mut Html<'_>, page: &Page<'_>) {
    html.markup("<section aria-labelledby=\"flow\"><h2 id=\"flow\">Flow</h2>\n<ol class=\"flow\">");
    source(html, page);
    processing(html, page);
    buffers(html, page);
    destination(html, page);
    html.markup("</ol>\n");
    beside(html, page);
    outcomes(html, page);
    html.markup("</section>\n");
}

fn stage(html: &mut Html<'_>, title: &str, about: &str, count: u64, what: &str) {
    html.markup("<li><h3>").text(title).markup("</h3>");
    if !about.is_empty() {
        html.markup("<p class=\"about\">").text(about).markup("</p>");
    }
    html.markup("<p class=\"figure\"><b>").count(count).markup("</b> ").text(what).markup("</p>");
}

/// The ends of a stage, those that did not happen left out.
fn exits(html: &mut Html<'_>, ends: &[(&'static str, &str, u64)]) {
    let ends: Vec<_> = ends.iter().filter(|(_, _, count)| *count > 0).collect();
    if !ends.is_empty() {
        html.markup("<ul class=\"exits\">");
        for (class, name, count) in ends {
            html.markup("<li><span class=\"swatch ").text(class).markup("\"></span>").count(*count);
            html.markup(" ").text(name).markup("</li>");
        }
        html.markup("</ul>");
    }
    html.markup("</li>\n");
}

fn source(html: &mut Html<'_>, page: &Page<'_>) {
    let (title, about) = match &page.simulation.stream.source {
        Source::DirectPut => ("Direct PUT", String::new()),
        Source::KinesisStream { arn } => ("Kinesis stream", arn.clone()),
        Source::Msk { topic, .. } => ("Amazon MSK", format!("topic {topic}")),
    };
    let ledger = &page.report.ledger;
    stage(html, title, &about, ledger.arrivals, "put");
    exits(html, &[("rejected", "rejected at the put", ledger.rejected)]);
}

fn processing(html: &mut Html<'_>, page: &Page<'_>) {
    let ledger = &page.report.ledger;
    let failed = ledger.processing_failed + ledger.format_conversion_failed + ledger.dropped;
    if page.processors.is_empty()
        && failed == 0
        && ledger.records == ledger.arrivals - ledger.rejected.min(ledger.arrivals)
    {
        return;
    }
    let about = page.processors.join(", ");
    stage(html, "Processing", &about, ledger.records, if ledger.records == 1 { "record" } else { "records" });
    exits(
        html,
        &[
            ("dropped", "dropped", ledger.dropped),
            ("processing", "failed in processing", ledger.processing_failed),
            ("conversion", "failed in format conversion", ledger.format_conversion_failed),
        ],
    );
}

fn buffers(html: &mut Html<'_>, page: &Page<'_>) {
    let sealed =
        |reason| page.report.overview.sealed.get(&(Lane::Destination, reason)).map_or(0, |s| s.buffers);
    let reasons = [SealedBy::Size, SealedBy::Interval, SealedBy::Drain].map(sealed);
    let hints = page.simulation.stream.destination.contract().hints;
    let about = format!("{} or {} s", hints.size, hints.interval.as_secs());
    let all: u64 = reasons.iter().sum();
    stage(html, "Buffers", &about, all, "sealed");
    exits(
        html,
        &[
            ("by-size", "by size", reasons[0]),
            ("by-interval", "by interval", reasons[1]),
            ("by-drain", "as the input ended", reasons[2]),
        ],
    );
}

fn destination(html: &mut Html<'_>, page: &Page<'_>) {
    let report = page.report;
    let (count, what) = match &report.requests {
        Some(requests) => (requests.count, "request"),
        None => (report.objects.count, "object"),
    };
    let about = format!("{} delivered", many(count, what));
    let ledger = &report.ledger;
    let given_up =
        if leaves_staged(page) { "given up, left where they are staged" } else { "given up, kept as errors" };
    stage(html, destination_name(page.destination), &about, ledger.delivered, "delivered");
    exits(html, &[("refused", given_up, ledger.destination_failed), ("lost", "lost", ledger.lost)]);
}

/// What went into the lanes beside the destination's.
fn beside(html: &mut Html<'_>, page: &Page<'_>) {
    let report = page.report;
    for lane in [Lane::Error, Lane::Backup] {
        let count = |outcome| report.overview.deliveries.get(&(lane, outcome)).copied().unwrap_or(0);
        let (delivered, lost) = (count("delivered"), count("lost") + count("failed"));
        if delivered + lost == 0 {
            continue;
        }
        html.markup("<p>Beside it, in lane <i>").text(lane_word(lane)).markup("</i>: ");
        html.text(&many(delivered, "object")).markup(" delivered");
        if lost > 0 {
            html.markup(", ").count(lost).markup(" lost");
        }
        if lane == Lane::Backup {
            html.markup(", with copies of ").text(&many(report.copies.backup - report.copies.lost, "record"));
        }
        html.markup(".</p>");
    }
}

fn outcomes(html: &mut Html<'_>, page: &Page<'_>) {
    let endings = endings(page);
    let all: u64 = endings.iter().map(|(_, _, count, _)| count).sum();
    if all == 0 {
        return;
    }
    html.markup("<h3 id=\"outcomes\">How the records ended</h3>");
    let parts: Vec<_> = endings.iter().map(|(class, name, count, _)| (*class, *name, *count)).collect();
    chart::bar(html, "Records by outcome; the table below has the figures", &parts);
    html.markup("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-labelledby=\"outcomes\">");
    html.markup(
        "<table><thead><tr><th scope=\"col\">Outcome</th><th scope=\"col\" class=\"number\">Records</th>",
    );
    html.markup("<th scope=\"col\" class=\"number\">Share</th><th scope=\"col\">What that means</th></tr></thead><tbody>");
    for (class, name, count, meaning) in endings {
        // Nothing lost is worth a line, and so is nothing delivered.
        if count == 0 && !["delivered", "lost"].contains(&name) {
            continue;
        }
        html.markup("<tr><th scope=\"row\"><span class=\"swatch ")
            .text(class)
            .markup("\"></span>")
            .text(name);
        html.markup("</th><td class=\"number\">").count(count).markup("</td><td class=\"number\">");
        html.text(&share(count, all)).markup("</td><td>").text(meaning).markup("</td></tr>");
    }
    html.markup("</tbody></table></div>");
}
