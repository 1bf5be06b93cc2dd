//! Runs of destinations of tables that were made up at random, for their property tests.

use std::{sync::Arc, time::Duration};

use firehose_kit::{
    model::{
        destination::{
            Destination, delivery::Delivery, iceberg::Iceberg, request::Scripted, snowflake::Snowflake,
        },
        iceberg::tables::{Configured, ROUTE, TableName, Tables},
        prefix::Prefix,
        processor::metadata_extraction::MetadataExtraction,
        s3::S3Settings,
        snowflake::{Loading, Rows},
    },
    simulation::answers::{Acknowledged, DocumentRule, ScriptedAnswer},
};
use proptest::prelude::*;

use super::support::{Case, answer, case};

/// A record for a table: `{"id":n,"t":table,"op":operation}`, or something that is no row.
fn row() -> impl Strategy<Value = String> {
    let table = prop::sample::select(vec!["a", "b", "no-name", ""]);
    let operation = prop::sample::select(vec!["insert", "update", "delete", "upsert", ""]);
    prop_oneof![
        8 => (table, operation).prop_map(|(t, op)| format!("{{\"id\":ID,\"t\":\"{t}\",\"op\":\"{op}\"}}")),
        1 => Just("{\"id\":ID}{\"id\":ID}".to_owned()),
        1 => Just("[{\"id\":ID}]".to_owned()),
        1 => Just("{\"id\":ID,\"t\":[\"a\"]".to_owned()),
    ]
}

/// How a row finds its table in a made-up run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Rows by the query; the table `a` has unique keys and an error prefix of its own, `b` has neither.
    Query,
    /// All rows go to `d.a`, as insertions.
    Single,
    /// A Snowflake table, members in columns.
    Columns,
    /// A Snowflake table, the record in a variant.
    Variant,
}

prop_compose! {
    /// Any run of a destination of tables: its records have the members `id`, `t` and `op`, or are no rows.
    pub fn table_case()(
        mut case in case(),
        rows in prop::collection::vec(prop::collection::vec(row(), 1..8), 0..30),
        answers in prop::collection::vec(answer(), 0..3),
        error in prop::sample::select(vec!["Iceberg.NoSuchTable", "Snowflake.InvalidTable", "S3.AccessDenied"]),
        has_error in any::<bool>(),
        every in prop::option::of(1_u32..5),
        way in prop::sample::select(vec![Way::Query, Way::Single, Way::Columns, Way::Variant]),
        backs_up_all in any::<bool>(),
        retry in prop_oneof![Just(0_u64), 1_u64..600],
    ) -> (Case, Way) {
        let Destination::ExtendedS3(plain) = case.simulation.stream.destination else { unreachable!() };
        let mut id = 0;
        case.requests = rows.into_iter().map(|records| records.into_iter().map(|record| {
            id += 1;
            record.replace("ID", &id.to_string()).into_bytes()
        }).collect()).collect();
        let (hints, retry) = (plain.s3.hints, Duration::from_secs(retry));
        let s3 = S3Settings { hints, ..plain.backup.unwrap_or(plain.s3) };
        let s3 = S3Settings { error_output_prefix: Some(Prefix::parse("errors/!{firehose:error-output-type}/").prefix), ..s3 };
        let name = |table: &str| TableName { database: "d".into(), table: table.into() };
        let mut tables = Tables::default();
        let own = Prefix::parse("own/!{firehose:error-output-type}/").prefix;
        let errors = Some(S3Settings { error_output_prefix: Some(own), ..s3.clone() });
        tables.configured.insert(name("a"), Configured { unique_keys: vec!["id".into()], errors });
        if way == Way::Query {
            let query = "{destinationDatabaseName: \"d\", destinationTableName: .t, operation: .op}";
            let keys = ROUTE.iter().map(|key| (*key).into()).collect();
            tables.query = Some(MetadataExtraction::compile(query, keys).unwrap());
        } else {
            tables.single = Some(name("a"));
        }
        let tables = Arc::new(tables);
        let loading = if way == Way::Columns { Loading::Json } else { Loading::Content("C".to_owned()) };
        let rows = Arc::new(Rows { loading, definition: None });
        let is_iceberg = matches!(way, Way::Query | Way::Single);
        let mut processing = plain.processing;
        processing.rows = Some(if is_iceberg { Arc::clone(&tables) as _ } else { Arc::clone(&rows) as _ });
        let backs_up_all = backs_up_all && !is_iceberg;
        let delivery = Delivery {
            hints,
            retry,
            is_default_retry: false,
            is_default_interval: false,
            s3,
            backs_up_all,
            delimiter: Box::default(),
            processing,
        };
        case.simulation.stream.destination = if is_iceberg {
            let catalog = "arn:aws:glue:us-east-1:123456789012:catalog".to_owned();
            Destination::Iceberg(Iceberg { catalog, tables, delivery })
        } else {
            let text = |text: &str| text.to_owned();
            let (host, database, schema, table) = (text("h"), text("d"), text("s"), text("t"));
            Destination::Snowflake(Snowflake { host, database, schema, table, rows, delivery })
        };
        let script = &mut case.simulation.options.script;
        script.answers = answers;
        if has_error {
            let answer = Scripted { error: Some(error.to_owned()), ..Scripted::default() };
            script.answers.push(ScriptedAnswer { times: Some(2), answer, ..ScriptedAnswer::default() });
        }
        if every.is_some() {
            let (kind, reason) = ("X.Refused".to_owned(), "no".to_owned());
            let documents = Some(DocumentRule { every, matching: None, status: 400, kind, reason });
            script.answers.push(ScriptedAnswer { documents, ..ScriptedAnswer::default() });
        }
        for answer in &mut script.answers {
            answer.acknowledged = Acknowledged::AtOnce;
        }
        (case, way)
    }
}
