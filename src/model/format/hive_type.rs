//! Hive's types as Glue spells them, such as `array<struct<id:bigint,price:decimal(10,2)>>`.

use std::fmt;

/// Levels of nesting that a type may have.
const DEEPEST: usize = 32;

/// A type of a column (behaviour sheet, 9.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HiveType {
    /// `boolean`.
    Boolean,
    /// `tinyint`: 8 bits.
    TinyInt,
    /// `smallint`: 16 bits.
    SmallInt,
    /// `int` or `integer`: 32 bits.
    Int,
    /// `bigint`: 64 bits.
    BigInt,
    /// `float`: 32 bits.
    Float,
    /// `double`: 64 bits.
    Double,
    /// `decimal(precision,scale)`.
    Decimal {
        /// Digits in all, 1 to 38.
        precision: u8,
        /// Digits after the point, at most `precision`.
        scale: u8,
    },
    /// `string`.
    String,
    /// `char(length)`, in characters, 1 to 255.
    Char(u32),
    /// `varchar(length)`, in characters, 1 to 65535.
    Varchar(u32),
    /// `binary`.
    Binary,
    /// `date`.
    Date,
    /// `timestamp`.
    Timestamp,
    /// `array<element>`.
    Array(Box<HiveType>),
    /// `map<key,value>`; the key is primitive.
    Map(Box<HiveType>, Box<HiveType>),
    /// `struct<name:type,...>`, with at least one field.
    Struct(Vec<(String, HiveType)>),
}

/// Why a text is no type that can be converted to, and where in the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TypeError {
    /// What is wrong.
    pub message: String,
    /// The offset in bytes.
    pub at: usize,
}

impl HiveType {
    /// Reads a type; letter case of words and blanks between them do not matter.
    ///
    /// # Errors
    /// What is wrong with the text, and where.
    pub fn parse(text: &str) -> Result<HiveType, TypeError> {
        let mut parser = Parser { text, at: 0 };
        let found = parser.hive_type(0)?;
        parser.blanks();
        match parser.at == text.len() {
            true => Ok(found),
            false => Err(parser.error(format!("`{}` follows the type", &text[parser.at..]))),
        }
    }

    /// Reads a type at the start of a text, and says where it ends.
    pub(super) fn parse_start(text: &str) -> Result<(HiveType, usize), TypeError> {
        let mut parser = Parser { text, at: 0 };
        let found = parser.hive_type(0)?;
        Ok((found, parser.at))
    }

    /// Whether it holds no other types.
    pub fn is_primitive(&self) -> bool {
        !matches!(self, HiveType::Array(_) | HiveType::Map(..) | HiveType::Struct(_))
    }
}

impl fmt::Display for HiveType {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HiveType::Boolean => out.write_str("boolean"),
            HiveType::TinyInt => out.write_str("tinyint"),
            HiveType::SmallInt => out.write_str("smallint"),
            HiveType::Int => out.write_str("int"),
            HiveType::BigInt => out.write_str("bigint"),
            HiveType::Float => out.write_str("float"),
            HiveType::Double => out.write_str("double"),
            HiveType::Decimal { precision, scale } => write!(out, "decimal({precision},{scale})"),
            HiveType::String => out.write_str("string"),
            HiveType::Char(length) => write!(out, "char({length})"),
            HiveType::Varchar(length) => write!(out, "varchar({length})"),
            HiveType::Binary => out.write_str("binary"),
            HiveType::Date => out.write_str("date"),
            HiveType::Timestamp => out.write_str("timestamp"),
            HiveType::Array(element) => write!(out, "array<{element}>"),
            HiveType::Map(key, value) => write!(out, "map<{key},{value}>"),
            HiveType::Struct(fields) => {
                out.write_str("struct<")?;
                for (at, (name, kind)) in fields.iter().enumerate() {
                    write!(out, "{}{name}:{kind}", if at > 0 { "," } else { "" })?;
                }
                out.write_str(">")
            }
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn error(&self, message: impl Into<String>) -> TypeError {
        TypeError { message: message.into(), at: self.at }
    }

    fn blanks(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn word(&mut self) -> &'a str {
        self.blanks();
        let rest = &self.text[self.at..];
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    fn is_next(&mut self, sign: char) -> bool {
        self.blanks();
        self.text[self.at..].starts_with(sign)
    }

    fn sign(&mut self, sign: char) -> Result<(), TypeError> {
        match self.is_next(sign) {
            true => {
                self.at += sign.len_utf8();
                Ok(())
            }
            false => Err(self.error(format!("`{sign}` is missing in `{}`", self.text))),
        }
    }

    fn hive_type(&mut self, depth: usize) -> Result<HiveType, TypeError> {
        if depth > DEEPEST {
            return Err(self.error(format!("the type is nested deeper than {DEEPEST} levels")));
        }
        self.blanks();
        let start = self.at;
        let word = self.word().to_ascii_lowercase();
        let found = match word.as_str() {
            "boolean" => HiveType::Boolean,
            "tinyint" => HiveType::TinyInt,
            "smallint" => HiveType::SmallInt,
            "int" | "integer" => HiveType::Int,
            "bigint" => HiveType::BigInt,
            "float" => HiveType::Float,
            "double" => {
                // DDL also writes `double precision`.
                let before = self.at;
                if !self.word().eq_ignore_ascii_case("precision") {
                    self.at = before;
                }
                HiveType::Double
            }
            "decimal" | "dec" | "numeric" => self.decimal()?,
            "string" => HiveType::String,
            "char" => HiveType::Char(self.length("char", 255)?),
            "varchar" => HiveType::Varchar(self.length("varchar", 65535)?),
            "binary" => HiveType::Binary,
            "date" => HiveType::Date,
            "timestamp" => HiveType::Timestamp,
            "array" => {
                self.sign('<')?;
                let element = self.hive_type(depth + 1)?;
                self.sign('>')?;
                HiveType::Array(Box::new(element))
            }
            "map" => {
                self.sign('<')?;
                let key = self.hive_type(depth + 1)?;
                if !key.is_primitive() {
                    return Err(self.error(format!("`{key}` can't be the key of a map")));
                }
                self.sign(',')?;
                let value = self.hive_type(depth + 1)?;
                self.sign('>')?;
                HiveType::Map(Box::new(key), Box::new(value))
            }
            "struct" => self.structure(depth)?,
            other => {
                self.at = start;
                return Err(self.error(match other {
                    "set" => "`set<>` can't be written as Parquet or ORC: use `array<>`".to_owned(),
                    "uniontype" => "`uniontype<>` can't be converted: use a `struct<>`".to_owned(),
                    "" => format!("a type is missing in `{}`", self.text),
                    other => format!("`{other}` is no type that can be converted to"),
                }));
            }
        };
        Ok(found)
    }

    fn number(&mut self) -> Result<u32, TypeError> {
        let start = self.at;
        let word = self.word();
        word.parse().map_err(|_| TypeError { message: format!("`{word}` is no number"), at: start })
    }

    fn decimal(&mut self) -> Result<HiveType, TypeError> {
        if !self.is_next('(') {
            return Ok(HiveType::Decimal { precision: 10, scale: 0 });
        }
        self.sign('(')?;
        let precision = self.number()?;
        let scale = match self.is_next(',') {
            true => {
                self.sign(',')?;
                self.number()?
            }
            false => 0,
        };
        self.sign(')')?;
        match (u8::try_from(precision), u8::try_from(scale)) {
            (Ok(precision @ 1..=38), Ok(scale)) if scale <= precision => {
                Ok(HiveType::Decimal { precision, scale })
            }
            _ => Err(self.error(format!(
                "`decimal({precision},{scale})`: the precision is 1 to 38, the scale at most the precision"
            ))),
        }
    }

    fn length(&mut self, word: &str, longest: u32) -> Result<u32, TypeError> {
        self.sign('(')?;
        let length = self.number()?;
        self.sign(')')?;
        match (1..=longest).contains(&length) {
            true => Ok(length),
            false => Err(self.error(format!("`{word}({length})`: the length is 1 to {longest}"))),
        }
    }

    fn structure(&mut self, depth: usize) -> Result<HiveType, TypeError> {
        self.sign('<')?;
        let mut fields: Vec<(String, HiveType)> = Vec::new();
        loop {
            let name = self.field_name()?;
            self.sign(':')?;
            let kind = self.hive_type(depth + 1)?;
            if fields.iter().any(|(other, _)| other.eq_ignore_ascii_case(&name)) {
                return Err(self.error(format!("the field `{name}` stands twice")));
            }
            fields.push((name, kind));
            self.comment();
            if !self.is_next(',') {
                break;
            }
            self.sign(',')?;
        }
        self.sign('>')?;
        Ok(HiveType::Struct(fields))
    }

    /// `COMMENT '...'` after a field, as DDL has it.
    fn comment(&mut self) {
        let before = self.at;
        if !self.word().eq_ignore_ascii_case("comment") || !self.is_next('\'') {
            self.at = before;
            return;
        }
        let rest = &self.text[self.at + 1..];
        match rest.find('\'') {
            Some(length) => self.at += length + 2,
            None => self.at = before,
        }
    }

    fn field_name(&mut self) -> Result<String, TypeError> {
        self.blanks();
        let rest = &self.text[self.at..];
        let (name, length) = match rest.strip_prefix('`') {
            Some(quoted) => match quoted.find('`') {
                Some(end) => (&quoted[..end], end + 2),
                None => return Err(self.error("a backtick is not closed")),
            },
            None => {
                let end = rest.find([':', ',', '<', '>', '(', ')']).unwrap_or(rest.len());
                (rest[..end].trim_end(), end)
            }
        };
        if name.is_empty() {
            return Err(self.error(format!("the name of a field is missing in `{}`", self.text)));
        }
        self.at += length;
        Ok(name.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read_and_written() {
        for text in [
            "boolean",
            "decimal(38,18)",
            "char(255)",
            "varchar(65535)",
            "array<map<string,struct<a:int,b_2:array<timestamp>>>>",
        ] {
            assert_eq!(HiveType::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(HiveType::parse(" DECIMAL ").unwrap().to_string(), "decimal(10,0)");
        assert_eq!(HiveType::parse("Decimal( 5 )").unwrap().to_string(), "decimal(5,0)");
        assert_eq!(HiveType::parse("INTEGER").unwrap(), HiveType::Int);
        let spaced = HiveType::parse("struct< `a b` : int COMMENT 'x>', c:Array< string > >").unwrap();
        assert_eq!(spaced.to_string(), "struct<a b:int,c:array<string>>");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let error = |text: &str| HiveType::parse(text).unwrap_err();
        assert_eq!(error("array<set<string>>").at, 6);
        assert!(error("array<set<string>>").message.contains("use `array<>`"));
        assert!(error("uniontype<int,string>").message.contains("uniontype"));
        assert!(error("text").message.contains("`text` is no type"));
        assert!(error("decimal(39,0)").message.contains("1 to 38"));
        assert!(error("decimal(5,6)").message.contains("1 to 38"));
        assert!(error("char(256)").message.contains("1 to 255"));
        assert!(error("struct<>").message.contains("name of a field"));
        assert!(error("map<array<int>,int>").message.contains("key of a map"));
        assert!(error("int x").message.contains("follows"));
        assert!(error(&"array<".repeat(100_000)).message.contains("deeper"));
    }
}
