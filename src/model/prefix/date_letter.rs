//! The letters of date patterns, what each means, and how often each may stand in a row.

/// A letter of a date pattern. Variants carry Java's names for the fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DateLetter {
    /// `G`: `AD`.
    Era,
    /// `u`: the year, zero and negative before year 1.
    Year,
    /// `y`: the year of the era.
    YearOfEra,
    /// `Y`: the year to which the *week* belongs.
    WeekBasedYear,
    /// `Q`.
    Quarter,
    /// `q`: like `Q` in English.
    StandaloneQuarter,
    /// `M`.
    Month,
    /// `L`: like `M` in English.
    StandaloneMonth,
    /// `w`: week of the week-based year.
    WeekOfYear,
    /// `W`.
    WeekOfMonth,
    /// `D`.
    DayOfYear,
    /// `d`.
    DayOfMonth,
    /// `F`: 1 for the first seven days of the month to 7 and again (JDK 17).
    DayOfWeekInMonth,
    /// `g`: modified Julian day.
    ModifiedJulianDay,
    /// `E`.
    DayName,
    /// `e`: number of the day in the week, or its name.
    DayOfWeek,
    /// `c`: like `e`.
    StandaloneDayOfWeek,
    /// `a`: `AM`.
    AmPm,
    /// `B`: `in the morning`.
    DayPeriod,
    /// `h`: 1 to 12.
    ClockHourOfAmPm,
    /// `K`: 0 to 11.
    HourOfAmPm,
    /// `k`: 1 to 24.
    ClockHourOfDay,
    /// `H`: 0 to 23.
    HourOfDay,
    /// `m`.
    Minute,
    /// `s`.
    Second,
    /// `S`: as many digits as letters.
    FractionOfSecond,
    /// `A`.
    MilliOfDay,
    /// `n`.
    NanoOfSecond,
    /// `N`.
    NanoOfDay,
    /// `VV`: `Europe/Paris`.
    ZoneId,
    /// `v`: the zone's name whether summer or winter.
    GenericZoneName,
    /// `z`: `CET`.
    ZoneName,
    /// `O`: `GMT+1`.
    LocalizedOffset,
    /// `X`: `+01`, or `Z` for zero.
    OffsetOrZ,
    /// `x`: `+01`.
    Offset,
    /// `Z`: `+0100`.
    OffsetBasic,
}

impl DateLetter {
    /// The meaning of a letter. The sixteen ASCII letters without one are those that the service was
    /// measured to refuse: `C I J P R T U b f i j l o p r t`, and `V` when single (see
    /// [`allows`](Self::allows)).
    pub fn from_char(letter: char) -> Option<DateLetter> {
        Some(match letter {
            'G' => DateLetter::Era,
            'u' => DateLetter::Year,
            'y' => DateLetter::YearOfEra,
            'Y' => DateLetter::WeekBasedYear,
            'Q' => DateLetter::Quarter,
            'q' => DateLetter::StandaloneQuarter,
            'M' => DateLetter::Month,
            'L' => DateLetter::StandaloneMonth,
            'w' => DateLetter::WeekOfYear,
            'W' => DateLetter::WeekOfMonth,
            'D' => DateLetter::DayOfYear,
            'd' => DateLetter::DayOfMonth,
            'F' => DateLetter::DayOfWeekInMonth,
            'g' => DateLetter::ModifiedJulianDay,
            'E' => DateLetter::DayName,
            'e' => DateLetter::DayOfWeek,
            'c' => DateLetter::StandaloneDayOfWeek,
            'a' => DateLetter::AmPm,
            'B' => DateLetter::DayPeriod,
            'h' => DateLetter::ClockHourOfAmPm,
            'K' => DateLetter::HourOfAmPm,
            'k' => DateLetter::ClockHourOfDay,
            'H' => DateLetter::HourOfDay,
            'm' => DateLetter::Minute,
            's' => DateLetter::Second,
            'S' => DateLetter::FractionOfSecond,
            'A' => DateLetter::MilliOfDay,
            'n' => DateLetter::NanoOfSecond,
            'N' => DateLetter::NanoOfDay,
            'V' => DateLetter::ZoneId,
            'v' => DateLetter::GenericZoneName,
            'z' => DateLetter::ZoneName,
            'O' => DateLetter::LocalizedOffset,
            'X' => DateLetter::OffsetOrZ,
            'x' => DateLetter::Offset,
            'Z' => DateLetter::OffsetBasic,
            _ => return None,
        })
    }

    /// The letter that has this meaning.
    pub fn as_char(self) -> char {
        match self {
            DateLetter::Era => 'G',
            DateLetter::Year => 'u',
            DateLetter::YearOfEra => 'y',
            DateLetter::WeekBasedYear => 'Y',
            DateLetter::Quarter => 'Q',
            DateLetter::StandaloneQuarter => 'q',
            DateLetter::Month => 'M',
            DateLetter::StandaloneMonth => 'L',
            DateLetter::WeekOfYear => 'w',
            DateLetter::WeekOfMonth => 'W',
            DateLetter::DayOfYear => 'D',
            DateLetter::DayOfMonth => 'd',
            DateLetter::DayOfWeekInMonth => 'F',
            DateLetter::ModifiedJulianDay => 'g',
            DateLetter::DayName => 'E',
            DateLetter::DayOfWeek => 'e',
            DateLetter::StandaloneDayOfWeek => 'c',
            DateLetter::AmPm => 'a',
            DateLetter::DayPeriod => 'B',
            DateLetter::ClockHourOfAmPm => 'h',
            DateLetter::HourOfAmPm => 'K',
            DateLetter::ClockHourOfDay => 'k',
            DateLetter::HourOfDay => 'H',
            DateLetter::Minute => 'm',
            DateLetter::Second => 's',
            DateLetter::FractionOfSecond => 'S',
            DateLetter::MilliOfDay => 'A',
            DateLetter::NanoOfSecond => 'n',
            DateLetter::NanoOfDay => 'N',
            DateLetter::ZoneId => 'V',
            DateLetter::GenericZoneName => 'v',
            DateLetter::ZoneName => 'z',
            DateLetter::LocalizedOffset => 'O',
            DateLetter::OffsetOrZ => 'X',
            DateLetter::Offset => 'x',
            DateLetter::OffsetBasic => 'Z',
        }
    }

    /// Whether the letter may stand this often in a row. Observed on JDK 17.
    ///
    /// Years of 11 to 18 letters make a formatter, but one that fails on every date, so they count as
    /// refused.
    pub fn allows(self, count: usize) -> bool {
        match self {
            DateLetter::Year | DateLetter::YearOfEra => matches!(count, 1..=10 | 19),
            DateLetter::WeekBasedYear => matches!(count, 1..=10 | 19..),
            DateLetter::Era
            | DateLetter::Quarter
            | DateLetter::StandaloneQuarter
            | DateLetter::Month
            | DateLetter::StandaloneMonth
            | DateLetter::DayName
            | DateLetter::DayOfWeek
            | DateLetter::OffsetOrZ
            | DateLetter::Offset
            | DateLetter::OffsetBasic => matches!(count, 1..=5),
            DateLetter::StandaloneDayOfWeek => matches!(count, 1 | 3..=5),
            DateLetter::WeekOfMonth | DateLetter::DayOfWeekInMonth | DateLetter::AmPm => count == 1,
            DateLetter::WeekOfYear
            | DateLetter::DayOfMonth
            | DateLetter::ClockHourOfAmPm
            | DateLetter::HourOfAmPm
            | DateLetter::ClockHourOfDay
            | DateLetter::HourOfDay
            | DateLetter::Minute
            | DateLetter::Second => matches!(count, 1..=2),
            DateLetter::DayOfYear => matches!(count, 1..=3),
            DateLetter::FractionOfSecond => matches!(count, 1..=9),
            DateLetter::ModifiedJulianDay
            | DateLetter::MilliOfDay
            | DateLetter::NanoOfSecond
            | DateLetter::NanoOfDay => matches!(count, 1..=19),
            DateLetter::DayPeriod => matches!(count, 1 | 4 | 5),
            DateLetter::ZoneId => count == 2,
            DateLetter::GenericZoneName | DateLetter::LocalizedOffset => matches!(count, 1 | 4),
            DateLetter::ZoneName => matches!(count, 1..=4),
        }
    }

    /// The fewest characters that this many letters print, for years of four digits.
    pub(super) fn minimum_length(self, count: usize) -> usize {
        match (self, count) {
            (DateLetter::Year | DateLetter::YearOfEra | DateLetter::WeekBasedYear, 2) => 2,
            (DateLetter::Year | DateLetter::YearOfEra | DateLetter::WeekBasedYear, _) => count.max(4),
            (DateLetter::Era, 1..=3) => 2,
            (DateLetter::Era, 4) => 11,
            (DateLetter::Quarter | DateLetter::StandaloneQuarter, 3) => 2,
            (DateLetter::Quarter | DateLetter::StandaloneQuarter, 4) => 11,
            // `May` is as short in full.
            (DateLetter::Month | DateLetter::StandaloneMonth, 3 | 4) => 3,
            (DateLetter::DayName, 1..=3) => 3,
            (DateLetter::DayOfWeek | DateLetter::StandaloneDayOfWeek, 3) => 3,
            (DateLetter::DayName | DateLetter::DayOfWeek | DateLetter::StandaloneDayOfWeek, 4) => 6,
            (
                DateLetter::Era
                | DateLetter::Quarter
                | DateLetter::StandaloneQuarter
                | DateLetter::Month
                | DateLetter::StandaloneMonth
                | DateLetter::DayName
                | DateLetter::DayOfWeek
                | DateLetter::StandaloneDayOfWeek,
                5,
            ) => 1,
            (DateLetter::AmPm, _) => 2,
            (DateLetter::DayPeriod, 5) => 1,
            (DateLetter::DayPeriod, _) => 4,
            (DateLetter::LocalizedOffset, _) | (DateLetter::OffsetBasic, 4) => 3,
            (DateLetter::Offset, 1) => 3,
            (DateLetter::Offset, 2 | 4) | (DateLetter::OffsetBasic, 1..=3) => 5,
            (DateLetter::Offset, _) => 6,
            (
                DateLetter::OffsetOrZ
                | DateLetter::OffsetBasic
                | DateLetter::ZoneId
                | DateLetter::ZoneName
                | DateLetter::GenericZoneName,
                _,
            ) => 1,
            _ => count,
        }
    }
}
