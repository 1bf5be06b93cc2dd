//! Calls of other services than those that an SDK is built in for: their address, and their signature.
//!
//! Source: AWS General Reference, "AWS API request signing" (Signature Version 4).

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_config::retry::RetryConfig;
use aws_sdk_s3::config::{Credentials, ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_types::service_config::ServiceConfigKey;

use super::{LONGEST_CALL, configuration};

/// How long before its end a set of credentials is replaced.
const AHEAD: Duration = Duration::from_secs(60);

/// A service of a Region, with the credentials of the standard chain.
#[derive(Debug)]
pub struct SignedService {
    /// Where it is reached.
    pub url: String,
    name: &'static str,
    region: String,
    provider: Option<SharedCredentialsProvider>,
    credentials: Mutex<Option<Credentials>>,
}

impl SignedService {
    /// Lambda in a Region: at AWS, or where `AWS_ENDPOINT_URL_LAMBDA`, `AWS_ENDPOINT_URL` or the profile say.
    pub async fn lambda(partition: &str, region: &str) -> SignedService {
        let config =
            configuration(Some(region.to_owned()), None, RetryConfig::standard(), LONGEST_CALL).await;
        let key =
            ServiceConfigKey::builder().service_id("Lambda").env("AWS_ENDPOINT_URL").profile("endpoint_url");
        let own = key.build().ok().and_then(|key| config.service_config()?.load_config(key));
        let url = own
            .or_else(|| config.endpoint_url().map(str::to_owned))
            .unwrap_or_else(|| format!("https://lambda.{region}.{}", domain(partition)));
        SignedService {
            url,
            name: "lambda",
            region: region.to_owned(),
            provider: config.credentials_provider(),
            credentials: Mutex::default(),
        }
    }

    /// The credentials, asked for again shortly before they end.
    ///
    /// # Errors
    /// When there are none, and why.
    pub async fn credentials(&self, now: SystemTime) -> Result<Credentials, String> {
        let kept = self.credentials.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let is_good = |one: &Credentials| one.expiry().is_none_or(|end| end > now + AHEAD);
        if let Some(kept) = kept.filter(is_good) {
            return Ok(kept);
        }
        let provider = self.provider.as_ref().ok_or("there are no credentials")?;
        let found = provider.provide_credentials().await.map_err(|error| {
            let source = std::error::Error::source(&error);
            source.map_or_else(|| error.to_string(), |inner| format!("{error}: {inner}"))
        })?;
        *self.credentials.lock().unwrap_or_else(PoisonError::into_inner) = Some(found.clone());
        Ok(found)
    }

    /// The headers that sign a `POST`.
    ///
    /// # Errors
    /// When there are no credentials, or the address can't be signed.
    pub async fn sign(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        body: &[u8],
        now: SystemTime,
    ) -> Result<Vec<(String, String)>, String> {
        let identity = self.credentials(now).await?.into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(self.name)
            .time(now)
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| error.to_string())?
            .into();
        let request = SignableRequest::new("POST", url, headers.iter().copied(), SignableBody::Bytes(body))
            .map_err(|error| error.to_string())?;
        let (instructions, _) = sign(request, &parameters).map_err(|error| error.to_string())?.into_parts();
        let added = instructions.headers();
        Ok(added.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

/// The domain of a partition. Source: AWS General Reference, "AWS service endpoints", and the SDK's partitions.
fn domain(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "amazonaws.com.cn",
        "aws-eusc" => "amazonaws.eu",
        "aws-iso" => "c2s.ic.gov",
        "aws-iso-b" => "sc2s.sgov.gov",
        _ => "amazonaws.com",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_signature_names_credentials_region_service_and_the_headers_that_it_covers() {
        let provider = SharedCredentialsProvider::new(Credentials::new(
            "AKIAEXAMPLE",
            "a-secret",
            Some("a-session".to_owned()),
            None,
            "test",
        ));
        let service = SignedService {
            url: String::new(),
            name: "lambda",
            region: "eu-west-1".to_owned(),
            provider: Some(provider),
            credentials: Mutex::default(),
        };
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600);
        let url = "https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/f/invocations";
        let headers = [("Host", "lambda.eu-west-1.amazonaws.com"), ("X-Amz-Log-Type", "Tail")];
        let added = service.sign(url, &headers, b"{}", now).await.unwrap();
        let get = |name: &str| added.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        assert_eq!(get("x-amz-date"), Some("20260101T000000Z"));
        assert_eq!(get("x-amz-security-token"), Some("a-session"));
        let signature = get("authorization").unwrap();
        assert!(
            signature.starts_with(
                "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260101/eu-west-1/lambda/aws4_request, \
                 SignedHeaders=host;x-amz-date;x-amz-log-type;x-amz-security-token, Signature="
            ),
            "{signature}"
        );
        assert!(!format!("{added:?} {service:?}").contains("a-secret"));
    }
}
