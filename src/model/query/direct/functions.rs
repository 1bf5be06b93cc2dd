//! The functions that have a short way, by name. Each gives nothing where it is asked for what is not plain.

use std::cmp::Ordering;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jaq_core::ops::Math;
use jaq_json::Num;

use super::{
    run::{Run, arithmetic, divided},
    times,
    value::{Value, part},
};
use crate::{
    foundation::json_skim,
    model::query::{budget, jq_text},
};

/// What a function makes of its input and its argument, which is null where it has none.
pub(super) type Function = for<'r> fn(&mut Run<'r>, &Value<'r>, &Value<'r>) -> Option<Value<'r>>;

/// The function of this name with so many arguments.
pub(super) fn named(name: &str, arguments: usize) -> Option<Function> {
    Some(match (name, arguments) {
        ("ascii_downcase", 0) => |_, input, _| Some(Value::text(text(input)?.to_ascii_lowercase())),
        ("ascii_upcase", 0) => |_, input, _| Some(Value::text(text(input)?.to_ascii_uppercase())),
        ("tostring" | "@text", 0) => to_string,
        ("tojson" | "@json", 0) => |_, input, _| Some(Value::text(jq_text::json(&input.to_engine()?))),
        ("fromjson", 0) => from_json,
        ("tonumber", 0) => to_number,
        ("@base64", 0) => |_, input, _| Some(Value::text(STANDARD.encode(input.clone().into_text()?))),
        ("@base64d", 0) => from_base64,
        ("not", 0) => |_, input, _| Some(Value::Bool(!input.is_true())),
        ("type", 0) => |_, input, _| {
            const NAMES: [&str; 6] = ["null", "boolean", "number", "string", "array", "object"];
            Some(Value::Text((*NAMES.get(usize::from(input.rank()))?).into()))
        },
        ("length", 0) => length,
        ("utf8bytelength", 0) => |_, input, _| whole(text(input)?.len()),
        ("floor", 0) => |_, input, _| rounded(input, f64::floor),
        ("ceil", 0) => |_, input, _| rounded(input, f64::ceil),
        ("round", 0) => |_, input, _| rounded(input, f64::round),
        ("fabs", 0) => |_, input, _| double(input).map(|of| Value::Number(Num::Float(of.abs()))),
        ("sqrt", 0) => |_, input, _| double(input).map(|of| Value::Number(Num::Float(of.sqrt()))),
        ("add", 0) => add,
        ("sort", 0) => |run, input, _| sorted(run, input).map(Value::List),
        ("unique", 0) => |run, input, _| {
            let mut items = sorted(run, input)?;
            items.dedup_by(|item, before| order(before, item) == Some(Ordering::Equal));
            Some(Value::List(items))
        },
        ("min", 0) => |run, input, _| Some(sorted(run, input)?.into_iter().next().unwrap_or(Value::Null)),
        ("max", 0) => |run, input, _| Some(sorted(run, input)?.pop().unwrap_or(Value::Null)),
        ("reverse", 0) => |run, input, _| {
            let mut items = items(run, input)?;
            items.reverse();
            Some(Value::List(items))
        },
        ("explode", 0) => |run, input, _| {
            let text = text(input)?;
            run.spend(2 * text.len())?;
            Some(Value::List(text.chars().map(|char| Value::Number(Num::Int(char as isize))).collect()))
        },
        ("join", 1) => join,
        ("split", 1) => |_, input, separator| match (input, separator) {
            (Value::Text(text), Value::Text(separator)) => Some(divided(text.clone(), separator.clone())),
            _ => None,
        },
        ("ltrimstr", 1) => |_, input, prefix| {
            Some(match (input, prefix) {
                (Value::Text(text), Value::Text(prefix)) if text.starts_with(&**prefix) => {
                    Value::Text(part(text, prefix.len(), text.len()))
                }
                _ => input.clone(),
            })
        },
        ("rtrimstr", 1) => |_, input, suffix| {
            Some(match (input, suffix) {
                (Value::Text(text), Value::Text(suffix)) if text.ends_with(&**suffix) => {
                    Value::Text(part(text, 0, text.len() - suffix.len()))
                }
                _ => input.clone(),
            })
        },
        ("startswith", 1) => |_, input, of| Some(Value::Bool(text(input)?.starts_with(text(of)?))),
        ("endswith", 1) => |_, input, of| Some(Value::Bool(text(input)?.ends_with(text(of)?))),
        ("contains", 1) => |_, input, of| Some(Value::Bool(text(input)?.contains(text(of)?))),
        ("index", 1) => |_, input, of| found(text(input)?, text(of)?, |text, part| text.find(part)),
        ("rindex", 1) => |_, input, of| found(text(input)?, text(of)?, |text, part| text.rfind(part)),
        ("has", 1) => has,
        ("gmtime", 0) => |_, input, _| times::of_number(input),
        ("mktime", 0) => |_, input, _| times::to_number(input),
        ("fromdateiso8601" | "fromdate", 0) => {
            |_, input, _| times::to_number(&times::read(text(input)?, times::ISO_8601)?)
        }
        ("strptime", 1) => |_, input, format| times::read(text(input)?, text(format)?),
        ("todate" | "todateiso8601" | "date", 0) => |_, input, _| times::written(input, times::ISO_8601),
        ("strftime" | "strflocaltime", 1) => |_, input, format| times::written(input, text(format)?),
        _ => return None,
    })
}

fn text<'v>(value: &'v Value<'_>) -> Option<&'v str> {
    match value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

fn double(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::Number(number) => Some(jq_text::double(number)),
        _ => None,
    }
}

fn whole<'r>(count: usize) -> Option<Value<'r>> {
    isize::try_from(count).ok().map(|count| Value::Number(Num::Int(count)))
}

/// A number without its fraction: a whole one of the engine's.
fn rounded<'r>(value: &Value<'_>, round: fn(f64) -> f64) -> Option<Value<'r>> {
    /// What fits the engine's whole numbers.
    const MOST: f64 = 9e18;
    match value {
        Value::Number(Num::Int(whole)) => Some(Value::Number(Num::Int(*whole))),
        Value::Number(Num::BigInt(_)) => None,
        value => {
            let rounded = round(double(value)?);
            (rounded.abs() <= MOST).then_some(Value::Number(Num::Int(rounded as isize)))
        }
    }
}

fn to_string<'r>(_: &mut Run<'r>, input: &Value<'r>, _: &Value<'r>) -> Option<Value<'r>> {
    match input {
        Value::Text(_) => Some(input.clone()),
        other => other.clone().into_text().map(Value::text),
    }
}

fn from_json<'r>(_: &mut Run<'r>, input: &Value<'r>, _: &Value<'r>) -> Option<Value<'r>> {
    let text = text(input)?;
    Value::read_by_engine(jq_text::parse(text.as_bytes()).ok()?, text.len())
}

fn to_number<'r>(_: &mut Run<'r>, input: &Value<'r>, _: &Value<'r>) -> Option<Value<'r>> {
    match input {
        Value::Number(number) => Some(Value::Number(number.clone())),
        Value::Text(text) => jq_text::to_number(text).map(Value::Number),
        _ => None,
    }
}

fn from_base64<'r>(_: &mut Run<'r>, input: &Value<'r>, _: &Value<'r>) -> Option<Value<'r>> {
    let text = input.clone().into_text()?;
    Value::read_by_engine(budget::decode_base64(text.as_bytes()).ok()?, text.len())
}

fn length<'r>(_: &mut Run<'r>, input: &Value<'r>, _: &Value<'r>) -> Option<Value<'r>> {
    match input {
        Value::Null => whole(0),
        Value::Number(Num::Int(number)) => whole(number.unsigned_abs()),
        Value::Number(Num::Float(number)) => Some(Value::Number(Num::Float(number.abs()))),
        Value::Text(text) => whole(text.chars().count()),
        list => {
            let mut count = 0;
            list.each(&mut |_| {
                count += 1;
                Some(())
            })?;
            whole(count)
        }
    }
}

fn add<'r>(run: &mut Run<'r>, input: &Value<'r>, _: &Value<'r>) -> Option<Value<'r>> {
    let mut sum = Value::Null;
    input.each(&mut |item| {
        sum = arithmetic(std::mem::replace(&mut sum, Value::Null), Math::Add, item)?;
        run.spend(2 + sum.size() / 8)
    })?;
    Some(sum)
}

fn items<'r>(run: &mut Run<'r>, list: &Value<'r>) -> Option<Vec<Value<'r>>> {
    let mut items = Vec::new();
    list.each(&mut |item| {
        run.spend(4 + item.size())?;
        items.push(item);
        Some(())
    })?;
    Some(items)
}

/// The items of a list in their order, where these are plain.
fn sorted<'r>(run: &mut Run<'r>, list: &Value<'r>) -> Option<Vec<Value<'r>>> {
    let mut items = items(run, list)?;
    let is_plain = items.iter().all(|item| order(item, item) == Some(Ordering::Equal));
    is_plain.then_some(())?;
    items.sort_by(|left, right| order(left, right).unwrap_or(Ordering::Equal));
    Some(items)
}

/// The order of two values that are no lists or objects, and not `NaN`.
fn order(left: &Value<'_>, right: &Value<'_>) -> Option<Ordering> {
    match (left, right) {
        (Value::Null, Value::Null) => Some(Ordering::Equal),
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        (Value::Number(left), Value::Number(right)) => {
            jq_text::double(left).partial_cmp(&jq_text::double(right))
        }
        (Value::Text(left), Value::Text(right)) => Some(left.cmp(right)),
        (left, right) => Some(left.rank().cmp(&right.rank())).filter(|order| order.is_ne()),
    }
}

fn join<'r>(run: &mut Run<'r>, input: &Value<'r>, between: &Value<'r>) -> Option<Value<'r>> {
    let between = text(between)?;
    let mut joined: Option<String> = None;
    input.each(&mut |item| {
        let joined = match &mut joined {
            Some(joined) => {
                joined.push_str(between);
                joined
            }
            none => none.insert(String::new()),
        };
        match item {
            Value::Null => {}
            Value::Bool(_) | Value::Number(_) | Value::Text(_) => item.write(joined)?,
            _ => return None,
        }
        run.spend(2 + joined.len() / 8)
    })?;
    Some(Value::text(joined.unwrap_or_default()))
}

/// Where a part of a text stands, in characters.
fn found<'r>(text: &str, part: &str, find: fn(&str, &str) -> Option<usize>) -> Option<Value<'r>> {
    if part.is_empty() {
        return Some(Value::Null);
    }
    match find(text, part) {
        Some(at) => whole(text[..at].chars().count()),
        None => Some(Value::Null),
    }
}

fn has<'r>(_: &mut Run<'r>, input: &Value<'r>, name: &Value<'r>) -> Option<Value<'r>> {
    let (Value::Json(raw), Value::Text(name)) = (input, name) else { return None };
    let mut found = [None];
    json_skim::find(raw, std::iter::once(&**name), &mut found)?;
    Some(Value::Bool(found[0].is_some()))
}
