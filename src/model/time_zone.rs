//! `CustomTimeZone`: the zone in which an extended S3 destination writes dates into object names.
//!
//! The service has a fixed list of zones, with the older of two names where a zone was renamed:
//! `Asia/Calcutta` passes, `Asia/Kolkata` does not (fact sheet, section 6.3 and appendix A).

use std::fmt;

use jiff::tz::TimeZone;

mod allow_list;
mod other_names;
mod suggestion;
#[cfg(test)]
mod tests;

use allow_list::ALLOW_LIST;

/// The longest value that the API takes (API reference: 0 to 50 characters).
const LONGEST_NAME: usize = 50;

/// A time zone that the service accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CustomTimeZone {
    name: &'static str,
}

/// A time zone that the service refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeZoneError {
    /// The value.
    pub found: Box<str>,
    /// Why it is refused.
    pub reason: TimeZoneErrorReason,
    /// A name that is accepted and probably meant.
    pub suggestion: Option<&'static str>,
}

/// Why the service refuses a time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeZoneErrorReason {
    /// More than 50 characters.
    TooLong,
    /// Not of the API's pattern `^$|[a-zA-Z/_]+`, so that the request is refused before the list is asked.
    NotOfPattern,
    /// On the list, but not of the API's pattern: `Africa/Porto-Novo` and `America/Port-au-Prince`.
    ListedButNotOfPattern,
    /// Not on the list.
    NotListed,
}

impl CustomTimeZone {
    /// `UTC`, which is what the service uses when nothing is set.
    pub const UTC: CustomTimeZone = CustomTimeZone { name: "UTC" };

    /// Reads the property's value. An empty value is the same as none: UTC.
    pub fn parse(value: &str) -> Result<CustomTimeZone, TimeZoneError> {
        if value.is_empty() {
            return Ok(CustomTimeZone::UTC);
        }
        let listed = CustomTimeZone::listed(value);
        let reason = match listed {
            Some(zone) if is_of_pattern(value) => return Ok(zone),
            Some(_) => TimeZoneErrorReason::ListedButNotOfPattern,
            None if value.chars().count() > LONGEST_NAME => TimeZoneErrorReason::TooLong,
            None if !is_of_pattern(value) => TimeZoneErrorReason::NotOfPattern,
            None => TimeZoneErrorReason::NotListed,
        };
        Err(TimeZoneError { found: value.into(), reason, suggestion: suggestion::suggest(value) })
    }

    /// The listed zone of exactly this name, even if the API's pattern forbids the name.
    pub fn listed(name: &str) -> Option<CustomTimeZone> {
        let index = ALLOW_LIST.binary_search(&name).ok()?;
        Some(CustomTimeZone { name: ALLOW_LIST[index] })
    }

    /// All listed zones, sorted by name.
    pub fn all() -> impl Iterator<Item = CustomTimeZone> {
        ALLOW_LIST.iter().map(|name| CustomTimeZone { name })
    }

    /// The name on the service's list.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// The zone's rules, from the database inside the program. It has every listed name (tested), old
    /// names included, and keeps them: `VV` in a date pattern prints the listed name.
    pub fn time_zone(self) -> TimeZone {
        match self.name {
            "UTC" => TimeZone::UTC,
            name => TimeZone::get(name).unwrap_or(TimeZone::UTC),
        }
    }
}

impl Default for CustomTimeZone {
    fn default() -> CustomTimeZone {
        CustomTimeZone::UTC
    }
}

impl fmt::Display for CustomTimeZone {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name)
    }
}

impl TimeZoneError {
    /// The text with which the service refuses it (fact sheet, section 15). The text for lists is
    /// measured; those for pattern and length are the usual ones of the API.
    pub fn service_message(&self) -> &'static str {
        match self.reason {
            TimeZoneErrorReason::TooLong => "Member must have length less than or equal to 50",
            TimeZoneErrorReason::NotOfPattern | TimeZoneErrorReason::ListedButNotOfPattern => {
                "Member must satisfy regular expression pattern: ^$|[a-zA-Z/_]+"
            }
            TimeZoneErrorReason::NotListed => {
                "Provided custom time zone is not supported. Custom time zones are limited to UTC and \
                 non-3-letter IANA time zones."
            }
        }
    }
}

impl fmt::Display for TimeZoneError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = &self.found;
        match self.reason {
            TimeZoneErrorReason::TooLong => write!(out, "time zone is longer than {LONGEST_NAME} characters"),
            TimeZoneErrorReason::NotOfPattern => {
                write!(out, "time zone `{found}` has characters other than letters, `/` and `_`")
            }
            TimeZoneErrorReason::ListedButNotOfPattern => {
                write!(out, "time zone `{found}` is on the service's list, but the API forbids its hyphen")
            }
            TimeZoneErrorReason::NotListed => {
                write!(out, "time zone `{found}` is not on the service's list")
            }
        }
    }
}

impl std::error::Error for TimeZoneError {}

/// The API's pattern, `^$|[a-zA-Z/_]+`.
fn is_of_pattern(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'/' || byte == b'_')
}
