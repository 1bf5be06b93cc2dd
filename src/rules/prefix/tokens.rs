//! Texts with holes, comparable: a hole equals another that comes from the same reference.

use super::parsed::ParsedText;
use crate::foundation::document::{Chunk, Unknown, Value};
use crate::model::prefix::{DateItemKind, DatePattern, Piece};
use crate::rules::Place;

/// A character, or what stands for some.
#[derive(Debug, Clone)]
pub enum Token {
    /// A character.
    Known(char),
    /// A part that is not known before deployment.
    Hole(Unknown),
    /// What an expression comes to; a run of them is one.
    Value,
}

impl PartialEq for Token {
    /// What two functions come to is the same or not.
    fn eq(&self, other: &Token) -> bool {
        match (self, other) {
            (Token::Known(one), Token::Known(other)) => one == other,
            (Token::Hole(Unknown::Function(_)), _) => false,
            (Token::Hole(one), Token::Hole(other)) => one == other,
            (Token::Value, Token::Value) => true,
            _ => false,
        }
    }
}

impl Token {
    /// The character, if it is one.
    pub fn known(&self) -> Option<char> {
        match self {
            Token::Known(character) => Some(*character),
            _ => None,
        }
    }
}

/// A hole that equals none.
pub fn nothing() -> Token {
    Token::Hole(Unknown::Function("expression".into()))
}

/// The tokens of known text.
pub fn text(text: &str) -> Vec<Token> {
    text.chars().map(Token::Known).collect()
}

/// The tokens of a value, one for each character of its masked text.
pub fn of(place: &Place<'_>) -> Vec<Token> {
    match &place.node.value {
        Value::String(written) => written
            .chunks
            .iter()
            .flat_map(|chunk| match chunk {
                Chunk::Known(known, _) => text(known),
                Chunk::Unknown(why, _) => vec![Token::Hole(why.clone())],
            })
            .collect(),
        Value::Number(raw) | Value::Bool(_, raw) => text(raw),
        Value::Unknown(why) => vec![Token::Hole(why.clone())],
        _ => vec![nothing()],
    }
}

/// The tokens of a prefix before its first expression.
pub fn static_head(prefix: &ParsedText<'_>) -> Vec<Token> {
    let end = prefix.first_expression().map_or(prefix.text.len(), |range| range.start);
    let mut tokens = of(&prefix.place);
    tokens.truncate(prefix.part(0..end).chars().count());
    tokens
}

/// What a prefix comes to: expressions are values, and without any the folders that the service adds stand behind.
pub fn evaluated(prefix: Option<&ParsedText<'_>>) -> Vec<Token> {
    let mut out = Vec::new();
    if let Some(prefix) = prefix {
        let written = of(&prefix.place);
        for part in prefix.prefix.parts() {
            match &part.piece {
                Piece::Literal(_) | Piece::Hole => {
                    let start = prefix.part(0..part.range.start).chars().count();
                    let length = prefix.part(part.range.clone()).chars().count();
                    out.extend(written.iter().skip(start).take(length).cloned());
                }
                Piece::Timestamp(pattern) => date(pattern, &mut out),
                Piece::Unknown(_) => out.push(nothing()),
                _ => value(&mut out),
            }
        }
    }
    if !prefix.is_some_and(|prefix| prefix.prefix.has_expressions()) {
        for _ in ["yyyy", "MM", "dd", "HH"] {
            value(&mut out);
            out.push(Token::Known('/'));
        }
    }
    out
}

/// What a date pattern comes to.
pub fn date(pattern: &DatePattern, out: &mut Vec<Token>) {
    for item in pattern.items() {
        match &item.kind {
            DateItemKind::Literal(literal) => out.extend(text(literal)),
            DateItemKind::Field { .. } => value(out),
        }
    }
}

/// Adds a value, if the last token is none.
pub fn value(out: &mut Vec<Token>) {
    if out.last() != Some(&Token::Value) {
        out.push(Token::Value);
    }
}

/// Cuts a path at its slashes; the empty end behind the last slash is left out.
pub fn folders(path: &[Token]) -> Vec<&[Token]> {
    let path = match path {
        [rest @ .., Token::Known('/')] => rest,
        _ => path,
    };
    if path.is_empty() { Vec::new() } else { path.split(|token| *token == Token::Known('/')).collect() }
}
