//! `--function ID=arn:...`: a function in AWS, called with the credentials that the AWS CLI would use.

use std::sync::Arc;
use std::time::SystemTime;

use super::deploy::driver;
use super::{CommandError, CommandErrorKind};
use crate::deploy::client::signing::SignedService;
use crate::simulation::function::spec::FunctionArn;
use crate::simulation::function::{AwsFunction, FunctionSource, Signer};

/// Finds the server and credentials, before anything is simulated. Nothing is called yet.
pub fn source(arn: &FunctionArn) -> Result<FunctionSource, CommandError> {
    let service = driver::runtime()?.block_on(async {
        let service = SignedService::lambda(&arn.partition, &arn.region).await;
        service.credentials(now()).await.map_err(|why| {
            let message = format!("`{}` can't be called: {why}", arn.text);
            CommandError::new(CommandErrorKind::Refused, message).hint(
                "give credentials: AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or `aws sso login`",
            )
        })?;
        Ok::<_, CommandError>(service)
    })?;
    let url = service.url.clone();
    Ok(FunctionSource::Aws(AwsFunction { arn: arn.text.clone(), url, signer: Arc::new(Calls(service)) }))
}

#[expect(clippy::disallowed_methods, reason = "a signature holds the time at which it was made")]
fn now() -> SystemTime {
    SystemTime::now()
}

#[derive(Debug)]
struct Calls(SignedService);

impl Signer for Calls {
    fn sign(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Vec<(String, String)>, String> {
        // Each call has a thread of its own; a runtime is made in microseconds.
        let runtime = driver::runtime().map_err(|error| error.message)?;
        runtime.block_on(self.0.sign(url, headers, body, now()))
    }
}
