//! What was seen at one place of the records, and the type that holds it.

use std::collections::{BTreeMap, BTreeSet};

use super::super::hive_json::TimestampFormat;
use super::super::hive_type::HiveType;
use super::super::json::Json;
use super::super::time;
use super::{MOST_FIELDS, Note, Target, is_field_name, text_for};

/// Levels below which a value is only a text: types have 32 at most.
const DEEPEST: usize = 24;

/// Forms of timestamps for `TimestampFormats`, and an example of each: what a text is tried with, in this order.
pub(super) const FORMATS: &[(&str, &str)] = &[
    ("yyyy-MM-dd'T'HH:mm:ss'Z'", "2026-01-01T09:58:00Z"),
    ("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", "2026-01-01T09:58:00.381Z"),
    ("yyyy-MM-dd'T'HH:mm:ss", "2026-01-01T09:58:00"),
    ("yyyy-MM-dd'T'HH:mm:ss.SSS", "2026-01-01T09:58:00.381"),
    ("yyyy-MM-dd'T'HH:mm:ssZZ", "2026-01-01T09:58:00+01:00"),
    ("yyyy-MM-dd'T'HH:mm:ss.SSSZZ", "2026-01-01T09:58:00.381+01:00"),
    ("yyyy-MM-dd HH:mm:ss", "2026-01-01 09:58:00"),
    ("yyyy-MM-dd HH:mm:ss.SSS", "2026-01-01 09:58:00.381"),
];

/// The kinds of JSON values that types are chosen by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Boolean,
    Whole,
    /// A whole number beyond 64 bits.
    Huge,
    Fraction,
    Text,
    Array,
    Object,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Boolean => "a boolean",
            Kind::Whole => "a whole number",
            Kind::Huge => "a whole number beyond 64 bits",
            Kind::Fraction => "a fraction",
            Kind::Text => "a string",
            Kind::Array => "an array",
            Kind::Object => "an object",
        }
    }
}

/// What strings look like.
#[derive(Debug, Default)]
struct Texts {
    count: u64,
    /// Those that OpenX reads as timestamps.
    moments: u64,
    dates: u64,
    /// Those that one of [`FORMATS`] reads, and which.
    formatted: u64,
    formats: BTreeSet<usize>,
    /// The first record with a text that is neither a moment nor a date.
    first_other: Option<u64>,
}

/// A place.
#[derive(Debug, Default)]
pub(super) struct Shape {
    /// The first record with each kind of value.
    kinds: BTreeMap<Kind, u64>,
    first: u64,
    digits: usize,
    texts: Texts,
    element: Option<Box<Shape>>,
    /// Fields by key, in the order in which they were met.
    pub(super) fields: Vec<(String, Shape)>,
    places: BTreeMap<String, usize>,
    /// It had more fields than are kept.
    is_wide: bool,
    is_deep: bool,
}

impl Shape {
    /// Takes a value of a record into account; answers how many places are new.
    pub(super) fn see(&mut self, json: &Json<'_>, record: u64, depth: usize, most_fields: usize) -> usize {
        if self.first == 0 {
            self.first = record;
        }
        let kind = match json {
            Json::Null => return 0,
            Json::Bool(_) => Kind::Boolean,
            Json::Number(raw) => self.number(raw),
            Json::String(text) => {
                self.texts.see(text, record);
                Kind::Text
            }
            Json::Array(..) => Kind::Array,
            Json::Object(..) => Kind::Object,
        };
        self.kinds.entry(kind).or_insert(record);
        if depth >= DEEPEST {
            self.is_deep |= matches!(kind, Kind::Array | Kind::Object);
            return 0;
        }
        match json {
            Json::Array(items, _) => {
                let mut new = usize::from(self.element.is_none());
                let element = self.element.get_or_insert_default();
                for item in items {
                    new += element.see(item, record, depth + 1, MOST_FIELDS);
                }
                new
            }
            Json::Object(members, _) => {
                members.iter().map(|(key, member)| self.field(key, member, record, depth, most_fields)).sum()
            }
            _ => 0,
        }
    }

    fn field(&mut self, key: &str, member: &Json<'_>, record: u64, depth: usize, most: usize) -> usize {
        if self.is_wide {
            return 0;
        }
        // Both deserialisers compare keys in lower case.
        let key = key.to_lowercase();
        let (at, new) = match self.places.get(&key) {
            Some(at) => (*at, 0),
            // At the top one more is kept, so that there are seen to be too many.
            None if self.fields.len() >= most + usize::from(depth == 0) => {
                self.is_wide = true;
                self.fields.clear();
                self.places.clear();
                return 0;
            }
            None => {
                self.places.insert(key.clone(), self.fields.len());
                self.fields.push((key, Shape::default()));
                (self.fields.len() - 1, 1)
            }
        };
        new + self.fields[at].1.see(member, record, depth + 1, MOST_FIELDS)
    }

    fn number(&mut self, raw: &str) -> Kind {
        if raw.contains(['.', 'e', 'E']) {
            return Kind::Fraction;
        }
        self.digits = self.digits.max(raw.trim_start_matches('-').len());
        if raw.parse::<i64>().is_ok() { Kind::Whole } else { Kind::Huge }
    }

    /// The records that show the place: the first of each kind of value.
    pub(super) fn records(&self) -> Vec<u64> {
        let mut records: Vec<u64> = self.kinds.values().copied().collect();
        records.sort_unstable();
        records.dedup();
        if records.is_empty() { vec![self.first] } else { records }
    }

    /// The type that holds all values seen; `None` where the target has none, with a note.
    pub(super) fn hive_type(
        &self,
        target: Target,
        path: &str,
        notes: &mut Vec<Note>,
        formats: &mut BTreeSet<usize>,
    ) -> Option<HiveType> {
        let mut note = |message: String, records: Vec<u64>| {
            notes.push(Note { path: path.to_owned(), message, records });
        };
        let has_nested = self.kinds.contains_key(&Kind::Array) || self.kinds.contains_key(&Kind::Object);
        let text = |note: &mut dyn FnMut(String, Vec<u64>), why: String| {
            let found = text_for(target, has_nested);
            let end = if found.is_some() { "so it is a string" } else { "so it is left out" };
            note(format!("{why}, {end}"), self.records());
            found
        };
        if self.is_deep {
            return text(&mut note, format!("it is nested deeper than {DEEPEST} levels"));
        }
        let kinds: Vec<Kind> = self.kinds.keys().copied().collect();
        match kinds[..] {
            [] => {
                note("it never has a value, so it is a string".to_owned(), vec![self.first]);
                Some(HiveType::String)
            }
            [Kind::Boolean] => Some(HiveType::Boolean),
            [Kind::Whole] => Some(HiveType::BigInt),
            [Kind::Huge] | [Kind::Whole, Kind::Huge] if self.digits <= 38 => {
                Some(HiveType::Decimal { precision: 38, scale: 0 })
            }
            [Kind::Text] => Some(self.texts.hive_type(target, &mut note, formats)),
            [Kind::Array] => {
                let empty = Shape::default();
                let element = self.element.as_deref().unwrap_or(&empty);
                if element.first == 0 {
                    note("the array is always empty, so its elements are strings".to_owned(), self.records());
                    return Some(HiveType::Array(Box::new(HiveType::String)));
                }
                let element = element.hive_type(target, &format!("{path}[]"), notes, formats)?;
                Some(HiveType::Array(Box::new(element)))
            }
            [Kind::Object] => self.object(target, path, notes, formats),
            _ if kinds.iter().all(|kind| matches!(kind, Kind::Whole | Kind::Huge | Kind::Fraction)) => {
                if let (Some(whole), Some(fraction)) = (
                    self.kinds.get(&Kind::Huge).or(self.kinds.get(&Kind::Whole)),
                    self.kinds.get(&Kind::Fraction),
                ) && self.digits > 15
                {
                    let message =
                        "whole numbers of more than 15 digits beside fractions: a double rounds them";
                    note(message.to_owned(), vec![*whole, *fraction]);
                }
                Some(HiveType::Double)
            }
            _ => {
                let seen: Vec<String> = self
                    .kinds
                    .iter()
                    .map(|(kind, record)| format!("{} in record {record}", kind.name()))
                    .collect();
                text(&mut note, seen.join(", "))
            }
        }
    }

    fn object(
        &self,
        target: Target,
        path: &str,
        notes: &mut Vec<Note>,
        formats: &mut BTreeSet<usize>,
    ) -> Option<HiveType> {
        let map = HiveType::Map(Box::new(HiveType::String), Box::new(HiveType::String));
        let mut note = |path: String, message: &str, records: Vec<u64>| {
            notes.push(Note { path, message: message.to_owned(), records });
        };
        if self.is_wide {
            let message = format!("more than {MOST_FIELDS} different keys");
            let found = (target == Target::OpenX).then_some(map);
            let end = if found.is_some() { "so it is a map of strings" } else { "so it is left out" };
            note(path.to_owned(), &format!("{message}, {end}"), self.records());
            return found;
        }
        if self.fields.is_empty() {
            note(path.to_owned(), "the object is always empty, so it is a map of strings", self.records());
            return Some(map);
        }
        let mut fields = Vec::new();
        for (key, shape) in &self.fields {
            let below = format!("{path}.{key}");
            if !is_field_name(key) {
                notes.push(Note {
                    path: below,
                    message: "left out: no field of a struct can have this name".to_owned(),
                    records: shape.records(),
                });
            } else if let Some(kind) = shape.hive_type(target, &below, notes, formats) {
                fields.push((key.clone(), kind));
            }
        }
        // Every field was left out, and said so.
        (!fields.is_empty()).then_some(HiveType::Struct(fields))
    }
}

impl Texts {
    fn see(&mut self, text: &str, record: u64) {
        self.count += 1;
        // No form of a moment is longer, and most texts are none: the first digit tells.
        let may_be = text.len() <= 40 && text.starts_with(|c: char| c.is_ascii_digit());
        let is_moment = may_be && (time::iso(text).is_some() || time::spaced(text, 1).is_some());
        let is_date = may_be && time::date(text).is_some();
        self.moments += u64::from(is_moment);
        self.dates += u64::from(is_date);
        let format = if may_be { FORMATS.iter().position(|(pattern, _)| reads(pattern, text)) } else { None };
        self.formatted += u64::from(format.is_some());
        self.formats.extend(format);
        if !is_moment && !is_date && format.is_none() {
            self.first_other.get_or_insert(record);
        }
    }

    fn hive_type(
        &self,
        target: Target,
        note: &mut dyn FnMut(String, Vec<u64>),
        formats: &mut BTreeSet<usize>,
    ) -> HiveType {
        if self.dates == self.count {
            return HiveType::Date;
        }
        let read = match target {
            Target::OpenX => self.moments,
            Target::Hive => self.formatted,
        };
        if read == self.count {
            if target == Target::Hive {
                formats.extend(&self.formats);
            }
            return HiveType::Timestamp;
        }
        let timely = self.moments.max(self.formatted);
        if self.formatted == self.count && target == Target::OpenX {
            let examples: Vec<&str> = self.formats.iter().map(|at| FORMATS[*at].0).collect();
            note(
                format!(
                    "timestamps that `OpenXJsonSerDe` does not read ({}), so it is a string; `HiveJsonSerDe` does",
                    examples.join(", ")
                ),
                Vec::new(),
            );
        } else if timely > 0 {
            let records = self.first_other.into_iter().collect();
            note(
                format!(
                    "{timely} of {} strings are timestamps and others are not, so it is a string",
                    self.count
                ),
                records,
            );
        }
        HiveType::String
    }
}

/// Whether a pattern reads a text; none of [`FORMATS`] is wrong, which a test holds.
fn reads(pattern: &str, text: &str) -> bool {
    match TimestampFormat::parse(pattern) {
        Ok(TimestampFormat::Pattern(pattern)) => pattern.read(text).is_some(),
        _ => false,
    }
}
