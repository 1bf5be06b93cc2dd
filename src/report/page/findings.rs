//! What went wrong and what to know: failures with an example each, warnings, expectations, the life of a record.

use super::Page;
use super::html::{Html, many};
use crate::simulation::failures::FailureGroup;
use crate::simulation::warnings::{NOT_APPLIED, Remark};

/// Reasons that are shown; there are more only where an endpoint makes up codes.
const REASONS: usize = 100;

/// Differences of an expectation that are shown.
const DIFFERENCES: usize = 20;

/// Records that failed, by reason.
pub fn failures(html: &mut Html<'_>, page: &Page<'_>) {
    let all = &page.report.failures;
    html.markup("<section aria-labelledby=\"failures\"><h2 id=\"failures\">Failures</h2>\n");
    if all.is_empty() {
        html.markup("<p>No record failed.</p></section>\n");
        return;
    }
    if all.len() > REASONS {
        html.markup("<p>The first ").count(REASONS as u64).markup(" of ").count(all.len() as u64);
        html.markup(" reasons; <code>report.json</code> has them all.</p>");
    }
    for group in all.iter().take(REASONS) {
        failure(html, group);
    }
    html.markup("</section>\n");
}

fn failure(html: &mut Html<'_>, group: &FailureGroup) {
    html.markup("<article class=\"card ").text(class(group.outcome)).markup("\"><h3>").text(&group.reason);
    html.markup(" <span class=\"chip\">").text(&many(group.records, "record")).markup(", ");
    html.text(&group.outcome.replace('_', " "))
        .markup("</span></h3><p>")
        .prose(&group.message)
        .markup("</p><dl>");
    html.markup("<div><dt>For example</dt><dd>");
    match &group.example.place {
        Some(place) => html.text(&place.to_string()),
        None => html.markup("a record whose place is not known"),
    };
    // Somebody's data: it stands by itself, whatever direction it is written in.
    html.markup("<pre class=\"sample\" tabindex=\"0\" aria-label=\"How the record begins\"><bdi>");
    html.sample(&group.example.text).markup("</bdi></pre></dd></div>");
    if let Some(object) = &group.example.object {
        html.markup("<div><dt>Bound for</dt><dd><code>").text(object).markup("</code></dd></div>");
    }
    if let Some(said) = group.said_in_short() {
        html.markup("<div><dt>The function said</dt><dd><pre class=\"sample\" tabindex=\"0\" aria-label=\"What the function said\"><bdi>");
        html.sample(&said).markup("</bdi></pre></dd></div>");
    }
    html.markup("<div><dt>To do</dt><dd>").prose(group.help).markup("</dd></div></dl></article>\n");
}

fn class(outcome: &str) -> &'static str {
    match outcome {
        "lost" => "lost",
        "rejected" => "rejected",
        "format_conversion_failed" => "conversion",
        "destination_failed" => "refused",
        _ => "processing",
    }
}

/// Warnings, undocumented behaviour, notes, made-up names, settings without an effect.
pub fn remarks(html: &mut Html<'_>, page: &Page<'_>) {
    let report = page.report;
    html.markup("<section aria-labelledby=\"warnings\"><h2 id=\"warnings\">Warnings and notes</h2>\n");
    let has_others = !page.made_up.is_empty() || !page.not_applied.is_empty();
    if report.warnings.is_empty() && report.notes.is_empty() && report.undocumented.is_empty() && !has_others
    {
        html.markup("<p>None.</p>");
    }
    for remark in &report.warnings {
        self::remark(html, "warning", "Warning", remark);
    }
    for remark in report.notes.iter().filter(|remark| remark.id != NOT_APPLIED) {
        self::remark(html, "note", "Note", remark);
    }
    if !page.not_applied.is_empty() {
        html.markup("<article class=\"card note\"><h3>Note <span class=\"chip\">settings without effect here</span></h3><ul>");
        for setting in page.not_applied {
            html.markup("<li>").prose(setting).markup("</li>");
        }
        html.markup("</ul></article>");
    }
    if !page.made_up.is_empty() {
        html.markup(
            "<article class=\"card note\"><h3>Note <span class=\"chip\">made-up names</span></h3><ul>",
        );
        for (id, name) in page.made_up {
            html.markup("<li><code>")
                .text(id)
                .markup("</code> has no literal name; it is called <code>")
                .text(name);
            html.markup("</code> here</li>");
        }
        html.markup("</ul></article>");
    }
    if !report.undocumented.is_empty() {
        html.markup("<details><summary>Behaviour that AWS does not document, and that shaped this result (");
        html.count(report.undocumented.len() as u64).markup(")</summary><ul>");
        for remark in &report.undocumented {
            html.markup("<li>").prose(&remark.message).markup(" <span class=\"chip\">").text(remark.id);
            html.markup("</span></li>");
        }
        html.markup("</ul></details>");
    }
    html.markup("</section>\n");
}

fn remark(html: &mut Html<'_>, class: &str, word: &str, remark: &Remark) {
    html.markup("<article class=\"card ").text(class).markup("\"><h3>").text(word);
    html.markup(" <span class=\"chip\">")
        .text(remark.id)
        .markup("</span></h3><p>")
        .prose(&remark.message)
        .markup("</p>");
    if let Some(help) = &remark.help {
        html.markup("<p><b>To do:</b> ").prose(help).markup("</p>");
    }
    html.markup("</article>\n");
}

/// What a scenario expects, and what came.
pub fn expectations(html: &mut Html<'_>, page: &Page<'_>) {
    let Some(verdicts) = page.expectations.filter(|verdicts| !verdicts.is_empty()) else { return };
    html.markup("<section aria-labelledby=\"expectations\"><h2 id=\"expectations\">Expectations</h2>\n<ul class=\"verdicts\">");
    for verdict in verdicts {
        let has_passed = verdict.differences.is_empty();
        html.markup(if has_passed {
            "<li class=\"pass\"><b>pass</b> "
        } else {
            "<li class=\"fail\"><b>FAIL</b> "
        });
        html.text(&verdict.title)
            .markup(" <span class=\"chip\">line ")
            .digits(verdict.line.into())
            .markup("</span>");
        for difference in verdict.differences.iter().take(DIFFERENCES) {
            html.markup("<p>")
                .text(&difference.what)
                .markup("</p><pre class=\"sample\" tabindex=\"0\" aria-label=\"Expected and actual\"><bdi>");
            for line in difference.expected.iter().take(DIFFERENCES) {
                html.markup("- ").sample(&shortened(line)).markup("\n");
            }
            for line in difference.actual.iter().take(DIFFERENCES) {
                html.markup("+ ").sample(&shortened(line)).markup("\n");
            }
            html.markup("</bdi></pre>");
        }
        html.markup("</li>");
    }
    html.markup("</ul></section>\n");
}

fn shortened(line: &str) -> String {
    const LONGEST: usize = 400;
    let mut text: String = line.chars().take(LONGEST).collect();
    if line.chars().nth(LONGEST).is_some() {
        text.push('…');
    }
    text
}

/// The life of the record that was asked for.
pub fn trace(html: &mut Html<'_>, page: &Page<'_>) {
    /// Of a long row at one stage, attempts to write, only the ends are shown.
    const FIRST: usize = 6;
    const LAST: usize = 2;
    let Some(trace) = &page.report.trace else { return };
    html.markup("<section aria-labelledby=\"trace\"><h2 id=\"trace\">The life of record ")
        .count(trace.record);
    html.markup("</h2>\n");
    match &trace.place {
        Some(place) => html.markup("<p>").text(&place.to_string()).markup("</p>"),
        None => html.markup("<p>The input has no such record.</p>"),
    };
    html.markup("<ol class=\"events\">");
    for row in trace.events.chunk_by(|one, next| one.stage == next.stage) {
        let hidden = row.len().saturating_sub(FIRST + LAST);
        for (number, event) in row.iter().enumerate() {
            if number < FIRST || number >= FIRST + hidden {
                html.markup("<li>").moment(event.at).markup(" <b>").text(event.stage).markup("</b> ");
                html.sample(&event.message).markup("</li>");
            } else if number == FIRST {
                html.markup("<li>… ").count(hidden as u64).markup(" more</li>");
            }
        }
    }
    html.markup("</ol></section>\n");
}
