//! What the OpenSearch destinations are sent: documents in `_bulk` requests, each answered for itself.
//!
//! Source: behaviour sheet, 10.3 and 10.4. The service, the legacy Elasticsearch block and Serverless differ in
//! [`Flavour`] and in what their templates can say.

use std::{fmt::Write as _, io, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};

use super::{
    bulk_answer,
    contract::{Contract, Step},
    delivery::{Defaults, Delivery, Waits},
    request::{
        Answer, Attempts, Batch, Header, HttpHead, Judgement, Refusal, RequestHead, Requests, Scripted,
        Secret, UndeliveredRecord,
    },
};
use crate::{
    foundation::{document::Node, timestamp::Timestamp},
    model::{
        buffering_hints::BufferingHints,
        format::json::Json,
        index_name::{IndexRotationPeriod, index_name},
        json_row,
        lower::Lowering,
    },
};

/// The `error-output-type` of all three. CHOICE: with a hyphen; the guide spells it with an underscore elsewhere, and older
/// streams wrote `elasticsearch-failed`.
pub const ERROR_OUTPUT_TYPE: &str = "AmazonOpenSearchService-failed";

/// How long an answer may take. CHOICE: undocumented.
const PATIENCE: Duration = Duration::from_secs(180);

/// Which of the three it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    /// `AmazonopensearchserviceDestinationConfiguration`.
    Service,
    /// `ElasticsearchDestinationConfiguration`.
    Elasticsearch,
    /// `AmazonOpenSearchServerlessDestinationConfiguration`.
    Serverless,
}

/// Documents in bulk.
#[derive(Clone, Debug)]
pub struct Bulk {
    /// Which of the three it is.
    pub flavour: Flavour,
    /// The URL of the cluster or collection, without a slash at its end.
    pub endpoint: String,
    /// Whether the endpoint is made up, because only the domain's ARN is known.
    pub is_made_up: bool,
    /// `IndexName`.
    pub index: String,
    /// `IndexRotationPeriod`.
    pub rotation: IndexRotationPeriod,
    /// `TypeName`, where it is set and not empty.
    pub type_name: Option<String>,
    /// Whether documents have ids of Firehose's; not with `NO_DOCUMENT_ID`, nor at a collection.
    pub has_ids: bool,
}

impl Bulk {
    /// Reads what a domain's block says; [`Flavour::Serverless`] has less.
    pub(super) fn lower(block: &Node, lowering: &mut Lowering, flavour: Flavour) -> Option<Bulk> {
        let endpoint = match flavour {
            Flavour::Serverless => lowering.required(block, "CollectionEndpoint").map(|url| (url, false)),
            Flavour::Service | Flavour::Elasticsearch => domain(block, lowering),
        };
        let index = lowering.required(block, "IndexName");
        let (mut rotation, mut type_name, mut has_ids) = (IndexRotationPeriod::NoRotation, None, false);
        if flavour != Flavour::Serverless {
            rotation = match lowering.optional(block, "IndexRotationPeriod")? {
                Some(name) => IndexRotationPeriod::named(&name).or_else(|| {
                    let place = block.get("IndexRotationPeriod").unwrap_or(block);
                    lowering.problem(place, format!("`{name}` is no rotation period of an index"));
                    None
                })?,
                None => IndexRotationPeriod::default(),
            };
            type_name = lowering.optional(block, "TypeName")?.filter(|name| !name.is_empty());
            has_ids = match block.get("DocumentIdOptions") {
                Some(options) => {
                    let format = lowering.optional(options, "DefaultDocumentIdFormat")?;
                    format.as_deref() != Some("NO_DOCUMENT_ID")
                }
                None => true,
            };
        }
        lowering.not_applied(block, "VpcConfiguration", "no network is made");
        let (endpoint, is_made_up) = endpoint?;
        let endpoint = endpoint.trim_end_matches('/').to_owned();
        Some(Bulk { flavour, endpoint, is_made_up, index: index?, rotation, type_name, has_ids })
    }

    /// The index that a record goes into which arrived then.
    fn index_at(&self, arrival: i64) -> String {
        let arrival = Timestamp::from_millis(arrival).unwrap_or(Timestamp::DEFAULT_START);
        index_name(&self.index, self.rotation, arrival)
    }

    /// The line before a document.
    fn action(&self, batch: &Batch<'_>, index: u32, arrival: i64) -> String {
        let mut line = String::from("{\"index\":{\"_index\":");
        let text = |text: &str| Value::from(text).to_string();
        line += &text(&self.index_at(arrival));
        if let Some(name) = &self.type_name {
            line += ",\"_type\":";
            line += &text(name);
        }
        if self.has_ids {
            // Writing into a string can't fail.
            let _ = write!(line, ",\"_id\":\"{}\"", batch.record_id(index));
        }
        line += "}}\n";
        line
    }
}

/// The endpoint of a domain, and whether it is made up.
fn domain(block: &Node, lowering: &mut Lowering) -> Option<(String, bool)> {
    if let Some(url) = lowering.optional(block, "ClusterEndpoint")? {
        return Some((url, false));
    }
    let arn = lowering.required(block, "DomainARN")?;
    // arn:aws:es:<region>:<account>:domain/<name>
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let name = parts.get(5).and_then(|resource| resource.strip_prefix("domain/"));
    match (parts.get(1), parts.get(3), name) {
        (Some(partition), Some(region), Some(name)) if !name.is_empty() => {
            let suffix = if *partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
            // The service adds characters of its own behind the name, which only a deployment tells.
            // Domain names have no capitals; a made-up one may.
            Some((format!("https://search-{}.{region}.es.{suffix}", name.to_lowercase()), true))
        }
        _ => {
            let place = block.get("DomainARN").unwrap_or(block);
            lowering.problem(place, format!("`{arn}` is no ARN of a domain"));
            None
        }
    }
}

/// What is not a destination's own; `AppendDelimiterToRecord` has nothing to do here.
pub(super) fn delivery(block: &Node, lowering: &mut Lowering) -> Option<Delivery> {
    let defaults = Defaults { hints: BufferingHints::new(5, 300), retry: Duration::from_secs(300) };
    let mut delivery = Delivery::lower(block, lowering, "AllDocuments", defaults)?;
    if !delivery.delimiter.is_empty() {
        lowering.aside("`AppendDelimiterToRecord` (each document stands on a line of its own)");
        delivery.delimiter = Box::default();
    }
    Some(delivery)
}

/// All that the engine may know. CHOICE: the waits are not documented, beyond that they grow; those of an HTTP endpoint.
pub(super) fn contract(delivery: &Delivery) -> Contract {
    delivery.contract(&[Step::Request], Waits::HTTP, ERROR_OUTPUT_TYPE)
}

/// A record as a line of a bulk: without the white space around it.
fn document(record: &[u8]) -> &[u8] {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let start = record.iter().position(|byte| !is_space(byte)).unwrap_or(record.len());
    let end = record.iter().rposition(|byte| !is_space(byte)).map_or(start, |last| last + 1);
    &record[start..end]
}

/// What makes a record no document: each is one JSON object, in UTF-8 and on one line.
fn malformed(record: &[u8]) -> Option<&'static str> {
    let line = document(record);
    if memchr::memchr(b'\n', line).is_some() {
        return Some(
            "The record has a line break inside: in a bulk, each line is a document or a command of its own.",
        );
    }
    let Ok(text) = std::str::from_utf8(line) else { return Some("The record is not UTF-8.") };
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    match (line.first(), values.next()) {
        (None, _) => Some("The record is empty; a document is one JSON object."),
        (Some(b'{'), Some(Ok(_))) if values.next().is_some() => {
            Some("The record holds more than one JSON object.")
        }
        (Some(b'{'), Some(Ok(_))) => is_command(text).then_some(
            "The record is a bulk command (`index`, `create`, `update` or `delete`): in a bulk it would be obeyed, not stored.",
        ),
        (Some(b'{'), _) => Some("The record is no valid JSON."),
        (Some(_), _) => Some("The record is no JSON object."),
    }
}

/// Whether an object would be obeyed as a command of a bulk. CHOICE: one whose only member is named as a command and holds
/// an object; a document that merely has such a member among others is let pass.
fn is_command(object: &str) -> bool {
    // All but very few records are told by their first letter, without being read again.
    let name = object[1..].trim_start().strip_prefix('"');
    if !name.is_some_and(|name| name.starts_with(['i', 'c', 'u', 'd', '\\'])) {
        return false;
    }
    let Ok(members) = json_row::members(object.as_bytes()) else { return false };
    let [(name, Json::Object(..))] = &members[..] else { return false };
    ["index", "create", "update", "delete"].contains(&&**name)
}

#[cfg(feature = "simulate")]
impl Requests for Bulk {
    fn folder(&self) -> &'static str {
        match self.flavour {
            Flavour::Service => "opensearch",
            Flavour::Elasticsearch => "elasticsearch",
            Flavour::Serverless => "opensearch-serverless",
        }
    }

    /// CHOICE: such a record is not sent, and spares the others of its request what it would do to them.
    fn refuses(&self, record: &[u8]) -> Option<Refusal> {
        malformed(record).map(|why| Refusal::new("OS.MalformedData", why))
    }

    fn index(&self, arrival: i64) -> Option<String> {
        Some(self.index_at(arrival))
    }

    fn head(&self, _batch: &Batch<'_>) -> RequestHead {
        let url = format!("{}/_bulk", self.endpoint);
        RequestHead {
            target: url.clone(),
            ending: "ndjson",
            content_encoding: None,
            http: Some(HttpHead {
                method: "POST",
                url: Secret::new(url),
                headers: vec![Header::new("Content-Type", "application/x-ndjson")],
            }),
        }
    }

    fn body(&self, batch: &Batch<'_>, out: &mut dyn io::Write) -> io::Result<()> {
        for record in batch.records() {
            out.write_all(self.action(batch, record.index, record.arrival).as_bytes())?;
            out.write_all(document(record.bytes))?;
            out.write_all(b"\n")?;
        }
        Ok(())
    }

    fn answer(&self, batch: &Batch<'_>, scripted: &Scripted) -> Answer {
        let documents: Vec<bulk_answer::Document> = batch
            .records()
            .map(|record| bulk_answer::Document {
                record: record.index,
                index: self.index_at(record.arrival),
                id: batch.record_id(record.index),
            })
            .collect();
        bulk_answer::made_up(&documents, scripted)
    }

    fn judge(&self, batch: &Batch<'_>, answer: &Answer) -> Judgement {
        let sent: Vec<u32> = batch.records().map(|record| record.index).collect();
        Judgement::Final(bulk_answer::verdict(answer, &sent))
    }

    fn patience(&self) -> Duration {
        PATIENCE
    }

    fn answers_by_record(&self) -> bool {
        true
    }

    fn choices(&self, attempts: Attempts) -> Vec<(&'static str, &'static str)> {
        let mut all = vec![(
            "bulk-form",
            "A flushed buffer is one `_bulk` request with an `index` action for each record, signed as any request to \
             the service; the signature is left out.",
        )];
        if self.is_made_up {
            all.push((
                "domain-endpoint",
                "The template names the domain by its ARN; its endpoint is known after a deployment, and made up here.",
            ));
        }
        if self.rotation == IndexRotationPeriod::OneWeek {
            all.push((
                "index-week",
                "Weeks in index names start on Sunday, and week 1 holds the year's first Saturday, as the guide says; \
                 its sample has another number.",
            ));
        }
        if self.flavour == Flavour::Serverless {
            all.push((
                "serverless-ids",
                "Documents are sent without ids, which collections of type TIMESERIES and VECTORSEARCH would refuse; one \
                 that is sent again may be there twice.",
            ));
        }
        if attempts.retried {
            all.push((
                "bulk-retries",
                "Of a bulk, the documents that failed are sent again, whatever their status, after 1 s, doubling up to \
                 120 s, times 0.85 to 1.15; the time that attempts themselves take does not count against the retry \
                 duration.",
            ));
        }
        all
    }

    fn document(&self, failed: &UndeliveredRecord<'_>) -> Vec<u8> {
        // CHOICE: what is known by an id keeps it here, though a collection is not sent it.
        let has_id = self.has_ids || self.flavour == Flavour::Serverless;
        let id = if has_id { failed.id.as_str() } else { "" };
        let index = self.index_at(failed.arrival);
        let mut line = Map::new();
        let mut add = |name: &str, value: Value| drop(line.insert(name.to_owned(), value));
        add("attemptsMade", json!(failed.attempts));
        add("arrivalTimestamp", json!(failed.arrival));
        add("errorCode", json!(failed.refusal.code));
        add("errorMessage", json!(failed.refusal.message));
        add("attemptEndingTimestamp", json!(failed.ended.as_millis()));
        if self.flavour == Flavour::Serverless {
            add("osDocumentId", json!(id));
            add("osIndexName", json!(index));
        } else {
            add("esDocumentId", json!(id));
            add("esIndexName", json!(index));
            add("esTypeName", json!(self.type_name.as_deref().unwrap_or_default()));
        }
        add("rawData", json!(STANDARD.encode(failed.bytes)));
        format!("{}\n", Value::Object(line)).into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_one_object_on_one_line() {
        for record in ["{}", "{\"a\":\"\\n\"}", " {\"a\":[1,{}]} \r\n", "{\"index\":7}"] {
            assert_eq!(malformed(record.as_bytes()), None, "{record}");
        }
        for (record, why) in [
            ("", "empty"),
            (" \n", "empty"),
            ("[{}]", "no JSON object"),
            ("7", "no JSON object"),
            ("hello", "no JSON object"),
            ("{\"a\":1", "no valid JSON"),
            ("{\"a\":1}}", "more than one"),
            ("{\"a\":1}{\"a\":2}", "more than one"),
            ("{\"a\":1} {\"a\":2}", "more than one"),
            ("{\"a\":1}\n{\"a\":2}", "line break"),
            ("{\n\"a\":1}", "line break"),
            ("{\"index\":{}}\n{\"a\":1}\n", "line break"),
            ("{\"delete\":{\"_index\":\"x\",\"_id\":\"1\"}}", "bulk command"),
        ] {
            let told = malformed(record.as_bytes()).unwrap_or("nothing");
            assert!(told.contains(why), "{record}: {told}");
        }
        assert_eq!(malformed(b"{\"a\":\"\xff\"}"), Some("The record is not UTF-8."));
        // No depth of nesting is too much to look at.
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(500_000), "]".repeat(500_000));
        assert_eq!(malformed(deep.as_bytes()), None);
    }
}
