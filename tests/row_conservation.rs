//! Each row comes to its table once, or is told of: random records, routes, faults and seeds.
#![cfg(feature = "simulate")]

mod support;
#[path = "support/tables.rs"]
mod tables;

use std::{collections::BTreeMap, fs, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use proptest::prelude::*;
use serde_json::Value;

fn manifest(folder: &Path) -> Vec<Value> {
    let text = fs::read_to_string(folder.join("manifest.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The `id`s in a text, as they stand there.
fn ids(text: &str) -> Vec<u64> {
    let behind = text
        .split("\"id\":")
        .chain(text.split("\"ID\":"))
        .filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    behind.map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_row_comes_to_its_table_or_is_told((case, way) in tables::table_case()) {
        let base = tempfile::tempdir().unwrap();
        let (folder, other) = (base.path().join("out"), base.path().join("other"));
        let report = case.run(&folder, 2).unwrap();
        let (ledger, lines) = (report.ledger, manifest(&folder));
        prop_assert_eq!(ledger.delivered + ledger.destination_failed + ledger.processing_failed + ledger.lost, ledger.records);
        prop_assert_eq!((ledger.in_custody, ledger.records), (0, ledger.arrivals));

        let files = support::files(&folder);
        let body = |line: &Value| {
            String::from_utf8(files[Path::new(line["path"].as_str().unwrap())].clone()).unwrap()
        };
        let of = |lane: &'static str| lines.iter().filter(move |line| line["lane"] == lane);
        // Rows as they were sent, by the id that each has.
        let mut rows: BTreeMap<u64, Value> = BTreeMap::new();
        for line in of("destination") {
            let text = body(line);
            prop_assert_eq!(text.lines().count() as u64, line["records"].as_u64().unwrap());
            for row in text.lines() {
                let value: Value = serde_json::from_str(row).unwrap();
                let target = line["target"].as_str().unwrap().to_lowercase();
                let table = value["table"].as_str().unwrap().to_lowercase();
                prop_assert!(target.ends_with(&format!("/{table}")), "{}", target);
                let id = ids(row)[0];
                prop_assert!(rows.insert(id, value).is_none(), "{} stands twice", id);
            }
        }
        // What each record must come to, said again from the fact.
        for record in case.requests.iter().flatten() {
            let (text, id) = (String::from_utf8(record.clone()).unwrap(), ids(std::str::from_utf8(record).unwrap())[0]);
            let sent = rows.get(&id).map(|row| (row["table"].as_str().unwrap(), row["operation"].as_str().unwrap()));
            let object = serde_json::from_str::<Value>(&text).ok().filter(Value::is_object);
            let wanted = object.and_then(|object| match way {
                tables::Way::Single => Some(("a", "insert")),
                tables::Way::Columns | tables::Way::Variant => Some(("t", "insert")),
                tables::Way::Query => match (object["t"].as_str(), object["op"].as_str()) {
                    (Some("a"), Some("insert" | "")) => Some(("a", "insert")),
                    (Some("a"), Some("update")) => Some(("a", "update")),
                    (Some("a"), Some("delete")) => Some(("a", "delete")),
                    (Some("b"), Some("insert" | "")) => Some(("b", "insert")),
                    _ => None,
                },
            });
            prop_assert_eq!(sent, wanted, "{}", text);
        }
        // Each failed record has one document, where its table has it.
        let mut documents = 0;
        for line in of("error").filter(|line| line["outcome"] == "delivered") {
            let is_own = line["key"].as_str().unwrap().starts_with("own/");
            for document in body(line).lines() {
                let document: Value = serde_json::from_str(document).unwrap();
                let raw = STANDARD.decode(document["rawData"].as_str().unwrap()).unwrap();
                let raw = String::from_utf8(raw).unwrap();
                prop_assert!(case.requests.iter().flatten().any(|record| *record == raw.as_bytes()));
                let table = serde_json::from_str::<Value>(&raw).ok().and_then(|raw| raw["t"].as_str().map(str::to_owned));
                let wanted = match way {
                    tables::Way::Single => true,
                    tables::Way::Query => table.as_deref() == Some("a"),
                    tables::Way::Columns | tables::Way::Variant => false,
                };
                prop_assert_eq!(is_own, wanted, "{}", raw);
                documents += 1;
            }
        }
        prop_assert_eq!(documents, ledger.destination_failed + ledger.processing_failed);
        let has_backup = case.simulation.stream.destination.contract().backup.is_some();
        prop_assert_eq!(report.copies.backup, if has_backup { ledger.records } else { 0 });
        // Equal with one worker.
        prop_assert_eq!(case.run(&other, 1).unwrap().digest, report.digest);
    }
}
