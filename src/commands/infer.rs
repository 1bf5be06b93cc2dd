//! `infer`: samples in; the Glue table that holds them and the conversion that fits it out.

use std::io;
use std::path::PathBuf;

use serde_json::{Map, Value as Json, json};

use super::simulate::inputs;
use super::{CommandError, Context, Outcome, exit};
use crate::model::format::infer::{Inference, Inferred, Note, Target};
use crate::simulation::samples::parse::{SampleRules, parse};
use crate::simulation::samples::{ChunkReader, SampleForm};

/// Make a Glue table from samples, and the format conversion that fits it
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  firehose-kit infer --input samples.jsonl > table.yaml\n  \
    firehose-kit infer --input day1.jsonl.gz --input day2.jsonl.gz --name orders --ddl\n  \
    firehose-kit simulate --input samples.jsonl --table table.yaml")]
pub struct Args {
    /// Samples; `-` is standard input, `.gz` is unpacked, several files are read in the order given
    #[arg(short, long, value_name = "FILE", num_args = 1..)]
    input: Vec<PathBuf>,
    /// How the file holds records [default: jsonl]
    #[arg(long, value_name = "FORM", value_parser = SampleForm::ALL.map(|(name, _)| name))]
    input_format: Option<String>,
    /// The name of the table [default: records]
    #[arg(long, value_name = "TABLE", value_parser = name)]
    name: Option<String>,
    /// The name of its database [default: firehose]
    #[arg(long, value_name = "DATABASE", value_parser = name)]
    database: Option<String>,
    /// Which deserialiser reads the records [default: openx]
    #[arg(long, value_parser = ["openx", "hive"])]
    deserializer: Option<String>,
    /// Write the table as Athena's DDL
    #[arg(long, conflicts_with = "format")]
    ddl: bool,
    /// How to write the result: `text` is CloudFormation [default: text]
    #[arg(long, value_name = "FORMAT", value_parser = ["text", "json"])]
    format: Option<String>,
}

/// What the table is called.
struct Names {
    name: String,
    database: String,
}

/// A name as Glue and Athena both take it.
fn name(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    match (1..=255).contains(&text.len()) && text.chars().all(fits) {
        true => Ok(text.to_owned()),
        false => Err("a name has 1 to 255 lower-case letters, digits and underscores".to_owned()),
    }
}

/// Runs the command.
pub fn run(context: &Context, args: Args) -> Outcome {
    let configured = context.config.simulate.input_format.as_deref();
    // The samples of the settings are in the form of the settings; others need not be.
    let form =
        args.input_format.as_deref().or(configured.filter(|_| args.input.is_empty())).unwrap_or("jsonl");
    let form = SampleForm::ALL.into_iter().find(|(known, _)| *known == form).map(|(_, form)| form);
    let form = form.ok_or_else(|| CommandError::usage("the `input-format` of the settings is none"))?;
    if form == SampleForm::CloudwatchLogs {
        return Err(CommandError::usage(
            "subscription documents are gzipped when they are put, and no table holds that",
        )
        .hint("give the records as they are after decompression, with `--input-format jsonl`"));
    }
    let settings = &context.config.infer;
    let or = |flag: &Option<String>, setting: &Option<String>, default: &str| {
        flag.clone().or_else(|| setting.clone()).unwrap_or_else(|| default.to_owned())
    };
    let names = Names {
        name: or(&args.name, &settings.name, "records"),
        database: or(&args.database, &settings.database, "firehose"),
    };
    let target = if or(&args.deserializer, &settings.deserializer, "openx") == "hive" {
        Target::Hive
    } else {
        Target::OpenX
    };
    let inferred = infer(context, &args, form, target)?;
    for note in &inferred.notes {
        context.terminal.note(&format!("note: {}", told(note)));
    }
    if inferred.refused > 0 {
        context.terminal.note(&format!(
            "note: {} of {} records can't be converted, whatever the table",
            inferred.refused, inferred.records
        ));
    }
    let text = match (args.ddl, &*or(&args.format, &settings.format, "text")) {
        (true, _) => ddl(&names, &inferred),
        (_, "json") => as_json(&names, target, &inferred),
        _ => cloudformation(&names, target, &inferred),
    };
    context.terminal.result(&text)?;
    Ok(exit::SUCCESS)
}

fn infer(context: &Context, args: &Args, form: SampleForm, target: Target) -> Result<Inferred, CommandError> {
    let inputs = inputs(&context.config, &args.input)?;
    let names: Vec<String> = inputs.iter().map(crate::simulation::samples::SampleInput::name).collect();
    let wrong = |error: io::Error| CommandError::input(error.to_string());
    let rules = SampleRules { form, keep_newline: false, arrival: None, topic: None, takes_several: false };
    let mut reader = ChunkReader::new(inputs, form);
    let mut inference = Inference::new(target);
    let (mut input, mut units) = (0, 0);
    while let Some(chunk) = reader.next_chunk().map_err(|error| CommandError::input(error.to_string()))? {
        if chunk.input != input {
            (input, units) = (chunk.input, 0);
        }
        let offset = chunk.offset;
        let parsed = parse(chunk, &rules);
        for span in &parsed.batch.spans {
            let record = &parsed.batch.bytes[span.start as usize..][..span.len as usize];
            inference.take(record).map_err(CommandError::input)?;
        }
        if let Some(malformed) = parsed.malformed {
            let number = units + malformed.units_before + 1;
            return Err(wrong(io::Error::other(format!(
                "{}: {} {number}, byte {}: {}",
                names[input],
                form.unit(),
                offset + malformed.offset,
                malformed.message
            ))));
        }
        units += parsed.units;
    }
    inference.finish().map_err(CommandError::input)
}

fn told(note: &Note) -> String {
    let place = if note.path.is_empty() { String::new() } else { format!("`{}`: ", shown(&note.path)) };
    let records: Vec<String> = note.records.iter().map(u64::to_string).collect();
    let records = match &records[..] {
        [] => String::new(),
        [one] => format!(" (record {one})"),
        several => format!(" (records {})", several.join(", ")),
    };
    format!("{place}{}{records}", note.message)
}

/// A key as it can be shown: on one line, and not endless.
fn shown(text: &str) -> String {
    text.chars()
        .take(120)
        .flat_map(char::escape_debug)
        .collect::<String>()
        .replace("\\\"", "\"")
        .replace("\\'", "'")
}

fn quoted(text: &str) -> String {
    Json::from(text).to_string()
}

fn conversion(names: &Names, target: Target, inferred: &Inferred) -> Json {
    let mut options = Map::new();
    let name = match target {
        Target::OpenX => {
            if !inferred.mappings.is_empty() {
                options.insert("ColumnToJsonKeyMappings".to_owned(), json!(inferred.mappings));
            }
            "OpenXJsonSerDe"
        }
        Target::Hive => {
            if !inferred.timestamp_formats.is_empty() {
                options.insert("TimestampFormats".to_owned(), json!(inferred.timestamp_formats));
            }
            "HiveJsonSerDe"
        }
    };
    let mut deserializer = Map::new();
    deserializer.insert(name.to_owned(), Json::Object(options));
    json!({
        "Enabled": true,
        "InputFormatConfiguration": {"Deserializer": deserializer},
        "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {"Compression": "SNAPPY"}}},
        "SchemaConfiguration": {"DatabaseName": names.database, "TableName": names.name, "VersionId": "LATEST"},
    })
}

fn columns(inferred: &Inferred) -> Vec<Json> {
    let column = |column: &crate::model::format::table::Column| json!({"Name": column.name, "Type": column.kind.to_string()});
    inferred.columns.iter().map(column).collect()
}

fn as_json(names: &Names, target: Target, inferred: &Inferred) -> String {
    let note = |note: &Note| {
        let mut shown = json!({"message": note.message, "records": note.records});
        if !note.path.is_empty() {
            shown["path"] = note.path.as_str().into();
        }
        shown
    };
    let document = json!({
        "version": 1,
        "records": inferred.records,
        "refused": inferred.refused,
        "table": {"DatabaseName": names.database, "Name": names.name, "Columns": columns(inferred)},
        "DataFormatConversionConfiguration": conversion(names, target, inferred),
        "notes": inferred.notes.iter().map(note).collect::<Vec<_>>(),
    });
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

fn cloudformation(names: &Names, target: Target, inferred: &Inferred) -> String {
    let mut text = format!(
        "# Made from {} records by `firehose-kit infer`.\nAWSTemplateFormatVersion: \"2010-09-09\"\n\n\
         # For `ExtendedS3DestinationConfiguration` of the delivery stream. There, `SchemaConfiguration` also needs\n\
         # `RoleARN`, a role that may read the table: glue:GetTable, glue:GetTableVersion, glue:GetTableVersions.\n\
         Metadata:\n  DataFormatConversionConfiguration:\n",
        inferred.records
    );
    yaml(&conversion(names, target, inferred), 4, &mut text);
    text += &format!(
        "\nResources:\n  Database:\n    Type: AWS::Glue::Database\n    Properties:\n      CatalogId: !Ref AWS::AccountId\n      \
         DatabaseInput: {{Name: {database}}}\n  Table:\n    Type: AWS::Glue::Table\n    Properties:\n      \
         CatalogId: !Ref AWS::AccountId\n      DatabaseName: !Ref Database\n      TableInput:\n        Name: {name}\n        \
         TableType: EXTERNAL_TABLE\n        Parameters: {{classification: parquet}}\n        StorageDescriptor:\n          \
         # Where the stream writes: its bucket and the fixed part of its prefix.\n          \
         Location: s3://BUCKET/PREFIX/\n          \
         InputFormat: org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat\n          \
         OutputFormat: org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat\n          SerdeInfo:\n            \
         SerializationLibrary: org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe\n          Columns:\n",
        database = quoted(&names.database),
        name = quoted(&names.name),
    );
    for column in &inferred.columns {
        let kind = column.kind.to_string();
        text += &format!("            - {{Name: {}, Type: {}}}\n", quoted(&column.name), quoted(&kind));
    }
    text
}

/// A value as YAML blocks; texts in quotes, which YAML reads as JSON does.
fn yaml(value: &Json, indent: usize, out: &mut String) {
    let Json::Object(members) = value else { return };
    for (key, member) in members {
        // Names of AWS's are words; those of columns are somebody's, and YAML takes `1_000` for a number.
        let is_word =
            key.chars().all(|c| c.is_ascii_alphabetic()) && key.starts_with(|c: char| c.is_ascii_uppercase());
        let name = if is_word { key.clone() } else { quoted(key) };
        let start = format!("{:indent$}{name}:", "");
        match member {
            Json::Object(inner) if !inner.is_empty() => {
                *out += &format!("{start}\n");
                yaml(member, indent + 2, out);
            }
            other => *out += &format!("{start} {other}\n"),
        }
    }
}

fn ddl(names: &Names, inferred: &Inferred) -> String {
    let column =
        |column: &crate::model::format::table::Column| format!("  `{}` {}", column.name, column.kind);
    let columns: Vec<String> = inferred.columns.iter().map(column).collect();
    format!(
        "-- Made from {} records by `firehose-kit infer`. Put in the bucket and the fixed part of the prefix.\n\
         CREATE EXTERNAL TABLE `{}`.`{}` (\n{}\n)\nSTORED AS PARQUET\nLOCATION 's3://BUCKET/PREFIX/';\n",
        inferred.records,
        names.database,
        names.name,
        columns.join(",\n")
    )
}
