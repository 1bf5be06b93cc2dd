//! Values of scenario files: times, durations, shares, names out of a list.

use std::{fmt::Display, path::PathBuf, str::FromStr, time::Duration};

use serde::{Deserialize, Deserializer, de::Error};

use super::super::script::Moment;
use crate::{
    foundation::{suggest::nearest, timestamp::Timestamp},
    model::destination::contract::Lane,
};

/// Text that must read as a `T`; kept as text.
pub(super) fn checked<'de, D: Deserializer<'de>, T: FromStr>(
    deserializer: D,
) -> Result<Option<String>, D::Error>
where
    T::Err: Display,
{
    let text = String::deserialize(deserializer)?;
    text.parse::<T>().map_err(D::Error::custom)?;
    Ok(Some(text))
}

/// One path or several.
pub(super) fn paths<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<PathBuf>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "`input` is the path of a file, or a list of paths")]
    enum OneOrMany {
        One(PathBuf),
        Many(Vec<PathBuf>),
    }
    Ok(match OneOrMany::deserialize(deserializer)? {
        OneOrMany::One(path) => vec![path],
        OneOrMany::Many(paths) => paths,
    })
}

/// A name out of a list.
pub(super) fn listed<'de, D: Deserializer<'de>>(
    deserializer: D,
    what: &str,
    known: &[&str],
) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if known.contains(&&*text) {
        return Ok(text);
    }
    Err(D::Error::custom(match nearest(&text, known.iter().copied()) {
        Some(nearest) => format!("`{text}` is no {what}; did you mean `{nearest}`?"),
        None => format!("`{text}` is no {what}; there are: {}", known.join(", ")),
    }))
}

/// A number from 1, as its flag takes it.
pub(super) fn within<'de, D: Deserializer<'de>>(
    deserializer: D,
    name: &str,
    most: u32,
) -> Result<Option<u32>, D::Error> {
    let number = u32::deserialize(deserializer)?;
    match (1..=most).contains(&number) {
        true => Ok(Some(number)),
        false => Err(D::Error::custom(format!("`{name}` is 1 to {most}"))),
    }
}

/// A lane by its name.
pub(super) fn lane<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Lane>, D::Error> {
    Ok(Some(match &*listed(deserializer, "lane", &["destination", "backup", "error"])? {
        "backup" => Lane::Backup,
        "error" => Lane::Error,
        _ => Lane::Destination,
    }))
}

/// A share between 0 and 1.
pub(super) fn share<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let share = f64::deserialize(deserializer)?;
    match (0.0..=1.0).contains(&share) {
        true => Ok(share),
        false => Err(D::Error::custom(format!("a share is between 0 and 1, not {share}"))),
    }
}

/// A time, or an offset from the first arrival such as `+90s`.
pub(super) fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Moment>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let moment = match text.strip_prefix('+') {
        Some(rest) => read_duration(rest).map(Moment::After),
        None => text.parse::<Timestamp>().ok().map(Moment::At),
    };
    moment.map(Some).ok_or_else(|| {
        D::Error::custom(format!(
            "`{text}` is no moment: a time such as 2026-01-01T00:00:00Z is expected, or an offset from the first arrival such as +90s"
        ))
    })
}

/// A span of time such as `90s`.
pub(super) fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    read_duration(&text).ok_or_else(|| {
        D::Error::custom(format!("`{text}` is no span of time: 200ms, 90s, 15m, 1h30m or 2d are"))
    })
}

/// Numbers with their units (`ms`, `s`, `m`, `h`, `d`), at most ten years in all.
pub(super) fn read_duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = Duration::ZERO;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: u32 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let unit = match &rest[..letters] {
            "ms" => Duration::from_millis(1),
            "s" => Duration::from_secs(1),
            "m" => Duration::from_secs(60),
            "h" => Duration::from_secs(3_600),
            "d" => Duration::from_secs(86_400),
            _ => return None,
        };
        rest = &rest[letters..];
        total = total.checked_add(unit.checked_mul(number)?)?;
    }
    (total <= Duration::from_secs(3_660 * 86_400)).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_numbers_with_units() {
        assert_eq!(read_duration("1h30m"), Some(Duration::from_secs(5_400)));
        assert_eq!(read_duration("250ms"), Some(Duration::from_millis(250)));
        for text in ["", "5", "s", "1.5s", "1w", "-1s", "4294967295d", "1 s"] {
            assert_eq!(read_duration(text), None, "{text}");
        }
    }
}
