//! Dates and timestamps as the deserialisers read them (behaviour sheet, 9.1). All are without a zone, in UTC.

use super::value::scaled;

const NANOS_PER_SECOND: i64 = 1_000_000_000;
const NANOS_PER_DAY: i64 = 86_400 * NANOS_PER_SECOND;

/// A moment: a day, and the time of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp {
    /// Days since 1970-01-01.
    pub day: i32,
    /// Nanoseconds since the day began.
    pub nanos: i64,
}

impl Timestamp {
    /// Nanoseconds since 1970-01-01T00:00:00Z; beyond 64 bits they wrap, as measured of the service.
    fn wrapped(nanos: i128) -> Timestamp {
        let nanos = nanos as i64;
        Timestamp { day: nanos.div_euclid(NANOS_PER_DAY) as i32, nanos: nanos.rem_euclid(NANOS_PER_DAY) }
    }

    /// Seconds of the day added to a day; they may reach into its neighbours.
    pub(super) fn at(day: i32, second: i64, nano: i64) -> Timestamp {
        let nanos = second * NANOS_PER_SECOND + nano;
        Timestamp {
            day: day + nanos.div_euclid(NANOS_PER_DAY) as i32,
            nanos: nanos.rem_euclid(NANOS_PER_DAY),
        }
    }
}

/// An epoch number: seconds where its absolute value is below 10^12, else milliseconds; fractions count.
pub fn epoch(text: &str) -> Option<Timestamp> {
    let nanos = scaled(text, 9)?.cut;
    let is_seconds = nanos.unsigned_abs() < 1_000_000_000_000 * NANOS_PER_SECOND as u128;
    Some(Timestamp::wrapped(if is_seconds { nanos } else { nanos / 1000 }))
}

/// Milliseconds since 1970-01-01T00:00:00Z, whatever their size.
pub fn millis(text: &str) -> Option<Timestamp> {
    Some(Timestamp::wrapped(scaled(text, 6)?.cut))
}

/// `yyyy-MM-dd'T'HH:mm:ss[.S{1,9}]['Z']`, every field with all its digits.
pub fn iso(text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once('T')?;
    let day = day(date, 2)?;
    time_of(day, time.strip_suffix('Z').unwrap_or(time), 2)
}

/// `yyyy-[M]M-[d]d HH:mm:ss[.S{1,9}]`; `shortest` is how few digits a field of the time may have.
pub fn spaced(text: &str, shortest: usize) -> Option<Timestamp> {
    let (date, time) = text.split_once(' ')?;
    time_of(day(date, 1)?, time, shortest)
}

/// `yyyy-[M]M-[d]d`, in days since 1970-01-01.
pub fn date(text: &str) -> Option<i32> {
    day(text, 1)
}

/// The days from 1970-01-01 to a day that exists.
pub(super) fn days(year: i64, month: i64, day: i64) -> Option<i32> {
    let date = jiff::civil::Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?);
    let since = date.ok()?.duration_since(jiff::civil::Date::constant(1970, 1, 1));
    i32::try_from(since.as_hours() / 24).ok()
}

fn field(text: &str, shortest: usize, longest: usize) -> Option<i64> {
    let fits = (shortest..=longest).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}

fn day(text: &str, shortest: usize) -> Option<i32> {
    let mut parts = text.split('-');
    let mut next = |shortest, longest| field(parts.next()?, shortest, longest);
    let (year, month, day) = (next(4, 4)?, next(shortest, 2)?, next(shortest, 2)?);
    if parts.next().is_some() { None } else { days(year, month, day) }
}

fn time_of(day: i32, text: &str, shortest: usize) -> Option<Timestamp> {
    let (clock, fraction) = match text.split_once('.') {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (text, None),
    };
    let mut parts = clock.split(':');
    let mut next = |below: i64| field(parts.next()?, shortest, 2).filter(|number| *number < below);
    let (hour, minute, second) = (next(24)?, next(60)?, next(60)?);
    if parts.next().is_some() {
        return None;
    }
    let nano = match fraction {
        Some(digits) => nanos(digits)?,
        None => 0,
    };
    Some(Timestamp::at(day, hour * 3600 + minute * 60 + second, nano))
}

/// One to nine digits behind a point, in nanoseconds.
pub(super) fn nanos(digits: &str) -> Option<i64> {
    Some(field(digits, 1, 9)? * 10_i64.pow(9 - digits.len() as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(timestamp: Option<Timestamp>) -> String {
        let Some(timestamp) = timestamp else { return "-".to_owned() };
        let nanos = i128::from(timestamp.day) * i128::from(NANOS_PER_DAY) + i128::from(timestamp.nanos);
        jiff::Timestamp::from_nanosecond(nanos).map_or("?".to_owned(), |moment| moment.to_string())
    }

    #[test]
    fn section_9_1_epochs_are_seconds_below_ten_to_the_twelfth() {
        assert_eq!(shown(epoch("1500000000")), "2017-07-14T02:40:00Z");
        assert_eq!(shown(epoch("1500000000.25")), "2017-07-14T02:40:00.25Z");
        assert_eq!(shown(epoch("1500000000123")), "2017-07-14T02:40:00.123Z");
        assert_eq!(shown(epoch("-1")), "1969-12-31T23:59:59Z");
        assert_eq!(shown(epoch("1000000000000")), "2001-09-09T01:46:40Z");
        assert_eq!(shown(epoch("1.5e9")), "2017-07-14T02:40:00Z");
    }

    #[test]
    fn section_9_1_epochs_out_of_range_wrap() {
        assert!(shown(epoch("999999999999")).starts_with("2092-"));
    }

    #[test]
    fn section_9_1_the_t_form_is_strict_and_the_space_form_is_not() {
        assert_eq!(shown(iso("2026-03-01T22:59:30Z")), "2026-03-01T22:59:30Z");
        assert_eq!(shown(iso("2026-03-01T22:59:30.123456789")), "2026-03-01T22:59:30.123456789Z");
        for wrong in [
            "2026-3-01T22:59:30Z",
            "2026-03-01T2:59:30Z",
            "2026-03-01T22:59:30+01:00",
            "2026-03-01T22:59Z",
            "2026-02-30T00:00:00Z",
            "2026-03-01T22:59:30.1234567890Z",
            "2026-03-01T24:00:00Z",
        ] {
            assert_eq!(iso(wrong), None, "{wrong}");
        }
        assert_eq!(shown(spaced("2026-3-1 2:5:9.5", 1)), "2026-03-01T02:05:09.5Z");
        assert_eq!(spaced("2026-3-1 2:5:9.5", 2), None);
        assert_eq!(shown(spaced("9999-12-30 00:00:00", 1)), "9999-12-30T00:00:00Z");
        assert_eq!(date("2024-2-29"), date("2024-02-29"));
        assert_eq!(date("1969-12-31"), Some(-1));
        assert_eq!(date("2023-02-29"), None);
        assert_eq!(date("24-02-01"), None);
    }
}
