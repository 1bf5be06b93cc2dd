//! `skip`: no function runs, each record comes back as it was sent.

use serde::{Deserialize, Serialize};

use super::{Answer, Function, InvocationLog};

/// A function that answers `Ok` for each record with its own data.
#[derive(Debug, Default)]
pub struct SkippedFunction {
    log: InvocationLog,
}

#[derive(Deserialize)]
struct Event {
    records: Vec<EventRecord>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EventRecord {
    record_id: String,
    data: Option<String>,
    kafka_record_value: Option<String>,
}

#[derive(Serialize)]
struct Response {
    records: Vec<ResponseRecord>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResponseRecord {
    record_id: String,
    result: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kafka_record_value: Option<String>,
}

impl Function for SkippedFunction {
    fn invoke(&mut self, event: &[u8]) -> Answer {
        let echo = |record: EventRecord| ResponseRecord {
            record_id: record.record_id,
            result: "Ok",
            data: record.data,
            kafka_record_value: record.kafka_record_value,
        };
        let answer = serde_json::from_slice::<Event>(event).and_then(|event| {
            serde_json::to_vec(&Response { records: event.records.into_iter().map(echo).collect() })
        });
        match answer {
            Ok(bytes) => Answer::Returned(bytes),
            Err(error) => Answer::Unavailable {
                code: "Lambda.InvocationFailure".to_owned(),
                message: format!("the event can't be read: {error}"),
            },
        }
    }

    fn logs(&self) -> &InvocationLog {
        &self.log
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_record_comes_back_unchanged() {
        let event = br#"{"invocationId":"i","records":[{"recordId":"1","data":"YQ=="},
            {"recordId":"2","kafkaRecordValue":"Yg==","mskRecordMetadata":{}}]}"#;
        let Answer::Returned(bytes) = SkippedFunction::default().invoke(event) else { panic!() };
        let wanted = r#"{"records":[{"recordId":"1","result":"Ok","data":"YQ=="},{"recordId":"2","result":"Ok","kafkaRecordValue":"Yg=="}]}"#;
        assert_eq!(String::from_utf8(bytes).unwrap(), wanted);
    }
}
