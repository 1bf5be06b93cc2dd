//! The last part of an object's key: what follows the evaluated prefix (behaviour sheet, 6.2).

use jiff::tz::TimeZone;

use crate::foundation::timestamp::Timestamp;

/// `VersionId` of a stream that was never updated, as a simulated one is.
const VERSION: u32 = 1;

/// `<stream>-1-yyyy-MM-dd-HH-mm-ss-<uuid><extension>`, glued to the prefix.
///
/// The instant is the arrival of the oldest record, in the zone of the prefix. CHOICE: the guide does not say which
/// instant the name carries.
pub fn object_name(
    stream: &str,
    oldest_arrival: Timestamp,
    zone: &TimeZone,
    uuid: &str,
    extension: &str,
) -> String {
    let at = oldest_arrival.in_zone(zone);
    format!("{stream}-{VERSION}-{}-{uuid}{extension}", at.strftime("%Y-%m-%d-%H-%M-%S"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_written_in_the_zone() {
        let zone = crate::model::zone::Zone::named("Asia/Calcutta").unwrap();
        let at = "2026-03-01T22:59:30.999Z".parse().unwrap();
        let name = object_name("orders", at, &zone.rules, "0-0", ".gz");
        assert_eq!(name, "orders-1-2026-03-02-04-29-30-0-0.gz");
    }
}
