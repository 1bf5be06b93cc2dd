//! The grammar of jq 1.6, which is narrower than that of the engine here: what the engine reads and jq 1.6 does not is
//! refused, at the token that jq 1.6 stumbles over.
//!
//! Source: the behaviour of `jq` 1.6 itself (`tests/queries.rs` asks it where it is installed). Nothing is built, so
//! operators only count where one may not follow another of its kind.

use std::ops::Range;

use super::{QueryError, QueryErrorKind};

/// Words that name no function; after a `.`, and before the `:` of a member, they are names as any other.
const KEYWORDS: [&str; 18] = [
    "def", "module", "import", "include", "if", "then", "else", "elif", "end", "reduce", "foreach", "try",
    "catch", "label", "break", "as", "and", "or",
];
/// A word that is a variable and the key of a member, and nothing else.
const LOCATION: &str = "__loc__";
/// The functions of jq 1.6 with the number of their arguments, as `jq -n builtins` names them.
const FUNCTIONS: &str = include_str!("functions_1_6.txt");
const CONSTANTS: [&str; 3] = ["true", "false", "null"];
const FORMATS: [&str; 9] = ["@text", "@json", "@html", "@uri", "@csv", "@tsv", "@sh", "@base64", "@base64d"];
const MARKS: [&str; 34] = [
    "?//", "//=", "|=", "+=", "-=", "*=", "/=", "%=", "==", "!=", "<=", ">=", "//", "..", "?", "=", "<", ">",
    "|", ",", "+", "-", "*", "/", "%", ":", ";", "(", ")", "[", "]", "{", "}", ".",
];

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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind<'t> {
    End,
    /// A name, with `::` in it or not.
    Name(&'t str),
    Keyword(&'t str),
    /// `.name`
    Field,
    Format,
    Number,
    Quote,
    Mark(&'t str),
    Wrong,
}

#[derive(Debug, Clone, Copy)]
struct Token<'t> {
    kind: Kind<'t>,
    start: usize,
    end: usize,
}

impl Token<'_> {
    fn is(&self, mark: &str) -> bool {
        self.kind == Kind::Mark(mark)
    }

    fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Keyword(word)
    }
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

struct Reader<'t> {
    text: &'t str,
    at: usize,
    /// The members whose values are read, the innermost last; `None` inside brackets, where everything goes.
    members: Vec<Option<Member>>,
    /// What the query itself defines, by name and number of arguments, where it is read.
    defined: Vec<(&'t str, usize)>,
    /// The first function or format that jq 1.6 lacks; it counts where the grammar has no mistake.
    undefined: Option<QueryError>,
}

type Outcome<T = ()> = Result<T, QueryError>;

impl<'t> Reader<'t> {
    fn new(text: &'t str, at: usize) -> Reader<'t> {
        Reader { text, at, members: Vec::new(), defined: Vec::new(), undefined: None }
    }

    fn peek(&self) -> Token<'t> {
        token(self.text, self.at)
    }

    fn next(&mut self) -> Token<'t> {
        let token = self.peek();
        self.at = token.end;
        token
    }

    fn takes(&mut self, mark: &str) -> bool {
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

    fn needs(&mut self, mark: &str) -> Outcome {
        let token = self.peek();
        if self.takes(mark) { Ok(()) } else { Err(self.refused(token)) }
    }

    fn needs_word(&mut self, word: &str) -> Outcome {
        let token = self.peek();
        if self.takes_word(word) { Ok(()) } else { Err(self.refused(token)) }
    }

    fn needs_name(&mut self) -> Outcome {
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

    fn expression(&mut self) -> Outcome {
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

    fn definition(&mut self) -> Outcome {
        self.needs_word("def")?;
        let name = self.peek();
        self.needs_name()?;
        let mut parameters = Vec::new();
        if self.takes("(") {
            loop {
                let token = self.next();
                let name = match token.kind {
                    Kind::Wrong if self.text[token.start..].starts_with('$') => self.next(),
                    _ => token,
                };
                match name.kind {
                    Kind::Name(name) => parameters.push((name, 0)),
                    _ => return Err(self.refused(name)),
                }
                if !self.takes(";") {
                    break;
                }
            }
            self.needs(")")?;
        }
        self.needs(":")?;
        self.defined.push((&self.text[name.start..name.end], parameters.len()));
        let known = self.defined.len();
        self.defined.extend(parameters);
        self.expression()?;
        self.defined.truncate(known);
        self.needs(";")
    }

    /// `$name`
    fn variable(&mut self) -> Outcome {
        let token = self.next();
        match self.text[token.start..].starts_with('$') {
            true => self.needs_name(),
            false => Err(self.refused(token)),
        }
    }

    fn is_variable(&self) -> bool {
        self.text[self.peek().start..].starts_with('$')
    }

    fn patterns(&mut self) -> Outcome {
        self.pattern()?;
        while self.takes("?//") {
            self.pattern()?;
        }
        Ok(())
    }

    fn pattern(&mut self) -> Outcome {
        if self.takes("[") {
            self.pattern()?;
            while self.takes(",") {
                self.pattern()?;
            }
            return self.needs("]");
        }
        if !self.takes("{") {
            return self.variable();
        }
        loop {
            let token = self.peek();
            let is_variable = self.is_variable();
            match token.kind {
                _ if is_variable => self.variable()?,
                Kind::Name(_) | Kind::Keyword(_) => drop(self.next()),
                Kind::Quote | Kind::Format => self.string()?,
                Kind::Mark("(") => self.bracketed("(", ")")?,
                _ => return Err(self.refused(token)),
            }
            if !is_variable {
                self.needs(":")?;
                self.pattern()?;
            } else if self.takes(":") {
                self.pattern()?;
            }
            if !self.takes(",") {
                return self.needs("}");
            }
        }
    }

    fn bracketed(&mut self, open: &str, close: &str) -> Outcome {
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

    fn function(&mut self, token: Token<'_>, name: &str, count: usize) {
        let of_1_6 =
            || FUNCTIONS.lines().filter_map(|line| line.split_once('/')).filter(|(known, _)| *known == name);
        let number = count.to_string();
        let is_known = self.defined.contains(&(name, count))
            || (count == 0 && CONSTANTS.contains(&name))
            || of_1_6().any(|(_, arguments)| arguments == number);
        if is_known {
            return;
        }
        let others: Vec<&str> = of_1_6().map(|(_, arguments)| arguments).collect();
        let hint = match (name, others.as_slice()) {
            ("trim", _) => Some("write `sub(\"^\\\\s+\"; \"\") | sub(\"\\\\s+$\"; \"\")`".to_owned()),
            ("abs", _) => Some("write `if . < 0 then -. else . end`".to_owned()),
            (_, []) => None,
            _ => Some(format!("jq 1.6 has `{name}` of {} arguments", others.join(" or "))),
        };
        let message = super::no_function(name, count);
        self.lacks(QueryError { kind: QueryErrorKind::Undefined, ..wrong(token, message, hint) });
    }

    fn format(&mut self, token: Token<'_>) {
        let name = &self.text[token.start..token.end];
        if FORMATS.contains(&name) {
            return;
        }
        let message = format!("jq has no format `{name}`");
        self.lacks(QueryError { kind: QueryErrorKind::Undefined, ..wrong(token, message, None) });
    }

    fn lacks(&mut self, error: QueryError) {
        if self.undefined.as_ref().is_none_or(|first| error.range.start < first.range.start) {
            self.undefined = Some(error);
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

    fn string(&mut self) -> Outcome {
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
    fn refused(&self, token: Token<'_>) -> QueryError {
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

fn wrong(token: Token<'_>, message: String, hint: Option<String>) -> QueryError {
    let range: Range<usize> = token.start..token.end;
    QueryError { hint, ..super::error(range, QueryErrorKind::Syntax, message) }
}

/// The token at a place, past blanks and comments.
fn token(text: &str, from: usize) -> Token<'_> {
    let mut start = from;
    loop {
        let rest = &text[start..];
        let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        start += blank;
        match text[start..].strip_prefix('#') {
            Some(comment) => start += 1 + comment.find('\n').unwrap_or(comment.len()),
            None if blank == 0 => break,
            None => {}
        }
    }
    let rest = &text[start..];
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let begins_word = |text: &str| text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let word = |text: &str| text.find(|c| !is_word(c)).unwrap_or(text.len());
    let (kind, length) = if rest.is_empty() {
        (Kind::End, 0)
    } else if begins_word(rest) {
        let mut length = word(rest);
        while let Some(part) = rest[length..].strip_prefix("::").filter(|part| begins_word(part)) {
            length += 2 + word(part);
        }
        let name = &rest[..length];
        (if KEYWORDS.contains(&name) { Kind::Keyword(name) } else { Kind::Name(name) }, length)
    } else if rest.starts_with('"') {
        (Kind::Quote, 1)
    } else if let Some(name) = rest.strip_prefix('.').filter(|name| begins_word(name)) {
        (Kind::Field, 1 + word(name))
    } else if let Some(name) = rest.strip_prefix('@').filter(|name| word(name) > 0) {
        (Kind::Format, 1 + word(name))
    } else if let Some(found) = number(rest) {
        found
    } else if let Some(mark) = MARKS.iter().find(|mark| rest.starts_with(**mark)) {
        (Kind::Mark(mark), mark.len())
    } else {
        (Kind::Wrong, rest.chars().next().map_or(0, char::len_utf8))
    };
    Token { kind, start, end: start + length }
}

/// Digits and points, an exponent behind them.
fn number(rest: &str) -> Option<(Kind<'_>, usize)> {
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let mut length = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    if length == 0 || matches!(&rest[..length], "." | "..") {
        return None;
    }
    let mantissa = &rest[..length];
    let is_number = mantissa.matches('.').count() < 2;
    if let Some(exponent) = rest[length..].strip_prefix(['e', 'E']) {
        let sign = usize::from(exponent.starts_with(['+', '-']));
        let count = digits(&exponent[sign..]);
        length += if count > 0 { 1 + sign + count } else { 0 };
    }
    Some((if is_number { Kind::Number } else { Kind::Wrong }, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each line has what `jq` 1.6 says of a query, and the query; `tests/queries.rs` asks it again.
    #[test]
    fn what_jq_1_6_reads_is_read_and_nothing_else() {
        let lines = include_str!("../../../tests/fixtures/queries/grammar-1.6.tsv").lines();
        let wrong: Vec<_> = lines
            .filter_map(|line| line.split_once('\t'))
            .filter(|(is_read, query)| {
                let is_syntax = |error: QueryError| error.kind == QueryErrorKind::Syntax;
                (*is_read == "yes") == check(query).is_err_and(is_syntax)
            })
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn mistakes_have_the_place_that_jq_1_6_stumbles_over_and_a_way_out() {
        let cases = [
            ("{a: .b // \"x\", c: .d}", "//", "put the value in parentheses: `{a: (.b // \"x\")}`"),
            ("{a: .b | . - 1}", "-", "put the value in parentheses: `{a: (.b | . - 1)}`"),
            (
                "{\"k\": if .x then 1, 2 else 3 end, c: 1}",
                "if",
                "put the value in parentheses: `{\"k\": (if .x then 1, 2 else 3 end)}`",
            ),
            ("{a: .b | tonumber?}", "?", "put the value in parentheses: `{a: (.b | tonumber?)}`"),
            ("{a: (.b | if . then 1 end)}", "end", "add the other branch, such as `else . end`"),
            ("{a: .b.[0]}", "[", "leave out the `.` before the `[`: `.a[0]`"),
            ("{a: (.b?//1)}", "?//", "write a blank between the `?` and the `//`: `? //`"),
            ("{a: (if .b then . else . end.c)}", ".c", "put the whole of `if` in parentheses"),
            ("{a: \"\\(.b == 1 == 2)\"}", "==", "put the first part in parentheses"),
        ];
        for (query, part, hint) in cases {
            let error = check(query).expect_err(query);
            assert_eq!((&query[error.range.clone()], error.hint.as_deref()), (part, Some(hint)), "{query}");
        }
        for (query, part) in [
            ("{a: (.b | pick(.c))}", "pick"),
            ("{a: .b | ltrim}", "ltrim"),
            ("{a: .b | scan(\"x\"; \"g\")}", "scan"),
            ("{a: .b | debug(\"x\")}", "debug"),
            ("{a: .b | @urid}", "@urid"),
            ("{a: \"\\(.b | abs)\"}", "abs"),
            ("(def abs: 1; 2) | abs", "abs"),
            ("def f(trim): trim; trim", "trim"),
        ] {
            let error = check(query).expect_err(query);
            assert_eq!(
                (&query[error.range.clone()], error.kind),
                (part, QueryErrorKind::Undefined),
                "{query}"
            );
        }
        assert_eq!(check("{a: \"\\(.b | abs)\"}").unwrap_err().range.start, 12);
        for query in [
            "def abs: 1; {a: abs}",
            "def f(g; $x): def pick(h): g; pick(x); {a: f(.b; 1)}",
            "{a: @base64d \"\\(.b)\"}",
        ] {
            assert_eq!(check(query), Ok(()), "{query}");
        }
        let second = check("{a: \"\\(.b == 1 == 2)\"}").unwrap_err();
        assert_eq!(second.range.start, 15);
    }
}
