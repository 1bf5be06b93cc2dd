//! The columns of a Snowflake table: from the `CREATE TABLE` in the file of `--table`.

use std::io::Read as _;
use std::path::Path;

use super::CommandError;
use crate::foundation::span::Source;
use crate::model::delivery_stream::DeliveryStream;
use crate::model::destination::Destination;
use crate::model::snowflake::Loading;
use crate::model::snowflake::definition::{self, SqlProblem};
use crate::template::read::LARGEST_TEXT;

/// Tells a Snowflake destination the columns of its table; leaves any other as it is.
pub fn attach(
    stream: &mut DeliveryStream,
    file: Option<&Path>,
    not_applied: &mut Vec<String>,
) -> Result<(), CommandError> {
    let Destination::Snowflake(snowflake) = &mut stream.destination else { return Ok(()) };
    let Some(path) = file else {
        if snowflake.rows.loading != Loading::Json {
            return Ok(());
        }
        let table = [&*snowflake.database, &snowflake.schema, &snowflake.table].join(".");
        not_applied.push(format!(
            "columns of {table} (rows are not checked against them; `--table FILE` names a file with the table's \
             `CREATE TABLE`)"
        ));
        return Ok(());
    };
    let name = path.display().to_string();
    let problem = |error: std::io::Error| CommandError::input(format!("{name}: {error}"));
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(problem)?;
    file.take(LARGEST_TEXT as u64 + 1).read_to_string(&mut text).map_err(problem)?;
    let source = Source::new(name.clone(), text.strip_prefix('\u{feff}').unwrap_or(&text));
    let tables = definition::parse(&source.text).map_err(|SqlProblem { message, range }| {
        let position = source.position(u32::try_from(range.start).unwrap_or(u32::MAX));
        CommandError::input(format!("{name}:{}:{}: {message}", position.line, position.column))
    })?;
    let names = definition::names(&tables);
    let fits = |table: &definition::Definition| {
        table.is_named(&snowflake.database, &snowflake.schema, &snowflake.table)
    };
    match tables.into_iter().find(fits) {
        Some(definition) => snowflake.with_definition(definition),
        None => {
            let message = format!("{name} does not make the table `{}`", snowflake.table);
            return Err(CommandError::input(message).hint(match names.is_empty() {
                true => "it has no `CREATE TABLE`".to_owned(),
                false => format!("it makes: {names}"),
            }));
        }
    }
    Ok(())
}
