//! Evaluation: the rules and worked samples of the fact sheet, section 6.1.

use jiff::Zoned;

use crate::model::prefix::{Namespace, Prefix, PrefixFacts, PrefixProperty, RenderError};

const NOW: &str = "2018-08-27T10:30:00+00:00[UTC]";

fn prefix(text: &str) -> Prefix {
    let parsed = Prefix::parse(text);
    assert_eq!(parsed.errors, [], "{text}");
    parsed.prefix
}

fn with_facts<T>(error_output_type: Option<&str>, run: impl FnOnce(&mut PrefixFacts<'_>) -> T) -> T {
    let time: Zoned = NOW.parse().expect("instant");
    let mut drawn = 0;
    let mut random = || {
        drawn += 1;
        format!("5abf82daaa{drawn}")
    };
    let query = |key: &str| match key {
        "customer" => Some("c-1"),
        "empty" => Some(""),
        _ => None,
    };
    let lambda = |key: &str| (key == "device").then_some("d/2");
    run(&mut PrefixFacts {
        time: &time,
        error_output_type,
        random: &mut random,
        query_keys: &query,
        lambda_keys: &lambda,
    })
}

fn objects(text: Option<&str>) -> Result<String, RenderError> {
    let parsed = text.map(prefix);
    with_facts(None, |facts| Prefix::render_objects(parsed.as_ref(), facts))
}

fn errors(text: Option<&str>, error_text: Option<&str>) -> Result<String, RenderError> {
    let (parsed, error_parsed) = (text.map(prefix), error_text.map(prefix));
    with_facts(Some("processing-failed"), |facts| {
        Prefix::render_errors(parsed.as_ref(), error_parsed.as_ref(), facts)
    })
}

#[test]
fn worked_samples_of_the_guide() {
    for (text, error_text, expected, expected_error) in [
        (
            None,
            Some("myFirehoseFailures/!{firehose:error-output-type}/"),
            "2018/08/27/10/",
            "myFirehoseFailures/processing-failed/",
        ),
        (
            Some("myFirehose/DeliveredYear=!{timestamp:yyyy}/anyMonth/rand=!{firehose:random-string}"),
            Some(
                "myFirehoseFailures/!{firehose:error-output-type}/!{timestamp:yyyy}/anyMonth/!{timestamp:dd}",
            ),
            "myFirehose/DeliveredYear=2018/anyMonth/rand=5abf82daaa1",
            "myFirehoseFailures/processing-failed/2018/anyMonth/27",
        ),
        (
            Some(
                "myPrefix/year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/hour=!{timestamp:HH}/",
            ),
            Some(
                "myErrorPrefix/year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/hour=!{timestamp:HH}/!{firehose:error-output-type}",
            ),
            "myPrefix/year=2018/month=08/day=27/hour=10/",
            "myErrorPrefix/year=2018/month=08/day=27/hour=10/processing-failed",
        ),
        (
            Some("myFirehosePrefix/"),
            None,
            "myFirehosePrefix/2018/08/27/10/",
            "myFirehosePrefix/processing-failed/2018/08/27/10/",
        ),
    ] {
        assert_eq!(objects(text).as_deref(), Ok(expected));
        assert_eq!(errors(text, error_text).as_deref(), Ok(expected_error));
    }
}

#[test]
fn folders_by_date_are_glued_on_unless_there_is_an_expression() {
    for (text, expected) in [
        (None, "2018/08/27/10/"),
        (Some(""), "2018/08/27/10/"),
        (Some("legacy"), "legacy2018/08/27/10/"),
        (Some("/a//"), "/a//2018/08/27/10/"),
        (Some("myPrefix/!{firehose:random-string}/"), "myPrefix/5abf82daaa1/"),
        (Some("!{timestamp:[]}"), ""),
        (Some("!{firehose:random-string}-!{firehose:random-string}"), "5abf82daaa1-5abf82daaa2"),
        (Some("c=!{partitionKeyFromQuery:customer}/!{partitionKeyFromLambda:device}/"), "c=c-1/d/2/"),
    ] {
        assert_eq!(objects(text).as_deref(), Ok(expected), "{text:?}");
    }
}

#[test]
fn places_of_failed_records() {
    for (text, error_text, expected) in [
        // Rule 10.
        (None, None, "processing-failed/2018/08/27/10/"),
        (Some(""), Some(""), "processing-failed/2018/08/27/10/"),
        (Some("data"), Some(""), "dataprocessing-failed/2018/08/27/10/"),
        // Rule 11.
        (Some("data/"), Some("errors/"), "errors/processing-failed/2018/08/27/10/"),
        (Some("!{timestamp:yyyy}/"), Some("errors"), "errorsprocessing-failed/2018/08/27/10/"),
        // Rule 12.
        (Some("data/"), Some("e/!{firehose:error-output-type}"), "e/processing-failed"),
        // Rule 8.
        (Some("data/!{timestamp:yyyy}/"), None, "data/2018/"),
        // The service refuses it for lack of a type; its evaluation is defined all the same.
        (None, Some("e/!{timestamp:yyyy}/"), "e/2018/"),
    ] {
        assert_eq!(errors(text, error_text).as_deref(), Ok(expected), "{text:?} {error_text:?}");
    }
}

#[test]
fn what_is_missing_is_named() {
    let missing = |key: &str| {
        Err(RenderError::MissingPartitionKey { namespace: Namespace::PartitionKeyFromQuery, key: key.into() })
    };
    assert_eq!(objects(Some("!{partitionKeyFromQuery:nope}")), missing("nope"));
    assert_eq!(objects(Some("!{partitionKeyFromQuery:empty}")), missing("empty"));
    assert_eq!(objects(Some("!{firehose:error-output-type}")), Err(RenderError::MissingErrorOutputType));
    assert_eq!(objects(Some("a\u{FFFC}")), Err(RenderError::Unknown { range: 1..4 }));
    assert_eq!(objects(Some("!{firehose:\u{FFFC}}")), Err(RenderError::Unknown { range: 0..15 }));
    let without_type = with_facts(None, |facts| Prefix::render_errors(None, None, facts));
    assert_eq!(without_type, Err(RenderError::MissingErrorOutputType));
}

#[test]
fn evaluated_prefixes_have_a_limit() {
    let longest = format!("{}!{{timestamp:yyyy}}", "é".repeat(508));
    assert!(objects(Some(&longest)).is_ok());
    let too_long = format!("x{longest}");
    let error = objects(Some(&too_long)).expect_err("513 characters");
    assert_eq!(error, RenderError::TooLong { property: PrefixProperty::Prefix, length: 513 });
    assert_eq!(error.to_string(), "Length of evaluated prefix cannot be greater than 512");
    let error = errors(None, Some(&too_long)).expect_err("513 characters");
    assert_eq!(error.to_string(), "Length of evaluated ErrorOutputPrefix cannot be greater than 512");
    assert!(objects(Some(&"x".repeat(498))).is_ok());
    assert!(objects(Some(&"x".repeat(499))).is_err(), "the date counts");
}
