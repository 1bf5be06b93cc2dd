//! Format conversion against readers that nobody here wrote: DuckDB and PyArrow read every file, and their values agree
//! one by one with those that the test made the records from. Behaviour sheet, section 9.

#![cfg(feature = "columnar")]

#[path = "support/made_rows.rs"]
mod made_rows;
#[path = "support/python.rs"]
mod python;

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use firehose_kit::model::format::{Conversion, ddl, lower};
use firehose_kit::template::read;
use made_rows::{Random, made};
use serde_json::{Value, json};

const OPENX: &str = r#"{"OpenXJsonSerDe": {}}"#;
const HIVE: &str = r#"{"HiveJsonSerDe": {}}"#;

fn lowered(columns: &str, input: &str, output: &str) -> Result<lower::LoweredConversion, Vec<String>> {
    let table = ddl::parse(&format!("CREATE EXTERNAL TABLE d.t ({columns})")).unwrap();
    let block = format!(
        r#"{{"InputFormatConfiguration": {{"Deserializer": {input}}},
            "OutputFormatConfiguration": {{"Serializer": {output}}},
            "SchemaConfiguration": {{"DatabaseName": "d", "TableName": "t", "RoleARN": "arn:aws:iam::1:role/r"}}}}"#
    );
    let node = read::read(&block).root.unwrap();
    lower::lower(&node, &table, "111122223333", "eu-west-1")
        .map_err(|problems| problems.into_iter().map(|problem| problem.message).collect())
}

fn conversion(columns: &str, input: &str, options: &str) -> Arc<dyn Conversion> {
    lowered(columns, input, &format!(r#"{{"ParquetSerDe": {options}}}"#)).unwrap().conversion
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

/// What the readers say about files.
fn judge(files: &[Vec<u8>]) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let mut paths = Vec::new();
    for (at, bytes) in files.iter().enumerate() {
        let path = folder.path().join(format!("{at}.parquet"));
        std::fs::write(&path, bytes).unwrap();
        paths.push(path);
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/columnar.py");
    let said = python::run(Command::new(python::interpreter()).arg(script).args(&paths));
    let judged: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(judged.len(), files.len());
    judged
}

/// Rows that both readers found.
fn rows(judged: &Value) -> &Vec<Value> {
    assert_eq!(judged["arrow"], judged["duck"]);
    judged["arrow"].as_array().unwrap()
}

fn one(columns: &str, input: &str, records: &[&str]) -> Value {
    let records: Vec<String> = records.iter().map(|record| (*record).to_owned()).collect();
    judge(&[write(&*conversion(columns, input, "{}"), &records)]).remove(0)
}

fn refused(columns: &str, input: &str, record: &[u8]) -> (String, String) {
    let error = conversion(columns, input, "{}").check(record, &mut Vec::new()).unwrap_err();
    (error.code.trim_start_matches("DataFormatConversion.").to_owned(), error.message)
}

#[test]
fn section_9_3_openx_reads_every_type() {
    let columns = "b boolean, t tinyint, s smallint, i int, l bigint, f float, d double, m decimal(12,3), \
        x string, c char(4), v varchar(4), y binary, a date, z timestamp, r array<int>, p map<string,bigint>, \
        q struct<u:int,w:string>";
    let full = r#"{"b":true,"t":-128,"s":32767,"i":-2147483648,"l":9223372036854775807,"f":1.5,"d":-2.5e-3,
        "m":123456789.1235,"x":"héllo\n","c":"ab  ","v":"abcdef","y":"AAH/","a":"2024-2-29",
        "z":"2026-03-01T22:59:30.123456Z","r":[1,null,3],"p":{"k":1,"n":null},"q":{"u":1,"w":"x"}}"#;
    let text = r#"{"b":"TRUE","t":"1","s":"-2","i":"3","l":"4","f":"1.25","d":"NaN","m":"-0.0005","x":17,
        "z":"1500000000","q":{"w":{"n": [1, "a b"]}},"r":[],"p":{}}"#;
    let judged = one(columns, OPENX, &[full, text, "{}"]);
    let found = rows(&judged);
    let expected = json!([true, -128, 32767, -2147483648_i64, i64::MAX, "1.5", "-0.0025", "123456789.124",
        "héllo\n", "ab", "abcd", "0001ff", "2024-02-29", "2026-03-01 22:59:30.123456", [1, null, 3],
        [["k", 1], ["n", null]], {"u": 1, "w": "x"}]);
    assert_eq!(found[0], expected);
    let expected = json!([true, 1, -2, 3, 4, "1.25", "nan", "-0.001", "17", null, null, null, null,
        "2017-07-14 02:40:00.000000", [], [], {"u": null, "w": "{\"n\":[1,\"a b\"]}"}]);
    assert_eq!(found[1], expected);
    assert_eq!(found[2], json!(vec![Value::Null; 17]));
    let leaves = judged["leaves"].as_array().unwrap();
    let physical: Vec<_> =
        leaves.iter().map(|leaf| (leaf[0].as_str().unwrap(), leaf[1].as_str().unwrap())).collect();
    let expected = [
        ("b", "BOOLEAN"),
        ("t", "INT32"),
        ("s", "INT32"),
        ("i", "INT32"),
        ("l", "INT64"),
        ("f", "FLOAT"),
        ("d", "DOUBLE"),
        ("m", "FIXED_LEN_BYTE_ARRAY"),
        ("x", "BYTE_ARRAY"),
        ("c", "BYTE_ARRAY"),
        ("v", "BYTE_ARRAY"),
        ("y", "BYTE_ARRAY"),
        ("a", "INT32"),
        ("z", "INT96"),
        ("r.bag.array_element", "INT32"),
        ("p.map.key", "BYTE_ARRAY"),
        ("p.map.value", "INT64"),
        ("q.u", "INT32"),
        ("q.w", "BYTE_ARRAY"),
    ];
    assert_eq!(physical, expected);
    assert_eq!(judged["created_by"], "firehose-kit");
}

#[test]
fn section_9_1_timestamps_of_openx() {
    let records = [
        r#"{"z":"2026-03-01T22:59:30.123456789Z"}"#,
        r#"{"z":"2026-3-1 2:5:9.5"}"#,
        r#"{"z":1500000000.25}"#,
        r#"{"z":1500000000123}"#,
        r#"{"z":"-1"}"#,
        r#"{"z":999999999999}"#,
    ];
    let judged = one("z timestamp", OPENX, &records);
    // Nanoseconds; the last one wraps at 64 bits.
    let wrapped = (999_999_999_999_i128 * 1_000_000_000) as i64;
    let expected = json!([
        1_772_405_970_123_456_789_i64,
        1_772_330_709_500_000_000_i64,
        1_500_000_000_250_000_000_i64,
        1_500_000_000_123_000_000_i64,
        -1_000_000_000_i64,
        wrapped
    ]);
    assert_eq!(judged["nanos"]["z"], expected);
    for wrong in [r#"{"z":"2026-3-01T22:59:30Z"}"#, r#"{"z":"yesterday"}"#, r#"{"z":true}"#] {
        let (code, message) = refused("z timestamp", OPENX, wrong.as_bytes());
        assert_eq!(code, "MalformedData");
        assert!(message.starts_with("Encountered invalid or unsupported timestamp format."), "{message}");
    }
}

#[test]
fn section_9_1_keys_mappings_and_dots() {
    let record =
        r#"{"UserId":1,"user.name":"n","Nested":{"Inner":2,"in.ner":3},"Map":{"Key":4},"ignored":[]}"#;
    let columns = "userid int, user_name string, nested struct<inner:int,Inner2:int,in_ner:int>, map map<string,int>, \
        m int";
    let judge_with = |input: &str| rows(&one(columns, input, &[record]))[0].clone();
    let expected = json!([1, null, {"inner": 2, "Inner2": null, "in_ner": null}, [["key", 4]], null]);
    assert_eq!(judge_with(OPENX), expected);
    let dots = r#"{"OpenXJsonSerDe": {"ConvertDotsInJsonKeysToUnderscores": true,
        "ColumnToJsonKeyMappings": {"m": "UserId"}}}"#;
    let expected = json!([1, "n", {"inner": 2, "Inner2": null, "in_ner": 3}, [["key", 4]], 1]);
    // Both columns name the same key: the mapped one and the one of that name.
    assert_eq!(judge_with(dots), expected);
    let exact = r#"{"OpenXJsonSerDe": {"CaseInsensitive": false}}"#;
    let expected = json!([null, null, null, null, null]);
    assert_eq!(judge_with(exact), expected);
}

#[test]
fn section_9_1_hive_is_strict() {
    let judged = one(
        "Id int, when_ timestamp, x string, n struct<Inner:double>, y binary",
        HIVE,
        &[r#"{"ID":1,"when_":"2026-3-1 02:05:09.5","x":12,"n":{"INNER":1e3},"y":"AAH/"}"#],
    );
    let expected = json!([1, "2026-03-01 02:05:09.500000", "12", {"Inner": "1000.0"}, "4141482f"]);
    assert_eq!(rows(&judged)[0], expected);
    let formats = r#"{"HiveJsonSerDe": {"TimestampFormats": ["dd/MMM/yyyy HH:mm:ss Z", "millis"]}}"#;
    let judged =
        one("z timestamp", formats, &[r#"{"z":"01/Mar/2026 03:05:09 +0100"}"#, r#"{"z":1500000000123}"#]);
    assert_eq!(rows(&judged)[0], json!(["2026-03-01 02:05:09.000000"]));
    assert_eq!(rows(&judged)[1], json!(["2017-07-14 02:40:00.123000"]));
    let input = |record: &str| refused("i int, x string, b boolean", HIVE, record.as_bytes()).1;
    assert_eq!(input(r#"{"i":"1"}"#), "Data does not match the schema. For input string: \"1\"");
    assert_eq!(input(r#"{"x":{"a": 1}}"#), "Data does not match the schema. For input string: \"{\"a\":1}\"");
    assert!(input(r#"{"b":"true"}"#).contains("\"true\""));
    let dotted = lowered("`a.b` int", HIVE, r#"{"ParquetSerDe": {}}"#).unwrap_err();
    assert!(dotted[0].contains("its name has a dot"), "{dotted:?}");
    let letter = r#"{"HiveJsonSerDe": {"TimestampFormats": ["xxxx-ww"]}}"#;
    assert!(lowered("z timestamp", letter, r#"{"ParquetSerDe": {}}"#).unwrap_err()[0].contains("`xxxx`"));
}

#[test]
fn section_9_1_records_hold_one_or_more_objects() {
    let judged = one("a int", OPENX, &["{\"a\":1}{\"a\":2}\n {\"a\":3}\n", "{\"a\":4}"]);
    assert_eq!(*rows(&judged), [json!([1]), json!([2]), json!([3]), json!([4])]);
    // The last of a key that stands twice counts.
    let judged =
        one("p map<int,string>, a int", OPENX, &[r#"{"p":{"1":"x","2":"y","1.0":"z"},"a":1,"A":2}"#]);
    assert_eq!(rows(&judged)[0], json!([[[1, "z"], [2, "y"]], 2]));
    // One bad object fails its whole record.
    assert_eq!(refused("a int", OPENX, br#"{"a":1}{"a":"oops"}"#).0, "MalformedData");
}

#[test]
fn section_9_4_codes_and_messages() {
    let columns = "i int, t tinyint, d date, r array<int>, s struct<a:int>, p map<int,string>, y binary, m decimal(3,1)";
    let at = |record: &[u8]| refused(columns, OPENX, record);
    let malformed = |message: &str| ("MalformedData".to_owned(), message.to_owned());
    let oops = malformed("Data does not match the schema. For input string: \"oops\"");
    assert_eq!(at(br#"{"i":"oops"}"#), oops);
    assert_eq!(
        at(br#"{"y":"oops!"}"#),
        malformed("Data does not match the schema. For input string: \"oops!\"")
    );
    for (record, text) in [
        (r#"{"t":128}"#, "128"),
        (r#"{"i":2147483648}"#, "2147483648"),
        (r#"{"i":1.5}"#, "1.5"),
        (r#"{"i":[1, 2]}"#, "[1,2]"),
        (r#"{"m":99.96}"#, "99.96"),
        (r#"{"s":[1]}"#, "[1]"),
        (r#"{"r":{"a":1}}"#, "{\"a\":1}"),
    ] {
        let expected = malformed(&format!("Data does not match the schema. For input string: \"{text}\""));
        assert_eq!(at(record.as_bytes()), expected);
    }
    for blank in ["", " \n\t "] {
        assert_eq!(at(blank.as_bytes()), malformed("The record was empty or contained only whitespace."));
    }
    assert_eq!(at(b"{\"i\":\"\xff\"}"), malformed("The data cannot be decoded as UTF-8."));
    for primitive in ["1", "\"a\"", "null", "true"] {
        let text = "The input JSON contained a primitive at the top level. The top level must be an object or array.";
        assert_eq!(at(primitive.as_bytes()), malformed(text));
    }
    assert_eq!(at(br#"[{"i":1}]"#).0, "MalformedData");
    let scalar = "A scalar type was found in the data but a complex type was specified on the schema.";
    assert_eq!(at(br#"{"r":1}"#), malformed(scalar));
    assert_eq!(at(br#"{"s":"x"}"#), malformed(scalar));
    let date = "Data does not match the schema. Invalid format for one or more dates.";
    assert_eq!(at(br#"{"d":"2026-02-30"}"#), malformed(date));
    assert_eq!(at(br#"{"d":20000}"#), malformed(date));
    assert_eq!(at(br#"{"p":{"k":"v"}}"#).0, "InvalidRecord");
    let (code, message) = at(br#"{"i":1"#);
    assert_eq!(code, "ParseError");
    assert!(message.starts_with("Encountered malformed JSON. "), "{message}");
    let deep = format!("{{\"x\":{}", "[".repeat(100_000));
    assert_eq!(
        at(deep.as_bytes()),
        malformed("Data contains a highly nested JSON structure that is not supported.")
    );
}

#[test]
fn section_9_2_every_option() {
    let columns = "i bigint, x string, r array<string>, m decimal(20,4), z timestamp";
    let mut random = Random(7);
    let (records, expected) = made(columns, 400, &mut random);
    let mut cases = Vec::new();
    for (codec, option) in [("SNAPPY", "SNAPPY"), ("GZIP", "GZIP"), ("UNCOMPRESSED", "UNCOMPRESSED")] {
        for version in ["V1", "V2"] {
            for dictionary in [false, true] {
                let options = format!(
                    r#"{{"Compression": "{option}", "WriterVersion": "{version}",
                        "EnableDictionaryCompression": {dictionary}, "PageSizeBytes": 65536, "MaxPaddingBytes": 8}}"#
                );
                let conversion = conversion(columns, OPENX, &options);
                let bytes = write(&*conversion, &records);
                assert_eq!(bytes, write(&*conversion, &records), "equal input gives equal bytes");
                cases.push((codec, version, dictionary, bytes));
            }
        }
    }
    let files: Vec<_> = cases.iter().map(|case| case.3.clone()).collect();
    for (judged, (codec, version, dictionary, _)) in judge(&files).iter().zip(&cases) {
        assert_eq!(*rows(judged), expected);
        assert_eq!(judged["codecs"], json!([codec]));
        let encodings = judged["encodings"].as_array().unwrap();
        let has = |name: &str| encodings.iter().any(|encoding| encoding == name);
        let is_dictionary = has("PLAIN_DICTIONARY") || has("RLE_DICTIONARY");
        assert_eq!(is_dictionary, *dictionary, "{encodings:?}");
        let is_delta = has("DELTA_BINARY_PACKED") || has("DELTA_BYTE_ARRAY");
        assert_eq!(is_delta, *version == "V2" && !dictionary, "{version} {dictionary}: {encodings:?}");
    }
    let conversion = conversion(columns, OPENX, "{}");
    assert_eq!(conversion.extension(), ".parquet");
    assert_eq!(conversion.content_encoding(), Some("hadoop-snappy"));
    let catalog = conversion.catalog();
    assert_eq!(
        (&*catalog.catalog_id, &*catalog.version_id, &*catalog.region),
        ("111122223333", "LATEST", "eu-west-1")
    );
}

#[test]
fn section_9_2_blocks_and_pages_have_their_sizes() {
    // 80 MiB of values in blocks of 64 MiB: two row groups.
    let big = "x".repeat(1 << 20);
    let records: Vec<String> = (0..80).map(|at| format!(r#"{{"i":{at},"x":"{big}"}}"#)).collect();
    let blocks = conversion("i int, x string", OPENX, r#"{"BlockSizeBytes": 67108864}"#);
    let small: Vec<String> = (0..60_000).map(|at| format!(r#"{{"i":{at}}}"#)).collect();
    let pages = |size: usize| {
        let options = format!(r#"{{"PageSizeBytes": {size}, "Compression": "UNCOMPRESSED"}}"#);
        write(&*conversion("i int", OPENX, &options), &small)
    };
    let (few, many) = (pages(1 << 20), pages(64 << 10));
    // A page more is a header more: 240,000 bytes are one page of 1 MiB, or four of 64 KiB.
    assert!(many.len() > few.len() && many.len() < few.len() + 500, "{} {}", few.len(), many.len());
    let judged = judge(&[write(&*blocks, &records), many, few]);
    assert_eq!(judged[0]["groups"], json!([64, 16]));
    assert_eq!(rows(&judged[0])[79][0], 79);
    assert_eq!(rows(&judged[1]), rows(&judged[2]));
    assert_eq!(rows(&judged[1])[59_999], json!([59_999]));
}

#[test]
fn what_is_not_written_is_refused_by_name() {
    let messages = lowered("a int", OPENX, r#"{"ParquetSerDe": {"Compression": "ZSTD"}}"#).unwrap_err();
    assert_eq!(messages[0], "`Compression` is `ZSTD`; it is one of `SNAPPY`, `GZIP`, `UNCOMPRESSED`");
    let messages = lowered("a int", OPENX, r#"{"ParquetSerDe": {"PageSizeBytes": 1}}"#).unwrap_err();
    assert!(messages[0].contains("at least 65536"), "{messages:?}");
    let padding = lowered("a int", OPENX, r#"{"ParquetSerDe": {"MaxPaddingBytes": 8}}"#).unwrap();
    assert!(padding.not_applied[0].contains("MaxPaddingBytes"), "{:?}", padding.not_applied);
    let empty = conversion("a int", OPENX, "{}");
    assert_eq!(rows(&judge(&[write(&*empty, &[])])[0]).len(), 0);
}

#[test]
fn random_rows_of_every_type_come_back() {
    let columns = "a array<array<int>>, b map<string,array<struct<x:int,y:map<int,string>>>>, \
        c struct<p:struct<q:array<decimal(38,10)>,r:timestamp>,s:date>, d tinyint, e smallint, f float, g double, \
        h decimal(9,0), i char(5), j varchar(300), k binary, l boolean, m array<map<string,double>>, n date, \
        o array<struct<only:array<boolean>>>";
    let mut files = Vec::new();
    let mut expected = Vec::new();
    for seed in 0..6 {
        let (records, rows) = made(columns, 150, &mut Random(seed));
        let options = if seed % 2 == 0 {
            "{}"
        } else {
            r#"{"WriterVersion": "V2", "EnableDictionaryCompression": true}"#
        };
        files.push(write(&*conversion(columns, OPENX, options), &records));
        expected.push(rows);
    }
    for (judged, expected) in judge(&files).iter().zip(&expected) {
        assert_eq!(rows(judged), expected);
    }
}

/// What expectations of scenarios look into: the rows as JSON say what readers find in the files.
#[test]
fn rows_as_lines_of_json_are_those_that_readers_find() {
    let columns = "b boolean, t tinyint, s smallint, i int, l bigint, f float, d double, m decimal(12,3), \
        w decimal(38,0), x string, v varchar(9), y binary, a date, z timestamp, r array<date>, p map<string,double>, \
        k map<int,string>, q struct<u:decimal(5,2),w:string,n:array<struct<o:int>>>";
    let (mut records, _) = made(columns, 400, &mut Random(21));
    let odd = [
        "{}",
        r#"{"d":"NaN","f":"-Infinity"}{"l":1}"#,
        r#"{"d":1e300,"f":1e-7,"d":5e-324,"x":"\u0000\u2028"}"#,
    ];
    records.extend(odd.map(str::to_owned));
    let folder = tempfile::tempdir().unwrap();
    let mut paths = Vec::new();
    for (serializer, ending) in [("ParquetSerDe", "parquet"), ("OrcSerDe", "orc")] {
        let conversion = lowered(columns, OPENX, &format!(r#"{{"{serializer}": {{}}}}"#)).unwrap().conversion;
        let file = folder.path().join(format!("rows.{ending}"));
        std::fs::write(&file, write(&*conversion, &records)).unwrap();
        let mut lines = Vec::new();
        conversion.write_rows(&mut records.iter().map(|record| record.as_bytes()), &mut lines).unwrap();
        let beside = folder.path().join(format!("{ending}.jsonl"));
        std::fs::write(&beside, lines).unwrap();
        paths.extend([file, beside]);
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/json_rows.py");
    let said = python::run(Command::new(python::interpreter()).arg(script).args(&paths));
    assert_eq!(said.lines().collect::<Vec<_>>(), ["404", "404"]);
}
