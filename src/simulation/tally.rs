//! What a run counts as its manifest lines go by.

use super::{
    failures::Failures,
    manifest::ManifestLine,
    overview::Overview,
    report::{LISTED_OBJECTS, ObjectSizes},
    warnings::Observations,
};
use crate::model::destination::contract::Lane;

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
        if line.lane == Lane::Destination {
            if let Some(key) = &line.key {
                self.seen.example_key.get_or_insert_with(|| key.clone());
            }
            if line.outcome == "delivered" && line.kind == "request" {
                self.request_sizes.add(line.bytes_in, line.bytes_out);
            } else if line.outcome == "delivered" {
                self.seen.joined_objects += u64::from(line.records > 1);
                self.sizes.add(line.bytes_in, line.bytes_out);
            }
        }
    }
}
