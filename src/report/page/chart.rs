//! Columns over an axis. Shapes are drawn, words stand beside them as text, and every value is in a table below.

use super::html::{Html, grouped};

/// Columns, each a pile of parts.
pub struct Chart {
    /// The name of the chart, unique on the page and fit for an id.
    pub id: &'static str,
    /// Its caption.
    pub caption: String,
    /// What the columns stand for: the head of the first column of the table.
    pub across: &'static str,
    /// The parts of a column, from the bottom up: class and name.
    pub parts: &'static [(&'static str, &'static str)],
    /// The columns, from left to right.
    pub columns: Vec<Column>,
    /// What stands below the axis, from left to right.
    pub axis: Vec<String>,
}

/// One column.
pub struct Column {
    /// What it stands for.
    pub label: String,
    /// How large its parts are.
    pub values: Vec<u64>,
}

/// How high a chart is, in its own units.
const HEIGHT: u64 = 1_000;

/// How wide a column is, in the same.
const WIDTH: u64 = 10;

impl Chart {
    /// Draws it.
    pub fn draw(&self, html: &mut Html<'_>) {
        let total = |column: &Column| column.values.iter().sum::<u64>();
        let highest = self.columns.iter().map(total).max().unwrap_or(0).max(1);
        html.markup("<figure class=\"chart\" id=\"").text(self.id).markup("\"><figcaption>");
        html.text(&self.caption).markup("</figcaption>");
        if self.parts.len() > 1 {
            html.markup("<ul class=\"legend\">");
            for (class, name) in self.parts {
                html.markup("<li><span class=\"swatch ").text(class).markup("\"></span>");
                html.text(name).markup("</li>");
            }
            html.markup("</ul>");
        }
        html.markup("<div class=\"plot\"><span class=\"top\">").count(highest);
        html.markup("</span><span class=\"bottom\">0</span><svg role=\"img\" viewBox=\"0 0 ");
        html.digits(WIDTH * self.columns.len() as u64).markup(" ").digits(HEIGHT);
        html.markup("\" preserveAspectRatio=\"none\" aria-label=\"");
        html.text(&format!("{}. {}.", self.caption, self.summary())).markup("\">");
        for (at, column) in self.columns.iter().enumerate() {
            html.markup("<g><title>").text(&self.sentence(column)).markup("</title>");
            let x = WIDTH * at as u64;
            html.markup("<rect class=\"slot\" x=\"").digits(x).markup("\" y=\"0\" width=\"").digits(WIDTH);
            html.markup("\" height=\"").digits(HEIGHT).markup("\"/>");
            let mut top = HEIGHT;
            for ((class, _), value) in self.parts.iter().zip(&column.values).filter(|(_, value)| **value > 0)
            {
                let height = u128::from(*value) * u128::from(HEIGHT) / u128::from(highest);
                // What is there is seen.
                let height = u64::try_from(height).unwrap_or(HEIGHT).max(12).min(top);
                top -= height;
                html.markup("<rect class=\"").text(class).markup("\" x=\"").digits(x).markup("\" y=\"");
                html.digits(top).markup("\" width=\"").digits(WIDTH - 1).markup("\" height=\"");
                html.digits(height).markup("\"/>");
            }
            html.markup("</g>");
        }
        html.markup("</svg></div><div class=\"axis\" aria-hidden=\"true\">");
        for label in &self.axis {
            html.markup("<span>").text(label).markup("</span>");
        }
        html.markup("</div><p class=\"readout\" hidden></p><details><summary>The same as a table</summary>");
        self.table(html);
        html.markup("</details></figure>\n");
    }

    fn table(&self, html: &mut Html<'_>) {
        html.markup("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"");
        html.text(&self.caption).markup("\"><table><thead><tr><th scope=\"col\">").text(self.across);
        html.markup("</th>");
        for (_, name) in self.parts {
            html.markup("<th scope=\"col\" class=\"number\">").text(name).markup("</th>");
        }
        html.markup("</tr></thead><tbody>");
        for column in &self.columns {
            html.markup("<tr><th scope=\"row\">").text(&column.label).markup("</th>");
            for value in &column.values {
                html.markup("<td class=\"number\">").count(*value).markup("</td>");
            }
            html.markup("</tr>");
        }
        html.markup("</tbody></table></div>");
    }

    fn sentence(&self, column: &Column) -> String {
        let parts = self.parts.iter().zip(&column.values);
        let parts: Vec<String> =
            parts.map(|((_, name), value)| format!("{} {name}", grouped(*value))).collect();
        format!("{}: {}", column.label, parts.join(", "))
    }

    /// Where the most is, in words.
    fn summary(&self) -> String {
        let total = |column: &&Column| column.values.iter().sum::<u64>();
        // The first of the highest.
        let highest = self.columns.iter().rev().max_by_key(total);
        match highest {
            Some(column) => format!("Highest: {}", self.sentence(column)),
            None => "Empty".to_owned(),
        }
    }
}

/// A bar of parts that lie side by side: class, name and size of each.
pub fn bar(html: &mut Html<'_>, label: &str, parts: &[(&'static str, &str, u64)]) {
    const LENGTH: u64 = 1_000;
    // What is there is seen, however little it is.
    const SHORTEST: u64 = 6;
    let shown: Vec<_> = parts.iter().filter(|(_, _, value)| *value > 0).collect();
    let whole = shown.iter().map(|(_, _, value)| *value).sum::<u64>().max(1);
    let room = LENGTH - SHORTEST * shown.len() as u64;
    html.markup(
        "<svg class=\"bar\" role=\"img\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" aria-label=\"",
    );
    html.text(label).markup("\">");
    let mut x = 0;
    for (class, name, value) in shown {
        let length = SHORTEST
            + u64::try_from(u128::from(*value) * u128::from(room) / u128::from(whole)).unwrap_or(room);
        html.markup("<rect class=\"").text(class).markup("\" x=\"").digits(x).markup("\" y=\"0\" width=\"");
        html.digits(length).markup("\" height=\"10\"><title>").text(name).markup(": ").count(*value);
        html.markup("</title></rect>");
        x += length;
    }
    html.markup("</svg>");
}
