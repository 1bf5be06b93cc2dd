//! The report page of `simulate --report`: one file that needs nothing else, and is complete without its script.
//!
//! Its size is bounded whatever the run's: lists are cut, the rest is counted. Equal runs give equal bytes.

mod chart;
mod findings;
mod flow;
mod html;
mod settings;
mod spread;
mod timeline;

use crate::model::destination::contract::Lane;
use crate::report::render::Setting;
use crate::simulation::Simulation;
use crate::simulation::expectations::Verdict;
use crate::simulation::report::SimulationReport;
use html::Html;

/// All that the page is made of.
pub struct Page<'a> {
    /// The stream and how it was simulated.
    pub simulation: &'a Simulation,
    /// What came of it.
    pub report: &'a SimulationReport,
    /// The property of the destination, as the template spells it.
    pub destination: &'a str,
    /// What records pass on their way, in words.
    pub processors: &'a [String],
    /// The resolved configuration.
    pub settings: &'a [Setting],
    /// Names that were made up, by logical id.
    pub made_up: &'a [(String, String)],
    /// Settings that change nothing here.
    pub not_applied: &'a [String],
    /// How the expectations of the scenario turned out.
    pub expectations: Option<&'a [Verdict]>,
    /// Covers the secrets of the template in a text.
    pub mask: &'a dyn Fn(&str) -> String,
}

/// The looks of the page. Its digest stands in [`POLICY`].
const STYLE: &str = include_str!("style.css");

/// What the script adds: reading charts with pointer and keys, sorting, filtering, the theme.
const SCRIPT: &str = include_str!("script.js");

/// The page loads nothing, and runs nothing but its own style and script, which it names by their SHA-256: whatever got
/// into it in spite of escaping would not run. `tests/report_page.rs` compares the digests and says what they should be.
const POLICY: &str = "default-src 'none'; style-src 'sha256-iv9Rpeoex04H/hW/VvaaBPrXB5EELpHLy7C4iHMvaB0='; \
                      script-src 'sha256-px0eS9P6wvXh0c4kPtbKOyfdJnc+j1LlPAo410sC/Lw='; base-uri 'none'; form-action 'none'";

/// What every page begins with, after its doctype.
const GENERATOR: &str = "<meta name=\"generator\" content=\"firehose-kit ";

/// Whether a file that begins so is a page of this program.
pub fn is_one(start: &str) -> bool {
    start.starts_with("<!doctype html>") && start.contains(GENERATOR)
}

/// The page.
pub fn html(page: &Page<'_>) -> String {
    let mut html = Html::new(page.mask);
    let out = &mut html;
    out.markup("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n").markup(GENERATOR);
    out.markup(env!("CARGO_PKG_VERSION")).markup("\">\n");
    out.markup("<meta http-equiv=\"Content-Security-Policy\" content=\"").markup(POLICY).markup("\">\n");
    out.markup("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    out.markup("<meta name=\"color-scheme\" content=\"light dark\">\n");
    out.markup("<title>").text(&page.report.stream).markup(": simulation report</title>\n<style>");
    out.markup(STYLE).markup("</style>\n</head>\n<body>\n");
    out.markup("<a class=\"skip\" href=\"#main\">Skip to the content</a>\n");
    header(out, page);
    navigation(out, page);
    out.markup("<main id=\"main\" tabindex=\"-1\">\n");
    flow::section(out, page);
    findings::expectations(out, page);
    findings::failures(out, page);
    findings::remarks(out, page);
    timeline::section(out, page);
    spread::section(out, page);
    spread::folders(out, page);
    spread::deliveries(out, page);
    findings::trace(out, page);
    settings::section(out, page);
    out.markup("</main>\n<footer><p>Made by firehose-kit ").markup(env!("CARGO_PKG_VERSION"));
    out.markup(" in virtual time, without AWS. Digest of the run: <code>").text(&page.report.digest);
    out.markup("</code></p></footer>\n<script>").markup(SCRIPT).markup("</script>\n</body>\n</html>\n");
    html.finish()
}

fn header(html: &mut Html<'_>, page: &Page<'_>) {
    let report = page.report;
    let (class, verdict) = flow::verdict(page);
    html.markup("<header><p class=\"kind\">Simulation of a delivery stream</p><h1>").text(&report.stream);
    html.markup("</h1><p class=\"verdict ").text(class).markup("\">").text(&verdict).markup("</p>\n");
    html.markup("<dl class=\"figures\"><div><dt>Name</dt><dd>").text(&page.simulation.stream.name);
    html.markup("</dd></div><div><dt>From</dt><dd>")
        .moment(report.start)
        .markup("</dd></div><div><dt>To</dt><dd>");
    html.moment(report.end).markup("</dd></div><div><dt>Virtual time</dt><dd>");
    let millis = u64::try_from(report.end.since(report.start).as_millis()).unwrap_or(u64::MAX);
    html.text(&html::duration(millis)).markup("</dd></div><div><dt>Read</dt><dd>");
    html.text(&html::size(report.bytes_read))
        .markup("</dd></div><div><dt>Seed</dt><dd>")
        .digits(report.seed.0);
    html.markup("</dd></div></dl></header>\n");
}

fn navigation(html: &mut Html<'_>, page: &Page<'_>) {
    let report = page.report;
    html.markup("<nav aria-label=\"Sections\"><ul><li><a href=\"#flow\">Flow</a></li>");
    if page.expectations.is_some_and(|verdicts| !verdicts.is_empty()) {
        html.markup("<li><a href=\"#expectations\">Expectations</a></li>");
    }
    html.markup("<li><a href=\"#failures\">Failures <span class=\"chip\">")
        .count(report.failures.len() as u64);
    html.markup("</span></a></li><li><a href=\"#warnings\">Warnings <span class=\"chip\">");
    html.count(report.warnings.len() as u64)
        .markup("</span></a></li><li><a href=\"#buffers\">Buffers</a></li>");
    html.markup("<li><a href=\"#sizes\">Sizes and latencies</a></li>");
    if !report.overview.folders.is_empty() {
        html.markup("<li><a href=\"#partitions\">Partitions</a></li>");
    }
    if !report.listed.is_empty() {
        html.markup("<li><a href=\"#deliveries\">Deliveries</a></li>");
    }
    if report.trace.is_some() {
        html.markup("<li><a href=\"#trace\">Trace</a></li>");
    }
    html.markup("<li><a href=\"#settings\">Configuration</a></li></ul></nav>\n");
}

/// The word for a lane.
fn lane_word(lane: Lane) -> &'static str {
    match lane {
        Lane::Destination => "destination",
        Lane::Backup => "backup",
        Lane::Error => "error",
    }
}
