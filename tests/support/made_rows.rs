//! Records made up at random, and the rows that readers must find in the files that they become.

use firehose_kit::model::format::ddl;
use firehose_kit::model::format::hive_type::HiveType;
use firehose_kit::model::format::table::Table;
use serde_json::{Value, json};

/// A generator of numbers: the same at each run.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }

    fn signed(&mut self, bits: u32) -> i64 {
        let bits_64 = (self.next(1 << 31) << 33) ^ (self.next(1 << 31) << 16) ^ self.next(1 << 16);
        (bits_64 as i64) >> (64 - bits)
    }
}

/// Records, and the rows that readers must find.
pub fn made(columns: &str, count: usize, random: &mut Random) -> (Vec<String>, Vec<Value>) {
    let table: Table = ddl::parse(&format!("CREATE TABLE t ({columns})")).unwrap();
    let mut records = Vec::new();
    let mut rows = Vec::new();
    for _ in 0..count {
        let mut members = Vec::new();
        let mut row = Vec::new();
        for column in &table.columns {
            let (text, value) = value(&column.kind, random, true);
            // An absent column is null too.
            if text != "null" || random.next(2) == 0 {
                members.push(format!("\"{}\": {text}", column.name));
            }
            row.push(value);
        }
        records.push(format!("{{{}}}", members.join(",")));
        rows.push(Value::Array(row));
    }
    (records, rows)
}

/// A value as JSON, and as the readers show it.
fn value(kind: &HiveType, random: &mut Random, is_nullable: bool) -> (String, Value) {
    if is_nullable && random.next(5) == 0 {
        return ("null".to_owned(), Value::Null);
    }
    let whole = |number: i64| (number.to_string(), json!(number));
    match kind {
        HiveType::Boolean => {
            let value = random.next(2) == 0;
            (value.to_string(), json!(value))
        }
        HiveType::TinyInt => whole(random.signed(8)),
        HiveType::SmallInt => whole(random.signed(16)),
        HiveType::Int => whole(random.signed(32)),
        HiveType::BigInt => whole(random.signed(64)),
        HiveType::Float | HiveType::Double => {
            // Eighths are exact in both widths.
            let value = random.signed(20) as f64 / 8.0;
            (value.to_string(), json!(format!("{value:?}")))
        }
        HiveType::Decimal { precision, scale } => {
            let digits =
                (0..*precision).map(|_| char::from(b'0' + random.next(10) as u8)).collect::<String>();
            let (whole, fraction) = digits.split_at((*precision - *scale).into());
            let whole = whole.trim_start_matches('0');
            let whole = if whole.is_empty() { "0" } else { whole };
            let text = if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") };
            let is_zero = text.trim_matches(['0', '.']).is_empty();
            let text = if random.next(2) == 0 && !is_zero { format!("-{text}") } else { text };
            (text.clone(), json!(text))
        }
        HiveType::String | HiveType::Char(_) | HiveType::Varchar(_) => {
            let longest = match kind {
                HiveType::Char(length) | HiveType::Varchar(length) => u64::from(*length),
                _ => 40,
            };
            let letters = ['a', 'Z', '"', '\\', 'é', '😀', '\n', '7'];
            let text: String =
                (0..random.next(longest + 1)).map(|_| letters[random.next(8) as usize]).collect();
            (serde_json::to_string(&text).unwrap(), json!(text))
        }
        HiveType::Binary => {
            use base64::Engine as _;
            let bytes: Vec<u8> = (0..random.next(12)).map(|_| random.next(256) as u8).collect();
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            (format!("\"{}\"", base64::engine::general_purpose::STANDARD.encode(bytes)), json!(hex))
        }
        HiveType::Date => {
            let text = format!(
                "{:04}-{:02}-{:02}",
                1700 + random.next(400),
                1 + random.next(12),
                1 + random.next(28)
            );
            (format!("\"{text}\""), json!(text))
        }
        HiveType::Timestamp => {
            let (date, time) = (
                format!(
                    "{:04}-{:02}-{:02}",
                    1700 + random.next(500),
                    1 + random.next(12),
                    1 + random.next(28)
                ),
                format!(
                    "{:02}:{:02}:{:02}.{:06}",
                    random.next(24),
                    random.next(60),
                    random.next(60),
                    random.next(1_000_000)
                ),
            );
            (format!("\"{date}T{time}Z\""), json!(format!("{date} {time}")))
        }
        HiveType::Array(element) => {
            let items: Vec<_> = (0..random.next(4)).map(|_| value(element, random, true)).collect();
            let text: Vec<_> = items.iter().map(|(text, _)| text.clone()).collect();
            (format!("[{}]", text.join(", ")), items.into_iter().map(|(_, value)| value).collect())
        }
        HiveType::Map(key, element) => {
            let mut text = Vec::new();
            let mut entries = Vec::new();
            for at in 0..random.next(4) {
                let (name, key) = match **key {
                    HiveType::Int => (at.to_string(), json!(at)),
                    _ => (format!("k{at}"), json!(format!("k{at}"))),
                };
                let (member, value) = value(element, random, true);
                text.push(format!("\"{name}\": {member}"));
                entries.push(json!([key, value]));
            }
            (format!("{{{}}}", text.join(",")), Value::Array(entries))
        }
        HiveType::Struct(fields) => {
            let mut text = Vec::new();
            let mut found = serde_json::Map::new();
            for (name, kind) in fields {
                let (member, value) = value(kind, random, true);
                text.push(format!("\"{name}\": {member}"));
                found.insert(name.clone(), value);
            }
            (format!("{{{}}}", text.join(",")), Value::Object(found))
        }
    }
}
