//! Which listed zone was probably meant by a refused name.

use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::allow_list::ALLOW_LIST;
use super::is_of_pattern;
use super::other_names::{ABBREVIATIONS, OFFSETS, OTHER_NAMES};

/// Zones to prefer where several keep the same time.
const WELL_KNOWN: [&str; 29] = [
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Phoenix",
    "America/Anchorage",
    "America/Halifax",
    "America/Puerto_Rico",
    "America/Mexico_City",
    "America/Bogota",
    "America/Sao_Paulo",
    "Europe/London",
    "Europe/Paris",
    "Europe/Athens",
    "Europe/Moscow",
    "Africa/Abidjan",
    "Africa/Lagos",
    "Africa/Johannesburg",
    "Africa/Nairobi",
    "Asia/Dubai",
    "Asia/Tashkent",
    "Asia/Dhaka",
    "Asia/Bangkok",
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Pacific/Guadalcanal",
    "Pacific/Auckland",
    "Pacific/Tarawa",
];

/// Names may differ from a listed one in this part of their letters.
const ALLOWED_TYPOS: f64 = 0.34;

/// The listed zone that was probably meant: the same zone, one that keeps the same time, or one whose
/// name is much alike. What is suggested always passes.
pub(super) fn suggest(value: &str) -> Option<&'static str> {
    let name = value.trim().replace(' ', "_");
    other_name(&name)
        .or_else(|| listed_ignoring_case(&name))
        .or_else(|| lookup(&ABBREVIATIONS, &name))
        .or_else(|| fixed_offset(&name))
        .or_else(|| same_time(&name))
        .or_else(|| city(&name))
        .or_else(|| alike(&name))
}

fn candidates() -> impl Iterator<Item = &'static str> {
    ALLOW_LIST.iter().copied().filter(|name| is_of_pattern(name))
}

fn lookup(table: &[(&'static str, &'static str)], name: &str) -> Option<&'static str> {
    table.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|&(_, listed)| listed)
}

fn other_name(name: &str) -> Option<&'static str> {
    lookup(&OTHER_NAMES, name)
}

fn listed_ignoring_case(name: &str) -> Option<&'static str> {
    candidates().find(|listed| listed.eq_ignore_ascii_case(name))
}

/// `UTC+9`, `GMT-03:30`, `+0530`; and `Etc/GMT-9`, whose sign is the other way round.
fn fixed_offset(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_uppercase();
    let (digits, inverted) = match name.strip_prefix("ETC/") {
        Some(rest) => (rest.strip_prefix("GMT")?, true),
        None => (name.strip_prefix("UTC").or_else(|| name.strip_prefix("GMT")).unwrap_or(&name), false),
    };
    let digits = digits.trim_start_matches('_');
    if inverted && digits.is_empty() {
        return Some("UTC");
    }
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, digits.strip_prefix('+').unwrap_or(digits)),
    };
    let sign = if inverted { -sign } else { sign };
    let digits = digits.replace(':', "");
    if digits.is_empty() || digits.len() > 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i32 = digits.parse().ok()?;
    let (hours, minutes) = if digits.len() > 2 { (number / 100, number % 100) } else { (number, 0) };
    if minutes >= 60 {
        return None;
    }
    let minutes = hours * 60 + minutes;
    let index = OFFSETS.binary_search_by_key(&(sign * minutes), |&(offset, _)| offset).ok()?;
    Some(OFFSETS[index].1)
}

/// A zone of the database that is not listed: one that is and has the same offsets through a year, of
/// the same part of the world if there is one.
fn same_time(name: &str) -> Option<&'static str> {
    let wanted = offsets(&TimeZone::get(name).ok()?);
    let same = |listed: &&str| TimeZone::get(listed).is_ok_and(|zone| offsets(&zone) == wanted);
    let region = name.split_once('/').map_or("", |(region, _)| region);
    let nearby = |listed: &&str| listed.split_once('/').is_some_and(|(other, _)| other == region);
    let well_known = || WELL_KNOWN.into_iter();
    well_known()
        .filter(nearby)
        .find(same)
        .or_else(|| candidates().filter(nearby).find(same))
        .or_else(|| well_known().find(same))
        .or_else(|| candidates().find(same))
}

/// Offsets at noon of every eighth day of 2026, a year without importance.
fn offsets(zone: &TimeZone) -> Vec<i32> {
    let start = date(2026, 1, 1)
        .at(12, 0, 0, 0)
        .to_zoned(TimeZone::UTC)
        .map_or(Timestamp::UNIX_EPOCH, |at| at.timestamp());
    (0..46_i64)
        .map(|step| {
            start.saturating_add((step * 8 * 24).hours()).map_or(0, |at| zone.to_offset(at).seconds())
        })
        .collect()
}

/// `Tokyo`, or a city under the wrong region.
fn city(name: &str) -> Option<&'static str> {
    let city = last_part(name);
    let of_city = |listed: &&str| last_part(listed).eq_ignore_ascii_case(city);
    candidates()
        .find(of_city)
        .or_else(|| OTHER_NAMES.iter().find(|(other, _)| of_city(other)).map(|&(_, listed)| listed))
}

fn last_part(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

fn alike(name: &str) -> Option<&'static str> {
    let wanted = name.to_ascii_lowercase();
    let letters = wanted.chars().count().max(1);
    let others = OTHER_NAMES.iter().copied();
    candidates()
        .map(|listed| (listed, listed))
        .chain(others)
        .map(|(spelled, listed)| {
            (strsim::damerau_levenshtein(&wanted, &spelled.to_ascii_lowercase()), listed)
        })
        .min_by_key(|&(distance, _)| distance)
        .filter(|&(distance, _)| distance as f64 <= letters as f64 * ALLOWED_TYPOS)
        .map(|(_, listed)| listed)
}
