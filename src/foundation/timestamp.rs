//! Moments on the time line, in microseconds since 1970, and their text forms.
//!
//! For arithmetic on times that are handed in. There is no `now` here: time is always an argument.

use std::{fmt, time::Duration};

use jiff::tz::TimeZone;
use serde::{Serialize, Serializer};

/// A moment, in whole microseconds since 1970-01-01T00:00:00Z, always between the years -9999 and 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// Text that is not a time as we read it: RFC 3339, without an offset taken as UTC.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a time: RFC 3339 is expected, such as 2026-01-01T00:00:00Z")]
pub struct TimestampError {
    /// What was given.
    pub text: String,
}

impl Timestamp {
    /// 2026-01-01T00:00:00Z, where a simulation starts when nothing else is said.
    pub const DEFAULT_START: Timestamp = Timestamp(1_767_225_600_000_000);

    /// From microseconds since 1970; `None` outside the years -9999 to 9999.
    pub fn from_micros(micros: i64) -> Option<Timestamp> {
        jiff::Timestamp::from_microsecond(micros).ok().map(|_| Timestamp(micros))
    }

    /// From milliseconds since 1970; `None` outside the years -9999 to 9999.
    pub fn from_millis(millis: i64) -> Option<Timestamp> {
        millis.checked_mul(1_000).and_then(Timestamp::from_micros)
    }

    /// Microseconds since 1970.
    pub fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole milliseconds since 1970, rounded down.
    pub fn as_millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// The moment `duration` later; stays at the end of the year 9999 rather than pass it.
    pub fn saturating_add(self, duration: Duration) -> Timestamp {
        let latest = jiff::Timestamp::MAX.as_microsecond();
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Timestamp(self.0.saturating_add(micros).min(latest))
    }

    /// How long after `earlier` this is; zero when it is not after it.
    pub fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The calendar's view of this moment in a time zone.
    pub fn in_zone(self, zone: &TimeZone) -> jiff::Zoned {
        self.instant().to_zoned(zone.clone())
    }

    fn instant(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::MAX)
    }
}

impl std::str::FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Timestamp, TimestampError> {
        let refuse = || TimestampError { text: text.to_owned() };
        let instant = match text.parse::<jiff::Timestamp>() {
            Ok(instant) => instant,
            Err(_) => {
                let civil = text.parse::<jiff::civil::DateTime>().map_err(|_| refuse())?;
                civil.to_zoned(TimeZone::UTC).map_err(|_| refuse())?.timestamp()
            }
        };
        // Rounded down, so that a moment never moves into the next second.
        let micros = instant.as_nanosecond().div_euclid(1_000);
        i64::try_from(micros).ok().and_then(Timestamp::from_micros).ok_or_else(refuse)
    }
}

/// RFC 3339 in UTC with milliseconds: `2026-03-01T22:59:30.000Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.in_zone(&TimeZone::UTC).datetime();
        write!(
            formatter,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
            at.year(),
            at.month(),
            at.day(),
            at.hour(),
            at.minute(),
            at.second(),
            at.millisecond()
        )
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_milliseconds_and_utc() {
        let at: Timestamp = "2026-03-01T23:59:30.0019+01:00".parse().unwrap();
        assert_eq!(at.to_string(), "2026-03-01T22:59:30.001Z");
    }

    #[test]
    fn without_an_offset_it_is_utc() {
        let at: Timestamp = "2026-01-01T00:00:00".parse().unwrap();
        assert_eq!(at, Timestamp::DEFAULT_START);
        assert!("yesterday".parse::<Timestamp>().is_err());
    }

    #[test]
    fn before_1970_rounds_down() {
        let at = Timestamp::from_micros(-1).unwrap();
        assert_eq!(at.as_millis(), -1);
        assert_eq!(at.to_string(), "1969-12-31T23:59:59.999Z");
    }

    #[test]
    fn addition_stays_inside_the_calendar() {
        let at = Timestamp::DEFAULT_START.saturating_add(Duration::from_secs(u64::MAX));
        assert_eq!(at.to_string(), "9999-12-30T22:00:00.999Z");
        assert_eq!(Timestamp::DEFAULT_START.since(at), Duration::ZERO);
    }
}
