//! Rewrites the terms of a query so that running it spends a budget ([`super::budget`]).
//!
//! What a term gives stays the same; in between stand calls that fail when the budget is spent:
//!
//! * in front of whatever is gone through (`.[]`, `..`, slices) what that takes;
//! * in each definition, the second part of each `,` and each round of `reduce` and `foreach` a tick, so that no loop and
//!   no doubling goes uncounted;
//! * behind whatever makes a value its size, as if nothing in it were shared;
//! * around calls inside of recursive definitions that the engine does not make flat, since these take stack.

use jaq_core::{
    load::{
        lex::StrPart,
        parse::{BinaryOp, Def, Pattern, Term},
    },
    ops::Math,
    path::{Opt, Part, Path},
};

type T<'s> = Term<&'s str>;

/// Native filters that take no more than a moment, whatever they are given, or hand on what their arguments give.
const CHEAP: [&str; 16] = [
    "limit_",
    "error_empty",
    "path",
    "path_value",
    "first",
    "last",
    "limit",
    "skip",
    "range",
    "tojson",
    "type",
    "isstring",
    "isnumber",
    "isboolean",
    "isarray",
    "isobject",
];
/// Native filters that compile a regular expression.
const EXPRESSIONS: [&str; 3] = ["matches", "split_matches", "split_"];

/// Rewrites terms.
pub(super) struct Metering<'a> {
    /// Names of native filters: their input is measured.
    pub(super) natives: &'a dyn Fn(&str) -> bool,
}

/// What is known where a term stands.
#[derive(Clone, Default)]
struct Place<'s> {
    /// Definitions around it, by name.
    around: Vec<&'s str>,
    /// Definitions that may be called here and call themselves, or one around them.
    recursive: Vec<&'s str>,
    /// Whether its results are those of the definition around it, as they are.
    is_last: bool,
}

impl Place<'_> {
    fn inside(&self) -> Self {
        Place { is_last: false, ..self.clone() }
    }
}

fn pipe<'s>(first: T<'s>, then: T<'s>) -> T<'s> {
    Term::BinOp(Box::new(first), BinaryOp::Pipe(None), Box::new(then))
}

fn call<'s>(name: &'static str) -> T<'s> {
    Term::Call(name, Vec::new())
}

impl Metering<'_> {
    /// A query, rewritten.
    pub(super) fn query<'s>(&self, term: T<'s>) -> T<'s> {
        match term {
            // Nothing grows from the object that comes out.
            Term::Obj(members) => self.object(members, &Place::default()),
            term => self.term(term, &Place::default()),
        }
    }

    fn object<'s>(&self, members: Vec<(T<'s>, Option<T<'s>>)>, inside: &Place<'s>) -> T<'s> {
        let member = |(key, value): (T<'s>, Option<T<'s>>)| {
            let is_text = matches!(key, Term::Str(..)) || value.is_none();
            let key = self.term(key, inside);
            // The engine takes any value for a key.
            let key = if is_text { key } else { pipe(key, call("!key")) };
            (key, value.map(|value| self.term(value, inside)))
        };
        Term::Obj(members.into_iter().map(member).collect())
    }

    /// Definitions that come one after another, rewritten.
    pub(super) fn definitions<'s>(&self, defs: Vec<Def<&'s str>>) -> Vec<Def<&'s str>> {
        let mut place = Place::default();
        self.defs(defs, &mut place)
    }

    fn defs<'s>(&self, defs: Vec<Def<&'s str>>, place: &mut Place<'s>) -> Vec<Def<&'s str>> {
        let mut metered = Vec::with_capacity(defs.len());
        for def in defs {
            let mut inside = Place { is_last: true, ..place.clone() };
            inside.around.push(def.name);
            if calls_any(&def.body, &inside.around) {
                place.recursive.push(def.name);
                inside.recursive.push(def.name);
            }
            let body = pipe(call("!tick"), self.term(def.body, &inside));
            metered.push(Def { name: def.name, args: def.args, body });
        }
        metered
    }

    fn boxed<'s>(&self, term: T<'s>, place: &Place<'s>) -> Box<T<'s>> {
        Box::new(self.term(term, place))
    }

    fn term<'s>(&self, term: T<'s>, place: &Place<'s>) -> T<'s> {
        let inside = place.inside();
        let inner = |term: Box<T<'s>>| self.boxed(*term, &inside);
        match term {
            Term::Id | Term::Num(_) | Term::Var(_) | Term::Break(_) | Term::Arr(None) => term,
            Term::Recurse => pipe(call("!size"), Term::Recurse),
            Term::Str(format, parts) => self.text(format, parts, &inside),
            Term::Arr(Some(items)) => pipe(Term::Arr(Some(inner(items))), call("!made")),
            Term::Obj(members) if members.is_empty() => Term::Obj(members),
            Term::Obj(members) => pipe(self.object(members, &inside), call("!made")),
            Term::Neg(of) => Term::Neg(inner(of)),
            Term::BinOp(left, op, right) => self.operation(left, op, right, place),
            Term::Label(name, of) => Term::Label(name, inner(of)),
            Term::Fold(name, over, pattern, arguments) => {
                let arguments = arguments.into_iter().enumerate().map(|(at, argument)| {
                    let argument = self.term(argument, &inside);
                    if at == 1 { pipe(call("!tick"), argument) } else { argument }
                });
                let arguments = arguments.collect();
                Term::Fold(name, inner(over), self.pattern(pattern, &inside), arguments)
            }
            // The error is written out as a text first, also where nobody asks for it.
            Term::TryCatch(of, catch) => {
                let catch = catch.map_or_else(|| call("!empty"), |catch| self.term(*catch, &inside));
                Term::TryCatch(inner(of), Some(Box::new(pipe(call("!size"), catch))))
            }
            Term::IfThenElse(branches, otherwise) => {
                let branch = |(condition, then)| (self.term(condition, &inside), self.term(then, place));
                let branches = branches.into_iter().map(branch).collect();
                Term::IfThenElse(branches, otherwise.map(|otherwise| self.boxed(*otherwise, place)))
            }
            Term::Def(defs, of) => {
                let mut known = place.clone();
                let defs = self.defs(defs, &mut known);
                known.is_last = place.is_last;
                Term::Def(defs, self.boxed(*of, &known))
            }
            Term::Call(name, arguments) => {
                let arguments = arguments.into_iter().map(|argument| self.term(argument, &inside));
                if EXPRESSIONS.contains(&name) {
                    let mut arguments: Vec<_> = arguments.collect();
                    if let Some(first) = arguments.first_mut() {
                        let priced = Term::Call("!expression", vec![Term::Var("$!input")]);
                        *first = pipe(std::mem::take(first), priced);
                    }
                    let input = BinaryOp::Pipe(Some(Pattern::Var("$!input")));
                    return Term::BinOp(Box::new(Term::Id), input, Box::new(Term::Call(name, arguments)));
                }
                let called = Term::Call(name, arguments.collect());
                if place.recursive.contains(&name) {
                    return if place.is_last && place.around.contains(&name) {
                        called
                    } else {
                        Term::Call("!nested", vec![called])
                    };
                }
                if !CHEAP.contains(&name) && (self.natives)(name) {
                    return pipe(call("!size"), called);
                }
                called
            }
            Term::Path(of, path) => self.path(*of, path, &inside),
        }
    }

    fn text<'s>(
        &self,
        format: Option<&'s str>,
        parts: Vec<StrPart<&'s str, T<'s>>>,
        inside: &Place<'s>,
    ) -> T<'s> {
        let mut is_plain = true;
        let mut part = |part| match part {
            StrPart::Term(of) => {
                is_plain = false;
                let of = self.term(of, inside);
                // What is no text yet is written as jq 1.6 writes it; a format does that itself.
                StrPart::Term(pipe(of, call(if format.is_none() { "!text" } else { "!size" })))
            }
            other => other,
        };
        let parts: Vec<_> = parts.into_iter().map(&mut part).collect();
        let text = Term::Str(format, parts);
        if is_plain { text } else { pipe(text, call("!size")) }
    }

    fn operation<'s>(
        &self,
        left: Box<T<'s>>,
        op: BinaryOp<&'s str>,
        right: Box<T<'s>>,
        place: &Place<'s>,
    ) -> T<'s> {
        let inside = place.inside();
        let inner = |term: Box<T<'s>>| self.boxed(*term, &inside);
        match op {
            BinaryOp::Pipe(pattern) => {
                let pattern = pattern.map(|pattern| self.pattern(pattern, &inside));
                Term::BinOp(inner(left), BinaryOp::Pipe(pattern), self.boxed(*right, place))
            }
            BinaryOp::Comma => {
                let second = pipe(call("!tick"), self.term(*right, place));
                Term::BinOp(self.boxed(*left, place), BinaryOp::Comma, Box::new(second))
            }
            BinaryOp::Math(math) => {
                let forks = may_fork(&left) && may_fork(&right);
                let (left, right) = (inner(left), inner(right));
                if !forks {
                    return arithmetic(left, math, right);
                }
                // jq goes through the right side first, the engine through the left one.
                let both = arithmetic(Box::new(Term::Var("$!left")), math, Box::new(Term::Var("$!right")));
                let bind = |of, name, then| {
                    Term::BinOp(of, BinaryOp::Pipe(Some(Pattern::Var(name))), Box::new(then))
                };
                bind(right, "$!right", bind(left, "$!left", both))
            }
            BinaryOp::Cmp(compare) => {
                let is_short = |term: &T<'_>| matches!(term, Term::Num(_) | Term::Str(None, _));
                let unmeasured = is_short(&left) || is_short(&right);
                let (mut left, right) = (inner(left), inner(right));
                if !unmeasured {
                    left = Box::new(pipe(*left, call("!size")));
                }
                Term::BinOp(left, BinaryOp::Cmp(compare), right)
            }
            // The same as `right as $x | left |= . op $x`, where `op` is metered.
            BinaryOp::UpdateMath(math) => {
                let change = arithmetic(Box::new(Term::Id), math, Box::new(Term::Var("$!right")));
                let update = Term::BinOp(inner(left), BinaryOp::Update, Box::new(change));
                let update = pipe(update, call("!made"));
                Term::BinOp(inner(right), BinaryOp::Pipe(Some(Pattern::Var("$!right"))), Box::new(update))
            }
            op @ (BinaryOp::Assign | BinaryOp::Update | BinaryOp::UpdateAlt) => {
                pipe(Term::BinOp(inner(left), op, inner(right)), call("!made"))
            }
            op @ (BinaryOp::Alt | BinaryOp::Or | BinaryOp::And) => Term::BinOp(inner(left), op, inner(right)),
        }
    }

    fn pattern<'s>(&self, pattern: Pattern<&'s str>, inside: &Place<'s>) -> Pattern<&'s str> {
        match pattern {
            Pattern::Var(name) => Pattern::Var(name),
            Pattern::Arr(items) => {
                Pattern::Arr(items.into_iter().map(|item| self.pattern(item, inside)).collect())
            }
            Pattern::Obj(members) => {
                let member = |(key, of)| (self.term(key, inside), self.pattern(of, inside));
                Pattern::Obj(members.into_iter().map(member).collect())
            }
        }
    }

    fn path<'s>(&self, of: T<'s>, path: Path<T<'s>>, inside: &Place<'s>) -> T<'s> {
        let is_plain =
            |(part, _): &(Part<T<'_>>, Opt)| matches!(part, Part::Index(Term::Str(None, _) | Term::Num(_)));
        let metered = self.term(of, inside);
        // Computed parts see the input of the whole path, so that only the first one may stand apart from it.
        let computes = |(part, _): &(Part<T<'_>>, Opt)| match part {
            Part::Index(index) => !matches!(index, Term::Str(None, _) | Term::Num(_)),
            Part::Range(from, to) => !from.iter().chain(to).all(is_written),
        };
        let Path(parts) = path;
        if parts.iter().all(is_plain) {
            return Term::Path(Box::new(metered), Path(parts));
        }
        if parts.iter().any(computes) {
            let part = |(part, opt): (Part<T<'s>>, Opt)| {
                let term = |term| self.term(term, inside);
                let part = match part {
                    Part::Index(index) => Part::Index(term(index)),
                    Part::Range(from, to) => Part::Range(from.map(term), to.map(term)),
                };
                (part, opt)
            };
            let goes_on = parts.len() > 1;
            let whole = Term::Path(
                Box::new(pipe(metered, call(if goes_on { "!size" } else { "!width" }))),
                Path(parts.into_iter().map(part).collect()),
            );
            return pipe(whole, call("!tick"));
        }
        let mut before = metered;
        let mut plain = Vec::new();
        for part in parts {
            if is_plain(&part) {
                plain.push(part);
                continue;
            }
            if !plain.is_empty() {
                before = Term::Path(Box::new(before), Path(std::mem::take(&mut plain)));
            }
            before = pipe(before, call("!width"));
            before = match &part.0 {
                // A part of null is null.
                Part::Range(Some(_), _) | Part::Range(_, Some(_)) => {
                    let part = Term::Path(Box::new(Term::Id), Path(vec![part]));
                    pipe(before, Term::IfThenElse(vec![(call("!null"), Term::Id)], Some(Box::new(part))))
                }
                _ => Term::Path(Box::new(before), Path(vec![part])),
            };
        }
        if plain.is_empty() { before } else { Term::Path(Box::new(before), Path(plain)) }
    }
}

/// Whether a bound is a number that is written out.
fn is_written(bound: &T<'_>) -> bool {
    match bound {
        Term::Num(_) => true,
        Term::Neg(of) => matches!(**of, Term::Num(_)),
        _ => false,
    }
}

fn arithmetic<'s>(left: Box<T<'s>>, math: Math, right: Box<T<'s>>) -> T<'s> {
    let done = match math {
        Math::Sub => Term::Call("!subtract", vec![*left, *right]),
        Math::Mul => Term::Call("!multiply", vec![*left, *right]),
        Math::Div => Term::Call("!divide", vec![*left, *right]),
        Math::Rem => Term::Call("!remainder", vec![*left, *right]),
        math => Term::BinOp(left, BinaryOp::Math(math), right),
    };
    pipe(done, call("!made"))
}

/// Whether a term may have more than one result.
fn may_fork(term: &T<'_>) -> bool {
    match term {
        Term::Id | Term::Num(_) | Term::Var(_) | Term::Arr(_) => false,
        Term::Str(_, parts) => parts.iter().any(|part| matches!(part, StrPart::Term(of) if may_fork(of))),
        Term::Path(of, Path(parts)) => {
            may_fork(of)
                || parts.iter().any(|(part, _)| !matches!(part, Part::Index(index) if !may_fork(index)))
        }
        Term::Neg(of) => may_fork(of),
        Term::BinOp(left, BinaryOp::Math(_) | BinaryOp::Cmp(_) | BinaryOp::Pipe(None), right) => {
            may_fork(left) || may_fork(right)
        }
        _ => true,
    }
}

/// Whether a term calls one of these names, itself or in a definition inside of it.
fn calls_any(term: &T<'_>, names: &[&str]) -> bool {
    let mut found = false;
    visit(term, &mut |term| found |= matches!(term, Term::Call(name, _) if names.contains(name)));
    found
}

/// The levels of a term.
pub(super) fn height(term: &T<'_>) -> u32 {
    let mut highest = 0;
    children(term, &mut |child| highest = highest.max(height(child)));
    highest + 1
}

fn visit<'t, 's>(term: &'t T<'s>, each: &mut dyn FnMut(&'t T<'s>)) {
    each(term);
    children(term, &mut |child| visit(child, each));
}

fn children<'t, 's>(term: &'t T<'s>, each: &mut dyn FnMut(&'t T<'s>)) {
    match term {
        Term::Id | Term::Recurse | Term::Num(_) | Term::Var(_) | Term::Break(_) | Term::Arr(None) => {}
        Term::Str(_, parts) => {
            for part in parts {
                if let StrPart::Term(of) = part {
                    each(of);
                }
            }
        }
        Term::Arr(Some(of)) | Term::Neg(of) | Term::Label(_, of) => each(of),
        Term::Obj(members) => {
            for (key, value) in members {
                each(key);
                value.iter().for_each(&mut *each);
            }
        }
        Term::BinOp(left, op, right) => {
            each(left);
            each(right);
            if let BinaryOp::Pipe(Some(pattern)) = op {
                pattern_terms(pattern, each);
            }
        }
        Term::Fold(_, over, pattern, arguments) => {
            each(over);
            pattern_terms(pattern, each);
            arguments.iter().for_each(each);
        }
        Term::TryCatch(of, catch) => {
            each(of);
            if let Some(catch) = catch {
                each(catch);
            }
        }
        Term::IfThenElse(branches, otherwise) => {
            for (condition, then) in branches {
                each(condition);
                each(then);
            }
            if let Some(otherwise) = otherwise {
                each(otherwise);
            }
        }
        Term::Def(defs, of) => {
            defs.iter().for_each(|def| each(&def.body));
            each(of);
        }
        Term::Call(_, arguments) => arguments.iter().for_each(each),
        Term::Path(of, Path(parts)) => {
            each(of);
            for (part, _) in parts {
                match part {
                    Part::Index(index) => each(index),
                    Part::Range(from, to) => from.iter().chain(to).for_each(&mut *each),
                }
            }
        }
    }
}

fn pattern_terms<'t, 's>(pattern: &'t Pattern<&'s str>, each: &mut dyn FnMut(&'t T<'s>)) {
    match pattern {
        Pattern::Var(_) => {}
        Pattern::Arr(items) => items.iter().for_each(|item| pattern_terms(item, each)),
        Pattern::Obj(members) => {
            for (key, of) in members {
                each(key);
                pattern_terms(of, each);
            }
        }
    }
}
