//! Date letters that are legal but suspicious.

use crate::model::prefix::{Prefix, Suspicion};

fn suspicious(text: &str) -> Vec<(&str, Suspicion)> {
    let parsed = Prefix::parse(text);
    assert_eq!(parsed.errors, [], "{text}");
    parsed.prefix.suspicious().into_iter().map(|(range, suspicion)| (&text[range], suspicion)).collect()
}

#[test]
fn letters_that_mean_something_else() {
    for (text, expected) in [
        ("year=!{timestamp:YYYY}/", vec![("YYYY", Suspicion::WeekBasedYear)]),
        ("!{timestamp:YY}/", vec![("YY", Suspicion::WeekBasedYear)]),
        ("!{timestamp:yyyy/MM/DD}/", vec![("DD", Suspicion::DayOfYear)]),
        ("!{timestamp:yyyy/MM}/!{timestamp:DDD}/", vec![("DDD", Suspicion::DayOfYear)]),
        ("!{timestamp:yyyy/mm/dd}/", vec![("mm", Suspicion::MinuteAsMonth)]),
        ("!{timestamp:dd}/month=!{timestamp:mm}/", vec![("mm", Suspicion::MinuteAsMonth)]),
        ("y=!{timestamp:yyyy}/MM=!{timestamp:mm}/", vec![("mm", Suspicion::MinuteAsMonth)]),
        ("!{timestamp:mm/dd/yyyy}/", vec![("mm", Suspicion::MinuteAsMonth)]),
        ("!{timestamp:yyyy/MM/dd/hh}/", vec![("hh", Suspicion::TwelveHourClock)]),
        ("!{timestamp:KK}/", vec![("KK", Suspicion::TwelveHourClock)]),
        ("!{timestamp:HH-mm-SS}/", vec![("SS", Suspicion::FractionAsSeconds)]),
        ("!{timestamp:YYYY-'W'ww}/", vec![("YYYY", Suspicion::LocaleWeek), ("ww", Suspicion::LocaleWeek)]),
        (
            "!{timestamp:W e c}/",
            vec![("W", Suspicion::LocaleWeek), ("e", Suspicion::LocaleWeek), ("c", Suspicion::LocaleWeek)],
        ),
    ] {
        assert_eq!(suspicious(text), expected, "{text}");
    }
}

#[test]
fn letters_that_are_fine() {
    for text in [
        "!{timestamp:yyyy/MM/dd/HH/mm/ss}/",
        "!{timestamp:uuuu-MM-dd'T'HH-mm-ss.SSS}/",
        "year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/hour=!{timestamp:HH}/minute=!{timestamp:mm}/",
        "!{timestamp:yyyy}/!{timestamp:DDD}/",
        "!{timestamp:yyyy-DDD}/",
        "!{timestamp:hh a}/",
        "!{timestamp:hh}/!{timestamp:B}/",
        "!{timestamp:ss.SS}/",
        "!{timestamp:HH:mm dd}/",
        "!{timestamp:yyyy}/!{partitionKeyFromQuery:k}/!{timestamp:mm}/",
        "!{timestamp:yyyy}/min=!{timestamp:mm}/!{timestamp:dd}",
        "!{timestamp:eee ccc EEE}/",
        "!{timestamp:'YYYY'}/YYYY/",
    ] {
        assert_eq!(suspicious(text), [], "{text}");
    }
}

#[test]
fn every_place_is_reported() {
    assert_eq!(
        suspicious("!{timestamp:YYYY/mm/DD/hh}/"),
        [
            ("YYYY", Suspicion::WeekBasedYear),
            ("mm", Suspicion::MinuteAsMonth),
            ("DD", Suspicion::DayOfYear),
            ("hh", Suspicion::TwelveHourClock),
        ]
    );
}
