//! An object to rows and load errors, as `COPY` would.

use std::collections::BTreeMap;

use super::copy::{Copy, Format, JsonMode};
use super::ddl::{Column, Kind, Table};
use super::fields::{fields, lines};
use super::tokens::SqlProblem;
use super::value::{Field, Reason, value};
use crate::model::format::json::{Json, Reader};

/// A line that was not loaded: a row of `STL_LOAD_ERRORS`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadError {
    /// The line, from 1; of `JSON`, the object.
    pub line: u64,
    /// Offset of the line's first byte in the object.
    pub offset: usize,
    /// The column, where the error is about one.
    pub column: Option<String>,
    /// The column's type as `STL_LOAD_ERRORS` names it.
    pub kind: Option<String>,
    /// The column's length, where its type has one.
    pub length: Option<u32>,
    /// The line's text, cut like the field's.
    pub raw_line: String,
    /// The field's text, cut after 1,024 characters as the table's column is.
    pub field: String,
    /// The number and the words.
    pub reason: Reason,
}

/// What became of an object.
#[derive(Debug, Default)]
pub struct Loaded {
    /// One value a target column, as texts; `None` for null. With the offset of the line.
    pub rows: Vec<(usize, Vec<Option<String>>)>,
    /// What was not loaded: the first lines.
    pub errors: Vec<LoadError>,
    /// How many lines were not loaded.
    pub refused: u64,
}

/// The most lines of an object that are told one by one.
const LISTED: usize = 1_000;

impl Loaded {
    fn refuse(&mut self, error: impl FnOnce() -> LoadError) {
        self.refused += 1;
        if self.errors.len() < LISTED {
            self.errors.push(error());
        }
    }
}

/// `COPY` into one table.
#[derive(Debug, Clone)]
pub struct Loader {
    table: Table,
    copy: Copy,
    /// The columns that are filled, by their place in the table.
    targets: Vec<usize>,
    /// For a JSONPaths file, the steps of each target.
    paths: Vec<Vec<Step>>,
}

/// A step of a JSONPath expression.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Member(String),
    Item(usize),
}

impl Loader {
    /// A load. `columns` is the list of `DataTableColumns`, empty for all columns; `paths` the text of the JSONPaths file
    /// that the options name.
    ///
    /// # Errors
    /// What does not fit together.
    pub fn new(table: Table, copy: Copy, columns: &str, paths: Option<&str>) -> Result<Loader, SqlProblem> {
        let mut targets = Vec::new();
        for name in columns.split(',').map(|name| name.trim().trim_matches('"').to_lowercase()) {
            if name.is_empty() {
                continue;
            }
            match table.columns.iter().position(|column| column.name == name) {
                Some(at) => targets.push(at),
                None => {
                    let message =
                        format!("`DataTableColumns` names `{name}`, which is no column of `{}`", table.name);
                    return Err(SqlProblem::new(message, 0..0));
                }
            }
        }
        if targets.is_empty() {
            let is_loaded = |column: &Column| !column.is_identity || copy.has_explicit_ids;
            targets = (0..table.columns.len()).filter(|at| is_loaded(&table.columns[*at])).collect();
        }
        let mut loader = Loader { table, copy, targets, paths: Vec::new() };
        match (&loader.copy.format, paths) {
            (Format::Json(JsonMode::Paths(url)), None) => {
                let message = format!("the JSONPaths file `{url}` is not here");
                Err(SqlProblem::new(message, 0..0))
            }
            (Format::Json(JsonMode::Paths(_)), Some(text)) => {
                loader.paths = json_paths(text)?;
                if loader.paths.len() != loader.targets.len() {
                    let message = format!(
                        "the JSONPaths file has {} expressions for {} columns",
                        loader.paths.len(),
                        loader.targets.len()
                    );
                    return Err(SqlProblem::new(message, 0..0));
                }
                Ok(loader)
            }
            (Format::Json(JsonMode::NoShred), _) => {
                let only = match &*loader.targets {
                    [one] => loader.table.columns[*one].kind,
                    _ => Kind::Boolean,
                };
                if only != Kind::Super {
                    return Err(SqlProblem::new("`noshred` loads one column, which is a SUPER", 0..0));
                }
                Ok(loader)
            }
            _ => Ok(loader),
        }
    }

    /// The table.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The columns that rows have values for, in order.
    pub fn columns(&self) -> impl Iterator<Item = &Column> {
        self.targets.iter().map(|at| &self.table.columns[*at])
    }

    /// `MAXERROR`.
    pub fn max_error(&self) -> u32 {
        self.copy.max_error
    }

    /// Whether a load with so many errors is given up: at `MAXERROR` of them, or at the first.
    pub fn is_given_up(&self, errors: u64) -> bool {
        errors > 0 && errors >= u64::from(self.copy.max_error.max(1))
    }

    /// Loads an object, unpacked.
    pub fn load(&self, object: &[u8]) -> Loaded {
        let mut loaded = Loaded::default();
        match &self.copy.format {
            Format::Json(mode) => self.json(object, mode, &mut loaded),
            format => self.text(object, format, &mut loaded),
        }
        loaded
    }

    fn text(&self, object: &[u8], format: &Format, loaded: &mut Loaded) {
        for line in lines(object, format).into_iter().skip(self.copy.ignore_header as usize) {
            let start = Start { line: line.number, offset: line.offset };
            if line.bytes.trim_ascii().is_empty() && self.copy.ignores_blank_lines {
                continue;
            }
            let row = fields(line.bytes, format).and_then(|fields| self.counted(fields));
            match row {
                Ok(fields) => self.row(start, line.bytes, &fields, loaded),
                Err(reason) => loaded.refuse(|| start.error(None, line.bytes, b"", reason)),
            }
        }
    }

    /// As many fields as columns.
    fn counted(&self, mut fields: Vec<Field>) -> Result<Vec<Field>, Reason> {
        let wanted = self.targets.len();
        // A delimiter behind the last field is fine.
        let has_tail = fields.len() == wanted + 1
            && fields.last().is_some_and(|last| last.bytes.as_deref() == Some(b"") && !last.is_quoted);
        if has_tail {
            fields.pop();
        }
        if fields.len() > wanted {
            return Err(Reason::new(1202, "Extra column(s) found"));
        }
        if fields.len() < wanted {
            if !self.copy.fills_record {
                return Err(Reason::new(1214, "Delimiter not found"));
            }
            // Missing fields at the end: empty texts, and nulls elsewhere.
            fields.resize(wanted, Field::text(*b""));
        }
        Ok(fields)
    }

    fn json(&self, object: &[u8], mode: &JsonMode, loaded: &mut Loaded) {
        let (mut at, mut number) = (0, 0);
        while let Some(length) = next_object(&object[at..]) {
            let blanks = object[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            let start = Start { line: number + 1, offset: at + blanks };
            let bytes = &object[at + blanks..at + length];
            (at, number) = (at + length, number + 1);
            if bytes.is_empty() {
                break;
            }
            match self.object(bytes, mode) {
                Ok(fields) => self.row(start, bytes, &fields, loaded),
                Err(reason) => loaded.refuse(|| start.error(None, bytes, b"", reason)),
            }
        }
    }

    fn object(&self, bytes: &[u8], mode: &JsonMode) -> Result<Vec<Field>, Reason> {
        let invalid = || Reason::new(1216, "Invalid JSON: the line is not one well-formed JSON object");
        let text = std::str::from_utf8(bytes)
            .map_err(|_| Reason::new(1220, "String contains invalid or unsupported UTF-8 codepoints."))?;
        let mut reader = Reader::new(text);
        let value = reader.next_value().map_err(|_| invalid())?.ok_or_else(invalid)?;
        if *mode == JsonMode::NoShred {
            return Ok(vec![Field { is_json: true, ..Field::text(value.text().as_bytes()) }]);
        }
        if !self.paths.is_empty() {
            let found = self.paths.iter().map(|steps| walk(&value, steps));
            return Ok(found.zip(self.columns()).map(|(found, column)| json_field(found, column)).collect());
        }
        let Json::Object(members, _) = &value else { return Err(invalid()) };
        let folded = *mode == JsonMode::AutoIgnoreCase;
        let mut by_name: BTreeMap<String, &Json<'_>> = BTreeMap::new();
        for (key, member) in members {
            by_name.insert(if folded { key.to_lowercase() } else { key.to_string() }, member);
        }
        let found = self.columns().map(|column| json_field(by_name.get(&column.name).copied(), column));
        Ok(found.collect())
    }

    fn row(&self, start: Start, line: &[u8], fields: &[Field], loaded: &mut Loaded) {
        let mut row = Vec::with_capacity(fields.len());
        for (column, field) in self.columns().zip(fields) {
            match value(field, column, &self.copy) {
                Ok(value) => row.push(value),
                Err(reason) => {
                    let bytes = field.bytes.as_deref().unwrap_or_default();
                    loaded.refuse(|| start.error(Some(column), line, bytes, reason));
                    return;
                }
            }
        }
        loaded.rows.push((start.offset, row));
    }
}

/// Where a line starts.
#[derive(Clone, Copy)]
struct Start {
    line: u64,
    offset: usize,
}

impl Start {
    fn error(self, column: Option<&Column>, line: &[u8], field: &[u8], reason: Reason) -> LoadError {
        LoadError {
            line: self.line,
            offset: self.offset,
            column: column.map(|column| column.name.clone()),
            kind: column.map(|column| kind_name(column.kind)),
            length: column.and_then(|column| match column.kind {
                Kind::Char(length) | Kind::Varchar(length) | Kind::Varbyte(length) => Some(length),
                _ => None,
            }),
            raw_line: shown(line),
            field: shown(field),
            reason,
        }
    }
}

/// No more characters than the columns of `STL_LOAD_ERRORS` hold.
fn shown(bytes: &[u8]) -> String {
    const SHOWN: usize = 1_024;
    String::from_utf8_lossy(&bytes[..bytes.len().min(4 * SHOWN)]).chars().take(SHOWN).collect()
}

/// The type as `STL_LOAD_ERRORS` names it.
fn kind_name(kind: Kind) -> String {
    match kind {
        Kind::SmallInt => "int2",
        Kind::Integer => "int4",
        Kind::BigInt => "int8",
        Kind::Decimal(..) => "numeric",
        Kind::Real => "float4",
        Kind::Double => "float8",
        Kind::Boolean => "bool",
        Kind::Char(_) => "char",
        Kind::Varchar(_) => "varchar",
        Kind::Date => "date",
        Kind::Timestamp => "timestamp",
        Kind::TimestampTz => "timestamptz",
        Kind::Time => "time",
        Kind::TimeTz => "timetz",
        Kind::Super => "super",
        Kind::Varbyte(_) => "varbyte",
        Kind::Unchecked(name) => return name.to_lowercase(),
    }
    .to_owned()
}

/// A value of JSON for a column: a `SUPER` keeps it, a text takes nested ones as they are written.
fn json_field(found: Option<&Json<'_>>, column: &Column) -> Field {
    match found {
        None | Some(Json::Null) => Field::NULL,
        Some(value) if column.kind == Kind::Super => {
            let text = match value {
                Json::String(text) => serde_json::Value::from(&**text).to_string(),
                other => other.text().into_owned(),
            };
            Field { is_json: true, ..Field::text(text) }
        }
        Some(value) => Field::text(value.text().as_bytes()),
    }
}

/// The bytes up to the end of the next JSON value; of what is none, up to the end of its line. `None` at the end.
fn next_object(rest: &[u8]) -> Option<usize> {
    let start = rest.iter().position(|byte| !byte.is_ascii_whitespace())?;
    let (mut depth, mut in_string, mut is_escaped) = (0_u32, false, false);
    for (at, byte) in rest.iter().enumerate().skip(start) {
        if in_string {
            in_string = is_escaped || *byte != b'"';
            is_escaped = *byte == b'\\' && !is_escaped;
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth <= 1 => return Some(at + 1),
            b'}' | b']' => depth -= 1,
            b'\n' if depth == 0 => return Some(at),
            _ => {}
        }
    }
    Some(rest.len())
}

/// The steps of `$.a.b[0]`, `$['a']['b']`.
fn json_paths(text: &str) -> Result<Vec<Vec<Step>>, SqlProblem> {
    #[derive(serde::Deserialize)]
    struct File {
        jsonpaths: Vec<String>,
    }
    let file: File = serde_json::from_str(text).map_err(|error| {
        SqlProblem::new(format!("the JSONPaths file has no list `jsonpaths`: {error}"), 0..0)
    })?;
    file.jsonpaths.iter().map(|path| steps(path)).collect()
}

fn steps(path: &str) -> Result<Vec<Step>, SqlProblem> {
    let wrong = || SqlProblem::new(format!("`{path}` is no JSONPath expression that COPY takes"), 0..0);
    let mut rest = path.trim().strip_prefix('$').ok_or_else(wrong)?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            let (step, after) = inside.split_once(']').ok_or_else(wrong)?;
            let quoted = step.strip_prefix(['\'', '"']).and_then(|step| step.strip_suffix(['\'', '"']));
            steps.push(match quoted {
                Some(name) => Step::Member(name.to_owned()),
                None => Step::Item(step.parse().map_err(|_| wrong())?),
            });
            rest = after;
        } else if let Some(name) = rest.strip_prefix('.') {
            let end = name.find(['.', '[']).unwrap_or(name.len());
            if end == 0 || name.starts_with('*') {
                return Err(wrong());
            }
            steps.push(Step::Member(name[..end].to_owned()));
            rest = &name[end..];
        } else {
            return Err(wrong());
        }
    }
    Ok(steps)
}

fn walk<'j, 'a>(value: &'j Json<'a>, steps: &[Step]) -> Option<&'j Json<'a>> {
    let mut value = value;
    for step in steps {
        value = match (step, value) {
            (Step::Member(name), Json::Object(members, _)) => {
                &members.iter().find(|(key, _)| **key == **name)?.1
            }
            (Step::Item(at), Json::Array(items, _)) => items.get(*at)?,
            _ => return None,
        };
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::redshift::ddl;

    const TABLE: &str =
        "CREATE TABLE t (id int NOT NULL, name varchar(5), at timestamp, data super, n bigint identity(1,1))";

    fn loader(options: &str, columns: &str, paths: Option<&str>) -> Loader {
        Loader::new(ddl::parse(TABLE).unwrap(), Copy::parse(options).unwrap(), columns, paths).unwrap()
    }

    fn rows(loaded: &Loaded) -> Vec<String> {
        let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "NULL".to_owned());
        loaded.rows.iter().map(|(_, row)| row.iter().map(shown).collect::<Vec<_>>().join("|")).collect()
    }

    fn errors(loaded: &Loaded) -> Vec<(u64, usize, &str, u16)> {
        let shown = |error: &'_ LoadError| (error.line, error.offset, error.reason.code);
        loaded
            .errors
            .iter()
            .map(|error| {
                let (line, offset, code) = shown(error);
                (line, offset, error.column.as_deref().unwrap_or(""), code)
            })
            .collect()
    }

    #[test]
    fn json_objects_may_stand_without_anything_between() {
        let loader = loader("json 'auto' timeformat 'auto'", "", None);
        let object = "{\"id\":1,\"name\":\"a\",\"at\":\"2026-03-01T00:00:00Z\",\"data\":{\"k\": [1]},\"x\":9}{\"id\":2}\n  {\"Id\":3}\n{\"id\":4,\"name\":\"toolong\"}\nnot json\n{\"id\":\"5\",\"name\":{\"a\": 1}}";
        let loaded = loader.load(object.as_bytes());
        assert_eq!(rows(&loaded), ["1|a|2026-03-01 00:00:00|{\"k\":[1]}", "2|NULL|NULL|NULL"]);
        let at = |needle: &str| object.find(needle).unwrap();
        assert_eq!(
            errors(&loaded),
            [
                (3, at("{\"Id\""), "id", 1213),
                (4, at("{\"id\":4"), "name", 1204),
                (5, at("not json"), "", 1216),
                (6, at("{\"id\":\"5\""), "name", 1204),
            ]
        );
        let loaded = self::loader("json 'auto ignorecase'", "", None).load(b"{\"ID\":3,\"NAME\":\"x\"}");
        assert_eq!(rows(&loaded), ["3|x|NULL|NULL"]);
    }

    #[test]
    fn paths_take_values_from_anywhere() {
        let paths = r#"{"jsonpaths": ["$.a.b[1]", "$['n m']"]}"#;
        let loader = loader("json 's3://b/paths.json'", "id, name", Some(paths));
        let loaded = loader.load(br#"{"a":{"b":[0,7]},"n m":"x"}"#);
        assert_eq!(rows(&loaded), ["7|x"]);
        let table = || ddl::parse(TABLE).unwrap();
        let copy = || Copy::parse("json 's3://b/paths.json'").unwrap();
        assert!(Loader::new(table(), copy(), "", None).is_err());
        assert!(Loader::new(table(), copy(), "", Some(paths)).is_err());
        assert!(Loader::new(table(), copy(), "id", Some(r#"{"jsonpaths": ["a"]}"#)).is_err());
    }

    #[test]
    fn text_has_as_many_fields_as_columns() {
        let loader = loader("ignoreheader 1", "id,name", None);
        let loaded = loader.load(b"id|name\n1|a\n2|b|\n3|c|d\n4\n\n5|e");
        assert_eq!(rows(&loaded), ["1|a", "2|b", "5|e"]);
        assert_eq!(errors(&loaded), [(4, 17, "", 1202), (5, 23, "", 1214), (6, 25, "", 1214)]);
        let loaded = self::loader("fillrecord ignoreblanklines", "id,name", None).load(b"4\n\n");
        assert_eq!(rows(&loaded), ["4|"]);
    }

    #[test]
    fn noshred_wants_one_super() {
        let loader = loader("json 'noshred'", "data", None);
        assert_eq!(rows(&loader.load(b"{\"a\": 1}\n[2]")), ["{\"a\":1}", "[2]"]);
        assert!(
            Loader::new(ddl::parse(TABLE).unwrap(), Copy::parse("json 'noshred'").unwrap(), "id", None)
                .is_err()
        );
    }

    #[test]
    fn maxerror_says_when_the_load_is_given_up() {
        assert!(loader("", "", None).is_given_up(1) && !loader("", "", None).is_given_up(0));
        assert!(
            !loader("maxerror 3", "", None).is_given_up(2) && loader("maxerror 3", "", None).is_given_up(3)
        );
    }
}
