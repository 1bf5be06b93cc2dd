//! ORC files against readers that nobody here wrote: PyArrow and pyorc read every one, and their values agree one by
//! one with those that the test made the records from. Behaviour sheet, section 9.

#![cfg(feature = "columnar")]

#[path = "support/made_rows.rs"]
mod made_rows;
#[path = "support/python.rs"]
mod python;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use firehose_kit::model::format::orc::{OrcCompression, OrcOptions, ToOrc};
use firehose_kit::model::format::rows::{Deserializer, RowReader};
use firehose_kit::model::format::{Conversion, ddl, lower};
use firehose_kit::template::read;
use made_rows::{Random, made};
use serde_json::{Value, json};

fn lowered(columns: &str, options: &str) -> Result<lower::LoweredConversion, Vec<String>> {
    let table = ddl::parse(&format!("CREATE EXTERNAL TABLE d.t ({columns})")).unwrap();
    let block = format!(
        r#"{{"InputFormatConfiguration": {{"Deserializer": {{"OpenXJsonSerDe": {{}}}}}},
            "OutputFormatConfiguration": {{"Serializer": {{"OrcSerDe": {options}}}}},
            "SchemaConfiguration": {{"DatabaseName": "d", "TableName": "t", "RoleARN": "arn:aws:iam::1:role/r"}}}}"#
    );
    let node = read::read(&block).root.unwrap();
    lower::lower(&node, &table, "111122223333", "eu-west-1")
        .map_err(|problems| problems.into_iter().map(|problem| problem.message).collect())
}

fn conversion(columns: &str, options: &str) -> Arc<dyn Conversion> {
    lowered(columns, options).unwrap().conversion
}

/// A conversion with options that a template may not set so low.
fn small(columns: &str, options: OrcOptions) -> ToOrc {
    let table = ddl::parse(&format!("CREATE EXTERNAL TABLE d.t ({columns})")).unwrap();
    let catalog = conversion(columns, "{}").catalog().as_ref().clone();
    ToOrc::new(RowReader::new(table, Deserializer::OpenX(Default::default())), options, catalog)
}

fn write(conversion: &dyn Conversion, records: &[String]) -> Vec<u8> {
    let mut notes = Vec::new();
    for record in records {
        conversion.check(record.as_bytes(), &mut notes).unwrap_or_else(|error| panic!("{record}: {error:?}"));
    }
    let mut out = Vec::new();
    conversion.write(&mut records.iter().map(|record| record.as_bytes()), &notes, &mut out).unwrap();
    out
}

fn python(before: &[&str], files: &[Vec<u8>]) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let save = |(at, bytes): (usize, &Vec<u8>)| -> PathBuf {
        let path = folder.path().join(format!("{at}.orc"));
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let paths: Vec<PathBuf> = files.iter().enumerate().map(save).collect();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/orc.py");
    let said = python::run(Command::new(python::interpreter()).arg(script).args(before).args(&paths));
    let judged: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(judged.len(), files.len());
    judged
}

/// What the readers say about files.
fn judge(files: &[Vec<u8>]) -> Vec<Value> {
    python(&[], files)
}

/// Rows that both readers found, also from places that the row index leads to.
fn rows(judged: &Value) -> &Vec<Value> {
    assert_eq!(judged["arrow"], judged["pyorc"]);
    assert_eq!(judged["sought"], true);
    judged["arrow"].as_array().unwrap()
}

fn strings(records: &[&str]) -> Vec<String> {
    records.iter().map(|record| (*record).to_owned()).collect()
}

#[test]
fn section_9_3_every_type() {
    let columns = "b boolean, t tinyint, s smallint, i int, l bigint, f float, d double, m decimal(12,3), \
        w decimal(38,0), x string, c char(4), v varchar(4), y binary, a date, z timestamp, r array<int>, \
        p map<string,bigint>, q struct<u:int,w:string>";
    let full = r#"{"b":true,"t":-128,"s":32767,"i":-2147483648,"l":9223372036854775807,"f":1.5,"d":-2.5e-3,
        "m":123456789.1235,"w":-99999999999999999999999999999999999999,"x":"héllo\n","c":"é ","v":"abcdef",
        "y":"AAH/","a":"2024-2-29","z":"2026-03-01T22:59:30.123456Z","r":[1,null,3],"p":{"k":1,"n":null},
        "q":{"u":1,"w":"x"}}"#;
    let other = r#"{"d":"NaN","l":-9223372036854775808,"r":[],"p":{},"q":{}}"#;
    let conversion = conversion(columns, "{}");
    assert_eq!((conversion.extension(), conversion.content_encoding()), (".orc", None));
    let judged = judge(&[write(&*conversion, &strings(&[full, other, "{}"]))]).remove(0);
    let found = rows(&judged);
    let expected = json!([true, -128, 32767, -2147483648_i64, i64::MAX, "1.5", "-0.0025", "123456789.124",
        "-99999999999999999999999999999999999999", "héllo\n", "é   ", "abcd", "0001ff", "2024-02-29",
        "2026-03-01 22:59:30.123456", [1, null, 3], [["k", 1], ["n", null]], {"u": 1, "w": "x"}]);
    assert_eq!(found[0], expected);
    assert_eq!(found[1][4], i64::MIN);
    assert_eq!(found[1][6], "nan");
    let nested = found[1].as_array().unwrap()[15..].to_vec();
    assert_eq!(nested, [json!([]), json!([]), json!({"u": null, "w": null})]);
    assert_eq!(found[2], json!(vec![Value::Null; 18]));
    assert_eq!(
        judged["schema"],
        "struct<b:boolean,t:tinyint,s:smallint,i:int,l:bigint,f:float,d:double,m:decimal(12,3),\
         w:decimal(38,0),x:string,c:char(4),v:varchar(4),y:binary,a:date,z:timestamp,r:array<int>,\
         p:map<string,bigint>,q:struct<u:int,w:string>>"
    );
    assert!(judged["software_version"].as_str().unwrap().contains("firehose-kit"), "{judged}");
}

#[test]
fn section_9_3_timestamps_to_the_nanosecond() {
    let records = [
        r#"{"z":"2026-03-01T22:59:30.123456789Z"}"#,
        r#"{"z":"2026-03-01T22:59:30.1Z"}"#,
        r#"{"z":"2015-01-01T00:00:00Z"}"#,
        r#"{"z":"1969-12-31T23:59:58.25Z"}"#,
        r#"{"z":"1700-01-01T00:00:00.000000001Z"}"#,
        r#"{"z":"1969-12-31T23:59:59.5Z"}"#,
    ];
    let judged = judge(&[write(&*conversion("z timestamp", "{}"), &strings(&records))]).remove(0);
    let expected = json!([
        1_772_405_970_123_456_789_i64,
        1_772_405_970_100_000_000_i64,
        1_420_070_400_000_000_000_i64,
        -1_750_000_000_i64,
        -8_520_335_999_999_999_999_i64,
        // A fault of the format: what lies in the last second before 1970 comes back a second late.
        500_000_000_i64
    ]);
    assert_eq!(judged["nanos"]["z"], expected);
}

#[test]
fn section_9_2_every_option() {
    let columns =
        "i bigint, x string, r array<string>, m decimal(20,4), z timestamp, o boolean, t tinyint, d double";
    let (records, expected) = made(columns, 2_600, &mut Random(7));
    let mut cases = Vec::new();
    for codec in ["SNAPPY", "ZLIB", "NONE"] {
        for version in ["V0_11", "V0_12"] {
            for threshold in ["0", "1"] {
                let options = format!(
                    r#"{{"Compression": "{codec}", "FormatVersion": "{version}", "DictionaryKeyThreshold": {threshold},
                        "RowIndexStride": 1001, "BloomFilterColumns": ["I", "x"]}}"#
                );
                let conversion = conversion(columns, &options);
                let bytes = write(&*conversion, &records);
                assert_eq!(bytes, write(&*conversion, &records), "equal input gives equal bytes");
                cases.push((codec, version, bytes));
            }
        }
    }
    let files: Vec<_> = cases.iter().map(|case| case.2.clone()).collect();
    for (judged, (codec, version, _)) in judge(&files).iter().zip(&cases) {
        assert!(*rows(judged) == expected, "{codec} {version}");
        let codec = if *codec == "NONE" { "UNCOMPRESSED" } else { codec };
        assert_eq!(judged["compression"], codec);
        assert_eq!(judged["version"], version.replace("V0_", "0."));
        assert_eq!(judged["stride"], 1001);
    }
}

#[test]
fn a_dictionary_serves_where_enough_texts_are_equal() {
    let records: Vec<String> =
        (0..5_000).map(|at| format!(r#"{{"x":"word number {}"}}"#, at * 7 % 50)).collect();
    let with = |threshold: &str| {
        let options = format!(r#"{{"DictionaryKeyThreshold": {threshold}, "Compression": "NONE"}}"#);
        write(&*conversion("x string", &options), &records)
    };
    let files = [with("0"), with("0.009"), with("0.01"), with("1")];
    assert!(files[0].len() == files[1].len() && files[2].len() == files[3].len());
    assert!(files[2].len() * 5 < files[1].len(), "{} {}", files[1].len(), files[2].len());
    let judged = judge(&files);
    assert_eq!(rows(&judged[0])[4_999], json!([format!("word number {}", 4_999 * 7 % 50)]));
    assert!(judged.iter().all(|file| rows(file) == rows(&judged[0])));
}

#[test]
fn random_rows_of_every_type_come_back() {
    let columns = "a array<array<int>>, b map<string,array<struct<x:int,y:map<int,string>>>>, \
        c struct<p:struct<q:array<decimal(38,10)>,r:timestamp>,s:date>, d tinyint, e smallint, f float, g double, \
        h decimal(9,0), j varchar(300), k binary, l boolean, m array<map<string,double>>, n date, \
        o array<struct<only:array<boolean>>>";
    let mut files = Vec::new();
    let mut expected = Vec::new();
    for seed in 0..6 {
        let (records, rows) = made(columns, 150, &mut Random(seed));
        // Small row groups and stripes, so that their bounds fall into bytes of bits and into runs.
        let options = OrcOptions {
            row_index_stride: 13,
            stripe_size_bytes: 20_000,
            dictionary_key_threshold: if seed % 2 == 0 { 1.0 } else { 0.0 },
            compression: [OrcCompression::None, OrcCompression::Snappy, OrcCompression::Zlib]
                [seed as usize % 3],
            ..OrcOptions::default()
        };
        files.push(write(&small(columns, options), &records));
        expected.push(rows);
    }
    for (judged, expected) in judge(&files).iter().zip(&expected) {
        assert_eq!(rows(judged), expected);
        assert!(judged["stripes"].as_array().unwrap().len() > 1);
    }
}

#[test]
fn section_9_2_stripes_and_padding() {
    // Texts that do not compress, so that stripes are as long in the file as they were gathered.
    let mut random = Random(1);
    let mut text = || (0..1000).map(|_| char::from(b'!' + random.next(80) as u8)).collect::<String>();
    let records: Vec<String> = (0..300).map(|at| json!({"i": at, "x": text()}).to_string()).collect();
    let with = |pads_blocks, padding_tolerance| {
        let options = OrcOptions {
            stripe_size_bytes: 20_000,
            block_size_bytes: 64_000,
            pads_blocks,
            padding_tolerance,
            compression: OrcCompression::None,
            ..OrcOptions::default()
        };
        write(&small("i int, x string", options), &records)
    };
    let judged = judge(&[with(false, 0.5), with(true, 1.0), with(true, 0.0)]);
    let crossing = |judged: &Value| {
        let stripes = judged["stripes"].as_array().unwrap();
        let place = |stripe: &Value, member: &str| stripe[member].as_u64().unwrap();
        let crosses = |stripe: &&Value| {
            let start = place(stripe, "offset");
            start / 64_000 != (start + place(stripe, "length") - 1) / 64_000
        };
        (stripes.len(), stripes.iter().filter(crosses).count())
    };
    let (stripes, crossed) = crossing(&judged[0]);
    assert_eq!((stripes, crossed), (15, 5));
    assert_eq!(crossing(&judged[1]).1, 0, "{}", judged[1]["stripes"]);
    assert!(crossing(&judged[2]).1 > 0);
    for file in &judged {
        assert_eq!(rows(file).len(), 300);
        assert_eq!(rows(file), rows(&judged[0]));
    }
    // The size that a template can set: 20 MiB of texts in stripes of 8 MiB.
    let big = "x".repeat(1 << 20);
    let records: Vec<String> = (0..20).map(|at| format!(r#"{{"i":{at},"x":"{big}"}}"#)).collect();
    let judged =
        judge(&[write(&*conversion("i int, x string", r#"{"StripeSizeBytes": 8388608}"#), &records)]);
    let lengths: Vec<&Value> =
        judged[0]["stripes"].as_array().unwrap().iter().map(|stripe| &stripe["rows"]).collect();
    assert_eq!(lengths, [8, 8, 4]);
}

#[test]
fn section_9_2_bloom_filters_find_what_is_there_and_little_else() {
    let columns = "t tinyint, i int, l bigint, f float, d double, m decimal(12,3), x string, c char(12), a date, z timestamp";
    let records: Vec<String> = (0..3_000)
        .map(|at| {
            let even = at * 2;
            format!(
                r#"{{"t":{},"i":{even},"l":{},"f":{even},"d":{even}.5,"m":{even}.250,"x":"text number {even}",
                    "c":"c{even}","a":"{}-0{}-10","z":"{}-01-0{}T00:00:00.125Z"}}"#,
                even % 100,
                even - 3_000,
                1800 + even % 300,
                1 + at % 3 * 2,
                1800 + even % 300,
                1 + at % 4 * 2
            )
        })
        .collect();
    let names = r#"["t","i","l","f","d","m","x","c","a","z"]"#;
    let with = write(
        &*conversion(
            columns,
            &format!(
                r#"{{"RowIndexStride": 1000, "BloomFilterColumns": {names}, "BloomFilterFalsePositiveProbability": 0.001}}"#
            ),
        ),
        &records,
    );
    let without = write(&*conversion(columns, r#"{"RowIndexStride": 1000}"#), &records);
    let present = json!([
        ["t", "BYTE", 50],
        ["i", "INT", 3000],
        ["l", "LONG", -1000],
        ["x", "STRING", "text number 3000"],
        ["d", "DOUBLE", 3000.5],
        ["m", "DECIMAL", "3000.250"],
        ["a", "DATE", "1850-03-10"],
        ["z", "TIMESTAMP", "1850-01-03T00:00:00.125"]
    ]);
    // Within the bounds of the statistics, and not there.
    let absent = json!([
        ["t", "BYTE", 51],
        ["i", "INT", 3001],
        ["l", "LONG", -999],
        ["x", "STRING", "text number 3001"],
        ["d", "DOUBLE", 3001.5],
        ["m", "DECIMAL", "3001.250"],
        ["a", "DATE", "1851-03-10"],
        ["z", "TIMESTAMP", "1851-01-03T00:00:00.125"]
    ]);
    let files = [with, without];
    let counts = |wanted: &Value| -> Vec<Vec<u64>> {
        let said = python(&["--find", &wanted.to_string()], &files);
        said.iter().map(|line| serde_json::from_value(line.clone()).unwrap()).collect()
    };
    let (found, missed) = (counts(&present), counts(&absent));
    assert!(found[0].iter().all(|rows| *rows > 0), "{found:?}");
    assert_eq!(missed[0], [0; 8], "{missed:?}");
    assert!(missed[1].iter().all(|rows| *rows > 0), "{missed:?}");
}

#[test]
fn statistics_are_those_of_the_values() {
    let records = strings(&[
        r#"{"i":-5,"d":1.5,"x":"b","m":"1.50","a":"2024-02-29","z":"2026-01-01T00:00:00.5Z","o":true,"y":"AAH/"}"#,
        r#"{"i":7,"d":-2.5,"x":"abc","m":"-20.25","a":"1969-12-31","z":"2020-01-01T00:00:00Z","o":false}"#,
        "{}",
    ]);
    let columns = "i int, d double, x string, m decimal(12,3), a date, z timestamp, o boolean, y binary";
    let judged = judge(&[write(&*conversion(columns, "{}"), &records)]).remove(0);
    let told = judged["statistics"].as_array().unwrap();
    let expected = [
        json!({"minimum": -5, "maximum": 7, "sum": 2}),
        json!({"minimum": -2.5, "maximum": 1.5, "sum": -1.0}),
        json!({"minimum": "abc", "maximum": "b", "total_length": 4}),
        json!({"minimum": "-20.25", "maximum": "1.5", "sum": "-18.75"}),
        json!({"minimum": "1969-12-31", "maximum": "2024-02-29"}),
        json!({"minimum": "2020-01-01 00:00:00+00:00", "maximum": "2026-01-01 00:00:00.500000+00:00"}),
        json!({"true_count": 1, "false_count": 1}),
        json!({"total_length": 3}),
    ];
    for (told, expected) in told.iter().zip(&expected) {
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(told[name], *value, "{name} of {told}");
        }
        assert_eq!(told["has_null"], true);
    }
    assert_eq!(told.len(), expected.len());
}

#[test]
fn what_is_not_written_is_refused_by_name() {
    let refused = |options: &str| lowered("a int, b boolean", options).unwrap_err().remove(0);
    assert_eq!(
        refused(r#"{"Compression": "ZSTD"}"#),
        "`Compression` is `ZSTD`; it is one of `SNAPPY`, `ZLIB`, `NONE`"
    );
    assert!(refused(r#"{"StripeSizeBytes": 1}"#).contains("at least 8388608"));
    assert!(refused(r#"{"RowIndexStride": 999}"#).contains("at least 1000"));
    assert!(refused(r#"{"PaddingTolerance": 1.5}"#).contains("from 0 to 1"));
    assert!(refused(r#"{"FormatVersion": "V1"}"#).contains("`V0_12`, `V0_11`"));
    assert!(refused(r#"{"BloomFilterColumns": ["c"]}"#).contains("no column `c`"));
    let not_applied = lowered("a int, b boolean", r#"{"BloomFilterColumns": ["b"]}"#).unwrap().not_applied;
    assert!(not_applied[0].contains("`BloomFilterColumns` for `b`"), "{not_applied:?}");
    let empty = judge(&[write(&*conversion("a int", "{}"), &[])]).remove(0);
    assert_eq!((&empty["rows"], rows(&empty).len()), (&json!(0), 0));
}
