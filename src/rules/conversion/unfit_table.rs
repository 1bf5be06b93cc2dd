use super::blocks;
use crate::rule;
use crate::rules::{Finding, Findings, Place, Scope};

rule! {
    /// The Glue table of a conversion does not fit the format that is written.
    ///
    /// ## Why
    /// Firehose takes columns and types from the table. A table that is declared for another format can't be read
    /// with it afterwards; `set<>` and `uniontype<>` cannot be written; names with dots or capitals are not
    /// found in the records. A column that is a partition key as well stands in the file and in the prefix: Athena
    /// refuses a table that has a name twice.
    ///
    /// ## Fires on
    /// ```yaml
    /// Resources:
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: arn:aws:s3:::example-data
    ///         BufferingHints: {SizeInMBs: 128, IntervalInSeconds: 300}
    ///         DataFormatConversionConfiguration:
    ///           Enabled: true
    ///           InputFormatConfiguration:
    ///             Deserializer: {OpenXJsonSerDe: {}}
    ///           OutputFormatConfiguration:
    ///             Serializer: {ParquetSerDe: {}}
    ///           SchemaConfiguration:
    ///             RoleARN: arn:aws:iam::444455556666:role/delivery
    ///             DatabaseName: analytics
    ///             TableName: !Ref Table
    ///   Table:
    ///     Type: AWS::Glue::Table
    ///     Properties:
    ///       CatalogId: !Ref AWS::AccountId
    ///       DatabaseName: analytics
    ///       TableInput:
    ///         StorageDescriptor:
    ///           SerdeInfo: {SerializationLibrary: org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe}
    ///           Columns:
    ///             - {Name: tags, Type: set<string>}
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// Resources:
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: arn:aws:s3:::example-data
    ///         BufferingHints: {SizeInMBs: 128, IntervalInSeconds: 300}
    ///         DataFormatConversionConfiguration:
    ///           Enabled: true
    ///           InputFormatConfiguration:
    ///             Deserializer: {OpenXJsonSerDe: {}}
    ///           OutputFormatConfiguration:
    ///             Serializer: {ParquetSerDe: {}}
    ///           SchemaConfiguration:
    ///             RoleARN: arn:aws:iam::444455556666:role/delivery
    ///             DatabaseName: analytics
    ///             TableName: !Ref Table
    ///   Table:
    ///     Type: AWS::Glue::Table
    ///     Properties:
    ///       CatalogId: !Ref AWS::AccountId
    ///       DatabaseName: analytics
    ///       TableInput:
    ///         StorageDescriptor:
    ///           SerdeInfo: {SerializationLibrary: org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe}
    ///           Columns:
    ///             - {Name: tags, Type: array<string>}
    /// ```
    ///
    /// ## References
    /// Service behaviour, sections 9.1 and 9.3; resource sheet, section 11 (Glue database/table).
    "FH508", "unfit-glue-table", Warning, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for (_, conversion) in blocks::running(scope) {
        let Some(schema) = conversion.get("SchemaConfiguration") else { continue };
        let Some(table) = blocks::table(scope, &schema) else { continue };
        let Some(properties) = scope.view.properties(table) else { continue };
        let serializer = conversion.at(&["OutputFormatConfiguration", "Serializer"]);
        let written = serializer.as_ref().and_then(|serializer| {
            match (serializer.get("ParquetSerDe"), serializer.get("OrcSerDe")) {
                (Some(place), None) => Some(("Parquet", place)),
                (None, Some(place)) => Some(("ORC", place)),
                _ => None,
            }
        });
        let mut add = |finding: Finding| {
            let named = schema.get("TableName").map_or(schema.key_span, |name| name.node.span);
            findings.add(finding.related(named, "the stream converts with it"));
        };
        if let Some((format, serde)) = written {
            let descriptor = properties.at(&["TableInput", "StorageDescriptor"]);
            let declared = descriptor.and_then(|descriptor| other_format(&descriptor, format));
            if let Some((place, declared)) = declared {
                let message = format!("the table is declared as {declared}, but the stream writes {format}");
                let help = format!("declare the SerDe and formats of {format}, or write {declared}");
                add(Finding::at(&place, message).help(help).related(serde.key_span, "the serializer"));
            }
        }
        columns(&properties).into_iter().for_each(add);
    }
}

/// What of the storage descriptor speaks of another format than the one written.
fn other_format<'a>(descriptor: &Place<'a>, written: &str) -> Option<(Place<'a>, &'static str)> {
    // Words in the class names of SerDes and formats.
    const FORMATS: [(&str, &str); 8] = [
        ("parquet", "Parquet"),
        ("orc", "ORC"),
        ("json", "JSON"),
        ("avro", "Avro"),
        ("opencsv", "CSV"),
        ("regex", "text"),
        ("textinputformat", "text"),
        ("textoutputformat", "text"),
    ];
    let paths: [&[&str]; 3] = [&["SerdeInfo", "SerializationLibrary"], &["InputFormat"], &["OutputFormat"]];
    let declared = |path: &&[&str]| {
        let place = descriptor.at(path)?;
        let class = place.known()?.to_lowercase();
        let class = class.rsplit('.').next().unwrap_or_default();
        let (_, format) = FORMATS.into_iter().find(|(word, _)| class.contains(word))?;
        (format != written).then_some((place, format))
    };
    paths.iter().find_map(declared)
}

fn columns(properties: &Place<'_>) -> Vec<Finding> {
    let Some(input) = properties.get("TableInput").filter(|input| input.node.as_map().is_some()) else {
        return Vec::new();
    };
    let Some(columns) = input.at(&["StorageDescriptor", "Columns"]) else {
        // Its descriptor, or the whole schema, may come from the schema registry.
        let unknown = input.get("StorageDescriptor").is_some_and(|descriptor| {
            descriptor.node.as_map().is_none() || descriptor.get("SchemaReference").is_some()
        });
        let iceberg = properties.get("OpenTableFormatInput").is_some();
        let message = "the table has no columns";
        let finding = Finding::key(&input, message).help("add `StorageDescriptor` with `Columns`");
        return if unknown || iceberg { Vec::new() } else { vec![finding] };
    };
    let mut found = Vec::new();
    if columns.node.as_list().is_some_and(<[_]>::is_empty) {
        found.push(Finding::at(&columns, "the table has no columns").help("add the columns of the records"));
    }
    let keys = input.get("PartitionKeys");
    let keys: Vec<Place<'_>> =
        keys.iter().flat_map(|keys| keys.items()).filter_map(|key| key.get("Name")).collect();
    for column in columns.items() {
        found.extend(column.get("Type").and_then(|kind| unwritable(&kind)));
        let name = column.get("Name");
        found.extend(name.as_ref().and_then(misnamed));
        found.extend(name.and_then(|name| twice(&name, &keys)));
    }
    found
}

/// A column that is a partition key as well.
fn twice(name: &Place<'_>, keys: &[Place<'_>]) -> Option<Finding> {
    let known = name.known()?;
    let is_same = |key: &&Place<'_>| key.known().is_some_and(|key| key.eq_ignore_ascii_case(&known));
    let key = keys.iter().find(is_same)?;
    let message = format!("the column `{known}` is a partition key as well: Athena refuses such a table");
    let finding =
        Finding::at(name, message).help("leave it out of the columns: its values stand in the prefix");
    Some(finding.related(key.node.span, "the partition key"))
}

fn unwritable(kind: &Place<'_>) -> Option<Finding> {
    let known = kind.known()?.to_lowercase();
    let finding = |message: &str| Finding::at(kind, message);
    let has = |word: &str| {
        known.match_indices(word).any(|(at, _)| !known[..at].ends_with(|c: char| c.is_alphanumeric()))
    };
    if has("set<") {
        return Some(finding("`set<>` can't be written as Parquet or ORC").help("write `array<>`"));
    }
    has("uniontype<")
        .then(|| finding("`uniontype<>` can't be converted").help("use a `struct<>`, or separate columns"))
}

fn misnamed(name: &Place<'_>) -> Option<Finding> {
    let known = name.known()?;
    if known.contains('.') {
        let finding = Finding::at(name, format!("the column name `{known}` has a dot"));
        return Some(finding.help("use `_`, and `ConvertDotsInJsonKeysToUnderscores` with `OpenXJsonSerDe`"));
    }
    known.chars().any(char::is_uppercase).then(|| {
        let finding = Finding::at(
            name,
            format!("the column name `{known}` has capitals; Glue and Hive keep names in lower case"),
        );
        finding.help(format!("write `{}`, and map it with `ColumnToJsonKeyMappings`", known.to_lowercase()))
    })
}
