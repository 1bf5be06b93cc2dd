//! `DATEFORMAT` and `TIMEFORMAT`: texts to dates and times.
//!
//! Source: Redshift guide, "DATEFORMAT and TIMEFORMAT strings" and "Using automatic recognition". Of the forms that 'auto'
//! recognises, those here are the ones that the guide lists; Julian days and years before Christ are refused (CHOICE).

use crate::foundation::month::MONTHS;

/// A point of time without a zone, and how far its zone lies ahead of UTC, in minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moment {
    /// Year, month, day.
    pub date: (i32, u32, u32),
    /// Hour, minute, second, microsecond.
    pub time: (u32, u32, u32, u32),
    /// The zone's offset.
    pub offset: Option<i32>,
}

/// `DATEFORMAT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DateFormat {
    /// `'auto'`.
    Auto,
    /// A pattern; `YYYY-MM-DD` unless it is given.
    Pattern(String),
}

/// `TIMEFORMAT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimeFormat {
    /// `'auto'`.
    Auto,
    /// `'epochsecs'`.
    EpochSeconds,
    /// `'epochmillisecs'`.
    EpochMilliseconds,
    /// A pattern; `YYYY-MM-DD HH:MI:SS`, with a fraction or not, unless it is given.
    Pattern(String),
}

impl Default for DateFormat {
    fn default() -> DateFormat {
        DateFormat::Pattern("YYYY-MM-DD".to_owned())
    }
}

impl Default for TimeFormat {
    fn default() -> TimeFormat {
        TimeFormat::Pattern("YYYY-MM-DD HH:MI:SS".to_owned())
    }
}

impl DateFormat {
    /// Reads the option's text. The keyword is told from a pattern by its letters as they stand.
    pub fn parse(text: &str) -> DateFormat {
        if text == "auto" { DateFormat::Auto } else { DateFormat::Pattern(text.to_owned()) }
    }

    /// Reads a date.
    pub fn read(&self, text: &str) -> Option<Moment> {
        match self {
            DateFormat::Auto => automatic(text),
            DateFormat::Pattern(pattern) => by_pattern(pattern, text, true),
        }
    }
}

impl TimeFormat {
    /// Reads the option's text.
    pub fn parse(text: &str) -> TimeFormat {
        match text {
            "auto" => TimeFormat::Auto,
            "epochsecs" => TimeFormat::EpochSeconds,
            "epochmillisecs" => TimeFormat::EpochMilliseconds,
            other => TimeFormat::Pattern(other.to_owned()),
        }
    }

    /// Reads a timestamp.
    pub fn read(&self, text: &str) -> Option<Moment> {
        match self {
            TimeFormat::Auto => automatic(text),
            TimeFormat::EpochSeconds => epoch(text, 1_000_000),
            TimeFormat::EpochMilliseconds => epoch(text, 1_000),
            TimeFormat::Pattern(pattern) => by_pattern(pattern, text, false),
        }
    }

    /// As error reasons name it.
    pub fn name(&self) -> &str {
        match self {
            TimeFormat::Auto => "auto",
            TimeFormat::EpochSeconds => "epochsecs",
            TimeFormat::EpochMilliseconds => "epochmillisecs",
            TimeFormat::Pattern(pattern) if pattern == "YYYY-MM-DD HH:MI:SS" => "YYYY-MM-DD HH24:MI:SS",
            TimeFormat::Pattern(pattern) => pattern,
        }
    }
}

impl Moment {
    fn checked(self) -> Option<Moment> {
        let (year, month, day) = self.date;
        let (hour, minute, second, _) = self.time;
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            4 | 6 | 9 | 11 => 30,
            2 if is_leap => 29,
            2 => 28,
            1..=12 => 31,
            _ => return None,
        };
        let fits = (1..=days).contains(&day)
            && hour < 24
            && minute < 60
            && second < 60
            && (1..=9999).contains(&year);
        fits.then_some(self)
    }

    /// The date: `YYYY-MM-DD`.
    pub fn date_text(&self) -> String {
        let (year, month, day) = self.date;
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// The time: `HH:MI:SS[.US]`.
    pub fn time_text(&self) -> String {
        let (hour, minute, second, micros) = self.time;
        let fraction = format!(".{micros:06}");
        format!("{hour:02}:{minute:02}:{second:02}{}", fraction.trim_end_matches('0').trim_end_matches('.'))
    }

    /// The same moment seen in UTC.
    pub fn in_utc(self) -> Option<Moment> {
        let Some(offset) = self.offset else { return Some(self) };
        let ((year, month, day), (hour, minute, second, micros)) = (self.date, self.time);
        let date = jiff::civil::date(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?);
        let time =
            jiff::civil::time(hour.try_into().ok()?, minute.try_into().ok()?, second.try_into().ok()?, 0);
        let moved = date.to_datetime(time).checked_sub(jiff::Span::new().minutes(i64::from(offset))).ok()?;
        let part = |number: i8| u32::try_from(number).ok();
        Some(Moment {
            date: (moved.year().into(), part(moved.month())?, part(moved.day())?),
            time: (part(moved.hour())?, part(moved.minute())?, part(moved.second())?, micros),
            offset: Some(0),
        })
    }
}

fn epoch(text: &str, micros_each: i128) -> Option<Moment> {
    let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let number: i128 = whole.parse().ok()?;
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let micros = number.checked_mul(micros_each)?;
    let moment = jiff::Timestamp::from_microsecond(micros.try_into().ok()?).ok()?;
    let at = moment.to_zoned(jiff::tz::TimeZone::UTC).datetime();
    let part = |number: i8| u32::try_from(number).ok();
    let micros = u32::try_from(at.subsec_nanosecond() / 1_000).ok()?;
    Some(Moment {
        date: (at.year().into(), part(at.month())?, part(at.day())?),
        time: (part(at.hour())?, part(at.minute())?, part(at.second())?, micros),
        offset: None,
    })
}

/// A reader of digits and words.
struct Scan<'a>(&'a str);

impl Scan<'_> {
    /// Between `least` and `most` digits.
    fn digits(&mut self, least: usize, most: usize) -> Option<u32> {
        let count = self.0.bytes().take(most).take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.0.split_at_checked(count).filter(|_| count >= least)?;
        self.0 = rest;
        digits.parse().ok()
    }

    fn takes(&mut self, text: &str) -> bool {
        match self.0.get(..text.len()).filter(|start| start.eq_ignore_ascii_case(text)) {
            Some(_) => {
                self.0 = &self.0[text.len()..];
                true
            }
            None => false,
        }
    }

    fn month(&mut self) -> Option<u32> {
        for (number, name) in (1..).zip(MONTHS) {
            if self.takes(name) || self.takes(&name[..3]) {
                return Some(number);
            }
        }
        None
    }

    fn micros(&mut self) -> Option<u32> {
        let count = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.0.split_at_checked(count).filter(|_| count > 0)?;
        self.0 = rest;
        format!("{:0<6}", &digits[..count.min(6)]).parse().ok()
    }

    fn offset(&mut self) -> Option<i32> {
        if self.takes("z") || self.takes("utc") {
            return Some(0);
        }
        let sign = if self.takes("+") {
            1
        } else if self.takes("-") {
            -1
        } else {
            return None;
        };
        let hours = self.digits(1, 2)? as i32;
        self.takes(":");
        let minutes = self.digits(2, 2).unwrap_or(0) as i32;
        (hours < 16 && minutes < 60).then_some(sign * (hours * 60 + minutes))
    }
}

/// Reads a text by a pattern. What follows a date alone is left out, as Redshift's `DATE` columns do with times.
fn by_pattern(pattern: &str, text: &str, is_date: bool) -> Option<Moment> {
    let mut scan = Scan(text.trim());
    let mut moment = Moment { date: (1970, 1, 1), ..Moment::default() };
    let mut afternoon = None;
    let mut rest = Scan(pattern);
    while let Some(next) = rest.0.chars().next() {
        if rest.takes("yyyy") {
            moment.date.0 = scan.digits(4, 4)? as i32;
        } else if rest.takes("yy") {
            // Two digits are years of this century up to 69 (CHOICE, as PostgreSQL does).
            let year = scan.digits(2, 2)? as i32;
            moment.date.0 = if year < 70 { 2000 + year } else { 1900 + year };
        } else if rest.takes("month") || rest.takes("mon") {
            moment.date.1 = scan.month()?;
        } else if rest.takes("mm") {
            moment.date.1 = scan.digits(1, 2)?;
        } else if rest.takes("mi") {
            moment.time.1 = scan.digits(2, 2)?;
        } else if rest.takes("dd") {
            moment.date.2 = scan.digits(1, 2)?;
        } else if rest.takes("hh24") || rest.takes("hh12") || rest.takes("hh") {
            moment.time.0 = scan.digits(1, 2)?;
        } else if rest.takes("ss") {
            moment.time.2 = scan.digits(2, 2)?;
            // A fraction is read whether the pattern names one or not.
            if rest.takes(".us") || rest.takes(".ms") || scan.0.starts_with('.') {
                moment.time.3 = if scan.takes(".") { scan.micros()? } else { 0 };
            }
        } else if rest.takes("am") || rest.takes("pm") {
            afternoon = Some(if scan.takes("pm") {
                true
            } else if scan.takes("am") {
                false
            } else {
                return None;
            });
        } else if rest.takes("of") {
            moment.offset = Some(scan.offset()?);
        } else {
            rest.0 = &rest.0[next.len_utf8()..];
            if !scan.takes(next.encode_utf8(&mut [0; 4])) {
                return None;
            }
        }
    }
    moment = twelve_hours(moment, afternoon)?;
    if moment.offset.is_none() && !is_date {
        moment.offset = Scan(scan.0.trim_start()).offset();
        if moment.offset.is_some() {
            scan.0 = "";
        }
    }
    let is_over = scan.0.is_empty() || (is_date && scan.0.starts_with([' ', 'T']));
    moment.checked().filter(|_| is_over)
}

fn twelve_hours(mut moment: Moment, afternoon: Option<bool>) -> Option<Moment> {
    if let Some(afternoon) = afternoon {
        if !(1..=12).contains(&moment.time.0) {
            return None;
        }
        moment.time.0 = moment.time.0 % 12 + if afternoon { 12 } else { 0 };
    }
    Some(moment)
}

/// The forms that 'auto' recognises.
fn automatic(text: &str) -> Option<Moment> {
    let mut scan = Scan(text.trim());
    let date = automatic_date(&mut scan)?;
    let mut moment = Moment { date, ..Moment::default() };
    if scan.0.is_empty() {
        return moment.checked();
    }
    if !(scan.takes("t") || scan.takes(" ")) {
        return None;
    }
    moment.time.0 = scan.digits(1, 2)?;
    if scan.takes(":") {
        moment.time.1 = scan.digits(2, 2)?;
        if scan.takes(":") {
            moment.time.2 = scan.digits(2, 2)?;
            if scan.takes(".") {
                moment.time.3 = scan.micros()?;
            }
        }
    } else {
        moment.time.1 = scan.digits(2, 2)?;
        moment.time.2 = scan.digits(2, 2).unwrap_or(0);
    }
    scan.0 = scan.0.trim_start();
    let afternoon = if scan.takes("pm") { Some(true) } else { scan.takes("am").then_some(false) };
    moment = twelve_hours(moment, afternoon)?;
    scan.0 = scan.0.trim_start();
    if !scan.0.is_empty() {
        moment.offset = Some(scan.offset()?);
    }
    moment.checked().filter(|_| scan.0.is_empty())
}

fn automatic_date(scan: &mut Scan<'_>) -> Option<(i32, u32, u32)> {
    if let Some(month) = scan.month() {
        // `Month DD[,] YYYY`
        let separator = |scan: &mut Scan<'_>| while scan.takes(" ") || scan.takes(",") || scan.takes("-") {};
        separator(scan);
        let day = scan.digits(1, 2)?;
        separator(scan);
        return Some((scan.digits(4, 4)? as i32, month, day));
    }
    let count = scan.0.bytes().take_while(u8::is_ascii_digit).count();
    match count {
        8 => Some((scan.digits(4, 4)? as i32, scan.digits(2, 2)?, scan.digits(2, 2)?)),
        4 => {
            let year = scan.digits(4, 4)? as i32;
            let separator = scan.0.get(..1).filter(|sign| matches!(*sign, "-" | "/" | "."))?.to_owned();
            scan.takes(&separator);
            let month = scan.month().or_else(|| scan.digits(1, 2))?;
            scan.takes(&separator).then_some(())?;
            Some((year, month, scan.digits(1, 2)?))
        }
        1 | 2 => {
            let first = scan.digits(1, 2)?;
            let separator = scan.0.get(..1).filter(|sign| matches!(*sign, "-" | "/" | "." | " "))?.to_owned();
            scan.takes(&separator);
            // A month by name stands behind the day; numbers have the month first.
            let (month, day) = match scan.month() {
                Some(month) => (month, first),
                None => (first, scan.digits(1, 2)?),
            };
            scan.takes(&separator).then_some(())?;
            Some((scan.digits(4, 4)? as i32, month, day))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(moment: Option<Moment>) -> Option<String> {
        let moment = moment?.in_utc()?;
        Some(format!("{} {}", moment.date_text(), moment.time_text()))
    }

    #[test]
    fn the_default_reads_no_iso_time() {
        let format = TimeFormat::default();
        assert_eq!(shown(format.read("2026-03-01 12:34:56.5")).as_deref(), Some("2026-03-01 12:34:56.5"));
        assert_eq!(format.read("2026-03-01T12:34:56Z"), None);
        assert_eq!(format.read("2026-02-30 00:00:00"), None);
        assert_eq!(format.name(), "YYYY-MM-DD HH24:MI:SS");
    }

    #[test]
    fn auto_reads_what_the_guide_lists() {
        for (text, expected) in [
            ("2026-03-01T12:34:56Z", "2026-03-01 12:34:56"),
            ("2026-03-01T12:34:56.123456+02:00", "2026-03-01 10:34:56.123456"),
            ("2026-03-01", "2026-03-01 00:00:00"),
            ("20260301 123456", "2026-03-01 12:34:56"),
            ("3/1/2026 1:05 PM", "2026-03-01 13:05:00"),
            ("1 Mar 2026", "2026-03-01 00:00:00"),
            ("March 1, 2026 23:59", "2026-03-01 23:59:00"),
            ("01-Mar-2026", "2026-03-01 00:00:00"),
        ] {
            assert_eq!(shown(TimeFormat::Auto.read(text)).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "soon", "2026-13-01", "1700000000", "2026-03-01 25:00", "13:00 PM"] {
            assert_eq!(TimeFormat::Auto.read(text), None, "{text}");
        }
    }

    #[test]
    fn epochs_and_patterns() {
        assert_eq!(
            shown(TimeFormat::EpochSeconds.read("1700000000")).as_deref(),
            Some("2023-11-14 22:13:20")
        );
        let millis = TimeFormat::EpochMilliseconds.read("1700000000123");
        assert_eq!(shown(millis).as_deref(), Some("2023-11-14 22:13:20.123"));
        assert_eq!(TimeFormat::EpochSeconds.read("soon"), None);
        let format = TimeFormat::parse("DD.MM.YYYY HH:MI:SS AM");
        assert_eq!(shown(format.read("01.03.2026 12:00:01 AM")).as_deref(), Some("2026-03-01 00:00:01"));
        let format = TimeFormat::parse("YYYY-MM-DDTHH:MI:SS");
        assert_eq!(shown(format.read("2026-03-01T12:00:01Z")).as_deref(), Some("2026-03-01 12:00:01"));
        let date = DateFormat::parse("MM/DD/YYYY");
        assert_eq!(shown(date.read("03/01/2026")).as_deref(), Some("2026-03-01 00:00:00"));
        assert_eq!(DateFormat::default().read("2026-3"), None);
    }
}
