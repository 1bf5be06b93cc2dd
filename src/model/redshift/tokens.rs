//! Words, signs and quoted texts of SQL, with their places. Comments are left out.

use std::ops::Range;

/// The most bytes of a statement that are read.
const LONGEST: usize = 1 << 20;

/// A piece of SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A bare word or number, in lower case; a name in double quotes keeps its letters but is lowered, too, as Redshift
    /// does unless `enable_case_sensitive_identifier` is set.
    Word { text: String, is_quoted: bool },
    /// A text in single quotes, with doubled quotes undone.
    Text(String),
    /// Any other character.
    Sign(char),
}

/// A token and its bytes in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placed {
    pub token: Token,
    pub range: Range<usize>,
}

/// What is wrong with a text of SQL, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlProblem {
    /// What is wrong.
    pub message: String,
    /// The bytes.
    pub range: Range<usize>,
}

impl SqlProblem {
    pub(super) fn new(message: impl Into<String>, range: Range<usize>) -> SqlProblem {
        SqlProblem { message: message.into(), range }
    }
}

/// Takes a text apart.
pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, SqlProblem> {
    if text.len() > LONGEST {
        return Err(SqlProblem::new("the statement is longer than 1 MiB", 0..0));
    }
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(next) = text[at..].chars().next() {
        let rest = &text[at..];
        let start = at;
        if next.is_whitespace() {
            at += next.len_utf8();
            continue;
        }
        if rest.starts_with("--") {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        }
        if rest.starts_with("/*") {
            at += rest.find("*/").map_or(rest.len(), |end| end + 2);
            continue;
        }
        let token = match next {
            '\'' | '"' => {
                let (text, length) = quoted(rest, next)
                    .ok_or_else(|| SqlProblem::new("a quote is not closed", start..start + 1))?;
                at += length;
                match next {
                    '\'' => Token::Text(text),
                    _ => Token::Word { text: text.to_lowercase(), is_quoted: true },
                }
            }
            next if is_part(next) => {
                let length = rest.find(|other| !is_part(other)).unwrap_or(rest.len());
                at += length;
                Token::Word { text: rest[..length].to_lowercase(), is_quoted: false }
            }
            next => {
                at += next.len_utf8();
                Token::Sign(next)
            }
        };
        tokens.push(Placed { token, range: start..at });
    }
    Ok(tokens)
}

/// The text inside quotes, and how many bytes the whole takes.
fn quoted(rest: &str, quote: char) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut characters = rest.char_indices().skip(1).peekable();
    while let Some((at, next)) = characters.next() {
        if next != quote {
            text.push(next);
        } else if characters.next_if(|(_, after)| *after == quote).is_some() {
            text.push(quote);
        } else {
            return Some((text, at + 1));
        }
    }
    None
}

fn is_part(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '$')
}

/// Tokens that are read one after another.
pub(super) struct Cursor {
    tokens: Vec<Placed>,
    at: usize,
    end: usize,
}

impl Cursor {
    pub(super) fn new(text: &str) -> Result<Cursor, SqlProblem> {
        Ok(Cursor { tokens: tokens(text)?, at: 0, end: text.len() })
    }

    pub(super) fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|placed| &placed.token)
    }

    pub(super) fn next(&mut self) -> Option<Placed> {
        let placed = self.tokens.get(self.at).cloned();
        self.at += usize::from(placed.is_some());
        placed
    }

    /// The place of the next token, or of the end.
    pub(super) fn place(&self) -> Range<usize> {
        self.tokens.get(self.at).map_or(self.end..self.end, |placed| placed.range.clone())
    }

    /// Takes a bare word, if it is the next.
    pub(super) fn takes(&mut self, word: &str) -> bool {
        let is_next = matches!(self.peek(), Some(Token::Word { text, is_quoted: false }) if text == word);
        self.at += usize::from(is_next);
        is_next
    }

    /// Takes a sign, if it is the next.
    pub(super) fn takes_sign(&mut self, sign: char) -> bool {
        let is_next = self.peek() == Some(&Token::Sign(sign));
        self.at += usize::from(is_next);
        is_next
    }

    pub(super) fn sign(&mut self, sign: char) -> Result<(), SqlProblem> {
        if self.takes_sign(sign) { Ok(()) } else { Err(self.wanted(&format!("`{sign}`"))) }
    }

    pub(super) fn word(&mut self, what: &str) -> Result<String, SqlProblem> {
        match self.next() {
            Some(Placed { token: Token::Word { text, .. }, .. }) => Ok(text),
            other => {
                self.at -= usize::from(other.is_some());
                Err(self.wanted(what))
            }
        }
    }

    pub(super) fn text(&mut self, what: &str) -> Result<String, SqlProblem> {
        match self.next() {
            Some(Placed { token: Token::Text(text), .. }) => Ok(text),
            other => {
                self.at -= usize::from(other.is_some());
                Err(self.wanted(what))
            }
        }
    }

    pub(super) fn number(&mut self, what: &str) -> Result<u32, SqlProblem> {
        let place = self.place();
        self.word(what)?.parse().map_err(|_| SqlProblem::new(format!("{what} is no number"), place))
    }

    pub(super) fn wanted(&self, what: &str) -> SqlProblem {
        let message = match self.peek() {
            None => format!("{what} is missing at the end"),
            Some(Token::Word { text, .. }) => format!("{what} is missing before `{text}`"),
            Some(Token::Text(text)) => format!("{what} is missing before '{text}'"),
            Some(Token::Sign(sign)) => format!("{what} is missing before `{sign}`"),
        };
        SqlProblem::new(message, self.place())
    }

    /// Skips a group in parentheses whose opening one was taken.
    pub(super) fn skip_group(&mut self) -> Result<(), SqlProblem> {
        let mut depth = 1_u32;
        while depth > 0 {
            match self.next().map(|placed| placed.token) {
                Some(Token::Sign('(')) => depth += 1,
                Some(Token::Sign(')')) => depth -= 1,
                Some(_) => {}
                None => return Err(self.wanted("`)`")),
            }
        }
        Ok(())
    }
}
