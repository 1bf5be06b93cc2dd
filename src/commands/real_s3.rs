//! `--s3`: the objects of a simulation, put into real buckets besides the output folder.

use std::collections::BTreeMap;

use super::CommandError;
use crate::foundation::suggest::nearest;
use crate::model::delivery_stream::DeliveryStream;
use crate::model::destination::contract::Lane;
use crate::simulation::Bodies;

/// The flags that put objects into real buckets.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct S3Args {
    /// Put the objects into real buckets too, with the credentials that the AWS CLI would use
    #[arg(long)]
    s3: bool,
    /// The same, to a server that speaks as S3 does, at this URL
    #[arg(long, value_name = "URL")]
    s3_endpoint_url: Option<String>,
    /// The real bucket of one that the stream names, `NAME=REAL`
    #[arg(long, value_name = "NAME=REAL")]
    s3_bucket: Vec<String>,
}

/// Which buckets objects are really put into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The server, where it is not AWS.
    pub endpoint: Option<String>,
    /// The real bucket of each one that the stream names.
    pub buckets: BTreeMap<String, String>,
}

impl S3Args {
    /// What is wanted for a stream; `None` where nothing is really put.
    ///
    /// # Errors
    /// When the flags contradict each other, name what the stream has not, or objects would have no bodies.
    pub fn wanted(&self, stream: &DeliveryStream, bodies: Bodies) -> Result<Option<Wanted>, CommandError> {
        if !self.s3 && self.s3_endpoint_url.is_none() {
            return match self.s3_bucket.is_empty() {
                true => Ok(None),
                false => Err(CommandError::usage("`--s3-bucket` is for objects that are really put")
                    .hint("add `--s3` or `--s3-endpoint-url URL`")),
            };
        }
        if bodies != Bodies::Full {
            return Err(CommandError::usage("objects without bodies can't be put into real buckets")
                .hint("leave out `--bodies`, or give `--bodies full`"));
        }
        if let Some(url) = &self.s3_endpoint_url
            && !["http://", "https://"]
                .iter()
                .any(|scheme| url.len() > scheme.len() && url.starts_with(scheme))
        {
            let message = format!("`--s3-endpoint-url {url}` is no http:// or https:// URL");
            return Err(CommandError::usage(message).hint("give one such as http://127.0.0.1:9000"));
        }
        let objects = Lane::ALL.into_iter().filter_map(|lane| stream.destination.objects(lane));
        let mut buckets: BTreeMap<String, String> =
            objects.map(|objects| (objects.s3.bucket.clone(), objects.s3.bucket.clone())).collect();
        for text in &self.s3_bucket {
            let pair = text.split_once('=').filter(|(name, real)| !name.is_empty() && !real.is_empty());
            let Some((name, real)) = pair else {
                return Err(CommandError::usage(format!("`--s3-bucket {text}` is not `NAME=REAL`")));
            };
            let Some(bucket) = buckets.get_mut(name) else {
                let error = CommandError::usage(format!("the stream writes to no bucket `{name}`"));
                let known: Vec<&str> = buckets.keys().map(String::as_str).collect();
                return Err(match nearest(name, known.iter().copied()) {
                    Some(near) => error.hint(format!("did you mean `{near}`?")),
                    None => error.hint(format!("it writes to: {}", known.join(", "))),
                });
            };
            real.clone_into(bucket);
        }
        Ok(Some(Wanted { endpoint: self.s3_endpoint_url.clone(), buckets }))
    }
}

#[cfg(not(feature = "aws"))]
pub use without_sdk::Uploader;

/// Without the SDK, nothing can be put; said before anything runs.
#[cfg(not(feature = "aws"))]
mod without_sdk {
    use std::path::Path;
    use std::sync::atomic::AtomicBool;

    use super::super::{CommandError, Context, absent};
    use super::Wanted;

    /// Never made.
    #[derive(Debug)]
    pub enum Uploader {}

    impl Uploader {
        /// Refuses.
        pub fn connect(_: &str, _: Wanted) -> Result<Uploader, CommandError> {
            let message =
                "this build can't put objects into real buckets: it was made without the feature `aws`";
            Err(CommandError::usage(message).hint(absent::INSTALL))
        }

        /// Never called.
        pub fn upload(&self, _: &Context, _: &Path, _: &AtomicBool) -> Result<(), CommandError> {
            match *self {}
        }
    }
}

#[cfg(feature = "aws")]
pub use super::upload::Uploader;
