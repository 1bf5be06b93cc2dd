//! Finds the value of a term.

use std::borrow::Cow;

use jaq_core::ops::{Cmp, Math};
use jaq_json::Val;

use super::{
    Node, Stream,
    value::{Value, double_of, part},
};
use crate::model::query::budget;

/// What one record may cost here, in bytes that are looked at. The engine's own budget is larger by far, so that it ends
/// nothing that is answered here.
const BYTES: usize = 50_000;

/// The values that a term sees, and what may be spent.
pub(super) struct Run<'r> {
    members: &'r [Option<&'r str>],
    bound: Vec<Value<'r>>,
    left: usize,
}

/// What takes the results of a term.
type Take<'t, 'r> = dyn FnMut(&mut Run<'r>, Value<'r>) -> Option<()> + 't;

impl<'r> Run<'r> {
    pub(super) fn new(members: &'r [Option<&'r str>]) -> Run<'r> {
        Run { members, bound: Vec::new(), left: BYTES }
    }

    /// Binds the next variable.
    pub(super) fn bind(&mut self, value: Value<'r>) {
        self.bound.push(value);
    }

    /// Pays for bytes that are looked at.
    pub(super) fn spend(&mut self, bytes: usize) -> Option<()> {
        self.left = self.left.checked_sub(bytes)?;
        Some(())
    }

    /// The value of a term, where that is plain.
    pub(super) fn value(&mut self, node: &'r Node, input: &Value<'r>) -> Option<Value<'r>> {
        let value = self.found(node, input)?;
        self.spend(value.size())?;
        Some(value)
    }

    /// Hands out the results of a term inside of a list.
    fn each(&mut self, stream: &'r Stream, input: &Value<'r>, take: &mut Take<'_, 'r>) -> Option<()> {
        match stream {
            Stream::One(node) => {
                let value = self.value(node, input)?;
                take(self, value)
            }
            Stream::Items(of) => self.value(of, input)?.each(&mut |item| {
                self.spend(4 + item.size())?;
                take(self, item)
            }),
            Stream::Pipe(first, then) => {
                self.each(first, input, &mut |run, value| run.each(then, &value, take))
            }
            Stream::Several(streams) => streams.iter().try_for_each(|stream| self.each(stream, input, take)),
            Stream::Where(condition) => match self.value(condition, input)?.is_true() {
                true => take(self, input.clone()),
                false => Some(()),
            },
        }
    }

    fn found(&mut self, node: &'r Node, input: &Value<'r>) -> Option<Value<'r>> {
        Some(match node {
            Node::Input => input.clone(),
            Node::Member(at) => self.members[*at].map_or(Some(Value::Null), Value::read)?,
            Node::Null => Value::Null,
            Node::Bool(value) => Value::Bool(*value),
            Node::Number(number) => Value::Number(number.clone()),
            Node::Text(text) => Value::Text(Cow::Borrowed(text)),
            Node::Variable(at) => self.bound.get(*at)?.clone(),
            Node::Woven(parts) => {
                let mut text = String::new();
                for part in parts {
                    match part {
                        Node::Text(plain) => text.push_str(plain),
                        part => self.value(part, input)?.write(&mut text)?,
                    }
                }
                Value::text(text)
            }
            Node::List(items) => {
                let mut list = Vec::new();
                for item in items {
                    self.each(item, input, &mut |_, value| {
                        list.push(value);
                        Some(())
                    })?;
                }
                Value::List(list)
            }
            Node::First(of) => {
                let mut first = None;
                self.each(of, input, &mut |_, value| {
                    first.get_or_insert(value);
                    Some(())
                })?;
                first?
            }
            Node::Fold(over, from, then) => {
                let mut whole = self.value(from, input)?;
                self.each(over, input, &mut |run, item| {
                    run.bound.push(item);
                    let next = run.value(then, &whole);
                    run.bound.pop();
                    whole = next?;
                    Some(())
                })?;
                whole
            }
            Node::Negated(of) => match self.value(of, input)? {
                Value::Number(number) => Value::Number(-number),
                _ => return None,
            },
            Node::Pipe(first, then) => {
                let first = self.value(first, input)?;
                self.value(then, &first)?
            }
            Node::Bind(of, then) => {
                let of = self.value(of, input)?;
                self.bound.push(of);
                let value = self.value(then, input);
                self.bound.pop();
                value?
            }
            Node::Alternative(first, second) => {
                let first = self.value(first, input)?;
                if first.is_true() { first } else { self.value(second, input)? }
            }
            Node::Logic(first, ends, second) => {
                let is_first = self.value(first, input)?.is_true();
                Value::Bool(if is_first == *ends { *ends } else { self.value(second, input)?.is_true() })
            }
            Node::If(branches, otherwise) => {
                for (condition, then) in branches {
                    if self.value(condition, input)?.is_true() {
                        return self.value(then, input);
                    }
                }
                match otherwise {
                    Some(otherwise) => self.value(otherwise, input)?,
                    None => input.clone(),
                }
            }
            Node::Math(left, math, right) => {
                let (left, right) = (self.value(left, input)?, self.value(right, input)?);
                arithmetic(left, *math, right)?
            }
            Node::Compare(left, compare, right) => {
                let (left, right) = (self.value(left, input)?, self.value(right, input)?);
                Value::Bool(is(&left, *compare, &right)?)
            }
            Node::Path(of, steps) => {
                let mut steps = steps.iter();
                // What stands in the input need not be copied first.
                let mut value = match (&**of, steps.as_slice().first()) {
                    (Node::Input, Some(first)) => {
                        steps.next();
                        input.step(first)?
                    }
                    (of, _) => self.value(of, input)?,
                };
                for step in steps {
                    self.spend(value.size())?;
                    value = value.step(step)?;
                }
                value
            }
            Node::Call(function, argument) => {
                let argument = match argument {
                    Some(argument) => self.value(argument, input)?,
                    None => Value::Null,
                };
                function(self, input, &argument)?
            }
            Node::Expression(expression) => expression.value(self, input)?,
            Node::Ask => return None,
        })
    }
}

/// One operation, where both values are of the types that it is for.
pub(super) fn arithmetic<'r>(left: Value<'r>, math: Math, right: Value<'r>) -> Option<Value<'r>> {
    Some(match (math, left, right) {
        (Math::Add, Value::Null, value) | (Math::Add, value, Value::Null) => match value {
            Value::Number(number) => Value::Number(double_of(number)),
            value => value,
        },
        (Math::Add, Value::Text(left), Value::Text(right)) => {
            let mut text = left.into_owned();
            text.push_str(&right);
            Value::text(text)
        }
        (Math::Div, Value::Text(text), Value::Text(separator)) => divided(text, separator),
        (math, Value::Number(left), Value::Number(right)) => {
            let (left, right) = (Val::Num(left), Val::Num(right));
            let result = match math {
                Math::Add | Math::Sub | Math::Mul => math.run(left, right),
                Math::Div => budget::divide(left, right),
                Math::Rem => budget::remainder(left, right).map(budget::whole_if_exact),
            };
            match result {
                Ok(Val::Num(number)) => Value::Number(double_of(number)),
                _ => return None,
            }
        }
        _ => return None,
    })
}

/// A text, divided.
pub(super) fn divided<'r>(text: Cow<'r, str>, separator: Cow<'r, str>) -> Value<'r> {
    match separator {
        Cow::Borrowed(separator) => Value::Pieces(text, separator),
        Cow::Owned(separator) => {
            let start = text.as_ptr() as usize;
            let pieces = super::value::Pieces::new(&text, &separator);
            let pieces = pieces.map(|piece| {
                let from = piece.as_ptr() as usize - start;
                Value::Text(part(&text, from, from + piece.len()))
            });
            Value::List(pieces.collect())
        }
    }
}

/// Whether two values compare like this.
fn is(left: &Value<'_>, compare: Cmp, right: &Value<'_>) -> Option<bool> {
    Some(match (left, right) {
        (Value::Number(left), Value::Number(right)) => compare.run(left, right),
        (Value::Text(left), Value::Text(right)) => compare.run(left, right),
        _ if left.rank() != right.rank() => compare.run(&left.rank(), &right.rank()),
        _ => compare.run(&left.to_engine()?, &right.to_engine()?),
    })
}
