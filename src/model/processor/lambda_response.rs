//! What a function's answer means for each record: the response contract (behaviour sheet, 4.2).

use std::collections::BTreeMap;

use base64::{DecodeError, Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

/// What became of a record in the function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// `Ok`: the new bytes, and the metadata that came with them.
    Replaced(Vec<u8>, Metadata),
    /// `Dropped`.
    Dropped,
    /// It failed.
    Failed(Fault),
}

/// `metadata` of a record that the function returned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// `partitionKeys`.
    pub partition_keys: Vec<(String, Value)>,
    /// `otfMetadata`: database, table and operation of the record's row.
    pub table: Vec<(String, Value)>,
}

/// An error of the service about what a function answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The code, such as `Lambda.MissingRecordId`.
    pub code: &'static str,
    /// The message.
    pub message: &'static str,
}

impl Rejection {
    const fn new(code: &'static str, message: &'static str) -> Rejection {
        Rejection { code, message }
    }
}

/// Why a record failed in the function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The error of the service.
    pub rejection: Rejection,
    /// What exactly is wrong with the response. The error document does not say so; a report does.
    pub detail: Option<String>,
}

impl From<Rejection> for Fault {
    fn from(rejection: Rejection) -> Fault {
        Fault { rejection, detail: None }
    }
}

impl Rejection {
    fn because(self, detail: String) -> Fault {
        Fault { rejection: self, detail: Some(detail + ".") }
    }
}

/// The function raised, or its response is larger than 6 MB.
pub const FUNCTION_ERROR: Rejection = Rejection::new(
    "Lambda.FunctionError",
    "The Lambda function was successfully invoked but it returned an error result.",
);
/// Lambda has no room for the call.
pub const THROTTLED: &str = "Lambda.InvokeLimitExceeded";
/// The function took longer than its `Timeout`, or than the five minutes that Firehose waits.
pub const TIMED_OUT: &str = "Lambda.FunctionTimedOut";

/// What a call can fail with (behaviour sheet, 4.2 and appendix B). Most texts are ours: the sheet has the codes only.
pub const CALL_ERRORS: &[Rejection] = &[
    FUNCTION_ERROR,
    Rejection::new(TIMED_OUT, "The Lambda function timed out."),
    Rejection::new("Lambda.InvocationFailure", "The Lambda function could not be called."),
    Rejection::new(THROTTLED, "The Lambda function was throttled."),
    Rejection::new("Lambda.ResourceNotFound", "The Lambda function does not exist."),
    Rejection::new("Lambda.InvokeAccessDenied", "The role of the stream may not call the Lambda function."),
    Rejection::new("Lambda.AssumeRoleAccessDenied", "The role of the stream can't be assumed."),
    Rejection::new("Lambda.FunctionRequestTimedOut", "The request to the Lambda function timed out."),
    Rejection::new("Lambda.TargetServerFailedToRespond", "Lambda did not respond."),
    Rejection::new("Lambda.InternalServerError", "Lambda failed."),
    Rejection::new("Lambda.ServiceUnavailable", "Lambda is not available."),
    Rejection::new("Lambda.InvalidSecurityToken", "The security token of the request is not valid."),
    Rejection::new("Lambda.InvalidZipFileException", "The code of the Lambda function can't be unpacked."),
    Rejection::new("Lambda.InvalidSubnetIDException", "A subnet of the Lambda function is not valid."),
    Rejection::new(
        "Lambda.InvalidSecurityGroupIDException",
        "A security group of the Lambda function is not valid.",
    ),
    Rejection::new(
        "Lambda.SubnetIPAddressLimitReachedException",
        "A subnet of the Lambda function has no address left.",
    ),
    Rejection::new(
        "Lambda.ENILimitReachedException",
        "No network interface is left for the Lambda function.",
    ),
];

/// What a call fails with that has this code; one that is not known is `Lambda.InvocationFailure`.
pub fn call_error(code: &str) -> Rejection {
    let of = |code: &str| CALL_ERRORS.iter().find(|known| known.code == code).copied();
    of(code).or_else(|| of("Lambda.InvocationFailure")).unwrap_or(FUNCTION_ERROR)
}

const PROCESSING_FAILED: Rejection =
    Rejection::new("Lambda.ProcessingFailedStatus", "ProcessingFailed status set for record");
const MISSING: Rejection = Rejection::new(
    "Lambda.MissingRecordId",
    "One or more record Ids were not returned. Ensure that the Lambda function returns all received record Ids.",
);
const DUPLICATED: Rejection = Rejection::new(
    "Lambda.DuplicatedRecordId",
    "Multiple records were returned with the same record Id. Ensure that the Lambda function returns a unique record Id for each record.",
);
const NULL_DATA: Rejection = Rejection::new(
    "Lambda.InvalidReturnFormat",
    "The data field cannot be null when the SourceType is DirectPut or KinesisStreamAsSource and processing result is Ok. The value field cannot be null when the SourceType is MSKAsSource and processing result is Ok.",
);
const UNKNOWN_RESULT: Rejection = Rejection::new(
    "Lambda.FunctionError",
    "Check your function and make sure the output is in required format. In addition to that, make sure the processed records contain valid result status of Dropped, Ok, or ProcessingFailed",
);
/// The text is ours: the sheet has the code only.
const NOT_BASE64: Rejection =
    Rejection::new("Lambda.JsonMappingException", "The data of a returned record is no base64 text.");
/// The text is ours: the sheet has the code only.
const NOT_JSON: Rejection =
    Rejection::new("Lambda.JsonProcessingException", "The response of the Lambda function is not JSON.");

/// Whether a record failed because the response to its batch is not of the form that is asked for, with all others of it.
pub fn is_malformed_response(code: &str, message: &str) -> bool {
    let known = [UNKNOWN_RESULT, NOT_BASE64, NOT_JSON];
    known.iter().any(|known| known.code == code && message.starts_with(known.message))
}

/// The verdicts over the records of a call, in the order of `ids`. `member` is the one that holds a record's bytes.
///
/// # Errors
/// What all records of the call fail with.
pub fn verdicts(response: &[u8], ids: &[String], member: &str) -> Result<Vec<Verdict>, Fault> {
    let mut response: Value = match serde_json::from_slice(response) {
        Ok(response) => response,
        // CHOICE: half of a surrogate pair, which readers of Java take, becomes U+FFFD and fails nothing.
        Err(_) => serde_json::from_slice(&without_lone_surrogates(response))
            .map_err(|error| NOT_JSON.because(not_json(response, &error)))?,
    };
    let (returned, holds) = match response.get_mut("records").map(Value::take) {
        Some(Value::Array(records)) => {
            let count = records.len();
            (records, format!("the response holds {count} of {} records", ids.len()))
        }
        // Nothing is returned, so each record is missing.
        _ => (Vec::new(), "the response has no list `records`".to_owned()),
    };
    let places: BTreeMap<&str, usize> =
        ids.iter().enumerate().map(|(place, id)| (id.as_str(), place)).collect();
    let mut found: Vec<Option<Value>> = vec![None; ids.len()];
    let mut times = vec![0_usize; ids.len()];
    for record in returned {
        let id = record.get("recordId").and_then(Value::as_str);
        // One that was never sent is ignored.
        let Some(place) = id.and_then(|id| places.get(id)).copied() else { continue };
        times[place] += 1;
        found[place] = Some(record);
    }
    let verdict = |((record, times), id): ((Option<Value>, usize), &String)| match record {
        _ if times > 1 => {
            Ok(Verdict::Failed(DUPLICATED.because(format!("The recordId {id} is there {times} times"))))
        }
        None => Ok(Verdict::Failed(MISSING.because(format!("The recordId {id} is not there: {holds}")))),
        Some(record) => verdict(record, id, member),
    };
    found.into_iter().zip(times).zip(ids).map(verdict).collect()
}

fn verdict(mut record: Value, id: &str, member: &str) -> Result<Verdict, Fault> {
    match record.get("result") {
        Some(Value::String(result)) => match result.as_str() {
            "Ok" => {}
            "Dropped" => return Ok(Verdict::Dropped),
            "ProcessingFailed" => return Ok(Verdict::Failed(PROCESSING_FAILED.into())),
            other => {
                let detail = format!("The result of the recordId {id} is \"{}\"", shown(other));
                return Err(UNKNOWN_RESULT.because(detail));
            }
        },
        None => return Err(UNKNOWN_RESULT.because(format!("The recordId {id} has no `result`"))),
        Some(other) => {
            let detail = format!("The result of the recordId {id} is {}, not a text", kind(other));
            return Err(UNKNOWN_RESULT.because(detail));
        }
    }
    let data = match record.get(member) {
        None => {
            let other = if member == "data" { "kafkaRecordValue" } else { "data" };
            let has_other = record.get(other).is_some();
            let more = if has_other {
                format!("; it has `{other}`, which this source does not read")
            } else {
                String::new()
            };
            let detail = format!("The recordId {id} has no `{member}`{more}");
            return Ok(Verdict::Failed(NULL_DATA.because(detail)));
        }
        Some(Value::Null) => {
            let detail = format!("`{member}` of the recordId {id} is null");
            return Ok(Verdict::Failed(NULL_DATA.because(detail)));
        }
        Some(Value::String(text)) => decoded(text).map_err(|error| {
            NOT_BASE64.because(format!("`{member}` of the recordId {id}: {}", not_base64(text, &error)))
        })?,
        Some(other) => {
            let detail = format!("`{member}` of the recordId {id} is {}, not a text", kind(other));
            return Err(NOT_BASE64.because(detail));
        }
    };
    let mut members = |name: &str| {
        let found = record.get_mut("metadata").and_then(|metadata| metadata.get_mut(name));
        match found.map(Value::take) {
            Some(Value::Object(members)) => members.into_iter().collect(),
            _ => Vec::new(),
        }
    };
    let metadata = Metadata { partition_keys: members("partitionKeys"), table: members("otfMetadata") };
    Ok(Verdict::Replaced(data, metadata))
}

/// A text of JSON with U+FFFD for each escape that is half of a surrogate pair without its other half.
fn without_lone_surrogates(text: &[u8]) -> Vec<u8> {
    let escape = |at: usize| -> Option<u16> {
        let digits = text.get(at..)?.strip_prefix(b"\\u")?.get(..4)?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let length = match (escape(at), escape(at + 6)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(0xD800..=0xDFFF), _) => {
                out.extend_from_slice(b"\\ufffd");
                at += 6;
                continue;
            }
            // Whatever is escaped is passed over, so that `\\\\u` is no escape of a character.
            _ if text[at] == b'\\' => 2,
            _ => 1,
        };
        let end = (at + length).min(text.len());
        out.extend_from_slice(&text[at..end]);
        at = end;
    }
    out
}

/// Line ends inside base64 are passed over, as `base64.encodebytes` of Python makes them (CHOICE).
fn decoded(text: &str) -> Result<Vec<u8>, DecodeError> {
    match STANDARD.decode(text) {
        Ok(data) => Ok(data),
        Err(_) => {
            let dense: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
            STANDARD.decode(dense)
        }
    }
}

/// Where base64 breaks; places are counted in characters without white space, from 1.
fn not_base64(text: &str, error: &DecodeError) -> String {
    let dense: Vec<char> = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let letter = |byte: u8| char::from(byte).escape_default().to_string();
    match *error {
        DecodeError::InvalidByte(offset, b'=') if offset + 2 < dense.len() => {
            let at = offset + 1;
            format!(
                "padding at character {at} of {}: more stands behind it, as when texts of base64 are joined",
                dense.len()
            )
        }
        DecodeError::InvalidByte(offset, byte @ (b'-' | b'_')) => {
            format!(
                "`{}` at character {} is of the alphabet for URLs, not of base64",
                letter(byte),
                offset + 1
            )
        }
        DecodeError::InvalidByte(offset, byte) if byte.is_ascii() => {
            format!("`{}` at character {} is no letter of base64", letter(byte), offset + 1)
        }
        DecodeError::InvalidByte(offset, _) => format!("byte {} is no letter of base64", offset + 1),
        DecodeError::InvalidLength(_) => {
            format!("it has {} characters, which is no multiple of 4", dense.len())
        }
        DecodeError::InvalidLastSymbol(offset, byte) => {
            format!("`{}` at character {} can't be the last letter", letter(byte), offset + 1)
        }
        DecodeError::InvalidPadding => format!("the padding is missing behind {} characters", dense.len()),
    }
}

/// Where a response stops being JSON.
fn not_json(response: &[u8], error: &serde_json::Error) -> String {
    if response.is_empty() {
        return "It has no byte".to_owned();
    }
    let start = String::from_utf8_lossy(&response[..response.len().min(160)]);
    format!("It begins with `{}`: {error}", shown(&start))
}

/// The start of a text that a function wrote, for a message.
fn shown(text: &str) -> String {
    const MOST: usize = 40;
    let more = if text.chars().count() > MOST { "…" } else { "" };
    let start = text.chars().take(MOST);
    start.map(|c| if c.is_control() { ' ' } else { c }).chain(more.chars()).collect()
}

/// What a value is, in words.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(response: &str) -> Result<Vec<String>, String> {
        let ids = ["1", "2"].map(str::to_owned);
        let show = |verdict: Verdict| match verdict {
            Verdict::Replaced(data, Metadata { partition_keys, table }) => {
                let keys: String = partition_keys
                    .iter()
                    .chain(&table)
                    .map(|(key, value)| format!(" {key}={value}"))
                    .collect();
                String::from_utf8(data).unwrap() + &keys
            }
            Verdict::Dropped => "dropped".to_owned(),
            Verdict::Failed(why) => why.rejection.code.to_owned(),
        };
        match verdicts(response.as_bytes(), &ids, "data") {
            Ok(all) => Ok(all.into_iter().map(show).collect()),
            Err(why) => Err(why.rejection.code.to_owned()),
        }
    }

    /// What a report says of the first record of a response.
    fn detail(response: &str) -> String {
        let fault = match verdicts(response.as_bytes(), &["1".to_owned()], "data") {
            Err(fault) => fault,
            Ok(mut verdicts) => match verdicts.remove(0) {
                Verdict::Failed(fault) => fault,
                other => panic!("{other:?}"),
            },
        };
        fault.detail.unwrap_or_default().trim_end_matches('.').to_owned()
    }

    /// Issue 4, point 6: the reason is told as it is.
    #[test]
    fn row_4_2_what_is_wrong_with_a_response_is_told_exactly() {
        let of = |rest: &str| detail(&format!(r#"{{"records":[{{"recordId":"1",{rest}}}]}}"#));
        for (rest, wanted) in [
            (r#""result":"Nope""#, "The result of the recordId 1 is \"Nope\""),
            (r#""data":"YQ==""#, "The recordId 1 has no `result`"),
            (r#""result":7"#, "The result of the recordId 1 is a number, not a text"),
            (r#""result":"Ok""#, "The recordId 1 has no `data`"),
            (r#""result":"Ok","data":null"#, "`data` of the recordId 1 is null"),
            (r#""result":"Ok","data":{}"#, "`data` of the recordId 1 is an object, not a text"),
            (
                r#""result":"Ok","kafkaRecordValue":"YQ==""#,
                "The recordId 1 has no `data`; it has `kafkaRecordValue`, which this source does not read",
            ),
            (
                r#""result":"Ok","data":"YQ""#,
                "`data` of the recordId 1: the padding is missing behind 2 characters",
            ),
            (
                r#""result":"Ok","data":"a b?c""#,
                "`data` of the recordId 1: `?` at character 3 is no letter of base64",
            ),
            (
                r#""result":"Ok","data":"YWJj-A==""#,
                "`data` of the recordId 1: `-` at character 5 is of the alphabet for URLs, not of base64",
            ),
            (
                r#""result":"Ok","data":"YQ==Cg==""#,
                "`data` of the recordId 1: padding at character 3 of 8: more stands behind it, as when texts of base64 are joined",
            ),
        ] {
            assert_eq!(of(rest), wanted);
        }
        assert_eq!(
            detail(r#"{"records":[]}"#),
            "The recordId 1 is not there: the response holds 0 of 1 records"
        );
        assert_eq!(detail("{}"), "The recordId 1 is not there: the response has no list `records`");
        assert_eq!(detail("oops"), "It begins with `oops`: expected value at line 1 column 1");
        assert_eq!(detail(""), "It has no byte");
    }

    /// Two records, the second of which is `Ok`.
    fn first(record: &str) -> Result<String, String> {
        let fine = r#"{"recordId":"2","result":"Ok","data":"Yg=="}"#;
        let all = judge(&format!(r#"{{"records":[{record},{fine}]}}"#))?;
        assert_eq!(all[1], "b");
        Ok(all[0].clone())
    }

    #[test]
    fn row_4_2_half_a_surrogate_pair_does_not_make_a_response_unreadable() {
        for (written, read) in [
            (r"\ud83d", "\u{fffd}"),
            (r"\uDE00x", "\u{fffd}x"),
            (r"\ud83d\ude00\ud83d", "\u{1f600}\u{fffd}"),
            // An escaped backslash, and no escape behind it.
            (r"\\ud83d\ud83d", "\\\\ud83d\u{fffd}"),
        ] {
            let record =
                r#"{"recordId":"1","result":"Ok","data":"YQ==","metadata":{"partitionKeys":{"k":"VALUE"}}}"#;
            assert_eq!(first(&record.replace("VALUE", written)).unwrap(), format!("a k=\"{read}\""));
        }
        assert_eq!(judge(r"{\ud83d").unwrap_err(), "Lambda.JsonProcessingException");
    }

    #[test]
    fn row_4_2_ok_replaces_the_data_and_brings_keys() {
        assert_eq!(first(r#"{"recordId":"1","result":"Ok","data":"YQ=="}"#).unwrap(), "a");
        assert_eq!(first(r#"{"recordId":"1","result":"Ok","data":""}"#).unwrap(), "");
        assert_eq!(first(r#"{"recordId":"1","result":"Ok","data":"YQ\n==\n"}"#).unwrap(), "a");
        let keys = r#"{"recordId":"1","result":"Ok","data":"YQ==","metadata":{"partitionKeys":{"k":"v"}}}"#;
        assert_eq!(first(keys).unwrap(), r#"a k="v""#);
        let table = r#"{"recordId":"1","result":"Ok","data":"YQ==","metadata":{"otfMetadata":{"destinationTableName":"t"}}}"#;
        assert_eq!(first(table).unwrap(), r#"a destinationTableName="t""#);
    }

    #[test]
    fn row_4_2_dropped_and_processing_failed_need_no_data() {
        assert_eq!(first(r#"{"recordId":"1","result":"Dropped"}"#).unwrap(), "dropped");
        let failed = first(r#"{"recordId":"1","result":"ProcessingFailed","data":"?"}"#);
        assert_eq!(failed.unwrap(), "Lambda.ProcessingFailedStatus");
    }

    #[test]
    fn row_4_2_a_missing_record_id_fails_that_record() {
        assert_eq!(first(r#"{"recordId":"3","result":"nonsense"}"#).unwrap(), "Lambda.MissingRecordId");
        for empty in ["{}", "[]", "null", "7", r#"{"records":{}}"#, r#"{"records":[1,null,{}]}"#] {
            assert_eq!(judge(empty).unwrap(), ["Lambda.MissingRecordId"; 2], "{empty}");
        }
    }

    #[test]
    fn row_4_2_a_record_id_twice_fails_once_whatever_its_copies_say() {
        let twice = r#"{"recordId":"1","result":"Ok","data":"YQ=="},{"recordId":"1","result":"?"}"#;
        assert_eq!(first(twice).unwrap(), "Lambda.DuplicatedRecordId");
    }

    #[test]
    fn row_4_2_ok_with_null_data_fails_that_record() {
        assert_eq!(
            first(r#"{"recordId":"1","result":"Ok","data":null}"#).unwrap(),
            "Lambda.InvalidReturnFormat"
        );
        assert_eq!(first(r#"{"recordId":"1","result":"Ok"}"#).unwrap(), "Lambda.InvalidReturnFormat");
    }

    #[test]
    fn row_4_2_an_unknown_result_fails_the_whole_batch() {
        for record in [r#"{"recordId":"1","result":"ok","data":"YQ=="}"#, r#"{"recordId":"1","data":"YQ=="}"#]
        {
            assert_eq!(first(record).unwrap_err(), "Lambda.FunctionError");
        }
    }

    #[test]
    fn row_4_2_data_that_is_not_base64_fails_the_whole_batch() {
        for data in [r#""?""#, r#""YQ""#, "7", "{}"] {
            let record = format!(r#"{{"recordId":"1","result":"Ok","data":{data}}}"#);
            assert_eq!(first(&record).unwrap_err(), "Lambda.JsonMappingException", "{data}");
        }
    }

    #[test]
    fn row_4_2_a_response_that_is_not_json_fails_the_whole_batch() {
        let deep = "[".repeat(100_000);
        for response in ["", "oops", "{\"records\":[", &deep] {
            assert_eq!(judge(response).unwrap_err(), "Lambda.JsonProcessingException");
        }
    }

    #[test]
    fn row_4_2_a_topic_returns_its_value() {
        let response =
            br#"{"records":[{"recordId":"1","result":"Ok","kafkaRecordValue":"YQ==","data":"?"}]}"#;
        let verdicts = verdicts(response, &["1".to_owned()], "kafkaRecordValue").unwrap();
        assert_eq!(verdicts, [Verdict::Replaced(b"a".to_vec(), Metadata::default())]);
    }
}
