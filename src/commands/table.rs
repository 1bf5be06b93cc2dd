//! The Glue table that a conversion writes for: from the template, or from a file whose content says what it is.

use std::io::Read as _;
use std::path::Path;

use super::CommandError;
use crate::foundation::document::Node;
use crate::foundation::span::{Source, Span};
use crate::foundation::suggest::nearest;
use crate::model::format::ddl;
use crate::model::format::table::Table;
use crate::model::lower::Problem;
use crate::template::parameters::Supplied;
use crate::template::read::{self, LARGEST_TEXT, ReadProblem};
use crate::template::{Pseudo, Template, World, conditions, intrinsics};

/// The type of a table's resource.
pub(super) const GLUE_TABLE: &str = "AWS::Glue::Table";

/// The table that `SchemaConfiguration` names, where the template declares it: by reference, or by its name.
pub fn in_template(template: &Template, world: &World, schema: &Node) -> Option<Result<Table, Vec<Problem>>> {
    let name = schema.get("TableName")?;
    let database = schema.get("DatabaseName").and_then(Node::as_text);
    let resolved =
        |resource: &crate::template::Resource| intrinsics::resolve(template, world, resource.properties()?);
    if let Some(reference) = &name.reference
        && reference.attribute.is_none()
        && let Some(resource) = template.resource(&reference.target)
    {
        let properties = (&*resource.kind == GLUE_TABLE).then(|| resolved(resource))??;
        return Some(Table::from_resource(&properties));
    }
    let name = name.as_text()?;
    let tables = template.resources.iter().filter(|resource| &*resource.kind == GLUE_TABLE);
    // Glue keeps names in lower case, and finds them whatever theirs is.
    let found = tables.filter_map(resolved).find(|properties| {
        let input = properties.get("TableInput").and_then(|input| input.get("Name"));
        // Another database that is known to be another one holds another table.
        let other = properties.get("DatabaseName").and_then(Node::as_text);
        let is_elsewhere =
            other.zip(database.as_ref()).is_some_and(|(one, other)| !one.eq_ignore_ascii_case(other));
        input.and_then(Node::as_text).is_some_and(|found| found.eq_ignore_ascii_case(&name)) && !is_elsewhere
    });
    found.map(|properties| Table::from_resource(&properties))
}

/// The table of the template that lies over a folder of a bucket (`s3://bucket/folder/`): the one that lies closest.
pub fn over(template: &Template, world: &World, folder: &str) -> Option<Result<Table, Vec<Problem>>> {
    let tables = template.resources.iter().filter(|resource| &*resource.kind == GLUE_TABLE);
    let resolved = tables.filter_map(|resource| intrinsics::resolve(template, world, resource.properties()?));
    let location = |properties: &Node| {
        let location = properties.get("TableInput")?.get("StorageDescriptor")?.get("Location")?;
        Some(location.as_text()?.trim_end_matches('/').to_owned() + "/")
    };
    let mut closest: Option<(usize, Node)> = None;
    for properties in resolved {
        let Some(location) = location(&properties).filter(|location| folder.starts_with(location.as_str()))
        else {
            continue;
        };
        // Of equal ones the first.
        if closest.as_ref().is_none_or(|(length, _)| *length < location.len()) {
            closest = Some((location.len(), properties));
        }
    }
    closest.map(|(_, properties)| Table::from_resource(&properties))
}

/// The table that a stream names, as far as its names are known.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The table's name.
    pub name: Option<String>,
    /// The database's.
    pub database: Option<String>,
}

impl Wanted {
    /// What `SchemaConfiguration` names. A name that was made up here is that of no table.
    pub fn of(schema: &Node, world: &World) -> Wanted {
        let made_up = world.made_up.borrow();
        let known = |property: &str| {
            let text = schema.get(property)?.as_text()?;
            (!made_up.values().any(|name| *name == text)).then(|| text.into_owned())
        };
        Wanted { name: known("TableName"), database: known("DatabaseName") }
    }

    /// Whether a table may be this one, but for its name. Glue compares without regard to case.
    fn is_of(&self, database: Option<&str>) -> bool {
        self.database.as_deref().zip(database).is_none_or(|(one, other)| one.eq_ignore_ascii_case(other))
    }

    fn is_called(&self, name: &str) -> bool {
        self.name.as_deref().is_some_and(|wanted| wanted.eq_ignore_ascii_case(name))
    }

    fn shown(&self) -> String {
        let name = self.name.as_deref().unwrap_or_default();
        shown(self.database.as_deref(), name)
    }
}

fn shown(database: Option<&str>, name: &str) -> String {
    database.map_or_else(|| name.to_owned(), |database| format!("{database}.{name}"))
}

/// The table of a file: Hive or Athena DDL, the answer of `aws glue get-table`, or a CloudFormation template. Of several
/// tables it has to hold the one that is `wanted`; a single one is taken, whatever it is called, and a note says so.
pub fn from_file(
    path: &Path,
    wanted: &Wanted,
    pseudo: &Pseudo,
) -> Result<(Table, Option<String>), CommandError> {
    let source = source_of(path)?;
    let table = read_table(&source, wanted, pseudo)?;
    let note = other_name(&source.name, &table, wanted);
    Ok((table, note))
}

/// A word on a table that is known to be called otherwise than the one that is wanted.
fn other_name(file: &str, table: &Table, wanted: &Wanted) -> Option<String> {
    let name = table.name.as_deref()?;
    let is_wanted = wanted.is_of(table.database.as_deref());
    if wanted.name.is_none() || (wanted.is_called(name) && is_wanted) {
        return None;
    }
    let found = shown(table.database.as_deref(), name);
    Some(format!("{file} defines `{found}`, which is taken for `{}` of the stream", wanted.shown()))
}

/// The text of a file that defines a table.
///
/// # Errors
/// Where it can't be read, is too large or is no text.
pub fn source_of(path: &Path) -> Result<Source, CommandError> {
    let name = path.display().to_string();
    let problem = |error: std::io::Error| CommandError::input(format!("{name}: {error}"));
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(problem)?;
    file.take(LARGEST_TEXT as u64 + 1).read_to_end(&mut bytes).map_err(problem)?;
    if bytes.len() > LARGEST_TEXT {
        return Err(CommandError::input(format!("{name} has more than {LARGEST_TEXT} bytes")));
    }
    let text =
        String::from_utf8(bytes).map_err(|_| CommandError::input(format!("{name} is not UTF-8 text")))?;
    Ok(Source::new(name, text.strip_prefix('\u{feff}').unwrap_or(&text)))
}

fn read_table(source: &Source, wanted: &Wanted, pseudo: &Pseudo) -> Result<Table, CommandError> {
    if ddl::is_ddl(&source.text) {
        let all = ddl::parse_all(&source.text).map_err(|problem| told(source, &[problem]))?;
        let one = |ddl::Definition { name, database, table }| Named {
            name,
            database,
            table: table.map_err(|problem| vec![problem]),
        };
        return choose(source, wanted, all.into_iter().map(one).collect());
    }
    let document = read::read(&source.text);
    for (span, problem) in &document.problems {
        if let ReadProblem::Syntax(words) | ReadProblem::TooMuch(words) = problem {
            let message = format!("neither a definition of a table nor JSON or YAML: {words}");
            return Err(told(source, &[Problem { message, span: *span }]));
        }
    }
    let Some(root) = document.root else { return Err(nothing(source)) };
    let read = if root.get("Resources").is_some() {
        return of_template(source, wanted, pseudo);
    } else if let Some(tables) = root.get("TableList").and_then(Node::as_list) {
        let tables = tables.iter().map(|table| Named {
            name: text_of(table, "Name").unwrap_or_default(),
            database: text_of(table, "DatabaseName"),
            table: Table::from_get_table(table),
        });
        return choose(source, wanted, tables.collect());
    } else if let Some(version) = root.get("TableVersion") {
        Table::from_get_table(version)
    } else if root.get("Table").is_some() || root.get("StorageDescriptor").is_some() {
        Table::from_get_table(&root)
    } else if root.get("TableInput").is_some() {
        Table::from_resource(&root)
    } else {
        return Err(nothing(source));
    };
    read.map_err(|problems| told(source, &problems))
}

fn nothing(source: &Source) -> CommandError {
    CommandError::input(format!("{} holds no table", source.name)).hint(
        "give `CREATE EXTERNAL TABLE ...`, the answer of `aws glue get-table`, or a template with an \
         AWS::Glue::Table",
    )
}

fn of_template(source: &Source, wanted: &Wanted, pseudo: &Pseudo) -> Result<Table, CommandError> {
    let template = Template::read(Source::new(source.name.clone(), source.text.clone()));
    let world = conditions::deployed(&Supplied::new(), pseudo);
    let mut tables = Vec::new();
    for resource in template.resources.iter().filter(|resource| &*resource.kind == GLUE_TABLE) {
        let properties = resource.properties().and_then(|node| intrinsics::resolve(&template, &world, node));
        if let Some(properties) = properties {
            let table = Table::from_resource(&properties);
            let name = properties.get("TableInput").and_then(|input| text_of(input, "Name"));
            let name = name.unwrap_or_else(|| resource.logical_id.to_string());
            let database = Wanted::of(&properties, &world).database;
            tables.push(Named { name, database, table });
        }
    }
    choose(source, wanted, tables)
}

fn text_of(node: &Node, property: &str) -> Option<String> {
    node.get(property).and_then(Node::as_text).map(|text| text.into_owned())
}

/// A table with its name, as it could be read.
struct Named {
    name: String,
    database: Option<String>,
    table: Result<Table, Vec<Problem>>,
}

/// The only table, or the one that is wanted.
fn choose(source: &Source, wanted: &Wanted, mut tables: Vec<Named>) -> Result<Table, CommandError> {
    if tables.len() < 2 {
        let Some(only) = tables.pop() else { return Err(nothing(source)) };
        return only.table.map_err(|problems| told(source, &problems));
    }
    let names: Vec<String> = tables.iter().map(|one| shown(one.database.as_deref(), &one.name)).collect();
    tables.retain(|one| wanted.is_called(&one.name) && wanted.is_of(one.database.as_deref()));
    // One that says its database beats one that does not.
    if wanted.database.is_some() && tables.iter().any(|one| one.database.is_some()) {
        tables.retain(|one| one.database.is_some());
    }
    let is_same =
        |one: &Named| matches!((&one.table, &tables[0].table), (Ok(one), Ok(first)) if one == first);
    if tables.len() > 1 && !tables.iter().all(is_same) {
        let message =
            format!("{} has {} different tables called `{}`", source.name, tables.len(), wanted.shown());
        return Err(CommandError::input(message).hint("leave the one that is meant"));
    }
    if tables.is_empty() {
        let called = wanted.shown();
        let why = match wanted.name {
            Some(_) => format!("none called `{called}`"),
            None => "and it is not known which one is meant".to_owned(),
        };
        let error = CommandError::input(format!("{} has {} tables, {why}", source.name, names.len()));
        return Err(match nearest(&called, names.iter().map(String::as_str)) {
            Some(nearest) => error.hint(format!("did you mean `{nearest}`?")),
            None => error,
        }
        .hint(format!("it has: {}", names.join(", "))));
    }
    tables.swap_remove(0).table.map_err(|problems| told(source, &problems))
}

fn told(source: &Source, problems: &[Problem]) -> CommandError {
    let place = |span: Span, message: &str| {
        let position = source.position(span.start);
        format!("{}:{}:{}: {message}", source.name, position.line, position.column)
    };
    let mut error = CommandError::input(match problems {
        [first, ..] => place(first.span, &first.message),
        [] => format!("{}: the table can't be read", source.name),
    });
    let others = problems.iter().skip(1);
    error.hints.extend(others.map(|problem| format!("also {}", place(problem.span, &problem.message))));
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `wanted` is a name, or a database and a name.
    fn wanted(wanted: Option<&str>) -> Wanted {
        let (database, name) = match wanted.and_then(|wanted| wanted.split_once('.')) {
            Some((database, name)) => (Some(database), Some(name)),
            None => (None, wanted),
        };
        Wanted { name: name.map(str::to_owned), database: database.map(str::to_owned) }
    }

    fn table(text: &str, name: Option<&str>) -> Result<Table, String> {
        let source = Source::new("file", text);
        read_table(&source, &wanted(name), &Pseudo::default()).map_err(|error| error.message)
    }

    fn columns(table: &Table) -> Vec<String> {
        table.columns.iter().map(|column| format!("{} {}", column.name, column.kind)).collect()
    }

    const TEMPLATE: &str = "Parameters: {Kind: {Type: String, Default: bigint}}\nResources:\n  One:\n    \
        Type: AWS::Glue::Table\n    Properties:\n      DatabaseName: d\n      TableInput:\n        Name: one\n        \
        PartitionKeys: [{Name: day, Type: string}]\n        StorageDescriptor:\n          Columns:\n            \
        - {Name: id, Type: !Ref Kind}\n            - {Name: p, Type: 'decimal(9,2)'}\n";

    #[test]
    fn the_content_says_what_a_file_is() {
        let answer = r#"{"Table": {"Name": "t", "DatabaseName": "d", "StorageDescriptor": {"Columns": [
            {"Name": "id", "Type": "bigint", "Comment": ""}, {"Name": "p", "Type": "decimal(9,2)"}]},
            "PartitionKeys": [{"Name": "day", "Type": "string"}]}}"#;
        for text in
            [TEMPLATE, answer, "CREATE TABLE t (id BIGINT, p decimal(9,2)) PARTITIONED BY (day string)"]
        {
            let found = table(text, None).unwrap();
            assert_eq!(columns(&found), ["id bigint", "p decimal(9,2)"], "{text}");
            assert_eq!(found.partition_keys.len(), 1);
        }
        assert!(table("a: 1", None).unwrap_err().contains("holds no table"));
        assert!(table("Resources: {}", None).unwrap_err().contains("holds no table"));
    }

    #[test]
    fn of_several_tables_the_name_chooses() {
        let two = TEMPLATE.to_owned()
            + "  Two:\n    Type: AWS::Glue::Table\n    Properties:\n      TableInput:\n        Name: two\n        \
               StorageDescriptor: {Columns: [{Name: x, Type: string}]}\n";
        assert_eq!(columns(&table(&two, Some("two")).unwrap()), ["x string"]);
        assert!(table(&two, Some("tow")).unwrap_err().contains("2 tables, none called `tow`"));
        assert_eq!(columns(&table(&two, Some("d.ONE")).unwrap()), ["id bigint", "p decimal(9,2)"]);
        assert!(table(&two, Some("e.one")).unwrap_err().contains("none called `e.one`"));
    }

    #[test]
    fn of_several_definitions_the_name_and_the_database_choose() {
        let text = "CREATE EXTERNAL TABLE lake.other (z int);\nCREATE EXTERNAL TABLE lake.events (a int);\n\
            create table sea.events (b string);\nCREATE TABLE broken (a text);";
        let found = |name: &str| table(text, Some(name)).map(|table| columns(&table));
        assert_eq!(found("lake.Events").unwrap(), ["a int"]);
        assert_eq!(found("sea.events").unwrap(), ["b string"]);
        assert_eq!(found("other").unwrap(), ["z int"]);
        assert_eq!(found("events").unwrap_err(), "file has 2 different tables called `events`");
        assert_eq!(found("lake.clicks").unwrap_err(), "file has 4 tables, none called `lake.clicks`");
        assert!(found("broken").unwrap_err().starts_with("file:4:24: the column `a`"));
        assert!(table(text, None).unwrap_err().ends_with("it is not known which one is meant"));
    }

    #[test]
    fn a_single_table_of_another_name_is_taken_with_a_note() {
        let note = |text: &str, name: &str| {
            let table = table(text, Some(name)).unwrap();
            other_name("f.sql", &table, &wanted(Some(name)))
        };
        let told = note("CREATE TABLE lake.other (z int)", "lake.events").unwrap();
        assert_eq!(told, "f.sql defines `lake.other`, which is taken for `lake.events` of the stream");
        assert!(note("CREATE TABLE sea.events (z int)", "lake.events").is_some());
        assert_eq!(note("CREATE TABLE events (z int)", "lake.Events"), None);
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        let wrong = TEMPLATE.replace("'decimal(9,2)'", "'set<string>'");
        let error = table(&wrong, None).unwrap_err();
        assert!(error.starts_with("file:13:") && error.contains("the column `p`: `set<>`"), "{error}");
        let error = table("CREATE TABLE t (\n  a int,\n  b text)", None).unwrap_err();
        assert!(error.starts_with("file:3:5: the column `b`"), "{error}");
    }

    #[test]
    fn a_stream_names_its_table_by_reference_or_name() {
        let template = Template::read(Source::new("t.yaml", TEMPLATE));
        let world = conditions::deployed(&Supplied::new(), &Pseudo::default());
        let find = |schema: &str| {
            let node = read::read(schema).root.unwrap();
            let schema = intrinsics::resolve(&template, &world, &node).unwrap();
            in_template(&template, &world, &schema).map(|table| table.unwrap().columns.len())
        };
        assert_eq!(find("{TableName: !Ref One}"), Some(2));
        assert_eq!(find("{TableName: one, DatabaseName: d}"), Some(2));
        assert_eq!(find("{TableName: ONE, DatabaseName: D}"), Some(2));
        assert_eq!(find("{TableName: one, DatabaseName: other}"), None);
        assert_eq!(find("{TableName: two}"), None);
    }
}
