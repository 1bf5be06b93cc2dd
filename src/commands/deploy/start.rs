//! From flags and template to a machine that is driven to its end.

use std::path::Path;

use super::driver::{self, Subject};
use super::listener::Listener;
use super::{Args, outputs, smoke};
use crate::commands::inputs::{self, ValueArgs};
use crate::commands::result_file::ResultFile;
use crate::commands::template_text::{self, Read};
use crate::commands::{CommandError, Context, Outcome, stream};
use crate::deploy::capabilities::{self, Capability};
use crate::deploy::client::Access;
use crate::deploy::{Deployment, Mode, OnFailure, Plan, Verdict, parameters};
use crate::foundation::span::Source;
use crate::rules::{self, Checks};
use crate::template::Template;
use crate::template::parameters::Supplied;

/// The most bytes of a template in a request. CloudFormation quotas: "Template body size in a request".
const MOST_IN_A_REQUEST: usize = 51_200;
/// The most bytes of a template at all. CloudFormation quotas: "Template body size in an Amazon S3 object".
const MOST_AT_ALL: usize = 1 << 20;

pub(super) fn run(context: &Context, args: Args) -> Outcome {
    let settings = &context.config.deploy;
    let endpoint = args.endpoint_url.clone().or_else(|| settings.endpoint_url.clone());
    endpoint.as_deref().map(check_endpoint).transpose()?;
    let configured = settings.outputs.as_ref().map(|path| context.config.path(path));
    let outputs = args.outputs.clone().or(configured);
    // Where they can't go must be told before anything is deployed.
    let outputs = outputs.map(|path| ResultFile::at(&path).map(|file| (path, file))).transpose()?;
    let path = match inputs::template_path(context, args.template.clone()) {
        Ok(path) => Some(path),
        // What runs already needs no template; with one, a failure is shown in it.
        Err(_) if args.watch || args.execute.is_some() => None,
        Err(error) => return Err(error),
    };
    let template = match &path {
        Some(path) if args.watch || args.execute.is_some() => {
            // A failure is shown in it where it can be read; without it, all goes on.
            let read = template_text::read_template(path).ok();
            read.and_then(|read| match read {
                Read::Template(text) => {
                    Some(Template::read(Source::new(template_text::shown_name(path), text)))
                }
                _ => None,
            })
        }
        Some(path) => Some(stream::read(context, path)?),
        None => None,
    };
    let mut supplied = args.values.supplied(&context.config)?;
    let pseudo = args.values.pseudo(&context.config);
    let no_validate = args.no_validate || settings.no_validate == Some(true);
    let makes_a_change_set = !args.watch && args.execute.is_none();
    if let Some(template) = template.as_ref().filter(|_| makes_a_change_set) {
        supplied = args.values.fitting(context, template, &supplied)?;
        if !no_validate {
            let checks = Checks { supplied: supplied.clone(), pseudo: pseudo.clone(), ..Checks::default() };
            stream::judge(context, template, &checks, None, true)?;
        }
    }
    if !args.plan && !args.watch {
        refuse_without_a_yes(context, args.yes)?;
    }
    let smoke = match (&args.smoke, &settings.smoke) {
        (Some(file), _) => Some(file.clone()),
        (None, Some(_)) if args.watch || args.plan => {
            context.terminal.note("note: not applied: `smoke` of firehose-kit.toml (nothing is deployed)");
            None
        }
        (None, file) => file.as_ref().map(|file| context.config.path(file)),
    };
    let smoke = match smoke {
        Some(file) => {
            let values = (&args.values, &supplied);
            Some(smoke::plan(context, &file, args.stream.as_deref(), template.as_ref(), values)?)
        }
        None => None,
    };
    let format = args.format.clone().or_else(|| settings.format.clone());
    let is_json = format.as_deref() == Some("json");
    if is_json && outputs.as_ref().is_some_and(|(_, file)| *file == ResultFile::StandardOutput) {
        let message = "`--outputs -` and `--format json` both are for standard output";
        return Err(CommandError::usage(message).hint("the events hold the outputs too"));
    }
    let stack = stack_name(context, &args.values, path.as_deref())?;
    let records = smoke.as_ref().map(|smoke| smoke.records.clone()).unwrap_or_default();
    let plan = Plan { smoke, ..plan(context, &args, template.as_ref(), &supplied, stack)? };
    let subject =
        Subject { template, supplied, pseudo, refuses: !no_validate, deploys: makes_a_change_set, records };
    let access = Access {
        region: subject.pseudo.region.clone(),
        endpoint,
        template: subject
            .template
            .as_ref()
            .map(|template| template.source.text.clone().into_bytes())
            .unwrap_or_default(),
        bucket: plan.bucket.clone(),
    };
    let mut listener =
        Listener::new(context, is_json, subject.secrets()).for_a_change(args.plan || !args.yes);
    let verdict = driver::run(context, access, Deployment::new(plan), &subject, &mut listener)?;
    if let (Verdict::Done | Verdict::NothingToDo, Some((path, file))) = (&verdict, outputs) {
        file.write(context, outputs::text(&path, listener.outputs()).as_bytes())?;
    }
    driver::outcome(context, verdict, &subject)
}

/// What changes a stack is agreed to: where nobody can be asked, beforehand. Nothing is called before that is clear.
pub(in crate::commands) fn refuse_without_a_yes(context: &Context, yes: bool) -> Result<(), CommandError> {
    if yes || context.terminal.can_ask() {
        return Ok(());
    }
    Err(CommandError::usage("there is no terminal to ask on, and nothing is changed without a yes")
        .hint("agree beforehand with `--yes`"))
}

/// Refuses what is no URL of a server, which the SDK would try for a long time.
pub(in crate::commands) fn check_endpoint(url: &str) -> Result<(), CommandError> {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    let authority = rest.and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let host_and_port = authority.rsplit('@').next().unwrap_or_default();
    let port = host_and_port.rsplit(']').next().and_then(|rest| rest.rsplit_once(':'));
    let has_good_port = port.is_none_or(|(_, port)| port.parse::<u16>().is_ok());
    let has_host = !host_and_port.is_empty() && !host_and_port.starts_with(':');
    if has_host && has_good_port && !url.contains(char::is_whitespace) {
        return Ok(());
    }
    Err(CommandError::usage("the endpoint is no URL of a server")
        .hint("write `http://host:port` or `https://host` for `--endpoint-url`"))
}

/// The stack's name: a flag, the configuration, or what is answered.
pub(in crate::commands) fn stack_name(
    context: &Context,
    values: &ValueArgs,
    template: Option<&Path>,
) -> Result<String, CommandError> {
    let given = values.pseudo(&context.config).stack_name;
    let name = match given {
        Some(name) => name,
        None if context.terminal.can_ask() => {
            let path = template.unwrap_or(Path::new("-"));
            let default = values.pseudo_with_defaults(&context.config, path).stack_name.unwrap_or_default();
            context.terminal.ask(&format!("Name of the stack [{default}]:"));
            let answer = driver::read_line().unwrap_or_default();
            if answer.trim().is_empty() { default } else { answer.trim().to_owned() }
        }
        None => {
            return Err(CommandError::usage("the stack has no name")
                .hint("give `--stack-name NAME`, or `stack-name` in firehose-kit.toml"));
        }
    };
    let fits = name.chars().next().is_some_and(|first| first.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && name.len() <= 128;
    // An id of a stack is as good as its name, but for making one.
    if fits || name.starts_with("arn:") {
        return Ok(name);
    }
    Err(CommandError::usage(format!("`{name}` is no name of a stack"))
        .hint("use letters, digits and hyphens, a letter first, 128 at the most"))
}

fn plan(
    context: &Context,
    args: &Args,
    template: Option<&Template>,
    supplied: &Supplied,
    stack: String,
) -> Result<Plan, CommandError> {
    let settings = &context.config.deploy;
    let bytes = template.map_or(0, |template| template.source.text.len());
    let bucket = args.s3_bucket.clone().or_else(|| settings.s3_bucket.clone());
    if bytes > MOST_AT_ALL {
        let message =
            format!("the template has {bytes} bytes; CloudFormation takes {MOST_AT_ALL} at the most");
        return Err(CommandError::input(message).hint("move a part of it to a nested stack"));
    }
    if bytes > MOST_IN_A_REQUEST && bucket.is_none() && !args.watch && args.execute.is_none() {
        let message =
            format!("the template has {bytes} bytes; a request takes {MOST_IN_A_REQUEST} at the most");
        return Err(
            CommandError::usage(message).hint("name a bucket that it can go through with `--s3-bucket`")
        );
    }
    // A small template goes with the request, which needs no permission on the bucket.
    let bucket = bucket.filter(|_| bytes > MOST_IN_A_REQUEST);
    let mode = match (args.plan, &args.execute, args.watch) {
        (true, ..) => Mode::Plan,
        (_, Some(_), _) => Mode::Execute,
        (.., true) => Mode::Watch,
        _ => Mode::Deploy,
    };
    let on_failure = match args.on_failure.as_deref().or(settings.on_failure.as_deref()) {
        Some("delete") => OnFailure::Delete,
        Some("nothing") => OnFailure::Nothing,
        _ => OnFailure::Rollback,
    };
    Ok(Plan {
        mode,
        stack,
        template_bytes: bytes,
        bucket,
        parameters: template.map(parameters::declared).unwrap_or_default(),
        supplied: supplied.clone(),
        capabilities: acknowledged(args, settings.capabilities.as_deref(), template),
        tags: tags(args, &settings.tag)?,
        role_arn: args.role_arn.clone().or_else(|| settings.role_arn.clone()),
        on_failure,
        replaces_failed: args.replace_failed || settings.replace_failed == Some(true),
        cancels_on_interrupt: args.cancel_on_interrupt || settings.cancel_on_interrupt == Some(true),
        is_interactive: context.terminal.can_ask(),
        is_confirmed: args.yes,
        change_set: args.execute.clone(),
        detects_drift: args.detect_drift || settings.detect_drift == Some(true),
        smoke: None,
        confirms_streams: true,
        seed: driver::seed(),
    })
}

/// What the user acknowledges, else what the template is seen to need.
fn acknowledged(args: &Args, configured: Option<&[String]>, template: Option<&Template>) -> Vec<Capability> {
    let named: &[String] = match args.capabilities.as_slice() {
        [] => configured.unwrap_or_default(),
        given => given,
    };
    if named.is_empty() {
        return template.map(capabilities::needed).unwrap_or_default();
    }
    let known = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"];
    let names = known.into_iter().filter(|known| named.iter().any(|name| name == known));
    names.map(|name| Capability { name, reason: "as you say".to_owned() }).collect()
}

/// Tags of the stack: the configuration's, then the flags'; none keeps those that it has.
fn tags(
    args: &Args,
    configured: &std::collections::BTreeMap<String, String>,
) -> Result<Option<Vec<(String, String)>>, CommandError> {
    let mut tags = configured.clone();
    for pair in &args.tags {
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| CommandError::usage(format!("`--tag {pair}` is not KEY=VALUE")))?;
        tags.insert(key.to_owned(), value.to_owned());
    }
    Ok((!tags.is_empty()).then(|| tags.into_iter().collect()))
}

impl Subject {
    /// What must not be shown: secrets of the template, and values of parameters with `NoEcho`.
    pub(in crate::commands) fn secrets(&self) -> Vec<crate::template::secrets::Secret> {
        let Some(template) = &self.template else { return Vec::new() };
        let mut secrets = rules::secrets(template);
        let given = template.parameters.iter().filter(|parameter| parameter.no_echo);
        let given = given.filter_map(|parameter| self.supplied.get(&*parameter.name));
        secrets.extend(
            given.map(|text| crate::template::secrets::Secret {
                span: Default::default(),
                text: text.clone(),
            }),
        );
        secrets
    }
}
