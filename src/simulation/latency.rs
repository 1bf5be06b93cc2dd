//! How long records took from arrival to delivery: exact percentiles without a list of records.

use std::collections::BTreeMap;

use serde::Serialize;

use super::distribution::{Distribution, Quantity};

/// Latencies below this many milliseconds are counted in an array.
const DENSE: usize = 1 << 20;

/// Counts of latencies in whole milliseconds.
#[derive(Clone, Debug, Default)]
pub struct Latencies {
    dense: Vec<u64>,
    sparse: BTreeMap<u64, u64>,
    records: u64,
}

/// Latencies of delivered records, in milliseconds; percentiles by nearest rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LatencySummary {
    /// Half of the records took no longer.
    pub p50: u64,
    /// 90 % took no longer.
    pub p90: u64,
    /// 99 % took no longer.
    pub p99: u64,
    /// None took longer.
    pub max: u64,
}

impl Latencies {
    /// Counts `records` that took this long.
    pub fn add(&mut self, millis: u64, records: u64) {
        self.records += records;
        match usize::try_from(millis) {
            Ok(index) if index < DENSE => {
                if self.dense.len() <= index {
                    self.dense.resize(index + 1, 0);
                }
                self.dense[index] += records;
            }
            _ => *self.sparse.entry(millis).or_default() += records,
        }
    }

    /// The percentiles; `None` when nothing was delivered.
    pub fn summary(&self) -> Option<LatencySummary> {
        if self.records == 0 {
            return None;
        }
        let percentile = |percent: u64| {
            let rank = (u128::from(self.records) * u128::from(percent)).div_ceil(100);
            self.nearest_rank(rank)
        };
        Some(LatencySummary {
            p50: percentile(50),
            p90: percentile(90),
            p99: percentile(99),
            max: percentile(100),
        })
    }

    /// How they spread; `None` when nothing was delivered.
    pub fn distribution(&self) -> Option<Distribution> {
        Distribution::of(Quantity::Millis, self.counts())
    }

    /// Latencies in order, and how many records took each.
    fn counts(&self) -> impl Iterator<Item = (u64, u64)> + Clone {
        let dense = self.dense.iter().enumerate().map(|(millis, records)| (millis as u64, *records));
        dense.chain(self.sparse.iter().map(|(millis, records)| (*millis, *records)))
    }

    fn nearest_rank(&self, rank: u128) -> u64 {
        let mut seen = 0_u128;
        for (millis, records) in self.counts() {
            seen += u128::from(records);
            if seen >= rank {
                return millis;
            }
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let mut latencies = Latencies::default();
        for millis in [15, 20, 35, 40, 50] {
            latencies.add(millis, 1);
        }
        let summary = latencies.summary().unwrap();
        assert_eq!((summary.p50, summary.p90, summary.p99, summary.max), (35, 50, 50, 50));
    }

    #[test]
    fn a_day_is_counted_exactly_too() {
        let mut latencies = Latencies::default();
        latencies.add(0, 99);
        latencies.add(86_400_001, 1);
        let summary = latencies.summary().unwrap();
        assert_eq!((summary.p99, summary.max), (0, 86_400_001));
        assert_eq!(Latencies::default().summary(), None);
    }
}
