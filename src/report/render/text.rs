//! A rendering for people: grouped, aligned, short.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style as Look};

use super::{Moment, Rendering, Setting};
use crate::report::Style;

/// The text. `is_series` says that the moments were asked for one by one.
pub fn text(rendering: &Rendering, is_series: bool, style: Style) -> String {
    let mut page = Page { out: String::new(), style };
    page.head(rendering);
    page.settings(&rendering.settings);
    page.lanes(rendering);
    page.facts("Target", rendering.target.iter().map(|fact| (fact.name.as_str(), fact.value.as_str())));
    let keys = rendering.partition_keys.iter().map(|fact| (fact.name.as_str(), fact.value.as_str()));
    page.facts("Partition keys", keys);
    page.moments(rendering, is_series);
    page.errors(rendering);
    page.table(rendering);
    for note in &rendering.notes {
        page.line("");
        page.wrapped("note: ", note);
    }
    page.out
}

struct Page {
    out: String,
    style: Style,
}

impl Page {
    fn line(&mut self, text: &str) {
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    fn paint(&self, look: Look, text: &str) -> String {
        if self.style.colour { format!("{look}{text}{look:#}") } else { text.to_owned() }
    }

    fn faint(&self, text: &str) -> String {
        self.paint(Look::new().dimmed(), text)
    }

    fn heading(&mut self, text: &str) {
        let heading = self.paint(Look::new().bold(), text);
        self.line("");
        self.line(&heading);
    }

    /// Words over as many lines as they need, below each other.
    fn wrapped(&mut self, lead: &str, text: &str) {
        let width = self.style.width.min(120).max(lead.len() + 20);
        let mut line = lead.to_owned();
        for word in text.split_whitespace() {
            let is_start = line.trim_end().len() <= lead.trim_end().len();
            if !is_start && line.chars().count() + word.chars().count() + 1 > width {
                self.line(&line);
                line = " ".repeat(lead.chars().count());
            } else if !is_start {
                line.push(' ');
            }
            line.push_str(word);
        }
        self.line(&line);
    }

    fn head(&mut self, rendering: &Rendering) {
        let source = match &rendering.source.from {
            Some(from) => format!("{} from {from}", rendering.source.kind),
            None => rendering.source.kind.clone(),
        };
        let made_up = rendering.made_up.iter().any(|name| name.id == rendering.stream);
        let name = format!("{}{}", rendering.name, if made_up { " (made up)" } else { "" });
        let title = self.paint(Look::new().bold(), &rendering.stream);
        self.line(&title);
        let kind = rendering.destination.trim_end_matches("Configuration");
        for (label, value) in [
            ("name", name.as_str()),
            ("source", source.as_str()),
            ("to", kind),
            ("time zone", rendering.time_zone.as_str()),
        ] {
            self.line(&format!("  {label:<10} {value}"));
        }
        for processor in &rendering.processors {
            self.line(&format!("  {:<10} {processor}", "processor"));
        }
    }

    fn settings(&mut self, settings: &[Setting]) {
        self.heading("Settings");
        // The destination's long name once, as a heading of its settings.
        let mut group = "";
        // Names that are longer than most stand on a line of their own.
        let most = (self.style.width / 2).clamp(30, 56);
        let length = |setting: &Setting| {
            let (group, path) = group_of(&setting.path);
            path.chars().count() + if group.is_empty() { 2 } else { 4 }
        };
        let start = settings.iter().map(length).filter(|length| *length <= most).max().unwrap_or(0) + 2;
        for setting in settings {
            let (own, path) = group_of(&setting.path);
            if own != group {
                group = own;
                self.line(&format!("  {own}"));
            }
            let indent = if own.is_empty() { "  " } else { "    " };
            let origin = match (setting.from, &setting.parameter, setting.line, setting.source) {
                (_, Some(parameter), _, _) => format!("parameter {parameter}"),
                (_, _, Some(line), _) => format!("line {line}"),
                (_, _, _, Some(source)) => format!("default; {source}"),
                (from, ..) => from.to_owned(),
            };
            let path = format!("{indent}{path}");
            let path = match path.chars().count() + 2 > start {
                true => {
                    self.line(&path);
                    String::new()
                }
                false => path,
            };
            let row = format!("{path:<start$}{}", setting.value);
            let room = self.style.width.saturating_sub(origin.chars().count() + 2);
            let origin = self.faint(&origin);
            if row.chars().count() <= room {
                let at = room.min(start + 32).max(row.chars().count());
                self.line(&format!("{row:<at$}  {origin}"));
            } else {
                self.line(&row);
                let at = (start + 32).min(room);
                self.line(&format!("{:<at$}  {origin}", ""));
            }
        }
    }

    fn lanes(&mut self, rendering: &Rendering) {
        self.heading("Objects");
        for lane in &rendering.lanes {
            let encoding = lane.content_encoding.as_ref();
            let encoding =
                encoding.map(|encoding| format!(", Content-Encoding {encoding}")).unwrap_or_default();
            let ending = match lane.extension.as_str() {
                "" => "no extension".to_owned(),
                ending => ending.to_owned(),
            };
            let about = self.faint(&format!("{}, {ending}{encoding}", lane.compression));
            self.line(&format!("  {:<12} s3://{}/  {about}", lane.lane, lane.bucket));
            self.line(&format!("    {:<10} {}", "pattern", lane.pattern));
            match (&lane.example, &lane.problem) {
                (Some(example), _) => self.line(&format!("    {:<10} {example}", "example")),
                (_, Some(problem)) => self.wrapped("    problem    ", problem),
                _ => {}
            }
        }
    }

    fn facts<'a>(&mut self, heading: &str, facts: impl Iterator<Item = (&'a str, &'a str)>) {
        let facts: Vec<_> = facts.collect();
        if facts.is_empty() {
            return;
        }
        self.heading(heading);
        let width = facts.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        for (name, value) in facts {
            self.line(&format!("  {name:<width$}  {value}"));
        }
    }

    fn moments(&mut self, rendering: &Rendering, is_series: bool) {
        // Requests and rows have no name that the time decides.
        let is_named = |moment: &Moment| {
            !moment.objects.is_empty() || moment.index.is_some() || moment.manifest_key.is_some()
        };
        if !rendering.moments.iter().any(is_named) {
            if is_series {
                self.line("");
                self.line("No key and no index here depends on the moment, but those of failed records.");
            }
            return;
        }
        let Some((first, rest)) = rendering.moments.split_first() else { return };
        let shows_local = rendering.time_zone != "UTC";
        self.heading(&format!("Arriving at {}", first.at));
        if shows_local {
            self.line(&format!("  {:<12} {}", "local", first.local));
        }
        self.moment(first);
        if rest.is_empty() {
            return;
        }
        self.heading(if is_series { "And then" } else { "Boundaries to come" });
        for moment in rest {
            let local = if shows_local { format!("  {}", moment.local) } else { String::new() };
            let what = self.paint(AnsiColor::Cyan.on_default(), &moment.boundaries.join(", "));
            self.line(&format!("  {}{local}  {what}", moment.at));
            if is_series {
                self.moment(moment);
                continue;
            }
            for object in moment.objects.iter().filter(|object| object.lane != "error").take(1) {
                self.line(&format!("    {}", object.prefix));
            }
            if let Some(index) = &moment.index {
                self.line(&format!("    {index}"));
            }
        }
    }

    fn moment(&mut self, moment: &Moment) {
        for object in &moment.objects {
            self.line(&format!("  {:<12} {}", object.lane, object.key));
        }
        let facts = [("index", &moment.index), ("manifest", &moment.manifest_key), ("copy", &moment.copy)];
        for (name, value) in facts {
            if let Some(value) = value {
                self.line(&format!("  {name:<12} {value}"));
            }
        }
    }

    fn errors(&mut self, rendering: &Rendering) {
        if rendering.errors.is_empty() {
            return;
        }
        self.heading("Failed records");
        let name = |kind: &Option<String>| kind.clone().unwrap_or_else(|| "(no type)".to_owned());
        let errors = &rendering.errors;
        let width = errors.iter().map(|error| name(&error.error_output_type).len()).max().unwrap_or(0);
        for error in errors {
            let when = self.faint(&error.when);
            self.line(&format!("  {:<width$}  {when}", name(&error.error_output_type)));
            self.line(&format!("    s3://{}/{}", error.bucket, error.folder));
        }
    }

    fn table(&mut self, rendering: &Rendering) {
        let Some(table) = &rendering.table else { return };
        self.heading("Athena");
        let mut names = String::new();
        for column in &table.partition_columns {
            let gap = if names.is_empty() { "" } else { ", " };
            // Writing into a text can't fail.
            let _ = write!(names, "{gap}{} ({})", column.name, column.value);
        }
        if names.is_empty() {
            names.push_str("none");
        }
        self.wrapped("  partitions ", &names);
        self.wrapped("  columns    ", &table.columns_from);
        for note in &table.notes {
            self.wrapped("  but        ", note);
        }
        self.line("  `--ddl` prints the table, `--iam` the role, `--diagram` a drawing");
    }
}

/// A path's block, where that is a destination or source, and what follows.
fn group_of(path: &str) -> (&str, &str) {
    match path.split_once('.') {
        Some((group, rest)) if group.ends_with("Configuration") => (group, rest),
        _ => ("", path),
    }
}
