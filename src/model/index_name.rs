//! Index names of OpenSearch Service: the configured name and the period that `IndexRotationPeriod` adds.
//!
//! Source: behaviour sheet, 10.3. The period is that of the arrival time in UTC, whatever `CustomTimeZone` says.

use jiff::{Zoned, tz::TimeZone};

use crate::foundation::timestamp::Timestamp;

/// `IndexRotationPeriod`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IndexRotationPeriod {
    /// `NoRotation`: the name as it is.
    NoRotation,
    /// `OneHour`.
    OneHour,
    /// `OneDay`, the default.
    #[default]
    OneDay,
    /// `OneWeek`. The service's own table and its words disagree about the week's number.
    OneWeek,
    /// `OneMonth`.
    OneMonth,
}

impl IndexRotationPeriod {
    /// The period of this exact name.
    pub fn named(name: &str) -> Option<IndexRotationPeriod> {
        Some(match name {
            "NoRotation" => IndexRotationPeriod::NoRotation,
            "OneHour" => IndexRotationPeriod::OneHour,
            "OneDay" => IndexRotationPeriod::OneDay,
            "OneWeek" => IndexRotationPeriod::OneWeek,
            "OneMonth" => IndexRotationPeriod::OneMonth,
            _ => return None,
        })
    }
}

/// The name of the index that a record goes into which arrived at this moment.
pub fn index_name(name: &str, period: IndexRotationPeriod, arrival: Timestamp) -> String {
    let at = arrival.in_zone(&TimeZone::UTC);
    let suffix = match period {
        IndexRotationPeriod::NoRotation => return name.to_owned(),
        IndexRotationPeriod::OneHour => at.strftime("%Y-%m-%d-%H").to_string(),
        IndexRotationPeriod::OneDay => at.strftime("%Y-%m-%d").to_string(),
        IndexRotationPeriod::OneWeek => {
            let (year, week) = week(&at);
            format!("{year:04}-w{week:02}")
        }
        IndexRotationPeriod::OneMonth => at.strftime("%Y-%m").to_string(),
    };
    format!("{name}-{suffix}")
}

/// Why a cluster makes no index of this name, in its words; `None` where it does.
pub fn problem(name: &str) -> Option<&'static str> {
    const REFUSED: &str = "\\/*?\"<>| ,#";
    if name.chars().any(|character| REFUSED.contains(character)) {
        return Some("must not contain the following characters [ , \", *, \\, <, |, ,, >, /, ?, #]");
    }
    if name.starts_with(['_', '-', '+']) {
        return Some("must not start with '_', '-', or '+'");
    }
    if name.to_lowercase() != name {
        return Some("must be lowercase");
    }
    (name.len() > 255).then_some("index name is too long")
}

/// Week-based year and week. CHOICE: the rule that the guide states: weeks start on Sunday, and week 1 holds the year's
/// first Saturday (it is the week of 1 January), so that the last days of December may lie in week 1 of the next year.
fn week(at: &Zoned) -> (i16, i16) {
    let days_to_saturday = 6 - i64::from(at.weekday().to_sunday_zero_offset());
    // A week belongs to the year in which its Saturday lies.
    let saturday = at.date().saturating_add(jiff::Span::new().days(days_to_saturday));
    (saturday.year(), (saturday.day_of_year() - 1) / 7 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(period: &str, at: &str) -> String {
        index_name("myindex", IndexRotationPeriod::named(period).unwrap(), at.parse().unwrap())
    }

    #[test]
    fn the_names_of_the_guide() {
        let at = "2016-02-25T13:00:00Z";
        assert_eq!(name("NoRotation", at), "myindex");
        assert_eq!(name("OneHour", at), "myindex-2016-02-25-13");
        assert_eq!(name("OneDay", at), "myindex-2016-02-25");
        assert_eq!(name("OneMonth", at), "myindex-2016-02");
        // By the words of the guide; its table says w08.
        assert_eq!(name("OneWeek", at), "myindex-2016-w09");
        assert_eq!(name("OneWeek", "2020-08-13T00:00:00Z"), "myindex-2020-w33");
    }

    #[test]
    fn names_that_clusters_refuse() {
        for (name, why) in
            [("Logs", "lowercase"), ("_logs", "start"), ("a b", "characters"), ("a#b", "characters")]
        {
            assert!(problem(name).is_some_and(|told| told.contains(why)), "{name}");
        }
        assert_eq!(problem("größe.logs-2026_01"), None);
    }

    #[test]
    fn weeks_start_on_sunday_and_the_first_holds_a_saturday() {
        assert_eq!(name("OneWeek", "2025-12-27T23:59:59Z"), "myindex-2025-w52");
        assert_eq!(name("OneWeek", "2025-12-28T00:00:00Z"), "myindex-2026-w01");
        assert_eq!(name("OneWeek", "2026-01-03T00:00:00Z"), "myindex-2026-w01");
        assert_eq!(name("OneWeek", "2026-01-04T00:00:00Z"), "myindex-2026-w02");
    }
}
