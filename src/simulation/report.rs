//! What a run came to, as a value: for the text report, and as `report.json`.

use serde::{Serialize, Serializer, ser::SerializeStruct};

use super::{
    distribution::{Distribution, Quantity},
    documents::MappingConflict,
    failures::FailureGroup,
    latency::LatencySummary,
    manifest::ManifestLine,
    overview::Overview,
    trace::{Fate, Trace},
    warnings::Remark,
};
use crate::{
    foundation::{seed::Seed, timestamp::Timestamp},
    pipeline::ledger::{Ledger, Outcome},
};

/// How many objects the report lists by themselves; the manifest has them all.
pub const LISTED_OBJECTS: usize = 1_000;

/// The result of a simulation.
#[derive(Clone, Debug)]
pub struct SimulationReport {
    /// The stream's logical id.
    pub stream: String,
    /// The seed.
    pub seed: Seed,
    /// The first arrival; the start that was asked for when there was none.
    pub start: Timestamp,
    /// When the last thing happened.
    pub end: Timestamp,
    /// Over ledger, manifest and bodies; hexadecimal.
    pub digest: String,
    /// The counts.
    pub ledger: LedgerReport,
    /// Copies of records, by lane.
    pub copies: Copies,
    /// Objects of the destination lane.
    pub objects: ObjectSummary,
    /// Requests of the destination lane that were taken; `None` where the destination takes none.
    pub requests: Option<ObjectSummary>,
    /// Rows of the destination's table; `None` where nothing is known of them.
    pub rows: Option<Rows>,
    /// From arrival to delivery; `None` when nothing was delivered.
    pub latency: Option<LatencySummary>,
    /// What the user should know.
    pub warnings: Vec<Remark>,
    /// Behaviour that AWS does not document and that shaped this result.
    pub undocumented: Vec<Remark>,
    /// What is worth a word without being a warning.
    pub notes: Vec<Remark>,
    /// Records that failed, by reason.
    pub failures: Vec<FailureGroup>,
    /// Values that an index would refuse, since another record gave their field another type.
    pub mapping_conflicts: Vec<MappingConflict>,
    /// The life of the record that was asked for.
    pub trace: Option<Trace>,
    /// How the records ended that [`super::trace::Watch::selectors`] name; not in `report.json`.
    pub fates: Vec<Fate>,
    /// The first lines of the manifest, at most [`LISTED_OBJECTS`].
    pub listed: Vec<ManifestLine>,
    /// The run at a glance; not in `report.json`.
    pub overview: Overview,
    /// Deliveries of all lanes: lines of the manifest.
    pub deliveries: u64,
    /// Bytes of all records put.
    pub bytes_read: u64,
}

/// Rows of the destination's table, where it is known which records become some.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rows {
    /// Rows that it took.
    pub loaded: u64,
    /// Lines that it did not take, in requests that it took and in those that it refused because of them.
    pub refused_lines: u64,
    /// Those of requests that it took all the same.
    pub skipped_lines: u64,
    /// The first of them, in words.
    #[serde(skip)]
    pub first: Option<String>,
}

/// Copies of records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Copies {
    /// Records in lane `backup`.
    pub backup: u64,
    /// Those of them whose objects were never written; left out where there are none.
    #[serde(skip_serializing_if = "is_none")]
    pub lost: u64,
}

fn is_none(count: &u64) -> bool {
    *count == 0
}

/// The ledger as the report has it. The order of members is that of the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LedgerReport {
    /// Records put, the rejected among them.
    pub arrivals: u64,
    /// Records let in.
    pub records: u64,
    /// Taken by the destination.
    pub delivered: u64,
    /// Dropped on purpose.
    pub dropped: u64,
    /// Failed in processing.
    pub processing_failed: u64,
    /// Failed in format conversion.
    pub format_conversion_failed: u64,
    /// Given up by the destination, kept as an error.
    pub destination_failed: u64,
    /// Refused at the put.
    pub rejected: u64,
    /// Nobody has them.
    pub lost: u64,
    /// Not ended: 0 at the end.
    pub in_custody: u64,
}

impl From<&Ledger> for LedgerReport {
    fn from(ledger: &Ledger) -> LedgerReport {
        LedgerReport {
            arrivals: ledger.arrivals(),
            records: ledger.records(),
            delivered: ledger.outcome(Outcome::Delivered),
            dropped: ledger.outcome(Outcome::Dropped),
            processing_failed: ledger.outcome(Outcome::ProcessingFailed),
            destination_failed: ledger.outcome(Outcome::DestinationFailed),
            format_conversion_failed: ledger.outcome(Outcome::FormatConversionFailed),
            rejected: ledger.rejected(),
            lost: ledger.outcome(Outcome::Lost),
            in_custody: ledger.in_custody(),
        }
    }
}

/// Delivered objects of the destination lane. Sizes are left out where bodies were not made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ObjectSummary {
    /// How many.
    pub count: u64,
    /// Bytes of all bodies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// The size in the middle, by nearest rank.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub median_bytes: Option<u64>,
    /// The smallest size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smallest: Option<u64>,
    /// The largest size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub largest: Option<u64>,
}

/// Sizes of delivered objects, collected while the run goes on.
#[derive(Debug, Default)]
pub(super) struct ObjectSizes {
    count: u64,
    out: Vec<u64>,
    /// Before compression, for advice about small objects.
    pub(super) plain: Vec<u64>,
}

impl ObjectSizes {
    pub(super) fn add(&mut self, bytes_in: u64, bytes_out: Option<u64>) {
        self.count += 1;
        // An object that only names others has no records, and no size that a hint decides.
        self.plain.extend(Some(bytes_in).filter(|bytes| *bytes > 0));
        self.out.extend(bytes_out);
    }

    pub(super) fn summary(&mut self) -> ObjectSummary {
        self.out.sort_unstable();
        self.plain.sort_unstable();
        let is_known = self.out.len() as u64 == self.count;
        ObjectSummary {
            count: self.count,
            bytes: is_known.then(|| self.out.iter().sum()),
            median_bytes: median(&self.out).filter(|_| is_known),
            smallest: self.out.first().copied().filter(|_| is_known),
            largest: self.out.last().copied().filter(|_| is_known),
        }
    }

    /// How the sizes of bodies spread; `None` where they were not made. After [`Self::summary`], which sorts them.
    pub(super) fn distribution(&self) -> Option<Distribution> {
        let is_known = self.out.len() as u64 == self.count;
        let sizes = self.out.iter().filter(|_| is_known).map(|size| (*size, 1));
        Distribution::of(Quantity::Bytes, sizes)
    }
}

/// The middle of sorted sizes, by nearest rank.
pub(super) fn median(sorted: &[u64]) -> Option<u64> {
    sorted.get(sorted.len().div_ceil(2).checked_sub(1)?).copied()
}

/// The members of `report.json`, in its order.
impl Serialize for SimulationReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut report = serializer.serialize_struct("report", 17)?;
        report.serialize_field("version", &1)?;
        report.serialize_field("stream", &self.stream)?;
        report.serialize_field("seed", &self.seed.0)?;
        report.serialize_field("start", &self.start)?;
        report.serialize_field("end", &self.end)?;
        report.serialize_field("digest", &self.digest)?;
        report.serialize_field("ledger", &self.ledger)?;
        report.serialize_field("copies", &self.copies)?;
        report.serialize_field("objects", &self.objects)?;
        match &self.requests {
            Some(requests) => report.serialize_field("requests", requests)?,
            None => report.skip_field("requests")?,
        }
        match &self.rows {
            Some(rows) => report.serialize_field("rows", rows)?,
            None => report.skip_field("rows")?,
        }
        match &self.latency {
            Some(latency) => report.serialize_field("latency_ms", latency)?,
            None => report.skip_field("latency_ms")?,
        }
        report.serialize_field("warnings", &self.warnings)?;
        report.serialize_field("undocumented", &self.undocumented)?;
        match self.notes.is_empty() {
            true => report.skip_field("notes")?,
            false => report.serialize_field("notes", &self.notes)?,
        }
        match self.failures.is_empty() {
            true => report.skip_field("failures")?,
            false => report.serialize_field("failures", &self.failures)?,
        }
        match self.mapping_conflicts.is_empty() {
            true => report.skip_field("mapping_conflicts")?,
            false => report.serialize_field("mapping_conflicts", &self.mapping_conflicts)?,
        }
        match &self.trace {
            Some(trace) => report.serialize_field("trace", trace)?,
            None => report.skip_field("trace")?,
        }
        report.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_that_were_not_computed_are_left_out() {
        let mut sizes = ObjectSizes::default();
        sizes.add(100, None);
        let summary = serde_json::to_string(&sizes.summary()).unwrap();
        assert_eq!(summary, r#"{"count":1}"#);
        let mut sizes = ObjectSizes::default();
        for size in [4, 1, 3, 2] {
            sizes.add(size, Some(size));
        }
        let summary = serde_json::to_string(&sizes.summary()).unwrap();
        assert_eq!(summary, r#"{"count":4,"bytes":10,"median_bytes":2,"smallest":1,"largest":4}"#);
    }
}
