//! The transformation function of a stream: where the template has its code, and how the user wants it run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::config::Config;
use super::{CommandError, Context};
use crate::foundation::document::{Node, Reference, Value};
use crate::foundation::secret_name::is_secret_name;
use crate::foundation::span::Span;
use crate::foundation::suggest::nearest;
use crate::report::terminal::Terminal;
use crate::simulation::function::spec::{self, Spec, SpecError};
use crate::simulation::function::{
    FunctionCode, FunctionSource, Host, InvocationLog, LocalFunction, Observer,
};
use crate::template::secrets::{self, Secret};
use crate::template::{Resource, Template, World, intrinsics, names};

const LAMBDA: &str = "AWS::Lambda::Function";
const SERVERLESS: &str = "AWS::Serverless::Function";
/// Memory of a function that the template does not hold, in mebibytes. CHOICE.
const UNKNOWN_MEMORY_MB: u32 = 1024;

/// The flags that say how functions run.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct FunctionArgs {
    /// Run the Lambda function whose code is in the template or beside it
    #[arg(long)]
    run_functions: bool,
    /// How function ID runs: a folder, file or zip (with `:handler`), http://host:port, arn:... (in AWS), recorded:FILE,
    /// inline, skip
    #[arg(long = "function", value_name = "ID=SPEC")]
    functions: Vec<String>,
    /// Show on standard error what functions write
    #[arg(long)]
    function_logs: bool,
}

/// A function that a stream calls.
#[derive(Debug, Clone)]
pub struct DeclaredFunction {
    /// What the user calls it: its logical id, or its name where the template does not hold it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `LambdaArn` as the stream has it.
    pub arn: String,
    region: String,
    /// What the template says of it.
    settings: Option<Settings>,
    /// The logical ids of all functions of the template.
    others: Vec<String>,
    /// What is never shown of what the function says; the longest first, as one may be part of another.
    secrets: Vec<Secret>,
}

#[derive(Debug, Clone)]
struct Settings {
    code: DeclaredCode,
    handler: Option<String>,
    runtime: Option<String>,
    timeout: Duration,
    memory_mb: u32,
    environment: Vec<(String, String)>,
    /// What is left out when it runs here.
    warnings: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum DeclaredCode {
    Inline(String),
    Beside(PathBuf),
    /// Somewhere else, and where.
    Elsewhere(String),
}

/// The function that the enabled Lambda processor of a stream's resolved properties names. Local code is seen from the
/// template's folder.
pub fn declared(
    template: &Template,
    world: &World,
    properties: &Node,
    folder: &Path,
) -> Option<DeclaredFunction> {
    let arn_node = lambda_arn(properties)?;
    let arn = arn_node.as_text().unwrap_or_default().into_owned();
    let resource = named(template, world, arn_node, 0);
    let reference = |resource: &Resource, attribute: Option<&str>| {
        let reference =
            Reference { target: resource.logical_id.clone(), attribute: attribute.map(Into::into) };
        names::value(template, world, &reference)
    };
    let in_arn = arn.split_once(":function:").and_then(|(_, rest)| rest.split(':').next());
    let name =
        resource.and_then(|resource| reference(resource, None)).or_else(|| in_arn.map(str::to_owned))?;
    let settings = resource.and_then(|resource| settings(template, world, resource, folder));
    let is_arn = arn.starts_with("arn:");
    let region = world.pseudo.region.clone().unwrap_or_else(|| "us-east-1".to_owned());
    Some(DeclaredFunction {
        id: resource.map_or_else(|| name.clone(), |resource| resource.logical_id.to_string()),
        arn: match resource {
            Some(resource) if !is_arn => reference(resource, Some("Arn")).unwrap_or_default(),
            _ => arn.clone(),
        },
        region: arn.split(':').nth(3).filter(|_| is_arn).map_or(region, str::to_owned),
        others: functions(template).map(|resource| resource.logical_id.to_string()).collect(),
        secrets: all_secrets(template, world, settings.as_ref()),
        settings,
        name,
    })
}

/// The template's secrets, what was given for parameters that are not to be shown, and the values of variables with
/// telling names, in each form that the function may write them.
fn all_secrets(template: &Template, world: &World, settings: Option<&Settings>) -> Vec<Secret> {
    let mut all = secrets::find(template);
    for parameter in template.parameters.iter().filter(|parameter| parameter.no_echo) {
        let text = world.parameter(template, &parameter.name).filter(|text| !text.is_empty());
        all.extend(text.map(|text| Secret { span: parameter.node.span, text }));
    }
    let variables = settings.map(|settings| settings.environment.as_slice()).unwrap_or_default();
    let telling = variables.iter().filter(|(name, _)| is_secret_name(name));
    all.extend(telling.map(|(_, text)| Secret { span: Span::default(), text: text.clone() }));
    let forms = |secret: &Secret| {
        let span = secret.span;
        secrets::written_forms(&secret.text).into_iter().map(move |text| Secret { span, text })
    };
    let mut all: Vec<Secret> = all.iter().flat_map(forms).collect();
    all.sort_by(|one, other| (other.text.len(), &other.text).cmp(&(one.text.len(), &one.text)));
    all.dedup_by(|one, other| one.text == other.text);
    all
}

fn functions(template: &Template) -> impl Iterator<Item = &Resource> {
    template.resources.iter().filter(|resource| matches!(&*resource.kind, LAMBDA | SERVERLESS))
}

/// `LambdaArn` of the first enabled Lambda processor.
fn lambda_arn(properties: &Node) -> Option<&Node> {
    let blocks = properties.as_map()?.entries.iter().map(|entry| &entry.node);
    let processing = blocks.filter_map(|block| block.get("ProcessingConfiguration"));
    processing
        .filter(|processing| processing.get("Enabled").and_then(Node::as_bool) == Some(true))
        .filter_map(|processing| processing.get("Processors")?.as_list())
        .flatten()
        .filter(|processor| text(processor, "Type").as_deref() == Some("Lambda"))
        .filter_map(|processor| processor.get("Parameters")?.as_list())
        .flatten()
        .find(|parameter| text(parameter, "ParameterName").as_deref() == Some("LambdaArn"))?
        .get("ParameterValue")
}

fn text(node: &Node, key: &str) -> Option<String> {
    node.get(key)?.as_text().map(|text| text.into_owned())
}

/// The function that a value names: by reference to it, its alias or version, or by its name in an ARN.
fn named<'a>(template: &'a Template, world: &World, node: &Node, depth: usize) -> Option<&'a Resource> {
    if depth > 3 {
        return None;
    }
    if let Some(reference) = &node.reference {
        return match template.resource(&reference.target) {
            Some(resource) if matches!(&*resource.kind, LAMBDA | SERVERLESS) => Some(resource),
            Some(resource) if matches!(&*resource.kind, "AWS::Lambda::Alias" | "AWS::Lambda::Version") => {
                let name = intrinsics::resolve(template, world, resource.properties()?.get("FunctionName")?)?;
                named(template, world, &name, depth + 1)
            }
            Some(_) => None,
            // `F.Alias`, `F.Version`, or what the SAM transform makes for `F`.
            None => functions(template).find(|resource| {
                let rest = reference.target.strip_prefix(&*resource.logical_id);
                rest.map(|rest| rest.trim_start_matches('.'))
                    .is_some_and(|rest| rest.starts_with("Alias") || rest.starts_with("Version"))
            }),
        };
    }
    let value = node.as_text()?;
    let name = match value.split_once(":function:") {
        Some((_, rest)) => rest.split(':').next().unwrap_or_default().to_owned(),
        None => value.into_owned(),
    };
    functions(template).find(|resource| {
        let reference = Reference { target: resource.logical_id.clone(), attribute: None };
        // Of several functions only those of this name: asking must not make names up for the others.
        let before = world.made_up.borrow().clone();
        let is_it = names::value(template, world, &reference).is_some_and(|known| known == name);
        if !is_it {
            world.made_up.replace(before);
        }
        is_it
    })
}

/// The properties that matter here: the function's own, then those of `Globals`.
fn settings(template: &Template, world: &World, resource: &Resource, folder: &Path) -> Option<Settings> {
    let own = intrinsics::resolve(template, world, resource.properties()?)?;
    let globals = (&*resource.kind == SERVERLESS)
        .then(|| intrinsics::resolve(template, world, template.section("Globals")?.get("Function")?))
        .flatten();
    let both = || [globals.as_ref(), Some(&own)].into_iter().flatten();
    let get = |key: &str| both().filter_map(|node| node.get(key)).next_back();
    let number = |key: &str| get(key).and_then(Node::as_number).filter(|number| *number >= 1.0);
    let known = |key: &str| get(key).and_then(Node::as_text).map(|text| text.into_owned());
    let mut warnings = Vec::new();
    let mut environment = BTreeMap::new();
    let maps = both().filter_map(|node| node.get("Environment")?.get("Variables")?.as_map());
    for entry in maps.flat_map(|map| &map.entries) {
        let key = entry.key.to_string();
        match entry.node.as_text() {
            Some(value) => drop(environment.insert(key, value.into_owned())),
            None => {
                environment.remove(&key);
                warnings.push(format!("its variable `{key}` is known on deployment only, and not set here"));
            }
        }
    }
    if get("Layers").is_some_and(|layers| layers.as_list().is_none_or(|layers| !layers.is_empty())) {
        warnings.push("its layers are not there".to_owned());
    }
    let timeout = number("Timeout").map_or(LocalFunction::DEFAULT_TIMEOUT, Duration::from_secs_f64);
    Some(Settings {
        code: code(resource, &own, globals.as_ref(), folder),
        handler: known("Handler"),
        runtime: known("Runtime"),
        // Firehose does not wait longer.
        timeout: timeout.min(LocalFunction::LONGEST_WAIT),
        memory_mb: number("MemorySize").map_or(LocalFunction::DEFAULT_MEMORY_MB, |number| number as u32),
        environment: environment.into_iter().collect(),
        warnings,
    })
}

fn code(resource: &Resource, own: &Node, globals: Option<&Node>, folder: &Path) -> DeclaredCode {
    let elsewhere = |what: &str| DeclaredCode::Elsewhere(what.to_owned());
    let (inline, place) = match &*resource.kind {
        LAMBDA => (own.get("Code").and_then(|code| code.get("ZipFile")), own.get("Code")),
        _ => {
            let uri = own.get("CodeUri").or_else(|| globals?.get("CodeUri"));
            (own.get("InlineCode"), uri)
        }
    };
    if own.get("ImageUri").is_some() || place.is_some_and(|place| place.get("ImageUri").is_some()) {
        return elsewhere("a container image");
    }
    if let Some(inline) = inline {
        return match inline.as_text() {
            Some(text) => DeclaredCode::Inline(text.into_owned()),
            None => elsewhere("inline, but with parts that only a deployment knows"),
        };
    }
    match place.map(|place| (place, place.as_text())) {
        Some((_, Some(uri))) if uri.starts_with("s3://") => elsewhere("in S3"),
        Some((_, Some(path))) => DeclaredCode::Beside(folder.join(&*path)),
        Some((place, None)) if matches!(place.value, Value::Map(_)) => elsewhere("in S3"),
        Some(_) => elsewhere("not known before a deployment"),
        // SAM takes the template's folder.
        None if &*resource.kind == SERVERLESS => DeclaredCode::Beside(match folder.as_os_str().is_empty() {
            true => PathBuf::from("."),
            false => folder.to_owned(),
        }),
        None => elsewhere("not written in the template"),
    }
}

impl FunctionArgs {
    /// How the stream's function is to be run; `None` where it has none. Nothing runs that was not asked for.
    pub fn source(
        &self,
        context: &Context,
        declared: Option<&DeclaredFunction>,
    ) -> Result<Option<FunctionSource>, CommandError> {
        let specs = self.specs(&context.config)?;
        let Some(declared) = declared else {
            if !self.functions.is_empty() {
                context.terminal.note("note: this stream calls no function; `--function` changes nothing");
            }
            return Ok(None);
        };
        for (id, _, is_flag) in &specs {
            if *is_flag && *id != declared.id && *id != declared.name && !declared.others.contains(id) {
                let known = declared.others.iter().map(String::as_str).chain([declared.id.as_str()]);
                let error = CommandError::usage(format!("`--function`: there is no function `{id}`"));
                return Err(match nearest(id, known) {
                    Some(nearest) => error.hint(format!("did you mean `{nearest}`?")),
                    None => error.hint(format!("this stream calls `{}`", declared.id)),
                });
            }
        }
        let spec = specs.into_iter().rev().find(|(id, ..)| *id == declared.id || *id == declared.name);
        let source = match spec {
            Some((_, Spec::Skip, _)) => FunctionSource::Skip,
            Some((_, Spec::Recorded(path), _)) => FunctionSource::Recorded(path),
            Some((_, Spec::Endpoint(authority), _)) => {
                FunctionSource::Endpoint { authority, function: declared.name.clone() }
            }
            #[cfg(feature = "aws")]
            Some((_, Spec::Arn(arn), _)) => super::aws_function::source(&arn)?,
            #[cfg(not(feature = "aws"))]
            Some((_, Spec::Arn(arn), _)) => {
                let message = format!(
                    "`{}`: this build can't call functions in AWS: it was made without the feature `aws`",
                    arn.text
                );
                return Err(CommandError::usage(message).hint(super::absent::INSTALL));
            }
            Some((_, Spec::Path { path, handler }, _)) => declared.local(FunctionCode::Path(path), handler),
            Some((_, Spec::Inline, _)) => match declared.code() {
                Some(DeclaredCode::Inline(text)) => declared.local(FunctionCode::Inline(text.clone()), None),
                _ => {
                    let message = format!("function `{}` has no inline code", declared.id);
                    return Err(CommandError::usage(message)
                        .hint(format!("name its folder: `--function {}=src/:app.handler`", declared.id)));
                }
            },
            None if self.run_functions || context.config.simulate.run_functions == Some(true) => {
                declared.as_written()?
            }
            None => return Err(declared.not_asked_for()),
        };
        if let (FunctionSource::Local(_), Some(settings)) = (&source, &declared.settings) {
            for warning in &settings.warnings {
                context.terminal.note(&format!("warning: function `{}`: {warning}", declared.id));
            }
        }
        Ok(Some(source))
    }

    /// What was said of functions, the configuration's words first; whether a flag said it.
    fn specs(&self, config: &Config) -> Result<Vec<(String, Spec, bool)>, CommandError> {
        let refused = |error: SpecError| CommandError::usage(error.message).hint(error.hint);
        let mut all = Vec::new();
        for (id, text) in &config.simulate.function {
            all.push((id.clone(), spec::parse(text, &config.folder).map_err(refused)?, false));
        }
        for text in &self.functions {
            let (id, spec) = spec::parse_pair(text, Path::new("")).map_err(refused)?;
            all.push((id, spec, true));
        }
        Ok(all)
    }

    /// What the function gets from this machine and who sees what it does.
    pub fn host(
        &self,
        context: &Context,
        declared: Option<&DeclaredFunction>,
        interrupted: &Arc<AtomicBool>,
    ) -> Host {
        let shows_logs = self.function_logs || context.config.simulate.function_logs == Some(true);
        let observer = Screen {
            terminal: context.terminal,
            id: declared.map(|declared| declared.id.clone()).unwrap_or_default(),
            shows_logs,
            secrets: declared.map(|declared| declared.secrets.clone()).unwrap_or_default(),
        };
        Host {
            observer: Some(Arc::new(observer)),
            search_path: context.search_path(),
            interrupted: Arc::clone(interrupted),
        }
    }
}

impl DeclaredFunction {
    /// How long Firehose waits for it at the most, where the template holds it.
    pub fn timeout(&self) -> Option<Duration> {
        self.settings.as_ref().map(|settings| settings.timeout)
    }

    fn code(&self) -> Option<&DeclaredCode> {
        self.settings.as_ref().map(|settings| &settings.code)
    }

    fn local(&self, code: FunctionCode, handler: Option<String>) -> FunctionSource {
        let settings = self.settings.as_ref();
        FunctionSource::Local(Box::new(LocalFunction {
            name: self.name.clone(),
            arn: self.arn.clone(),
            region: self.region.clone(),
            code,
            handler: handler.or_else(|| settings?.handler.clone()),
            runtime: settings.and_then(|settings| settings.runtime.clone()),
            timeout: settings.map_or(LocalFunction::LONGEST_WAIT, |settings| settings.timeout),
            memory_mb: settings.map_or(UNKNOWN_MEMORY_MB, |settings| settings.memory_mb),
            environment: settings.map(|settings| settings.environment.clone()).unwrap_or_default(),
        }))
    }

    /// The code that the template has or names.
    fn as_written(&self) -> Result<FunctionSource, CommandError> {
        let where_it_is = match self.code() {
            Some(DeclaredCode::Inline(text)) => {
                return Ok(self.local(FunctionCode::Inline(text.clone()), None));
            }
            Some(DeclaredCode::Beside(path)) => {
                return Ok(self.local(FunctionCode::Path(path.clone()), None));
            }
            Some(DeclaredCode::Elsewhere(place)) => format!("its code is {place}"),
            None => "the template does not hold it".to_owned(),
        };
        Err(CommandError::usage(format!(
            "function `{}` can't be run from the template: {where_it_is}",
            self.id
        ))
        .hint(format!("name its code: `--function {}=src/:app.handler`", self.id))
        .hint(format!("or let records pass unchanged: `--function {}=skip`", self.id)))
    }

    fn not_asked_for(&self) -> CommandError {
        CommandError::usage(format!(
            "the stream calls function `{}`, and no code is run without being asked",
            self.id
        ))
        .hint("`--run-functions` runs the code that is in the template or beside it")
        .hint(format!(
            "`--function {}=SPEC` says how: a folder, file or zip (with `:handler`), `http://host:port`, \
                 `arn:...` (in AWS), `recorded:FILE`, `inline`, or `skip`, which lets records pass unchanged",
            self.id
        ))
    }
}

/// Shows on standard error what a function does.
struct Screen {
    terminal: Terminal,
    id: String,
    shows_logs: bool,
    secrets: Vec<Secret>,
}

impl Observer for Screen {
    fn warning(&self, text: &str) {
        self.terminal.note(&format!("warning: {text}"));
    }

    fn called(&self, call: u64, log: &InvocationLog) {
        if !self.shows_logs {
            return;
        }
        for line in log.text.lines() {
            self.terminal.error_line(&format!("{} call {call}: {line}", self.id));
        }
        if log.left_out > 0 {
            self.terminal.error_line(&format!("{} call {call}: {} bytes more", self.id, log.left_out));
        }
    }

    fn mask(&self, text: &str) -> String {
        secrets::mask_message(&self.secrets, text)
    }
}

#[cfg(test)]
mod tests;
