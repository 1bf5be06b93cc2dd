//! Deadlines, each with its reason.
//!
//! At one moment they fire by lane (destination, backup, error), then in the order in which they were set.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::BufferId;
use crate::{foundation::timestamp::Timestamp, model::destination::contract::Lane};

/// What a deadline is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TimerReason {
    /// The interval since the first record of a buffer ends.
    BufferInterval,
    /// That of a batch that waits for the function; the number is the batch's.
    FunctionInterval,
    /// A failed write is tried again.
    Retry,
    /// A request has been tried again for as long as it may be.
    RetriesOver,
    /// The source stops keeping the oldest record of a buffer.
    RetentionOver,
}

/// A moment at which the machine wants to be woken, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// When.
    pub at: Timestamp,
    /// What for.
    pub reason: TimerReason,
}

/// A timer that was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Timer {
    pub(super) at: Timestamp,
    pub(super) lane: Lane,
    order: u64,
    pub(super) reason: TimerReason,
    pub(super) buffer: BufferId,
}

/// All timers that were set and have not fired.
#[derive(Debug, Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<Timer>>,
    set: u64,
}

impl Timers {
    pub(super) fn set(&mut self, at: Timestamp, lane: Lane, reason: TimerReason, buffer: BufferId) {
        self.heap.push(Reverse(Timer { at, lane, order: self.set, reason, buffer }));
        self.set += 1;
    }

    /// The next timer to fire.
    pub(super) fn next(&self) -> Option<&Timer> {
        self.heap.peek().map(|Reverse(timer)| timer)
    }

    /// Takes the next timer if it is due.
    pub(super) fn take_due(&mut self, now: Timestamp) -> Option<Timer> {
        if self.next()?.at > now {
            return None;
        }
        self.heap.pop().map(|Reverse(timer)| timer)
    }

    /// Removes timers from the front that no longer mean anything.
    pub(super) fn forget_while(&mut self, is_stale: impl Fn(&Timer) -> bool) {
        while self.next().is_some_and(&is_stale) {
            self.heap.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_moments_go_by_lane_then_by_order_of_setting() {
        let now = Timestamp::DEFAULT_START;
        let mut timers = Timers::default();
        timers.set(now, Lane::Error, TimerReason::BufferInterval, BufferId(1));
        timers.set(now, Lane::Destination, TimerReason::Retry, BufferId(3));
        timers.set(now, Lane::Destination, TimerReason::BufferInterval, BufferId(2));
        let order: Vec<u64> =
            std::iter::from_fn(|| timers.take_due(now)).map(|timer| timer.buffer.0).collect();
        assert_eq!(order, [3, 2, 1]);
    }
}
