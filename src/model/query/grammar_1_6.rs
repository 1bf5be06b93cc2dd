//! The grammar of jq 1.6, which is narrower than that of the engine here: what the engine reads and jq 1.6 does not is
//! refused, at the token that jq 1.6 stumbles over.
//!
//! Source: the behaviour of `jq` 1.6 itself (`tests/queries.rs` asks it where it is installed). Nothing is built, so
//! operators only count where one may not follow another of its kind.

use std::ops::Range;

use super::tokens_1_6::{Kind, LOCATION, Token, token};
use super::{QueryError, QueryErrorKind};

/// Checks a query that the engine reads.
///
/// # Errors
/// The first token that jq 1.6 does not take, and what to write instead.
pub(super) fn check(text: &str) -> Result<(), QueryError> {
    let mut reader = Reader::new(text, 0);
    reader.expression().and_then(|()| match reader.peek() {
        Token { kind: Kind::End, .. } => Ok(()),
        token => Err(reader.refused(token)),
    })?;
    reader.undefined.map_or(Ok(()), Err)
}

/// How an expression goes on after an operand.
#[derive(PartialEq, Eq)]
enum Operand {
    /// By `.name`, `[...]` and `as`.
    Term,
    /// By operators and `?` only, since it is a whole expression: `if ... end`, `reduce ...`.
    Whole,
    /// Not at all: it took all there was.
    Greedy,
}

/// A member of an object whose value is being read.
struct Member {
    key: usize,
    value: usize,
}

pub(super) struct Reader<'t> {
    pub(super) text: &'t str,
    at: usize,
    /// The members whose values are read, the innermost last; `None` inside brackets, where everything goes.
    members: Vec<Option<Member>>,
    /// What the query itself defines, by name and number of arguments, where it is read.
    pub(super) defined: Vec<(&'t str, usize)>,
    /// The first function or format that jq 1.6 lacks; it counts where the grammar has no mistake.
    pub(super) undefined: Option<QueryError>,
}

pub(super) type Outcome<T = ()> = Result<T, QueryError>;

impl<'t> Reader<'t> {
    fn new(text: &'t str, at: usize) -> Reader<'t> {
        Reader { text, at, members: Vec::new(), defined: Vec::new(), undefined: None }
    }

    pub(super) fn peek(&self) -> Token<'t> {
        token(self.text, self.at)
    }

    pub(super) fn next(&mut self) -> Token<'t> {
        let token = self.peek();
        self.at = token.end;
        token
    }

    pub(super) fn takes(&mut self, mark: &str) -> bool {
        let token = self.peek();
        let is_mark = token.is(mark);
        if is_mark {
            self.at = token.end;
        }
        is_mark
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let token = self.peek();
        let is_word = token.is_word(word);
        if is_word {
            self.at = token.end;
        }
        is_word
    }

    pub(super) fn needs(&mut self, mark: &str) -> Outcome {
        let token = self.peek();
        if self.takes(mark) { Ok(()) } else { Err(self.refused(token)) }
    }

    pub(super) fn needs_word(&mut self, word: &str) -> Outcome {
        let token = self.peek();
        if self.takes_word(word) { Ok(()) } else { Err(self.refused(token)) }
    }

    pub(super) fn needs_name(&mut self) -> Outcome {
        let token = self.next();
        match token.kind {
            Kind::Name(name) if name != LOCATION => Ok(()),
            _ => Err(self.refused(token)),
        }
    }

    /// What stands in brackets: everything goes there, whatever goes outside.
    fn inside<T>(&mut self, read: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        self.members.push(None);
        let defined = self.defined.len();
        let outcome = read(self);
        self.defined.truncate(defined);
        self.members.pop();
        outcome
    }

    pub(super) fn expression(&mut self) -> Outcome {
        // Comparisons and assignments that wait for their right side: no second one of their kind may come.
        let (mut compares, mut assigns) = (false, false);
        loop {
            if self.operand(false)? == Operand::Greedy {
                return Ok(());
            }
            while self.takes("?") {}
            let token = self.peek();
            let waits = match token.kind {
                Kind::Mark("|" | "," | "//") => {
                    (compares, assigns) = (false, false);
                    None
                }
                Kind::Mark("=" | "|=" | "+=" | "-=" | "*=" | "/=" | "%=" | "//=") => {
                    compares = false;
                    Some(&mut assigns)
                }
                Kind::Keyword("and" | "or") => {
                    compares = false;
                    None
                }
                Kind::Mark("==" | "!=" | "<" | "<=" | ">" | ">=") => Some(&mut compares),
                Kind::Mark("+" | "-" | "*" | "/" | "%") => None,
                _ => return Ok(()),
            };
            if let Some(waits) = waits
                && std::mem::replace(waits, true)
            {
                let shown = &self.text[token.start..token.end];
                let message = format!("jq 1.6 takes no second `{shown}` without parentheses");
                return Err(wrong(token, message, Some("put the first part in parentheses".into())));
            }
            self.at = token.end;
        }
    }

    /// One operand with its signs. That of a `try` ends before a `?` and before operators.
    fn operand(&mut self, of_try: bool) -> Outcome<Operand> {
        let mut is_negated = false;
        while self.takes("-") {
            is_negated = true;
        }
        let token = self.peek();
        let operand = match token.kind {
            Kind::Keyword("def") => {
                self.definition()?;
                self.expression()?;
                Operand::Greedy
            }
            Kind::Keyword("label") => {
                self.next();
                self.variable()?;
                self.needs("|")?;
                self.expression()?;
                Operand::Greedy
            }
            Kind::Keyword("try") => {
                self.next();
                let body = self.operand(true)?;
                match self.takes_word("catch") {
                    true => self.operand(true)?,
                    false => body,
                }
            }
            Kind::Keyword("if") => {
                self.inside(Self::branches)?;
                Operand::Whole
            }
            Kind::Keyword("reduce" | "foreach") => {
                self.next();
                self.inside(|reader| reader.fold(token.is_word("foreach")))?;
                Operand::Whole
            }
            _ => {
                self.term()?;
                match self.takes_word("as") {
                    true => {
                        self.patterns()?;
                        self.needs("|")?;
                        self.expression()?;
                        Operand::Greedy
                    }
                    false => Operand::Term,
                }
            }
        };
        if operand == Operand::Whole {
            let next = self.peek();
            if matches!(next.kind, Kind::Field | Kind::Mark("[") | Kind::Keyword("as")) {
                let shown = &self.text[token.start..token.end];
                let message = format!("jq 1.6 takes nothing behind `{shown}` but an operator");
                let hint = format!("put the whole of `{shown}` in parentheses");
                return Err(wrong(next, message, Some(hint)));
            }
        }
        if of_try && is_negated && operand != Operand::Greedy {
            while ["*", "/", "%", "?"].iter().any(|mark| self.peek().is(mark)) {
                if !self.next().is("?") {
                    self.operand(true)?;
                }
            }
        }
        Ok(operand)
    }

    fn branches(&mut self) -> Outcome {
        self.needs_word("if")?;
        loop {
            self.expression()?;
            self.needs_word("then")?;
            self.expression()?;
            let token = self.peek();
            if self.takes_word("elif") {
                continue;
            }
            if token.is_word("end") {
                let message = "jq 1.6 wants an `else` before this `end`".to_owned();
                return Err(wrong(token, message, Some("add the other branch, such as `else . end`".into())));
            }
            self.needs_word("else")?;
            self.expression()?;
            return self.needs_word("end");
        }
    }

    fn fold(&mut self, is_foreach: bool) -> Outcome {
        self.term()?;
        self.needs_word("as")?;
        self.patterns()?;
        self.needs("(")?;
        self.expression()?;
        self.needs(";")?;
        self.expression()?;
        if is_foreach && self.takes(";") {
            self.expression()?;
        }
        self.needs(")")
    }

    pub(super) fn bracketed(&mut self, open: &str, close: &str) -> Outcome {
        self.needs(open)?;
        self.inside(|reader| {
            reader.expression()?;
            reader.needs(close)
        })
    }

    fn term(&mut self) -> Outcome {
        let token = self.next();
        match token.kind {
            Kind::Mark("..") | Kind::Number => {}
            Kind::Mark(".") => {
                if matches!(self.peek().kind, Kind::Quote | Kind::Format) {
                    self.string()?;
                    self.takes("?");
                }
            }
            Kind::Field => drop(self.takes("?")),
            Kind::Keyword("break") => self.variable()?,
            Kind::Quote => {
                self.at = token.start;
                self.string()?;
            }
            Kind::Format => {
                self.format(token);
                if self.peek().kind == Kind::Quote {
                    self.string()?;
                }
            }
            Kind::Mark("(") => {
                self.at = token.start;
                self.bracketed("(", ")")?;
            }
            Kind::Mark("[") => {
                if !self.takes("]") {
                    self.at = token.start;
                    self.bracketed("[", "]")?;
                }
            }
            Kind::Mark("{") => self.object()?,
            Kind::Name(name) if name != LOCATION => {
                let count = match self.takes("(") {
                    true => self.inside(Self::arguments)?,
                    false => 0,
                };
                self.function(token, name, count);
            }
            Kind::Wrong if self.text[token.start..].starts_with('$') => {
                let name = self.next();
                if !matches!(name.kind, Kind::Name(_)) {
                    return Err(self.refused(name));
                }
            }
            _ => return Err(self.refused(token)),
        }
        self.suffixes()
    }

    /// How many arguments there are.
    fn arguments(&mut self) -> Outcome<usize> {
        let mut count = 1;
        loop {
            self.expression()?;
            if !self.takes(";") {
                return self.needs(")").map(|()| count);
            }
            count += 1;
        }
    }

    fn suffixes(&mut self) -> Outcome {
        loop {
            let token = self.peek();
            match token.kind {
                Kind::Field => drop(self.next()),
                Kind::Mark(".") => {
                    self.next();
                    let behind = self.peek();
                    if behind.is("[") {
                        let message = "jq 1.6 takes no `[` behind a `.` here".to_owned();
                        let hint = "leave out the `.` before the `[`: `.a[0]`".to_owned();
                        return Err(wrong(behind, message, Some(hint)));
                    }
                    self.string()?;
                }
                Kind::Mark("[") => {
                    self.next();
                    self.inside(Self::index)?;
                }
                _ => return Ok(()),
            }
            self.takes("?");
        }
    }

    fn index(&mut self) -> Outcome {
        if self.takes("]") {
            return Ok(());
        }
        let is_open = self.takes(":");
        self.expression()?;
        if !is_open && self.takes(":") && !self.peek().is("]") {
            self.expression()?;
        }
        self.needs("]")
    }

    fn object(&mut self) -> Outcome {
        loop {
            if self.takes("}") {
                return Ok(());
            }
            let token = self.peek();
            // Some keys stand alone, some want a value, and some have none.
            let (may_end, may_go_on) = match token.kind {
                _ if self.is_variable() => {
                    self.variable()?;
                    (true, false)
                }
                Kind::Name(LOCATION) | Kind::Keyword(_) => {
                    self.next();
                    (false, true)
                }
                Kind::Name(_) => {
                    self.next();
                    (true, true)
                }
                Kind::Quote | Kind::Format => {
                    self.string()?;
                    (true, true)
                }
                Kind::Mark("(") => {
                    self.bracketed("(", ")")?;
                    (false, true)
                }
                _ => return Err(self.refused(token)),
            };
            if may_go_on && self.takes(":") {
                self.members.push(Some(Member { key: token.start, value: self.peek().start }));
                self.member_value()?;
                self.members.pop();
            } else if !may_end {
                return Err(self.refused(self.peek()));
            }
            if !self.takes(",") {
                return self.needs("}");
            }
        }
    }

    /// Terms and `|`, with signs: all else needs parentheses.
    fn member_value(&mut self) -> Outcome {
        loop {
            while self.takes("-") {}
            self.term()?;
            let token = self.peek();
            match token.kind {
                Kind::Mark("|") => self.at = token.end,
                Kind::Mark("," | "}") => return Ok(()),
                _ => return Err(self.refused(token)),
            }
        }
    }

    pub(super) fn string(&mut self) -> Outcome {
        let format = self.peek();
        if format.kind == Kind::Format {
            self.next();
            self.format(format);
        }
        let open = self.next();
        if open.kind != Kind::Quote {
            return Err(self.refused(open));
        }
        loop {
            let rest = &self.text.as_bytes()[self.at..];
            match rest {
                [b'"', ..] => {
                    self.at += 1;
                    return Ok(());
                }
                [b'\\', b'(', ..] => {
                    self.at += 1;
                    self.bracketed("(", ")")?;
                }
                [b'\\', _, ..] => self.at += 2,
                [_, ..] => self.at += 1,
                [] => return Err(self.refused(Token { kind: Kind::End, start: self.at, end: self.at })),
            }
        }
    }

    /// What is wrong with a token that does not fit.
    pub(super) fn refused(&self, token: Token<'_>) -> QueryError {
        let shown = &self.text[token.start..token.end];
        if token.is("?//") {
            let hint = "write a blank between the `?` and the `//`: `? //`";
            return wrong(token, "`?//` is one operator in jq 1.6, for patterns".into(), Some(hint.into()));
        }
        let goes_in_parentheses = match token.kind {
            Kind::Keyword(word) => !matches!(word, "then" | "else" | "elif" | "end" | "catch"),
            Kind::Mark(mark) => !matches!(mark, ")" | "]" | "}" | "," | ":" | ";" | "("),
            _ => false,
        };
        if let Some(Some(member)) = self.members.last()
            && goes_in_parentheses
            && token.start >= member.value
        {
            let message = format!("jq 1.6 takes no `{shown}` in the value of a member without parentheses");
            return wrong(token, message, Some(self.in_parentheses(member)));
        }
        match token.kind {
            Kind::End => wrong(token, "the query ends too early for jq 1.6".into(), None),
            _ => wrong(token, format!("jq 1.6 takes no `{shown}` here"), None),
        }
    }

    /// The member with its value in parentheses, where it is short.
    fn in_parentheses(&self, member: &Member) -> String {
        const LONGEST: usize = 80;
        let (mut at, mut depth, mut end) = (member.value, 0_usize, member.value);
        loop {
            let token = token(self.text, at);
            match token.kind {
                Kind::End => break,
                Kind::Mark("(" | "[" | "{") | Kind::Keyword("if") => depth += 1,
                Kind::Mark("," | "}") if depth == 0 => break,
                Kind::Mark(")" | "]" | "}") | Kind::Keyword("end") => depth = depth.saturating_sub(1),
                Kind::Quote => {
                    let mut inside = Reader::new(self.text, token.start);
                    if inside.string().is_err() {
                        break;
                    }
                    (at, end) = (inside.at, inside.at);
                    continue;
                }
                _ => {}
            }
            (at, end) = (token.end, token.end);
        }
        let key = self.text[member.key..member.value].trim_end();
        let value = &self.text[member.value..end];
        match key.len() + value.len() <= LONGEST && !value.contains('\n') {
            true => format!("put the value in parentheses: `{{{key} ({value})}}`"),
            false => "put the value in parentheses: `{key: (.a // \"x\")}`".to_owned(),
        }
    }
}

pub(super) fn wrong(token: Token<'_>, message: String, hint: Option<String>) -> QueryError {
    let range: Range<usize> = token.start..token.end;
    QueryError { hint, ..super::error(range, QueryErrorKind::Syntax, message) }
}

#[cfg(test)]
mod tests;
