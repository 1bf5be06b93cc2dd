//! The query of a `MetadataExtraction` processor: jq that makes an object of partition keys.
//!
//! Every mistake has its place, and what compiles runs, within what a record may cost ([`budget`]). The service names its
//! engine `JQ-1.6`: what that version has is here ([`engine`]).

mod bindings_1_6;
mod budget;
mod direct;
mod engine;
mod functions_1_6;
mod grammar_1_6;
mod jq_text;
mod known;
mod members;
mod metering;
mod tokens_1_6;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use jaq_core::load::lex::Lexer;
use jaq_core::load::parse::{BinaryOp, Parser, Term};
use jaq_core::load::{lex, parse, span};
use jaq_json::Val;

pub use self::budget::STACK;
use self::engine::{Engine, Missing, NoResult};
use self::known::Known;

/// Longest value of a processor parameter, in characters (service model `ProcessorParameterValue`).
pub const LONGEST_QUERY: usize = 5120;
/// What a record fails with that is not JSON.
pub const NOT_JSON: &str = "The record is not JSON; partitionKeys values must not be null or empty";
/// Deepest brackets that are read; no real query comes near.
const DEEPEST: usize = 48;
/// Most operators and keywords that are read, since each may nest once.
const MOST_OPERATORS: usize = 700;

/// A value of a key, as `tostring` writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyText {
    /// The text.
    pub text: String,
    /// Whether the value is a text, and no number, list or the like.
    pub is_text: bool,
}

/// A value that is no text, as `tostring` of jq 1.6 writes it: all numbers are doubles.
pub fn tostring(value: &serde_json::Value) -> String {
    let json = value.to_string();
    // Only what is nested deeper than the engine reads is left as it is.
    jq_text::parse(json.as_bytes()).map_or(json, |value| jq_text::json(&value))
}

/// A query that compiles to an object.
#[derive(Debug, Clone)]
pub struct Query {
    text: Box<str>,
    engine: Arc<Engine>,
    known: Arc<Known>,
}

/// What is wrong with a query, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryError {
    /// The wrong part, in bytes of the query; empty at its end.
    pub range: Range<usize>,
    /// What kind of mistake it is.
    pub kind: QueryErrorKind,
    /// The fact, in words.
    pub message: String,
    /// What to write instead, where that is known.
    pub hint: Option<String>,
}

/// The kinds of mistakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryErrorKind {
    /// Not jq.
    Syntax,
    /// A function or variable that there is not.
    Undefined,
    /// Sound jq, but what it gives is certainly no object.
    NotAnObject,
    /// Longer or deeper than what is read here. Not a mistake of the query, but nothing is known of it.
    TooLarge,
}

impl Query {
    /// Compiles a query. The first mistake comes back, with its place.
    pub fn parse(text: &str) -> Result<Query, QueryError> {
        if text.chars().count() > LONGEST_QUERY || is_too_deep(text) {
            return Err(error(
                0..text.len(),
                QueryErrorKind::TooLarge,
                "the query is too large to be read".into(),
            ));
        }
        let term = syntax(text)?;
        grammar_1_6::check(text)?;
        let engine = compiled(text)?;
        if is_no_object(&term) {
            let message = "the query gives no object of keys, such as `{key: .field}`".into();
            return Err(error(0..text.len(), QueryErrorKind::NotAnObject, message));
        }
        Ok(Query { text: text.into(), engine: Arc::new(engine), known: Arc::default() })
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The values of some keys in the object that the query makes of a JSON record, as `tostring` writes them: of several
    /// objects the first one counts (CHOICE). `None` for null and for what is not there.
    ///
    /// # Errors
    /// Why there is no object, in words.
    pub fn values(&self, record: &[u8], keys: &[Box<str>]) -> Result<Vec<Option<KeyText>>, String> {
        if let Some(values) = self.engine.direct().and_then(|direct| direct.values(record, keys)) {
            return Ok(values);
        }
        self.values_by_engine(record, keys)
    }

    /// [`Query::values`] without the short way.
    fn values_by_engine(&self, record: &[u8], keys: &[Box<str>]) -> Result<Vec<Option<KeyText>>, String> {
        let members = self.engine.members();
        if let Some((wanted, found)) =
            members.and_then(|wanted| Some((wanted, jq_text::members(record, wanted)?)))
        {
            return self.known.get_or_find(keys, &found, || {
                self.run(jq_text::object(wanted, &found).map_err(|_| NOT_JSON.to_owned())?, keys)
            });
        }
        self.run(jq_text::parse(record).map_err(|_| NOT_JSON.to_owned())?, keys)
    }

    fn run(&self, input: Val, keys: &[Box<str>]) -> Result<Vec<Option<KeyText>>, String> {
        match self.engine.first(input) {
            Ok(Val::Obj(object)) => {
                let value = |key: &str| match object.get(&Val::utf8_str(key.to_owned())) {
                    None | Some(Val::Null) => None,
                    Some(value) => {
                        let is_text = matches!(value, Val::TStr(_) | Val::BStr(_));
                        Some(KeyText { text: jq_text::text(value), is_text })
                    }
                };
                Ok(keys.iter().map(|key| value(key)).collect())
            }
            Ok(_) => Err("The query gives no object".to_owned()),
            Err(NoResult::Nothing) => {
                Err("partitionKeys values must not be null or empty: the query gives nothing".to_owned())
            }
            Err(NoResult::Failed(message)) => Err(format!("The query failed: {message}")),
            Err(NoResult::Ended(why)) => Err(format!("The query was ended: {why}")),
        }
    }
}

impl fmt::Display for QueryError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for QueryError {}

fn error(range: Range<usize>, kind: QueryErrorKind, message: String) -> QueryError {
    QueryError { range, kind, message, hint: None }
}

/// Whether reading could go deeper than the stack of a thread bears: an upper bound from the bytes alone.
fn is_too_deep(text: &str) -> bool {
    const NESTING_WORDS: [&str; 10] =
        ["if", "elif", "def", "try", "reduce", "foreach", "label", "as", "and", "or"];
    let (mut depth, mut deepest, mut operators) = (0usize, 0usize, 0usize);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'|' | b'+' | b'-' | b'*' | b'/' | b'%' | b'=' | b'<' | b'>' | b'?' | b',' | b';' => {
                operators += 1
            }
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    let words = text.split(|c: char| !c.is_ascii_alphabetic());
    let words = words.filter(|word| NESTING_WORDS.contains(word)).count();
    deepest > DEEPEST || operators + words > MOST_OPERATORS
}

/// Reads tokens and terms, as the loader does, but keeping what was found for the words.
fn syntax(text: &str) -> Result<Term<&str>, QueryError> {
    let tokens = Lexer::new(text).lex().map_err(|errors| {
        let first = errors.into_iter().min_by_key(|(_, at)| span(text, at).start);
        let error = first.map_or_else(|| unreadable(text), |(expected, at)| lex_error(text, &expected, at));
        with_hint(text, error)
    })?;
    if let Some(range) = alternative_of_patterns(text, &tokens) {
        let message = "`?//` is one operator in jq 1.6, which stands between patterns only; write `? //` for `?` and `//`";
        return Err(error(range, QueryErrorKind::Syntax, message.to_owned()));
    }
    Parser::new(&tokens).parse(|parser| parser.term()).map_err(|errors| {
        let place =
            |found: &Option<&lex::Token<&str>>| found.map_or(text.len(), |token| span(text, token.0).start);
        let first = errors.into_iter().min_by_key(|(_, found)| place(found));
        first.map_or_else(
            || unreadable(text),
            |(expected, found)| parse_error(text, &expected, found.map(|t| t.0)),
        )
    })
}

/// The first place where jq 1.6 reads `?//` as one token, and the engine as two.
fn alternative_of_patterns(text: &str, tokens: &[lex::Token<&str>]) -> Option<Range<usize>> {
    let inside = |lex::Token(_, kind): &lex::Token<&str>| match kind {
        lex::Tok::Block(tokens) => alternative_of_patterns(text, tokens),
        lex::Tok::Str(parts) => parts.iter().find_map(|part| match part {
            lex::StrPart::Term(token) => alternative_of_patterns(text, std::slice::from_ref(token)),
            _ => None,
        }),
        _ => None,
    };
    tokens.iter().enumerate().find_map(|(at, token)| {
        let next = tokens.get(at + 1).filter(|next| token.0 == "?" && next.0.starts_with("//"));
        let (first, next) = (span(text, token.0), next.map(|next| span(text, next.0)));
        match next.filter(|next| next.start == first.end) {
            Some(_) => Some(first.start..first.end + 2),
            None => inside(token),
        }
    })
}

/// A path of JSONPath begins with `$`, which jq has no use for.
fn with_hint(text: &str, error: QueryError) -> QueryError {
    let before = text[..error.range.start].trim_end();
    let path = text[error.range.start..].trim_start_matches('$');
    if !before.ends_with('$') && !text[error.range.start..].starts_with('$') || !path.starts_with(['.', '['])
    {
        return error;
    }
    let end = path.find(|c: char| !(c.is_ascii_alphanumeric() || "._[]".contains(c))).unwrap_or(path.len());
    let dot = if path.starts_with('[') { "." } else { "" };
    let hint = format!("jq has no `$` for the record: write `{dot}{}`", &path[..end]);
    QueryError { hint: Some(hint), ..error }
}

fn unreadable(text: &str) -> QueryError {
    error(0..text.len(), QueryErrorKind::Syntax, "not readable as jq".into())
}

fn lex_error(text: &str, expected: &lex::Expect<&str>, at: &str) -> QueryError {
    let start = span(text, at).start;
    let next = at.chars().next();
    let end = start + next.map_or(0, char::len_utf8);
    let message = match (expected, next) {
        (lex::Expect::Delim(open), _) => return unclosed(text, open, start),
        (lex::Expect::Token, Some(found)) => format!("`{found}` has no meaning in jq here"),
        (expected, Some(found)) => format!("`{found}` where jq wants {}", with_article(expected.as_str())),
        (expected, None) => format!("the query ends where jq wants {}", with_article(expected.as_str())),
    };
    error(start..end, QueryErrorKind::Syntax, message)
}

fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {noun}")
}

/// A bracket or quote that is not closed: at another bracket that stands instead, or else at itself.
fn unclosed(text: &str, open: &str, at: usize) -> QueryError {
    let close = match open {
        "(" => ")",
        "[" => "]",
        "{" => "}",
        other => other,
    };
    if let Some(found) = text[at..].chars().next() {
        let message = match found {
            ')' | ']' | '}' => format!("`{found}` where `{open}` wants `{close}`"),
            found => format!("`{found}` has no meaning in jq here"),
        };
        return error(at..at + found.len_utf8(), QueryErrorKind::Syntax, message);
    }
    // The bracket is a part of the text; the quote may be a constant of the reader.
    let offset = (open.as_ptr() as usize).checked_sub(text.as_ptr() as usize);
    let start =
        offset.filter(|offset| offset + open.len() <= text.len()).or_else(|| text.rfind(open)).unwrap_or(at);
    let message = format!("`{open}` is not closed by `{close}`");
    error(start..(start + open.len()).min(text.len()), QueryErrorKind::Syntax, message)
}

fn parse_error(text: &str, expected: &parse::Expect<&str>, found: Option<&str>) -> QueryError {
    let wanted = match expected {
        parse::Expect::Just("") => "the end".to_owned(),
        parse::Expect::Just(word) => format!("`{word}`"),
        parse::Expect::CommaOrRBrace => "`,` or `}`".to_owned(),
        parse::Expect::CommaOrRBrack => "`,` or `]`".to_owned(),
        parse::Expect::SemicolonOrRParen => "`;` or `)`".to_owned(),
        parse::Expect::Nothing => "the end".to_owned(),
        parse::Expect::Term => "a value, such as `.field`".to_owned(),
        other => with_article(other.as_str()),
    };
    match found {
        // A token of a closing bracket holds just that; one of an opening bracket holds all up to its end.
        Some(token) => {
            let range = span(text, token);
            let length = match token.chars().next() {
                Some('(' | '[' | '{') => 1,
                _ => token.len(),
            };
            let shown = &token[..length.min(token.len())];
            error(
                range.start..range.start + length,
                QueryErrorKind::Syntax,
                format!("`{shown}` where jq wants {wanted}"),
            )
        }
        None => error(
            text.len()..text.len(),
            QueryErrorKind::Syntax,
            format!("the query ends where jq wants {wanted}"),
        ),
    }
}

/// Compiles, for functions and variables that there are not.
fn compiled(text: &str) -> Result<Engine, QueryError> {
    Engine::compile(text).map_err(|wrong| {
        let Ok(wrong) = wrong else {
            let message = "a query can't load modules".to_owned();
            return error(0..text.len(), QueryErrorKind::Undefined, message);
        };
        let first = wrong.into_iter().min_by_key(|(name, _)| span(text, name).start);
        let (name, what) = first.unwrap_or((text, Missing::Function(0)));
        let message = match what {
            Missing::Function(count) => no_function(name, count),
            Missing::Variable => format!("jq knows no variable `{name}` here"),
        };
        error(span(text, name), QueryErrorKind::Undefined, message)
    })
}

fn no_function(name: &str, arguments: usize) -> String {
    match arguments {
        0 => format!("jq has no function `{name}`"),
        1 => format!("jq has no function `{name}` of 1 argument"),
        count => format!("jq has no function `{name}` of {count} arguments"),
    }
}

/// Whether the result is certainly no object: a constant, a list, a plain path, an operation that gives none.
fn is_no_object(term: &Term<&str>) -> bool {
    match term {
        Term::Id | Term::Num(_) | Term::Str(..) | Term::Arr(_) | Term::Neg(_) | Term::Recurse => true,
        Term::Path(head, _) => matches!(**head, Term::Id),
        Term::BinOp(_, BinaryOp::Pipe(None), right) => {
            !matches!(**right, Term::Id | Term::Path(..)) && is_no_object(right)
        }
        Term::BinOp(_, BinaryOp::Cmp(_) | BinaryOp::And | BinaryOp::Or, _) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
