//! A run at a glance, in bounded space whatever its size: buffers over time, what sealed them, folders by size.
//!
//! Collected while manifest lines go by; nothing here has a part in the digest.

use std::collections::BTreeMap;

use super::{distribution::Distribution, manifest::ManifestLine};
use crate::{
    foundation::timestamp::Timestamp, model::destination::contract::Lane, pipeline::buffers::SealedBy,
};

/// The most slices of a timeline.
pub const MOST_SLICES: i64 = 120;

/// Folders that are told apart; what comes into further ones is counted together.
pub const MOST_FOLDERS: usize = 10_000;

/// Widths of slices in milliseconds. Each divides the next one, so that slices can be joined.
const WIDTHS: [i64; 16] = [
    10,
    50,
    100,
    500,
    1_000,
    5_000,
    15_000,
    60_000,
    300_000,
    900_000,
    3_600_000,
    10_800_000,
    43_200_000,
    86_400_000,
    864_000_000,
    8_640_000_000,
];

/// What a run came to, by time, by reason and by place.
#[derive(Clone, Debug, Default)]
pub struct Overview {
    /// Buffers over time, of each lane that had any.
    pub timelines: BTreeMap<Lane, Timeline>,
    /// What sealed the buffers of each lane.
    pub sealed: BTreeMap<(Lane, SealedBy), Sealed>,
    /// Deliveries of each lane by their outcome.
    pub deliveries: BTreeMap<(Lane, &'static str), u64>,
    /// Deliveries that took more than one attempt.
    pub retried: u64,
    /// Delivered objects of the destination lane, by folder.
    pub folders: Folders,
    /// Sizes of delivered objects, or requests where the destination takes those; `None` where they were not computed.
    pub sizes: Option<Distribution>,
    /// From arrival to delivery, per record; `None` when nothing was delivered.
    pub latencies: Option<Distribution>,
}

/// Buffers of a kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sealed {
    /// How many.
    pub buffers: u64,
    /// Their records.
    pub records: u64,
    /// Their bytes as counted against the size hint.
    pub bytes: u64,
}

impl Overview {
    pub(super) fn add(&mut self, line: &ManifestLine) {
        // A buffer that is delivered in several steps has a line for each.
        if line.step == 0 {
            let timeline = self.timelines.entry(line.lane).or_default();
            timeline.add(line.opened_at, line.sealed_at, line.sealed_by, line.bytes_in);
            let sealed = self.sealed.entry((line.lane, line.sealed_by)).or_default();
            sealed.buffers += 1;
            sealed.records += line.records;
            sealed.bytes += line.bytes_in;
        }
        *self.deliveries.entry((line.lane, line.outcome)).or_default() += 1;
        self.retried += u64::from(line.attempts > 1);
        if line.lane == Lane::Destination && line.outcome == "delivered" && line.kind == "object" {
            self.folders.add(line);
        }
    }
}

/// Buffers over time, in slices of equal width that grow with the run.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    slices: BTreeMap<i64, Slice>,
    width: usize,
}

/// A slice of a timeline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slice {
    /// Buffers that were opened in it.
    pub opened: u64,
    /// Buffers that were sealed in it: by size, by interval, by drain.
    pub sealed: [u64; 3],
    /// Bytes in those.
    pub bytes: u64,
}

impl Slice {
    fn join(&mut self, other: Slice) {
        self.opened += other.opened;
        self.bytes += other.bytes;
        for (own, more) in self.sealed.iter_mut().zip(other.sealed) {
            *own += more;
        }
    }
}

/// The place of a reason in [`Slice::sealed`].
pub fn place(reason: SealedBy) -> usize {
    match reason {
        SealedBy::Size => 0,
        SealedBy::Interval => 1,
        SealedBy::Drain => 2,
    }
}

impl Timeline {
    fn add(&mut self, opened: Timestamp, sealed: Timestamp, reason: SealedBy, bytes: u64) {
        let (opened, sealed) = (opened.as_millis(), sealed.as_millis().max(opened.as_millis()));
        while self.width + 1 < WIDTHS.len() && !self.fits(opened, sealed) {
            self.widen();
        }
        let width = WIDTHS[self.width];
        self.slices.entry(opened.div_euclid(width)).or_default().opened += 1;
        let slice = self.slices.entry(sealed.div_euclid(width)).or_default();
        slice.sealed[place(reason)] += 1;
        slice.bytes += bytes;
    }

    fn fits(&self, from: i64, to: i64) -> bool {
        let width = WIDTHS[self.width];
        let (from, to) = (from.div_euclid(width), to.div_euclid(width));
        let first = self.slices.keys().next().map_or(from, |first| from.min(*first));
        let last = self.slices.keys().next_back().map_or(to, |last| to.max(*last));
        last - first < MOST_SLICES
    }

    fn widen(&mut self) {
        let factor = WIDTHS[self.width + 1] / WIDTHS[self.width];
        self.width += 1;
        for (number, slice) in std::mem::take(&mut self.slices) {
            self.slices.entry(number.div_euclid(factor)).or_default().join(slice);
        }
    }

    /// How wide a slice is, in milliseconds.
    pub fn width(&self) -> u64 {
        WIDTHS[self.width].unsigned_abs()
    }

    /// All slices without gaps: when each begins, what happened in it, and how many buffers were open at some time in it.
    pub fn slices(&self) -> Vec<(Timestamp, Slice, u64)> {
        let (Some(first), Some(last)) = (self.slices.keys().next(), self.slices.keys().next_back()) else {
            return Vec::new();
        };
        let mut open = 0_u64;
        let mut all = Vec::new();
        // The widest slices hold 120 times a hundred days; what lies farther apart is shown as if it followed.
        for number in (*first..=*last).take(2 * MOST_SLICES as usize) {
            let slice = self.slices.get(&number).copied().unwrap_or_default();
            open += slice.opened;
            let from = Timestamp::from_millis(number.saturating_mul(WIDTHS[self.width]));
            all.push((from.unwrap_or(Timestamp::DEFAULT_START), slice, open));
            open = open.saturating_sub(slice.sealed.iter().sum());
        }
        all
    }
}

/// Delivered objects by folder.
#[derive(Clone, Debug, Default)]
pub struct Folders {
    known: BTreeMap<String, Folder>,
    /// What came into folders that were not told apart.
    pub others: Folder,
}

/// What came into one folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Folder {
    /// Objects.
    pub objects: u64,
    /// Their records.
    pub records: u64,
    /// Their bytes as counted against the size hint.
    pub bytes_in: u64,
    /// Bytes of their bodies; 0 where they were not made.
    pub bytes_out: u64,
}

impl Folder {
    fn add(&mut self, line: &ManifestLine) {
        self.objects += 1;
        self.records += line.records;
        self.bytes_in += line.bytes_in;
        self.bytes_out += line.bytes_out.unwrap_or(0);
    }
}

impl Folders {
    fn add(&mut self, line: &ManifestLine) {
        let key = line.key.as_deref().unwrap_or_default();
        let name = match key.rfind('/') {
            Some(end) => &key[..=end],
            None => "",
        };
        if let Some(known) = self.known.get_mut(name) {
            known.add(line);
        } else if self.known.len() < MOST_FOLDERS {
            self.known.entry(name.to_owned()).or_default().add(line);
        } else {
            self.others.add(line);
        }
    }

    /// How many folders are told apart.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether nothing came into any.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// All of them, the largest first; of equal ones in the order of their names.
    pub fn largest_first(&self) -> Vec<(&str, Folder)> {
        let mut all: Vec<(&str, Folder)> =
            self.known.iter().map(|(name, folder)| (name.as_str(), *folder)).collect();
        // Stable, so that names stay in order.
        all.sort_by_key(|(_, folder)| std::cmp::Reverse((folder.bytes_in, folder.objects)));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_767_225_600_000 + millis).unwrap()
    }

    #[test]
    fn a_buffer_is_open_in_every_slice_from_its_opening_to_its_seal() {
        let mut timeline = Timeline::default();
        timeline.add(at(0), at(25), SealedBy::Interval, 7);
        timeline.add(at(21), at(39), SealedBy::Size, 5);
        let open: Vec<u64> = timeline.slices().iter().map(|(_, _, open)| *open).collect();
        assert_eq!(open, [1, 1, 2, 1]);
        assert_eq!(timeline.slices()[2].1, Slice { opened: 1, sealed: [0, 1, 0], bytes: 7 });
    }

    #[test]
    fn slices_grow_and_lose_nothing() {
        let mut timeline = Timeline::default();
        for number in 0..5_000 {
            timeline.add(at(number * 61_000), at(number * 61_000 + 60_000), SealedBy::Interval, 1);
        }
        // One that comes late and begins early, as manifest lines do.
        timeline.add(at(-10_000), at(5_000 * 61_000), SealedBy::Drain, 1);
        let slices = timeline.slices();
        assert!(slices.len() as i64 <= MOST_SLICES, "{}", slices.len());
        assert_eq!(slices.iter().map(|(_, slice, _)| slice.opened).sum::<u64>(), 5_001);
        assert_eq!(slices.iter().map(|(_, slice, _)| slice.sealed[1]).sum::<u64>(), 5_000);
        assert_eq!(slices.iter().map(|(_, slice, _)| slice.bytes).sum::<u64>(), 5_001);
    }

    #[test]
    fn the_order_of_lines_changes_no_slice() {
        let lives: Vec<(i64, i64)> = (0..300).map(|n| (n * 977 % 40_000, n * 977 % 40_000 + 900)).collect();
        let of = |lives: &mut dyn Iterator<Item = &(i64, i64)>| {
            let mut timeline = Timeline::default();
            lives.for_each(|(from, to)| timeline.add(at(*from), at(*to), SealedBy::Size, 1));
            timeline.slices()
        };
        assert_eq!(of(&mut lives.iter()), of(&mut lives.iter().rev()));
    }
}
