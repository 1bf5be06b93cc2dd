use super::super::hive_json::{HiveJson, TimestampFormat};
use super::super::openx_json::OpenXJson;
use super::super::rows::{Deserializer, RowReader};
use super::super::table::Table;
use super::shape::FORMATS;
use super::*;
use proptest::prelude::*;

fn infer(target: Target, records: &[&str]) -> Inferred {
    let mut inference = Inference::new(target);
    for record in records {
        inference.take(record.as_bytes()).unwrap();
    }
    inference.finish().unwrap()
}

fn columns(inferred: &Inferred) -> String {
    let column = |column: &Column| format!("{} {}", column.name, column.kind);
    inferred.columns.iter().map(column).collect::<Vec<_>>().join(", ")
}

fn reader(target: Target, inferred: &Inferred) -> RowReader {
    let deserializer = match target {
        Target::OpenX => {
            Deserializer::OpenX(OpenXJson { mappings: inferred.mappings.clone(), ..OpenXJson::default() })
        }
        Target::Hive => Deserializer::Hive(HiveJson {
            timestamp_formats: inferred
                .timestamp_formats
                .iter()
                .map(|text| TimestampFormat::parse(text).unwrap())
                .collect(),
        }),
    };
    let table = Table {
        database: None,
        name: None,
        columns: inferred.columns.clone(),
        partition_keys: Vec::new(),
        required: Vec::new(),
    };
    RowReader::new(table, deserializer)
}

#[test]
fn types_are_widened_over_all_records() {
    let inferred = infer(
        Target::OpenX,
        &[
            r#"{"n":1,"x":1,"when":"2026-01-01T09:58:00.381Z","day":"2026-01-01","items":[{"sku":"a"}],"ok":true}"#,
            r#"{"n":null,"x":1.5,"when":"2026-01-01 09:58:00","items":[{"sku":"b","count":2}],"late":{"a":{"b":1}}}"#,
            r#"{"n":99999999999999999999}"#,
        ],
    );
    assert_eq!(
        columns(&inferred),
        "n decimal(38,0), x double, when timestamp, day date, items array<struct<sku:string,count:bigint>>, \
         ok boolean, late struct<a:struct<b:bigint>>"
    );
    assert_eq!(inferred.notes, []);
}

#[test]
fn conflicts_name_the_records() {
    let inferred = infer(
        Target::OpenX,
        &[r#"{"a":1,"t":"2026-01-01T00:00:00Z"}"#, r#"{"a":"x","t":"soon"}"#, "[1]", "nonsense"],
    );
    assert_eq!(columns(&inferred), "a string, t string");
    assert_eq!((inferred.records, inferred.refused), (4, 2));
    let told: Vec<(&str, &[u64])> =
        inferred.notes.iter().map(|note| (&*note.message, &*note.records)).collect();
    assert_eq!(told[0], ("can't be converted: it is JSON, but no object", &[3][..]));
    assert_eq!(told[1].1, [4]);
    assert_eq!(told[2], ("a whole number in record 1, a string in record 2, so it is a string", &[1, 2][..]));
    assert_eq!(told[3], ("1 of 2 strings are timestamps and others are not, so it is a string", &[2][..]));
}

#[test]
fn keys_that_no_column_can_have_are_mapped() {
    let inferred = infer(Target::OpenX, &[r#"{"user-agent":"a","user_agent":1,"Größe":2,"":3}"#]);
    assert_eq!(columns(&inferred), "user_agent_2 string, user_agent bigint, gr__e bigint");
    assert_eq!(inferred.mappings["user_agent_2"], "user-agent");
    let hive = infer(Target::Hive, &[r#"{"user-agent":"a","user_agent":1}"#]);
    assert_eq!(columns(&hive), "user_agent bigint");
}

#[test]
fn hive_is_given_the_patterns_of_its_timestamps() {
    let inferred =
        infer(Target::Hive, &[r#"{"t":"2026-01-01T09:58:00+01:00"}"#, r#"{"t":"2026-01-01T09:58:00.381Z"}"#]);
    assert_eq!(columns(&inferred), "t timestamp");
    assert_eq!(inferred.timestamp_formats, ["yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", "yyyy-MM-dd'T'HH:mm:ssZZ"]);
    let openx = infer(Target::OpenX, &[r#"{"t":"2026-01-01T09:58:00+01:00"}"#]);
    assert_eq!(columns(&openx), "t string");
}

#[test]
fn each_form_of_a_timestamp_reads_its_example() {
    for (pattern, example) in FORMATS {
        let TimestampFormat::Pattern(read) = TimestampFormat::parse(pattern).unwrap() else {
            panic!("{pattern}")
        };
        assert!(read.read(example).is_some(), "{pattern}");
    }
}

#[test]
fn what_is_kept_is_bounded() {
    let wide: Vec<String> = (0..500).map(|at| format!("\"k{at}\":{at}")).collect();
    let wide = format!("{{\"scores\":{{{}}}}}", wide.join(","));
    assert_eq!(columns(&infer(Target::OpenX, &[&wide])), "scores map<string,string>");
    let mut inference = Inference::new(Target::OpenX);
    let outcome = (0..2_000).try_for_each(|at| inference.take(format!("{{\"k{at}\":1}}").as_bytes()));
    assert!(outcome.unwrap_err().contains("up to record 1001"));
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(100), "]".repeat(100));
    assert_eq!(infer(Target::OpenX, &[&deep]).columns.len(), 1);
}

fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|value| value.to_string()),
        any::<i64>().prop_map(|value| value.to_string()),
        any::<u128>().prop_map(|value| value.to_string()),
        (-1e6..1e6).prop_map(|value: f64| format!("{value:?}")),
        Just("\"2026-01-01T09:58:00.381Z\"".to_owned()),
        Just("\"2026-1-1 9:58:00\"".to_owned()),
        Just("\"2026-01-01\"".to_owned()),
        Just("\"2026-01-01T09:58:00+01:00\"".to_owned()),
        "\"[a-z0-9 ]{0,6}\"",
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            object(inner),
        ]
    })
}

fn object(value: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let key =
        prop_oneof!["[a-cA-C]", Just("a-b").prop_map(str::to_owned), Just("a b").prop_map(str::to_owned)];
    prop::collection::vec((key, value), 0..5).prop_map(|members| {
        let members: Vec<String> = members.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    })
}

proptest! {
    #[test]
    fn every_record_fits_the_table_that_it_was_made_from(
        records in prop::collection::vec(object(json()), 1..8),
        is_hive in any::<bool>(),
    ) {
        let target = if is_hive { Target::Hive } else { Target::OpenX };
        let mut inference = Inference::new(target);
        for record in &records {
            inference.take(record.as_bytes()).unwrap();
        }
        if let Ok(inferred) = inference.finish() {
            prop_assert_eq!(inferred.refused, 0);
            let reader = reader(target, &inferred);
            for record in &records {
                let outcome = reader.rows(record.as_bytes(), &mut |_| {});
                prop_assert!(outcome.is_ok(), "{outcome:?}: {record} in {}", columns(&inferred));
            }
            for column in &inferred.columns {
                prop_assert_eq!(&HiveType::parse(&column.kind.to_string()).unwrap(), &column.kind);
            }
        }
    }
}
