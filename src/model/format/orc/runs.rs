//! Runs of bytes, of bits, and of integers in both versions of the format.
//!
//! Each call writes whole runs, so that a row group begins where a run does.

use super::message::{varint, zigzag};

/// The fewest equal values that make a run.
const SHORTEST: usize = 3;
/// Values in a run of bytes, or of integers in version 1, at the most.
const LONGEST: usize = 130;
/// Values written out one by one, at the most, in the same.
const MOST_LITERALS: usize = 128;

/// How many of the first values are equal, up to `most`.
fn equal<T: PartialEq>(values: &[T], most: usize) -> usize {
    values.iter().take(most).take_while(|value| **value == values[0]).count()
}

/// Bytes: a length and the byte, or a count below zero and bytes.
pub(super) fn bytes(values: &[u8], out: &mut Vec<u8>) {
    let mut at = 0;
    while at < values.len() {
        let run = equal(&values[at..], LONGEST);
        if run >= SHORTEST {
            out.extend_from_slice(&[(run - SHORTEST) as u8, values[at]]);
            at += run;
            continue;
        }
        let start = at;
        while at < values.len() && at - start < MOST_LITERALS && equal(&values[at..], SHORTEST) < SHORTEST {
            at += 1;
        }
        out.push((at - start).wrapping_neg() as u8);
        out.extend_from_slice(&values[start..at]);
    }
}

/// Bits, the first of them in the highest place of a byte.
#[derive(Debug, Default, Clone)]
pub(super) struct Bits {
    pub bytes: Vec<u8>,
    pub len: usize,
}

impl Bits {
    pub(super) fn push(&mut self, bit: bool) {
        if self.len.is_multiple_of(8) {
            self.bytes.push(0);
        }
        if let (true, Some(last)) = (bit, self.bytes.last_mut()) {
            *last |= 0x80 >> (self.len % 8);
        }
        self.len += 1;
    }

    pub(super) fn get(&self, at: usize) -> bool {
        self.bytes[at / 8] & (0x80 >> (at % 8)) != 0
    }
}

/// Integers in the encoding of a version of the format.
pub(super) fn integers(is_version_2: bool, is_signed: bool, values: &[i64], out: &mut Vec<u8>) {
    match is_version_2 {
        true => version_2(is_signed, values, out),
        false => version_1(is_signed, values, out),
    }
}

/// A value without a sign: that of an unsigned stream, or the sign in the lowest bit.
fn unsigned(is_signed: bool, value: i64) -> u64 {
    if is_signed { zigzag(value) } else { value as u64 }
}

/// How many of the first values have the same difference, up to `most`, and that difference.
fn even(values: &[i64], most: usize) -> (usize, Option<i64>) {
    let Some(delta) = values.get(1).and_then(|second| second.checked_sub(values[0])) else {
        return (values.len().min(1), None);
    };
    let steps =
        values.windows(2).take(most - 1).take_while(|pair| pair[1].checked_sub(pair[0]) == Some(delta));
    (steps.count() + 1, Some(delta))
}

fn version_1(is_signed: bool, values: &[i64], out: &mut Vec<u8>) {
    let run = |values: &[i64]| match even(values, LONGEST) {
        (length @ SHORTEST.., Some(delta)) => i8::try_from(delta).ok().map(|delta| (length, delta)),
        _ => None,
    };
    let mut at = 0;
    while at < values.len() {
        if let Some((length, delta)) = run(&values[at..]) {
            out.extend_from_slice(&[(length - SHORTEST) as u8, delta as u8]);
            varint(unsigned(is_signed, values[at]), out);
            at += length;
            continue;
        }
        let start = at;
        while at < values.len() && at - start < MOST_LITERALS && run(&values[at..]).is_none() {
            at += 1;
        }
        out.push((at - start).wrapping_neg() as u8);
        values[start..at].iter().for_each(|value| varint(unsigned(is_signed, *value), out));
    }
}

/// Values in a run of version 2, at the most.
const LONGEST_2: usize = 512;
/// Equal values in a short repeat, at the most.
const LONGEST_REPEAT: usize = 10;
/// From this length on, values with even differences are a run of their own.
const SHORTEST_EVEN: usize = 8;

/// Short repeats, deltas and values of one width. Patched bases and uneven deltas are left to others: the format lets
/// the writer choose.
fn version_2(is_signed: bool, values: &[i64], out: &mut Vec<u8>) {
    let run = |values: &[i64]| match even(values, LONGEST_2) {
        (length @ SHORTEST.., Some(0)) => Some((length, 0)),
        (length @ SHORTEST_EVEN.., Some(delta)) => Some((length, delta)),
        _ => None,
    };
    let mut at = 0;
    while at < values.len() {
        match run(&values[at..]) {
            Some((length @ ..=LONGEST_REPEAT, 0)) => {
                let value = unsigned(is_signed, values[at]);
                let width = (u64::BITS - value.leading_zeros()).div_ceil(8).max(1) as usize;
                out.push(((width - 1) << 3 | (length - SHORTEST)) as u8);
                out.extend_from_slice(&value.to_be_bytes()[8 - width..]);
                at += length;
            }
            Some((length, delta)) => {
                out.extend_from_slice(&head(0b11, 0, length));
                varint(unsigned(is_signed, values[at]), out);
                varint(zigzag(delta), out);
                at += length;
            }
            None => {
                let start = at;
                while at < values.len() && at - start < LONGEST_2 && run(&values[at..]).is_none() {
                    at += 1;
                }
                direct(is_signed, &values[start..at], out);
            }
        }
    }
}

/// The kind, the width's number and the length, in two bytes.
fn head(kind: u8, width: u8, length: usize) -> [u8; 2] {
    let length = length - 1;
    [kind << 6 | width << 1 | (length >> 8) as u8, length as u8]
}

fn direct(is_signed: bool, values: &[i64], out: &mut Vec<u8>) {
    let widest = values.iter().fold(0, |bits, value| bits | unsigned(is_signed, *value));
    let (width, number) = width(u64::BITS - widest.leading_zeros());
    out.extend_from_slice(&head(0b01, number, values.len()));
    // At most 7 bits wait for their byte to be full.
    let (mut waiting, mut count) = (0_u128, 0);
    for value in values {
        waiting = waiting << width | u128::from(unsigned(is_signed, *value));
        count += width;
        while count >= 8 {
            count -= 8;
            out.push((waiting >> count) as u8);
            waiting &= (1 << count) - 1;
        }
    }
    if count > 0 {
        out.push((waiting << (8 - count)) as u8);
    }
}

/// The width that the format has for so many bits, and its number.
fn width(bits: u32) -> (u32, u8) {
    match bits {
        0 | 1 => (1, 0),
        2..=24 => (bits, bits as u8 - 1),
        25..=26 => (26, 24),
        27..=28 => (28, 25),
        29..=30 => (30, 26),
        31..=32 => (32, 27),
        33..=40 => (40, 28),
        41..=48 => (48, 29),
        49..=56 => (56, 30),
        _ => (64, 31),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version_2_of(is_signed: bool, values: &[i64]) -> Vec<u8> {
        let mut out = Vec::new();
        integers(true, is_signed, values, &mut out);
        out
    }

    #[test]
    fn the_examples_of_the_specification() {
        // ORC specification v1, "Run Length Encoding".
        assert_eq!(version_2_of(false, &[10_000; 5]), [0x0a, 0x27, 0x10]);
        let direct = [23_713, 43_806, 57_005, 48_879];
        assert_eq!(
            version_2_of(false, &direct),
            [0x5e, 0x03, 0x5c, 0xa1, 0xab, 0x1e, 0xde, 0xad, 0xbe, 0xef]
        );
        let mut out = Vec::new();
        integers(false, false, &[7; 100], &mut out);
        assert_eq!(out, [0x61, 0x00, 0x07]);
        out.clear();
        let falling: Vec<i64> = (1..=100).rev().collect();
        integers(false, false, &falling, &mut out);
        assert_eq!(out, [0x61, 0xff, 0x64]);
        out.clear();
        integers(false, false, &[2, 3, 6, 7, 11], &mut out);
        assert_eq!(out, [0xfb, 0x02, 0x03, 0x06, 0x07, 0x0b]);
        out.clear();
        bytes(&[0; 100], &mut out);
        assert_eq!(out, [0x61, 0x00]);
        out.clear();
        bytes(&[0x44, 0x45], &mut out);
        assert_eq!(out, [0xfe, 0x44, 0x45]);
    }
}
