//! A value that its schema does not list: which member was meant, and the repair where there is no doubt.

use serde_json::Value as Json;

use super::shape::{self, Shape};
use super::{Finding, Place};
use crate::foundation::diagnostic::Fix;
use crate::foundation::document::Chunk;
use crate::foundation::scalar::Style;
use crate::foundation::suggest::nearest;
use crate::template::Template;

/// Words that people write for a member, by the property: what the console or another service calls it.
const ALIASES: &[(&str, &str, &str)] = &[
    ("IndexRotationPeriod", "none", "NoRotation"),
    ("IndexRotationPeriod", "hourly", "OneHour"),
    ("IndexRotationPeriod", "daily", "OneDay"),
    ("IndexRotationPeriod", "weekly", "OneWeek"),
    ("IndexRotationPeriod", "monthly", "OneMonth"),
    ("CompressionFormat", "none", "UNCOMPRESSED"),
];

/// The finding, with a repair where the value is another spelling of a member and stands literally in the stream.
pub fn enum_finding(shape: &Shape<'_>, template: &Template) -> Finding {
    let finding = words(shape);
    match same_member(shape).and_then(|member| replace(&shape.place, template, member)) {
        Some(fix) => finding.fix(fix),
        None => finding,
    }
}

/// The finding without a repair.
pub fn words(shape: &Shape<'_>) -> Finding {
    let listed = listed(&shape.error.limit);
    let subject = shape::subject(shape);
    let service: Vec<&str> = members(shape).collect();
    let value = shape::shown(&shape.place);
    let message = match service.len() {
        1 => format!("{subject} is {value}; it can only be {listed}"),
        _ => format!("{subject} is {value}, which is not one of {listed}"),
    };
    let value = shape.place.known().unwrap_or_default();
    let meant = same_member(shape).or_else(|| nearest(&value, members(shape)));
    Finding::at(&shape.place, message)
        .service(format!("Member must satisfy enum value set: [{}]", service.join(", ")))
        .help(match meant {
            Some(member) => format!("write `{member}`"),
            None => format!("use {listed}"),
        })
}

fn members<'a>(shape: &'a Shape<'_>) -> impl Iterator<Item = &'a str> {
    shape.error.limit.as_array().map(Vec::as_slice).unwrap_or_default().iter().filter_map(Json::as_str)
}

/// The member that the value is another spelling of. A slip of the keyboard is only advised on: `BZIP` is as near
/// to `ZIP` as to `GZIP`, and a repair must not choose.
fn same_member<'a>(shape: &'a Shape<'_>) -> Option<&'a str> {
    let value = shape.place.known()?;
    let alias = ALIASES
        .iter()
        .find(|(property, alias, _)| *property == shape.name && value.eq_ignore_ascii_case(alias));
    let mut same = members(shape).filter(|member| match alias {
        Some((_, _, meant)) => member == meant,
        None => bare(member) == bare(&value),
    });
    same.next().filter(|_| same.next().is_none())
}

/// A word without case, spaces, hyphens and underscores.
fn bare(word: &str) -> String {
    let letters = word.chars().filter(|c| !matches!(c, ' ' | '-' | '_'));
    letters.flat_map(char::to_lowercase).collect()
}

/// The replacement of a whole scalar that stands at the place itself, in its own quotes.
fn replace(place: &Place<'_>, template: &Template, member: &str) -> Option<Fix> {
    let [Chunk::Known(text, origin)] = place.text()?.chunks.as_slice() else { return None };
    let written = template.source.slice(origin.scalar);
    let (quote, inside) = match origin.style {
        Style::Plain => ("", written),
        Style::SingleQuoted => ("'", written.strip_prefix('\'')?.strip_suffix('\'')?),
        Style::DoubleQuoted => ("\"", written.strip_prefix('"')?.strip_suffix('"')?),
        Style::Literal | Style::Folded => return None,
    };
    // A part of a longer scalar, or one with escapes, is not replaced.
    (origin.literal && inside == &**text)
        .then(|| Fix::replace(origin.scalar, format!("{quote}{member}{quote}")))
}

/// The members of an enum in words.
pub fn listed(members: &Json) -> String {
    let members: Vec<String> = members
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
        .iter()
        .map(|member| format!("`{}`", member.as_str().map_or_else(|| member.to_string(), str::to_owned)))
        .collect();
    match members.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => "a value of the list".to_owned(),
    }
}
