//! `[[expect]]`: what must come out of a run.

use serde::{Deserialize, Deserializer, de};

use super::super::{samples::pointer::JsonPointer, script::NamePattern, trace::Selector};
use super::value::{self, lane};
use crate::model::destination::contract::Lane;

/// One expectation: at least one of its parts, all of which must hold.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Expect {
    /// What it is called in reports.
    pub name: Option<String>,
    /// Counts of the ledger.
    pub ledger: Option<LedgerCounts>,
    /// Objects, and what is in them.
    pub objects: Option<Objects>,
    /// Requests, and what is in them.
    pub requests: Option<Objects>,
    /// How a record ended.
    pub record: Option<RecordOutcome>,
    /// Keys of all deliveries of lane `destination`, in the manifest's order, as patterns.
    pub order: Option<Vec<String>>,
    /// Warnings, by id.
    pub warnings: Option<Warnings>,
    /// The digest of the whole run.
    pub digest: Option<String>,
}

/// `[expect.ledger]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the members of the ledger, by their names")]
pub struct LedgerCounts {
    pub arrivals: Option<Comparison>,
    pub records: Option<Comparison>,
    pub delivered: Option<Comparison>,
    pub dropped: Option<Comparison>,
    pub processing_failed: Option<Comparison>,
    pub format_conversion_failed: Option<Comparison>,
    pub destination_failed: Option<Comparison>,
    pub rejected: Option<Comparison>,
    pub lost: Option<Comparison>,
    pub backup: Option<Comparison>,
}

/// `[expect.objects]` and `[expect.requests]`: which deliveries, how many, and what each of them is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Objects {
    /// Only those of this lane; `destination` when absent.
    #[serde(default, deserialize_with = "lane")]
    pub lane: Option<Lane>,
    /// Only those in such a bucket.
    pub bucket: Option<String>,
    /// Only those with such a key.
    pub key: Option<String>,
    /// Only those that went to such a target: of requests, instead of bucket and key.
    pub target: Option<String>,
    /// Only those that ended so; `delivered` when absent.
    #[serde(default, deserialize_with = "object_outcome")]
    pub outcome: Option<String>,
    /// How many there are; at least one when absent.
    pub count: Option<Comparison>,
    /// Each one's `Content-Encoding`; empty for none.
    pub content_encoding: Option<String>,
    /// Each one's records.
    pub records: Option<Comparison>,
    /// Each one's size in bytes, as S3 holds it.
    pub bytes: Option<Comparison>,
    /// What sealed each one.
    #[serde(default, deserialize_with = "sealed_by")]
    pub sealed_by: Option<String>,
    /// How often each one was tried.
    pub attempts: Option<Comparison>,
    /// All lines of all of them, decoded, in the manifest's order.
    pub lines: Option<Vec<String>>,
    /// Texts that at least one of them contains, decoded.
    #[serde(default)]
    pub contains: Vec<String>,
    /// JSON of which at least one value holds every member; a line has one value, or several end to end.
    #[serde(default)]
    pub json: Vec<toml::Value>,
}

/// `[expect.record]`: which record, and how it ended.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RecordOutcome {
    /// The N-th of the input, from 1.
    pub number: Option<u64>,
    /// The one on this line of the first input, from 1.
    pub line: Option<u64>,
    /// All whose field, named by a JSON Pointer, has this value.
    #[serde(rename = "where")]
    pub field: Option<toml::Table>,
    /// How many times such records ended; at least once when absent.
    pub count: Option<Comparison>,
    /// How each one ended.
    #[serde(default, deserialize_with = "record_outcome")]
    pub outcome: Option<String>,
    /// The key of the object that each one came into.
    pub key: Option<String>,
}

/// `[expect.warnings]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Warnings {
    /// Ids that the report has.
    #[serde(default)]
    pub present: Vec<String>,
    /// Ids that it has not.
    #[serde(default)]
    pub absent: Vec<String>,
}

/// A count, or a comparison with one, such as `">= 5"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparison {
    operator: &'static str,
    count: u64,
}

impl Comparison {
    /// At least one.
    pub const SOME: Comparison = Comparison { operator: ">=", count: 1 };

    /// Whether it holds for a count.
    pub fn holds(self, count: u64) -> bool {
        match self.operator {
            ">=" => count >= self.count,
            "<=" => count <= self.count,
            ">" => count > self.count,
            "<" => count < self.count,
            "!=" => count != self.count,
            _ => count == self.count,
        }
    }
}

impl std::fmt::Display for Comparison {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.operator {
            "==" => write!(formatter, "{}", self.count),
            operator => write!(formatter, "{operator} {}", self.count),
        }
    }
}

impl<'de> Deserialize<'de> for Comparison {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Comparison, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = Comparison;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a count from 0, or a comparison such as \">= 5\"")
            }

            fn visit_i64<E: de::Error>(self, count: i64) -> Result<Comparison, E> {
                let refuse = |_| E::invalid_value(de::Unexpected::Signed(count), &self);
                Ok(Comparison { operator: "==", count: u64::try_from(count).map_err(refuse)? })
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Comparison, E> {
                for operator in [">=", "<=", "!=", "==", ">", "<"] {
                    if let Some(rest) = text.trim().strip_prefix(operator)
                        && let Ok(count) = rest.trim().parse()
                    {
                        return Ok(Comparison { operator, count });
                    }
                }
                Err(E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

impl Expect {
    /// What is wrong with it as a whole.
    pub(super) fn check(&self) -> Result<(), String> {
        let parts = [
            self.ledger.is_some(),
            self.objects.is_some(),
            self.requests.is_some(),
            self.record.is_some(),
            self.order.is_some(),
            self.warnings.is_some(),
            self.digest.is_some(),
        ];
        if !parts.contains(&true) {
            return Err(
                "an expectation needs at least one of `ledger`, `objects`, `requests`, `record`, `order`, `warnings` \
                        and `digest`"
                    .to_owned(),
            );
        }
        if self.objects.as_ref().is_some_and(|objects| objects.target.is_some()) {
            return Err("`target` is of `requests`; objects have `bucket` and `key`".to_owned());
        }
        if let Some(Objects { lane, bucket, key, .. }) = &self.requests
            && (lane.is_some() || bucket.is_some() || key.is_some())
        {
            return Err("requests have no `lane`, `bucket` or `key`; they have a `target`".to_owned());
        }
        match &self.record {
            Some(record) => record.selector().map(|_| ()),
            None => Ok(()),
        }
    }

    /// What it is called, or what it is about.
    pub fn title(&self) -> String {
        let part = |is_given: bool, name: &'static str| is_given.then_some(name);
        self.name.clone().unwrap_or_else(|| {
            let parts = [
                part(self.ledger.is_some(), "ledger"),
                part(self.objects.is_some(), "objects"),
                part(self.requests.is_some(), "requests"),
                part(self.record.is_some(), "record"),
                part(self.order.is_some(), "order"),
                part(self.warnings.is_some(), "warnings"),
                part(self.digest.is_some(), "digest"),
            ];
            parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
        })
    }

    /// Whether bodies must have been written to judge it.
    pub fn needs_bodies(&self) -> bool {
        [&self.objects, &self.requests].into_iter().flatten().any(|objects| {
            objects.lines.is_some() || !objects.contains.is_empty() || !objects.json.is_empty()
        })
    }
}

impl RecordOutcome {
    /// Which record is meant.
    ///
    /// # Errors
    /// When not exactly one of `number`, `line` and `where` is given, or `where` names no field.
    pub fn selector(&self) -> Result<Selector, String> {
        let one = |number: u64| if number == 0 { Err("records and lines count from 1") } else { Ok(number) };
        match (self.number, self.line, &self.field) {
            (Some(number), None, None) => Ok(Selector::Number(one(number)?)),
            (None, Some(line), None) => Ok(Selector::Line(one(line)?)),
            (None, None, Some(table)) => match table.iter().collect::<Vec<_>>()[..] {
                [(pointer, value)] => {
                    let pointer: JsonPointer =
                        pointer.parse().map_err(|error| format!("`where`: {error}"))?;
                    Ok(Selector::Where(pointer, json(value)))
                }
                _ => Err("`where` names one field, as in { \"/id\" = 7 }".to_owned()),
            },
            _ => Err("a record is named by one of `number`, `line` and `where`".to_owned()),
        }
    }

    /// What the record is called in reports.
    pub fn title(&self) -> String {
        match (self.number, self.line, &self.field) {
            (Some(number), ..) => format!("record {number}"),
            (_, Some(line), _) => format!("the record on line {line}"),
            (_, _, Some(table)) => {
                let fields: Vec<String> =
                    table.iter().map(|(key, value)| format!("{key} = {value}")).collect();
                format!("records with {}", fields.join(", "))
            }
            _ => "the record".to_owned(),
        }
    }
}

impl Objects {
    /// Whether an object is among those that are meant.
    pub fn selects(&self, lane: &str, bucket: &str, key: &str, outcome: &str) -> bool {
        let fits = |pattern: &Option<String>, name: &str| {
            pattern.as_ref().is_none_or(|pattern| NamePattern::new(&**pattern).fits(name))
        };
        // A request's target stands in the place of its key.
        let wanted = self.lane.unwrap_or(Lane::Destination);
        super::super::trace::lane_name(wanted) == lane
            && self.outcome.as_deref().unwrap_or("delivered") == outcome
            && fits(&self.bucket, bucket)
            && fits(&self.key, key)
            && fits(&self.target, key)
    }
}

/// A value of TOML as JSON; times become text.
pub fn json(value: &toml::Value) -> serde_json::Value {
    match value {
        toml::Value::String(text) => text.as_str().into(),
        toml::Value::Integer(number) => (*number).into(),
        toml::Value::Float(number) => (*number).into(),
        toml::Value::Boolean(value) => (*value).into(),
        toml::Value::Datetime(time) => time.to_string().into(),
        toml::Value::Array(items) => items.iter().map(json).collect(),
        toml::Value::Table(table) => table.iter().map(|(key, value)| (key.clone(), json(value))).collect(),
    }
}

fn object_outcome<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    value::listed(deserializer, "outcome of an object", &["delivered", "failed", "lost"]).map(Some)
}

fn record_outcome<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    value::listed(
        deserializer,
        "outcome of a record",
        &[
            "delivered",
            "dropped",
            "processing_failed",
            "format_conversion_failed",
            "destination_failed",
            "lost",
            "rejected",
        ],
    )
    .map(Some)
}

fn sealed_by<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    value::listed(deserializer, "reason of sealing", &["size", "interval", "drain"]).map(Some)
}
