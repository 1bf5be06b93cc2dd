//! The moments that are shown: those at which keys change, with what changes there.

use jiff::{Span, Zoned, tz::TimeZone};

use crate::foundation::timestamp::Timestamp;
use crate::model::zone::Zone;

/// Most moments that are shown.
const MOST: usize = 200;

/// A moment and what is special about it.
#[derive(Debug, PartialEq, Eq)]
pub struct Boundary {
    /// The moment.
    pub at: Timestamp,
    /// What is special.
    pub boundaries: Vec<String>,
}

/// The moments from `at`, which is the first: to `until`, or the next of each kind.
pub fn moments(
    at: Timestamp,
    until: Option<Timestamp>,
    zone: &Zone,
    notes: &mut Vec<String>,
) -> Vec<Boundary> {
    let mut found = match until {
        Some(until) => between(at, until, zone),
        None => coming(at, zone),
    };
    found.sort_by_key(|(at, _)| *at);
    let mut merged = vec![Boundary { at, boundaries: Vec::new() }];
    for (at, what) in found {
        match merged.last_mut() {
            Some(last) if last.at == at => {
                if !last.boundaries.contains(&what) {
                    last.boundaries.push(what);
                }
            }
            _ => merged.push(Boundary { at, boundaries: vec![what] }),
        }
    }
    if merged.len() > MOST {
        notes.push(format!("{} more moments up to `--until` are left out", merged.len() - MOST));
        merged.truncate(MOST);
    }
    merged
}

type Found = Vec<(Timestamp, String)>;

fn instant(zoned: &Zoned) -> Option<Timestamp> {
    Timestamp::from_millis(zoned.timestamp().as_millisecond())
}

/// Just before a boundary, and at it.
fn pair(found: &mut Found, boundary: Option<Timestamp>, what: &str) {
    let Some(at) = boundary else { return };
    if let Some(before) = Timestamp::from_millis(at.as_millis() - 1) {
        found.push((before, format!("before {what}")));
    }
    found.push((at, what.to_owned()));
}

fn next_day(at: &Zoned) -> Option<Zoned> {
    at.tomorrow().ok()?.start_of_day().ok()
}

fn next_hour(at: &Zoned) -> Option<Zoned> {
    let rest = 3_600_000 - at.timestamp().as_millisecond().rem_euclid(3_600_000);
    at.checked_add(Span::new().milliseconds(rest)).ok()
}

fn next_year(at: &Zoned) -> Option<Zoned> {
    at.first_of_year().ok()?.checked_add(Span::new().years(1)).ok()?.start_of_day().ok()
}

/// Daylight saving starts, ends, or a zone changes its mind.
fn transition(at: &Zoned, zone: &TimeZone) -> Option<(Timestamp, String)> {
    let next = zone.following(at.timestamp()).next()?;
    let before = zone.to_offset(next.timestamp().checked_sub(Span::new().milliseconds(1)).ok()?);
    let moment = Timestamp::from_millis(next.timestamp().as_millisecond())?;
    Some((
        moment,
        format!("clocks change ({} to {})", signed(before.seconds()), signed(next.offset().seconds())),
    ))
}

fn signed(seconds: i32) -> String {
    let minutes = seconds.abs() / 60;
    format!("{}{:02}:{:02}", if seconds < 0 { '-' } else { '+' }, minutes / 60, minutes % 60)
}

/// The next boundary of each kind.
fn coming(at: Timestamp, zone: &Zone) -> Found {
    let mut found = Found::new();
    let (utc, local) = (at.in_zone(&TimeZone::UTC), at.in_zone(&zone.rules));
    let is_utc = zone.name == "UTC";
    pair(&mut found, next_hour(&utc).as_ref().and_then(instant), "the hour");
    pair(&mut found, next_day(&utc).as_ref().and_then(instant), "midnight UTC");
    if !is_utc {
        pair(&mut found, next_day(&local).as_ref().and_then(instant), "local midnight");
        if let Some((moment, what)) = transition(&local, &zone.rules) {
            pair(&mut found, Some(moment), &what);
        }
    }
    let year = if is_utc { next_year(&utc) } else { next_year(&local) };
    pair(
        &mut found,
        year.as_ref().and_then(instant),
        if is_utc { "the new year" } else { "the local new year" },
    );
    found
}

/// Every boundary up to a moment: hours for two days, then days for two months, then months.
fn between(at: Timestamp, until: Timestamp, zone: &Zone) -> Found {
    let mut found = Found::new();
    let hours = until.since(at).as_secs() / 3600;
    let is_utc = zone.name == "UTC";
    let (utc, local) = (at.in_zone(&TimeZone::UTC), at.in_zone(&zone.rules));
    let mut each = |start: &Zoned, step: &dyn Fn(&Zoned) -> Option<Zoned>, what: &str, paired: bool| {
        let mut last = start.clone();
        for _ in 0..MOST * 2 {
            let Some(next) = step(&last) else { break };
            let Some(moment) = instant(&next).filter(|moment| *moment <= until) else { break };
            if paired {
                pair(&mut found, Some(moment), what);
            } else {
                found.push((moment, what.to_owned()));
            }
            last = next;
        }
    };
    let month =
        |at: &Zoned| at.first_of_month().ok()?.checked_add(Span::new().months(1)).ok()?.start_of_day().ok();
    if hours <= 48 {
        each(&utc, &next_hour, "the hour", false);
    }
    if hours <= 24 * 62 {
        each(&utc, &next_day, "midnight UTC", hours <= 48);
        if !is_utc {
            each(&local, &next_day, "local midnight", hours <= 48);
        }
    } else {
        each(&local, &month, if is_utc { "the month" } else { "the local month" }, false);
    }
    each(&local, &next_year, if is_utc { "the new year" } else { "the local new year" }, true);
    let mut last = local;
    while let Some((moment, what)) = transition(&last, &zone.rules).filter(|(moment, _)| *moment <= until) {
        pair(&mut found, Some(moment), &what);
        last = moment.in_zone(&zone.rules);
        if found.len() > MOST * 4 {
            break;
        }
    }
    if !found.iter().any(|(moment, _)| *moment == until) && until > at {
        found.push((until, "the end".to_owned()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(at: &str, until: Option<&str>, zone: &str) -> Vec<(String, String)> {
        let (at, until) = (at.parse().unwrap(), until.map(|until| until.parse().unwrap()));
        let zone = Zone::named(zone).unwrap();
        moments(at, until, &zone, &mut Vec::new())
            .into_iter()
            .map(|moment| (moment.at.to_string(), moment.boundaries.join(", ")))
            .collect()
    }

    #[test]
    fn daylight_saving_of_the_zone_is_a_boundary() {
        let found = told("2026-03-29T00:30:00Z", Some("2026-03-29T01:10:00Z"), "Europe/Paris");
        let moment = |at: &str, what: &str| (at.to_owned(), what.to_owned());
        assert!(
            found.contains(&moment("2026-03-29T00:59:59.999Z", "before clocks change (+01:00 to +02:00)"))
        );
        assert!(
            found.iter().any(|(at, what)| at == "2026-03-29T01:00:00.000Z" && what.contains("clocks change"))
        );
    }

    #[test]
    fn local_midnight_is_not_midnight_of_utc() {
        let found = told("2026-06-01T10:00:00Z", None, "Asia/Calcutta");
        let at = |what: &str| found.iter().find(|(_, found)| found == what).map(|(at, _)| at.as_str());
        assert_eq!(at("local midnight"), Some("2026-06-01T18:30:00.000Z"));
        assert_eq!(at("midnight UTC"), Some("2026-06-02T00:00:00.000Z"));
        assert_eq!(at("the local new year"), Some("2026-12-31T18:30:00.000Z"));
    }

    #[test]
    fn a_long_series_is_bounded() {
        assert!(told("2026-01-01T00:00:00Z", Some("9000-01-01T00:00:00Z"), "Europe/Paris").len() <= MOST);
    }
}
