//! Sizes and latencies as distributions, folders by size, and the deliveries themselves.

use super::chart::{self, Chart, Column};
use super::html::{Html, duration, grouped, many, share, size};
use super::timeline::word;
use super::{Page, lane_word};
use crate::simulation::distribution::{Distribution, Quantity};
use crate::simulation::overview::Folder;

/// Folders that are shown.
const FOLDERS: usize = 50;

/// Deliveries that are shown.
const DELIVERIES: usize = 100;

/// Sizes and latencies.
pub fn section(html: &mut Html<'_>, page: &Page<'_>) {
    let report = page.report;
    html.markup(
        "<section aria-labelledby=\"sizes\"><h2 id=\"sizes\">Sizes and latencies</h2>\n<div class=\"pair\">",
    );
    // Where objects are staged for requests, they hold the data, and it is their sizes that are counted.
    let (summary, what) = match &report.requests {
        Some(requests) if report.objects.count == 0 => (requests, "request"),
        _ => (&report.objects, "object"),
    };
    html.markup("<div>");
    match &report.overview.sizes {
        Some(spread) => {
            let known = |value: Option<u64>| value.map_or_else(|| "unknown".to_owned(), size);
            figures(
                html,
                &[
                    ("Together", known(summary.bytes)),
                    ("Smallest", known(summary.smallest)),
                    ("Median", known(summary.median_bytes)),
                    ("Largest", known(summary.largest)),
                ],
            );
            let staged = if what == "object" && report.requests.is_some() {
                ", staged for requests, manifests among them,"
            } else {
                ""
            };
            let caption = format!("{}{staged} by size of the body", many(summary.count, what));
            let named: &'static [(&str, &str)] =
                if what == "object" { &[("sizes", "objects")] } else { &[("sizes", "requests")] };
            distribution(html, "object-sizes", caption, named, spread);
        }
        None if summary.count > 0 => {
            html.markup(
                "<p>Bodies were not made (<code>--bodies none</code>), so their sizes are unknown.</p>",
            );
        }
        None => {
            html.markup("<p>Nothing was delivered, so nothing has a size.</p>");
        }
    }
    html.markup("</div><div>");
    match (&report.latency, &report.overview.latencies) {
        (Some(latency), Some(spread)) => {
            figures(
                html,
                &[
                    ("p50", duration(latency.p50)),
                    ("p90", duration(latency.p90)),
                    ("p99", duration(latency.p99)),
                    ("Longest", duration(latency.max)),
                ],
            );
            let caption = format!("{} by latency, from arrival to delivery", many(spread.count(), "record"));
            distribution(html, "latencies", caption, &[("latency", "records")], spread);
        }
        _ => {
            html.markup("<p>Nothing was delivered, so nothing has a latency.</p>");
        }
    }
    html.markup("</div></div></section>\n");
}

/// A row of figures.
pub fn figures(html: &mut Html<'_>, figures: &[(&str, String)]) {
    html.markup("<dl class=\"figures\">");
    for (name, value) in figures {
        html.markup("<div><dt>").text(name).markup("</dt><dd>").text(value).markup("</dd></div>");
    }
    html.markup("</dl>");
}

fn distribution(
    html: &mut Html<'_>,
    id: &'static str,
    caption: String,
    parts: &'static [(&'static str, &'static str)],
    spread: &Distribution,
) {
    let say = |value: u64| match spread.quantity {
        Quantity::Bytes => size(value),
        Quantity::Millis => duration(value),
    };
    let columns: Vec<Column> = spread
        .bins
        .iter()
        .map(|bin| Column { label: format!("{} to {}", say(bin.from), say(bin.to)), values: vec![bin.count] })
        .collect();
    let mut axis = vec![say(spread.bins.first().map_or(0, |bin| bin.from))];
    // The label stands in the middle only where an edge does.
    if columns.len() >= 4 && columns.len().is_multiple_of(2) {
        axis.extend(spread.bins.get(columns.len() / 2).map(|bin| say(bin.from)));
    }
    axis.push(say(spread.bins.last().map_or(0, |bin| bin.to)));
    let across = if spread.grows { "From, to (bins grow)" } else { "From, to" };
    Chart { id, caption, across, parts, columns, axis }.draw(html);
}

/// Folders by size.
pub fn folders(html: &mut Html<'_>, page: &Page<'_>) {
    let report = page.report;
    let folders = &report.overview.folders;
    if folders.is_empty() {
        return;
    }
    html.markup("<section aria-labelledby=\"partitions\"><h2 id=\"partitions\">Partitions by size</h2>\n<p>");
    html.text(&many(folders.len() as u64, "folder")).markup(" of delivered objects");
    if folders.len() > FOLDERS {
        html.markup("; the ").count(FOLDERS as u64).markup(" largest are shown");
    }
    html.markup(".");
    if folders.others != Folder::default() {
        html.markup(" Objects in more folders than that were counted together: ");
        html.count(folders.others.objects)
            .markup(" with ")
            .text(&many(folders.others.records, "record"))
            .markup(".");
    }
    html.markup("</p><div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-labelledby=\"partitions\">");
    html.markup("<table data-sortable data-filter=\"folders\"><thead><tr><th scope=\"col\">Folder</th>");
    html.markup(
        "<th scope=\"col\" class=\"number\">Objects</th><th scope=\"col\" class=\"number\">Records</th>",
    );
    html.markup(
        "<th scope=\"col\" class=\"number\">Bytes in</th><th scope=\"col\" class=\"number\">Bytes out</th>",
    );
    html.markup("<th scope=\"col\" class=\"number\">Share</th></tr></thead><tbody>");
    let all = folders.largest_first();
    let whole: u64 = all.iter().map(|(_, folder)| folder.bytes_in).sum::<u64>() + folders.others.bytes_in;
    let largest = all.first().map_or(0, |(_, folder)| folder.bytes_in);
    for (name, folder) in all.iter().take(FOLDERS) {
        html.markup("<tr><th scope=\"row\"><code>").text(if name.is_empty() {
            "(top of the bucket)"
        } else {
            name
        });
        html.markup("</code>");
        // Beside the largest one, or nothing could be seen of many.
        let rest = largest.saturating_sub(folder.bytes_in);
        let label = format!("{} of the largest folder", share(folder.bytes_in, largest));
        chart::bar(
            html,
            &label,
            &[("open", "this folder", folder.bytes_in), ("rest", "less than the largest", rest)],
        );
        html.markup("</th>");
        for value in [folder.objects, folder.records, folder.bytes_in] {
            html.markup("<td class=\"number\">").count(value).markup("</td>");
        }
        html.markup("<td class=\"number\">");
        match report.objects.bytes {
            Some(_) => html.count(folder.bytes_out),
            None => html.markup("unknown"),
        };
        html.markup("</td>");
        html.markup("<td class=\"number\">").text(&share(folder.bytes_in, whole)).markup("</td></tr>");
    }
    html.markup("</tbody></table></div></section>\n");
}

/// How a delivery ended: what did not arrive has a mark besides the word.
pub fn outcome(html: &mut Html<'_>, outcome: &str) {
    match outcome {
        "delivered" => html.text(outcome),
        _ => html
            .markup("<span class=\"undelivered\"><span class=\"swatch\"></span>")
            .text(outcome)
            .markup("</span>"),
    };
}

/// The deliveries, the first of them.
pub fn deliveries(html: &mut Html<'_>, page: &Page<'_>) {
    let report = page.report;
    if report.listed.is_empty() {
        return;
    }
    let shown = report.listed.len().min(DELIVERIES);
    html.markup("<section aria-labelledby=\"deliveries\"><h2 id=\"deliveries\">Deliveries</h2>\n<p>");
    match report.deliveries > shown as u64 {
        true => html
            .text(&format!("The first {shown} of {}", grouped(report.deliveries)))
            .markup("; <code>manifest.jsonl</code> has them all."),
        false => {
            html.text(&many(report.deliveries, "delivery").replace("deliverys", "deliveries")).markup(".")
        }
    };
    html.markup("</p><div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-labelledby=\"deliveries\">");
    html.markup(
        "<table class=\"cards\" data-sortable data-filter=\"deliveries\"><thead><tr><th scope=\"col\">Key or target</th>",
    );
    html.markup("<th scope=\"col\">Outcome</th><th scope=\"col\">At</th><th scope=\"col\">Lane</th><th scope=\"col\">Sealed by</th>");
    html.markup(
        "<th scope=\"col\" class=\"number\">Records</th><th scope=\"col\" class=\"number\">Bytes in</th>",
    );
    html.markup(
        "<th scope=\"col\" class=\"number\">Bytes out</th><th scope=\"col\" class=\"number\">Attempts</th>",
    );
    html.markup("</tr></thead><tbody>");
    for line in report.listed.iter().take(DELIVERIES) {
        html.markup("<tr><th scope=\"row\"><code>").text(&line.address()).markup("</code></th>");
        html.markup("<td data-label=\"Outcome\">");
        outcome(html, line.outcome);
        html.markup("</td><td data-label=\"At\">").moment(line.at);
        html.markup("</td><td data-label=\"Lane\">").text(lane_word(line.lane));
        html.markup("</td><td data-label=\"Sealed by\">").text(word(line.sealed_by));
        html.markup("</td><td class=\"number\" data-label=\"Records\">").count(line.records);
        html.markup("</td><td class=\"number\" data-label=\"Bytes in\">").count(line.bytes_in);
        html.markup("</td><td class=\"number\" data-label=\"Bytes out\">");
        match line.bytes_out {
            Some(bytes) => html.count(bytes),
            None => html.markup("unknown"),
        };
        html.markup("</td><td class=\"number\" data-label=\"Attempts\">").count(line.attempts.into());
        html.markup("</td></tr>");
    }
    html.markup("</tbody></table></div></section>\n");
}
