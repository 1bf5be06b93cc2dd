//! The spanned tree that templates are read into, and that rules and lowering look at.
//!
//! One tree type serves twice: as read (with [`Value::Call`] for each intrinsic function) and as resolved (where
//! what can't be known before a deployment is [`Value::Unknown`], or an unknown chunk of a [`Text`]).

use super::scalar::Style;
use super::span::Span;

/// A value and the place where it was written.
#[derive(Debug, Clone)]
pub struct Node {
    /// The bytes of the value; for a reference, those of the reference.
    pub span: Span,
    /// The value.
    pub value: Value,
    /// The `Ref` or `Fn::GetAtt` that this value came from, in a resolved tree.
    pub reference: Option<Box<Reference>>,
}

/// What a node holds.
#[derive(Debug, Clone)]
pub enum Value {
    /// Nothing, or `null`.
    Null,
    /// A boolean, with the text it was written as.
    Bool(bool, Box<str>),
    /// A number, as it was written.
    Number(Box<str>),
    /// A string.
    String(Text),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order of the file.
    Map(Map),
    /// An intrinsic function as written; resolved trees hold none.
    Call(Box<Call>),
    /// A value that is known after a deployment only, or not at all.
    Unknown(Unknown),
}

/// A mapping, in the order of the file.
#[derive(Debug, Clone, Default)]
pub struct Map {
    /// The entries; a key that stands twice is there twice.
    pub entries: Vec<Entry>,
}

/// A key and its value.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The key.
    pub key: Box<str>,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub node: Node,
}

/// An intrinsic function call as written.
#[derive(Debug, Clone)]
pub struct Call {
    /// The name without `Fn::` or `!`, such as `Sub`.
    pub function: Box<str>,
    /// Where the name stands: the tag, or the key.
    pub function_span: Span,
    /// Its argument.
    pub argument: Node,
}

/// A `Ref` or `Fn::GetAtt`, kept on the value that it gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The logical id, or the name of a parameter or pseudo parameter.
    pub target: Box<str>,
    /// The attribute; `None` for `Ref`.
    pub attribute: Option<Box<str>>,
}

/// Why a value is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unknown {
    /// A parameter without a value.
    Parameter(Box<str>),
    /// A pseudo parameter that was not given.
    Pseudo(Box<str>),
    /// What `Ref` or `Fn::GetAtt` of a resource gives after the deployment.
    Resource(Reference),
    /// A dynamic reference, `{{resolve:...}}`, whole.
    Dynamic(Box<str>),
    /// A function that is evaluated on deployment only, by its name.
    Function(Box<str>),
    /// A reference to something that the template does not declare (a finding of its own).
    Undeclared(Box<str>),
}

/// A string whose parts may come from several places, and some of which may be unknown.
#[derive(Debug, Clone, Default)]
pub struct Text {
    /// The parts, end to end.
    pub chunks: Vec<Chunk>,
}

/// A part of a text.
#[derive(Debug, Clone)]
pub enum Chunk {
    /// Known text.
    Known(Box<str>, Origin),
    /// A part that is not known.
    Unknown(Unknown, Span),
}

/// Where known text was written.
#[derive(Debug, Clone, Copy)]
pub struct Origin {
    /// The scalar that holds it; for text that is not literal, the place where it is used.
    pub scalar: Span,
    /// How that scalar is written.
    pub style: Style,
    /// Where the text begins within the decoded scalar, in bytes.
    pub offset: u32,
    /// Whether it stands literally at the place of use (and not in a parameter, mapping or made-up name).
    pub literal: bool,
}

/// The character that stands for an unknown part in [`Text::masked`].
pub const HOLE: char = '\u{FFFC}';

impl Text {
    /// A text of one known part.
    pub fn known(text: impl Into<Box<str>>, origin: Origin) -> Text {
        Text { chunks: vec![Chunk::Known(text.into(), origin)] }
    }

    /// The text, if it lies in one piece that is known. Resolved texts without unknown parts may still lie in
    /// several pieces: see [`Text::known_text`].
    pub fn as_str(&self) -> Option<&str> {
        match self.chunks.as_slice() {
            [] => Some(""),
            [Chunk::Known(text, _)] => Some(text),
            _ => None,
        }
    }

    /// The whole text, if every part of it is known.
    pub fn known_text(&self) -> Option<std::borrow::Cow<'_, str>> {
        match self.as_str() {
            Some(text) => Some(text.into()),
            None => self.is_known().then(|| self.masked().into()),
        }
    }

    /// Whether every part is known.
    pub fn is_known(&self) -> bool {
        self.chunks.iter().all(|chunk| matches!(chunk, Chunk::Known(..)))
    }

    /// The text with [`HOLE`] for each unknown part.
    pub fn masked(&self) -> String {
        let mut masked = String::new();
        for chunk in &self.chunks {
            match chunk {
                Chunk::Known(text, _) => masked.push_str(text),
                Chunk::Unknown(..) => masked.push(HOLE),
            }
        }
        masked
    }

    /// The source span of a byte range of [`Text::masked`]; `None` where the range is empty of source.
    pub fn span_of(&self, source: &str, range: std::ops::Range<usize>) -> Option<Span> {
        let mut begin = 0;
        let mut found: Option<Span> = None;
        for chunk in &self.chunks {
            let (length, span) = match chunk {
                Chunk::Known(text, origin) => {
                    let from = range.start.clamp(begin, begin + text.len()) - begin;
                    let to = range.end.clamp(begin, begin + text.len()) - begin;
                    let inside = from < to || (range.is_empty() && range.start == begin + from);
                    let offset = origin.offset as usize;
                    let span = match origin.literal {
                        _ if !inside => None,
                        true => {
                            let decoded = offset + from..offset + to;
                            super::scalar::locate(source, origin.scalar, origin.style, decoded)
                        }
                        false => Some(origin.scalar),
                    };
                    (text.len(), span)
                }
                Chunk::Unknown(_, span) => {
                    let length = HOLE.len_utf8();
                    let inside = range.start < begin + length && range.end > begin;
                    (length, inside.then_some(*span))
                }
            };
            found = match (found, span) {
                (Some(a), Some(b)) if b.start >= a.start => Some(a.join(b)),
                (Some(a), _) => Some(a),
                (None, b) => b,
            };
            begin += length;
        }
        found
    }
}

impl Map {
    /// The entry of a key; where the key stands twice, the last, as CloudFormation takes it.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| &*entry.key == key)
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.node)
    }
}

impl Node {
    /// A node that came from no reference.
    pub fn new(span: Span, value: Value) -> Node {
        Node { span, value, reference: None }
    }

    /// The mapping, if it is one.
    pub fn as_map(&self) -> Option<&Map> {
        match &self.value {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The list, if it is one.
    pub fn as_list(&self) -> Option<&[Node]> {
        match &self.value {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// The value of a key, if this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_map()?.get(key)
    }

    /// A wholly known scalar as text, numbers and booleans as they were written.
    pub fn as_text(&self) -> Option<std::borrow::Cow<'_, str>> {
        match &self.value {
            Value::String(text) => text.known_text(),
            Value::Number(raw) | Value::Bool(_, raw) => Some((&**raw).into()),
            _ => None,
        }
    }

    /// A known boolean after CloudFormation's coercion: `true`, `"true"`, `yes`, ...
    pub fn as_bool(&self) -> Option<bool> {
        match &self.value {
            Value::Bool(value, _) => Some(*value),
            Value::String(text) => match text.known_text()? {
                text if text.eq_ignore_ascii_case("true") => Some(true),
                text if text.eq_ignore_ascii_case("false") => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// A known number after CloudFormation's coercion.
    pub fn as_number(&self) -> Option<f64> {
        let number: f64 = self.as_text()?.trim().parse().ok()?;
        (number.is_finite() && !matches!(self.value, Value::Bool(..))).then_some(number)
    }

    /// Whether the value as a whole is not known.
    pub fn is_unknown(&self) -> bool {
        match &self.value {
            Value::Unknown(_) | Value::Call(_) => true,
            Value::String(text) => matches!(text.chunks.as_slice(), [Chunk::Unknown(..)]),
            _ => false,
        }
    }
}
