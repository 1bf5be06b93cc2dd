use super::blocks;
use crate::foundation::document::{Node, Value};
use crate::rule;
use crate::rules::{Finding, Findings, Place, Scope, repair};
use crate::template::Resource;

rule! {
    /// The stream names a Glue table or database of this template without depending on it.
    ///
    /// ## Why
    /// Firehose reads the table when the stream is made. Without a reference or `DependsOn`, CloudFormation may
    /// make the stream first, and the table does not exist yet.
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
    ///             TableName: events
    ///   Table:
    ///     Type: AWS::Glue::Table
    ///     Properties:
    ///       CatalogId: !Ref AWS::AccountId
    ///       DatabaseName: analytics
    ///       TableInput:
    ///         Name: events
    ///         StorageDescriptor:
    ///           SerdeInfo: {SerializationLibrary: org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe}
    ///           Columns:
    ///             - {Name: id, Type: string}
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
    ///         Name: events
    ///         StorageDescriptor:
    ///           SerdeInfo: {SerializationLibrary: org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe}
    ///           Columns:
    ///             - {Name: id, Type: string}
    /// ```
    ///
    /// ## References
    /// Service behaviour, section 9 (the table is read at creation); CloudFormation user guide, `DependsOn`.
    "FH509", "unordered-glue-table", Warning, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for (_, conversion) in blocks::running(scope) {
        let Some(schema) = conversion.get("SchemaConfiguration") else { continue };
        let table = blocks::table(scope, &schema).filter(|table| !follows(scope, table));
        let name = schema.get("TableName").filter(|name| name.node.reference.is_none());
        if let (Some(table), Some(name)) = (table, name) {
            findings.add(finding(scope, &name, table, "table"));
            // Who waits for the table waits for its database too, most likely.
            continue;
        }
        let database = schema.get("DatabaseName").filter(|name| name.node.reference.is_none());
        let Some((database, name)) = database.and_then(|name| Some((named_database(scope, &name)?, name)))
        else {
            continue;
        };
        if !follows(scope, database) && blocks::table(scope, &schema).is_none() {
            findings.add(finding(scope, &name, database, "database"));
        }
    }
}

fn finding(scope: &Scope<'_>, name: &Place<'_>, resource: &Resource, what: &str) -> Finding {
    let id = &resource.logical_id;
    let message =
        format!("the stream may be made before the {what} `{id}`, which it names without a reference");
    let finding = Finding::at(name, message)
        .help(format!("write `!Ref {id}`, or add `DependsOn: {id}` to the stream"))
        .related(resource.id_span, format!("the {what}"));
    // The short form of a function is for YAML only, and for a value that stands by itself.
    let source = &scope.template().source;
    let is_yaml = !source.text.trim_start().starts_with('{');
    let plain = repair::literal(scope.template(), name) == Some(name.node.span);
    match repair::replace(scope.template(), name, format!("!Ref {id}")).filter(|_| is_yaml && plain) {
        Some(fix) => finding.fix(fix),
        None => finding,
    }
}

fn named_database<'a>(scope: &Scope<'a>, name: &Place<'a>) -> Option<&'a Resource> {
    let known = name.known()?;
    scope.view.of_kind("AWS::Glue::Database").find(|database| {
        let input =
            scope.view.properties(database).and_then(|place| blocks::glue_name(&place, "DatabaseInput"));
        input.is_some_and(|input| input == *known)
    })
}

/// Whether the stream waits for a resource: by `DependsOn` or a reference, of its own or of what it waits for.
fn follows(scope: &Scope<'_>, resource: &Resource) -> bool {
    let template = scope.template();
    let mut seen = std::collections::BTreeSet::new();
    let mut open = vec![&*scope.stream.logical_id];
    while let Some(id) = open.pop() {
        if id == &*resource.logical_id {
            return true;
        }
        let Some(known) = template.resource(id).filter(|_| seen.insert(id)) else { continue };
        references(&known.node, &mut open);
        let depends = known.depends_on().into_iter().filter_map(Node::as_text);
        open.extend(depends.filter_map(|id| template.resource(&id)).map(|one| &*one.logical_id));
    }
    false
}

/// The logical ids that a node refers to, with those in `Fn::Sub`.
fn references<'a>(node: &'a Node, found: &mut Vec<&'a str>) {
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| references(item, found)),
        Value::Map(map) => map.entries.iter().for_each(|entry| references(&entry.node, found)),
        Value::Call(call) => match (&*call.function, &call.argument.value) {
            ("Ref", Value::String(text)) => found.extend(text.as_str()),
            ("GetAtt", Value::List(items)) => {
                found.extend(items.first().and_then(|item| match &item.value {
                    Value::String(text) => text.as_str(),
                    _ => None,
                }));
            }
            ("Sub", argument) => {
                let pattern = match argument {
                    Value::List(items) => items.first().map(|item| &item.value),
                    other => Some(other),
                };
                if let Some(Value::String(text)) = pattern {
                    let parts = crate::template::intrinsics::sub_parts(text.as_str().unwrap_or(""));
                    found.extend(
                        parts.into_iter().map(|part| part.text.split('.').next().unwrap_or("").trim()),
                    );
                }
                references(&call.argument, found);
            }
            _ => references(&call.argument, found),
        },
        _ => {}
    }
}
