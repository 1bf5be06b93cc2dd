//! What a run counts as its manifest lines go by.

use super::{
    failures::Failures,
    manifest::ManifestLine,
    overview::Overview,
    report::{LISTED_OBJECTS, ObjectSizes},
    warnings::Observations,
};
use crate::{model::destination::contract::Lane, pipeline::buffers::SealedBuffer};

/// What is counted as manifest lines go by.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) request_sizes: ObjectSizes,
    pub(super) sizes: ObjectSizes,
    pub(super) seen: Observations,
    pub(super) failures: Failures,
    pub(super) listed: Vec<ManifestLine>,
    pub(super) deliveries: u64,
    pub(super) overview: Overview,
}

impl Tally {
    /// Counts a line.
    pub(super) fn add(&mut self, line: &ManifestLine) {
        self.deliveries += 1;
        self.overview.add(line);
        if self.listed.len() < LISTED_OBJECTS {
            self.listed.push(line.clone());
        }
        if !self.seen.sealed_by.contains(&line.sealed_by) {
            self.seen.sealed_by.push(line.sealed_by);
        }
        self.seen.objects += u64::from(line.kind == "object");
        self.seen.error_objects += u64::from(line.lane == Lane::Error && line.outcome == "delivered");
        if line.lane == Lane::Backup && line.outcome == "lost" {
            self.seen.lost.add(Lane::Backup, line.records, None);
        }
        if line.lane == Lane::Destination {
            if let Some(key) = &line.key {
                self.seen.example_key.get_or_insert_with(|| key.clone());
            }
            if line.outcome == "delivered" && line.kind == "request" {
                self.seen.request_objects += 1;
                self.request_sizes.add(line.bytes_in, line.bytes_out);
            } else if line.outcome == "delivered" {
                self.seen.joined_objects += u64::from(line.records > 1);
                self.sizes.add(line.bytes_in, line.bytes_out);
            }
        }
    }

    /// Counts the records that will lie in an object together with others and do not end in a line end.
    pub(super) fn look_at_line_ends(&mut self, sealed: &SealedBuffer) {
        // Whether any record was put that does not is known before.
        if sealed.lane != Lane::Destination || sealed.ends.len() < 2 || !self.seen.has_undelimited {
            return;
        }
        let mut start = 0;
        for end in &sealed.ends {
            let record = sealed.bytes.get(start..*end as usize).unwrap_or_default();
            self.seen.undelimited += u64::from(record.last().is_some_and(|last| *last != b'\n'));
            start = *end as usize;
        }
    }
}
