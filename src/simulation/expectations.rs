//! Judges what came out of a run by the expectations of a scenario.
//!
//! Looks at the report, at `manifest.jsonl` and at the objects in the output folder; changes nothing.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
};

use serde::Deserialize;
use serde_json::Value;

use super::{
    Bodies, Simulation,
    report::SimulationReport,
    scenario::{
        Scenario,
        expect::{Comparison, Expect, LedgerCounts, Objects, RecordOutcome, json},
    },
    script::NamePattern,
    trace::{Fate, MOST_FATES},
};
use crate::model::destination::contract::Lane;

/// The most bytes of one object that are looked into, decoded.
const LARGEST_BODY: u64 = 256 << 20;

/// The most lines or keys that a difference shows of each side.
const SHOWN: usize = 12;

/// The most characters of a line that a difference shows.
const LONGEST_SHOWN: usize = 1_000;

/// How one expectation turned out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Its line in the scenario file, from 1.
    pub line: u32,
    /// Its name, or what it is about.
    pub title: String,
    /// What differs; nothing when it holds.
    pub differences: Vec<Difference>,
}

/// Something that is not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What.
    pub what: String,
    /// What was expected, line by line.
    pub expected: Vec<String>,
    /// What came.
    pub actual: Vec<String>,
}

/// Where a property of an object stands.
type TextOf = fn(&Delivery) -> &str;
type CountOf = fn(&Delivery) -> Option<u64>;

/// A line of the manifest, as far as expectations ask.
#[derive(Debug, Deserialize)]
struct Delivery {
    #[serde(default)]
    bucket: String,
    #[serde(default)]
    key: String,
    #[serde(default)]
    target: String,
    kind: String,
    path: Option<String>,
    lane: String,
    records: u64,
    bytes_out: Option<u64>,
    content_encoding: Option<String>,
    sealed_by: String,
    attempts: u64,
    outcome: String,
}

impl Delivery {
    /// The key of an object, the target of a request.
    fn address(&self) -> &str {
        if self.kind == "request" { &self.target } else { &self.key }
    }

    fn full_address(&self) -> String {
        match self.kind.as_str() {
            "request" => self.target.clone(),
            _ => format!("s3://{}/{}", self.bucket, self.key),
        }
    }
}

/// Judges all expectations of a scenario; `folder` is where the run put its results.
///
/// # Errors
/// When the results can't be read, or hold no bodies though an expectation asks for their contents.
pub fn judge(
    scenario: &Scenario,
    simulation: &Simulation,
    report: &SimulationReport,
    folder: &Path,
) -> Result<Vec<Verdict>, String> {
    let needs_bodies = scenario.expectations().any(|(expect, _)| expect.needs_bodies());
    if needs_bodies && simulation.options.bodies != Bodies::Full {
        return Err("an expectation asks for contents of objects, which only `bodies` full writes".to_owned());
    }
    let deliveries = deliveries(folder).map_err(|error| format!("manifest.jsonl: {error}"))?;
    let mut judge = Judge { simulation, report, folder, deliveries, selector: 0, differences: Vec::new() };
    let verdict = |(expect, line): (&Expect, u32)| {
        judge.expectation(expect);
        let differences = std::mem::take(&mut judge.differences);
        Verdict { line, title: expect.title(), differences }
    };
    Ok(scenario.expectations().map(verdict).collect())
}

fn deliveries(folder: &Path) -> io::Result<Vec<Delivery>> {
    let manifest = BufReader::new(File::open(folder.join("manifest.jsonl"))?);
    manifest.lines().map(|line| Ok(serde_json::from_str(&line?)?)).collect()
}

struct Judge<'a> {
    simulation: &'a Simulation,
    report: &'a SimulationReport,
    folder: &'a Path,
    deliveries: Vec<Delivery>,
    /// How many selectors of records came before.
    selector: usize,
    differences: Vec<Difference>,
}

impl Judge<'_> {
    fn expectation(&mut self, expect: &Expect) {
        if let Some(counts) = &expect.ledger {
            self.ledger(counts);
        }
        if let Some(objects) = &expect.objects {
            self.objects("objects", objects);
        }
        if let Some(requests) = &expect.requests {
            self.objects("requests", requests);
        }
        if let Some(record) = &expect.record {
            self.record(record);
            self.selector += 1;
        }
        if let Some(order) = &expect.order {
            self.order(order);
        }
        if let Some(warnings) = &expect.warnings {
            let has = |id: &String| self.report.warnings.iter().any(|remark| remark.id == *id);
            let missing: Vec<String> = warnings.present.iter().filter(|id| !has(id)).cloned().collect();
            let unwanted: Vec<String> = warnings.absent.iter().filter(|id| has(id)).cloned().collect();
            if !missing.is_empty() || !unwanted.is_empty() {
                let expected = missing.into_iter().chain(unwanted.into_iter().map(|id| format!("no {id}")));
                let actual =
                    self.report.warnings.iter().map(|w| format!("{}: {}", w.id, w.message)).collect();
                self.differ("warnings", expected.collect(), actual);
            }
        }
        if let Some(digest) = &expect.digest
            && *digest != self.report.digest
        {
            self.differ("digest", vec![digest.clone()], vec![self.report.digest.clone()]);
        }
    }

    fn differ(&mut self, what: impl Into<String>, expected: Vec<String>, actual: Vec<String>) {
        self.differences.push(Difference { what: what.into(), expected, actual });
    }

    fn compare(&mut self, what: impl Into<String>, wanted: Option<Comparison>, count: u64) {
        if let Some(wanted) = wanted.filter(|wanted| !wanted.holds(count)) {
            self.differ(what, vec![wanted.to_string()], vec![count.to_string()]);
        }
    }

    fn ledger(&mut self, counts: &LedgerCounts) {
        let ledger = self.report.ledger;
        for (name, wanted, count) in [
            ("arrivals", counts.arrivals, ledger.arrivals),
            ("records", counts.records, ledger.records),
            ("delivered", counts.delivered, ledger.delivered),
            ("dropped", counts.dropped, ledger.dropped),
            ("processing-failed", counts.processing_failed, ledger.processing_failed),
            ("format-conversion-failed", counts.format_conversion_failed, ledger.format_conversion_failed),
            ("destination-failed", counts.destination_failed, ledger.destination_failed),
            ("rejected", counts.rejected, ledger.rejected),
            ("lost", counts.lost, ledger.lost),
            ("backup", counts.backup, self.report.copies.backup),
        ] {
            self.compare(format!("ledger: {name}"), wanted, count);
        }
    }

    fn objects(&mut self, what: &str, wanted: &Objects) {
        let deliveries = std::mem::take(&mut self.deliveries);
        let meant: Vec<&Delivery> =
            deliveries.iter().filter(|d| what.strip_suffix('s') == Some(&d.kind)).collect();
        let meant: Vec<&Delivery> = meant
            .into_iter()
            .filter(|d| wanted.selects(&d.lane, &d.bucket, d.address(), &d.outcome))
            .collect();
        let count = wanted.count.unwrap_or(Comparison::SOME);
        if !count.holds(meant.len() as u64) {
            let keys = deliveries.iter().map(|d| format!("{} {}: {}", d.lane, d.outcome, d.full_address()));
            let mut actual = vec![format!("{} of {} deliveries", meant.len(), deliveries.len())];
            actual.extend(shortened(keys.collect()));
            self.differ(format!("{what}: count"), vec![count.to_string()], actual);
        }
        self.each(what, wanted, &meant);
        if wanted.lines.is_some() || !wanted.contains.is_empty() || !wanted.json.is_empty() {
            self.contents(wanted, &meant);
        }
        self.deliveries = deliveries;
    }

    /// What each of the objects is.
    fn each(&mut self, what: &str, wanted: &Objects, meant: &[&Delivery]) {
        let texts: [(&str, Option<&str>, TextOf); 2] = [
            ("content-encoding", wanted.content_encoding.as_deref(), |d| {
                d.content_encoding.as_deref().unwrap_or("")
            }),
            ("sealed-by", wanted.sealed_by.as_deref(), |d| &d.sealed_by),
        ];
        for (name, wanted, actual) in texts {
            let Some(wanted) = wanted else { continue };
            let others = meant.iter().filter(|object| actual(object) != wanted);
            let others = others.map(|object| format!("{}: {}", quoted(actual(object)), object.address()));
            self.differ_where_any(format!("{what}: {name}"), quoted(wanted), others.collect());
        }
        let counts: [(&str, Option<Comparison>, CountOf); 3] = [
            ("records", wanted.records, |d| Some(d.records)),
            ("bytes", wanted.bytes, |d| d.bytes_out),
            ("attempts", wanted.attempts, |d| Some(d.attempts)),
        ];
        for (name, wanted, actual) in counts {
            let Some(wanted) = wanted else { continue };
            let others =
                meant.iter().filter(|object| !actual(object).is_some_and(|count| wanted.holds(count)));
            let shown =
                |count: Option<u64>| count.map_or_else(|| "unknown".to_owned(), |count| count.to_string());
            let others = others.map(|object| format!("{}: {}", shown(actual(object)), object.address()));
            self.differ_where_any(format!("{what}: {name}"), wanted.to_string(), others.collect());
        }
    }

    fn differ_where_any(&mut self, what: String, expected: String, others: Vec<String>) {
        if !others.is_empty() {
            self.differ(what, vec![expected], shortened(others));
        }
    }

    fn contents(&mut self, wanted: &Objects, meant: &[&Delivery]) {
        let mut texts = wanted.contains.clone();
        let mut values: Vec<Value> = wanted.json.iter().map(json).collect();
        let mut lines: Vec<String> = Vec::new();
        // Lines are kept no further than they are wanted, and a little to show.
        let kept = wanted.lines.as_ref().map_or(SHOWN, |lines| lines.len() + SHOWN);
        let mut count = 0;
        // The first values, and how many there are.
        let (mut shown, mut found): (Vec<String>, usize) = (Vec::new(), 0);
        for object in meant {
            let body = match self.body(object) {
                Ok(body) => body,
                Err(error) => {
                    self.differ(
                        format!("contents of {}", object.address()),
                        vec!["readable".to_owned()],
                        vec![error],
                    );
                    return;
                }
            };
            texts.retain(|text| memchr::memmem::find(&body, text.as_bytes()).is_none());
            for line in body.strip_suffix(b"\n").unwrap_or(&body).split(|byte| *byte == b'\n') {
                if !wanted.json.is_empty() {
                    for (text, value) in json_values(line) {
                        values.retain(|wanted| !holds(&value, wanted));
                        found += 1;
                        if shown.len() < SHOWN {
                            shown.push(String::from_utf8_lossy(text).into_owned());
                        }
                    }
                }
                if lines.len() < kept {
                    lines.push(String::from_utf8_lossy(line).into_owned());
                }
                count += 1;
            }
        }
        let start: Vec<String> = shortened_of(&lines, count);
        if !texts.is_empty() {
            self.differ("objects: contains", texts, start.clone());
        }
        if !values.is_empty() {
            // Where nothing is JSON, what there is instead says more.
            let actual = if shown.is_empty() { start } else { shortened_of(&shown, found) };
            self.differ("objects: json", values.iter().map(Value::to_string).collect(), actual);
        }
        if let Some(wanted) = &wanted.lines
            && (count != wanted.len() || lines != *wanted)
        {
            let same = wanted.iter().zip(&lines).take_while(|(wanted, line)| wanted == line).count();
            let rest = |lines: &[String], count: usize| match lines.get(same..).unwrap_or_default() {
                [] => vec!["(no further line)".to_owned()],
                rest => shortened_of(rest, count - same),
            };
            let (expected, actual) = (rest(wanted, wanted.len()), rest(&lines, count));
            self.differ(format!("objects: lines, from line {}", same + 1), expected, actual);
        }
    }

    fn record(&mut self, wanted: &RecordOutcome) {
        let report = self.report;
        let fates: Vec<_> = report.fates.iter().filter(|fate| fate.selector == self.selector).collect();
        let title = wanted.title();
        if report.fates.len() >= MOST_FATES {
            self.differ(title, vec![format!("fewer than {MOST_FATES} records")], vec!["more fit".to_owned()]);
            return;
        }
        let count = wanted.count.unwrap_or(Comparison::SOME);
        self.compare(format!("{title}: count"), Some(count), fates.len() as u64);
        let fits = |fate: &&Fate| {
            let has_outcome = wanted.outcome.as_ref().is_none_or(|outcome| *outcome == fate.outcome);
            let in_object = |pattern: &String| {
                fate.key.as_ref().is_some_and(|key| NamePattern::new(&**pattern).fits(key))
            };
            has_outcome && wanted.key.as_ref().is_none_or(in_object)
        };
        let others = fates.into_iter().filter(|fate| !fits(fate)).map(|fate| {
            let key = fate.key.as_deref().unwrap_or("no object");
            format!("{}, in {key} (record {})", fate.outcome, fate.record)
        });
        let outcome = wanted.outcome.as_deref().unwrap_or("any outcome");
        let expected = format!("{outcome}, in {}", wanted.key.as_deref().unwrap_or("any object"));
        self.differ_where_any(title, expected, others.collect());
    }

    fn order(&mut self, patterns: &[String]) {
        let of_lane = self.deliveries.iter().filter(|delivery| delivery.lane == "destination");
        let keys: Vec<String> = of_lane.map(|delivery| delivery.address().to_owned()).collect();
        let fits = |(pattern, key): (&String, &String)| NamePattern::new(&**pattern).fits(key);
        let same = patterns.iter().zip(&keys).take_while(|pair| fits(*pair)).count();
        if same < patterns.len() || same < keys.len() {
            let rest = |keys: &[String]| match &keys[same..] {
                [] => vec!["(no further object)".to_owned()],
                rest => shortened(rest.to_vec()),
            };
            let (expected, actual) = (rest(patterns), rest(&keys));
            self.differ(format!("order, from object {}", same + 1), expected, actual);
        }
    }

    /// The body of an object, decoded; of a converted one its rows, a line of JSON each.
    fn body(&self, object: &Delivery) -> Result<Vec<u8>, String> {
        let path = object.path.as_ref().ok_or("its body was not kept")?;
        let lane = if object.lane == "backup" { Lane::Backup } else { Lane::Destination };
        let settings = self.simulation.stream.destination.objects(lane);
        let is_converted = object.kind == "object"
            && object.lane == "destination"
            && settings.as_ref().is_some_and(|settings| settings.conversion.is_some());
        let kept = match (is_converted, &self.simulation.options.rows) {
            (true, Some(rows)) => rows,
            (true, None) => return Err("its rows were not kept".to_owned()),
            (false, _) => self.folder,
        };
        let file = File::open(kept.join(path)).map_err(|error| error.to_string())?;
        let codec = match (&*object.lane, settings) {
            _ if object.kind == "request" => match object.content_encoding.as_deref() {
                Some("gzip") => "GZIP",
                _ => "UNCOMPRESSED",
            },
            ("error", _) | (_, None) => "UNCOMPRESSED",
            (_, Some(settings)) => settings.compression.codec().name(),
        };
        let failed = |error: io::Error| format!("not readable as {codec}: {error}");
        let body = match codec {
            "GZIP" => read(&mut flate2::read::MultiGzDecoder::new(file)).map_err(failed)?,
            "ZIP" => {
                let mut archive =
                    zip::ZipArchive::new(file).map_err(|error| failed(io::Error::other(error)))?;
                let mut entry = archive.by_index(0).map_err(|error| failed(io::Error::other(error)))?;
                read(&mut entry).map_err(failed)?
            }
            "Snappy" => snappy_blocks(&read(&mut { file }).map_err(failed)?, 16, 4)?,
            "HADOOP_SNAPPY" => snappy_blocks(&read(&mut { file }).map_err(failed)?, 0, 8)?,
            _ => read(&mut { file }).map_err(failed)?,
        };
        Ok(body)
    }
}

/// Reads a body to its end, up to [`LARGEST_BODY`].
fn read(from: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    from.take(LARGEST_BODY + 1).read_to_end(&mut body)?;
    if body.len() as u64 > LARGEST_BODY {
        return Err(io::Error::other(format!("more than {LARGEST_BODY} bytes, too many to look into")));
    }
    Ok(body)
}

/// Undoes blocks of raw Snappy behind a header of `start` bytes; each has `head` bytes before it, the last four of which
/// are its length.
fn snappy_blocks(body: &[u8], start: usize, head: usize) -> Result<Vec<u8>, String> {
    let mut rest = body.get(start..).ok_or("not readable as Snappy: no header")?;
    let mut out = Vec::new();
    while !rest.is_empty() {
        let length = rest.get(head - 4..head).and_then(|bytes| bytes.try_into().ok()).map(u32::from_be_bytes);
        let length = length.ok_or("not readable as Snappy: a cut block")? as usize;
        let block = rest.get(head..head + length).ok_or("not readable as Snappy: a cut block")?;
        let plain = snap::raw::Decoder::new().decompress_vec(block);
        out.extend(plain.map_err(|error| format!("not readable as Snappy: {error}"))?);
        if out.len() as u64 > LARGEST_BODY {
            return Err(format!("more than {LARGEST_BODY} bytes, too many to look into"));
        }
        rest = &rest[head + length..];
    }
    Ok(out)
}

/// The JSON values of a line, with their texts: one, or several end to end, as Firehose writes records without a delimiter. At
/// the first thing that is none, they end.
fn json_values(line: &[u8]) -> impl Iterator<Item = (&[u8], Value)> {
    let mut values = serde_json::Deserializer::from_slice(line).into_iter::<Value>();
    std::iter::from_fn(move || {
        let start = values.byte_offset();
        let value = values.next()?.ok()?;
        Some((line[start..values.byte_offset()].trim_ascii(), value))
    })
}

/// Whether `value` holds every member of `wanted`; lists must be equally long.
fn holds(value: &Value, wanted: &Value) -> bool {
    match (value, wanted) {
        (Value::Object(value), Value::Object(wanted)) => {
            wanted.iter().all(|(key, wanted)| value.get(key).is_some_and(|value| holds(value, wanted)))
        }
        (Value::Array(value), Value::Array(wanted)) => {
            value.len() == wanted.len()
                && value.iter().zip(wanted).all(|(value, wanted)| holds(value, wanted))
        }
        // 1 and 1.0 are one number in JSON.
        (Value::Number(value), Value::Number(wanted)) => value == wanted || value.as_f64() == wanted.as_f64(),
        (value, wanted) => value == wanted,
    }
}

fn quoted(text: &str) -> String {
    if text.is_empty() { "none".to_owned() } else { text.to_owned() }
}

fn shortened(lines: Vec<String>) -> Vec<String> {
    let count = lines.len();
    shortened_of(&lines, count)
}

/// The first of `count` lines.
fn shortened_of(lines: &[String], count: usize) -> Vec<String> {
    let cut = |line: &String| match line.char_indices().nth(LONGEST_SHOWN) {
        Some((end, _)) => format!("{}… {} bytes more", &line[..end], line.len() - end),
        None => line.clone(),
    };
    let mut shown: Vec<String> = lines.iter().take(SHOWN).map(cut).collect();
    if count > shown.len() {
        shown.push(format!("… {} more", count - shown.len()));
    }
    shown
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_subset_of_members_is_enough() {
        let value = json!({"a": {"b": 1, "c": [1, {"d": 2, "e": 3}]}, "f": "x"});
        assert!(holds(&value, &json!({"a": {"c": [1.0, {"d": 2}]}})));
        assert!(!holds(&value, &json!({"a": {"c": [1]}})));
        assert!(!holds(&value, &json!({"f": "y"})) && !holds(&value, &json!({"g": null})));
    }

    #[test]
    fn long_lines_are_cut_between_characters() {
        let shown = shortened(vec!["é".repeat(1_001), "short".to_owned()]);
        assert_eq!(shown, [format!("{}… 2 bytes more", "é".repeat(1_000)), "short".to_owned()]);
    }

    #[test]
    fn values_end_to_end_are_found_up_to_what_is_none() {
        let texts = |line: &'static str| -> Vec<&str> {
            json_values(line.as_bytes()).map(|(text, _)| std::str::from_utf8(text).unwrap()).collect()
        };
        assert_eq!(texts(r#"{"a":1}{"b":[2]} {}"#), [r#"{"a":1}"#, r#"{"b":[2]}"#, "{}"]);
        assert_eq!(texts(r#"{"a":1}x{"b":2}"#), [r#"{"a":1}"#]);
        assert_eq!(texts(r#"{"a":1}{"b":"#), [r#"{"a":1}"#]);
        assert_eq!((texts("12 apples"), texts("12x"), texts("")), (vec!["12"], vec![], vec![]));
    }

    #[test]
    fn what_codecs_write_is_read_back() {
        use crate::model::compression::CODECS;
        let input = b"one record\n".repeat(10_000);
        for codec in CODECS.iter().filter(|codec| codec.name().to_lowercase().contains("snappy")) {
            let mut packed = Vec::new();
            codec.compress(&input, "", &mut packed).unwrap();
            let (start, head) = if codec.name() == "Snappy" { (16, 4) } else { (0, 8) };
            assert_eq!(snappy_blocks(&packed, start, head).unwrap(), input);
            assert!(snappy_blocks(&packed[..packed.len() - 1], start, head).is_err());
        }
    }
}
