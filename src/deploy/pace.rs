//! How often AWS is asked: often while something happens, rarely while nothing does, and ever more rarely while it fails.

use std::time::Duration;

use crate::foundation::seed::{Purpose, Seed};

/// The first pause between two looks.
const SHORTEST: Duration = Duration::from_millis(500);
/// The longest pause between two looks. CloudFormation allows an account some ten reads a second for all its users.
const LONGEST: Duration = Duration::from_secs(5);
/// The longest pause after failed calls.
const LONGEST_AFTER_FAILURE: Duration = Duration::from_secs(30);

/// Pauses, with jitter, so that deployments that began together do not stay together.
#[derive(Debug, Clone)]
pub struct Pace {
    seed: Seed,
    drawn: u64,
    pause: Duration,
    failures: u32,
}

impl Pace {
    /// A pace from its shortest pause.
    pub fn new(seed: Seed) -> Pace {
        Pace { seed, drawn: 0, pause: SHORTEST, failures: 0 }
    }

    /// Something happened: look often again.
    pub fn news(&mut self) {
        self.pause = SHORTEST;
    }

    /// A call succeeded.
    pub fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// How many calls have failed in a row.
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// The pause before the next look: half again as long as the last, within a tenth.
    pub fn pause(&mut self) -> Duration {
        let pause = self.jittered(self.pause, 0.9, 1.1);
        self.pause = self.pause.mul_f64(1.5).min(LONGEST);
        pause
    }

    /// The pause after a failed call: twice as long each time, anywhere in its upper half.
    pub fn after_failure(&mut self) -> Duration {
        self.failures += 1;
        self.after_failures(self.failures)
    }

    /// The pause after so many failures, from 1.
    pub fn after_failures(&mut self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(10);
        let doubled = SHORTEST.saturating_mul(1 << doublings).min(LONGEST_AFTER_FAILURE);
        self.jittered(doubled, 0.5, 1.0)
    }

    fn jittered(&mut self, pause: Duration, low: f64, high: f64) -> Duration {
        let draw = self.seed.draw(Purpose::PollJitter, self.drawn) >> 11;
        self.drawn += 1;
        let part = draw as f64 / (1u64 << 53) as f64;
        pause.mul_f64(low + (high - low) * part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_shrink_and_stay_within_bounds() {
        let mut pace = Pace::new(Seed(7));
        let pauses: Vec<Duration> = (0..20).map(|_| pace.pause()).collect();
        assert!(pauses[0] <= SHORTEST.mul_f64(1.1) && pauses[19] >= LONGEST.mul_f64(0.9));
        assert!(pauses.iter().all(|pause| *pause <= LONGEST.mul_f64(1.1)));
        pace.news();
        assert!(pace.pause() <= SHORTEST.mul_f64(1.1));
        let failing: Vec<Duration> = (0..12).map(|_| pace.after_failure()).collect();
        assert!(failing[6] > failing[0] && failing.iter().all(|pause| *pause <= LONGEST_AFTER_FAILURE));
        assert_ne!(failing[10], failing[11], "two machines that began together part");
    }
}
