//! The short way to the result of a query, beside the engine: for terms that have one result, such as paths, texts,
//! arithmetic, conditions, lists, and the functions that partition keys are made with; of loops, those over a list.
//!
//! Of a record only what the terms ask for is read. Whatever is not the plain case (a value of another type, an error, a
//! long text) has no answer here, and the engine is asked. What is answered is what the engine would answer.

mod compile;
mod expressions;
mod functions;
mod run;
mod times;
mod value;

use jaq_core::{
    load::parse::Term,
    ops::{Cmp, Math},
};
use jaq_json::Num;

use self::{compile::Compiler, expressions::Expression, functions::Function, run::Run, value::Value};
use crate::foundation::json_skim;

/// Most members of a record that are looked for without an allocation.
const FEW: usize = 8;

/// A query that gives one object, whose keys are written out.
pub(super) struct Direct {
    /// The members of the record that are looked at.
    members: Box<[Box<str>]>,
    /// What `as` binds around the object, outermost first.
    bound: Vec<Node>,
    entries: Vec<(Box<str>, Node)>,
}

/// A term with one result.
enum Node {
    Input,
    /// A member of the record, by its place among those that are looked at.
    Member(usize),
    Null,
    Bool(bool),
    Number(Num),
    Text(Box<str>),
    /// What `as` bound, counted from the outermost.
    Variable(usize),
    /// A text with values in it.
    Woven(Vec<Node>),
    /// A list of what these give.
    List(Vec<Stream>),
    /// `first(f)`
    First(Box<Stream>),
    /// `reduce`: over what, from what, and what becomes of it.
    Fold(Box<Stream>, Box<Node>, Box<Node>),
    Negated(Box<Node>),
    Pipe(Box<Node>, Box<Node>),
    Bind(Box<Node>, Box<Node>),
    /// `//`
    Alternative(Box<Node>, Box<Node>),
    /// `and` and `or`, which end where the first one says this.
    Logic(Box<Node>, bool, Box<Node>),
    If(Vec<(Node, Node)>, Option<Box<Node>>),
    Math(Box<Node>, Math, Box<Node>),
    Compare(Box<Node>, Cmp, Box<Node>),
    Path(Box<Node>, Vec<Step>),
    /// A function, and its argument.
    Call(Function, Option<Box<Node>>),
    /// A function of a regular expression.
    Expression(Box<Expression>),
    /// What has no plain result: an error, or nothing.
    Ask,
}

/// A term inside of a list, or under `reduce`, which may have any number of results.
enum Stream {
    One(Node),
    /// `.[]` of a list.
    Items(Node),
    Pipe(Box<Stream>, Box<Stream>),
    /// `select`
    Where(Node),
    /// What stands between commas.
    Several(Vec<Stream>),
}

/// A part of a path.
enum Step {
    Name(Box<str>),
    At(isize),
    Slice(Option<isize>, Option<isize>),
}

impl Direct {
    /// A query that the short way is enough for; `members` are those that it may look at.
    pub(super) fn compile(query: &Term<&str>, members: &[Box<str>]) -> Option<Direct> {
        let mut compiler = Compiler::new(members);
        let (bound, entries) = compiler.query(query)?;
        Some(Direct { members: members.into(), bound, entries })
    }

    /// The values of some keys, as `tostring` writes them, `None` for null and for what is not there. The outer `None`
    /// where the engine must be asked.
    pub(super) fn values(&self, record: &[u8], keys: &[Box<str>]) -> Option<Vec<Option<String>>> {
        let text = std::str::from_utf8(record).ok()?;
        let (mut few, mut many) = ([None; FEW], Vec::new());
        let found = match few.get_mut(..self.members.len()) {
            Some(few) => few,
            None => {
                many.resize(self.members.len(), None);
                &mut many[..]
            }
        };
        json_skim::find(text, self.members.iter().map(|name| &**name), found)?;
        // The engine reads whole members, and half of a pair of surrogates anywhere in one is a mistake.
        if found.iter().flatten().any(|text| value::may_hold_surrogates(text)) {
            return None;
        }
        self.of_members(found, keys)
    }

    fn of_members(&self, members: &[Option<&str>], keys: &[Box<str>]) -> Option<Vec<Option<String>>> {
        let mut run = Run::new(members);
        for bound in &self.bound {
            let value = run.value(bound, &Value::Null)?;
            run.bind(value);
        }
        let mut values = vec![None; keys.len()];
        for (name, node) in &self.entries {
            let value = run.value(node, &Value::Null)?;
            let mut wanted = keys.iter().zip(&mut values).filter(|(key, _)| *key == name);
            if let Some((_, place)) = wanted.next() {
                *place = match value {
                    Value::Null => None,
                    value => Some(value.into_text()?),
                };
            }
        }
        Some(values)
    }
}

#[cfg(test)]
mod tests;
