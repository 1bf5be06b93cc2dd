//! Values that borrow from the record, read as far as they are looked at.

use std::borrow::Cow;

use jaq_json::{Num, Val};

use super::Step;
use crate::{
    foundation::json_skim,
    model::query::{budget::as_double, jq_text},
};

/// A value.
#[derive(Clone)]
pub(super) enum Value<'r> {
    Null,
    Bool(bool),
    Number(Num),
    Text(Cow<'r, str>),
    /// A list or object of the record, not read yet.
    Json(&'r str),
    /// What `split` makes of a text: it is divided where a part is asked for.
    Pieces(Cow<'r, str>, &'r str),
    List(Vec<Value<'r>>),
    /// A list or object that was read from a text of so many bytes.
    Tree(Val, usize),
}

/// Whether a JSON text may have escapes of surrogates in it.
pub(super) fn may_hold_surrogates(json: &str) -> bool {
    let bytes = json.as_bytes();
    memchr::memchr_iter(b'\\', bytes).any(|at| matches!(bytes.get(at + 1..at + 3), Some([b'u', b'd' | b'D'])))
}

/// The parts of a text between separators; each character where the separator is empty.
pub(super) struct Pieces<'t, 's> {
    rest: Option<&'t str>,
    separator: &'s str,
}

impl<'t, 's> Pieces<'t, 's> {
    pub(super) fn new(text: &'t str, separator: &'s str) -> Pieces<'t, 's> {
        Pieces { rest: Some(text).filter(|text| !text.is_empty()), separator }
    }
}

impl<'t> Iterator for Pieces<'t, '_> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        let rest = self.rest?;
        let separator = self.separator;
        let end = match separator.as_bytes() {
            [] => {
                let end = rest.chars().next()?.len_utf8();
                let (piece, rest) = rest.split_at(end);
                self.rest = Some(rest).filter(|rest| !rest.is_empty());
                return Some(piece);
            }
            [byte] => memchr::memchr(*byte, rest.as_bytes()),
            _ => rest.find(separator),
        };
        self.rest = end.map(|end| &rest[end + separator.len()..]);
        Some(&rest[..end.unwrap_or(rest.len())])
    }
}

/// A part of a text.
pub(super) fn part<'r>(text: &Cow<'r, str>, from: usize, to: usize) -> Cow<'r, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[from..to]),
        Cow::Owned(text) => Cow::Owned(text[from..to].to_owned()),
    }
}

/// A number of the record, as the engine reads it.
fn number(raw: &str) -> Num {
    if raw.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit())
        && let Ok(whole) = raw.parse::<isize>()
    {
        return double_of(Num::Int(whole));
    }
    Num::Float(raw.parse().unwrap_or(f64::NAN))
}

/// What jq 1.6 has of a number.
pub(super) fn double_of(number: Num) -> Num {
    match as_double(Val::Num(number)) {
        Val::Num(number) => number,
        _ => Num::Float(f64::NAN),
    }
}

impl<'r> Value<'r> {
    /// A value of the record, from its text.
    pub(super) fn read(raw: &'r str) -> Option<Value<'r>> {
        Some(match raw.as_bytes().first()? {
            b'n' => Value::Null,
            b't' => Value::Bool(true),
            b'f' => Value::Bool(false),
            b'{' | b'[' => Value::Json(raw),
            b'"' => Value::Text(match memchr::memchr(b'\\', raw.as_bytes()) {
                None => Cow::Borrowed(raw.get(1..raw.len() - 1)?),
                Some(_) => Cow::Owned(serde_json::from_str(raw).ok()?),
            }),
            _ => Value::Number(number(raw)),
        })
    }

    /// A value that the engine's reader read from a text of so many bytes.
    pub(super) fn read_by_engine(value: Val, length: usize) -> Option<Value<'r>> {
        Some(match value {
            Val::Null => Value::Null,
            Val::Bool(value) => Value::Bool(value),
            Val::Num(number) => Value::Number(number),
            Val::TStr(text) => Value::text(String::from_utf8(text.to_vec()).ok()?),
            Val::BStr(_) => return None,
            tree @ (Val::Arr(_) | Val::Obj(_)) => Value::Tree(tree, length),
        })
    }

    pub(super) fn text(text: String) -> Value<'r> {
        Value::Text(Cow::Owned(text))
    }

    /// Neither null nor false.
    pub(super) fn is_true(&self) -> bool {
        !matches!(self, Value::Null | Value::Bool(false))
    }

    /// About the bytes that the value is made of.
    pub(super) fn size(&self) -> usize {
        match self {
            Value::Null | Value::Bool(_) | Value::Number(_) => 1,
            Value::Text(text) | Value::Pieces(text, _) => 1 + text.len(),
            Value::Json(raw) => 1 + raw.len(),
            Value::List(items) => items.iter().map(Value::size).sum::<usize>() + 1,
            Value::Tree(_, length) => 1 + length,
        }
    }

    /// The order of types.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Value::Null => 0,
            Value::Bool(_) => 1,
            Value::Number(_) => 2,
            Value::Text(_) => 3,
            Value::Pieces(..) | Value::List(_) | Value::Tree(Val::Arr(_), _) => 4,
            Value::Json(raw) if raw.starts_with('[') => 4,
            Value::Json(_) | Value::Tree(..) => 5,
        }
    }

    /// Writes what `tostring` makes of it.
    pub(super) fn write(&self, out: &mut String) -> Option<()> {
        match self {
            Value::Null => out.push_str("null"),
            Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Value::Number(number) => jq_text::write_number(number, out),
            Value::Text(text) => out.push_str(text),
            other => out.push_str(&jq_text::json(&other.to_engine()?)),
        }
        Some(())
    }

    /// What `tostring` makes of it.
    pub(super) fn into_text(self) -> Option<String> {
        match self {
            Value::Text(text) => Some(text.into_owned()),
            other => {
                let mut out = String::new();
                other.write(&mut out)?;
                Some(out)
            }
        }
    }

    /// The value as the engine has it.
    pub(super) fn to_engine(&self) -> Option<Val> {
        Some(match self {
            Value::Null => Val::Null,
            Value::Bool(value) => Val::Bool(*value),
            Value::Number(number) => Val::Num(number.clone()),
            Value::Text(text) => Val::utf8_str(text.to_string()),
            Value::Json(raw) => jq_text::parse_json(raw.as_bytes()).ok()?,
            Value::Tree(tree, _) => tree.clone(),
            Value::Pieces(..) | Value::List(_) => {
                let mut items = Vec::new();
                self.each(&mut |item| item.to_engine().map(|item| items.push(item)))?;
                items.into_iter().collect()
            }
        })
    }

    /// Hands out the items of a list; `None` for anything else, or where one is refused.
    pub(super) fn each(&self, take: &mut dyn FnMut(Value<'r>) -> Option<()>) -> Option<()> {
        match self {
            Value::List(items) => items.iter().try_for_each(|item| take(item.clone())),
            Value::Pieces(Cow::Borrowed(text), separator) => {
                Pieces::new(text, separator).try_for_each(|piece| take(Value::Text(Cow::Borrowed(piece))))
            }
            Value::Pieces(Cow::Owned(text), separator) => {
                Pieces::new(text, separator).try_for_each(|piece| take(Value::text(piece.to_owned())))
            }
            Value::Json(raw) => {
                let mut items = Vec::new();
                json_skim::items(raw, &mut |item| items.push(item))?;
                items.into_iter().try_for_each(|item| take(Value::read(item)?))
            }
            Value::Tree(Val::Arr(items), length) => {
                items.iter().try_for_each(|item| take(Value::read_by_engine(item.clone(), *length)?))
            }
            _ => None,
        }
    }

    /// What a part of a path leads to.
    pub(super) fn step(&self, step: &Step) -> Option<Value<'r>> {
        match (step, self) {
            (_, Value::Null) => Some(Value::Null),
            (Step::Name(name), Value::Json(raw)) => {
                let mut found = [None];
                json_skim::find(raw, std::iter::once(&**name), &mut found)?;
                found[0].map_or(Some(Value::Null), Value::read)
            }
            (Step::Name(name), Value::Tree(Val::Obj(members), length)) => {
                let member = members.get(&Val::utf8_str(name.to_string()));
                member.map_or(Some(Value::Null), |member| Value::read_by_engine(member.clone(), *length))
            }
            (Step::At(at), list) => list.item(*at),
            (Step::Slice(from, to), Value::Text(text)) => {
                let (from, to) =
                    (from.map_or(0, |at| place(text, at)), to.map_or(text.len(), |at| place(text, at)));
                Some(Value::Text(part(text, from, to.max(from))))
            }
            (Step::Slice(from, to), list) => {
                let mut items = Vec::new();
                list.each(&mut |item| {
                    items.push(item);
                    Some(())
                })?;
                let bound = |at: isize| match usize::try_from(at) {
                    Ok(at) => at.min(items.len()),
                    Err(_) => items.len().saturating_sub(at.unsigned_abs()),
                };
                let (from, to) = (from.map_or(0, bound), to.map_or(items.len(), bound));
                items.truncate(to.max(from));
                Some(Value::List(items.split_off(from)))
            }
            _ => None,
        }
    }

    fn item(&self, at: isize) -> Option<Value<'r>> {
        let Ok(wanted) = usize::try_from(at) else {
            let mut items = Vec::new();
            self.each(&mut |item| {
                items.push(item);
                Some(())
            })?;
            let wanted = items.len().checked_sub(at.unsigned_abs());
            return Some(wanted.map_or(Value::Null, |wanted| items.swap_remove(wanted)));
        };
        let found = match self {
            Value::Pieces(Cow::Borrowed(text), separator) => {
                Pieces::new(text, separator).nth(wanted).map(|piece| Value::Text(Cow::Borrowed(piece)))
            }
            Value::Pieces(Cow::Owned(text), separator) => {
                Pieces::new(text, separator).nth(wanted).map(|piece| Value::text(piece.to_owned()))
            }
            list => {
                let (mut next, mut found) = (0, None);
                list.each(&mut |item| {
                    if next == wanted {
                        found = Some(item);
                    }
                    next += 1;
                    Some(())
                })?;
                found
            }
        };
        Some(found.unwrap_or(Value::Null))
    }
}

/// Where a character of a text is, in bytes; counted from the end where it is below zero.
fn place(text: &str, at: isize) -> usize {
    match usize::try_from(at) {
        Ok(at) => text.char_indices().nth(at).map_or(text.len(), |(place, _)| place),
        Err(_) => text.char_indices().nth_back(at.unsigned_abs() - 1).map_or(0, |(place, _)| place),
    }
}
