//! What destinations other than S3 are sent and how they answer: requests, answers, verdicts and error documents.
//!
//! All of it is pure. A destination says with [`Requests`] how records become a request, what a healthy endpoint
//! answers, and what an answer means; whoever runs the engine decides whether the answer is made up or real.

use std::{io, time::Duration};

use crate::{
    foundation::{
        seed::{Purpose, Seed},
        timestamp::Timestamp,
    },
    model::{
        delivery_stream::DeliveryStream, partition_key::PartitionKey, record_keys::RecordKeys,
        record_number::RecordNumber,
    },
};

/// The records of one request.
#[derive(Clone, Debug)]
pub struct Batch<'a> {
    /// The stream that sends it.
    pub stream: &'a DeliveryStream,
    /// Where randomness comes from.
    pub seed: Seed,
    /// The serial number of the buffer: the same for all attempts.
    pub serial: u64,
    /// The records, end to end, each with its delimiter.
    pub bytes: &'a [u8],
    /// For each record, the offset just past its last byte.
    pub ends: &'a [u32],
    /// When each record arrived, in milliseconds since 1970.
    pub arrivals: Vec<i64>,
    /// Which records they are.
    pub numbers: &'a [RecordNumber],
    /// The partition, or the part of the keys by which the buffer was divided.
    pub key: &'a PartitionKey,
    /// The whole key of each record, where buffers are divided ([`Requests::divides_by`]).
    pub keys: &'a RecordKeys,
    /// When the buffer was sealed, which is when the first attempt starts.
    pub sealed_at: Timestamp,
    /// Bucket and key of the objects that earlier steps of the delivery wrote.
    pub objects: Vec<(String, String)>,
    /// Which records are sent, by index; all of them when `None`. After a partial failure these are fewer.
    pub only: Option<&'a [u32]>,
}

/// One record of a [`Batch`].
#[derive(Clone, Copy, Debug)]
pub struct BatchRecord<'a> {
    /// Its place in the buffer, from 0: stable across attempts.
    pub index: u32,
    /// Its bytes, with the delimiter.
    pub bytes: &'a [u8],
    /// When it arrived, in milliseconds since 1970.
    pub arrival: i64,
    /// Its whole key, where buffers are divided; else the empty one.
    pub key: &'a PartitionKey,
}

impl<'a> Batch<'a> {
    /// The records that are sent, in order.
    pub fn records(&self) -> impl Iterator<Item = BatchRecord<'a>> + '_ {
        let all = 0..self.ends.len() as u32;
        let (all, some) = match self.only {
            None => (all, &[][..]),
            Some(some) => (0..0, some),
        };
        all.chain(some.iter().copied()).map(|index| self.record(index))
    }

    /// One record.
    pub fn record(&self, index: u32) -> BatchRecord<'a> {
        let at = index as usize;
        let start = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        let bytes = &self.bytes[start..self.ends[at] as usize];
        let arrival = self.arrivals.get(at).copied().unwrap_or(0);
        BatchRecord { index, bytes, arrival, key: self.keys.get(index) }
    }

    /// How many records are sent.
    pub fn len(&self) -> usize {
        self.only.map_or(self.ends.len(), <[u32]>::len)
    }

    /// Whether no record is sent.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A UUID that stays the same for all attempts of this request.
    pub fn request_id(&self) -> String {
        self.seed.uuid(Purpose::RequestId, self.serial)
    }

    /// The id of a record, `<56-digit sequence>.<sub>`, the same for all attempts. CHOICE: how the service makes it is
    /// not documented; see [`RecordNumber::delivery_id`].
    pub fn record_id(&self, index: u32) -> String {
        self.numbers.get(index as usize).map(RecordNumber::delivery_id).unwrap_or_default()
    }
}

/// Where a request goes, and what stands before its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestHead {
    /// The target as manifests show it: without secrets.
    pub target: String,
    /// What the file of the body ends in, without a dot.
    pub ending: &'static str,
    /// `Content-Encoding` of the body.
    pub content_encoding: Option<&'static str>,
    /// Method, URL and headers where the request is HTTP.
    pub http: Option<HttpHead>,
}

/// Start and headers of an HTTP request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpHead {
    /// `POST`.
    pub method: &'static str,
    /// The URL as it is requested; may hold secrets. [`RequestHead::target`] does not.
    pub url: Secret,
    /// The headers, in order, but for `Content-Length`.
    pub headers: Vec<Header>,
}

/// A header of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Its name.
    pub name: &'static str,
    /// What is sent.
    pub value: Secret,
    /// What is shown instead, where it is secret or a part of it is.
    shown: Option<String>,
}

impl Header {
    /// A header that anyone may see.
    pub fn new(name: &'static str, value: impl Into<String>) -> Header {
        Header { name, value: Secret::new(value), shown: None }
    }

    /// A header that is shown as `***`.
    pub fn secret(name: &'static str, value: Secret) -> Header {
        Header { name, value, shown: Some("***".to_owned()) }
    }

    /// A header of which a part is secret.
    pub fn partly(name: &'static str, value: Secret, shown: String) -> Header {
        Header { name, value, shown: Some(shown) }
    }

    /// What is shown.
    pub fn shown(&self) -> &str {
        self.shown.as_deref().unwrap_or(self.value.reveal())
    }
}

/// Text that is never shown by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The text itself: to be sent, never to be written.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("***")
    }
}

/// What a scenario says about an answer; everything else is what a healthy endpoint answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scripted {
    /// The status.
    pub status: Option<u16>,
    /// The reason phrase.
    pub reason: Option<String>,
    /// Headers that replace or join those of the answer.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<String>,
    /// Trouble instead of an answer: `connection-failed`, `connection-reset`, `timeout`, `tls-handshake`, or an error code
    /// of the destination such as `Redshift.DiskFull`.
    pub error: Option<String>,
    /// The records that the answer refuses one by one, with status and reason of each.
    pub documents: Vec<RefusedDocument>,
}

/// A record that an answer refuses by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedDocument {
    /// The record's index in the buffer.
    pub index: u32,
    /// The status.
    pub status: u16,
    /// The type of the error, such as `mapper_parsing_exception`.
    pub kind: String,
    /// The reason in words.
    pub reason: String,
}

/// How a request was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// With a response.
    Response(Response),
    /// Not at all.
    Trouble(Trouble),
    /// With an error of the destination's own, such as `Redshift.DiskFull`.
    Error(String),
}

/// An HTTP response, or as much of one as a destination speaks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The reason phrase.
    pub reason: String,
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(value)
    }

    /// This response as a scenario changes it.
    pub fn scripted(mut self, scripted: &Scripted) -> Response {
        self.status = scripted.status.unwrap_or(self.status);
        if let Some(reason) = &scripted.reason {
            self.reason.clone_from(reason);
        }
        for (name, value) in &scripted.headers {
            self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
            self.headers.push((name.clone(), value.clone()));
        }
        if let Some(body) = &scripted.body {
            self.body = body.clone().into_bytes();
        }
        self
    }
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// No connection could be made.
    ConnectionFailed,
    /// The connection ended before the answer did.
    ConnectionReset,
    /// The answer took too long.
    Timeout,
    /// The TLS handshake failed.
    TlsHandshake,
}

impl Trouble {
    /// All of them by the names that scenarios use.
    pub const ALL: [(&'static str, Trouble); 4] = [
        ("connection-failed", Trouble::ConnectionFailed),
        ("connection-reset", Trouble::ConnectionReset),
        ("timeout", Trouble::Timeout),
        ("tls-handshake", Trouble::TlsHandshake),
    ];
}

impl Scripted {
    /// The trouble or error that stands in the place of an answer.
    pub fn trouble(&self) -> Option<Answer> {
        let error = self.error.as_deref()?;
        let trouble = Trouble::ALL.into_iter().find(|(name, _)| *name == error);
        Some(match trouble {
            Some((_, trouble)) => Answer::Trouble(trouble),
            None => Answer::Error(error.to_owned()),
        })
    }
}

/// Why records were not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The code, such as `HttpEndpoint.ConnectionFailed`.
    pub code: String,
    /// The message.
    pub message: String,
}

impl Refusal {
    /// From its parts.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Refusal {
        Refusal { code: code.into(), message: message.into() }
    }
}

/// What an answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All records were taken.
    Taken,
    /// None was; a later attempt may succeed.
    Retry(Refusal),
    /// None was and none will be: they go to the error lane at once.
    Refused(Refusal),
    /// None was, and the service keeps them nowhere: they are lost.
    Discarded(Refusal),
    /// These were not, all others were.
    Partly(Vec<DocumentVerdict>),
}

/// What an answer means for one record that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentVerdict {
    /// The record's index in the buffer.
    pub index: u32,
    /// Whether a later attempt may succeed.
    pub retry: bool,
    /// Why it was not taken.
    pub refusal: Refusal,
}

/// What an answer means, or what has to be waited for before that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It means this.
    Final(Verdict),
    /// The records are taken once this id is acknowledged.
    Awaits(u64),
}

/// How a destination acknowledges records after it has answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledgement {
    /// How long is waited for one.
    pub timeout: Duration,
    /// How often is asked.
    pub every: Duration,
    /// What records fail with when none comes.
    pub refusal: Refusal,
}

/// A record that a destination did not take, for its error document.
#[derive(Clone, Debug)]
pub struct UndeliveredRecord<'a> {
    /// Its bytes as they were to be delivered.
    pub bytes: &'a [u8],
    /// Its id; see [`Batch::record_id`].
    pub id: String,
    /// When it arrived, in milliseconds since 1970.
    pub arrival: i64,
    /// How often it was tried.
    pub attempts: u32,
    /// When the last attempt ended.
    pub ended: Timestamp,
    /// Why it was not taken.
    pub refusal: &'a Refusal,
    /// The stream.
    pub stream: &'a DeliveryStream,
}

/// An object that holds no records but names others, such as the manifest of a load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The bucket's name.
    pub bucket: String,
    /// The object's key.
    pub key: String,
    /// What it says.
    pub body: Vec<u8>,
}

/// What the records of a request come to in the destination, where that can be told beforehand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inspection {
    /// Rows that the destination takes; none where it refuses the request.
    pub rows: u64,
    /// Lines that it does not take, the first ones where there are very many.
    pub refused: Vec<RefusedLine>,
    /// How many lines it does not take.
    pub refused_lines: u64,
    /// Why it refuses the request as a whole, where it does.
    pub refusal: Option<Refusal>,
}

/// A line of a staged object that the destination does not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedLine {
    /// Where it starts in the buffer's bytes.
    pub offset: usize,
    /// One line of JSON about it, without a line end.
    pub document: String,
    /// The same in words.
    pub message: String,
}

/// Rows for a database that really takes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableLoad {
    /// What makes the table where it is absent.
    pub create: Vec<String>,
    /// The statement that takes the rows.
    pub copy: String,
    /// The rows, as that statement reads them.
    pub rows: Vec<u8>,
}

/// A key of a record that no column takes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    /// The table.
    pub table: String,
    /// The key.
    pub key: String,
    /// The column whose name differs by letter case alone.
    pub nearly: Option<String>,
}

/// What happened to the requests of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
    /// Whether one was sent again.
    pub retried: bool,
    /// Whether the records of one were discarded.
    pub discarded: bool,
}

/// A destination that takes requests.
pub trait Requests {
    /// The folder of its requests, below `requests/`.
    fn folder(&self) -> &'static str;

    /// Why a record is refused before it is buffered, straight to the error lane; `None` where it is not.
    fn refuses(&self, record: &[u8]) -> Option<Refusal> {
        let _ = record;
        None
    }

    /// Whether keys of records may be left out of what is sent.
    fn may_leave_out(&self) -> bool {
        false
    }

    /// The keys of a record that are left out of what is sent. `key` is that of the record.
    fn leaves_out(&self, record: &[u8], key: &PartitionKey) -> Vec<LeftOut> {
        let _ = (record, key);
        Vec::new()
    }

    /// The parts of a record's key by which a buffer is divided when it is sealed, a request for each combination of their
    /// values. Records of all keys share one buffer then; without any, each key has a buffer of its own.
    fn divides_by(&self) -> &'static [&'static str] {
        &[]
    }

    /// Where a buffer is cut into several requests: for each of them, the number of the record just past its last one.
    fn cuts(&self, ends: &[u32]) -> Vec<usize> {
        vec![ends.len()]
    }

    /// Where the request goes.
    fn head(&self, batch: &Batch<'_>) -> RequestHead;

    /// Writes the body of the request.
    ///
    /// # Errors
    /// Those of `out`.
    fn body(&self, batch: &Batch<'_>, out: &mut dyn io::Write) -> io::Result<()>;

    /// What the endpoint answers: a healthy one, but for what a scenario says.
    fn answer(&self, batch: &Batch<'_>, scripted: &Scripted) -> Answer;

    /// What an answer, made up or real, means.
    fn judge(&self, batch: &Batch<'_>, answer: &Answer) -> Judgement;

    /// How long an answer may take.
    fn patience(&self) -> Duration {
        Duration::from_secs(180)
    }

    /// Where a request really goes when the user gives a URL for the endpoint; `requested` is the URL of the head.
    fn really(&self, requested: &str, given: &str) -> String {
        let rest = requested.find("://").map_or(requested, |at| &requested[at + 3..]);
        let path = rest.find(['/', '?']).map_or("", |at| &rest[at..]);
        format!("{}{path}", given.trim_end_matches('/'))
    }

    /// How it acknowledges, where it does.
    fn acknowledgement(&self) -> Option<Acknowledgement> {
        None
    }

    /// The request that asks whether an id is acknowledged, for endpoints that are really asked.
    fn question(&self, batch: &Batch<'_>, id: u64) -> Option<(RequestHead, Vec<u8>)> {
        let _ = (batch, id);
        None
    }

    /// Whether the answer to such a question acknowledges the id.
    fn acknowledges(&self, id: u64, answer: &Answer) -> bool {
        let _ = (id, answer);
        true
    }

    /// Whether its answers refuse records one by one.
    fn answers_by_record(&self) -> bool {
        false
    }

    /// What AWS does not document of it and shapes a run: stable name and a sentence. `has_retried` is whether a request
    /// failed.
    fn undocumented(&self, has_retried: bool) -> &'static [(&'static str, &'static str)] {
        let _ = has_retried;
        &[]
    }

    /// The object of the delivery's step that names the objects before it, where there is one.
    fn listing(&self, batch: &Batch<'_>) -> Option<Listing> {
        let _ = batch;
        None
    }

    /// The one object that is left of a request which was given up; `None` where each record becomes a document.
    fn left_behind(&self, batch: &Batch<'_>) -> Option<Listing> {
        let _ = batch;
        None
    }

    /// What the records of a request come to, where that can be told beforehand.
    fn inspect(&self, batch: &Batch<'_>) -> Option<Inspection> {
        let _ = batch;
        None
    }

    /// The rows of a request for a database that really takes them.
    fn table_load(&self, batch: &Batch<'_>) -> Option<TableLoad> {
        let _ = batch;
        None
    }

    /// Whether it can't tell records from each other that stand on one line.
    fn reads_lines(&self) -> bool {
        true
    }

    /// Whether it could answer as a scenario says.
    ///
    /// # Errors
    /// Why it could not.
    fn check(&self, scripted: &Scripted) -> Result<(), String> {
        let _ = scripted;
        Ok(())
    }

    /// The same, where it depends on more than that.
    fn choices(&self, attempts: Attempts) -> Vec<(&'static str, &'static str)> {
        self.undocumented(attempts.retried).to_vec()
    }

    /// What to do about an error of this code, where the destination knows more than that it should be repaired.
    fn help(&self, code: &str) -> Option<&'static str> {
        let _ = code;
        None
    }

    /// Settings of the template that are worth a warning wherever it is run: id, message and help.
    fn doubts(&self) -> Vec<(&'static str, &'static str, &'static str)> {
        Vec::new()
    }

    /// The index that a record becomes a document of which arrived at so many milliseconds since 1970; `None` where the
    /// destination has no indices.
    fn index(&self, arrival: i64) -> Option<String> {
        let _ = arrival;
        None
    }

    /// The line of the error document of a record that was not taken, with its line end.
    fn document(&self, failed: &UndeliveredRecord<'_>) -> Vec<u8>;
}
