//! The tables of a stream, and how a record finds its own: by what the function says, then by the query, then by the
//! single table of the template.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
};

use super::definition::Definition;
use crate::model::{
    destination::request::LeftOut,
    failure::{Failure, FailureKind},
    format::json::Json,
    json_row::{self, Members},
    partition_key::{Pair, PartitionKey},
    processor::{
        lambda_response::Metadata,
        metadata_extraction::{MetadataExtraction, json_text},
        table_rows::TableRows,
    },
    s3::S3Settings,
};

/// The database, in what a function or a query says (CHOICE: of a query this is not documented).
pub const DATABASE: &str = "destinationDatabaseName";
/// The table.
pub const TABLE: &str = "destinationTableName";
/// What is done in the table.
pub const OPERATION: &str = "operation";
/// All that a function or a query says of a row.
pub const ROUTE: &[&str] = &[DATABASE, TABLE, OPERATION];
/// What of it tells one commit from another.
pub const COMMIT: &[&str] = &[DATABASE, TABLE];

/// The `error-output-type` of refused rows (behaviour sheet, 6.4).
pub const ERROR_OUTPUT_TYPE: &str = "iceberg-failed";

/// The most characters of a name of a database or table.
const LONGEST_NAME: usize = 255;

/// Database and table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TableName {
    /// The database.
    pub database: Box<str>,
    /// The table.
    pub table: Box<str>,
}

/// What `DestinationTableConfigurationList` says of a table.
#[derive(Clone, Debug, Default)]
pub struct Configured {
    /// `UniqueKeys`: the columns by which updates and deletions find their rows.
    pub unique_keys: Vec<Box<str>>,
    /// The bucket with `S3ErrorOutputPrefix` in the place of its own error prefix, where the table has one (CHOICE: with
    /// the same expressions and defaults).
    pub errors: Option<S3Settings>,
}

/// What is done in a table with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// The row is added.
    Insert,
    /// The row takes the place of the one with its keys, or is added where there is none.
    Update,
    /// The row with its keys is taken away.
    Delete,
}

impl Operation {
    /// All of them by name.
    const ALL: [(&'static str, Operation); 3] =
        [("insert", Operation::Insert), ("update", Operation::Update), ("delete", Operation::Delete)];

    fn named(name: &str) -> Option<Operation> {
        Operation::ALL.into_iter().find(|(known, _)| *known == name).map(|(_, operation)| operation)
    }
}

/// The tables of a stream.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// `MetadataExtractionQuery`, which says [`ROUTE`].
    pub query: Option<MetadataExtraction>,
    /// `DestinationTableConfigurationList`.
    pub configured: BTreeMap<TableName, Configured>,
    /// The table of a list of one.
    pub single: Option<TableName>,
    /// `AppendOnly`.
    pub is_append_only: bool,
    /// Columns of tables, as far as they are known. Rows of other tables are the records' members.
    pub definitions: BTreeMap<TableName, Definition>,
    /// Databases that the template makes with their tables: it holds all that there are (CHOICE).
    pub whole_databases: BTreeSet<Box<str>>,
}

/// What is said of a record's row, so far.
#[derive(Default)]
struct Route {
    values: [Option<String>; 3],
}

impl Route {
    fn fill(&mut self, values: [Option<String>; 3]) {
        for (known, value) in self.values.iter_mut().zip(values) {
            if known.is_none() {
                *known = value.filter(|value| !value.is_empty());
            }
        }
    }

    fn is_complete(&self) -> bool {
        self.values.iter().all(Option::is_some)
    }

    fn table(&self) -> Option<(&str, &str)> {
        Some((self.values[0].as_deref()?, self.values[1].as_deref()?))
    }
}

/// The key of a row's commit: its table.
fn commit(database: &str, table: &str) -> Vec<Pair> {
    vec![(DATABASE.into(), database.into()), (TABLE.into(), table.into())]
}

fn table_of(key: &PartitionKey) -> Option<TableName> {
    Some(TableName { database: key.value(DATABASE)?.into(), table: key.value(TABLE)?.into() })
}

/// Which columns are written: of a deletion the unique keys alone, as in the delete file.
fn is_written(operation: Operation, configured: Option<&Configured>) -> impl Fn(&str) -> bool + '_ {
    let keys = configured.map(|of| &of.unique_keys[..]).unwrap_or_default();
    move |name| operation != Operation::Delete || keys.iter().any(|key| **key == *name)
}

fn refused(code: &'static str, message: impl Into<String>, key: PartitionKey) -> Failure {
    Failure { kind: FailureKind::Destination(ERROR_OUTPUT_TYPE), key, ..Failure::processing(code, message) }
}

impl TableRows for Tables {
    fn key(&self, record: &[u8], said: &Metadata) -> Result<PartitionKey, Failure> {
        let mut route = Route::default();
        let said_of = |name: &&str| {
            let found = said.table.iter().rev().find(|(known, _)| known == name);
            found.and_then(|(_, value)| json_text(value))
        };
        route.fill([DATABASE, TABLE, OPERATION].each_ref().map(said_of));
        if self.query.is_none() {
            route.fill(self.of_single());
        }
        let members = match json_row::members(record) {
            Ok(members) => members,
            Err(message) => {
                let key = route.table().map(|(database, table)| PartitionKey::new(commit(database, table)));
                return Err(refused("ICEBERG_BAD_DATA", message, key.unwrap_or_default()));
            }
        };
        if let Some(query) = self.query.as_ref().filter(|_| !route.is_complete()) {
            let mut values = query.values(record)?.into_iter();
            route.fill(std::array::from_fn(|_| values.next().flatten()));
            route.fill(self.of_single());
        }
        self.judge(&route, &members)
    }
}

impl Tables {
    fn of_single(&self) -> [Option<String>; 3] {
        let name = |text: &str| Some(text.to_owned());
        match &self.single {
            Some(single) => [name(&single.database), name(&single.table), None],
            None => [None, None, None],
        }
    }

    /// What the template says of a key's table.
    pub fn configured(&self, key: &PartitionKey) -> Option<&Configured> {
        self.configured.get(&table_of(key)?)
    }

    /// Whether nothing speaks against a table.
    fn may_exist(&self, name: &TableName) -> bool {
        !self.whole_databases.contains(&name.database)
            || self.configured.contains_key(name)
            || self.definitions.contains_key(name)
    }

    fn judge(&self, route: &Route, members: &Members<'_>) -> Result<PartitionKey, Failure> {
        let Some((database, table)) = route.table() else {
            let missing = if route.values[1].is_none() { "table" } else { "database" };
            let message =
                format!("Neither the function nor the query nor a single table says which {missing}.");
            return Err(refused("Iceberg.InvalidTableName", message, PartitionKey::EMPTY));
        };
        let mut pairs = commit(database, table);
        let refuse =
            |code, message: String| Err(refused(code, message, PartitionKey::new(commit(database, table))));
        let is_name = |name: &str| {
            name.chars().count() <= LONGEST_NAME
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '_')
        };
        for (what, name) in [("database", database), ("table", table)] {
            if !is_name(name) {
                let shown: String = name.chars().take(80).collect();
                let message = format!("`{shown}` is no name of a {what}: letters, digits, `.` and `_`.");
                return refuse("Iceberg.InvalidTableName", message);
            }
        }
        let name = TableName { database: database.into(), table: table.into() };
        if !self.may_exist(&name) {
            let message =
                format!("The template makes the database `{database}`, and no table `{table}` in it.");
            return refuse("Iceberg.NoSuchTable", message);
        }
        let wanted = route.values[2].as_deref().unwrap_or("insert");
        let Some(operation) = Operation::named(wanted) else {
            let shown: String = wanted.chars().take(80).collect();
            let message = format!("The operation is `{shown}`; it is insert, update or delete.");
            return refuse("Iceberg.InvalidOperation", message);
        };
        if operation != Operation::Insert {
            if self.is_append_only {
                let message = format!("The operation is {wanted}, and the stream has `AppendOnly`.");
                return refuse("Iceberg.InvalidOperation", message);
            }
            let keys = self.configured.get(&name).map(|of| &of.unique_keys[..]).unwrap_or_default();
            if keys.is_empty() {
                let message = format!("The table {database}.{table} has no unique keys to find the row by.");
                return refuse("Iceberg.MissingUniqueKeys", message);
            }
            let has = |key: &str| members.iter().any(|(name, value)| **name == *key && *value != Json::Null);
            if let Some(key) = keys.iter().find(|key| !has(key)) {
                let message = format!("The record has no value for the unique key `{key}`.");
                return refuse("Iceberg.MissingColumnWithinRecord", message);
            }
        }
        if let Some(definition) = self.definitions.get(&name) {
            let is_written = is_written(operation, self.configured.get(&name));
            if let Err(unfit) = definition.row(members, is_written) {
                return refuse(unfit.code, unfit.message);
            }
        }
        pairs.push((OPERATION.into(), wanted.into()));
        Ok(PartitionKey::new(pairs))
    }

    /// The keys of a record that its table has no column for, where the columns are known.
    pub fn leaves_out(&self, record: &[u8], key: &PartitionKey) -> Vec<LeftOut> {
        let found = table_of(key).and_then(|name| Some((self.definitions.get(&name)?, name)));
        let Some((definition, name)) = found else { return Vec::new() };
        let members = json_row::members(record).unwrap_or_default();
        let is_column = |name: &str| definition.columns.iter().any(|column| column.name == name);
        let unknown = members.iter().filter(|(name, _)| !is_column(name));
        unknown
            .map(|(member, _)| {
                let nearly = definition.columns.iter().map(|column| &column.name);
                let nearly = nearly.into_iter().find(|column| column.eq_ignore_ascii_case(member));
                LeftOut {
                    table: format!("{}.{}", name.database, name.table),
                    key: member.chars().take(80).collect(),
                    nearly: nearly.cloned(),
                }
            })
            .collect()
    }

    /// Writes a record's row as a line: table, operation, the keys by which its row is found, and the row. Of a deletion
    /// that is the keys alone, as in the delete file.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_row(&self, record: &[u8], key: &PartitionKey, out: &mut dyn Write) -> io::Result<()> {
        let value = |name: &str| key.value(name).unwrap_or_default();
        let operation = Operation::named(value(OPERATION)).unwrap_or(Operation::Insert);
        let keys = self.configured(key).map(|of| &of.unique_keys[..]).unwrap_or_default();
        let text = |name: &str| json_row::text(value(name));
        write!(
            out,
            "{{\"database\":{},\"table\":{},\"operation\":{}",
            text(DATABASE),
            text(TABLE),
            text(OPERATION)
        )?;
        if operation != Operation::Insert {
            let keys: Vec<serde_json::Value> = keys.iter().map(|key| (&**key).into()).collect();
            write!(out, ",\"unique_keys\":{}", serde_json::Value::from(keys))?;
        }
        out.write_all(b",\"row\":")?;
        // It was judged before it was buffered, so there is nothing to be told here.
        let members = json_row::members(record).unwrap_or_default();
        let is_written = is_written(operation, self.configured(key));
        match table_of(key).and_then(|name| self.definitions.get(&name)) {
            Some(definition) => {
                json_row::write_object(definition.row(&members, is_written).unwrap_or_default(), out)?;
            }
            None => {
                let row = members.iter().filter(|(name, _)| is_written(name));
                json_row::write_object(row.map(|(name, value)| (&**name, value.to_json())), out)?;
            }
        }
        out.write_all(b"}\n")
    }
}
