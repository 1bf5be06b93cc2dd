//! An instant in a zone, printed with a date pattern as Java would.
//!
//! CHOICE: names are English (the service's locale is not documented), and weeks are those of ISO 8601
//! (they start on Monday; the first week of a year holds its first Thursday), which concerns `Y`, `w`,
//! `W`, `e` and `c`. Java in the locale en_US would start weeks on Sunday and count the week of
//! 1 January as the first.

use jiff::Zoned;
use jiff::civil::date;

use super::date_zone;
use super::{DateItemKind, DateLetter, DatePattern};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

const QUARTERS: [&str; 4] = ["1st quarter", "2nd quarter", "3rd quarter", "4th quarter"];

/// Modified Julian days count from 1858-11-17, which is this many days before 1970.
const MODIFIED_JULIAN_DAY_OF_1970: i64 = 40_587;

impl DatePattern {
    /// Appends the instant to `out`, formatted in its zone.
    pub fn format_into(&self, time: &Zoned, out: &mut String) {
        for item in self.items() {
            match &item.kind {
                DateItemKind::Literal(text) => out.push_str(text),
                DateItemKind::Field { letter, count } => field(out, time, *letter, *count),
            }
        }
    }

    /// The instant, formatted in its zone.
    pub fn format(&self, time: &Zoned) -> String {
        let mut out = String::new();
        self.format_into(time, &mut out);
        out
    }
}

/// Appends `yyyy/MM/dd/HH/`, the folders that the service adds to prefixes without expressions.
pub(super) fn default_folders(out: &mut String, time: &Zoned) {
    for (value, width) in [(time.year(), 4), (time.month().into(), 2), (time.day().into(), 2)] {
        number(out, i64::from(value), width);
        out.push('/');
    }
    number(out, i64::from(time.hour()), 2);
    out.push('/');
}

/// Appends a number, filled with zeros on the left.
pub(super) fn number(out: &mut String, value: i64, width: usize) {
    let mut digits = [b'0'; 20];
    let mut rest = value.unsigned_abs();
    let mut start = digits.len();
    while rest > 0 || start == digits.len() {
        start -= 1;
        // A remainder of ten fits in a byte.
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    if value < 0 {
        out.push('-');
    }
    out.extend(std::iter::repeat_n('0', width.saturating_sub(digits.len() - start)));
    out.extend(digits[start..].iter().copied().map(char::from));
}

fn field(out: &mut String, time: &Zoned, letter: DateLetter, count: usize) {
    match letter {
        DateLetter::Era => era(out, time, count),
        DateLetter::Year => year(out, i64::from(time.year()), count),
        DateLetter::YearOfEra => year(out, year_of_era(time), count),
        DateLetter::WeekBasedYear => year(out, i64::from(time.date().iso_week_date().year()), count),
        DateLetter::Quarter | DateLetter::StandaloneQuarter => quarter(out, time, count),
        DateLetter::Month | DateLetter::StandaloneMonth => month(out, time, count),
        DateLetter::WeekOfYear => number(out, i64::from(time.date().iso_week_date().week()), count),
        DateLetter::WeekOfMonth => number(out, week_of_month(time), count),
        DateLetter::DayOfYear => number(out, i64::from(time.day_of_year()), count),
        DateLetter::DayOfMonth => number(out, i64::from(time.day()), count),
        DateLetter::DayOfWeekInMonth => number(out, (i64::from(time.day()) - 1) % 7 + 1, count),
        DateLetter::ModifiedJulianDay => number(out, modified_julian_day(time), count),
        DateLetter::DayName => day_name(out, time, count.max(3)),
        DateLetter::DayOfWeek | DateLetter::StandaloneDayOfWeek if count < 3 => {
            number(out, day_of_week(time), count);
        }
        DateLetter::DayOfWeek | DateLetter::StandaloneDayOfWeek => day_name(out, time, count),
        DateLetter::AmPm => out.push_str(if time.hour() < 12 { "AM" } else { "PM" }),
        DateLetter::DayPeriod => out.push_str(day_period(time, count)),
        DateLetter::ClockHourOfAmPm => number(out, one_to(12, time), count),
        DateLetter::HourOfAmPm => number(out, i64::from(time.hour()) % 12, count),
        DateLetter::ClockHourOfDay => number(out, one_to(24, time), count),
        DateLetter::HourOfDay => number(out, i64::from(time.hour()), count),
        DateLetter::Minute => number(out, i64::from(time.minute()), count),
        DateLetter::Second => number(out, i64::from(time.second()), count),
        DateLetter::FractionOfSecond => fraction(out, time, count),
        DateLetter::MilliOfDay => number(out, nano_of_day(time) / 1_000_000, count),
        DateLetter::NanoOfSecond => number(out, i64::from(time.subsec_nanosecond()), count),
        DateLetter::NanoOfDay => number(out, nano_of_day(time), count),
        DateLetter::ZoneId => date_zone::zone_id(out, time),
        DateLetter::GenericZoneName | DateLetter::ZoneName => date_zone::zone_name(out, time, count),
        DateLetter::LocalizedOffset => date_zone::localized_offset(out, time, count),
        DateLetter::OffsetOrZ => date_zone::offset_or_z(out, time, count),
        DateLetter::Offset => date_zone::offset(out, time, count),
        DateLetter::OffsetBasic => date_zone::offset_basic(out, time, count),
    }
}

/// Two letters print the last two digits.
fn year(out: &mut String, value: i64, count: usize) {
    match count {
        2 => number(out, value.abs() % 100, 2),
        _ => number(out, value, count),
    }
}

/// Year 0 is 1 BC.
fn year_of_era(time: &Zoned) -> i64 {
    let year = i64::from(time.year());
    if year > 0 { year } else { 1 - year }
}

fn era(out: &mut String, time: &Zoned, count: usize) {
    out.push_str(match (time.year() > 0, count) {
        (true, 4) => "Anno Domini",
        (true, 5) => "A",
        (true, _) => "AD",
        (false, 4) => "Before Christ",
        (false, 5) => "B",
        (false, _) => "BC",
    });
}

fn quarter(out: &mut String, time: &Zoned, count: usize) {
    let quarter = (i64::from(time.month()) + 2) / 3;
    match count {
        1 | 2 => number(out, quarter, count),
        4 => out.push_str(QUARTERS[usize::try_from(quarter).map_or(0, |quarter| quarter - 1)]),
        _ => {
            if count == 3 {
                out.push('Q');
            }
            number(out, quarter, 1);
        }
    }
}

fn month(out: &mut String, time: &Zoned, count: usize) {
    match count {
        1 | 2 => number(out, i64::from(time.month()), count),
        _ => out.push_str(shortened(MONTHS[usize::from(time.month().unsigned_abs()) - 1], count)),
    }
}

fn day_name(out: &mut String, time: &Zoned, count: usize) {
    let day = time.weekday().to_monday_zero_offset().unsigned_abs();
    out.push_str(shortened(DAYS[usize::from(day)], count));
}

/// Names by letters: three for the short one, four for the full one, five for the narrow one.
fn shortened(name: &'static str, count: usize) -> &'static str {
    match count {
        3 => &name[..3],
        5 => &name[..1],
        _ => name,
    }
}

fn day_of_week(time: &Zoned) -> i64 {
    i64::from(time.weekday().to_monday_one_offset())
}

/// ISO: week 1 is the first with at least four days in the month; the days before it are in week 0.
fn week_of_month(time: &Zoned) -> i64 {
    let day = i64::from(time.day());
    let week_start = (day - day_of_week(time)).rem_euclid(7);
    let offset = if week_start + 1 > 4 { 7 - week_start } else { -week_start };
    (7 + offset + day - 1) / 7
}

fn modified_julian_day(time: &Zoned) -> i64 {
    let span = time.date().duration_since(date(1970, 1, 1));
    span.as_hours() / 24 + MODIFIED_JULIAN_DAY_OF_1970
}

/// The hour with the last one in place of zero.
fn one_to(last: i64, time: &Zoned) -> i64 {
    match i64::from(time.hour()) % last {
        0 => last,
        hour => hour,
    }
}

/// English day periods of the Unicode locale data, to the minute.
fn day_period(time: &Zoned, count: usize) -> &'static str {
    match (time.hour(), time.minute()) {
        (0, 0) if count == 5 => "mi",
        (0, 0) => "midnight",
        (12, 0) if count == 5 => "n",
        (12, 0) => "noon",
        (6..12, _) => "in the morning",
        (12..18, _) => "in the afternoon",
        (18..21, _) => "in the evening",
        _ => "at night",
    }
}

/// Digits are cut off, not rounded.
fn fraction(out: &mut String, time: &Zoned, count: usize) {
    let mut nanos = i64::from(time.subsec_nanosecond());
    for _ in count..9 {
        nanos /= 10;
    }
    number(out, nanos, count);
}

fn nano_of_day(time: &Zoned) -> i64 {
    let seconds = i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    seconds * 1_000_000_000 + i64::from(time.subsec_nanosecond())
}
