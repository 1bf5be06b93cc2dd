//! Answers to `_bulk` requests: those that a healthy cluster gives, and what any answer means for each document.
//!
//! The form is that of OpenSearch's own documentation of the bulk API. CHOICE, where the guide is silent: only documents
//! that failed are sent again, and whatever they failed with, since it makes no exception.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::request::{
    Answer, DocumentVerdict, Refusal, RefusedDocument, Response, Scripted, Trouble, Verdict,
};
use crate::model::index_name;

/// The most characters of an answer that become a message.
const LONGEST_MESSAGE: usize = 4_096;

/// A document of a request.
#[derive(Clone, Debug)]
pub(super) struct Document {
    /// The record's index in the buffer.
    pub(super) record: u32,
    /// The index that it goes into.
    pub(super) index: String,
    /// Its id.
    pub(super) id: String,
}

/// What a cluster answers that takes each document, but for those that a scenario refuses, and those whose index can't
/// exist.
pub(super) fn made_up(documents: &[Document], scripted: &Scripted) -> Answer {
    if let Some(trouble) = scripted.trouble() {
        return trouble;
    }
    let status = scripted.status.unwrap_or(200);
    let body = if status == 200 {
        let refused: BTreeMap<u32, &RefusedDocument> =
            scripted.documents.iter().map(|refused| (refused.index, refused)).collect();
        let items: Vec<Value> =
            documents.iter().map(|document| item(document, refused.get(&document.record).copied())).collect();
        let has_errors = items.iter().any(|item| item["index"]["error"].is_object());
        json!({ "took": 1, "errors": has_errors, "items": items })
    } else {
        let (kind, reason) = error(status);
        json!({ "error": { "type": kind, "reason": reason }, "status": status })
    };
    let healthy = Response {
        status: 200,
        headers: vec![("Content-Type".to_owned(), "application/json; charset=UTF-8".to_owned())],
        body: body.to_string().into_bytes(),
        ..Response::default()
    };
    Answer::Response(healthy.scripted(scripted))
}

fn item(document: &Document, refused: Option<&RefusedDocument>) -> Value {
    let Document { index, id, .. } = document;
    let refuse = |status: u16, kind: &str, reason: &str| {
        json!({ "index": {
            "_index": index, "_id": id, "status": status, "error": { "type": kind, "reason": reason },
        } })
    };
    match (refused, index_name::problem(index)) {
        (Some(RefusedDocument { status, kind, reason, .. }), _) => refuse(*status, kind, reason),
        (None, Some(why)) => {
            refuse(400, "invalid_index_name_exception", &format!("Invalid index name [{index}], {why}"))
        }
        (None, None) => {
            json!({ "index": { "_index": index, "_id": id, "result": "created", "status": 201 } })
        }
    }
}

/// What clusters say with these statuses.
fn error(status: u16) -> (&'static str, &'static str) {
    match status {
        403 => ("security_exception", "no permissions for [indices:data/write/bulk]"),
        413 => ("content_too_long_exception", "the body is longer than the cluster takes"),
        429 => ("rejected_execution_exception", "the write queue is full"),
        503 => ("cluster_block_exception", "the cluster is not available"),
        _ => ("exception", "the scenario lets the request fail"),
    }
}

/// What an answer means for the documents with these record indexes, in the order of sending.
pub(super) fn verdict(answer: &Answer, sent: &[u32]) -> Verdict {
    match answer {
        Answer::Trouble(trouble) => Verdict::Retry(of_trouble(*trouble)),
        Answer::Error(code) => Verdict::Retry(Refusal::new(code, "The bulk request failed.")),
        Answer::Response(response) => of_response(response, sent),
    }
}

fn of_trouble(trouble: Trouble) -> Refusal {
    let (code, message) = match trouble {
        Trouble::ConnectionFailed => ("OS.ConnectionFailed", "No connection to the endpoint could be made."),
        Trouble::ConnectionReset => ("OS.ConnectionReset", "The connection to the endpoint was reset."),
        Trouble::Timeout => ("OS.RequestTimeout", "The endpoint did not answer within 180 seconds."),
        Trouble::TlsHandshake => ("OS.ConnectionError", "The TLS handshake with the endpoint failed."),
    };
    Refusal::new(code, message)
}

fn of_response(response: &Response, sent: &[u32]) -> Verdict {
    if !(200..300).contains(&response.status) {
        let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        let message = match body.get("error") {
            Some(error) => message(error),
            None => cut(&String::from_utf8_lossy(&response.body)),
        };
        return Verdict::Retry(Refusal::new(response.status.to_string(), message));
    }
    let body: Option<Value> = serde_json::from_slice(&response.body).ok();
    let Some(items) = body.as_ref().and_then(|body| body["items"].as_array()) else {
        let message = "The answer is no answer to a bulk request: it has no `items`.";
        return Verdict::Retry(Refusal::new("OS.AmazonOpenSearchServiceParseException", message));
    };
    if items.len() != sent.len() {
        let message = format!("{} documents were sent, and {} are answered.", sent.len(), items.len());
        return Verdict::Retry(Refusal::new("OS.ResponseEntryCountMismatch", message));
    }
    let refused: Vec<DocumentVerdict> = sent
        .iter()
        .zip(items)
        .filter_map(|(index, item)| {
            Some(DocumentVerdict { index: *index, retry: true, refusal: of_item(item)? })
        })
        .collect();
    if refused.is_empty() { Verdict::Taken } else { Verdict::Partly(refused) }
}

/// Why a document was not taken; `None` where it was.
fn of_item(item: &Value) -> Option<Refusal> {
    // Under the name of the action.
    let result = item.as_object().and_then(|item| item.values().next());
    let status = result.and_then(|result| result["status"].as_u64());
    let error = result.and_then(|result| result.get("error"));
    match (status, error) {
        (Some(200..=299), None) => None,
        (Some(status), Some(error)) => Some(Refusal::new(status.to_string(), message(error))),
        (Some(status), None) => {
            Some(Refusal::new(status.to_string(), format!("The document was refused with {status}.")))
        }
        (None, _) => {
            let code = "OS.AmazonOpenSearchServiceParseException";
            Some(Refusal::new(code, "The answer has no status for the document."))
        }
    }
}

/// An error as the cluster says it.
fn message(error: &Value) -> String {
    cut(&error.as_str().map_or_else(|| error.to_string(), str::to_owned))
}

fn cut(text: &str) -> String {
    text.chars().take(LONGEST_MESSAGE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, body: &str) -> Verdict {
        let response = Response { status, body: body.as_bytes().to_vec(), ..Response::default() };
        verdict(&Answer::Response(response), &[3, 5])
    }

    fn code(status: u16, body: &str) -> String {
        match judged(status, body) {
            Verdict::Retry(refusal) => refusal.code,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn documents_are_judged_one_by_one_in_the_order_of_sending() {
        let body = r#"{"took":3,"errors":true,"items":[
            {"index":{"_index":"i","_id":"1","status":201,"result":"created"}},
            {"index":{"_index":"i","_id":"2","status":400,"error":{"type":"mapper_parsing_exception","reason":"no"}}}]}"#;
        let refusal = Refusal::new("400", r#"{"type":"mapper_parsing_exception","reason":"no"}"#);
        assert_eq!(
            judged(200, body),
            Verdict::Partly(vec![DocumentVerdict { index: 5, retry: true, refusal }])
        );
        let all = r#"{"errors":false,"items":[{"index":{"status":200}},{"create":{"status":201}}]}"#;
        assert_eq!(judged(200, all), Verdict::Taken);
    }

    #[test]
    fn what_does_not_answer_each_document_answers_none() {
        let count = r#"{"errors":false,"items":[{"index":{"status":201}}]}"#;
        assert_eq!(code(200, count), "OS.ResponseEntryCountMismatch");
        assert_eq!(code(200, "<html>"), "OS.AmazonOpenSearchServiceParseException");
        assert_eq!(code(200, "[]"), "OS.AmazonOpenSearchServiceParseException");
        for status in [302, 400, 403, 413, 429, 503] {
            assert_eq!(code(status, ""), status.to_string());
        }
        let empty = r#"{"items":[{},{"index":7}]}"#;
        let Verdict::Partly(documents) = judged(200, empty) else { panic!("no status is no success") };
        assert_eq!(documents.len(), 2);
    }

    #[test]
    fn an_index_that_can_t_exist_takes_nothing() {
        let document = Document { record: 3, index: "IoT-logs".to_owned(), id: "1".to_owned() };
        let answer = made_up(&[document], &Scripted::default());
        let Verdict::Partly(documents) = verdict(&answer, &[3]) else { panic!("it is taken") };
        let refusal = &documents[0].refusal;
        let reason = "Invalid index name [IoT-logs], must be lowercase";
        assert!(refusal.code == "400" && refusal.message.contains(reason), "{refusal:?}");
    }
}
