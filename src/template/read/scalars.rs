//! What scalars are, by the rules of YAML 1.1.

use crate::foundation::document::{Origin, Text, Value};
use crate::foundation::scalar::Style;
use crate::foundation::span::Span;

pub(super) fn string(text: Box<str>, span: Span, style: Style) -> Value {
    Value::String(Text::known(text, Origin { scalar: span, style, offset: 0, literal: true }))
}

/// What a plain scalar is. CloudFormation reads YAML 1.1: `yes`, `no`, `on` and `off` are booleans too.
pub(super) fn plain_value(text: Box<str>, span: Span) -> Value {
    if text.is_empty() || span.start == span.end {
        return Value::Null;
    }
    match &*text {
        "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Value::Bool(true, text),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Value::Bool(false, text),
        other if is_number(other) => Value::Number(text),
        _ => string(text, span, Style::Plain),
    }
}

/// A decimal number without a needless leading zero; `012345678912` (an account id) stays a string.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let octal_like = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && digits.bytes().any(|b| b.is_ascii_digit())
        && digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'-' | b'+'))
        && !octal_like
        && text.parse::<f64>().is_ok()
}
