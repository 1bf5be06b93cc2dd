//! The table over the objects: columns from the template or a file, partitions from the prefix.

use std::path::Path;

use crate::commands::CommandError;
use crate::commands::stream::Opened;
use crate::commands::table as tables;
use crate::foundation::document::Node;
use crate::foundation::timestamp::Timestamp;
use crate::model::destination::contract::Lane;
use crate::model::format::table::Table;
use crate::model::lower::lanes::{self, ObjectLane};
use crate::model::partition_columns::{self, Projection};
use crate::report::render::ddl::{self, Storage, TableParts};
use crate::report::render::{Fact, TableView};

/// The table; `None` where the stream delivers to no bucket.
pub fn table(
    opened: &Opened,
    kind: &str,
    block: &Node,
    lanes: &[ObjectLane],
    file: Option<&Path>,
    at: Timestamp,
) -> Result<Option<TableView>, CommandError> {
    let is_s3 = matches!(kind, "ExtendedS3DestinationConfiguration" | "S3DestinationConfiguration");
    let lane = lanes.iter().find(|lane| is_s3 && lane.lane == Lane::Destination);
    let Some(lane) = lane else {
        return match file {
            Some(_) => {
                Err(CommandError::usage("`--table`: the stream delivers to no bucket that a table lies over"))
            }
            None => Ok(None),
        };
    };
    let schema =
        block.get("DataFormatConversionConfiguration").and_then(|block| block.get("SchemaConfiguration"));
    let schema = schema.filter(|_| lanes::converted(block).is_some());
    let name = schema.and_then(|schema| schema.get("TableName")).and_then(Node::as_text);
    let partitioning = partition_columns::partitioning(lane.s3.prefix.as_ref());
    let mut notes = partitioning.notes.clone();
    let named = || schema.and_then(|schema| tables::in_template(&opened.template, &opened.world, schema));
    let folder = format!("s3://{}/{}", lane.s3.bucket, partitioning.location);
    let lying_over = || tables::over(&opened.template, &opened.world, &folder);
    let (found, columns_from) = match file {
        Some(file) => {
            let wanted = schema.map(|schema| tables::Wanted::of(schema, &opened.world)).unwrap_or_default();
            let (table, note) = tables::from_file(file, &wanted, &opened.pseudo)?;
            notes.extend(note);
            (Some(table), format!("of {}", file.display()))
        }
        None => match named().or_else(lying_over) {
            Some(Ok(table)) => (Some(table), "of the template's Glue table".to_owned()),
            Some(Err(problems)) => {
                // All else can be shown.
                notes.extend(problems.into_iter().map(|problem| {
                    let position = opened.template.source.position(problem.span.start);
                    format!("the template's Glue table, line {}: {}", position.line, problem.message)
                }));
                (None, PLACEHOLDER.to_owned())
            }
            None => (None, PLACEHOLDER.to_owned()),
        },
    };
    let storage = match lanes::converted(block) {
        Some(".orc") => Storage::Orc,
        Some(_) => Storage::Parquet,
        None => Storage::Json,
    };
    match lane.compression.codec().name() {
        "ZIP" => notes.push("Athena reads no ZIP".to_owned()),
        "Snappy" => notes.push("Athena does not read Snappy as Firehose frames it (snappy-java)".to_owned()),
        _ => {}
    }
    notes.extend(line_ends(block).filter(|_| storage == Storage::Json).map(str::to_owned));
    let mut columns: Vec<(String, String)> = Vec::new();
    for column in found.iter().flat_map(|table: &Table| &table.columns) {
        if partitioning.columns.iter().any(|partition| partition.name.eq_ignore_ascii_case(&column.name)) {
            notes.push(format!(
                "`{}` is a partition column, and a column of the table: one must go",
                column.name
            ));
        }
        columns.push((column.name.clone(), column.kind.to_string()));
    }
    if columns.is_empty() {
        columns.push(("REPLACE_WITH_YOUR_COLUMNS".to_owned(), "string".to_owned()));
    }
    let table_name = found
        .and_then(|table| table.name)
        .or(name.map(|name| name.into_owned()))
        .unwrap_or_else(|| opened.logical_id.to_ascii_lowercase());
    let local = at.in_zone(&lane.zone.rules);
    let mut comments = vec![format!("The objects of {}. Columns: {columns_from}.", opened.logical_id)];
    comments.extend(notes.iter().map(|note| format!("But: {note}.")));
    let has = |wanted: fn(&Projection) -> bool| {
        partitioning.columns.iter().any(|column| wanted(&column.projection))
    };
    if has(|projection| *projection == Projection::Injected) {
        comments
            .push("Each query has to say the values of injected columns: WHERE column = 'value'.".to_owned());
    }
    if has(|projection| *projection != Projection::Injected) {
        comments.push("Ranges start in the year of `--at`; widen them to your data.".to_owned());
    }
    let ddl = ddl::create_table(&TableParts {
        name: &table_name,
        columns: &columns,
        comments: &comments,
        partitioning: &partitioning,
        bucket: &lane.s3.bucket,
        storage,
        year: local.year(),
        is_ahead: local.offset().seconds() > 0,
    });
    let fact = |(name, value): (String, String)| Fact { name, value };
    let projected = |projection: &Projection| match projection {
        Projection::Injected => "injected".to_owned(),
        Projection::Integer { .. } => "integer".to_owned(),
        Projection::Date { format, .. } => format!("date {format}"),
    };
    let partition_columns = partitioning
        .columns
        .iter()
        .map(|column| Fact { name: column.name.clone(), value: projected(&column.projection) })
        .collect();
    let columns = columns.into_iter().map(fact).collect();
    Ok(Some(TableView { name: table_name, columns_from, columns, partition_columns, ddl, notes }))
}

const PLACEHOLDER: &str = "a placeholder, for no table is known: name one with `--table FILE`";

/// What to know of line ends where nothing is sure to add them. Log messages that are taken out of their documents come
/// one a line; records may bring their own, and a function may add them.
fn line_ends(block: &Node) -> Option<&'static str> {
    let processors = lanes::processors(block);
    let has = |wanted: &str| processors.iter().any(|(kind, _)| kind == wanted);
    let extracts = |(kind, node): &(String, &Node)| {
        let parameters = node.get("Parameters").and_then(Node::as_list).unwrap_or_default();
        let says = |item: &Node, key: &str, value: &str| {
            item.get(key).and_then(Node::as_text).is_some_and(|text| text.eq_ignore_ascii_case(value))
        };
        kind == "CloudWatchLogProcessing"
            && parameters.iter().any(|item| {
                says(item, "ParameterName", "DataMessageExtraction") && says(item, "ParameterValue", "true")
            })
    };
    if has("AppendDelimiterToRecord") || processors.iter().any(extracts) {
        return None;
    }
    Some(match has("Lambda") {
        true => {
            "Athena reads a record a line: if the function does not end each in a line end, let \
             AppendDelimiterToRecord add one"
        }
        false => {
            "Athena reads a record a line: each must end in a line end, or AppendDelimiterToRecord add one"
        }
    })
}
