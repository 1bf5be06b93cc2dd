//! What each fuzz target does with its input. A panic is a finding, and so is a promise that does not hold.

use firehose_kit::foundation::document::{Node, Value};
use firehose_kit::foundation::span::{Source, Span};
use firehose_kit::model::format::ddl;
use firehose_kit::model::prefix::Prefix;
use firehose_kit::model::prefix::PrefixFacts;
use firehose_kit::model::processor::deaggregation::RecordDeAggregation;
use firehose_kit::model::processor::metadata_extraction::{KnownKeys, MetadataExtraction};
use firehose_kit::model::processor::{Memory, Piece, Processing};
use firehose_kit::model::query::Query;
use firehose_kit::model::query_keys::query_keys;
use firehose_kit::report::{FileFindings, FindingsReport, REPORTERS, Style, Summary};
use firehose_kit::rules::own::{OwnRules, examples};
use firehose_kit::rules::{self, Checks, fix};
use firehose_kit::simulation::samples::parse::{self, SampleRules};
use firehose_kit::simulation::samples::{ChunkReader, SampleForm, SampleInput};
use firehose_kit::simulation::scenario::Scenario;
use firehose_kit::template::{Template, read};

/// The reader: every span lies within the text, at characters.
pub fn template(text: &str) {
    let document = read::read(text);
    let inside = |span: Span| {
        assert!(text.get(span.range()).is_some(), "{span:?} of {} bytes", text.len());
    };
    document.root.iter().for_each(|root| spans(root, &inside));
    document.problems.iter().for_each(|(span, _)| inside(*span));
    for comment in &document.comments {
        inside(comment.span);
        assert!(text[comment.span.range()].starts_with('#'));
    }
}

fn spans(node: &Node, inside: &dyn Fn(Span)) {
    inside(node.span);
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| spans(item, inside)),
        Value::Map(map) => map.entries.iter().for_each(|entry| {
            inside(entry.key_span);
            spans(&entry.node, inside);
        }),
        Value::Call(call) => {
            inside(call.function_span);
            spans(&call.argument, inside);
        }
        _ => {}
    }
}

/// A whole template; or the properties of a stream, which get one around them.
fn whole(text: &str) -> String {
    if text.contains("Resources") {
        return text.to_owned();
    }
    if text.starts_with('{') {
        return format!(
            "{{\"Resources\":{{\"S\":{{\"Type\":\"AWS::KinesisFirehose::DeliveryStream\",\"Properties\":{text}}}}}}}"
        );
    }
    let lines: String = text.lines().map(|line| format!("      {line}\n")).collect();
    format!("Resources:\n  S:\n    Type: AWS::KinesisFirehose::DeliveryStream\n    Properties:\n{lines}")
}

/// The whole of `validate` for one file: all rules, then all reports. Findings lie within the text; the same text gives
/// the same findings; the reports that are JSON are JSON.
pub fn validate(text: &str) {
    let template = Template::read(Source::new("template", whole(text)));
    let checks = Checks::default();
    let checked = rules::check(&template, &checks);
    let length = template.source.text.len() as u32;
    for finding in &checked.findings {
        assert!(finding.span.start <= finding.span.end && finding.span.end <= length, "{finding:?}");
        assert!(!finding.message.is_empty());
    }
    let summary = Summary { files: 1, streams: checked.streams, suppressed: checked.suppressed, skipped: 0 };
    let file = FileFindings { source: rules::shown_source(&template), findings: checked.findings };
    let report = FindingsReport { files: vec![file], summary };
    for reporter in REPORTERS {
        let mut out = Vec::new();
        reporter.write(&report, Style { colour: false, width: 100 }, &mut out).unwrap();
        if ["json", "sarif"].contains(&reporter.name()) {
            serde_json::from_slice::<serde::de::IgnoredAny>(&out).unwrap();
        }
    }
}

/// `--fix`: what it writes can be read where the template could; applied twice it changes nothing; comments stay.
pub fn fixes(text: &str) {
    let before = Template::read(Source::new("template", whole(text)));
    let checks = Checks::default();
    let fixed = fix::fix(before.source.clone(), &checks);
    if fixed.count == 0 {
        assert_eq!(fixed.template.source.text, before.source.text);
        return;
    }
    assert!(fixed.template.document.problems.len() <= before.document.problems.len());
    assert_eq!(fixed.template.document.comments.len(), before.document.comments.len());
    let again = fix::fix(fixed.template.source.clone(), &checks);
    assert_eq!((again.template.source.text, again.count), (fixed.template.source.text, 0));
}

/// A prefix: parts lie within the text, one behind the other; what can be read can be evaluated or says why not.
pub fn prefix(text: &str) {
    let parsed = Prefix::parse(text);
    for error in &parsed.errors {
        assert!(text.get(error.range.clone()).is_some(), "{error:?}");
    }
    let Ok(prefix) = parsed.into_result() else { return };
    let mut end = 0;
    for part in prefix.parts() {
        assert!(part.range.start >= end && text.get(part.range.clone()).is_some(), "{part:?}");
        end = part.range.end;
    }
    for (moment, zone) in [(0, "UTC"), (1_772_347_999, "America/New_York"), (4_102_444_799, "Asia/Kathmandu")]
    {
        let time = jiff::Timestamp::from_second(moment).unwrap().in_tz(zone).unwrap();
        let mut random = || "abcdefghij".to_owned();
        let mut facts = PrefixFacts {
            time: &time,
            error_output_type: Some("processing-failed"),
            random: &mut random,
            query_keys: &|key| Some(if key.len() % 2 == 0 { "even" } else { "odd" }),
            lambda_keys: &|_| Some("key"),
        };
        for rendered in [
            Prefix::render_objects(Some(&prefix), &mut facts),
            Prefix::render_errors(None, Some(&prefix), &mut facts),
        ] {
            assert!(rendered.is_err() || rendered.is_ok_and(|text| text.chars().count() <= 512));
        }
    }
}

/// The query of `MetadataExtraction`: compiled, its keys found, and where it is run here, run.
pub fn query(text: &str) {
    if let Err(error) = Query::parse(text) {
        assert!(text.get(error.range.clone()).is_some(), "{error:?}");
    }
    let keys = query_keys(text).unwrap_or_default();
    for key in &keys {
        assert!(text.get(key.range.clone()).is_some(), "{key:?}");
    }
    let wanted: Vec<Box<str>> = keys.iter().map(|key| key.name.clone().into()).collect();
    if let Ok(extraction) = MetadataExtraction::compile(text, wanted) {
        for record in [r#"{"a":{"b":"c"},"n":12,"t":"2026-01-01T00:00:00Z","l":[1,null]}"#, "[]", "1", ""] {
            let found = extraction.extract(record.as_bytes());
            assert_eq!(extraction.extract_knowing(&mut KnownKeys::default(), record.as_bytes()), found);
        }
    }
}

/// A rule of the user's: read, tried on its own examples and on a template.
pub fn own_rules(text: &str) {
    const TEMPLATE: &str = "
Resources:
  Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: logs, Tags: [{Key: team, Value: !Ref Team}]}}
  Stream:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      DeliveryStreamName: !Sub '${AWS::StackName}-clicks'
      ExtendedS3DestinationConfiguration: {BucketARN: !GetAtt Bucket.Arn, RoleARN: !GetAtt Role.Arn}
";
    let Ok(own) = OwnRules::read([Source::new("rule.yaml", text)]) else { return };
    for rule in own.iter() {
        examples::failures(rule);
    }
    let checks = Checks { own, strict_unknown: true, ..Checks::default() };
    rules::check(&Template::read(Source::new("template", TEMPLATE)), &checks);
}

/// The definition of a table: Hive's, Athena's or Redshift's.
pub fn ddl(text: &str) {
    ddl::is_ddl(text);
    let _ = ddl::parse(text);
}

/// Samples in each of their forms: records lie within their batch, and none is in two calls.
pub fn samples(bytes: &[u8]) {
    for (_, form) in SampleForm::ALL {
        for keep_newline in [false, true] {
            let rules = SampleRules {
                form,
                keep_newline,
                arrival: "/time".parse().ok(),
                topic: None,
                takes_several: true,
            };
            let input =
                SampleInput::Reader("samples".to_owned(), Box::new(std::io::Cursor::new(bytes.to_vec())));
            let mut reader = ChunkReader::new(vec![input], form);
            while let Ok(Some(chunk)) = reader.next_chunk() {
                let parsed = parse::parse(chunk, &rules);
                let mut next = 0;
                for call in 0..parsed.batch.call_count() {
                    let records = parsed.batch.call(call);
                    assert_eq!(records.start, next);
                    next = records.end;
                    records.for_each(|record| _ = parsed.batch.record(record));
                }
                assert!(parsed.times.is_empty() || parsed.malformed.is_some() || parsed.times.len() == next);
            }
        }
    }
}

/// What processors make of a record, each alone and all together: at least one piece comes out.
pub fn processing(bytes: &[u8]) {
    thread_local! {
        // Compiling them takes far longer than running them.
        static QUERIES: [MetadataExtraction; 2] = ["{k: .a.b}", "{k: (.a | tostring | ascii_downcase)}"]
            .map(|text| MetadataExtraction::compile(text, vec!["k".into()]).unwrap());
    }
    let [plain, computed] = QUERIES.with(Clone::clone);
    for decompresses in [false, true] {
        for extracts_messages in [false, true] {
            for deaggregation in [
                None,
                Some(RecordDeAggregation::Json),
                Some(RecordDeAggregation::Delimited(b"\n".as_slice().into())),
            ] {
                for metadata in [None, Some(plain.clone()), Some(computed.clone())] {
                    let deaggregation = deaggregation.clone();
                    let processing = Processing {
                        decompresses,
                        extracts_messages,
                        deaggregation,
                        metadata,
                        ..Processing::default()
                    };
                    let (mut pieces, mut memory) = (0, Memory::default());
                    processing.run(bytes, &mut memory, &mut |piece| {
                        pieces += 1;
                        if let Piece::Failed(_, failure) = piece {
                            assert!(!failure.message.is_empty());
                        }
                    });
                    assert!(pieces > 0);
                }
            }
        }
    }
}

/// A scenario file.
pub fn scenario(text: &str) {
    if let Ok(scenario) = Scenario::parse("scenario.toml", text) {
        scenario.script();
        scenario.expectations().for_each(|(expect, _)| _ = expect.title());
    }
}
