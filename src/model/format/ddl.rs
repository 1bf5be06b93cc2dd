//! `CREATE EXTERNAL TABLE` as Hive and Athena write it: the columns and partition keys. What comes behind them
//! (`ROW FORMAT`, `STORED AS`, `LOCATION`, `TBLPROPERTIES`) does not change what is written.

use super::hive_type::HiveType;
use super::table::{Column, Table};
use crate::foundation::span::Span;
use crate::model::lower::Problem;

/// Whether a text, behind comments and blanks, starts as a definition of a table.
pub fn is_ddl(text: &str) -> bool {
    let blanked = without_comments(text);
    let mut words = blanked.split_whitespace();
    words.next().is_some_and(|word| word.eq_ignore_ascii_case("create"))
        && words
            .next()
            .is_some_and(|word| word.eq_ignore_ascii_case("external") || word.eq_ignore_ascii_case("table"))
}

/// One of the definitions of a text.
#[derive(Debug)]
pub struct Definition {
    /// The name of the table.
    pub name: String,
    /// The database, where it is said.
    pub database: Option<String>,
    /// The table, or what is wrong with it, with its place in the text.
    pub table: Result<Table, Problem>,
}

/// Reads the definition that a text starts with. Names of columns, table and database are lowercased, as Athena does.
///
/// # Errors
/// What is wrong, with its place in the text.
pub fn parse(text: &str) -> Result<Table, Problem> {
    let blanked = without_comments(text);
    let end = starts(&blanked).get(1).copied().unwrap_or(blanked.len());
    definition(&blanked[..end], 0)?.table
}

/// Reads all definitions of a text that [`is_ddl`], in their order.
///
/// # Errors
/// Where it can't be told which table is defined, with the place in the text.
pub fn parse_all(text: &str) -> Result<Vec<Definition>, Problem> {
    let blanked = without_comments(text);
    let starts = starts(&blanked);
    let ends = starts.iter().skip(1).copied().chain([blanked.len()]);
    starts.iter().zip(ends).map(|(start, end)| definition(&blanked[..end], *start)).collect()
}

/// Where definitions of tables start in a text without comments: the first one at its start, others wherever the words
/// stand outside quotation marks.
fn starts(blanked: &str) -> Vec<usize> {
    let (mut starts, mut quote) = (vec![0], None);
    let mut before = ' ';
    let mut skips = false;
    for (at, c) in blanked.char_indices() {
        match quote {
            _ if skips => skips = false,
            Some('\'' | '"') if c == '\\' => skips = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '\'' | '"' | '`') => quote = Some(c),
            None if matches!(c, 'c' | 'C') && !before.is_alphanumeric() && before != '_' => {
                let mut parser = Parser { text: blanked, at };
                let is_start = parser.is_keyword("create") && {
                    parser.is_keyword("external");
                    parser.is_keyword("table")
                };
                // The first one has its place already.
                if is_start && !blanked[..at].trim().is_empty() {
                    starts.push(at);
                }
            }
            None => {}
        }
        before = c;
    }
    starts
}

/// Reads the definition from `start` to the end of a text without comments.
fn definition(blanked: &str, start: usize) -> Result<Definition, Problem> {
    let mut parser = Parser { text: blanked, at: start };
    parser.keyword("create")?;
    parser.is_keyword("external");
    parser.keyword("table")?;
    if parser.is_keyword("if") {
        parser.keyword("not")?;
        parser.keyword("exists")?;
    }
    let first = parser.name("the name of the table")?;
    let (database, name) = match parser.is_sign('.') {
        true => (Some(first), parser.name("the name of the table")?),
        false => (None, first),
    };
    let table = table(parser, start, (database.clone(), name.clone()));
    Ok(Definition { name, database, table })
}

/// Reads what stands behind the name.
fn table(
    mut parser: Parser<'_>,
    start: usize,
    (database, name): (Option<String>, String),
) -> Result<Table, Problem> {
    let columns = parser.columns()?;
    if parser.is_keyword("comment") {
        parser.string()?;
    }
    let mut partition_keys = Vec::new();
    if parser.is_keyword("partitioned") {
        parser.keyword("by")?;
        // An Iceberg table is partitioned by its own columns and by what is made of them.
        if !is_iceberg(&parser.text[parser.at..]) {
            partition_keys = parser.columns()?;
        }
    }
    let table = Table { database, name: Some(name), columns, partition_keys, required: Vec::new() };
    let mut problems = Vec::new();
    table.check(Span::new(start, parser.text.len()), &mut problems);
    match problems.into_iter().next() {
        Some(problem) => Err(problem),
        None => Ok(table),
    }
}

/// Whether what stands behind the columns says that the table is one of Iceberg.
fn is_iceberg(rest: &str) -> bool {
    let dense: String = rest.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase();
    dense.contains("'table_type'='iceberg'") || dense.contains("usingiceberg")
}

/// The text with blanks for `-- ...` and `/* ... */`, so that places stay what they are.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut quote = None;
    while let Some(c) = rest.chars().next() {
        let comment = match quote {
            None if rest.starts_with("--") => rest.find('\n').or(Some(rest.len())),
            None if rest.starts_with("/*") => Some(rest.find("*/").map_or(rest.len(), |end| end + 2)),
            _ => None,
        };
        if let Some(length) = comment {
            out.extend(rest[..length].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
            rest = &rest[length..];
            continue;
        }
        let mut taken = c.len_utf8();
        match quote {
            Some('\'' | '"') if c == '\\' => {
                taken += rest[1..].chars().next().map_or(0, char::len_utf8);
            }
            Some(open) if c == open => quote = None,
            None if matches!(c, '\'' | '"' | '`') => quote = Some(c),
            _ => {}
        }
        out.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    out
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn problem<T>(&self, message: impl Into<String>) -> Result<T, Problem> {
        Err(Problem { message: message.into(), span: Span::new(self.at, self.text.len().min(self.at + 1)) })
    }

    fn wanted<T>(&self, wanted: &str) -> Result<T, Problem> {
        let found: String =
            self.text[self.at..].chars().take_while(|c| !c.is_whitespace()).take(20).collect();
        match found.is_empty() {
            true => self.problem(format!("{wanted} is missing at the end of the definition")),
            false => self.problem(format!("{wanted} is missing before `{found}`")),
        }
    }

    fn blanks(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn is_keyword(&mut self, keyword: &str) -> bool {
        self.blanks();
        let rest = &self.text[self.at..];
        let is_next = rest.get(..keyword.len()).is_some_and(|word| word.eq_ignore_ascii_case(keyword))
            && !rest[keyword.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
        if is_next {
            self.at += keyword.len();
        }
        is_next
    }

    fn keyword(&mut self, keyword: &str) -> Result<(), Problem> {
        match self.is_keyword(keyword) {
            true => Ok(()),
            false => self.wanted(&format!("`{}`", keyword.to_uppercase())),
        }
    }

    fn is_sign(&mut self, sign: char) -> bool {
        self.blanks();
        let is_next = self.text[self.at..].starts_with(sign);
        self.at += usize::from(is_next);
        is_next
    }

    fn name(&mut self, what: &str) -> Result<String, Problem> {
        self.blanks();
        let rest = &self.text[self.at..];
        let quote = rest.chars().next().filter(|c| matches!(c, '`' | '"'));
        let (name, length) = match quote {
            Some(quote) => match rest[1..].find(quote) {
                Some(end) => (&rest[1..=end], end + 2),
                None => return self.problem("a quoted name is not closed"),
            },
            None => {
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                (&rest[..end], end)
            }
        };
        if name.is_empty() {
            return self.wanted(what);
        }
        let name = name.to_lowercase();
        self.at += length;
        Ok(name)
    }

    fn string(&mut self) -> Result<(), Problem> {
        self.blanks();
        let rest = &self.text[self.at..];
        let Some(quote) = rest.chars().next().filter(|c| matches!(c, '\'' | '"')) else {
            return self.wanted("a text in quotes");
        };
        let mut escaped = false;
        for (at, c) in rest.char_indices().skip(1) {
            if !escaped && c == quote {
                self.at += at + 1;
                // A doubled quote goes on.
                return if self.text[self.at..].starts_with(quote) { self.string() } else { Ok(()) };
            }
            escaped = c == '\\' && !escaped;
        }
        self.problem("a text is not closed")
    }

    fn columns(&mut self) -> Result<Vec<Column>, Problem> {
        if !self.is_sign('(') {
            return self.wanted("`(`");
        }
        let mut columns = Vec::new();
        loop {
            let name = self.name("the name of a column")?;
            self.blanks();
            let (kind, length) = match HiveType::parse_start(&self.text[self.at..]) {
                Ok(found) => found,
                Err(error) => {
                    self.at += error.at;
                    return self.problem(format!("the column `{name}`: {}", first_line(&error.message)));
                }
            };
            self.at += length;
            if self.is_keyword("comment") {
                self.string()?;
            }
            columns.push(Column { name, kind });
            match (self.is_sign(','), self.is_sign(')')) {
                (true, false) => {}
                (false, true) => return Ok(columns),
                (true, true) => return self.problem("a column is missing behind the last `,`"),
                (false, false) => return self.wanted("`,` or `)`"),
            }
        }
    }
}

/// Messages quote the text that they were made of, which may be the rest of the file.
fn first_line(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    line.chars().take(120).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_as_athena_prints_it() {
        let text = "-- CREATE TABLE no (a int)\nCREATE EXTERNAL TABLE IF NOT EXISTS `Sales`.`Orders` (\n\
            `Id` bigint COMMENT 'the key, (unique); it''s',  -- a remark, with ) in it\n\
            price DECIMAL(10, 2),\n  tags array<struct<`k`:string, v : map<string,double>>>\n\
            COMMENT \"x\", /* old int, */ name varchar(20))\nCOMMENT 'orders'\n\
            PARTITIONED BY (`day` string, hour int COMMENT 'h')\nROW FORMAT SERDE 'x'\nLOCATION 's3://b/'";
        assert!(is_ddl(text));
        let table = parse(text).unwrap();
        assert_eq!(table.database.as_deref(), Some("sales"));
        assert_eq!(table.name.as_deref(), Some("orders"));
        let shown = |columns: &[Column]| {
            columns.iter().map(|column| format!("{} {}", column.name, column.kind)).collect::<Vec<_>>()
        };
        assert_eq!(
            shown(&table.columns),
            [
                "id bigint",
                "price decimal(10,2)",
                "tags array<struct<k:string,v:map<string,double>>>",
                "name varchar(20)"
            ]
        );
        assert_eq!(shown(&table.partition_keys), ["day string", "hour int"]);
    }

    #[test]
    fn a_text_may_define_several_tables() {
        let text = "CREATE EXTERNAL TABLE lake.other (z int COMMENT 'create table no (a int)')\n\
            TBLPROPERTIES ('create table' = 'x\\'create table y')\n;-- create table z\nDROP TABLE x;\n\
            create table `Events` (a int, b string);CREATE TABLE odd (a text)";
        let all = parse_all(text).unwrap();
        let names: Vec<_> = all.iter().map(|one| (one.database.as_deref(), &*one.name)).collect();
        assert_eq!(names, [(Some("lake"), "other"), (None, "events"), (None, "odd")]);
        let columns = |at: usize| all[at].table.as_ref().map(|table: &Table| table.columns.len()).ok();
        assert_eq!([columns(0), columns(1), columns(2)], [Some(1), Some(2), None]);
        assert_eq!(all[2].table.as_ref().unwrap_err().span.start, text.rfind("text").unwrap() as u32);
        assert_eq!(parse(text).unwrap().name.as_deref(), Some("other"));
    }

    #[test]
    fn an_iceberg_table_is_partitioned_by_its_own_columns() {
        let text = "CREATE TABLE lake.t (id bigint, at timestamp)\nPARTITIONED BY (day(at), bucket(16, id))\n\
            LOCATION 's3://b/'\nTBLPROPERTIES ( 'table_type' = 'ICEBERG' )";
        let table = parse(text).unwrap();
        assert_eq!((table.columns.len(), table.partition_keys.len()), (2, 0));
        assert!(parse(&text.replace("ICEBERG", "HIVE")).is_err());
    }

    #[test]
    fn mistakes_have_their_place() {
        let problem = |text: &str| {
            let problem = parse(text).unwrap_err();
            (problem.message, problem.span.start)
        };
        assert_eq!(problem("CREATE TABLE t (a int, b text)").1, 25);
        assert!(problem("CREATE TABLE t (a int, b text)").0.contains("the column `b`: `text` is no type"));
        assert!(problem("CREATE TABLE t (a int").0.contains("`,` or `)` is missing at the end"));
        assert!(problem("CREATE TABLE t a int").0.contains("`(` is missing before `a`"));
        assert!(problem("CREATE TABLE t (a int, a int)").0.contains("stands twice"));
        assert!(problem("CREATE VIEW t").0.contains("`TABLE` is missing before `VIEW`"));
        assert!(!is_ddl("{\"Table\":{}}"));
    }
}
