//! The values of a row, typed as the table's columns are.

use std::borrow::Cow;

use super::time::Timestamp;

/// A value of a column. Which variant stands where, the column's type says.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// No value.
    Null,
    /// `boolean`.
    Bool(bool),
    /// `tinyint`, `smallint`, `int`, `bigint`, and `date` in days since 1970-01-01.
    Int(i64),
    /// `float`.
    Float(f32),
    /// `double`.
    Double(f64),
    /// `decimal`, times ten to the power of its scale.
    Decimal(i128),
    /// `string`, `char`, `varchar`.
    Text(Cow<'a, str>),
    /// `binary`.
    Bytes(Vec<u8>),
    /// `timestamp`.
    Timestamp(Timestamp),
    /// `array`.
    List(Vec<Value<'a>>),
    /// `map`, in the record's order.
    Map(Vec<(Value<'a>, Value<'a>)>),
    /// `struct`, one value a field.
    Struct(Vec<Value<'a>>),
}

impl<'a> Value<'a> {
    /// Takes another value.
    pub(super) fn set(&mut self, value: Value<'a>) {
        std::mem::replace(self, value).let_go();
    }

    /// As `drop`, which asks all values, also those that own no memory.
    pub(super) fn let_go(self) {
        match self {
            Value::Text(Cow::Owned(_))
            | Value::Bytes(_)
            | Value::List(_)
            | Value::Map(_)
            | Value::Struct(_) => drop(self),
            value => std::mem::forget(value),
        }
    }
}

/// A decimal number in text, times ten to the power of `scale`; what lies beyond is cut off. The flag says whether
/// anything but zeros was cut, and whether it was at least half of the last digit kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::model) struct Scaled {
    /// The number without what was cut off, towards zero.
    pub cut: i128,
    /// Whether nothing but zeros was cut off.
    pub is_exact: bool,
    /// Whether at least half was cut off.
    pub is_half: bool,
    /// Whether the number is below zero.
    pub is_negative: bool,
}

/// Reads `[+-]digits[.digits][e[+-]digits]`; `None` for other text and for more than 38 digits.
pub(in crate::model) fn scaled(text: &str, scale: i32) -> Option<Scaled> {
    const MOST_DIGITS: i64 = 38;
    let (is_negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (number, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], unsigned[at + 1..].parse::<i32>().ok()?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let digits = || whole.bytes().chain(fraction.bytes()).skip_while(|byte| *byte == b'0');
    let significant = digits().count() as i64;
    let shift = i64::from(exponent) + i64::from(scale) - fraction.len() as i64;
    if significant == 0 {
        return Some(Scaled { cut: 0, is_exact: true, is_half: false, is_negative });
    }
    let kept = significant + shift.min(0);
    if significant + shift > MOST_DIGITS {
        return None;
    }
    let mut cut: i128 = 0;
    for byte in digits().take(kept.max(0) as usize) {
        cut = cut * 10 + i128::from(byte - b'0');
    }
    cut *= 10_i128.pow(shift.max(0) as u32);
    // Where more digits are cut off than there are, zeros lead.
    let mut rest = digits().skip(kept.max(0) as usize);
    let is_exact = shift >= 0 || rest.clone().all(|byte| byte == b'0');
    let is_half = shift < 0 && kept >= 0 && rest.next().is_some_and(|byte| byte >= b'5');
    Some(Scaled { cut: if is_negative { -cut } else { cut }, is_exact, is_half, is_negative })
}

/// A decimal of a column, rounded half up (away from zero), as Hive does; `None` where it does not fit.
pub(super) fn decimal(text: &str, precision: u8, scale: u8) -> Option<i128> {
    let scaled = scaled(text, i32::from(scale))?;
    let up = i128::from(scaled.is_half) * if scaled.is_negative { -1 } else { 1 };
    let number = scaled.cut + up;
    (number.unsigned_abs() < 10_u128.pow(u32::from(precision))).then_some(number)
}

/// A whole number, also one written as `1.0` or `1e3`; `None` for fractions and beyond 64 bits.
pub(in crate::model) fn whole(text: &str) -> Option<i64> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let scaled = scaled(text, 0)?;
    if scaled.is_exact { scaled.cut.try_into().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_rounded_half_up_and_bounded() {
        for (text, found) in [
            ("1.005", Some(101)),
            ("-1.005", Some(-101)),
            ("1.0049", Some(100)),
            ("1e2", Some(10_000)),
            ("0.004", Some(0)),
            ("0.005", Some(1)),
            ("5e-4", Some(0)),
            ("999.99", Some(99_999)),
            ("999.995", None),
            ("1000", None),
            ("0e999999999", Some(0)),
            ("1e999999999", None),
            ("1e-999999999", Some(0)),
            ("", None),
            (".", None),
            ("1.2.3", None),
            ("x", None),
        ] {
            assert_eq!(decimal(text, 5, 2), found, "{text}");
        }
        let most = "9".repeat(38);
        assert_eq!(decimal(&most, 38, 0), most.parse().ok());
        assert_eq!(decimal(&format!("-0.{most}"), 38, 38), most.parse::<i128>().ok().map(|n| -n));
    }

    #[test]
    fn whole_numbers_may_be_written_with_a_point() {
        assert_eq!(whole("1.0"), Some(1));
        assert_eq!(whole("12e3"), Some(12_000));
        assert_eq!(whole("1.5"), None);
        assert_eq!(whole("9223372036854775807"), Some(i64::MAX));
        assert_eq!(whole("9223372036854775808"), None);
    }
}
