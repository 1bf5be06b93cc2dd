//! Firehose by its SDK: a stream's description as it was answered, and records that are put.

use std::sync::{Arc, Mutex};

use aws_sdk_firehose as firehose;
use firehose::config::interceptors::AfterDeserializationInterceptorContextRef;
use firehose::config::{ConfigBag, Intercept, RuntimeComponents};
use firehose::error::BoxError;
use firehose::primitives::Blob;

use super::error;
use crate::deploy::api::ApiError;
use crate::deploy::smoke::{PutOutcome, Record};
use crate::deploy::stream::StreamDescription;

/// Keeps the answer's text. The SDK's types have a field for each of hundreds of settings, and can't be walked; the text
/// can be laid beside the template.
#[derive(Debug, Clone, Default)]
struct KeepBody(Arc<Mutex<Vec<u8>>>);

// Tells where the interceptor is named.
impl Intercept for KeepBody {
    fn name(&self) -> &'static str {
        "KeepBody"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let (Some(bytes), Ok(mut kept)) = (context.response().body().bytes(), self.0.lock()) {
            *kept = bytes.to_vec();
        }
        Ok(())
    }
}

/// `DescribeDeliveryStream`.
pub(super) async fn describe(client: &firehose::Client, name: &str) -> Result<StreamDescription, ApiError> {
    let kept = KeepBody::default();
    let call = client.describe_delivery_stream().delivery_stream_name(name);
    let output = call.customize().interceptor(kept.clone()).send().await.map_err(error)?;
    let text = kept.0.lock().map(|text| text.clone()).unwrap_or_default();
    let mut told: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
    let told = told.get_mut("DeliveryStreamDescription").map(serde_json::Value::take).unwrap_or_default();
    let Some(stream) = output.delivery_stream_description() else {
        return Ok(StreamDescription { told, ..StreamDescription::default() });
    };
    Ok(StreamDescription {
        status: stream.delivery_stream_status().as_str().to_owned(),
        failure: stream
            .failure_description()
            .map(|failure| format!("{}: {}", failure.r#type().as_str(), failure.details())),
        told,
        comparison: None,
    })
}

/// `PutRecordBatch`: what became of each record, in their order. Some may have failed although the call has not.
pub(super) async fn put(
    client: &firehose::Client,
    stream: &str,
    records: &[Record],
) -> Result<Vec<PutOutcome>, ApiError> {
    let mut call = client.put_record_batch().delivery_stream_name(stream);
    for record in records {
        let built = firehose::types::Record::builder().data(Blob::new(&record[..])).build();
        call = call.records(built.map_err(|wrong| ApiError::new("Internal", wrong.to_string()))?);
    }
    let output = call.send().await.map_err(error)?;
    let outcome = |entry: &firehose::types::PutRecordBatchResponseEntry| match entry.error_code() {
        Some(code) => {
            PutOutcome::Failed(code.to_owned(), entry.error_message().unwrap_or_default().to_owned())
        }
        None => PutOutcome::Taken,
    };
    Ok(output.request_responses().iter().map(outcome).collect())
}
