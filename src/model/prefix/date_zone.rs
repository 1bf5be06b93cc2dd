//! The zone letters of date patterns: `V`, `v`, `z`, `O`, `X`, `x`, `Z`.
//!
//! Offsets are exactly Java's. CHOICE: zone names come from the time zone database (`KST`, `CEST`, and
//! for zones without an abbreviation a number as `-03`). Java has tables of its own: `BRT` for
//! America/Sao_Paulo, and other words for `v`, `vvvv` and `zzzz`. `UTC` is the same in both.

use jiff::Zoned;

use super::date_format::number;

/// What Java writes for UTC with `zzzz` and `vvvv`.
const UTC_IN_WORDS: &str = "Coordinated Universal Time";

/// How `X`, `x` and `Z` write an offset: Java's `OffsetIdPrinterParser`.
#[derive(Clone, Copy)]
struct OffsetStyle {
    minutes: Minutes,
    /// Whether seconds are written when they are not zero.
    seconds: bool,
    colon: bool,
    /// What is written for an offset of zero.
    zero: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Minutes {
    Always,
    WhenNotZero,
}

/// `X`, 1 to 5 letters.
pub(super) fn offset_or_z(out: &mut String, time: &Zoned, count: usize) {
    write_offset(out, seconds(time), style(count, "Z"));
}

/// `x`, 1 to 5 letters.
pub(super) fn offset(out: &mut String, time: &Zoned, count: usize) {
    let zero = match count {
        1 => "+00",
        2 | 4 => "+0000",
        _ => "+00:00",
    };
    write_offset(out, seconds(time), style(count, zero));
}

/// `Z`, 1 to 5 letters.
pub(super) fn offset_basic(out: &mut String, time: &Zoned, count: usize) {
    match count {
        4 => localized_offset(out, time, 4),
        5 => write_offset(out, seconds(time), style(5, "Z")),
        _ => write_offset(out, seconds(time), style(2, "+0000")),
    }
}

/// `O` and `OOOO`.
pub(super) fn localized_offset(out: &mut String, time: &Zoned, count: usize) {
    out.push_str("GMT");
    let total = seconds(time);
    if total == 0 {
        return;
    }
    let (hours, minutes, seconds) = split(total);
    out.push(if total < 0 { '-' } else { '+' });
    let full = count == 4;
    number(out, hours, if full { 2 } else { 1 });
    if full || minutes != 0 || seconds != 0 {
        out.push(':');
        number(out, minutes, 2);
    }
    if seconds != 0 {
        out.push(':');
        number(out, seconds, 2);
    }
}

/// `VV`.
pub(super) fn zone_id(out: &mut String, time: &Zoned) {
    match time.time_zone().iana_name() {
        Some(name) => out.push_str(name),
        None => write_offset(out, seconds(time), style(5, "Z")),
    }
}

/// `z` and `v`; four letters ask for words.
pub(super) fn zone_name(out: &mut String, time: &Zoned, count: usize) {
    let info = time.time_zone().to_offset_info(time.timestamp());
    match info.abbreviation() {
        "UTC" if count == 4 => out.push_str(UTC_IN_WORDS),
        abbreviation => out.push_str(abbreviation),
    }
}

fn style(count: usize, zero: &'static str) -> OffsetStyle {
    OffsetStyle {
        minutes: if count == 1 { Minutes::WhenNotZero } else { Minutes::Always },
        seconds: count >= 4,
        colon: matches!(count, 3 | 5),
        zero,
    }
}

fn write_offset(out: &mut String, total: i64, style: OffsetStyle) {
    let (hours, minutes, seconds) = split(total);
    let seconds = if style.seconds { seconds } else { 0 };
    // Java writes an offset of some seconds as zero when seconds are not shown.
    if hours == 0 && minutes == 0 && seconds == 0 {
        out.push_str(style.zero);
        return;
    }
    out.push(if total < 0 { '-' } else { '+' });
    number(out, hours, 2);
    if style.minutes == Minutes::Always || minutes != 0 {
        if style.colon {
            out.push(':');
        }
        number(out, minutes, 2);
    }
    if seconds != 0 {
        if style.colon {
            out.push(':');
        }
        number(out, seconds, 2);
    }
}

fn seconds(time: &Zoned) -> i64 {
    i64::from(time.offset().seconds())
}

/// Hours, minutes and seconds without the sign.
fn split(total: i64) -> (i64, i64, i64) {
    let total = total.abs();
    (total / 3600, total / 60 % 60, total % 60)
}
