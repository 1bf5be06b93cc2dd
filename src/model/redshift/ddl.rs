//! `CREATE TABLE` of Redshift: the columns that `COPY` fills.

pub use super::tokens::SqlProblem;
use super::tokens::{Cursor, Token};

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `SMALLINT`.
    SmallInt,
    /// `INTEGER`.
    Integer,
    /// `BIGINT`.
    BigInt,
    /// `DECIMAL`: digits in all and behind the point.
    Decimal(u8, u8),
    /// `REAL`.
    Real,
    /// `DOUBLE PRECISION`.
    Double,
    /// `BOOLEAN`.
    Boolean,
    /// `CHAR`: bytes.
    Char(u32),
    /// `VARCHAR`: bytes.
    Varchar(u32),
    /// `DATE`.
    Date,
    /// `TIMESTAMP`.
    Timestamp,
    /// `TIMESTAMPTZ`.
    TimestampTz,
    /// `TIME`.
    Time,
    /// `TIMETZ`.
    TimeTz,
    /// `SUPER`.
    Super,
    /// `VARBYTE`: bytes.
    Varbyte(u32),
    /// A type whose texts are taken as they are: `GEOMETRY`, `GEOGRAPHY`, `HLLSKETCH`, `INTERVAL`.
    Unchecked(&'static str),
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name, in lower case.
    pub name: String,
    /// Its type.
    pub kind: Kind,
    /// `NOT NULL`, or part of the primary key.
    pub is_required: bool,
    /// Whether a `DEFAULT` fills it where a list of columns leaves it out.
    pub has_default: bool,
    /// `IDENTITY`: numbered by Redshift, and not loaded unless `EXPLICIT_IDS` asks for it.
    pub is_identity: bool,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The schema, where it is given.
    pub schema: Option<String>,
    /// Its name.
    pub name: String,
    /// Its columns, in order.
    pub columns: Vec<Column>,
}

/// The most columns of a table (Redshift, "Quotas and limits").
const MOST_COLUMNS: usize = 1_600;

/// Reads the first statement of a text, which has to be a `CREATE TABLE`.
///
/// # Errors
/// What is wrong, with its place.
pub fn parse(text: &str) -> Result<Table, SqlProblem> {
    let mut cursor = Cursor::new(text)?;
    if !cursor.takes("create") {
        return Err(cursor.wanted("`CREATE TABLE`"));
    }
    for word in ["local", "temporary", "temp"] {
        cursor.takes(word);
    }
    if !cursor.takes("table") {
        return Err(cursor.wanted("`TABLE`"));
    }
    if cursor.takes("if") {
        cursor.takes("not");
        cursor.takes("exists");
    }
    let mut names = vec![cursor.word("the name of the table")?];
    while cursor.takes_sign('.') {
        names.push(cursor.word("the name of the table")?);
    }
    let name = names.pop().unwrap_or_default();
    let mut table = Table { schema: names.pop(), name, columns: Vec::new() };
    cursor.sign('(')?;
    loop {
        let place = cursor.place();
        if !constraint(&mut cursor, &mut table)? {
            let column = column(&mut cursor)?;
            if table.columns.iter().any(|known| known.name == column.name) {
                return Err(SqlProblem::new(format!("the column `{}` is defined twice", column.name), place));
            }
            table.columns.push(column);
        }
        if !cursor.takes_sign(',') {
            break;
        }
    }
    cursor.sign(')')?;
    // What follows (DISTSTYLE, SORTKEY, ENCODE AUTO, BACKUP, ...) does not change what is loaded.
    match table.columns.len() {
        0 => Err(SqlProblem::new("the table has no columns", 0..text.len().min(1))),
        1..=MOST_COLUMNS => Ok(table),
        _ => Err(SqlProblem::new("a table has no more than 1,600 columns", 0..text.len().min(1))),
    }
}

/// Reads the `CREATE TABLE` of a file of statements: that of the table that is `wanted`, or the only one there is.
///
/// # Errors
/// What is wrong, with its place.
pub fn parse_file(text: &str, wanted: &str) -> Result<Table, SqlProblem> {
    let mut tables = Vec::new();
    for start in statements(text)? {
        let moved = |problem: SqlProblem| SqlProblem {
            range: problem.range.start + start..problem.range.end + start,
            ..problem
        };
        let statement = &text[start..];
        let mut cursor = Cursor::new(statement)?;
        let is_create = cursor.takes("create")
            && (cursor.takes("table")
                || ["local", "temporary", "temp"].iter().any(|word| cursor.takes(word)));
        if is_create {
            tables.push(parse(statement).map_err(moved)?);
        }
    }
    let name = wanted.rsplit('.').next().unwrap_or(wanted).trim().trim_matches('"').to_lowercase();
    match (tables.len(), tables.iter().position(|table| table.name == name)) {
        (_, Some(at)) => Ok(tables.swap_remove(at)),
        (0, None) => parse(text),
        (1, None) => Ok(tables.swap_remove(0)),
        (_, None) => {
            let names: Vec<&str> = tables.iter().map(|table| &*table.name).collect();
            let message = format!("there is no table `{name}` among those here: {}", names.join(", "));
            Err(SqlProblem::new(message, 0..0))
        }
    }
}

/// Where statements start.
fn statements(text: &str) -> Result<Vec<usize>, SqlProblem> {
    let mut cursor = Cursor::new(text)?;
    let (mut starts, mut is_new) = (Vec::new(), true);
    while let Some(placed) = cursor.next() {
        if is_new && placed.token != Token::Sign(';') {
            starts.push(placed.range.start);
        }
        is_new = placed.token == Token::Sign(';');
    }
    Ok(starts)
}

/// A constraint of the table, if one comes next.
fn constraint(cursor: &mut Cursor, table: &mut Table) -> Result<bool, SqlProblem> {
    let Some(Token::Word { text, is_quoted: false }) = cursor.peek() else { return Ok(false) };
    let is_key = match &**text {
        "primary" => true,
        "unique" | "foreign" | "like" | "constraint" => false,
        _ => return Ok(false),
    };
    if text == "like" {
        return Err(SqlProblem::new(
            "`LIKE` takes the columns of another table, which is not here",
            cursor.place(),
        ));
    }
    if is_key {
        cursor.takes("primary");
        cursor.takes("key");
        cursor.sign('(')?;
        loop {
            let place = cursor.place();
            let name = cursor.word("the name of a column")?;
            match table.columns.iter_mut().find(|column| column.name == name) {
                Some(column) => column.is_required = true,
                None => return Err(SqlProblem::new(format!("there is no column `{name}`"), place)),
            }
            if !cursor.takes_sign(',') {
                break;
            }
        }
        cursor.sign(')')?;
        return Ok(true);
    }
    while !matches!(cursor.peek(), None | Some(Token::Sign(',' | ')'))) {
        if cursor.takes_sign('(') {
            cursor.skip_group()?;
        } else {
            cursor.next();
        }
    }
    Ok(true)
}

fn column(cursor: &mut Cursor) -> Result<Column, SqlProblem> {
    let name = cursor.word("the name of a column")?;
    let kind = kind(cursor)?;
    let mut column = Column { name, kind, is_required: false, has_default: false, is_identity: false };
    loop {
        match cursor.peek() {
            None | Some(Token::Sign(',' | ')')) => return Ok(column),
            Some(Token::Sign('(')) => {
                cursor.takes_sign('(');
                cursor.skip_group()?;
                continue;
            }
            _ => {}
        }
        if cursor.takes("not") {
            column.is_required |= cursor.takes("null");
        } else if cursor.takes("primary") {
            cursor.takes("key");
            column.is_required = true;
        } else if cursor.takes("default") {
            column.has_default = true;
        } else if cursor.takes("identity") || cursor.takes("generated") {
            column.is_identity = true;
        } else {
            // ENCODE, DISTKEY, SORTKEY, UNIQUE, REFERENCES, COLLATE and their words.
            cursor.next();
        }
    }
}

fn kind(cursor: &mut Cursor) -> Result<Kind, SqlProblem> {
    let place = cursor.place();
    let word = cursor.word("the type of a column")?;
    let kind = match &*word {
        "smallint" | "int2" => Kind::SmallInt,
        "integer" | "int" | "int4" => Kind::Integer,
        "bigint" | "int8" => Kind::BigInt,
        "decimal" | "numeric" | "dec" => decimal(cursor)?,
        "real" | "float4" => Kind::Real,
        "float8" => Kind::Double,
        "float" => match length(cursor, 53)? {
            1..=24 => Kind::Real,
            _ => Kind::Double,
        },
        "double" => {
            cursor.takes("precision");
            Kind::Double
        }
        "boolean" | "bool" => Kind::Boolean,
        "char" | "character" | "nchar" => {
            if cursor.takes("varying") {
                Kind::Varchar(length(cursor, 256)?)
            } else {
                Kind::Char(length(cursor, 1)?)
            }
        }
        "bpchar" => Kind::Char(length(cursor, 256)?),
        "varchar" | "nvarchar" => Kind::Varchar(length(cursor, 256)?),
        "text" => Kind::Varchar(256),
        "date" => Kind::Date,
        "timestamp" | "time" => {
            let has_zone = cursor.takes("with");
            if has_zone || cursor.takes("without") {
                cursor.takes("time");
                cursor.takes("zone");
            }
            match (&*word, has_zone) {
                ("timestamp", false) => Kind::Timestamp,
                ("timestamp", true) => Kind::TimestampTz,
                (_, false) => Kind::Time,
                (_, true) => Kind::TimeTz,
            }
        }
        "timestamptz" => Kind::TimestampTz,
        "timetz" => Kind::TimeTz,
        "super" => Kind::Super,
        "varbyte" | "varbinary" | "binary" => {
            cursor.takes("varying");
            Kind::Varbyte(length(cursor, 64_000)?)
        }
        "geometry" => Kind::Unchecked("GEOMETRY"),
        "geography" => Kind::Unchecked("GEOGRAPHY"),
        "hllsketch" => Kind::Unchecked("HLLSKETCH"),
        "interval" => Kind::Unchecked("INTERVAL"),
        other => return Err(SqlProblem::new(format!("`{other}` is no type of Redshift's"), place)),
    };
    let most = match kind {
        Kind::Char(_) => 4_096,
        Kind::Varchar(_) => 65_535,
        Kind::Varbyte(_) => 16_777_216,
        _ => return Ok(kind),
    };
    match kind {
        Kind::Char(length) | Kind::Varchar(length) | Kind::Varbyte(length)
            if (1..=most).contains(&length) =>
        {
            Ok(kind)
        }
        _ => Err(SqlProblem::new(format!("the length of `{word}` is 1 to {most} bytes"), place)),
    }
}

fn decimal(cursor: &mut Cursor) -> Result<Kind, SqlProblem> {
    if !cursor.takes_sign('(') {
        return Ok(Kind::Decimal(18, 0));
    }
    let place = cursor.place();
    let precision = cursor.number("the precision")?;
    let scale = if cursor.takes_sign(',') { cursor.number("the scale")? } else { 0 };
    cursor.sign(')')?;
    match (u8::try_from(precision), u8::try_from(scale)) {
        (Ok(precision @ 1..=38), Ok(scale @ 0..=37)) if scale <= precision => {
            Ok(Kind::Decimal(precision, scale))
        }
        _ => {
            Err(SqlProblem::new("a decimal has 1 to 38 digits, and no more of them behind the point", place))
        }
    }
}

/// The length in parentheses. `MAX` is left as the most of a `VARCHAR`.
fn length(cursor: &mut Cursor, default: u32) -> Result<u32, SqlProblem> {
    if !cursor.takes_sign('(') {
        return Ok(default);
    }
    let length = if cursor.takes("max") { 65_535 } else { cursor.number("the length")? };
    cursor.sign(')')?;
    Ok(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_as_people_write_it() {
        let table = parse(
            "-- the shop\nCREATE TABLE IF NOT EXISTS public.Orders (\n  id BIGINT IDENTITY(1,1) ENCODE az64 NOT NULL,\n  \
             \"Name\" VARCHAR(MAX) ENCODE lzo, /* any */ data SUPER, at TIMESTAMP WITH TIME ZONE DEFAULT getdate(),\n  \
             total numeric(18,4) DISTKEY, flag bool NOT NULL, v varbyte(100), f float(24), c character varying(20),\n  \
             PRIMARY KEY (total)\n) DISTSTYLE KEY COMPOUND SORTKEY (at, id);",
        )
        .unwrap();
        assert_eq!((table.schema.as_deref(), &*table.name), (Some("public"), "orders"));
        let kinds: Vec<_> = table.columns.iter().map(|column| (&*column.name, column.kind)).collect();
        assert_eq!(
            kinds,
            [
                ("id", Kind::BigInt),
                ("name", Kind::Varchar(65_535)),
                ("data", Kind::Super),
                ("at", Kind::TimestampTz),
                ("total", Kind::Decimal(18, 4)),
                ("flag", Kind::Boolean),
                ("v", Kind::Varbyte(100)),
                ("f", Kind::Real),
                ("c", Kind::Varchar(20)),
            ]
        );
        let flags = |name: &str| {
            let column = table.columns.iter().find(|column| column.name == name).unwrap();
            (column.is_required, column.has_default, column.is_identity)
        };
        assert_eq!(flags("id"), (true, false, true));
        assert_eq!(flags("at"), (false, true, false));
        assert_eq!(flags("total"), (true, false, false));
    }

    #[test]
    fn a_file_may_hold_other_statements() {
        let file = "DROP TABLE IF EXISTS a; CREATE TABLE a (x int);\nCREATE TABLE s.b (y int); GRANT INSERT ON a TO u;";
        assert_eq!(parse_file(file, "S.B").unwrap().columns[0].name, "y");
        assert_eq!(parse_file(file, "a").unwrap().columns[0].name, "x");
        assert!(parse_file(file, "c").unwrap_err().message.ends_with("among those here: a, b"));
        assert_eq!(parse_file("CREATE TABLE a (x int)", "c").unwrap().name, "a");
        let problem = parse_file("SELECT 1; CREATE TABLE a (x strange)", "a").unwrap_err();
        assert_eq!(problem.range.start, 28);
        assert!(parse_file("SELECT 1", "a").is_err());
    }

    #[test]
    fn what_is_wrong_has_its_place() {
        for (text, message, at) in [
            ("SELECT 1", "`CREATE TABLE` is missing before `select`", "SELECT"),
            ("CREATE TABLE t (a strange)", "`strange` is no type of Redshift's", "strange"),
            ("CREATE TABLE t (a int, A int)", "the column `a` is defined twice", "A"),
            ("CREATE TABLE t (a varchar(70000))", "the length of `varchar` is 1 to 65535 bytes", "varchar"),
            (
                "CREATE TABLE t (a decimal(5,9))",
                "a decimal has 1 to 38 digits, and no more of them behind the point",
                "5",
            ),
            ("CREATE TABLE t (a int", "`)` is missing at the end", ""),
            (
                "CREATE TABLE t (like o)",
                "`LIKE` takes the columns of another table, which is not here",
                "like",
            ),
            ("CREATE TABLE t (a int, primary key (b))", "there is no column `b`", "b"),
        ] {
            let problem = parse(text).unwrap_err();
            assert_eq!((&*problem.message, &text[problem.range]), (message, at), "{text}");
        }
    }
}
