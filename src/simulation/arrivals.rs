//! When each record arrives: at a rate, or when the samples say.

use std::str::FromStr;

use super::samples::pointer::JsonPointer;
use crate::foundation::timestamp::Timestamp;

/// Decimals of a rate: with more of them, products of whole numbers would not fit.
const MOST_DECIMALS: usize = 6;

/// Records per second, as an exact fraction, so that nothing drifts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    records: u64,
    seconds: u64,
}

/// Text that is not a rate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a rate: records per second are expected, such as 1000/s or 0.5/s, with at most {MOST_DECIMALS} decimals"
)]
pub struct RateError {
    /// What was given.
    pub text: String,
}

impl Rate {
    /// 1000/s.
    pub const DEFAULT: Rate = Rate { records: 1_000, seconds: 1 };
}

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Rate, RateError> {
        let parse = || {
            let (whole, fraction) = match text.strip_suffix("/s")?.split_once('.') {
                Some((whole, fraction)) => (whole, fraction),
                None => (text.strip_suffix("/s")?, ""),
            };
            let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
            if whole.is_empty() || !is_number(whole) || !is_number(fraction) || fraction.len() > MOST_DECIMALS
            {
                return None;
            }
            let records: u64 = format!("{whole}{fraction}").parse().ok()?;
            let seconds = 10_u64.pow(fraction.len() as u32);
            (1..=1_000_000_000_000_000).contains(&records).then_some(Rate { records, seconds })
        };
        parse().ok_or_else(|| RateError { text: text.to_owned() })
    }
}

/// Where arrival times come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrivals {
    /// The default: the times of the samples where the form has them, else 1000 records a second.
    Default,
    /// Evenly, at this rate.
    Rate(Rate),
    /// From the field of each record that this names.
    Field(JsonPointer),
}

/// Gives each put call its moment. Moments never go back.
#[derive(Clone, Debug)]
pub struct ArrivalClock {
    start: Timestamp,
    rate: Rate,
    records: u64,
    last: Option<Timestamp>,
    raised: u64,
}

impl ArrivalClock {
    /// A clock that starts at `start`.
    pub fn new(start: Timestamp, rate: Rate) -> ArrivalClock {
        ArrivalClock { start, rate, records: 0, last: None, raised: 0 }
    }

    /// The arrival of the next `records`, put together, by the rate.
    pub fn by_rate(&mut self, records: u64) -> Timestamp {
        let index = self.records;
        self.records += records;
        let per_record = 1_000_000 * self.rate.seconds;
        let micros = match index.checked_mul(per_record) {
            Some(product) => product / self.rate.records,
            None => {
                let product = u128::from(index) * u128::from(per_record) / u128::from(self.rate.records);
                u64::try_from(product).unwrap_or(u64::MAX)
            }
        };
        let at = self.start.saturating_add(std::time::Duration::from_micros(micros));
        self.last = Some(at);
        at
    }

    /// The arrival of `records` that say they arrived at `at`; raised to their predecessors' when earlier.
    pub fn by_sample(&mut self, at: Timestamp, records: u64) -> Timestamp {
        let raised = self.last.map_or(at, |last| last.max(at));
        if raised != at {
            self.raised += records;
        }
        self.last = Some(raised);
        raised
    }

    /// The last moment given; `None` before the first.
    pub fn last(&self) -> Option<Timestamp> {
        self.last
    }

    /// Records whose own time was earlier than their predecessor's.
    pub fn raised(&self) -> u64 {
        self.raised
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_does_not_drift() {
        let mut clock = ArrivalClock::new(Timestamp::DEFAULT_START, "3/s".parse().unwrap());
        for _ in 0..3_000_000 {
            clock.by_rate(1);
        }
        assert_eq!(clock.by_rate(1).to_string(), "2026-01-12T13:46:40.000Z");
    }

    #[test]
    fn records_of_a_request_arrive_together_and_take_their_share_of_time() {
        let mut clock = ArrivalClock::new(Timestamp::DEFAULT_START, "0.5/s".parse().unwrap());
        assert_eq!(clock.by_rate(3), Timestamp::DEFAULT_START);
        assert_eq!(clock.by_rate(1).to_string(), "2026-01-01T00:00:06.000Z");
    }

    #[test]
    fn rates_that_are_none_are_refused() {
        for text in ["0/s", "-1/s", "10", "/s", "1/m", "1.2.3/s", "0.0/s"] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }

    #[test]
    fn earlier_times_are_raised_and_counted() {
        let mut clock = ArrivalClock::new(Timestamp::DEFAULT_START, Rate::DEFAULT);
        let at = |micros| Timestamp::from_micros(micros).unwrap();
        assert_eq!(clock.by_sample(at(10), 1), at(10));
        assert_eq!(clock.by_sample(at(5), 1), at(10));
        assert_eq!(clock.by_sample(at(11), 1), at(11));
        assert_eq!(clock.raised(), 1);
    }
}
