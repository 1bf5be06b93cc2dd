//! The resolved configuration: each setting and where it comes from.

use super::Page;
use super::html::Html;
use crate::report::render::Setting;

/// Settings that are shown.
const SHOWN: usize = 500;

/// The section.
pub fn section(html: &mut Html<'_>, page: &Page<'_>) {
    html.markup("<section aria-labelledby=\"settings\"><h2 id=\"settings\">Configuration</h2>\n");
    html.markup(
        "<p>What the stream's settings come to, with the defaults of those that the template leaves out.</p>",
    );
    if page.settings.len() > SHOWN {
        html.markup("<p>The first ").count(SHOWN as u64).markup(" of ").count(page.settings.len() as u64);
        html.markup("; <code>firehose-kit render</code> shows them all.</p>");
    }
    html.markup("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-labelledby=\"settings\">");
    html.markup("<table data-sortable data-filter=\"settings\"><thead><tr><th scope=\"col\">Setting</th>");
    html.markup("<th scope=\"col\">Value</th><th scope=\"col\">From</th></tr></thead><tbody>");
    for setting in page.settings.iter().take(SHOWN) {
        html.markup("<tr><th scope=\"row\"><code>");
        path(html, &setting.path);
        html.markup("</code></th><td><code>").text(&setting.value).markup("</code></td><td>");
        html.text(&origin(setting)).markup("</td></tr>");
    }
    html.markup("</tbody></table></div></section>\n");
}

/// A path that may be broken behind its points.
fn path(html: &mut Html<'_>, path: &str) {
    for (at, part) in path.split('.').enumerate() {
        if at > 0 {
            html.markup(".<wbr>");
        }
        html.text(part);
    }
}

fn origin(setting: &Setting) -> String {
    match (setting.from, &setting.parameter, setting.line, setting.source) {
        (_, Some(parameter), _, _) => format!("parameter {parameter}"),
        (_, _, Some(line), _) => format!("template, line {line}"),
        (_, _, _, Some(source)) if !source.is_empty() => format!("default ({source})"),
        (from, ..) => from.to_owned(),
    }
}
