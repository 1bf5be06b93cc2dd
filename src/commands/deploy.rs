//! `deploy`: a change set that is understood, executed and followed, and a failure that points at the template's line.

use std::path::PathBuf;

use super::inputs::ValueArgs;
use super::{Context, Outcome};

mod answering;
pub(super) mod comparing;
pub(super) mod driver;
pub(super) mod explain;
pub(super) mod listener;
mod outputs;
mod smoke;
pub(super) mod start;
pub mod target;
pub mod values;

/// Deploy a template with CloudFormation.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:\n  firehose-kit deploy --stack-name clicks\n  \
    firehose-kit deploy template.yaml --stack-name clicks --plan\n  \
    firehose-kit deploy --stack-name clicks --parameter Env=prod --yes --outputs outputs.json\n  \
    firehose-kit deploy --stack-name clicks --watch\n  \
    firehose-kit deploy --stack-name clicks --smoke samples.jsonl\n\n\
    Exit codes: 0 deployed or nothing to change, 1 findings, 2 usage, 3 AWS refused before anything changed,\n\
    4 failed and rolled back, 5 failed and the stack needs attention, or records did not arrive, 6 declined or no longer watched.")]
pub struct Args {
    /// The template, or `-` for standard input
    #[arg(value_name = "TEMPLATE")]
    pub(super) template: Option<PathBuf>,
    #[command(flatten)]
    pub(super) values: ValueArgs,
    /// Agree beforehand; where there is no terminal to ask on, nothing is begun without it
    #[arg(long)]
    pub(super) yes: bool,
    /// Make the change set, show it, and leave it
    #[arg(long, conflicts_with_all = ["execute", "watch"])]
    pub(super) plan: bool,
    /// Execute a change set that stands already
    #[arg(long, value_name = "CHANGE_SET", conflicts_with = "watch")]
    pub(super) execute: Option<String>,
    /// Follow what runs on the stack
    #[arg(long)]
    pub(super) watch: bool,
    /// Acknowledge these instead of what the template is seen to need
    #[arg(long, value_name = "CAPABILITY", value_delimiter = ',',
        value_parser = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"])]
    pub(super) capabilities: Vec<String>,
    /// A tag of the stack; without any, it keeps those that it has
    #[arg(long = "tag", value_name = "KEY=VALUE")]
    pub(super) tags: Vec<String>,
    /// The role that CloudFormation takes
    #[arg(long, value_name = "ARN")]
    pub(super) role_arn: Option<String>,
    /// The bucket that the template goes through; needed above 51,200 bytes
    #[arg(long, value_name = "BUCKET")]
    pub(super) s3_bucket: Option<String>,
    /// What happens to what was made where the rest fails [default: rollback]
    #[arg(long, value_name = "WHAT", value_parser = ["rollback", "delete", "nothing"])]
    pub(super) on_failure: Option<String>,
    /// Delete a stack first whose creation failed
    #[arg(long)]
    pub(super) replace_failed: bool,
    /// Put the records of FILE, a line each, after the deployment, and wait for their objects
    #[arg(long, value_name = "FILE", conflicts_with_all = ["plan", "watch"])]
    pub(super) smoke: Option<PathBuf>,
    /// The stream of `--smoke`, where the template has several
    #[arg(long, value_name = "LOGICAL_ID")]
    pub(super) stream: Option<String>,
    /// Look first for resources that were changed behind the stack's back
    #[arg(long, conflicts_with_all = ["execute", "watch"])]
    pub(super) detect_drift: bool,
    /// Cancel the update at the first Ctrl-C
    #[arg(long)]
    pub(super) cancel_on_interrupt: bool,
    /// Go on in spite of error findings
    #[arg(long)]
    pub(super) no_validate: bool,
    /// The endpoint of all services, such as an emulator's (or AWS_ENDPOINT_URL)
    #[arg(long, value_name = "URL")]
    pub(super) endpoint_url: Option<String>,
    /// How to tell what happens; JSON is one event a line
    #[arg(long, value_name = "FORMAT", value_parser = ["text", "json"])]
    pub(super) format: Option<String>,
    /// Write the stack's outputs to a file: JSON, or dotenv where it ends in `.env`; `-` is standard output
    #[arg(long, value_name = "FILE")]
    pub(super) outputs: Option<PathBuf>,
}

/// Runs the command.
pub fn run(context: &Context, args: Args) -> Outcome {
    start::run(context, args)
}
