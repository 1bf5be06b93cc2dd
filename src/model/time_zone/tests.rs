//! The allow-list, its zones, and what is suggested for other names.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::allow_list::ALLOW_LIST;
use super::other_names::{ABBREVIATIONS, OFFSETS, OTHER_NAMES};
use super::{CustomTimeZone, TimeZoneErrorReason, is_of_pattern};

fn at(instant: &str) -> Timestamp {
    instant.parse().expect("instant")
}

fn suggestion(name: &str) -> Option<&'static str> {
    CustomTimeZone::parse(name).expect_err(name).suggestion
}

#[test]
fn tables_are_sorted() {
    assert!(ALLOW_LIST.is_sorted_by(|one, other| one < other));
    assert!(OTHER_NAMES.is_sorted_by(|one, other| one.0 < other.0));
    assert!(ABBREVIATIONS.is_sorted_by(|one, other| one.0 < other.0));
    assert!(OFFSETS.is_sorted_by(|one, other| one.0 < other.0));
}

#[test]
fn all_listed_zones_load_under_their_listed_names() {
    assert_eq!(CustomTimeZone::all().count(), 295);
    for zone in CustomTimeZone::all() {
        assert!(TimeZone::get(zone.name()).is_ok(), "{zone}");
        assert_eq!(zone.time_zone().iana_name(), Some(zone.name()));
    }
    for (name, offset) in [
        ("Asia/Dacca", 6.0),
        ("America/Porto_Acre", -5.0),
        ("Asia/Ujung_Pandang", 8.0),
        ("Asia/Ashkhabad", 5.0),
        ("Europe/Kiev", 2.0),
        ("Atlantic/Faeroe", 0.0),
        ("Pacific/Enderbury", 13.0),
        ("Pacific/Ponape", 11.0),
        ("Asia/Calcutta", 5.5),
        ("UTC", 0.0),
    ] {
        let zone = CustomTimeZone::parse(name).expect(name).time_zone();
        let offset_found = zone.to_offset(at("2026-01-15T12:00:00Z")).seconds();
        assert_eq!(f64::from(offset_found) / 3600.0, offset, "{name}");
    }
}

#[test]
fn empty_is_utc() {
    assert_eq!(CustomTimeZone::parse(""), Ok(CustomTimeZone::UTC));
    assert_eq!(CustomTimeZone::default().name(), "UTC");
}

#[test]
fn exactly_two_listed_names_break_the_pattern_of_the_api() {
    let refused: Vec<_> = ALLOW_LIST.iter().filter(|name| CustomTimeZone::parse(name).is_err()).collect();
    assert_eq!(refused, [&"Africa/Porto-Novo", &"America/Port-au-Prince"]);
    let error = CustomTimeZone::parse("Africa/Porto-Novo").expect_err("hyphen");
    assert_eq!(error.reason, TimeZoneErrorReason::ListedButNotOfPattern);
    assert_eq!(error.suggestion, Some("Africa/Lagos"));
    assert_eq!(suggestion("America/Port-au-Prince"), Some("America/New_York"));
    assert!(CustomTimeZone::listed("Africa/Porto-Novo").is_some());
}

#[test]
fn reasons_and_words_of_the_service() {
    let reason = |name: &str| CustomTimeZone::parse(name).expect_err(name).reason;
    assert_eq!(reason("Asia/Kolkata"), TimeZoneErrorReason::NotListed);
    assert_eq!(reason("asia/tokyo"), TimeZoneErrorReason::NotListed);
    assert_eq!(reason("UTC+9"), TimeZoneErrorReason::NotOfPattern);
    assert_eq!(reason("Asia/\u{FFFC}"), TimeZoneErrorReason::NotOfPattern);
    assert_eq!(reason(&"x".repeat(51)), TimeZoneErrorReason::TooLong);
    assert_eq!(
        CustomTimeZone::parse("Asia/Kolkata").expect_err("not listed").service_message(),
        "Provided custom time zone is not supported. Custom time zones are limited to UTC and non-3-letter IANA time zones."
    );
}

#[test]
fn refused_names_get_a_listed_one() {
    for (name, expected) in [
        ("Asia/Kolkata", "Asia/Calcutta"),
        ("Europe/Kyiv", "Europe/Kiev"),
        ("Asia/Ho_Chi_Minh", "Asia/Saigon"),
        ("Asia/Yangon", "Asia/Rangoon"),
        ("Asia/Kathmandu", "Asia/Katmandu"),
        ("America/Argentina/Buenos_Aires", "America/Buenos_Aires"),
        ("America/Toronto", "America/Montreal"),
        ("Australia/Melbourne", "Australia/Sydney"),
        ("US/Eastern", "America/New_York"),
        ("Etc/UTC", "UTC"),
        ("utc", "UTC"),
        ("Z", "UTC"),
        ("GMT", "UTC"),
        ("asia/kolkata", "Asia/Calcutta"),
        ("asia/seoul", "Asia/Seoul"),
        ("America/New York", "America/New_York"),
        ("UTC+9", "Asia/Seoul"),
        ("UTC+09:00", "Asia/Seoul"),
        ("+0530", "Asia/Calcutta"),
        ("GMT-3:30", "America/St_Johns"),
        ("UTC-8", "Pacific/Pitcairn"),
        ("UTC+0", "UTC"),
        ("Etc/GMT-9", "Asia/Seoul"),
        ("Etc/GMT+5", "America/Bogota"),
        ("Etc/GMT", "UTC"),
        ("JST", "Asia/Tokyo"),
        ("kst", "Asia/Seoul"),
        ("EST", "America/New_York"),
        ("America/Detroit", "America/New_York"),
        ("America/Kentucky/Louisville", "America/New_York"),
        ("America/Argentina/Cordoba", "America/Sao_Paulo"),
        ("Asia/Urumqi", "Asia/Dhaka"),
        ("Asia/Omsk", "Asia/Dhaka"),
        ("Atlantic/Madeira", "Atlantic/Canary"),
        ("Tokyo", "Asia/Tokyo"),
        ("Asia/Tokio", "Asia/Tokyo"),
        ("Europe/Pari", "Europe/Paris"),
        ("Kyiv", "Europe/Kiev"),
    ] {
        assert_eq!(suggestion(name), Some(expected), "{name}");
    }
    for name in ["nowhere at all", "UTC+25", "UTC+9:90", "12345", "日本"] {
        assert_eq!(suggestion(name), None, "{name}");
    }
}

#[test]
fn suggestions_are_always_accepted() {
    let tables = OTHER_NAMES.iter().chain(&ABBREVIATIONS);
    for (name, listed) in tables {
        assert!(CustomTimeZone::parse(listed).is_ok(), "{listed}");
        assert!(CustomTimeZone::listed(name).is_none(), "{name} is listed itself");
        assert_eq!(suggestion(name), Some(*listed));
    }
    for name in jiff::tz::db().available() {
        if let Err(error) = CustomTimeZone::parse(name.as_str()) {
            let suggested = error.suggestion.map(CustomTimeZone::parse);
            assert!(suggested.is_none_or(|zone| zone.is_ok()), "{name}");
        }
    }
}

#[test]
fn other_names_keep_the_same_time() {
    for (name, listed) in OTHER_NAMES {
        let (one, other) = (TimeZone::get(name).expect(name), TimeZone::get(listed).expect(listed));
        for instant in ["2026-01-15T12:00:00Z", "2026-07-15T12:00:00Z"] {
            assert_eq!(one.to_offset(at(instant)), other.to_offset(at(instant)), "{name}");
        }
    }
}

#[test]
fn zones_of_offsets_keep_them() {
    for (minutes, name) in OFFSETS {
        assert!(is_of_pattern(name));
        let zone = TimeZone::get(name).expect(name);
        let keeps = |instant| zone.to_offset(at(instant)).seconds() == minutes * 60;
        let summer_time = matches!(minutes, -210 | 630 | 765);
        assert!(keeps("2026-01-15T12:00:00Z") || keeps("2026-07-15T12:00:00Z"), "{name}");
        assert!(summer_time || keeps("2026-01-15T12:00:00Z") && keeps("2026-07-15T12:00:00Z"), "{name}");
    }
}
