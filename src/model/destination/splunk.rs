//! Splunk's HTTP event collector: raw or event endpoint, with acknowledgement by the indexer.
//!
//! `SplunkDestinationConfiguration` (behaviour sheet, 10.5). AWS does not document the form of the request; CHOICE: as
//! Splunk's own documentation of the collector has it.

use std::{io, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    DestinationKind, ObjectSettings,
    contract::{Contract, Lane, Step},
    delivery::{Defaults, Delivery, Waits},
    request::{
        Acknowledgement, Answer, Attempts, Batch, Header, HttpHead, Judgement, Refusal, RequestHead,
        Requests, Response, Scripted, Secret, Trouble, UndeliveredRecord, Verdict,
    },
};
use crate::{
    foundation::{byte_size::ByteSize, document::Node, seed::Purpose},
    model::{
        buffering_hints::BufferingHints, http_partners::secret_parts, lower::Lowering, processor::Processing,
    },
};

/// Hints of a stream without any (behaviour sheet, 3).
const DEFAULT_HINTS: BufferingHints = BufferingHints::new(5, 60);

/// `RetryOptions` of a stream without any. CHOICE: undocumented.
const DEFAULT_RETRY: Duration = Duration::from_secs(300);

/// `HECAcknowledgmentTimeoutInSeconds` of a stream without it. CHOICE: undocumented, the least that it may be.
const DEFAULT_ACKNOWLEDGEMENT: Duration = Duration::from_secs(180);

/// The buffer in front of a function where its processor has no hints: 256 KB, not 1 MB (behaviour sheet, 4.1).
const FUNCTION_HINTS: BufferingHints =
    BufferingHints { size: ByteSize::bytes(256 << 10), interval: Duration::from_secs(60) };

/// How often an acknowledgement is asked for. CHOICE: undocumented.
const ASKED_EVERY: Duration = Duration::from_secs(10);

/// How long an answer may take. CHOICE: undocumented.
const PATIENCE: Duration = Duration::from_secs(180);

/// A Splunk collector.
#[derive(Clone, Debug)]
pub struct Splunk {
    /// `HECEndpoint`, without a slash at its end.
    pub endpoint: Secret,
    /// `HECEndpointType: Event`; else `Raw`.
    pub is_event: bool,
    /// `HECToken`.
    pub token: Option<Secret>,
    /// How long an acknowledgement is waited for.
    pub acknowledgement: Duration,
    /// Whether the template leaves that out.
    pub is_default_acknowledgement: bool,
    /// What is not its own.
    pub delivery: Delivery,
}

impl DestinationKind for Splunk {
    const PROPERTY: &'static str = "SplunkDestinationConfiguration";

    fn lower(block: &Node, lowering: &mut Lowering) -> Option<Splunk> {
        let endpoint = lowering.required(block, "HECEndpoint");
        let kind = lowering.required(block, "HECEndpointType");
        let token = lowering.secret(block, block.get("HECToken"));
        let seconds = lowering.number(block, "HECAcknowledgmentTimeoutInSeconds")?;
        lowering.function_hints = Some(FUNCTION_HINTS);
        let defaults = Defaults { hints: DEFAULT_HINTS, retry: DEFAULT_RETRY };
        let delivery = Delivery::lower(block, lowering, "AllEvents", defaults)?;
        Some(Splunk {
            endpoint: Secret::new(endpoint?.trim_end_matches('/')),
            is_event: kind? == "Event",
            token,
            is_default_acknowledgement: seconds.is_none(),
            acknowledgement: seconds.map_or(DEFAULT_ACKNOWLEDGEMENT, Duration::from_secs),
            delivery,
        })
    }

    fn contract(&self) -> Contract {
        // CHOICE: the waits are not documented; those of an HTTP endpoint.
        self.delivery.contract(&[Step::Request], Waits::HTTP, "splunk-failed")
    }

    fn processing(&self) -> &Processing {
        &self.delivery.processing
    }

    fn objects(&self, lane: Lane) -> Option<ObjectSettings<'_>> {
        self.delivery.objects(lane)
    }

    #[cfg(feature = "simulate")]
    fn requests(&self) -> Option<&dyn Requests> {
        Some(self)
    }
}

impl Splunk {
    fn request(&self, batch: &Batch<'_>, service: &str) -> RequestHead {
        // One channel for all requests of a stream, as sticky sessions want it.
        let channel = batch.seed.uuid(Purpose::Channel, 0);
        let url = |endpoint: &str| format!("{endpoint}/services/collector/{service}?channel={channel}");
        let mut headers = Vec::new();
        if let Some(token) = &self.token {
            headers.push(Header::secret("Authorization", Secret::new(format!("Splunk {}", token.reveal()))));
        }
        headers.push(Header::new("X-Splunk-Request-Channel", channel.clone()));
        let mut shown = self.endpoint.reveal().to_owned();
        for part in secret_parts(&shown.clone()).into_iter().rev() {
            shown.replace_range(part, "***");
        }
        RequestHead {
            target: url(&shown),
            ending: "body",
            content_encoding: None,
            http: Some(HttpHead { method: "POST", url: Secret::new(url(self.endpoint.reveal())), headers }),
        }
    }
}

#[cfg(feature = "simulate")]
impl Requests for Splunk {
    fn folder(&self) -> &'static str {
        "splunk"
    }

    fn head(&self, batch: &Batch<'_>) -> RequestHead {
        self.request(batch, if self.is_event { "event" } else { "raw" })
    }

    /// The records' bytes as they were sent, end to end.
    fn body(&self, batch: &Batch<'_>, out: &mut dyn io::Write) -> io::Result<()> {
        batch.records().try_for_each(|record| out.write_all(record.bytes))
    }

    fn answer(&self, batch: &Batch<'_>, scripted: &Scripted) -> Answer {
        if let Some(trouble) = scripted.trouble() {
            return trouble;
        }
        let body = match scripted.status.unwrap_or(200) {
            200 => json!({ "text": "Success", "code": 0, "ackId": batch.serial }),
            400 => json!({ "text": "Invalid data format", "code": 6 }),
            401 => json!({ "text": "Token is required", "code": 2 }),
            403 => json!({ "text": "Invalid token", "code": 4 }),
            503 => json!({ "text": "Server is busy", "code": 9 }),
            500 => json!({ "text": "Internal server error", "code": 8 }),
            // What the collector has no code for, it answers with the status in words.
            404 => json!({ "text": "The requested URL was not found on this server." }),
            413 => json!({ "text": "The request entity is larger than the collector takes." }),
            429 => json!({ "text": "Too many requests." }),
            status => json!({ "text": format!("The collector's answer has the status {status}.") }),
        };
        let healthy = Response {
            status: 200,
            headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
            body: body.to_string().into_bytes(),
            ..Response::default()
        };
        Answer::Response(healthy.scripted(scripted))
    }

    fn judge(&self, _batch: &Batch<'_>, answer: &Answer) -> Judgement {
        let refusal = match answer {
            Answer::Trouble(trouble) => of_trouble(*trouble),
            Answer::Error(code) => Refusal::new(code, "The request to the collector failed."),
            Answer::Response(response) => match of_response(response) {
                Ok(id) => return Judgement::Awaits(id),
                Err(refusal) => refusal,
            },
        };
        Judgement::Final(Verdict::Retry(refusal))
    }

    fn patience(&self) -> Duration {
        PATIENCE
    }

    fn acknowledgement(&self) -> Option<Acknowledgement> {
        let seconds = self.acknowledgement.as_secs();
        let message = format!(
            "Did not receive an acknowledgement from the collector within {seconds} seconds. The data may have been \
             indexed nevertheless."
        );
        let refusal = Refusal::new("Splunk.AckTimeout", message);
        Some(Acknowledgement { timeout: self.acknowledgement, every: ASKED_EVERY, refusal })
    }

    fn question(&self, batch: &Batch<'_>, id: u64) -> Option<(RequestHead, Vec<u8>)> {
        Some((self.request(batch, "ack"), json!({ "acks": [id] }).to_string().into_bytes()))
    }

    fn acknowledges(&self, id: u64, answer: &Answer) -> bool {
        let Answer::Response(response) = answer else { return false };
        let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        body["acks"][id.to_string()].as_bool() == Some(true)
    }

    fn choices(&self, attempts: Attempts) -> Vec<(&'static str, &'static str)> {
        let mut all = vec![
            (
                "splunk-request",
                "The form of requests is that of Splunk's own documentation of the collector.",
            ),
            ("splunk-acknowledgement", "Acknowledgements are asked for at once and then every 10 s."),
        ];
        if !attempts.retried {
            return all;
        }
        all.push((
            "splunk-back-off",
            "A failed request is tried again after 1 s, doubling up to 120 s, times 0.85 to 1.15; waits for answers and \
             acknowledgements do not count against the retry duration.",
        ));
        if self.delivery.is_default_retry {
            all.push((
                "splunk-default-retry",
                "Without RetryOptions, a failed request is tried again for 300 s.",
            ));
        }
        if self.is_default_acknowledgement {
            all.push((
                "splunk-default-acknowledgement",
                "Without HECAcknowledgmentTimeoutInSeconds, an acknowledgement is waited for 180 s.",
            ));
        }
        all
    }

    fn document(&self, failed: &UndeliveredRecord<'_>) -> Vec<u8> {
        let line = json!({
            "attemptsMade": failed.attempts,
            "arrivalTimestamp": failed.arrival,
            "errorCode": failed.refusal.code,
            "errorMessage": failed.refusal.message,
            "attemptEndingTimestamp": failed.ended.as_millis(),
            "rawData": STANDARD.encode(failed.bytes),
            "EventId": failed.id,
        });
        format!("{line}\n").into_bytes()
    }
}

fn of_trouble(trouble: Trouble) -> Refusal {
    match trouble {
        Trouble::ConnectionFailed => {
            Refusal::new("Splunk.ConnectionTimeout", "No connection to the collector could be made.")
        }
        Trouble::ConnectionReset => {
            Refusal::new("Splunk.ConnectionClosed", "The connection to the collector was closed.")
        }
        Trouble::Timeout => {
            Refusal::new("Splunk.ConnectionTimeout", "The collector did not answer within 180 seconds.")
        }
        Trouble::TlsHandshake => {
            Refusal::new("Splunk.SSLHandshake", "The TLS handshake with the collector failed.")
        }
    }
}

/// The id of the acknowledgement to wait for, or why the collector did not take the data. The collector's own codes are
/// those of Splunk's documentation.
fn of_response(response: &Response) -> Result<u64, Refusal> {
    let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let (status, text, code) = (response.status, body["text"].as_str(), body["code"].as_u64());
    if status == 200 {
        return body["ackId"].as_u64().ok_or_else(|| match code {
            Some(0) => Refusal::new(
                "Splunk.AcknowledgementsDisabled",
                "The answer of the collector has no ackId: indexer acknowledgement is switched off for the token.",
            ),
            _ => Refusal::new("Splunk.InvalidHecResponseCharacter", "The answer of the collector is not readable."),
        });
    }
    let name = match (status, code) {
        (_, Some(1)) => "DisabledToken",
        (_, Some(2..=4)) | (401 | 403, _) => "InvalidToken",
        (_, Some(5 | 6 | 12 | 13 | 15)) => "InvalidDataFormat",
        (_, Some(7)) => "InvalidIndex",
        (_, Some(9)) => "IndexerBusy",
        (_, Some(14)) => "DisabledAck",
        (404, _) => "URLNotFound",
        (413, _) => "ServerError.ContentTooLarge",
        (503, _) => "IndexerBusy",
        _ => "ServerError",
    };
    let message = match text {
        Some(text) => format!("The collector answered with {status}: {}.", text.trim_end_matches('.')),
        None => format!("The collector answered with {status}."),
    };
    Err(Refusal::new(format!("Splunk.{name}"), message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, body: &str) -> Result<u64, String> {
        let response = Response { status, body: body.as_bytes().to_vec(), ..Response::default() };
        of_response(&response).map_err(|refusal| refusal.code)
    }

    #[test]
    fn only_a_success_with_an_id_is_waited_for() {
        assert_eq!(answered(200, r#"{"text":"Success","code":0,"ackId":7}"#), Ok(7));
        for (status, body, code) in [
            (200, r#"{"text":"Success","code":0}"#, "Splunk.AcknowledgementsDisabled"),
            (200, "<html>", "Splunk.InvalidHecResponseCharacter"),
            (400, r#"{"text":"Data channel is missing","code":10}"#, "Splunk.ServerError"),
            (400, r#"{"text":"Incorrect index","code":7}"#, "Splunk.InvalidIndex"),
            (403, r#"{"text":"Invalid token","code":4}"#, "Splunk.InvalidToken"),
            (403, r#"{"text":"Token disabled","code":1}"#, "Splunk.DisabledToken"),
            (404, "", "Splunk.URLNotFound"),
            (413, "", "Splunk.ServerError.ContentTooLarge"),
            (503, r#"{"text":"Server is busy","code":9}"#, "Splunk.IndexerBusy"),
            (500, "", "Splunk.ServerError"),
        ] {
            assert_eq!(answered(status, body), Err(code.to_owned()), "{status} {body}");
        }
    }
}
