//! AWS behind a small trait: the only asynchronous code, and the only one that knows the SDK.

use std::error::Error as _;
use std::future::Future;
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_cloudformation as cfn;
use aws_sdk_cloudformation::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3 as s3;
use aws_smithy_http_client::tls;

use super::api::{Answer, ApiError, NewChangeSet, Request};
use super::stack::StackResource;

mod firehose;
pub mod objects;
#[cfg(feature = "simulate")]
pub mod signing;
mod translate;

/// How long a call may take as a whole. CloudFormation answers within seconds, or throttles.
const LONGEST_CALL: Duration = Duration::from_secs(60);
/// How long a connection may take.
const LONGEST_CONNECT: Duration = Duration::from_secs(10);

/// What makes the calls.
pub trait Cloud {
    /// Makes a call. Errors are answers too: [`Answer::Failed`].
    fn call(&self, request: &Request) -> impl Future<Output = Answer>;
    /// `GetTemplate`: the template of a stack as it was given.
    fn deployed_template(&self, stack: &str) -> impl Future<Output = Result<String, ApiError>>;
    /// `ListStackResources`: what a stack has.
    fn resources(&self, stack: &str) -> impl Future<Output = Result<Vec<StackResource>, ApiError>>;
}

/// AWS by its SDK.
#[derive(Debug, Clone)]
pub struct Aws {
    cloudformation: cfn::Client,
    firehose: aws_sdk_firehose::Client,
    s3: s3::Client,
    /// The region that is spoken to.
    pub region: String,
    endpoint: Option<String>,
    template: Vec<u8>,
    bucket: Option<String>,
}

/// How AWS is reached.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// The region, where it is given; else the standard chain's.
    pub region: Option<String>,
    /// The endpoint of all services, where one is given.
    pub endpoint: Option<String>,
    /// The template's bytes.
    pub template: Vec<u8>,
    /// The bucket that the template goes through.
    pub bucket: Option<String>,
}

impl Aws {
    /// Reads configuration and credentials as the SDK's standard chain does. Without a region there is nothing to speak to.
    pub async fn connect(access: Access) -> Option<Aws> {
        // The machine repeats calls itself, so that it can tell of it.
        let retries = RetryConfig::disabled();
        let config = configuration(access.region, access.endpoint.as_deref(), retries, LONGEST_CALL).await;
        let region = config.region()?.to_string();
        let endpoint = config.endpoint_url().map(str::to_owned);
        let s3 = s3::config::Builder::from(&config).force_path_style(endpoint.is_some()).build();
        Some(Aws {
            cloudformation: cfn::Client::new(&config),
            firehose: aws_sdk_firehose::Client::new(&config),
            s3: s3::Client::from_conf(s3),
            region,
            endpoint,
            template: access.template,
            bucket: access.bucket,
        })
    }

    async fn try_call(&self, request: &Request) -> Result<Answer, ApiError> {
        let cloudformation = &self.cloudformation;
        Ok(match request {
            Request::DescribeStack(stack) => {
                let answer = cloudformation.describe_stacks().stack_name(stack).send().await.map_err(error);
                match answer {
                    Ok(output) => Answer::Stack(output.stacks().first().map(translate::stack).map(Box::new)),
                    // This is how CloudFormation says that there is none.
                    Err(error) if error.message.contains("does not exist") => Answer::Stack(None),
                    Err(error) => return Err(error),
                }
            }
            // These need the template, which the shell has.
            Request::ReadTemplate(_) | Request::PrepareTrial { .. } => {
                return Err(ApiError::new("Internal", "it is no call of AWS"));
            }
            Request::Upload => Answer::Uploaded(self.upload().await?),
            Request::CreateChangeSet(new) => self.create_change_set(new).await?,
            Request::DescribeChangeSet { change_set, stack, next } => {
                let call = cloudformation
                    .describe_change_set()
                    .change_set_name(change_set)
                    .set_stack_name(stack.clone())
                    .set_next_token(next.clone())
                    .include_property_values(true);
                Answer::ChangeSet(Box::new(translate::page(&call.send().await.map_err(error)?)))
            }
            Request::DescribeRefusal { change_set, next } => {
                let filter = cfn::types::EventFilter::builder().failed_events(true).build();
                let call = cloudformation.describe_events().change_set_name(change_set).filters(filter);
                let output = call.set_next_token(next.clone()).send().await.map_err(error)?;
                let found = output.operation_events().iter().filter_map(translate::refused).collect();
                Answer::Refusals { found, next: output.next_token().map(str::to_owned) }
            }
            Request::ExecuteChangeSet { change_set, stack, token, disable_rollback } => {
                let call = cloudformation
                    .execute_change_set()
                    .change_set_name(change_set)
                    .stack_name(stack)
                    .client_request_token(token)
                    .set_disable_rollback(disable_rollback.then_some(true));
                call.send().await.map_err(error)?;
                Answer::Accepted
            }
            Request::DeleteChangeSet { change_set, stack } => {
                let call = cloudformation.delete_change_set().change_set_name(change_set).stack_name(stack);
                call.send().await.map_err(error)?;
                Answer::Accepted
            }
            Request::DescribeStackEvents { stack, next } => {
                let call = cloudformation.describe_stack_events().stack_name(stack);
                let output = call.set_next_token(next.clone()).send().await.map_err(error)?;
                let events = output.stack_events().iter().map(translate::event).collect();
                Answer::Events { events, next: output.next_token().map(str::to_owned) }
            }
            Request::DeleteStack { stack, token } => {
                let call = cloudformation.delete_stack().stack_name(stack).client_request_token(token);
                call.send().await.map_err(error)?;
                Answer::Accepted
            }
            Request::CancelUpdate { stack, token } => {
                let call = cloudformation.cancel_update_stack().stack_name(stack).client_request_token(token);
                call.send().await.map_err(error)?;
                Answer::Accepted
            }
            Request::DescribeOperation { stack, operation, next } => {
                // Without the filter for failed events: whether it keeps those of a validation that passed on the whole
                // is not documented.
                let call = cloudformation.describe_events().set_next_token(next.clone());
                // The operation's id is enough, and is not taken beside the stack's.
                let call = match operation {
                    Some(operation) => call.operation_id(operation),
                    None => call.stack_name(stack),
                };
                let output = call.send().await.map_err(error)?;
                let failed = output.operation_events().iter().filter(|event| translate::is_failed(event));
                let found = failed.filter_map(translate::refused).collect();
                Answer::Refusals { found, next: output.next_token().map(str::to_owned) }
            }
            Request::ReadHookResult(id) => {
                let output =
                    cloudformation.get_hook_result().hook_result_id(id).send().await.map_err(error)?;
                Answer::HookResult(Box::new(translate::hook_result(&output)))
            }
            Request::DetectDrift(stack) => {
                let output =
                    cloudformation.detect_stack_drift().stack_name(stack).send().await.map_err(error)?;
                Answer::Detecting(output.stack_drift_detection_id().unwrap_or_default().to_owned())
            }
            Request::DescribeDetection(id) => {
                let call =
                    cloudformation.describe_stack_drift_detection_status().stack_drift_detection_id(id);
                Answer::Detection(Box::new(translate::detection(&call.send().await.map_err(error)?)))
            }
            Request::DescribeDrifts { stack, next } => {
                use cfn::types::StackResourceDriftStatus::{Deleted, Modified};
                let call = cloudformation.describe_stack_resource_drifts().stack_name(stack);
                let call = call.stack_resource_drift_status_filters(Modified);
                let call = call.stack_resource_drift_status_filters(Deleted).set_next_token(next.clone());
                let output = call.send().await.map_err(error)?;
                let found = output.stack_resource_drifts().iter().map(translate::drifted).collect();
                Answer::Drifts { found, next: output.next_token().map(str::to_owned) }
            }
            Request::ListResources(stack) => Answer::Resources(self.resources(&stack.id).await?),
            Request::DescribeStream { name, .. } => {
                Answer::Stream(Box::new(firehose::describe(&self.firehose, name).await?))
            }
            Request::PutRecords { stream, records } => {
                Answer::Put(firehose::put(&self.firehose, stream, records).await?)
            }
            Request::ListObjects { bucket, prefix, next } => {
                let call = self.s3.list_objects_v2().bucket(bucket).prefix(prefix);
                let output = call.set_continuation_token(next.clone()).send().await.map_err(error)?;
                let objects = output.contents().iter().filter_map(translate::object).collect();
                Answer::Objects { objects, next: output.next_continuation_token().map(str::to_owned) }
            }
        })
    }

    async fn create_change_set(&self, new: &NewChangeSet) -> Result<Answer, ApiError> {
        use cfn::types::{Capability, ChangeSetType, OnStackFailure, Parameter, Tag};
        let kind = if new.creates { ChangeSetType::Create } else { ChangeSetType::Update };
        let parameters = new.parameters.iter().map(|parameter| {
            Parameter::builder()
                .parameter_key(&parameter.key)
                .set_parameter_value(parameter.value.clone())
                .set_use_previous_value(parameter.value.is_none().then_some(true))
                .build()
        });
        let tags = new.tags.as_ref().map(|tags| {
            tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
        });
        let body = match new.template_url {
            Some(_) => None,
            None => Some(String::from_utf8_lossy(&self.template).into_owned()),
        };
        let capabilities = new.capabilities.iter().map(|name| Capability::from(name.as_str())).collect();
        let call = self
            .cloudformation
            .create_change_set()
            .stack_name(&new.stack)
            .change_set_name(&new.name)
            .change_set_type(kind)
            .set_template_body(body)
            .set_template_url(new.template_url.clone())
            .set_parameters(Some(parameters.collect()))
            .set_capabilities(Some(capabilities))
            .set_tags(tags)
            .set_role_arn(new.role_arn.clone())
            .set_on_stack_failure(new.on_stack_failure.map(OnStackFailure::from))
            .include_nested_stacks(true)
            .client_token(&new.token);
        let output = call.send().await.map_err(error)?;
        Ok(Answer::ChangeSetCreated {
            id: output.id().unwrap_or(&new.name).to_owned(),
            stack_id: output.stack_id().unwrap_or(&new.stack).to_owned(),
        })
    }

    /// Puts the template under a name made of its contents, so that the same one is put once.
    async fn upload(&self) -> Result<String, ApiError> {
        let bucket = self.bucket.as_deref().unwrap_or_default();
        let key = format!("firehose-kit/{}.template", blake3::hash(&self.template).to_hex());
        let body = s3::primitives::ByteStream::from(self.template.clone());
        self.s3.put_object().bucket(bucket).key(&key).body(body).send().await.map_err(error)?;
        let suffix = if self.region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        Ok(match &self.endpoint {
            Some(endpoint) => format!("{}/{bucket}/{key}", endpoint.trim_end_matches('/')),
            None => format!("https://s3.{}.{suffix}/{bucket}/{key}", self.region),
        })
    }
}

impl Cloud for Aws {
    async fn call(&self, request: &Request) -> Answer {
        self.try_call(request).await.unwrap_or_else(Answer::Failed)
    }

    async fn deployed_template(&self, stack: &str) -> Result<String, ApiError> {
        let call = self.cloudformation.get_template().stack_name(stack);
        let call = call.template_stage(cfn::types::TemplateStage::Original);
        Ok(call.send().await.map_err(error)?.template_body().unwrap_or_default().to_owned())
    }

    async fn resources(&self, stack: &str) -> Result<Vec<StackResource>, ApiError> {
        let (mut found, mut next) = (Vec::new(), None);
        loop {
            let call = self.cloudformation.list_stack_resources().stack_name(stack).set_next_token(next);
            let output = call.send().await.map_err(error)?;
            found.extend(output.stack_resource_summaries().iter().map(translate::resource));
            next = output.next_token().map(str::to_owned);
            if next.is_none() {
                return Ok(found);
            }
        }
    }
}

/// Configuration and credentials as the SDK's standard chain has them.
async fn configuration(
    region: Option<String>,
    endpoint: Option<&str>,
    retries: RetryConfig,
    longest_call: Duration,
) -> aws_config::SdkConfig {
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
        .build_https();
    let timeouts =
        TimeoutConfig::builder().connect_timeout(LONGEST_CONNECT).operation_timeout(longest_call).build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .retry_config(retries)
        .timeout_config(timeouts);
    if let Some(region) = region {
        loader = loader.region(aws_config::Region::new(region));
    }
    if let Some(endpoint) = endpoint {
        loader = loader.endpoint_url(endpoint);
    }
    loader.load().await
}

/// What a failed call says: the service's code and message, or what kept it from answering.
fn error<E: ProvideErrorMetadata + std::error::Error + 'static, R: std::fmt::Debug>(
    error: SdkError<E, R>,
) -> ApiError {
    let mut words = Vec::new();
    let mut source = error.source();
    while let Some(inner) = source {
        let text = inner.to_string();
        if words.last() != Some(&text) {
            words.push(text);
        }
        source = inner.source();
    }
    let chain = words.join(": ");
    let lower = chain.to_lowercase();
    let ours = match &error {
        SdkError::TimeoutError(_) => Some("Timeout"),
        SdkError::ConstructionFailure(_) | SdkError::DispatchFailure(_)
            if lower.contains("credential") || lower.contains("identity") || lower.contains("sso") =>
        {
            Some("Credentials")
        }
        SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_) => Some("Unreachable"),
        // It will answer the same again.
        SdkError::ResponseError(_) => Some("Unreadable"),
        _ => None,
    };
    if let Some(code) = ours {
        // The last words are the cause; those before them say through which layers it came.
        let message = words.pop().unwrap_or_else(|| error.to_string());
        return ApiError::new(code, message);
    }
    let (code, message) = (error.code().unwrap_or("Unknown").to_owned(), error.message().map(str::to_owned));
    ApiError::new(code, message.unwrap_or_else(|| if chain.is_empty() { error.to_string() } else { chain }))
}
