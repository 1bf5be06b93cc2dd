//! What happens to a run from outside, as a scenario says: writes that fail, latencies, throttling, late and repeated puts.
//!
//! Virtual time and the seed only, so that a scenario gives the same bytes everywhere.

use std::time::Duration;

use super::answers::ScriptedAnswer;
use crate::{
    foundation::{
        seed::{Purpose, Seed},
        timestamp::Timestamp,
    },
    model::{destination::contract::Lane, processor::lambda_response::Rejection},
};

/// A moment of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A time.
    At(Timestamp),
    /// So long after the first arrival.
    After(Duration),
}

impl Moment {
    pub(super) fn resolve(self, first: Timestamp) -> Timestamp {
        match self {
            Moment::At(at) => at,
            Moment::After(wait) => first.saturating_add(wait),
        }
    }
}

/// A pattern for names: `*` is any characters (slashes too), `?` any one; everything else is itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamePattern(String);

impl NamePattern {
    /// The pattern of this text.
    pub fn new(text: impl Into<String>) -> NamePattern {
        NamePattern(text.into())
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the whole of `name` fits. Takes time in proportion to the two lengths multiplied, at the most.
    pub fn fits(&self, name: &str) -> bool {
        let (pattern, name): (Vec<char>, Vec<char>) = (self.0.chars().collect(), name.chars().collect());
        let (mut p, mut n) = (0, 0);
        // Where the last star stands, and how much of the name it takes so far.
        let mut star: Option<(usize, usize)> = None;
        while n < name.len() {
            match pattern.get(p) {
                Some('*') => {
                    star = Some((p, n));
                    p += 1;
                }
                Some(c) if *c == '?' || *c == name[n] => {
                    p += 1;
                    n += 1;
                }
                _ => {
                    let Some((at, taken)) = star else { return false };
                    star = Some((at, taken + 1));
                    (p, n) = (at + 1, taken + 1);
                }
            }
        }
        pattern[p..].iter().all(|c| *c == '*')
    }
}

/// Writes that fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptedFault {
    /// The first moment at which attempts fail.
    pub from: Moment,
    /// The first moment at which they no longer do; `None` for never.
    pub until: Option<Moment>,
    /// The lane whose writes fail; all of them when `None`.
    pub lane: Option<Lane>,
    /// The buckets whose writes fail; all of them when `None`.
    pub bucket: Option<NamePattern>,
    /// The keys whose writes fail; all of them when `None`.
    pub key: Option<NamePattern>,
    /// How many attempts of each object fail; all of them when `None`.
    pub attempts: Option<u32>,
    /// What the write fails with, such as `S3.AccessDenied`.
    pub error: String,
}

/// Calls of the function that fail without the function being called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionFault {
    /// The first moment at which calls fail.
    pub from: Moment,
    /// The first moment at which they no longer do; `None` for never.
    pub until: Option<Moment>,
    /// How many calls with each batch fail; all of them when `None`.
    pub attempts: Option<u32>,
    /// What they fail with.
    pub error: Rejection,
}

/// One attempt to write an object.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// When it starts.
    pub at: Timestamp,
    /// Its number, from 1.
    pub number: u32,
    /// The object's way out.
    pub lane: Lane,
    /// Its bucket.
    pub bucket: &'a str,
    /// Its key.
    pub key: &'a str,
}

/// Limits on puts for a second, each a bucket of tokens that holds one second's worth (CHOICE: behaviour sheet, 1.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Throttle {
    /// Bytes of records a second.
    pub bytes: Option<u64>,
    /// Records a second.
    pub records: Option<u64>,
    /// Put calls a second.
    pub requests: Option<u64>,
}

/// What the network and producers do to puts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Disturbance {
    /// The share of puts that come late, 0 to 1.
    pub late: f64,
    /// How late they come at the most.
    pub delay: Duration,
    /// The share of puts that are made twice, 0 to 1.
    pub repeated: f64,
}

/// Everything a scenario does to a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Script {
    /// Failing writes; the first that fits decides.
    pub faults: Vec<ScriptedFault>,
    /// How requests are answered; the first that fits decides, and without one the endpoint is healthy.
    pub answers: Vec<ScriptedAnswer>,
    /// Failing calls of the function; the first that fits decides.
    pub function_faults: Vec<FunctionFault>,
    /// How long each call of the function takes.
    pub function_latency: Duration,
    /// How much longer it takes at the most, drawn from the seed.
    pub function_jitter: Duration,
    /// How long each write takes.
    pub write_latency: Duration,
    /// How much longer it takes at the most, drawn from the seed.
    pub write_jitter: Duration,
    /// Limits on puts.
    pub throttle: Option<Throttle>,
    /// Late and repeated puts.
    pub disturbance: Option<Disturbance>,
}

impl Script {
    /// What an attempt fails with; `None` when it succeeds. `first` is the first arrival of the run.
    pub fn error(&self, attempt: &Attempt<'_>, first: Timestamp) -> Option<&str> {
        let fault = self.faults.iter().find(|fault| {
            let is_over = fault.until.is_some_and(|until| until.resolve(first) <= attempt.at);
            fault.from.resolve(first) <= attempt.at
                && !is_over
                && fault.lane.is_none_or(|lane| lane == attempt.lane)
                && fault.attempts.is_none_or(|attempts| attempt.number <= attempts)
                && fault.bucket.as_ref().is_none_or(|pattern| pattern.fits(attempt.bucket))
                && fault.key.as_ref().is_none_or(|pattern| pattern.fits(attempt.key))
        });
        fault.map(|fault| &*fault.error)
    }

    /// What a call of the function fails with; `None` when the function is called.
    pub fn function_error(&self, at: Timestamp, attempt: u32, first: Timestamp) -> Option<Rejection> {
        let fault = self.function_faults.iter().find(|fault| {
            let is_over = fault.until.is_some_and(|until| until.resolve(first) <= at);
            fault.from.resolve(first) <= at
                && !is_over
                && fault.attempts.is_none_or(|attempts| attempt <= attempts)
        });
        fault.map(|fault| fault.error)
    }

    /// How long the run's `number`-th attempt to write takes.
    pub fn latency(&self, seed: Seed, number: u64) -> Duration {
        longer(self.write_latency, self.write_jitter, || seed.draw(Purpose::WriteJitter, number))
    }

    /// How long the run's `number`-th call of the function takes, if it is let.
    pub fn function_latency(&self, seed: Seed, number: u64) -> Duration {
        longer(self.function_latency, self.function_jitter, || seed.draw(Purpose::FunctionJitter, number))
    }
}

/// A duration with a part of `jitter` added.
fn longer(least: Duration, jitter: Duration, draw: impl FnOnce() -> u64) -> Duration {
    match u64::try_from(jitter.as_micros()).unwrap_or(u64::MAX) {
        0 => least,
        jitter => least.saturating_add(Duration::from_micros(scaled(draw(), jitter))),
    }
}

impl Disturbance {
    /// How late the input's `number`-th put comes; `None` when it comes in time.
    pub fn delay(&self, seed: Seed, number: u64) -> Option<Duration> {
        let most = u64::try_from(self.delay.as_micros()).unwrap_or(u64::MAX);
        if !is_drawn(seed.draw(Purpose::LatePut, number), self.late) || most == 0 {
            return None;
        }
        let micros = scaled(seed.draw(Purpose::LatePutDelay, number), most - 1) + 1;
        Some(Duration::from_micros(micros))
    }

    /// Whether the input's `number`-th put is made twice.
    pub fn is_repeated(&self, seed: Seed, number: u64) -> bool {
        is_drawn(seed.draw(Purpose::RepeatedPut, number), self.repeated)
    }
}

/// An even draw between 0 and `most`.
fn scaled(draw: u64, most: u64) -> u64 {
    ((u128::from(draw) * (u128::from(most) + 1)) >> 64) as u64
}

/// Whether an even draw falls into a share.
fn is_drawn(draw: u64, share: f64) -> bool {
    // 53 bits are what a float holds exactly.
    ((draw >> 11) as f64) < share * (1_u64 << 53) as f64
}

/// The state of a [`Throttle`].
#[derive(Clone, Debug)]
pub struct TokenBuckets {
    limits: [Option<u64>; 3],
    /// Tokens times a million, so that nothing is rounded.
    filled: [u128; 3],
    last: Option<Timestamp>,
}

impl TokenBuckets {
    /// Full buckets.
    pub fn new(throttle: Throttle) -> TokenBuckets {
        let limits = [throttle.bytes, throttle.records, throttle.requests];
        let filled = limits.map(|limit| u128::from(limit.unwrap_or(0)) * 1_000_000);
        TokenBuckets { limits, filled, last: None }
    }

    /// How many of a call's records are let in, given their sizes: the first ones, up to the first that is over a limit.
    pub fn take(&mut self, sizes: impl Iterator<Item = u64>, now: Timestamp) -> usize {
        let passed = self.last.map_or(0, |last| now.since(last).as_micros());
        self.last = Some(now);
        for (limit, filled) in self.limits.iter().zip(&mut self.filled) {
            let limit = u128::from(limit.unwrap_or(0));
            *filled = (*filled + limit * passed).min(limit * 1_000_000);
        }
        if !self.pay([0, 0, 1]) {
            return 0;
        }
        let mut taken = 0;
        for size in sizes {
            if !self.pay([size, 1, 0]) {
                break;
            }
            taken += 1;
        }
        taken
    }

    fn pay(&mut self, price: [u64; 3]) -> bool {
        let price = price.map(|tokens| u128::from(tokens) * 1_000_000);
        let has = |at: usize| self.limits[at].is_none() || self.filled[at] >= price[at];
        if !(0..3).all(has) {
            return false;
        }
        for (filled, price) in self.filled.iter_mut().zip(price) {
            *filled = filled.saturating_sub(price);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis).unwrap()
    }

    #[test]
    fn a_pattern_fits_the_whole_name() {
        let fits = |pattern: &str, name: &str| NamePattern::new(pattern).fits(name);
        assert!(
            fits("data/*.gz", "data/2026/x.gz") && fits("a?c", "abc") && fits("*", "") && fits("**a*", "xxa")
        );
        assert!(
            !fits("data/*.gz", "data/x.gz.tmp") && !fits("a?c", "ac") && !fits("", "a") && !fits("a", "A")
        );
        // Many stars take no exponential time.
        assert!(!fits(&"*a".repeat(200), &"a".repeat(199)));
    }

    #[test]
    fn a_fault_ends_by_time_and_by_attempts() {
        let fault = ScriptedFault {
            from: Moment::After(Duration::from_secs(1)),
            until: Some(Moment::At(at(5_000))),
            lane: Some(Lane::Destination),
            bucket: None,
            key: Some(NamePattern::new("a*")),
            attempts: Some(2),
            error: "S3.SlowDown".to_owned(),
        };
        let script = Script { faults: vec![fault], ..Script::default() };
        let fails = |millis, number, lane, key| {
            let attempt = Attempt { at: at(millis), number, lane, bucket: "b", key };
            script.error(&attempt, at(0)).is_some()
        };
        assert!(fails(1_000, 1, Lane::Destination, "a1") && fails(4_999, 2, Lane::Destination, "a1"));
        assert!(!fails(999, 1, Lane::Destination, "a1") && !fails(5_000, 1, Lane::Destination, "a1"));
        assert!(!fails(1_000, 3, Lane::Destination, "a1") && !fails(1_000, 1, Lane::Backup, "a1"));
        assert!(!fails(1_000, 1, Lane::Destination, "b1"));
    }

    #[test]
    fn buckets_of_tokens_fill_again_up_to_one_second() {
        let throttle = Throttle { bytes: None, records: Some(3), requests: Some(100) };
        let mut buckets = TokenBuckets::new(throttle);
        assert_eq!(buckets.take([1; 5].into_iter(), at(0)), 3);
        assert_eq!(buckets.take([1].into_iter(), at(333)), 0);
        assert_eq!(buckets.take([1].into_iter(), at(334)), 1);
        assert_eq!(buckets.take([1; 9].into_iter(), at(60_000)), 3);
    }

    #[test]
    fn shares_are_drawn_from_the_seed() {
        let disturbance = Disturbance { late: 0.25, delay: Duration::from_secs(2), repeated: 0.0 };
        let late: Vec<Duration> = (0..10_000).filter_map(|put| disturbance.delay(Seed(7), put)).collect();
        assert!((2_300..2_700).contains(&late.len()), "{}", late.len());
        assert!(late.iter().all(|delay| *delay > Duration::ZERO && *delay <= Duration::from_secs(2)));
        assert!((0..1_000).all(|put| !disturbance.is_repeated(Seed(7), put)));
        let all = Disturbance { repeated: 1.0, ..disturbance };
        assert!((0..1_000).all(|put| all.is_repeated(Seed(7), put)));
    }

    #[test]
    fn jitter_stays_in_its_range() {
        let (least, jitter) = (Duration::from_millis(100), Duration::from_millis(50));
        let script = Script { write_latency: least, write_jitter: jitter, ..Script::default() };
        let taken: Vec<Duration> = (0..200).map(|number| script.latency(Seed(1), number)).collect();
        assert!(taken.iter().all(|taken| (least..=least + jitter).contains(taken)));
        assert_ne!(taken[0], taken[1]);
    }
}
