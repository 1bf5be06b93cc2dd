//! Puts the objects of an output folder into real buckets, in the order of the manifest.
//!
//! All buckets are looked at before anything is simulated. The first object that is not taken ends it: what was put before
//! stays, and the message counts it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Deserialize;

use super::deploy::driver;
use super::real_s3::Wanted;
use super::{CommandError, CommandErrorKind, Context};
use crate::deploy::api::{ApiError, ErrorKind};
use crate::deploy::client::objects::{Buckets, NewObject};

/// Real buckets that are there.
#[derive(Debug)]
pub struct Uploader {
    buckets: Buckets,
    wanted: Wanted,
}

/// What is needed of a line of the manifest.
#[derive(Deserialize)]
struct Line {
    bucket: Option<String>,
    key: Option<String>,
    path: Option<String>,
    content_encoding: Option<String>,
    outcome: String,
    #[serde(default)]
    bytes_out: u64,
}

impl Uploader {
    /// Finds credentials, and looks at all buckets.
    pub fn connect(region: &str, wanted: Wanted) -> Result<Uploader, CommandError> {
        driver::runtime()?.block_on(async {
            let buckets = Buckets::connect(region, wanted.endpoint.as_deref()).await;
            for (name, real) in &wanted.buckets {
                buckets.look(real).await.map_err(|error| refused(name, real, &error))?;
            }
            Ok(Uploader { buckets, wanted })
        })
    }

    /// Puts the objects of a folder.
    pub fn upload(
        &self,
        context: &Context,
        folder: &Path,
        interrupted: &AtomicBool,
    ) -> Result<(), CommandError> {
        let lines = lines(folder)?;
        let (mut put, mut bytes) = (0_usize, 0);
        let runtime = driver::runtime()?;
        for line in &lines {
            let Line { bucket: Some(bucket), key: Some(key), path: Some(path), .. } = line else { continue };
            if interrupted.load(Ordering::Relaxed) {
                let message =
                    format!("interrupted; {put} of {} objects were put into real buckets", lines.len());
                return Err(CommandError::new(CommandErrorKind::Interrupted, message));
            }
            let real = self.wanted.buckets.get(bucket).unwrap_or(bucket);
            let object = NewObject { bucket: real, key, content_encoding: line.content_encoding.as_deref() };
            runtime.block_on(self.buckets.put(&object, &folder.join(path))).map_err(|error| {
                let told = refused(bucket, real, &error);
                // Once something changed, it is no refusal before anything did.
                let kind = if put == 0 { told.kind } else { CommandErrorKind::Findings };
                let done = format!("{put} of {} objects were put; s3://{real}/{key} was not", lines.len());
                CommandError { kind, message: format!("{done}: {}", told.message), hints: told.hints }
            })?;
            put += 1;
            bytes += line.bytes_out;
        }
        let place = self.buckets.endpoint.as_deref().map_or_else(String::new, |url| format!(" at {url}"));
        let objects = if put == 1 { "object" } else { "objects" };
        context.terminal.note(&format!("put {put} {objects} ({bytes} bytes) into S3{place}"));
        Ok(())
    }
}

/// The objects that were delivered, in order.
fn lines(folder: &Path) -> Result<Vec<Line>, CommandError> {
    let path = folder.join("manifest.jsonl");
    let broken = |error: &dyn std::fmt::Display| CommandError::input(format!("{}: {error}", path.display()));
    let file = std::fs::File::open(&path).map_err(|error| broken(&error))?;
    let mut found = Vec::new();
    for line in BufReader::new(file).lines() {
        let line = line.map_err(|error| broken(&error))?;
        let line: Line = serde_json::from_str(&line).map_err(|error| broken(&error))?;
        if line.outcome == "delivered" && line.key.is_some() && line.path.is_some() {
            found.push(line);
        }
    }
    Ok(found)
}

/// What S3 said of a bucket, and what to do.
fn refused(name: &str, real: &str, error: &ApiError) -> CommandError {
    let bucket = if name == real {
        format!("the bucket `{real}`")
    } else {
        format!("the bucket `{real}` (for `{name}`)")
    };
    let message = format!("{bucket}: {} ({})", error.message, error.code);
    let told = CommandError::new(CommandErrorKind::Refused, message);
    match (error.code.as_str(), error.kind()) {
        ("NoSuchBucket", _) => {
            told.hint(format!("create it, or name another one with `--s3-bucket {name}=REAL`"))
        }
        ("Unreachable" | "Timeout", _) => {
            told.hint("check the URL of `--s3-endpoint-url`, and that the server answers")
        }
        ("PermanentRedirect", _) => told.hint("give its region with `--region`"),
        (_, ErrorKind::Credentials | ErrorKind::Expired) => told.hint(
            "give credentials: AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or `aws sso login`",
        ),
        (_, ErrorKind::Denied) => {
            told.hint("the credentials need s3:ListBucket on the bucket and s3:PutObject on its objects")
        }
        _ => told,
    }
}
