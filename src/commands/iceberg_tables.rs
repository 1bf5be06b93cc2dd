//! What is known of the tables of an Iceberg destination: from the template, and from the file of `--table`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::CommandError;
use super::stream::Opened;
use super::table::{self, GLUE_TABLE, Wanted};
use crate::foundation::document::Node;
use crate::model::delivery_stream::DeliveryStream;
use crate::model::destination::Destination;
use crate::model::destination::iceberg::Iceberg;
use crate::model::format::table::Table;
use crate::model::iceberg::definition::Definition;
use crate::model::iceberg::tables::TableName;
use crate::template::intrinsics;

type Definitions = BTreeMap<TableName, Definition>;

/// Tells an Iceberg destination what is known of its tables; leaves any other as it is.
pub fn attach(
    opened: &Opened,
    stream: &mut DeliveryStream,
    file: Option<&Path>,
    not_applied: &mut Vec<String>,
) -> Result<(), CommandError> {
    let Destination::Iceberg(iceberg) = &mut stream.destination else { return Ok(()) };
    let (mut definitions, whole_databases) = in_template(opened, not_applied);
    if let Some(file) = file {
        let (name, definition) = in_file(opened, iceberg, file)?;
        definitions.insert(name, definition);
    }
    let unknown = iceberg.tables.configured.keys().filter(|name| !definitions.contains_key(name));
    let unknown: Vec<String> = unknown.map(|name| format!("{}.{}", name.database, name.table)).collect();
    if !unknown.is_empty() {
        not_applied.push(format!(
            "columns of {} (not in the template: rows are the records' members, unchecked; `--table FILE` names a file \
             with them)",
            unknown.join(", ")
        ));
    }
    iceberg.with_catalogue(definitions, whole_databases);
    Ok(())
}

/// The tables that the template makes, and the databases that it makes with their tables: those where a table has no
/// known name or columns, or that have none, may well have others.
fn in_template(opened: &Opened, not_applied: &mut Vec<String>) -> (Definitions, BTreeSet<Box<str>>) {
    let (mut definitions, mut databases, mut unsure) = (Definitions::new(), BTreeSet::new(), BTreeSet::new());
    let (template, world) = (&opened.template, &opened.world);
    for resource in &template.resources {
        let is_absent = resource.condition().is_some_and(|id| world.condition(template, id) == Some(false));
        let properties = resource.properties().filter(|_| !is_absent);
        let resolved = || intrinsics::resolve(template, world, properties?);
        let text = |node: &Node, name: &str| node.get(name)?.as_text().map(|text| Box::<str>::from(&*text));
        let found = match &*resource.kind {
            "AWS::Glue::Database" => {
                let name = resolved().and_then(|node| text(node.get("DatabaseInput")?, "Name"));
                databases.extend(name);
                None
            }
            GLUE_TABLE => resolved().and_then(|node| {
                let name = table_name(text(&node, "DatabaseName"), text(node.get("TableInput")?, "Name"))?;
                Some((name, Table::from_resource(&node).ok().map(|table| Definition::of_glue(&table))))
            }),
            "AWS::S3Tables::Table" => resolved().and_then(|node| {
                let name = table_name(text(&node, "Namespace"), text(&node, "TableName"))?;
                Some((name, Definition::of_s3_tables(&node)))
            }),
            _ => None,
        };
        match found {
            Some((name, Some(definition))) => drop(definitions.insert(name, definition)),
            Some((name, None)) => {
                unsure.insert(name.database);
                not_applied.push(format!("columns of `{}` (they can't be read)", resource.logical_id));
            }
            None => {}
        }
    }
    let with_tables: BTreeSet<&str> = definitions.keys().map(|name| &*name.database).collect();
    databases.retain(|name| with_tables.contains(&**name) && !unsure.contains(name));
    (definitions, databases)
}

fn table_name(database: Option<Box<str>>, table: Option<Box<str>>) -> Option<TableName> {
    Some(TableName { database: database?, table: table? })
}

/// The table of a file: the stream's table of that name, or its only one.
fn in_file(opened: &Opened, iceberg: &Iceberg, file: &Path) -> Result<(TableName, Definition), CommandError> {
    let tables = &iceberg.tables;
    let single = tables.single.as_ref();
    let wanted = Wanted {
        name: single.map(|single| single.table.to_string()),
        database: single.map(|single| single.database.to_string()),
    };
    let (found, _) = table::from_file(file, &wanted, &opened.pseudo)?;
    let definition = Definition::of_glue(&found);
    let fits = |name: &&TableName| {
        found.name.as_deref().is_none_or(|table| *table == *name.table)
            && found.database.as_deref().is_none_or(|database| *database == *name.database)
    };
    let mut fitting = tables.configured.keys().filter(fits);
    match (fitting.next(), fitting.next()) {
        (Some(name), None) => return Ok((name.clone(), definition)),
        (None, _) if tables.query.is_some() || tables.configured.is_empty() => {
            // Records may find it by themselves.
            let named = table_name(found.database.map(Into::into), found.name.clone().map(Into::into));
            if let Some(name) = named {
                return Ok((name, definition));
            }
        }
        _ => {}
    }
    let names: Vec<String> =
        tables.configured.keys().map(|name| format!("{}.{}", name.database, name.table)).collect();
    let message = format!("{}: it is not said which of the stream's tables this is", file.display());
    Err(CommandError::input(message).hint(match names.is_empty() {
        true => "name database and table in the definition".to_owned(),
        false => format!("name database and table in the definition; the stream has: {}", names.join(", ")),
    }))
}
