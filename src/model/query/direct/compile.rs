//! Which terms have one result, and no loop but over a list: all others have no node.

use jaq_core::{
    load::{
        lex::StrPart,
        parse::{BinaryOp, Pattern, Term},
    },
    path::{Opt, Part, Path},
};
use jaq_json::{Num, Val};

use super::{Node, Step, Stream, expressions::Expression, functions};

/// What the object is made of: what is bound around it, its keys and their values.
type Object = (Vec<Node>, Vec<(Box<str>, Node)>);

/// Makes nodes of terms.
pub(super) struct Compiler<'c, 's> {
    members: &'c [Box<str>],
    /// Names that are bound where the term stands.
    scope: Vec<&'s str>,
}

/// What `.` is where a term stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// The record, of which only members are at hand.
    Record,
    /// A value.
    Value,
}

impl<'c, 's> Compiler<'c, 's> {
    pub(super) fn new(members: &'c [Box<str>]) -> Compiler<'c, 's> {
        Compiler { members, scope: Vec::new() }
    }

    /// An object, or bindings around one.
    pub(super) fn query(&mut self, term: &Term<&'s str>) -> Option<Object> {
        match term {
            Term::Obj(entries) => {
                let entry = |(key, value): &(Term<&'s str>, Option<Term<&'s str>>)| self.entry(key, value);
                Some((Vec::new(), entries.iter().map(entry).collect::<Option<_>>()?))
            }
            Term::BinOp(left, BinaryOp::Pipe(Some(Pattern::Var(name))), right) => {
                let left = self.node(left, At::Record)?;
                self.scope.push(name);
                let (mut bound, entries) = self.query(right)?;
                bound.insert(0, left);
                Some((bound, entries))
            }
            Term::BinOp(left, BinaryOp::Pipe(None), right) if matches!(**left, Term::Id) => self.query(right),
            _ => None,
        }
    }

    fn entry(&mut self, key: &Term<&'s str>, value: &Option<Term<&'s str>>) -> Option<(Box<str>, Node)> {
        match (key, value) {
            (Term::Str(None, parts), Some(value)) => {
                Some((plain_text(parts)?.into(), self.node(value, At::Record)?))
            }
            (Term::Str(None, parts), None) => {
                let name = plain_text(parts)?;
                let member = self.member(&name)?;
                Some((name.into(), member))
            }
            (Term::Var(name), None) => Some((name.strip_prefix('$')?.into(), self.variable(name)?)),
            _ => None,
        }
    }

    fn member(&self, name: &str) -> Option<Node> {
        self.members.iter().position(|member| **member == *name).map(Node::Member)
    }

    fn variable(&self, name: &str) -> Option<Node> {
        self.scope.iter().rposition(|bound| *bound == name).map(Node::Variable)
    }

    fn boxed(&mut self, term: &Term<&'s str>, at: At) -> Option<Box<Node>> {
        self.node(term, at).map(Box::new)
    }

    fn node(&mut self, term: &Term<&'s str>, at: At) -> Option<Node> {
        Some(match term {
            Term::Id if at == At::Value => Node::Input,
            Term::Num(text) => Node::Number(number(text)?),
            Term::Str(None, parts) => match plain_text(parts) {
                Some(text) => Node::Text(text.into()),
                None => self.woven(parts, at)?,
            },
            Term::Arr(None) => Node::List(Vec::new()),
            Term::Arr(Some(items)) => {
                let mut list = Vec::new();
                self.list(items, at, &mut list)?;
                Node::List(list)
            }
            Term::Neg(of) => Node::Negated(self.boxed(of, at)?),
            Term::BinOp(left, op, right) => self.operation(left, op, right, at)?,
            Term::IfThenElse(branches, otherwise) => {
                let mut nodes = Vec::new();
                for (condition, then) in branches {
                    nodes.push((self.node(condition, at)?, self.node(then, at)?));
                }
                let otherwise = match otherwise {
                    Some(otherwise) => Some(self.boxed(otherwise, at)?),
                    // The input itself.
                    None if at == At::Value => None,
                    None => return None,
                };
                Node::If(nodes, otherwise)
            }
            Term::Fold("reduce", over, Pattern::Var(name), arguments) => {
                let [from, then] = &arguments[..] else { return None };
                let (over, from) = (Box::new(self.stream(over, at)?), self.boxed(from, at)?);
                self.scope.push(name);
                let then = self.boxed(then, At::Value);
                self.scope.pop();
                Node::Fold(over, from, then?)
            }
            // Errors are for the engine.
            Term::TryCatch(of, _) => self.node(of, at)?,
            Term::Call(name, arguments) => self.call(name, arguments, at)?,
            Term::Var(name) => self.variable(name)?,
            Term::Path(of, Path(parts)) => self.path(of, parts, at)?,
            _ => return None,
        })
    }

    fn operation(
        &mut self,
        left: &Term<&'s str>,
        op: &BinaryOp<&'s str>,
        right: &Term<&'s str>,
        at: At,
    ) -> Option<Node> {
        let node = match op {
            BinaryOp::Pipe(None) if matches!(left, Term::Id) => return self.node(right, at),
            BinaryOp::Pipe(None) => Node::Pipe(self.boxed(left, at)?, self.boxed(right, At::Value)?),
            BinaryOp::Pipe(Some(Pattern::Var(name))) => {
                let bound = self.boxed(left, at)?;
                self.scope.push(name);
                let then = self.boxed(right, at);
                self.scope.pop();
                Node::Bind(bound, then?)
            }
            BinaryOp::Alt => Node::Alternative(self.boxed(left, at)?, self.boxed(right, at)?),
            BinaryOp::And => Node::Logic(self.boxed(left, at)?, false, self.boxed(right, at)?),
            BinaryOp::Or => Node::Logic(self.boxed(left, at)?, true, self.boxed(right, at)?),
            BinaryOp::Math(math) => Node::Math(self.boxed(left, at)?, *math, self.boxed(right, at)?),
            BinaryOp::Cmp(compare) => Node::Compare(self.boxed(left, at)?, *compare, self.boxed(right, at)?),
            _ => return None,
        };
        Some(node)
    }

    fn woven(&mut self, parts: &[StrPart<&'s str, Term<&'s str>>], at: At) -> Option<Node> {
        let mut nodes = Vec::new();
        let mut plain = String::new();
        for part in parts {
            match part {
                StrPart::Str(text) => plain.push_str(text),
                StrPart::Char(char) => plain.push(*char),
                StrPart::Term(of) => {
                    if !plain.is_empty() {
                        nodes.push(Node::Text(std::mem::take(&mut plain).into()));
                    }
                    nodes.push(self.node(of, at)?);
                }
            }
        }
        if !plain.is_empty() {
            nodes.push(Node::Text(plain.into()));
        }
        Some(Node::Woven(nodes))
    }

    fn list(&mut self, items: &Term<&'s str>, at: At, list: &mut Vec<Stream>) -> Option<()> {
        if let Term::BinOp(first, BinaryOp::Comma, then) = items {
            self.list(first, at, list)?;
            return self.list(then, at, list);
        }
        list.push(self.stream(items, at)?);
        Some(())
    }

    fn stream(&mut self, term: &Term<&'s str>, at: At) -> Option<Stream> {
        match term {
            Term::BinOp(left, BinaryOp::Pipe(None), right) => {
                if matches!(**left, Term::Id) {
                    return self.stream(right, at);
                }
                let (left, right) = (self.stream(left, at)?, self.stream(right, At::Value)?);
                Some(match (left, right) {
                    (Stream::One(left), Stream::One(right)) => {
                        Stream::One(Node::Pipe(Box::new(left), Box::new(right)))
                    }
                    (left, right) => Stream::Pipe(Box::new(left), Box::new(right)),
                })
            }
            Term::Path(of, Path(parts)) => {
                let is_items = |(part, _): &(Part<_>, _)| matches!(part, Part::Range(None, None));
                let Some(first) = parts.iter().position(is_items) else {
                    return self.node(term, at).map(Stream::One);
                };
                let items = Stream::Items(self.path(of, &parts[..first], at)?);
                let steps = parts[first + 1..].iter().map(|(part, _)| step(part));
                let steps: Vec<Step> = steps.collect::<Option<_>>()?;
                if steps.is_empty() {
                    return Some(items);
                }
                let then = Stream::One(Node::Path(Box::new(Node::Input), steps));
                Some(Stream::Pipe(Box::new(items), Box::new(then)))
            }
            Term::Call("select", arguments) if at == At::Value => match &arguments[..] {
                [condition] => self.node(condition, at).map(Stream::Where),
                _ => None,
            },
            Term::Call("splits", arguments) if at == At::Value => match &arguments[..] {
                [expression] => {
                    let split = [expression.clone(), Term::Call("null", Vec::new())];
                    let split = Expression::named("split", &split)?;
                    Some(Stream::Items(Node::Expression(Box::new(split))))
                }
                _ => None,
            },
            Term::BinOp(_, BinaryOp::Comma, _) => {
                let mut several = Vec::new();
                self.list(term, at, &mut several)?;
                Some(Stream::Several(several))
            }
            term => self.node(term, at).map(Stream::One),
        }
    }

    fn path(&mut self, of: &Term<&'s str>, parts: &[(Part<Term<&'s str>>, Opt)], at: At) -> Option<Node> {
        let (of, parts) = match (of, parts) {
            (Term::Id, [(Part::Index(Term::Str(None, name)), _), parts @ ..]) if at == At::Record => {
                (self.member(&plain_text(name)?)?, parts)
            }
            (of, parts) => (self.node(of, at)?, parts),
        };
        let steps: Vec<Step> = parts.iter().map(|(part, _)| step(part)).collect::<Option<_>>()?;
        Some(if steps.is_empty() { of } else { Node::Path(Box::new(of), steps) })
    }

    fn call(&mut self, name: &str, arguments: &[Term<&'s str>], at: At) -> Option<Node> {
        match (name, arguments) {
            ("null", []) => return Some(Node::Null),
            ("true", []) => return Some(Node::Bool(true)),
            ("false", []) => return Some(Node::Bool(false)),
            ("empty", []) | ("error", [] | [_]) => return Some(Node::Ask),
            _ if at == At::Record => return None,
            ("first", [of]) => return self.stream(of, at).map(|of| Node::First(Box::new(of))),
            ("first", []) => return Some(Node::Path(Box::new(Node::Input), vec![Step::At(0)])),
            ("last", []) => return Some(Node::Path(Box::new(Node::Input), vec![Step::At(-1)])),
            // `[.[] | f]`
            ("map", [of]) => {
                let items = Box::new(Stream::Items(Node::Input));
                let of = self.stream(of, At::Value)?;
                return Some(Node::List(vec![Stream::Pipe(items, Box::new(of))]));
            }
            _ => {}
        }
        if let Some(expression) = Expression::named(name, arguments) {
            return Some(Node::Expression(Box::new(expression)));
        }
        let function = functions::named(name, arguments.len())?;
        let argument = match arguments {
            [] => None,
            [argument] => Some(self.boxed(argument, at)?),
            _ => return None,
        };
        Some(Node::Call(function, argument))
    }
}

/// A text without values in it.
pub(super) fn plain_text(parts: &[StrPart<&str, Term<&str>>]) -> Option<String> {
    let mut text = String::new();
    for part in parts {
        match part {
            StrPart::Str(part) => text.push_str(part),
            StrPart::Char(char) => text.push(*char),
            StrPart::Term(_) => return None,
        }
    }
    Some(text)
}

/// A number, as the engine reads one that is written in a query.
fn number(text: &str) -> Option<Num> {
    if let Ok(whole) = text.parse() {
        return Some(Num::Int(whole));
    }
    match jaq_core::ValT::from_num(text) {
        Ok(Val::Num(number)) => Some(number),
        _ => None,
    }
}

fn step(part: &Part<Term<&str>>) -> Option<Step> {
    match part {
        Part::Index(Term::Str(None, name)) => Some(Step::Name(plain_text(name)?.into())),
        Part::Index(index) => whole(index).map(Step::At),
        Part::Range(None, None) => None,
        Part::Range(from, to) => {
            let bound = |bound: &Option<Term<&str>>| match bound {
                None => Some(None),
                Some(bound) => whole(bound).map(Some),
            };
            Some(Step::Slice(bound(from)?, bound(to)?))
        }
    }
}

/// A whole number that is written out.
fn whole(term: &Term<&str>) -> Option<isize> {
    match term {
        Term::Num(text) => text.parse().ok(),
        Term::Neg(of) => whole(of)?.checked_neg(),
        _ => None,
    }
}
