//! What a run counts as its manifest lines go by.

use super::{
    failures::Failures,
    manifest::ManifestLine,
    overview::Overview,
    report::{LISTED_OBJECTS, ObjectSizes},
    warnings::Observations,
};
use crate::{
    model::destination::contract::Lane,
    pipeline::buffers::{Parked, SealedBuffer},
};

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
        let ends = sealed.ends.iter().map(|end| u64::from(*end)).skip_while(|end| *end <= sealed.parked);
        let ends = ends.map(|end| (end - sealed.parked) as usize);
        self.count_undelimited(&sealed.bytes, ends);
    }

    /// The same for records that are handed out before their buffer is sealed, which always are several.
    pub(super) fn look_at_parked(&mut self, parked: &Parked) {
        if parked.lane == Lane::Destination && self.seen.has_undelimited {
            self.count_undelimited(&parked.bytes, parked.ends.iter().map(|end| *end as usize));
        }
    }

    fn count_undelimited(&mut self, bytes: &[u8], ends: impl Iterator<Item = usize>) {
        let mut start = 0;
        for end in ends {
            let record = bytes.get(start..end).unwrap_or_default();
            self.seen.undelimited += u64::from(record.last().is_some_and(|last| *last != b'\n'));
            start = end;
        }
    }
}
