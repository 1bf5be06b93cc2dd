//! `recorded:FILE`: answers from a file of JSON lines, in order or chosen by the event.
//!
//! A line is either a response as a function would return it (an object with `records`), or an object with one of
//! `response` (the response, or a text that is returned as it stands), `error` (an error document; with `stderr`),
//! `timeout`, `too_large`, `throttled` (each `true`) or `unavailable` (`code`, `message`), and on request `event`: the
//! line then serves any call whose event holds all that `event` holds, as often as it comes. Lines without `event` are
//! taken in order by the calls that no `event` fits, each once. Empty lines are left out.

use std::{collections::VecDeque, fs::File, io::Read, path::Path};

use serde::Deserialize;
use serde_json::Value;

use super::{Answer, Function, InvocationLog, LARGEST_EVENT, LARGEST_RESPONSE, StartError, Words};

/// Most bytes of a file.
const LARGEST_FILE: u64 = 256 << 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    event: Option<Value>,
    /// Null is a response, too.
    #[serde(default, deserialize_with = "present")]
    response: Option<Value>,
    error: Option<Value>,
    stderr: Option<String>,
    #[serde(default)]
    timeout: bool,
    #[serde(default)]
    too_large: bool,
    #[serde(default)]
    throttled: bool,
    unavailable: Option<Unavailable>,
}

/// A member that is there, whatever it holds.
fn present<'de, D: serde::Deserializer<'de>>(member: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(member).map(Some)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unavailable {
    code: String,
    message: String,
}

/// Answers from a file.
#[derive(Debug)]
pub struct RecordedFunction {
    by_event: Vec<(Value, Answer)>,
    in_order: VecDeque<Answer>,
    name: String,
    calls: u64,
    log: InvocationLog,
}

impl RecordedFunction {
    /// Reads a file.
    ///
    /// # Errors
    /// When it can't be read, or a line has not the form.
    pub fn read(path: &Path) -> Result<RecordedFunction, StartError> {
        let name = path.display().to_string();
        let mut text = String::new();
        let file = File::open(path).map_err(|error| StartError::new(&name, error.to_string()))?;
        file.take(LARGEST_FILE + 1)
            .read_to_string(&mut text)
            .map_err(|error| StartError::new(&name, error.to_string()))?;
        if text.len() as u64 > LARGEST_FILE {
            return Err(StartError::new(&name, format!("more than {LARGEST_FILE} bytes")));
        }
        RecordedFunction::parse(&text, name)
    }

    fn parse(text: &str, name: String) -> Result<RecordedFunction, StartError> {
        let (mut by_event, mut in_order) = (Vec::new(), VecDeque::new());
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let wrong = |why: String| StartError::new(&name, format!("line {}: {why}", at + 1));
            let (event, answer) = read_line(line).map_err(wrong)?;
            match event {
                Some(event) => by_event.push((event, answer)),
                None => in_order.push_back(answer),
            }
        }
        Ok(RecordedFunction { by_event, in_order, name, calls: 0, log: InvocationLog::default() })
    }
}

fn read_line(text: &str) -> Result<(Option<Value>, Answer), String> {
    let value: Value = serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
    if value.get("records").is_some() {
        return Ok((None, returned(text.trim().as_bytes().to_vec())));
    }
    let line: Line = serde_json::from_value(value).map_err(|error| error.to_string())?;
    let mut answers = Vec::new();
    if let Some(response) = line.response {
        answers.push(returned(match response {
            Value::String(text) => text.into_bytes(),
            other => other.to_string().into_bytes(),
        }));
    }
    if let Some(payload) = line.error {
        let payload = payload.to_string().into_bytes();
        let stderr = Words::new(line.stderr.unwrap_or_default());
        answers.push(Answer::FunctionError { payload, stderr });
    }
    if let Some(Unavailable { code, message }) = line.unavailable {
        answers.push(Answer::Unavailable { code, message });
    }
    answers.extend(line.timeout.then_some(Answer::TimedOut));
    answers.extend(line.too_large.then_some(Answer::TooLarge));
    answers.extend(line.throttled.then_some(Answer::Throttled));
    match (answers.pop(), answers.pop()) {
        (Some(answer), None) => Ok((line.event, answer)),
        _ => Err("exactly one of `records`, `response`, `error`, `timeout`, `too_large`, `throttled`, \
                  `unavailable` is wanted"
            .to_owned()),
    }
}

fn returned(bytes: Vec<u8>) -> Answer {
    if bytes.len() > LARGEST_RESPONSE { Answer::TooLarge } else { Answer::Returned(bytes) }
}

/// Whether a value holds all that a pattern holds: members of objects by name, lists item by item.
fn holds(value: &Value, pattern: &Value) -> bool {
    match (value, pattern) {
        (Value::Object(value), Value::Object(pattern)) => {
            pattern.iter().all(|(key, pattern)| value.get(key).is_some_and(|value| holds(value, pattern)))
        }
        (Value::Array(value), Value::Array(pattern)) => {
            value.len() == pattern.len()
                && value.iter().zip(pattern).all(|(value, pattern)| holds(value, pattern))
        }
        (value, pattern) => value == pattern,
    }
}

impl Function for RecordedFunction {
    fn invoke(&mut self, event: &[u8]) -> Answer {
        self.calls += 1;
        if event.len() > LARGEST_EVENT {
            return Answer::TooLarge;
        }
        if !self.by_event.is_empty()
            && let Ok(event) = serde_json::from_slice::<Value>(event)
            && let Some((_, answer)) = self.by_event.iter().find(|(pattern, _)| holds(&event, pattern))
        {
            return answer.clone();
        }
        self.in_order.pop_front().unwrap_or_else(|| Answer::Unavailable {
            code: "Lambda.InvocationFailure".to_owned(),
            message: format!("{} has no answer for call {}", self.name, self.calls),
        })
    }

    fn logs(&self) -> &InvocationLog {
        &self.log
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded(text: &str) -> Result<RecordedFunction, StartError> {
        RecordedFunction::parse(text, "answers.jsonl".to_owned())
    }

    #[test]
    fn answers_come_in_order_or_by_event() {
        let text = r#"{"records":[]}
{"error":{"errorType":"E"},"stderr":"oh"}

{"event":{"records":[{"data":"YQ=="}]},"response":"not JSON"}
{"timeout":true}
{"unavailable":{"code":"Lambda.ResourceNotFound","message":"gone"}}
"#;
        let mut function = recorded(text).unwrap();
        assert_eq!(function.invoke(b"{}"), Answer::Returned(br#"{"records":[]}"#.to_vec()));
        let event = br#"{"invocationId":"x","records":[{"recordId":"1","data":"YQ=="}]}"#;
        for _ in 0..2 {
            assert_eq!(function.invoke(event), Answer::Returned(b"not JSON".to_vec()));
        }
        let payload = br#"{"errorType":"E"}"#.to_vec();
        assert_eq!(function.invoke(b"{}"), Answer::FunctionError { payload, stderr: Words::new("oh") });
        assert_eq!(function.invoke(b"{}"), Answer::TimedOut);
        assert!(
            matches!(function.invoke(b"{}"), Answer::Unavailable { code, .. } if code == "Lambda.ResourceNotFound")
        );
        let Answer::Unavailable { message, .. } = function.invoke(b"{}") else { panic!() };
        assert_eq!(message, "answers.jsonl has no answer for call 7");
    }

    /// A function may well return null, which is nothing returned for each record.
    #[test]
    fn null_is_a_response() {
        let mut function = recorded(r#"{"response":null}"#).unwrap();
        assert_eq!(function.invoke(b"{}"), Answer::Returned(b"null".to_vec()));
    }

    #[test]
    fn a_wrong_line_is_an_error_with_its_number() {
        for (text, part) in [
            ("{\"records\":[]}\n{", "line 2: not JSON"),
            ("{}", "line 1: exactly one of"),
            ("{\"timeout\":true,\"throttled\":true}", "line 1: exactly one of"),
            ("{\"respones\":1}", "line 1: unknown field `respones`"),
        ] {
            let error = recorded(text).unwrap_err();
            assert!(error.message.starts_with(part), "{error}");
        }
    }
}
