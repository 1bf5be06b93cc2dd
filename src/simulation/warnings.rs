//! What a run shows that surprises people (behaviour sheet, section 16), and which undocumented choices shaped it.

mod choices;
mod conversion;
pub mod losses;

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;

pub(super) use self::choices::undocumented;
use self::losses::Losses;
use super::{
    aggregates::Aggregates,
    remedies,
    report::{Rows, median},
};
use crate::{
    foundation::byte_size::ByteSize,
    model::{
        delivery_stream::DeliveryStream, destination::contract::Lane, limits, noticed::Noticed,
        prefix::Prefix, processor::lambda_response::FUNCTION_ERROR, s3::S3Settings,
        source::KINESIS_RECORD_TOO_LARGE,
    },
    pipeline::{buffers::SealedBy, ingest::Refused},
};

/// Objects from which on many small ones are worth a warning.
const MANY_OBJECTS: usize = 10;

/// The median below which objects are small.
const SMALL: u64 = 1 << 20;

/// Below this interval the service writes by multipart upload (behaviour sheet, section 3).
const MULTIPART_BELOW: Duration = Duration::from_secs(60);

/// A warning, note or undocumented choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// Stable name.
    pub id: &'static str,
    /// The facts.
    pub message: String,
    /// What to do, as an imperative.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// What the run loop saw.
#[derive(Debug, Default)]
pub(super) struct Observations {
    pub(super) non_json: u64,
    pub(super) empty: u64,
    pub(super) raised: u64,
    /// Whether a record was put that does not end in a newline.
    pub(super) has_undelimited: bool,
    /// Such records that lie in an object with others.
    pub(super) undelimited: u64,
    /// Whether records end where their own format says, so that no delimiter is missed.
    pub(super) is_self_delimiting: bool,
    /// Delivered objects of the destination lane with more than one record.
    pub(super) joined_objects: u64,
    pub(super) sealed_by: Vec<SealedBy>,
    pub(super) retried: bool,
    /// Whether a request was sent again.
    pub(super) requests_retried: bool,
    /// Records and copies that nobody has, by why.
    pub(super) lost: Losses,
    pub(super) objects: u64,
    pub(super) example_key: Option<String>,
    pub(super) refused: Refused,
    /// Objects of the error lane that were written.
    pub(super) error_objects: u64,
    /// Requests of the destination that were taken.
    pub(super) request_objects: u64,
    /// Whether a response of the function failed its whole batch.
    pub(super) malformed_responses: bool,
    /// Records that failed before they were delivered, by code.
    pub(super) failed: BTreeMap<String, u64>,
    /// Failed attempts to write, by what they failed with.
    pub(super) write_errors: BTreeMap<String, u64>,
    /// Failed attempts to send a request, by code.
    pub(super) request_errors: BTreeMap<String, u64>,
    /// Whether the attempts of requests are kept beside them.
    pub(super) keeps_attempts: bool,
    /// Failed calls of the function, by what they failed with.
    pub(super) function_errors: BTreeMap<&'static str, u64>,
    /// Requests that were really sent.
    pub(super) really_sent: u64,
    /// Rows of the destination's table.
    pub(super) rows: Option<Rows>,
    pub(super) throttled: u64,
    pub(super) late: u64,
    pub(super) repeated: u64,
    pub(super) aggregates: Aggregates,
    pub(super) noticed: Noticed,
    /// Whether a partition's object was given up.
    pub(super) gave_up: bool,
    /// How long the source keeps a record.
    pub(super) retention: Duration,
}

pub(super) fn warnings(stream: &DeliveryStream, seen: &Observations, plain_sizes: &[u64]) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let mut warn = |id, message: String, help: &str| {
        remarks.push(Remark { id, message, help: Some(help.to_owned()) });
    };
    let converts = stream.destination.processing().conversion.is_some();
    // What the function makes of line ends is not looked at.
    let has_function = stream.destination.processing().lambda.is_some();
    let needs_none = stream.destination.requests().is_some_and(|requests| !requests.reads_lines());
    let is_delimited = converts
        || has_function
        || needs_none
        || seen.is_self_delimiting
        || !stream.destination.contract().delimiter.is_empty();
    if seen.joined_objects > 0 && seen.undelimited > 0 && !is_delimited {
        let message = format!(
            "{} records do not end in a newline, and Firehose puts nothing between the records of an object: readers see one long line",
            seen.undelimited
        );
        warn(
            "no-delimiter",
            message,
            "end each record with a newline in the producer, or add the AppendDelimiterToRecord processor",
        );
    }
    if plain_sizes.len() >= MANY_OBJECTS
        && let Some(size) = median(plain_sizes).filter(|size| *size < SMALL)
    {
        let (count, size) = (plain_sizes.len(), ByteSize::bytes(size));
        let message = format!(
            "{count} objects with a median of {size} before compression: many small objects are slow to query and cost a request each"
        );
        warn("small-objects", message, "raise IntervalInSeconds and SizeInMBs");
    }
    for (lane, property) in [(Lane::Destination, "Prefix"), (Lane::Backup, "Prefix of S3BackupConfiguration")]
    {
        let Some(objects) = stream.destination.objects(lane) else { continue };
        warn_of_prefix(objects.s3, property, seen, lane, &mut warn);
        let hints = objects.s3.hints;
        if hints.interval < MULTIPART_BELOW {
            let message = format!(
                "IntervalInSeconds is {} in lane {}: below 60 the service writes by multipart upload, at several requests an object",
                hints.interval.as_secs(),
                if lane == Lane::Backup { "backup" } else { "destination" },
            );
            warn(
                "short-interval",
                message,
                "set IntervalInSeconds to 60 or more unless the data is needed at once",
            );
        }
    }
    if seen.non_json > 0 {
        let message = match seen.non_json {
            1 => "1 line is not JSON; it was put as it is".to_owned(),
            lines => format!("{lines} lines are not JSON; they were put as they are"),
        };
        warn("non-json", message, "check the input, or give --input-format text");
    }
    if seen.raised > 0 {
        let message = format!(
            "{} records arrive earlier than their predecessors; their arrival was raised to theirs",
            seen.raised
        );
        warn("arrivals-raised", message, "sort the input by the arrival field");
    }
    for (error, count) in &seen.write_errors {
        let attempts = if *count == 1 { "attempt" } else { "attempts" };
        let message = format!("{count} {attempts} to write an object failed with {error}");
        warn("write-errors", message, help_for(error));
    }
    if seen.really_sent > 0 {
        let message = format!(
            "{} attempts were really sent: the endpoint's answers decided, and another run may end otherwise",
            seen.really_sent
        );
        warn(
            "real-endpoint",
            message,
            "leave out the URL of the endpoint for a run that repeats to the byte",
        );
    }
    for (error, count) in &seen.request_errors {
        let attempts = if *count == 1 { "attempt" } else { "attempts" };
        let message = format!("{count} {attempts} to send a request failed with {error}");
        let known = stream.destination.requests().and_then(|requests| requests.help(error));
        let help = known.unwrap_or(match seen.keeps_attempts {
            true => "look into the attempts in requests/, and repair the endpoint",
            false => "repair the destination; `--trace RECORD` tells every attempt to deliver a record",
        });
        warn("request-errors", message, help);
    }
    if let Some(requests) = stream.destination.requests() {
        for (id, message, help) in requests.doubts() {
            warn(id, message.to_owned(), help);
        }
    }
    if let Some(rows) = &seen.rows {
        warn_of_rows(rows, &mut warn);
    }
    for (error, count) in &seen.function_errors {
        let calls = if *count == 1 { "call" } else { "calls" };
        let message = format!("{count} {calls} of the function failed with {error}");
        let help = match remedies::of_call(error) {
            // Only a function that was reached wrote something.
            Some(help) if *error != FUNCTION_ERROR.code => help,
            _ => "run again with `--function-logs`, which shows what the function wrote",
        };
        warn("function-errors", message, help);
    }
    if let Some(records) = seen.failed.get(KINESIS_RECORD_TOO_LARGE) {
        let message = format!(
            "{} of the Kinesis stream larger than {} bytes failed: Firehose does not deliver such records to this destination",
            counted(*records, "record"),
            limits::LARGEST_RECORD_KINESIS_MOST
        );
        warn(
            "large-kinesis-records",
            message,
            "split or compress such records before they are put, or deliver them to S3 without dynamic partitioning",
        );
    }
    if seen.throttled > 0 {
        let message = format!(
            "{} records were rejected: the stream was over its throughput (ServiceUnavailableException: Slow down.)",
            seen.throttled
        );
        warn("throttled", message, THROTTLED_HELP);
    }
    seen.aggregates.warnings(&mut warn);
    conversion::warnings(stream, &seen.noticed, &mut warn);
    warn_of_refusals(seen.refused, stream.source.largest_record(), &mut warn);
    losses::warnings(seen, &mut warn);
    remarks
}

/// A number with its noun.
fn counted(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// A retention in words.
pub(super) fn hours(retention: Duration) -> String {
    match retention.as_secs() / 3_600 {
        1 => "1 hour".to_owned(),
        hours => format!("{hours} hours"),
    }
}

/// What a producer does about throttling.
pub(super) const THROTTLED_HELP: &str =
    "put the failed entries again with a growing wait, or ask for a higher quota of the stream";

/// What to do about an error of S3.
fn help_for(error: &str) -> &'static str {
    if error.contains("KMS") {
        "check the key's state and that the delivery role may use it"
    } else if error.contains("AccessDenied") || error.contains("AllAccessDisabled") {
        "check the bucket policy and that the delivery role may put objects there"
    } else if error.contains("NoSuchBucket") {
        "create the bucket in the stream's account, or name the one that exists"
    } else if error.contains("SlowDown") {
        "spread the keys over more prefixes, or write fewer and larger objects"
    } else {
        "alarm on DeliveryToS3.DataFreshness, and repair the cause before retention ends"
    }
}

fn warn_of_refusals(
    refused: Refused,
    largest_record: u64,
    warn: &mut impl FnMut(&'static str, String, &str),
) {
    if refused.record_too_large > 0 {
        let message = format!(
            "{} records were rejected: larger than {} bytes, or in one request with such a record",
            refused.record_too_large, largest_record
        );
        warn("rejected-record-too-large", message, "split or compress such records before they are put");
    }
    if refused.too_many_records > 0 {
        let message =
            format!("{} records were rejected: more than 500 in one request", refused.too_many_records);
        warn("rejected-too-many-records", message, "put at most 500 records in one PutRecordBatch");
    }
    if refused.request_too_large > 0 {
        let message = format!(
            "{} records were rejected: more than 4,194,304 bytes in one request",
            refused.request_too_large
        );
        warn("rejected-request-too-large", message, "put at most 4 MiB in one PutRecordBatch");
    }
}

fn warn_of_rows(rows: &Rows, warn: &mut impl FnMut(&'static str, String, &str)) {
    let counted = |lines: u64| if lines == 1 { "1 line".to_owned() } else { format!("{lines} lines") };
    if rows.skipped_lines > 0 {
        let message = format!(
            "{} did not fit the table and were skipped within MAXERROR: they count as delivered, and lie in the staged \
             objects only",
            counted(rows.skipped_lines)
        );
        warn(
            "skipped-lines",
            message,
            "look into the load-errors.jsonl files in requests/, and mend the producer or the table",
        );
    }
    if let Some(first) = &rows.first {
        let message = format!("{} did not fit the table. {first}", counted(rows.refused_lines));
        warn(
            "load-errors",
            message,
            "look into the load-errors.jsonl files in requests/: they are STL_LOAD_ERRORS",
        );
    }
}

fn warn_of_prefix(
    s3: &S3Settings,
    property: &str,
    seen: &Observations,
    lane: Lane,
    warn: &mut impl FnMut(&'static str, String, &str),
) {
    let is_glued = |prefix: &Prefix| !prefix.is_empty() && prefix.ends_with_slash() == Some(false);
    if !s3.prefix.as_ref().is_some_and(is_glued) {
        return;
    }
    let example = match &seen.example_key {
        Some(key) if lane == Lane::Destination => format!(", as in `{key}`"),
        _ => String::new(),
    };
    let message = format!("{property} does not end in a slash: what follows is glued to it{example}");
    warn("prefix-without-slash", message, "end the prefix with `/`");
}

/// The id of notes on settings that change nothing.
pub const NOT_APPLIED: &str = "not-applied";

pub(super) fn notes(seen: &Observations, not_applied: &[String]) -> Vec<Remark> {
    let mut remarks: Vec<Remark> = seen.aggregates.notes().into_iter().collect();
    for (at, setting) in not_applied.iter().enumerate() {
        if !not_applied[..at].contains(setting) {
            remarks.push(Remark { id: NOT_APPLIED, message: format!("not applied: {setting}"), help: None });
        }
    }
    if seen.late > 0 {
        let puts = if seen.late == 1 { "put" } else { "puts" };
        let message = format!("{} {puts} came late, as the scenario says", seen.late);
        remarks.push(Remark { id: "late-puts", message, help: None });
    }
    if seen.repeated > 0 {
        let puts = if seen.repeated == 1 { "put was" } else { "puts were" };
        let message = format!("{} {puts} made twice, as the scenario says", seen.repeated);
        remarks.push(Remark { id: "repeated-puts", message, help: None });
    }
    if seen.empty > 0 {
        let message = match seen.empty {
            1 => "1 line without a byte was left out".to_owned(),
            lines => format!("{lines} lines without a byte were left out"),
        };
        remarks.push(Remark { id: "empty-lines", message, help: None });
    }
    if seen.noticed.has_slashes {
        let message = "values of partition keys have a `/`, which makes folders in the prefix".to_owned();
        remarks.push(Remark { id: "slash-in-key", message, help: None });
    }
    remarks
}
