//! How values spread: at most a few dozen bins with round edges, whatever the values are.

/// The most bins of a distribution.
pub const MOST_BINS: usize = 24;

/// What the values are; their edges are round in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Bytes: edges are powers of two, or steps of one.
    Bytes,
    /// Milliseconds: edges are what people read off clocks.
    Millis,
}

/// Widths and edges that people read off clocks, in milliseconds; each further one is ten times the one before.
const CLOCK: [u64; 27] = [
    1,
    2,
    5,
    10,
    20,
    50,
    100,
    200,
    500,
    1_000,
    2_000,
    5_000,
    10_000,
    15_000,
    30_000,
    60_000,
    120_000,
    300_000,
    600_000,
    1_800_000,
    3_600_000,
    7_200_000,
    21_600_000,
    43_200_000,
    86_400_000,
    172_800_000,
    864_000_000,
];

/// Values by size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distribution {
    /// What the values are.
    pub quantity: Quantity,
    /// Whether bins grow, because the values spread over magnitudes.
    pub grows: bool,
    /// The bins, without gaps, the first and the last of them not empty.
    pub bins: Vec<Bin>,
}

/// Values from `from` up to but not including `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bin {
    /// The smallest value that belongs here.
    pub from: u64,
    /// The smallest value that is too large.
    pub to: u64,
    /// How many values there are.
    pub count: u64,
}

impl Distribution {
    /// Of sorted values and how often each came; `None` without any.
    pub fn of(quantity: Quantity, sorted: impl Iterator<Item = (u64, u64)> + Clone) -> Option<Distribution> {
        let values = sorted.filter(|(_, count)| *count > 0);
        let smallest = values.clone().next()?.0;
        let largest = values.clone().last()?.0;
        let middle = median(values.clone())?;
        // Where the middle lies in the lowest bin or two of equal width, equal widths show nothing.
        let grows = largest > 16 && largest / 12 > middle.max(1);
        let edges =
            if grows { growing(quantity, smallest, largest) } else { equal(quantity, smallest, largest) };
        let mut bins: Vec<Bin> =
            edges.windows(2).map(|pair| Bin { from: pair[0], to: pair[1], count: 0 }).collect();
        for (value, count) in values {
            let at = bins.partition_point(|bin| bin.to <= value).min(bins.len().saturating_sub(1));
            if let Some(bin) = bins.get_mut(at) {
                bin.count += count;
            }
        }
        let first = bins.iter().position(|bin| bin.count > 0)?;
        let last = bins.iter().rposition(|bin| bin.count > 0)?;
        Some(Distribution { quantity, grows, bins: bins.drain(first..=last).collect() })
    }

    /// How many values there are.
    pub fn count(&self) -> u64 {
        self.bins.iter().map(|bin| bin.count).sum()
    }
}

/// The value in the middle, by nearest rank.
fn median(values: impl Iterator<Item = (u64, u64)> + Clone) -> Option<u64> {
    let all: u64 = values.clone().map(|(_, count)| count).sum();
    let mut seen = 0;
    values
        .filter(|(_, count)| {
            seen += count;
            seen >= all.div_ceil(2)
        })
        .map(|(value, _)| value)
        .next()
}

/// Edges at equal distances, from below the smallest to above the largest.
fn equal(quantity: Quantity, smallest: u64, largest: u64) -> Vec<u64> {
    let fits = |width: u64| (largest / width - smallest / width) < MOST_BINS as u64;
    let width = match quantity {
        // Not finer than tenths of the unit that people read.
        Quantity::Bytes => {
            let finest = match largest {
                0..0x400 => 0,
                0x400..0x10_0000 => 7,
                0x10_0000..0x4000_0000 => 17,
                _ => 27,
            };
            (finest..64).map(|power| 1_u64 << power).find(|width| fits(*width))
        }
        Quantity::Millis => CLOCK.into_iter().chain(decades()).find(|width| fits(*width)),
    };
    let width = width.unwrap_or(u64::MAX);
    let first = smallest / width;
    (first..=largest / width + 1).map(|number| number.saturating_mul(width)).collect()
}

/// Edges that grow, from below the smallest to above the largest.
fn growing(quantity: Quantity, smallest: u64, largest: u64) -> Vec<u64> {
    let ladder: Vec<u64> = match quantity {
        Quantity::Bytes => (0..64).map(|power| 1_u64 << power).collect(),
        Quantity::Millis => CLOCK.into_iter().chain(decades()).collect(),
    };
    let mut edges = vec![0];
    edges.extend(ladder.iter().copied().filter(|edge| *edge > smallest / 4 && *edge <= largest));
    // The edge above the largest value.
    edges.push(ladder.iter().copied().find(|edge| *edge > largest).unwrap_or(u64::MAX));
    while edges.len() > MOST_BINS + 1 {
        // Every second one, both ends kept.
        let last = edges.len() - 1;
        edges = edges
            .iter()
            .copied()
            .enumerate()
            .filter(|(at, _)| at % 2 == 0 || *at == last)
            .map(|(_, edge)| edge)
            .collect();
    }
    edges
}

/// What comes behind the days.
fn decades() -> impl Iterator<Item = u64> {
    (1..11).map(|power| 864_000_000_u64.saturating_mul(10_u64.pow(power)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(quantity: Quantity, values: &[(u64, u64)]) -> Distribution {
        Distribution::of(quantity, values.iter().copied()).unwrap()
    }

    #[test]
    fn every_value_is_in_the_bin_that_names_it() {
        let values: Vec<(u64, u64)> = (0..60_001).step_by(7).map(|millis| (millis, 1)).collect();
        let spread = of(Quantity::Millis, &values);
        assert!(!spread.grows);
        assert!(spread.bins.len() <= MOST_BINS);
        for bin in &spread.bins {
            let inside = values.iter().filter(|(value, _)| (bin.from..bin.to).contains(value)).count();
            assert_eq!(bin.count, inside as u64, "{bin:?}");
        }
        assert_eq!(spread.count(), values.len() as u64);
    }

    #[test]
    fn bins_grow_where_values_spread_over_magnitudes() {
        let spread = of(Quantity::Bytes, &[(90, 1), (1_000, 500), (2_000, 3), (90_000_000, 1)]);
        assert!(spread.grows);
        assert!(spread.bins.len() <= MOST_BINS);
        assert_eq!(spread.count(), 505);
        assert!(spread.bins.iter().all(|bin| bin.from == 0 || bin.from.is_power_of_two()));
        let spread = of(Quantity::Millis, &[(0, 10), (40, 10_000), (86_400_000, 1)]);
        assert!(spread.grows);
        assert_eq!(spread.count(), 10_011);
    }

    #[test]
    fn the_extremes_have_a_bin() {
        assert_eq!(of(Quantity::Bytes, &[(0, 3)]).bins, [Bin { from: 0, to: 1, count: 3 }]);
        assert_eq!(Distribution::of(Quantity::Bytes, std::iter::empty()), None);
        let spread = of(Quantity::Millis, &[(0, 1), (u64::MAX, 1)]);
        assert_eq!(spread.count(), 2);
        assert!(spread.bins.len() <= MOST_BINS);
    }
}
