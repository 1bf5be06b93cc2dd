//! Objects of a simulated stream, put into real buckets.

use std::path::Path;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_sdk_s3 as s3;
use aws_sdk_s3::config::RequestChecksumCalculation;

use super::{configuration, error};
use crate::deploy::api::ApiError;

/// How long a put may take, its repetitions among them: the largest buffer through a slow line.
const LONGEST_PUT: Duration = Duration::from_secs(900);

/// The media type of every object that Firehose writes: S3's own default. Source: behaviour sheet, 4.3.
pub const CONTENT_TYPE: &str = "application/octet-stream";

/// S3, or a server that speaks as it does.
#[derive(Debug, Clone)]
pub struct Buckets {
    client: s3::Client,
    /// Where it is reached, where that was said.
    pub endpoint: Option<String>,
}

/// An object as Firehose puts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewObject<'a> {
    /// The bucket.
    pub bucket: &'a str,
    /// The key.
    pub key: &'a str,
    /// `Content-Encoding`.
    pub content_encoding: Option<&'a str>,
}

impl Buckets {
    /// Reads configuration and credentials as the SDK's standard chain does. The region is that of the buckets.
    pub async fn connect(region: &str, endpoint: Option<&str>) -> Buckets {
        let config =
            configuration(Some(region.to_owned()), endpoint, RetryConfig::standard(), LONGEST_PUT).await;
        let endpoint = config.endpoint_url().map(str::to_owned);
        let mut builder = s3::config::Builder::from(&config).force_path_style(endpoint.is_some());
        if endpoint.is_some() {
            // Other servers take the framing of a trailing checksum for a content encoding.
            builder = builder.request_checksum_calculation(RequestChecksumCalculation::WhenRequired);
        }
        Buckets { client: s3::Client::from_conf(builder.build()), endpoint }
    }

    /// Whether a bucket is there and may be looked at.
    ///
    /// # Errors
    /// What S3 says. An answer without a body has no words: then the code is made of the status.
    pub async fn look(&self, bucket: &str) -> Result<(), ApiError> {
        let answer = self.client.head_bucket().bucket(bucket).send().await;
        let Err(failure) = answer else { return Ok(()) };
        let status = failure.raw_response().map(|response| response.status().as_u16());
        Err(match status {
            Some(404) => ApiError::new("NoSuchBucket", "the bucket does not exist"),
            Some(403) => ApiError::new("AccessDenied", "these credentials may not look at the bucket"),
            Some(301) => ApiError::new("PermanentRedirect", "the bucket is in another region"),
            Some(status @ 300..) => ApiError::new("Unknown", format!("the answer had the status {status}")),
            _ => error(failure),
        })
    }

    /// Puts an object whose body is a file.
    ///
    /// # Errors
    /// What S3 says, or why the file can't be read.
    pub async fn put(&self, object: &NewObject<'_>, body: &Path) -> Result<(), ApiError> {
        let body = s3::primitives::ByteStream::from_path(body)
            .await
            .map_err(|failure| ApiError::new("Unreadable", format!("{}: {failure}", body.display())))?;
        let put = self.client.put_object().bucket(object.bucket).key(object.key);
        let put =
            put.content_type(CONTENT_TYPE).set_content_encoding(object.content_encoding.map(str::to_owned));
        put.body(body).send().await.map_err(error)?;
        Ok(())
    }
}
