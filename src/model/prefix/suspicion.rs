//! Date letters that the service accepts and that almost surely mean something else (rule FH315).
//!
//! Letters are judged in the order of the whole prefix, since `year=!{timestamp:yyyy}/month=!{timestamp:mm}`
//! is one date to its reader.

use std::ops::Range;

use super::{DateItemKind, DateLetter, Piece, Prefix};

/// Why a run of date letters is probably not what was meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suspicion {
    /// `YYYY` is the year of the week: wrong in the days around 1 January. Not reported next to `w`.
    WeekBasedYear,
    /// `DD` counts days from 1 January; so do `D` and `DDD`, which are reported only after a month.
    DayOfYear,
    /// `mm` is the minute, in a place where the month belongs.
    MinuteAsMonth,
    /// `hh` and `KK` repeat after noon, and nothing says which half of the day it is.
    TwelveHourClock,
    /// `SS` is hundredths of a second, and no seconds stand before it.
    FractionAsSeconds,
    /// Numbers of weeks and of days in a week depend on the service's locale, which is not documented.
    LocaleWeek,
}

/// A run of date letters in the prefix.
struct Field<'a> {
    range: Range<usize>,
    letter: DateLetter,
    count: usize,
    /// The literal text between the field before and this one.
    before: &'a str,
    /// Whether something other than text and dates stands between the field before and this one.
    gap: bool,
}

impl Prefix {
    /// Date letters that are legal but suspicious, each with the place of the letters.
    pub fn suspicious(&self) -> Vec<(Range<usize>, Suspicion)> {
        let fields = self.fields();
        let has = |wanted: &[DateLetter]| fields.iter().any(|field| wanted.contains(&field.letter));
        let by_weeks = has(&[DateLetter::WeekOfYear]);
        let half_of_day = has(&[DateLetter::AmPm, DateLetter::DayPeriod]);
        let mut found = Vec::new();
        for (index, field) in fields.iter().enumerate() {
            let earlier = &fields[..index];
            let follows = |wanted: DateLetter| earlier.iter().any(|field| field.letter == wanted);
            let suspicion =
                match field.letter {
                    DateLetter::WeekBasedYear if by_weeks => Some(Suspicion::LocaleWeek),
                    DateLetter::WeekBasedYear => Some(Suspicion::WeekBasedYear),
                    DateLetter::DayOfYear => {
                        let after_month = follows(DateLetter::Month) || follows(DateLetter::StandaloneMonth);
                        (field.count == 2 || after_month).then_some(Suspicion::DayOfYear)
                    }
                    DateLetter::Minute => minute_as_month(earlier, field, fields.get(index + 1))
                        .then_some(Suspicion::MinuteAsMonth),
                    DateLetter::ClockHourOfAmPm | DateLetter::HourOfAmPm => {
                        (!half_of_day).then_some(Suspicion::TwelveHourClock)
                    }
                    DateLetter::FractionOfSecond => (field.count <= 2 && !follows(DateLetter::Second))
                        .then_some(Suspicion::FractionAsSeconds),
                    DateLetter::WeekOfYear | DateLetter::WeekOfMonth => Some(Suspicion::LocaleWeek),
                    // From three letters on they are names of days.
                    DateLetter::DayOfWeek | DateLetter::StandaloneDayOfWeek => {
                        (field.count < 3).then_some(Suspicion::LocaleWeek)
                    }
                    _ => None,
                };
            found.extend(suspicion.map(|suspicion| (field.range.clone(), suspicion)));
        }
        found
    }

    fn fields(&self) -> Vec<Field<'_>> {
        let mut fields = Vec::new();
        let mut before = "";
        let mut gap = false;
        for part in self.parts() {
            match &part.piece {
                Piece::Literal(text) => before = text,
                Piece::Timestamp(pattern) => {
                    for item in pattern.items() {
                        match &item.kind {
                            DateItemKind::Literal(text) => before = text,
                            DateItemKind::Field { letter, count } => {
                                let range = item.range.clone();
                                fields.push(Field { range, letter: *letter, count: *count, before, gap });
                                before = "";
                                gap = false;
                            }
                        }
                    }
                }
                _ => {
                    before = "";
                    gap = true;
                }
            }
        }
        fields
    }
}

/// A minute directly after a year, or before a day while no hour was written, or in a folder that says so.
fn minute_as_month(earlier: &[Field<'_>], field: &Field<'_>, next: Option<&Field<'_>>) -> bool {
    let folder = field.before.rsplit('/').next().unwrap_or_default();
    let label = folder.to_ascii_lowercase();
    if label.contains("min") {
        return false;
    }
    if label.contains("month") || folder.ends_with("MM=") {
        return true;
    }
    let after_year = earlier.last().is_some_and(|before| {
        !field.gap
            && matches!(before.letter, DateLetter::Year | DateLetter::YearOfEra | DateLetter::WeekBasedYear)
    });
    let before_day = next.is_some_and(|next| {
        !next.gap && matches!(next.letter, DateLetter::DayOfMonth | DateLetter::DayOfYear)
    });
    let after_hour = earlier.iter().any(|before| {
        matches!(
            before.letter,
            DateLetter::HourOfDay
                | DateLetter::ClockHourOfDay
                | DateLetter::ClockHourOfAmPm
                | DateLetter::HourOfAmPm
        )
    });
    after_year || (before_day && !after_hour)
}
