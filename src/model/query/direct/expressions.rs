//! Functions of regular expressions that are written out in the query: compiled once, where the engine does so for each
//! record. The expressions and the way through a text are the engine's.

use jaq_core::load::parse::Term;
use jaq_json::{Map, Val};
use regex_bites::bytes::{Regex, RegexBuilder};

use super::{compile::plain_text, run::Run, value::Value};
use crate::model::query::budget;

/// Largest expression that is compiled here, in states.
const MOST_STATES: u64 = 1_000;

/// A function of an expression.
pub(super) struct Expression {
    regex: Regex,
    states: usize,
    function: Function,
}

enum Function {
    Test,
    Capture,
    /// `split` with flags.
    Split,
    /// `sub` and `gsub`, with a plain text.
    Replace {
        with: Box<str>,
        all: bool,
    },
}

impl Expression {
    /// A call of this name, where the expression is written out.
    pub(super) fn named(name: &str, arguments: &[Term<&str>]) -> Option<Expression> {
        let arguments = match (name, arguments) {
            // No flags.
            ("test" | "split", [expression, Term::Call("null", _)]) => {
                return Expression::of(name, &[&plain(expression)?, ""]);
            }
            (_, arguments) => arguments,
        };
        let texts: Vec<String> = arguments.iter().map(plain).collect::<Option<_>>()?;
        Expression::of(name, &texts.iter().map(|text| &**text).collect::<Vec<_>>())
    }

    fn of(name: &str, texts: &[&str]) -> Option<Expression> {
        let replace = |with: &str, all| Function::Replace { with: with.into(), all };
        let (function, expression, flags) = match (name, texts) {
            ("test", [expression]) => (Function::Test, expression, ""),
            ("test", [expression, flags]) => (Function::Test, expression, *flags),
            ("capture", [expression]) => (Function::Capture, expression, ""),
            ("split", [expression, flags]) => (Function::Split, expression, *flags),
            ("sub", [expression, with]) => (replace(with, false), expression, ""),
            ("sub", [expression, with, flags]) => (replace(with, flags.contains('g')), expression, *flags),
            ("gsub", [expression, with]) => (replace(with, true), expression, ""),
            ("gsub", [expression, with, flags]) => (replace(with, true), expression, *flags),
            _ => return None,
        };
        // Other flags, and what is wrong with an expression, are for the engine.
        let states = budget::states(expression.as_bytes());
        if states > MOST_STATES || flags.bytes().any(|flag| !matches!(flag, b'g' | b'i')) {
            return None;
        }
        let regex = RegexBuilder::new(expression).case_insensitive(flags.contains('i')).build().ok()?;
        Some(Expression { regex, states: states.try_into().ok()?, function })
    }

    /// What the function makes of its input.
    pub(super) fn value<'r>(&self, run: &mut Run<'r>, input: &Value<'r>) -> Option<Value<'r>> {
        let Value::Text(text) = input else { return None };
        run.spend(20 + 4 * self.states + text.len() * self.states / 100)?;
        let bytes = text.as_bytes();
        match &self.function {
            Function::Test => Some(Value::Bool(self.regex.is_match(bytes))),
            Function::Capture => self.captured(text),
            Function::Split => {
                let mut pieces = Vec::new();
                let mut rest = 0;
                for found in self.regex.find_iter(bytes) {
                    run.spend(20)?;
                    pieces.push(Value::text(text.get(rest..found.start())?.to_owned()));
                    rest = found.end();
                }
                pieces.push(Value::text(text.get(rest..)?.to_owned()));
                Some(Value::List(pieces))
            }
            Function::Replace { with, all } => {
                let mut out = String::with_capacity(text.len());
                let mut rest = 0;
                for found in self.regex.find_iter(bytes).take(if *all { usize::MAX } else { 1 }) {
                    out.push_str(text.get(rest..found.start())?);
                    out.push_str(with);
                    rest = found.end();
                    run.spend(20 + out.len() / 8)?;
                }
                out.push_str(text.get(rest..)?);
                Some(Value::text(out))
            }
        }
    }

    /// The groups of the first match that have names, and are there.
    fn captured<'r>(&self, text: &str) -> Option<Value<'r>> {
        let found = self.regex.captures(text.as_bytes())?;
        let mut groups = Map::default();
        for (group, name) in found.iter().zip(self.regex.capture_names()) {
            if let (Some(group), Some(name)) = (group, name) {
                let part = text.get(group.start()..group.end())?;
                groups.insert(Val::utf8_str(name.to_owned()), Val::utf8_str(part.to_owned()));
            }
        }
        Some(Value::Tree(Val::obj(groups), text.len()))
    }
}

/// A text that is written out.
fn plain(term: &Term<&str>) -> Option<String> {
    match term {
        Term::Str(None, parts) => plain_text(parts),
        _ => None,
    }
}
