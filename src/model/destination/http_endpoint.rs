//! An HTTP endpoint, partners' endpoints among them: records in JSON requests, with the response contract of the service.
//!
//! `HttpEndpointDestinationConfiguration` (behaviour sheet, 10.6). Partners are this protocol with presets of the console;
//! `model/http_partners.rs` knows them for the rules.

use std::{io, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    DestinationKind, ObjectSettings,
    contract::{Contract, Lane, Step},
    delivery::{Defaults, Delivery, Waits},
    request::{
        Answer, Attempts, Batch, Header, HttpHead, Judgement, Refusal, RequestHead, Requests, Response,
        Scripted, Secret, Trouble, UndeliveredRecord, Verdict,
    },
};
use crate::{
    foundation::document::Node,
    model::{
        buffering_hints::BufferingHints, compression::CompressionFormat, http_partners::secret_parts,
        lower::Lowering, processor::Processing,
    },
};

/// The most records of one request.
const MOST_RECORDS: usize = 10_000;

/// The most bytes of a body before compression: 64 MiB.
const LARGEST_BODY: u64 = 64 << 20;

/// The most characters of one `data` member.
const LONGEST_DATA: u64 = 1_365_336;

/// The most bytes of a response's body: 1 MiB.
const LARGEST_RESPONSE: usize = 1 << 20;

/// The most characters of a response's reason phrase.
const LONGEST_REASON: usize = 64;

/// How long an endpoint may take to answer.
const PATIENCE: Duration = Duration::from_secs(180);

/// Hints of a stream without any. CHOICE: 300 s as the API says, not the 60 s of the guide's table.
const DEFAULT_HINTS: BufferingHints = BufferingHints::new(5, 300);

/// `RetryOptions` of a stream without any. CHOICE: undocumented.
const DEFAULT_RETRY: Duration = Duration::from_secs(300);

/// An HTTP endpoint.
#[derive(Clone, Debug)]
pub struct HttpEndpoint {
    /// `Url`, requested unchanged.
    pub url: Secret,
    /// The access key, sent with each request.
    pub access_key: Option<Secret>,
    /// `ContentEncoding: GZIP`.
    pub is_gzip: bool,
    /// `CommonAttributes`, in the order of the template.
    pub attributes: Vec<(String, String)>,
    /// What is not its own.
    pub delivery: Delivery,
}

impl DestinationKind for HttpEndpoint {
    const PROPERTY: &'static str = "HttpEndpointDestinationConfiguration";

    fn lower(block: &Node, lowering: &mut Lowering) -> Option<HttpEndpoint> {
        let url = match block.get("EndpointConfiguration") {
            Some(endpoint) => lowering.required(endpoint, "Url"),
            None => lowering.missing(block, "EndpointConfiguration"),
        };
        let secret = block.get("EndpointConfiguration").and_then(|endpoint| endpoint.get("AccessKey"));
        let access_key = lowering.secret(block, secret);
        let (mut is_gzip, mut attributes) = (false, Vec::new());
        if let Some(request) = block.get("RequestConfiguration") {
            is_gzip = lowering.optional(request, "ContentEncoding")?.as_deref() == Some("GZIP");
            for attribute in request.get("CommonAttributes").and_then(Node::as_list).unwrap_or_default() {
                let name = lowering.required(attribute, "AttributeName")?;
                attributes.push((name, lowering.required(attribute, "AttributeValue")?));
            }
        }
        let defaults = Defaults { hints: DEFAULT_HINTS, retry: DEFAULT_RETRY };
        let delivery = Delivery::lower(block, lowering, "AllData", defaults)?;
        Some(HttpEndpoint { url: Secret::new(url?), access_key, is_gzip, attributes, delivery })
    }

    fn contract(&self) -> Contract {
        self.delivery.contract(&[Step::Request], Waits::HTTP, "http-endpoint-failed")
    }

    fn processing(&self) -> &Processing {
        &self.delivery.processing
    }

    fn takes_large_records(&self) -> bool {
        false
    }

    fn objects(&self, lane: Lane) -> Option<ObjectSettings<'_>> {
        self.delivery.objects(lane)
    }

    #[cfg(feature = "simulate")]
    fn requests(&self) -> Option<&dyn Requests> {
        Some(self)
    }
}

impl HttpEndpoint {
    /// The URL without what is secret in it.
    fn shown_url(&self) -> String {
        let mut url = self.url.reveal().to_owned();
        let mut parts = secret_parts(&url);
        parts.sort_by_key(|part| part.start);
        for part in parts.into_iter().rev() {
            url.replace_range(part, "***");
        }
        url
    }
}

#[cfg(feature = "simulate")]
impl Requests for HttpEndpoint {
    fn folder(&self) -> &'static str {
        "http-endpoint"
    }

    fn refuses(&self, record: &[u8]) -> Option<Refusal> {
        let length = encoded_length(record.len() as u64 + self.delivery.delimiter.len() as u64);
        // CHOICE: the service documents the limit, and no code for a record over it.
        (length > LONGEST_DATA).then(|| {
            let message = format!("A record takes {length} characters; {LONGEST_DATA} are sent at the most.");
            Refusal::new("HttpEndpoint.RecordTooLarge", message)
        })
    }

    /// CHOICE: a flush is cut at 10,000 records, and where the body would pass 64 MiB.
    fn cuts(&self, ends: &[u32]) -> Vec<usize> {
        // `{"requestId":"...","timestamp":...,"records":[]}`, generously.
        const AROUND: u64 = 128;
        let (mut cuts, mut start, mut bytes, mut from) = (Vec::new(), 0, AROUND, 0_u32);
        for (index, end) in ends.iter().enumerate() {
            // `{"data":""},`
            let weight = encoded_length(u64::from(end - from)) + 12;
            if index > start && (index - start >= MOST_RECORDS || bytes + weight > LARGEST_BODY) {
                cuts.push(index);
                (start, bytes) = (index, AROUND);
            }
            bytes += weight;
            from = *end;
        }
        cuts.push(ends.len());
        cuts
    }

    fn head(&self, batch: &Batch<'_>) -> RequestHead {
        let mut headers = vec![
            Header::new("X-Amz-Firehose-Protocol-Version", "1.0"),
            Header::new("X-Amz-Firehose-Request-Id", batch.request_id()),
            Header::new("X-Amz-Firehose-Source-Arn", &*batch.stream.arn),
        ];
        if let Some(key) = &self.access_key {
            headers.push(Header::secret("X-Amz-Firehose-Access-Key", key.clone()));
        }
        if !self.attributes.is_empty() {
            use crate::foundation::secret_name::is_secret_name;
            let value = |covers: bool| {
                let attribute = |(name, value): &(String, String)| match covers && is_secret_name(name) {
                    true => (name.clone(), Value::from("***")),
                    false => (name.clone(), Value::from(value.as_str())),
                };
                let attributes: serde_json::Map<String, Value> =
                    self.attributes.iter().map(attribute).collect();
                json!({ "commonAttributes": attributes }).to_string()
            };
            const NAME: &str = "X-Amz-Firehose-Common-Attributes";
            headers.push(Header::partly(NAME, Secret::new(value(false)), value(true)));
        }
        headers.push(Header::new("Content-Type", "application/json"));
        if self.is_gzip {
            headers.push(Header::new("Content-Encoding", "gzip"));
        }
        RequestHead {
            target: self.shown_url(),
            ending: if self.is_gzip { "json.gz" } else { "json" },
            content_encoding: self.is_gzip.then_some("gzip"),
            http: Some(HttpHead { method: "POST", url: self.url.clone(), headers }),
        }
    }

    fn body(&self, batch: &Batch<'_>, out: &mut dyn io::Write) -> io::Result<()> {
        let mut body = format!(
            "{{\"requestId\":\"{}\",\"timestamp\":{},\"records\":[",
            batch.request_id(),
            batch.sealed_at.as_millis()
        );
        for (number, record) in batch.records().enumerate() {
            body.push_str(if number == 0 { "{\"data\":\"" } else { ",{\"data\":\"" });
            STANDARD.encode_string(record.bytes, &mut body);
            body.push_str("\"}");
        }
        body.push_str("]}");
        match CompressionFormat::named("GZIP").filter(|_| self.is_gzip) {
            Some(gzip) => gzip.codec().compress(body.as_bytes(), "", out),
            None => out.write_all(body.as_bytes()),
        }
    }

    fn answer(&self, batch: &Batch<'_>, scripted: &Scripted) -> Answer {
        if let Some(trouble) = scripted.trouble() {
            return trouble;
        }
        let mut body = json!({
            "requestId": batch.request_id(), "timestamp": batch.sealed_at.as_millis(),
        });
        if let Some(status) = scripted.status.filter(|status| *status != 200) {
            body["errorMessage"] = Value::from(format!("The endpoint answered with {status}."));
        }
        let healthy = Response {
            status: 200,
            reason: String::new(),
            headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
            body: body.to_string().into_bytes(),
        };
        Answer::Response(healthy.scripted(scripted))
    }

    fn judge(&self, batch: &Batch<'_>, answer: &Answer) -> Judgement {
        let verdict = match answer {
            Answer::Trouble(trouble) => Verdict::Retry(of_trouble(*trouble)),
            Answer::Error(code) => {
                Verdict::Retry(Refusal::new(code, "The request to the endpoint destination failed."))
            }
            Answer::Response(response) => of_response(response, &batch.request_id()),
        };
        Judgement::Final(verdict)
    }

    fn patience(&self) -> Duration {
        PATIENCE
    }

    fn really(&self, _requested: &str, given: &str) -> String {
        given.to_owned()
    }

    fn choices(&self, attempts: Attempts) -> Vec<(&'static str, &'static str)> {
        let mut all = Vec::new();
        if attempts.retried {
            all.push((
                "http-request-ids",
                "Request ids, times and bodies stay the same across the attempts of a request.",
            ));
            all.push((
                "http-back-off",
                "A failed request is tried again after 1 s, doubling up to 120 s, times 0.85 to 1.15; the time that \
                 attempts themselves take does not count against the retry duration.",
            ));
            if self.delivery.is_default_retry {
                all.push((
                    "http-default-retry",
                    "Without RetryOptions, a failed request is tried again for 300 s.",
                ));
            }
        }
        if attempts.discarded {
            all.push((
                "http-413",
                "The records of a request that is answered with 413 are lost at once, and kept nowhere.",
            ));
        }
        all
    }

    fn doubts(&self) -> Vec<(&'static str, &'static str, &'static str)> {
        if !self.delivery.is_default_interval {
            return Vec::new();
        }
        vec![(
            "default-interval",
            "the template leaves IntervalInSeconds out: 300 s is taken, as the API says; the guide's table of buffering hints says 60 s",
            "set SizeInMBs and IntervalInSeconds of BufferingHints",
        )]
    }

    fn document(&self, failed: &UndeliveredRecord<'_>) -> Vec<u8> {
        let line = json!({
            "attemptsMade": failed.attempts,
            "arrivalTimestamp": failed.arrival,
            "errorCode": failed.refusal.code,
            "errorMessage": failed.refusal.message,
            "attemptEndingTimestamp": failed.ended.as_millis(),
            "rawData": STANDARD.encode(failed.bytes),
            "subsequenceNumber": 0,
            "dataId": failed.id,
        });
        format!("{line}\n").into_bytes()
    }
}

/// Characters of base64 for so many bytes.
fn encoded_length(bytes: u64) -> u64 {
    bytes.div_ceil(3) * 4
}

fn of_trouble(trouble: Trouble) -> Refusal {
    let (code, message) = match trouble {
        Trouble::ConnectionFailed => ("ConnectionFailed", "No connection to the endpoint could be made."),
        Trouble::ConnectionReset => ("ConnectionReset", "The connection to the endpoint was reset."),
        Trouble::Timeout => ("RequestTimeout", "The endpoint did not answer within 180 seconds."),
        Trouble::TlsHandshake => ("SSLHandshakeFailure", "The TLS handshake with the endpoint failed."),
    };
    Refusal::new(format!("HttpEndpoint.{code}"), message)
}

/// Status exactly 200 with a body as the contract wants it is success; 413 is never tried again nor kept; anything else
/// is a failure that is tried again.
fn of_response(response: &Response, request_id: &str) -> Verdict {
    let refusal =
        |code: &str, message: String| Verdict::Retry(Refusal::new(format!("HttpEndpoint.{code}"), message));
    let (status, malformed) = (response.status, malformed(response, request_id));
    if status == 413 {
        let message = "The endpoint answered with 413: the request is too large. It is not tried again, and its \
                       records are kept nowhere.";
        return Verdict::Discarded(Refusal::new("HttpEndpoint.DestinationException", message));
    }
    if response.reason.chars().count() > LONGEST_REASON {
        let message =
            format!("The reason phrase of the response is longer than {LONGEST_REASON} characters.");
        return refusal("ResponseReasonPhraseExceededLimit", message);
    }
    if !(100..600).contains(&status) {
        return refusal("InvalidStatusCode", format!("The endpoint answered with the status {status}."));
    }
    match (status, malformed) {
        (200, None) => Verdict::Taken,
        (200, Some((code, why))) => refusal(code, why),
        // What breaks the contract counts as a 500 without a body.
        (_, Some(_)) => {
            let message = "Received the following response from the endpoint destination. ".to_owned();
            refusal("DestinationException", message + &format!("{{\"status\":{status}}}"))
        }
        (_, None) => {
            let body = String::from_utf8_lossy(&response.body);
            let message = format!("Received the following response from the endpoint destination. {body}");
            refusal("DestinationException", message)
        }
    }
}

/// What breaks the response contract: code and message.
fn malformed(response: &Response, request_id: &str) -> Option<(&'static str, String)> {
    const INVALID: &str = "InvalidResponseFromDestination";
    if response.body.len() > LARGEST_RESPONSE {
        let message = format!("The body of the response is larger than {LARGEST_RESPONSE} bytes.");
        return Some(("ResponseTooLarge", message));
    }
    // The media type and nothing else: a parameter such as a charset makes it another value.
    let content_type = response.header("Content-Type").map(str::trim);
    if !content_type.is_some_and(|found| found.eq_ignore_ascii_case("application/json")) {
        let got = content_type.unwrap_or("missing");
        return Some((INVALID, format!("The Content-Type of the response is {got}, not application/json.")));
    }
    if let Some(encoding) = response.header("Content-Encoding") {
        return Some((
            INVALID,
            format!("The response has a Content-Encoding ({encoding}); none is allowed."),
        ));
    }
    let Ok(Value::Object(body)) = serde_json::from_slice::<Value>(&response.body) else {
        return Some((INVALID, "The body of the response is no JSON object.".to_owned()));
    };
    let message = match (body.get("requestId").and_then(Value::as_str), body.get("timestamp")) {
        (None, _) => "The body of the response has no requestId.".to_owned(),
        (Some(other), _) if other != request_id => {
            "The requestId of the response is not that of the request.".to_owned()
        }
        (_, Some(Value::Number(_))) => match body.get("errorMessage").and_then(Value::as_str) {
            Some(text) if text.chars().count() > 8_192 => {
                "The errorMessage of the response is longer than 8192 characters.".to_owned()
            }
            _ => return None,
        },
        (_, Some(_)) => "The timestamp of the response is no number.".to_owned(),
        (_, None) => "The body of the response has no timestamp.".to_owned(),
    };
    Some((INVALID, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0b7a";

    fn answered(status: u16, content_type: &str, body: &str) -> Verdict {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        let body = body.as_bytes().to_vec();
        of_response(&Response { status, reason: String::new(), headers, body }, ID)
    }

    fn code(verdict: &Verdict) -> &str {
        match verdict {
            Verdict::Taken => "taken",
            Verdict::Retry(refusal) => refusal.code.strip_prefix("HttpEndpoint.").unwrap(),
            Verdict::Discarded(_) => "discarded",
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_a_200_with_the_right_body_is_success() {
        let json = "application/json";
        let good = r#"{"requestId":"0b7a","timestamp":1578090903599}"#;
        assert_eq!(answered(200, json, good), Verdict::Taken);
        for (status, content_type, body, wanted) in [
            (201, json, good, "DestinationException"),
            (302, json, good, "DestinationException"),
            (500, "text/html", "<html>", "DestinationException"),
            (413, json, good, "discarded"),
            (200, "application/json; charset=utf-8", good, "InvalidResponseFromDestination"),
            (200, "text/plain", good, "InvalidResponseFromDestination"),
            (200, json, "", "InvalidResponseFromDestination"),
            (200, json, r#"{"requestId":"other","timestamp":1}"#, "InvalidResponseFromDestination"),
            (200, json, r#"{"requestId":"0b7a","timestamp":"1"}"#, "InvalidResponseFromDestination"),
            (200, json, r#"{"requestId":"0b7a"}"#, "InvalidResponseFromDestination"),
            (200, json, &format!("{good}{}", " ".repeat(1 << 20)), "ResponseTooLarge"),
            (99, json, good, "InvalidStatusCode"),
        ] {
            assert_eq!(code(&answered(status, content_type, body)), wanted, "{status} {body:.40}");
        }
        let long = Response { status: 200, reason: "x".repeat(65), ..Response::default() };
        assert_eq!(code(&of_response(&long, ID)), "ResponseReasonPhraseExceededLimit");
    }
}
