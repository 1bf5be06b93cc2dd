//! A table of the Glue catalogue: its columns in order, and where it stands.

use super::hive_type::HiveType;
use crate::foundation::document::Node;
use crate::foundation::span::Span;
use crate::model::lower::Problem;

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The database, where it is said.
    pub database: Option<String>,
    /// The name, where it is said.
    pub name: Option<String>,
    /// The columns, which objects hold.
    pub columns: Vec<Column>,
    /// The partition keys, which the path holds and objects do not.
    pub partition_keys: Vec<Column>,
    /// Columns that each row has: those of an Iceberg table whose parameter `iceberg.field.optional` is `false`.
    pub required: Vec<String>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name, as written.
    pub name: String,
    /// The type.
    pub kind: HiveType,
}

impl Table {
    /// The table of the resolved `Properties` of an `AWS::Glue::Table`.
    ///
    /// # Errors
    /// What can't be read, with its place.
    pub fn from_resource(properties: &Node) -> Result<Table, Vec<Problem>> {
        let input = properties.get("TableInput").unwrap_or(properties);
        let database = properties.get("DatabaseName");
        from_parts(database, input)
    }

    /// The table of what `aws glue get-table` answers, with or without its outer `Table`.
    ///
    /// # Errors
    /// What can't be read, with its place.
    pub fn from_get_table(answer: &Node) -> Result<Table, Vec<Problem>> {
        let table = answer.get("Table").unwrap_or(answer);
        from_parts(table.get("DatabaseName"), table)
    }
}

fn from_parts(database: Option<&Node>, input: &Node) -> Result<Table, Vec<Problem>> {
    let text = |node: Option<&Node>| node.and_then(Node::as_text).map(|text| text.into_owned());
    let mut problems = Vec::new();
    let descriptor = input.get("StorageDescriptor");
    if let Some(reference) = descriptor.and_then(|descriptor| descriptor.get("SchemaReference")) {
        problems.push(Problem {
            message:
                "the columns of this table are in a schema registry, which can't be asked: give them with \
                      `--table FILE`"
                    .to_owned(),
            span: reference.span,
        });
        return Err(problems);
    }
    let columns = descriptor.and_then(|descriptor| descriptor.get("Columns"));
    let table = Table {
        database: text(database),
        name: text(input.get("Name")),
        columns: columns.map(|node| read_columns(node, &mut problems)).unwrap_or_default(),
        partition_keys: input
            .get("PartitionKeys")
            .map(|node| read_columns(node, &mut problems))
            .unwrap_or_default(),
        required: columns.and_then(Node::as_list).unwrap_or_default().iter().filter_map(required).collect(),
    };
    if problems.is_empty() {
        table.check(input.span, &mut problems);
    }
    if problems.is_empty() { Ok(table) } else { Err(problems) }
}

/// The name of a column that each row has.
fn required(column: &Node) -> Option<String> {
    let is_optional = column.get("Parameters")?.get("iceberg.field.optional")?.as_text()?;
    (is_optional == "false").then(|| column.get("Name")?.as_text().map(|name| name.into_owned()))?
}

fn read_columns(node: &Node, problems: &mut Vec<Problem>) -> Vec<Column> {
    let Some(items) = node.as_list() else {
        problems.push(Problem { message: "the columns are not a known list".to_owned(), span: node.span });
        return Vec::new();
    };
    let mut columns = Vec::new();
    for item in items {
        let Some(name) = item.get("Name").and_then(Node::as_text) else {
            problems.push(Problem { message: "a column has no known `Name`".to_owned(), span: item.span });
            continue;
        };
        // A table of Athena's has `string` where no type is given; Glue's own columns do not say.
        let Some(kind) = item.get("Type") else {
            let message = format!("the column `{name}` has no `Type`");
            problems.push(Problem { message, span: item.span });
            continue;
        };
        let parsed = kind.as_text().map(|text| HiveType::parse(&text));
        let message = match parsed {
            Some(Ok(kind)) => {
                columns.push(Column { name: name.into_owned(), kind });
                continue;
            }
            Some(Err(error)) => format!("the column `{name}`: {error}"),
            None => format!("the type of the column `{name}` is not known"),
        };
        problems.push(Problem { message, span: kind.span });
    }
    columns
}

impl Table {
    /// What no columnar file can be made of: no columns, names that stand twice or have blanks.
    pub(super) fn check(&self, place: Span, problems: &mut Vec<Problem>) {
        let mut problem = |message: String| problems.push(Problem { message, span: place });
        if self.columns.is_empty() {
            problem("the table has no columns".to_owned());
        }
        for (at, column) in self.columns.iter().enumerate() {
            let name = &column.name;
            let is_odd = |c: char| c.is_whitespace() || c.is_control() || ",;{}()=".contains(c);
            if name.is_empty() || name.contains(is_odd) {
                problem(format!("the column name `{name}` has blanks or special characters"));
            }
            if self.columns[..at].iter().any(|other| other.name.eq_ignore_ascii_case(name)) {
                problem(format!("the column `{name}` stands twice"));
            }
        }
    }
}
