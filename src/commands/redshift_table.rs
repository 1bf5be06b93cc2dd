//! The table that COPY loads into: `--table` as Redshift's own `CREATE TABLE`, and the JSONPaths file of `COPY`.

use std::path::Path;
use std::sync::Arc;

use super::stream::Opened;
use super::{CommandError, Context, table};
use crate::foundation::document::Node;
use crate::foundation::span::{Source, Span};
use crate::model::delivery_stream::DeliveryStream;
use crate::model::destination::redshift::Redshift;
use crate::model::destination::{Destination, DestinationKind as _};
use crate::model::redshift::copy::Copy;
use crate::model::redshift::ddl::{self, SqlProblem};
use crate::model::redshift::load::Loader;
use crate::model::redshift::postgresql::name_parts;

/// Gives a stream to Redshift the definition of its table. What of the options changes no row is added to `not_applied`.
pub fn attach(
    context: &Context,
    opened: &Opened,
    stream: &mut DeliveryStream,
    table: Option<&Path>,
    not_applied: &mut Vec<String>,
) -> Result<(), CommandError> {
    let Destination::Redshift(redshift) = &mut stream.destination else { return Ok(()) };
    let Some(path) = table else {
        let hint = "give its CREATE TABLE with `--table FILE`";
        let table = &redshift.table;
        context
            .terminal
            .note(&format!("note: the records are not checked against the table `{table}`: {hint}"));
        return Ok(());
    };
    let copy = options(opened, redshift)?;
    not_applied.extend(copy.not_applied.iter().map(|option| format!("{option} of `CopyOptions`")));
    let source = table::source_of(path)?;
    let table = ddl::parse_file(&source.text, &redshift.table).map_err(|problem| told(&source, &problem))?;
    if name_parts(&redshift.table).last() != Some(&table.name) {
        context.terminal.note(&format!(
            "note: {} defines `{}`; the stream loads into `{}`",
            source.name, table.name, redshift.table
        ));
    }
    let configured = context.config.simulate.jsonpaths.as_ref().map(|path| context.config.path(path));
    let paths = configured.as_deref().map(table::source_of).transpose()?;
    let columns = redshift.columns.clone().unwrap_or_default();
    let loader =
        Loader::new(table, copy, &columns, paths.as_ref().map(|paths| &*paths.text)).map_err(|problem| {
            // What the list of columns does not say comes from the options: the JSONPaths file, `noshred`.
            let is_of_columns = problem.message.contains("DataTableColumns");
            let property = if is_of_columns { "DataTableColumns" } else { "CopyOptions" };
            let error = at_property(opened, property, &problem);
            if paths.is_none() && problem.message.contains("JSONPaths") {
                return error.hint("name a copy of it with `--jsonpaths FILE`");
            }
            error
        })?;
    redshift.loader = Some(Arc::new(loader));
    Ok(())
}

fn options(opened: &Opened, redshift: &Redshift) -> Result<Copy, CommandError> {
    let text = redshift.options.as_deref().unwrap_or_default();
    Copy::parse(text).map_err(|problem| at_property(opened, "CopyOptions", &problem))
}

/// A problem with a property of `CopyCommand`, where that stands.
fn at_property(opened: &Opened, property: &str, problem: &SqlProblem) -> CommandError {
    let block = opened.properties.get(Redshift::PROPERTY).and_then(|block| block.get("CopyCommand"));
    let node: Option<&Node> = block.and_then(|copy| copy.get(property)).or(block);
    let span = node.map_or(Span::default(), |node| node.span);
    let source = &opened.template.source;
    let position = source.position(span.start);
    let place = format!("{}:{}:{}", source.name, position.line, position.column);
    CommandError::input(format!("{place}: `{property}`: {}", problem.message))
}

fn told(source: &Source, problem: &SqlProblem) -> CommandError {
    let position = source.position(u32::try_from(problem.range.start).unwrap_or_default());
    let message = format!("{}:{}:{}: {}", source.name, position.line, position.column, problem.message);
    CommandError::input(message).hint("give the table's `CREATE TABLE` as Redshift has it")
}
