//! A table of Snowflake, as its `CREATE TABLE` has it: what rows it takes by Snowpipe Streaming.
//!
//! Source: behaviour sheet, 10.7; what the types take is in Snowflake's documentation of Snowpipe Streaming. CHOICE: where
//! that is generous (dates and times as texts or numbers), any text that looks like one passes.

use std::ops::Range;

use crate::model::{
    format::json::Json,
    json_row::{kind, text},
};

/// The most bytes of a file that are read.
const LONGEST: usize = 1 << 20;

/// What a column takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// `VARIANT`: anything.
    Variant,
    /// `OBJECT`.
    Object,
    /// `ARRAY`.
    Array,
    /// `NUMBER` and its other names, with precision and scale.
    Number(usize, usize),
    /// `FLOAT` and its other names.
    Float,
    /// `BOOLEAN`.
    Boolean,
    /// `VARCHAR` and its other names, with the most characters.
    Text(usize),
    /// `DATE`, `TIME`, `TIMESTAMP` and its kinds.
    Moment,
    /// `BINARY`: hexadecimal digits.
    Binary,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The name: in upper case, unless it was quoted.
    pub name: String,
    /// The type; `None` for those that can't be loaded.
    pub kind: Option<ColumnType>,
    /// The type as it was written.
    pub written: String,
    /// `NOT NULL`.
    pub is_required: bool,
    /// What can't be loaded: `AUTOINCREMENT`, `IDENTITY`, a default, a collation.
    pub unsupported: Option<&'static str>,
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Definition {
    /// Database, schema and table, as far as they are said.
    pub name: Vec<String>,
    /// The columns.
    pub columns: Vec<Column>,
}

/// What is wrong with a definition, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlProblem {
    /// What is wrong.
    pub message: String,
    /// The bytes.
    pub range: Range<usize>,
}

impl Definition {
    /// Why a row is refused: code and message. `row` has columns, named as Snowflake names them, with values.
    pub fn refuses(&self, row: &[(String, &Json<'_>)]) -> Option<(&'static str, String)> {
        for Column { name, kind, written, unsupported, .. } in &self.columns {
            let what = unsupported.map(str::to_owned).or_else(|| kind.is_none().then(|| written.clone()));
            if let Some(what) = what {
                return Some((
                    "Snowflake.InvalidColumns",
                    format!("The column {name} has {what}, which can't be loaded."),
                ));
            }
        }
        let column = |name: &str| self.columns.iter().find(|column| column.name == name);
        if let Some((name, _)) = row.iter().find(|(name, _)| column(name).is_none()) {
            return Some(("Snowflake.ExtraColumns", format!("The table has no column {name}.")));
        }
        let value = |name: &str| row.iter().find(|(known, _)| known == name).map(|(_, value)| *value);
        for column in &self.columns {
            let value = value(&column.name).filter(|value| **value != Json::Null);
            match (value, column.kind) {
                (None, _) if column.is_required => {
                    let message = format!(
                        "The column {} is NOT NULL, and the record has no value for it.",
                        column.name
                    );
                    return Some(("Snowflake.MissingColumns", message));
                }
                (Some(value), Some(wanted)) if !wanted.takes(value) => {
                    let shown: String = value.to_json().chars().take(80).collect();
                    let message = format!(
                        "The column {} is {}, and the record has {} such as {shown}.",
                        column.name,
                        column.written,
                        kind(value)
                    );
                    return Some(("Snowflake.IncorrectValue", message));
                }
                _ => {}
            }
        }
        None
    }

    /// Whether it may be the table of this name.
    pub fn is_named(&self, database: &str, schema: &str, table: &str) -> bool {
        let wanted = [table, schema, database].map(identifier);
        self.name.iter().rev().zip(&wanted).all(|(known, wanted)| known == wanted)
    }
}

/// The identifier that a name means: in upper case, unless it is quoted.
pub fn identifier(name: &str) -> String {
    match name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\"\"", "\""),
        None => name.to_uppercase(),
    }
}

impl ColumnType {
    fn takes(self, value: &Json<'_>) -> bool {
        let number = |text: &str| serde_json::from_str::<serde_json::Number>(text.trim()).is_ok();
        match (self, value) {
            (ColumnType::Variant, _)
            | (ColumnType::Object, Json::Object(..))
            | (ColumnType::Array, Json::Array(..))
            | (ColumnType::Moment, Json::Number(_))
            | (ColumnType::Boolean, Json::Bool(_) | Json::Number(_)) => true,
            (ColumnType::Number(precision, scale), Json::Number(raw)) => holds(precision, scale, raw),
            (ColumnType::Number(precision, scale), Json::String(text)) => {
                number(text) && holds(precision, scale, text.trim())
            }
            (ColumnType::Float, Json::Number(raw)) => is_finite(raw),
            (ColumnType::Float, Json::String(text)) => {
                number(text) && is_finite(text.trim())
                    || ["nan", "inf", "-inf"].contains(&&*text.trim().to_lowercase())
            }
            (ColumnType::Boolean, Json::String(text)) => {
                let known = ["true", "t", "yes", "y", "on", "1", "false", "f", "no", "n", "off", "0"];
                known.contains(&&*text.trim().to_lowercase())
            }
            (ColumnType::Text(longest), Json::String(text)) => text.chars().count() <= longest,
            (ColumnType::Text(longest), Json::Number(raw)) => raw.len() <= longest,
            (ColumnType::Text(longest), Json::Bool(_)) => longest >= 4,
            (ColumnType::Moment, Json::String(text)) => {
                let is_part = |c: char| c.is_ascii_digit() || c.is_whitespace() || "-+:./TtZz".contains(c);
                text.starts_with(|c: char| c.is_ascii_digit() || c == '-') && text.chars().all(is_part)
            }
            (ColumnType::Binary, Json::String(text)) => {
                text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
            }
            _ => false,
        }
    }

    /// The type of this name; the numbers in parentheses come from behind it.
    fn named(name: &str, length: Option<usize>, scale: Option<usize>) -> Option<ColumnType> {
        Some(match name {
            "VARIANT" => ColumnType::Variant,
            "OBJECT" => ColumnType::Object,
            "ARRAY" => ColumnType::Array,
            "NUMBER" | "DECIMAL" | "DEC" | "NUMERIC" | "INT" | "INTEGER" | "BIGINT" | "SMALLINT"
            | "TINYINT" | "BYTEINT" => ColumnType::Number(length.unwrap_or(38), scale.unwrap_or(0)),
            "FLOAT" | "FLOAT4" | "FLOAT8" | "DOUBLE" | "REAL" => ColumnType::Float,
            "BOOLEAN" => ColumnType::Boolean,
            "CHAR" | "CHARACTER" | "NCHAR" => ColumnType::Text(length.unwrap_or(1)),
            "VARCHAR" | "STRING" | "TEXT" | "NVARCHAR" | "NVARCHAR2" | "CHAR VARYING" => {
                ColumnType::Text(length.unwrap_or(16_777_216))
            }
            "DATE" | "TIME" | "DATETIME" | "TIMESTAMP" | "TIMESTAMP_NTZ" | "TIMESTAMP_LTZ"
            | "TIMESTAMP_TZ" | "TIMESTAMPNTZ" | "TIMESTAMPLTZ" | "TIMESTAMPTZ" => ColumnType::Moment,
            "BINARY" | "VARBINARY" => ColumnType::Binary,
            _ => return None,
        })
    }
}

/// Whether a number is one of a 64-bit float, which `FLOAT` is.
fn is_finite(raw: &str) -> bool {
    raw.parse::<f64>().is_ok_and(f64::is_finite)
}

/// Whether a column of this precision and scale holds a number of JSON: digits beyond the scale are rounded away, half
/// away from zero; those before the point must fit. Exact for any number of digits.
fn holds(precision: usize, scale: usize, raw: &str) -> bool {
    let (mantissa, exponent) = raw.split_once(['e', 'E']).unwrap_or((raw, "0"));
    let mantissa = mantissa.trim_start_matches('-');
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_start_matches('0').as_bytes();
    let zeros = (digits.len() - significant.len()) as i64;
    if significant.is_empty() {
        return true;
    }
    // An exponent beyond 64 bits is far out of range one way or the other.
    let exponent: i64 =
        exponent.parse().unwrap_or(if exponent.starts_with('-') { i64::MIN } else { i64::MAX });
    // The number is 0.<significant> times ten to this.
    let places = exponent.saturating_add(whole.len() as i64 - zeros);
    let most = precision.saturating_sub(scale) as i64;
    let is_rounded_over = || {
        let (kept, next) = significant.split_at(precision.min(significant.len()));
        kept.iter().all(|digit| *digit == b'9') && next.first().is_some_and(|digit| *digit >= b'5')
    };
    places < most || places == most && !is_rounded_over()
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// In upper case.
    Word(String),
    /// A name in double quotes.
    Name(String),
    /// A text in single quotes.
    Text,
    Sign(char),
}

fn tokens(sql: &str) -> Result<Vec<(Token, Range<usize>)>, SqlProblem> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(next) = sql[at..].chars().next() {
        let (rest, start) = (&sql[at..], at);
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        if next.is_whitespace() {
            at += next.len_utf8();
        } else if rest.starts_with("--") || rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("/*") {
            at += rest.find("*/").map_or(rest.len(), |end| end + 2);
        } else if next == '\'' || next == '"' {
            let mut end = 1;
            loop {
                let Some(found) = rest[end..].find(next) else {
                    let message = "a quote is not closed".to_owned();
                    return Err(SqlProblem { message, range: start..start + 1 });
                };
                end += found + 1;
                // A doubled quote goes on.
                if !rest[end..].starts_with(next) {
                    break;
                }
                end += 1;
            }
            let inside = &rest[1..end - 1];
            let token = if next == '"' { Token::Name(inside.replace("\"\"", "\"")) } else { Token::Text };
            at += end;
            tokens.push((token, start..at));
        } else if is_part(next) {
            at += rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
            tokens.push((Token::Word(sql[start..at].to_uppercase()), start..at));
        } else {
            at += next.len_utf8();
            tokens.push((Token::Sign(next), start..at));
        }
    }
    Ok(tokens)
}

struct Parser<'a> {
    tokens: &'a [(Token, Range<usize>)],
    at: usize,
    end: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn is_word(&mut self, words: &[&str]) -> Option<usize> {
        let found = match self.peek() {
            Some(Token::Word(word)) => words.iter().position(|known| known == word),
            _ => None,
        };
        self.at += usize::from(found.is_some());
        found
    }

    fn is_sign(&mut self, sign: char) -> bool {
        let is_next = self.peek() == Some(&Token::Sign(sign));
        self.at += usize::from(is_next);
        is_next
    }

    fn wanted<T>(&self, what: &str) -> Result<T, SqlProblem> {
        let range = self.tokens.get(self.at).map_or(self.end..self.end, |(_, range)| range.clone());
        Err(SqlProblem { message: format!("{what} is missing"), range })
    }

    fn name(&mut self, what: &str) -> Result<String, SqlProblem> {
        let name = match self.peek() {
            Some(Token::Word(name) | Token::Name(name)) => name.clone(),
            _ => return self.wanted(what),
        };
        self.at += 1;
        Ok(name)
    }

    /// Numbers in parentheses, or whatever stands there; the numbers are answered.
    fn group(&mut self) -> Result<Vec<usize>, SqlProblem> {
        let (mut depth, mut numbers) = (0, Vec::new());
        loop {
            match self.peek() {
                Some(Token::Sign('(')) => depth += 1,
                Some(Token::Sign(')')) => depth -= 1,
                Some(Token::Word(word)) => numbers.extend(word.parse::<usize>()),
                None => return self.wanted("`)`"),
                Some(_) => {}
            }
            self.at += 1;
            if depth == 0 {
                return Ok(numbers);
            }
        }
    }

    fn table(&mut self) -> Result<Definition, SqlProblem> {
        if self.is_word(&["IF"]).is_some() {
            self.at += 2;
        }
        let mut name = vec![self.name("the name of the table")?];
        while self.is_sign('.') {
            name.push(self.name("the name of the table")?);
        }
        let mut columns = Vec::new();
        if !self.is_sign('(') {
            return self.wanted("`(`");
        }
        loop {
            if let Some(column) = self.column()? {
                columns.push(column);
            }
            if self.is_sign(')') {
                return Ok(Definition { name, columns });
            }
            if !self.is_sign(',') {
                return self.wanted("`,` or `)`");
            }
        }
    }

    /// `None` for a constraint of the table.
    fn column(&mut self) -> Result<Option<Column>, SqlProblem> {
        let is_constraint = self.is_word(&["CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN"]).is_some();
        let name = if is_constraint { String::new() } else { self.name("the name of a column")? };
        let mut written = if is_constraint { String::new() } else { self.name("a type")? };
        let mut numbers = Vec::new();
        if !is_constraint {
            if written == "DOUBLE" {
                self.is_word(&["PRECISION"]);
            }
            if ["CHAR", "NCHAR"].contains(&&*written) && self.is_word(&["VARYING"]).is_some() {
                written = "VARCHAR".to_owned();
            }
            if self.peek() == Some(&Token::Sign('(')) {
                numbers = self.group()?;
            }
        }
        let kind = ColumnType::named(&written, numbers.first().copied(), numbers.get(1).copied());
        if !numbers.is_empty() {
            let numbers: Vec<String> = numbers.iter().map(usize::to_string).collect();
            written += &format!("({})", numbers.join(","));
        }
        let mut column = Column { name, kind, written, is_required: false, unsupported: None };
        loop {
            match self.peek() {
                None | Some(Token::Sign(',' | ')')) => return Ok((!is_constraint).then_some(column)),
                Some(Token::Sign('(')) => drop(self.group()?),
                _ => {
                    let mut refuse = |what| column.unsupported = column.unsupported.or(Some(what));
                    match self.is_word(&["NOT", "AUTOINCREMENT", "IDENTITY", "DEFAULT", "COLLATE", "PRIMARY"])
                    {
                        Some(0) => column.is_required |= self.is_word(&["NULL"]).is_some(),
                        Some(1) => refuse("AUTOINCREMENT"),
                        Some(2) => refuse("IDENTITY"),
                        Some(3) => refuse("a default value"),
                        Some(4) => refuse("a collation"),
                        // A primary key is never null.
                        Some(_) => column.is_required = true,
                        None => self.at += 1,
                    }
                }
            }
        }
    }
}

/// The tables that the statements of a file make.
///
/// # Errors
/// The first thing that is wrong with a definition.
pub fn parse(sql: &str) -> Result<Vec<Definition>, SqlProblem> {
    if sql.len() > LONGEST {
        return Err(SqlProblem { message: format!("the text is longer than {LONGEST} bytes"), range: 0..0 });
    }
    let tokens = tokens(sql)?;
    let mut tables = Vec::new();
    for statement in tokens.split(|(token, _)| *token == Token::Sign(';')) {
        let end = statement.last().map_or(sql.len(), |(_, range)| range.end);
        let mut parser = Parser { tokens: statement, at: 0, end };
        if parser.is_word(&["CREATE"]).is_none() {
            continue;
        }
        let before =
            ["OR", "REPLACE", "LOCAL", "GLOBAL", "TEMP", "TEMPORARY", "VOLATILE", "TRANSIENT", "HYBRID"];
        while parser.is_word(&before).is_some() {}
        if parser.is_word(&["TABLE"]).is_some() {
            tables.push(parser.table()?);
        }
    }
    Ok(tables)
}

/// The names of tables, for messages.
pub fn names(tables: &[Definition]) -> String {
    let names: Vec<String> =
        tables.iter().map(|table| text(&table.name.join(".")).replace('"', "`")).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::json_row;

    const SQL: &str = "-- the shop; first\nCREATE ROLE IF NOT EXISTS R;\n\
        CREATE OR REPLACE TRANSIENT TABLE IF NOT EXISTS raw.public.orders (\n  id NUMBER(38, 0) NOT NULL COMMENT 'the; key',\n  \
        name VARCHAR(3), \"Mixed\" variant, /* gone, */ at TIMESTAMP_NTZ(9), ok boolean,\n  \
        PRIMARY KEY (id)\n) CLUSTER BY (id);\nGRANT INSERT ON TABLE orders TO ROLE R;";

    fn refused(record: &str) -> Option<&'static str> {
        let tables = parse(SQL).unwrap();
        let members = json_row::members(record.as_bytes()).unwrap();
        let row: Vec<(String, &Json<'_>)> =
            members.iter().map(|(name, value)| (identifier(name), value)).collect();
        tables[0].refuses(&row).map(|(code, _)| code)
    }

    #[test]
    fn a_table_is_found_among_other_statements() {
        let tables = parse(SQL).unwrap();
        assert_eq!(tables.len(), 1);
        assert_eq!(tables[0].name, ["RAW", "PUBLIC", "ORDERS"]);
        let columns: Vec<(&str, &str, bool)> = tables[0]
            .columns
            .iter()
            .map(|column| (&*column.name, &*column.written, column.is_required))
            .collect();
        assert_eq!(
            columns,
            [
                ("ID", "NUMBER(38,0)", true),
                ("NAME", "VARCHAR(3)", false),
                ("Mixed", "VARIANT", false),
                ("AT", "TIMESTAMP_NTZ(9)", false),
                ("OK", "BOOLEAN", false),
            ]
        );
        assert!(tables[0].is_named("raw", "PUBLIC", "Orders") && !tables[0].is_named("raw", "x", "orders"));
    }

    /// Behaviour sheet, 10.7: extra keys, missing columns, wrong types.
    #[test]
    fn rows_that_do_not_fit_are_refused_by_their_code() {
        for (record, code) in [
            (r#"{"id":1,"NAME":"abc","\"Mixed\"":[1],"at":"2026-01-01T00:00:00Z","ok":"yes"}"#, None),
            (r#"{"id":"12.5","name":null}"#, None),
            (r#"{"id":1,"more":2}"#, Some("Snowflake.ExtraColumns")),
            (r#"{"id":1,"mixed":2}"#, Some("Snowflake.ExtraColumns")),
            (r#"{"name":"a"}"#, Some("Snowflake.MissingColumns")),
            (r#"{"id":null}"#, Some("Snowflake.MissingColumns")),
            (r#"{"id":"x"}"#, Some("Snowflake.IncorrectValue")),
            (r#"{"id":1,"name":"long"}"#, Some("Snowflake.IncorrectValue")),
            (r#"{"id":1,"name":{}}"#, Some("Snowflake.IncorrectValue")),
            (r#"{"id":1,"at":"soon"}"#, Some("Snowflake.IncorrectValue")),
        ] {
            assert_eq!(refused(record), code, "{record}");
        }
    }

    /// Snowflake's page on numeric types: precision and scale, excess scale is rounded; `INT` is NUMBER(38,0); `FLOAT` is a
    /// 64-bit float.
    #[test]
    fn row_10_7_numbers_out_of_range_are_refused() {
        let nines = "9".repeat(38);
        for (column, value, fits) in [
            ("NUMBER(5,2)", "999.99", true),
            ("NUMBER(5,2)", "-999.994", true),
            ("NUMBER(5,2)", "999.995", false),
            ("NUMBER(5,2)", "1000", false),
            ("NUMBER(5,2)", "0.0000001", true),
            ("NUMBER(5,2)", "1e2", true),
            ("NUMBER(5,2)", "1E3", false),
            ("NUMBER(5,2)", "0e99999999999999999999", true),
            ("NUMBER(5,2)", "1e-99999999999999999999", true),
            ("NUMBER(5,2)", "1e99999999999999999999", false),
            ("NUMBER(5,2)", "\"-1000.0\"", false),
            ("NUMBER(2,2)", "0.994", true),
            ("NUMBER(2,2)", "0.995", false),
            ("NUMBER(2,2)", "1", false),
            ("DECIMAL(3)", "999.4", true),
            ("DECIMAL(3)", "999.5", false),
            ("INT", &nines, true),
            ("INT", &format!("1{nines}"), false),
            ("NUMBER", &format!("{nines}.4"), true),
            ("NUMBER", &format!("-{nines}.5"), false),
            ("FLOAT", "1e308", true),
            ("FLOAT", "1e309", false),
            ("DOUBLE PRECISION", "\"1e309\"", false),
            ("FLOAT", "\"NaN\"", true),
        ] {
            let tables = parse(&format!("CREATE TABLE t (n {column})")).unwrap();
            let record = format!("{{\"n\":{value}}}");
            let members = json_row::members(record.as_bytes()).unwrap();
            let row: Vec<(String, &Json<'_>)> =
                members.iter().map(|(name, value)| (identifier(name), value)).collect();
            let code = tables[0].refuses(&row).map(|(code, _)| code);
            assert_eq!(code, (!fits).then_some("Snowflake.IncorrectValue"), "{column}: {value}");
        }
    }

    #[test]
    fn columns_that_can_t_be_loaded_refuse_all_rows() {
        for column in [
            "n NUMBER AUTOINCREMENT",
            "n NUMBER IDENTITY(1, 1)",
            "n DATE DEFAULT CURRENT_DATE()",
            "n VARCHAR COLLATE 'en-ci'",
            "n GEOGRAPHY",
        ] {
            let tables = parse(&format!("CREATE TABLE t (id INT, {column})")).unwrap();
            let found = tables[0].refuses(&[]).map(|(code, _)| code);
            assert_eq!(found, Some("Snowflake.InvalidColumns"), "{column}");
        }
    }

    #[test]
    fn mistakes_have_their_place() {
        let problem = |sql: &str| parse(sql).unwrap_err();
        assert_eq!(problem("CREATE TABLE t (a int, )").range, 23..24);
        assert_eq!(problem("CREATE TABLE t (a int").message, "`,` or `)` is missing");
        assert_eq!(problem("CREATE TABLE t (a 'x").message, "a quote is not closed");
    }
}
