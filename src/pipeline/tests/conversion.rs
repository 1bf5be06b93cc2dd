//! What a conversion notes of records stays with them on every way to their objects.

use std::io::{self, Write};

use super::*;
use crate::model::{
    format::{CatalogTable, Conversion, ConversionError},
    processor::{Processing, metadata_extraction::MetadataExtraction},
};

/// Notes the digits of each record, one a word. Without digits, a record does not fit.
#[derive(Debug)]
struct Digits(Arc<CatalogTable>);

fn digits(text: &[u8]) -> Vec<u64> {
    text.iter().filter(|byte| byte.is_ascii_digit()).map(|digit| u64::from(digit - b'0')).collect()
}

impl Conversion for Digits {
    fn check(&self, record: &[u8], notes: &mut Vec<u64>) -> Result<(), ConversionError> {
        notes.extend(digits(record));
        match digits(record).is_empty() {
            true => Err(ConversionError::malformed("no digit")),
            false => Ok(()),
        }
    }

    fn extension(&self) -> &'static str {
        ".digits"
    }

    fn content_encoding(&self) -> Option<&'static str> {
        None
    }

    fn write(
        &self,
        _: &mut dyn Iterator<Item = &[u8]>,
        _: &[u64],
        _: &mut (dyn Write + Send),
    ) -> io::Result<()> {
        Ok(())
    }

    fn write_rows(&self, _: &mut dyn Iterator<Item = &[u8]>, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    fn catalog(&self) -> &Arc<CatalogTable> {
        &self.0
    }
}

fn converting(metadata: Option<MetadataExtraction>) -> Processing {
    let text = String::new;
    let catalog = CatalogTable {
        catalog_id: text(),
        database_name: text(),
        table_name: text(),
        region: text(),
        version_id: text(),
        role_arn: text(),
    };
    Processing { conversion: Some(Arc::new(Digits(Arc::new(catalog)))), metadata, ..Processing::default() }
}

/// The destination's buffers: each with notes that are those of its records.
fn buffers(bench: &Bench) -> usize {
    let sealed = bench.sealed.iter().zip(&bench.notes).filter(|((lane, ..), _)| *lane == Lane::Destination);
    sealed.map(|((_, _, text, _), notes)| assert_eq!(*notes, digits(text.as_bytes()), "{text}")).count()
}

#[test]
fn notes_are_those_of_the_records_of_a_buffer() {
    let mut bench = processing_bench(60, converting(None));
    bench.put(start(), &["12", "none", "345"]);
    bench.put(start(), &["6"]);
    bench.until(start().saturating_add(60 * SECOND));
    let long = "7".repeat(400);
    bench.put(start().saturating_add(61 * SECOND), &[&long, &long, &long, "8"]);
    bench.hand(Input::Drain, start().saturating_add(61 * SECOND));
    assert_eq!(buffers(&bench), 3);
}

#[test]
fn notes_go_with_their_records_to_partitions() {
    let metadata = MetadataExtraction::compile("{k: .k}", vec!["k".into()]).unwrap();
    let mut bench = processing_bench(60, converting(Some(metadata)));
    let records: Vec<String> = (10..99).map(|at| format!(r#"{{"k":"p{}","v":{at}}}"#, at % 7)).collect();
    let records: Vec<&str> = records.iter().map(String::as_str).collect();
    records.chunks(20).for_each(|call| bench.put(start(), call));
    bench.hand(Input::Drain, start());
    assert!(buffers(&bench) >= 7);
}

#[test]
fn notes_are_of_what_the_function_gave_back() {
    let mut bench = invocations::bench(invocations::function(1_000, 0, 3), converting(None));
    bench.put(start(), &["a", "b", "c"]);
    bench.answer(start(), |text| match text {
        "a" => invocations::ok("41"),
        "b" => invocations::ok("none"),
        _ => invocations::ok("5"),
    });
    bench.hand(Input::Drain, start());
    assert_eq!(buffers(&bench), 1);
    assert!(bench.notes.contains(&vec![4, 1, 5]));
}
