//! Times, with the library that the engine writes and reads them with, in the same steps.

use jaq_json::Num;
use jiff::{Timestamp, civil::DateTime, fmt::strtime, tz};

use super::value::Value;
use crate::model::query::jq_text;

/// What `todate` and `fromdate` write and read.
pub(super) const ISO_8601: &str = "%Y-%m-%dT%H:%M:%SZ";
/// The end of the last year of four digits, in seconds: beyond it the engine knows what to do.
const LAST_SECOND: f64 = 253_402_207_200.0;

/// `strftime` of a number of seconds, or of a broken down time.
pub(super) fn written<'r>(value: &Value<'r>, format: &str) -> Option<Value<'r>> {
    let zoned = match value {
        Value::Number(number) => {
            // Fractions are cut.
            let seconds = jq_text::double(number).trunc();
            let seconds = (seconds.abs() < LAST_SECOND).then_some(seconds as i64)?;
            Timestamp::from_microsecond(seconds * 1_000_000).ok()?.to_zoned(tz::TimeZone::UTC)
        }
        value => date_time(value)?.to_zoned(tz::TimeZone::UTC).ok()?,
    };
    strtime::format(format, &zoned).ok().map(Value::text)
}

/// `gmtime`
pub(super) fn of_number<'r>(value: &Value<'r>) -> Option<Value<'r>> {
    let Value::Number(number) = value else { return None };
    let seconds = Some(jq_text::double(number)).filter(|seconds| seconds.abs() < LAST_SECOND)?;
    let time = Timestamp::from_second(seconds.trunc() as i64).ok()?;
    let mut parts = broken_down(time.to_zoned(tz::TimeZone::UTC).into());
    let part = seconds - seconds.floor();
    if let (Value::List(parts), true) = (&mut parts, part > 0.0)
        && let Some(Value::Number(second)) = parts.get_mut(5)
    {
        *second = Num::Float(jq_text::double(second) + part);
    }
    Some(parts)
}

/// `strptime`
pub(super) fn read<'r>(text: &str, format: &str) -> Option<Value<'r>> {
    // What the C library does not know matches nothing.
    if format.contains("%f") {
        return None;
    }
    let mut time = strtime::BrokenDownTime::parse(format, text).ok()?;
    if (time.offset(), time.iana_time_zone()) == (None, None) {
        time.set_offset(Some(tz::Offset::UTC));
    }
    Some(broken_down(time.to_zoned().ok()?.into()))
}

/// `mktime`
pub(super) fn to_number<'r>(value: &Value<'r>) -> Option<Value<'r>> {
    let time = date_time(value)?.to_zoned(tz::TimeZone::UTC).ok()?.timestamp();
    let second = time.as_microsecond().div_euclid(1_000_000);
    // One second before 1970 is an error.
    (second != -1).then_some(Value::Number(Num::Int(second.try_into().ok()?)))
}

fn broken_down<'r>(time: DateTime) -> Value<'r> {
    let second = match time.subsec_nanosecond() {
        1.. => Num::Float(f64::from(time.second()) + f64::from(time.subsec_nanosecond()) / 1e9),
        _ => Num::Int(time.second().into()),
    };
    let whole = |part: i16| Value::Number(Num::Int(part.into()));
    Value::List(vec![
        whole(time.year()),
        whole(i16::from(time.month()) - 1),
        whole(time.day().into()),
        whole(time.hour().into()),
        whole(time.minute().into()),
        Value::Number(second),
        whole(time.weekday().to_sunday_zero_offset().into()),
        whole(time.day_of_year() - 1),
    ])
}

/// The time that a broken down one is.
fn date_time(value: &Value<'_>) -> Option<DateTime> {
    let Value::List(parts) = value else { return None };
    let mut whole = [0_i16; 5];
    let second = match &parts.get(..6)?[5] {
        Value::Number(number) => jq_text::double(number),
        _ => return None,
    };
    for (part, place) in parts.iter().zip(&mut whole) {
        match part {
            Value::Number(Num::Int(part)) => *place = (*part).try_into().ok()?,
            _ => return None,
        }
    }
    let [year, month, day, hour, minute] = whole;
    let short = |part: i16| i8::try_from(part).ok();
    let nanoseconds = (second.fract() * 1e9) as i32;
    DateTime::new(
        year,
        short(month.checked_add(1)?)?,
        short(day)?,
        short(hour)?,
        short(minute)?,
        second.floor() as i8,
        nanoseconds,
    )
    .ok()
}
