//! `CustomTimeZone`: the zone that prefixes and object names are written in.

use jiff::tz::TimeZone;

/// A time zone with the name it was asked for by.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    /// The name as written in the template.
    pub name: String,
    /// Its rules.
    pub rules: TimeZone,
}

impl Zone {
    /// Coordinated universal time, the default.
    pub fn utc() -> Zone {
        Zone { name: "UTC".to_owned(), rules: TimeZone::UTC }
    }

    /// The zone of this name in the embedded database; `None` when it has none.
    pub fn named(name: &str) -> Option<Zone> {
        if name == "UTC" {
            return Some(Zone::utc());
        }
        let rules = jiff::tz::db().get(name).ok()?;
        Some(Zone { name: name.to_owned(), rules })
    }
}
