//! What destinations other than S3 are sent and how they answer: requests, answers, verdicts and error documents.
//!
//! All of it is pure. A destination says with [`Requests`] how records become a request, what a healthy endpoint
//! answers, and what an answer means; whoever runs the engine decides whether the answer is made up or real.

use std::{io, time::Duration};

use crate::model::partition_key::PartitionKey;

mod answer;
mod batch;
mod head;
mod verdict;

pub use self::{answer::*, batch::*, head::*, verdict::*};

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
