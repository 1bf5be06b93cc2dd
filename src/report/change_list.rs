//! The changes of a deployment: a line a resource, its properties below it, then what follows.

use super::Style;
use super::deployment::{paint, shortened};
use crate::deploy::change_set::{ChangeDetail, ChangeRow, ChangeSummary};
use crate::deploy::consequence::Consequence;
use crate::deploy::effect::Effect;

/// Properties of a resource that are shown; the JSON form has all of them.
const SHOWN_PROPERTIES: usize = 24;
/// Columns before a property.
const INDENT: usize = 4;
/// Blocks in blocks that get a line of their own.
const DEEPEST: usize = 6;
/// What CloudFormation puts for a value that only the deployment will tell.
const UNTOLD: &str = "{{changeSet:KNOWN_AFTER_APPLY}}";
/// A space at which no line is broken.
const TOGETHER: char = '\u{a0}';
/// The narrowest that lines are broken for.
const NARROWEST: usize = 40;

/// The changes, with their counts below.
pub fn text(summary: &ChangeSummary, style: Style) -> String {
    let width = style.width.max(NARROWEST);
    let labels: Vec<&str> = summary.rows.iter().map(|row| label(row.effect)).collect();
    let names: Vec<String> = summary.rows.iter().map(name).collect();
    let widest = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0);
    let label_width = widest(&mut labels.iter().map(|label| label.chars().count()));
    let kind_width = widest(&mut summary.rows.iter().map(|row| row.change.kind.chars().count()));
    // A long name must not push the types of the others off the line.
    let room = width.saturating_sub(label_width + 4 + kind_width).min(32);
    let name_width = widest(&mut names.iter().map(|name| name.chars().count())).min(room);
    let mut text = String::new();
    let (mut was_long, mut is_long) = (false, false);
    for ((row, label), name) in summary.rows.iter().zip(&labels).zip(&names) {
        let body = body(row, width, style);
        if !text.is_empty() && (was_long || !body.is_empty()) {
            text.push('\n');
        }
        was_long = !body.is_empty();
        is_long |= was_long;
        let gap = " ".repeat(label_width - label.chars().count());
        let coloured = paint(style, colour(row.effect), label);
        let bold = paint(style, "1", name);
        let kind = &row.change.kind;
        let beside = label_width + 2 + name_width.max(name.chars().count()) + 2 + kind.chars().count();
        let padding = " ".repeat(name_width.saturating_sub(name.chars().count()) + 2);
        text += &match beside <= width {
            true => format!("{coloured}{gap}  {bold}{padding}{}\n", paint(style, "2", kind)),
            false => {
                format!(
                    "{coloured}{gap}  {bold}\n{}{}\n",
                    " ".repeat(label_width + 2),
                    paint(style, "2", kind)
                )
            }
        };
        text += &body;
    }
    if is_long {
        text.push('\n');
    }
    text + &paint(style, "1", &counts(summary)) + "\n"
}

fn counts(summary: &ChangeSummary) -> String {
    if summary.rows.is_empty() {
        return match summary.deletes {
            true => "nothing is left in it: only the record of the stack goes".to_owned(),
            false => "no resource changes: outputs, tags or the like alone".to_owned(),
        };
    }
    let told = summary.counts().into_iter().filter(|(count, _)| *count > 0);
    let told: Vec<String> = told.map(|(count, what)| format!("{count} {what}")).collect();
    if told.is_empty() { "nothing".to_owned() } else { told.join(", ") }
}

fn name(row: &ChangeRow) -> String {
    match &row.nested {
        Some(nested) => format!("{nested}/{}", row.change.logical_id),
        None => row.change.logical_id.clone(),
    }
}

fn label(effect: Effect) -> &'static str {
    match effect {
        Effect::Add => "+ add",
        Effect::Import => "> import",
        Effect::Remove => "- remove",
        Effect::Replace => "± replace",
        Effect::MayReplace => "± may replace",
        Effect::Modify | Effect::LikelyModify => "~ modify",
        Effect::Other => "? not told",
    }
}

fn colour(effect: Effect) -> &'static str {
    match effect {
        Effect::Add | Effect::Import => "32",
        Effect::Remove | Effect::Replace => "31",
        Effect::MayReplace | Effect::Modify | Effect::LikelyModify | Effect::Other => "33",
    }
}

/// The properties and what follows, a line each.
fn body(row: &ChangeRow, width: usize, style: Style) -> String {
    let details = &row.change.details;
    let shown: Vec<(&str, &ChangeDetail)> =
        details.iter().take(SHOWN_PROPERTIES).map(|detail| (detail.path.as_str(), detail)).collect();
    let mut lines = Vec::new();
    properties(&shown, 0, &mut lines);
    if details.len() > SHOWN_PROPERTIES {
        lines.push((0, format!("and {} more", details.len() - SHOWN_PROPERTIES)));
    }
    let mut text = String::new();
    for (depth, line) in lines {
        let indent = INDENT + 2 * depth;
        text += &wrapped(&line, width, indent, indent + 4, |line| line.to_owned());
    }
    for consequence in &row.consequences {
        let is_bad = consequence.is_destructive() || *consequence == Consequence::UpdateRefused;
        let line = format!("{} {}", if is_bad { '!' } else { '=' }, consequence.words(row.effect));
        text += &wrapped(&line, width, INDENT - 2, INDENT, |line| match is_bad {
            true => paint(style, "31", line),
            false => line.to_owned(),
        });
    }
    text
}

/// Lines for properties, with how deep they lie: what several have in common stands once, above them.
fn properties(details: &[(&str, &ChangeDetail)], depth: usize, lines: &mut Vec<(usize, String)>) {
    let mut at = 0;
    while let Some((path, detail)) = details.get(at) {
        let block = path.split_at(path.find(['.', '[']).unwrap_or(path.len())).0;
        let rest = |path: &'_ str| -> Option<usize> {
            let rest = path.strip_prefix(block)?;
            if block.is_empty() {
                None
            } else if rest.starts_with('.') {
                Some(block.len() + 1)
            } else {
                rest.starts_with('[').then_some(block.len())
            }
        };
        let together = details[at..].iter().take_while(|(path, _)| rest(path).is_some()).count();
        if together > 1 && depth < DEEPEST {
            lines.push((depth, block.to_owned()));
            let inside: Vec<(&str, &ChangeDetail)> = details[at..at + together]
                .iter()
                .map(|(path, detail)| (&path[rest(path).unwrap_or(0)..], *detail))
                .collect();
            properties(&inside, depth + 1, lines);
            at += together;
        } else {
            lines.push((depth, property(path, detail)));
            at += 1;
        }
    }
}

fn property(path: &str, detail: &ChangeDetail) -> String {
    let mut line = path.to_owned();
    let told = |value: &Option<String>| match value.as_deref() {
        None => format!("(not{TOGETHER}set)"),
        Some(UNTOLD) => format!("(known{TOGETHER}afterwards)"),
        Some(value) => shortened(value),
    };
    if detail.before.is_some() || detail.after.is_some() {
        line += &format!(": {} → {}", told(&detail.before), told(&detail.after));
    }
    if detail.recreation.as_deref() == Some("Always") && detail.cause.is_none() {
        line += " (replaces)";
    }
    if let Some(cause) = &detail.cause {
        line += &format!(" (by{TOGETHER}{cause})");
    }
    line
}

/// A line, broken where it is too long: at a space, else between the parts of a name.
fn wrapped(line: &str, width: usize, first: usize, further: usize, paint: impl Fn(&str) -> String) -> String {
    let mut text = String::new();
    let paint = |part: &str| paint(&part.replace(TOGETHER, " "));
    let (mut rest, mut indent) = (line, first);
    loop {
        let room = width.saturating_sub(indent).max(20);
        let Some((end, _)) = rest.char_indices().nth(room) else {
            return text + &" ".repeat(indent) + &paint(rest) + "\n";
        };
        // The first character that has no room any more may be the space itself.
        let next = rest[end..].chars().next().map_or(end, |c| if c == ' ' { end + 1 } else { end });
        let space = rest[..next].rfind(' ').map(|at| at + 1).filter(|at| *at > end / 2);
        let parts = ['.', ':', '-', '/', '_', ','];
        let part = || rest[..end].rfind(parts).map(|at| at + 1).filter(|at| *at > end / 4);
        let at = space.or_else(part).unwrap_or(end);
        text += &format!("{}{}\n", " ".repeat(indent), paint(rest[..at].trim_end()));
        (rest, indent) = (rest[at..].trim_start(), further);
        if rest.is_empty() {
            return text;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::change_set::Change;

    const PLAIN: Style = Style { colour: false, width: 80 };

    fn detail(path: &str, before: &str, after: &str) -> ChangeDetail {
        ChangeDetail {
            path: path.to_owned(),
            before: Some(before.to_owned()),
            after: Some(after.to_owned()),
            ..ChangeDetail::default()
        }
    }

    #[test]
    fn blocks_stand_once_and_names_are_not_broken_inside() {
        let block = "ExtendedS3DestinationConfiguration";
        let change = Change {
            action: "Modify".to_owned(),
            logical_id: "Stream".to_owned(),
            kind: "AWS::KinesisFirehose::DeliveryStream".to_owned(),
            details: vec![
                detail(&format!("{block}.BufferingHints.IntervalInSeconds"), "60", "300"),
                detail(&format!("{block}.BufferingHints.SizeInMBs"), "5", "64"),
                detail(
                    &format!("{block}.Prefix"),
                    "data/year=!{timestamp:yyyy}/month=!{timestamp:MM}/",
                    "data/!{timestamp:yyyy/MM/dd}/",
                ),
                ChangeDetail {
                    cause: Some("Role.Arn".to_owned()),
                    ..detail("RoleARN", "arn:aws:iam::444455556666:role/a-long-name-of-a-role", UNTOLD)
                },
                detail("Tags[0].Value", "a", "b"),
            ],
            ..Change::default()
        };
        let row = ChangeRow {
            change,
            effect: Effect::Modify,
            consequences: vec![Consequence::InPlace],
            ..ChangeRow::default()
        };
        let summary = ChangeSummary { rows: vec![row], ..ChangeSummary::default() };
        assert_eq!(
            text(&summary, PLAIN),
            "~ modify  Stream  AWS::KinesisFirehose::DeliveryStream\n    \
             ExtendedS3DestinationConfiguration\n      \
             BufferingHints\n        \
             IntervalInSeconds: 60 → 300\n        \
             SizeInMBs: 5 → 64\n      \
             Prefix: data/year=!{timestamp:yyyy}/month=!{timestamp:MM}/ →\n          \
             data/!{timestamp:yyyy/MM/dd}/\n    \
             RoleARN: arn:aws:iam::444455556666:role/a-long-name-of-a-role →\n        \
             (known afterwards) (by Role.Arn)\n    \
             Tags[0].Value: a → b\n  \
             = in place; holds for records within minutes\n\n1 to modify\n"
        );
    }

    #[test]
    fn what_has_no_space_is_broken_between_its_parts() {
        let told = wrapped(
            "AWS::KinesisFirehose::DeliveryStream.ExtendedS3DestinationConfiguration",
            44,
            2,
            4,
            |line| line.to_owned(),
        );
        assert_eq!(told, "  AWS::KinesisFirehose::DeliveryStream.\n    ExtendedS3DestinationConfiguration\n");
        // Nothing is lost, whatever is in it.
        let long = "ä".repeat(100);
        let told = wrapped(&long, 44, 2, 4, |line| line.to_owned());
        assert_eq!(told.matches('ä').count(), 100);
    }
}
