//! Templates and parameters as every command takes them.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::config::Config;
use super::{CommandError, Context};
use crate::foundation::suggest::nearest;
use crate::template::parameters::Supplied;
use crate::template::read::{LARGEST_TEXT, ReadProblem};
use crate::template::{DELIVERY_STREAM, Parameter, Pseudo, Template, constraints};

/// The flags that give values to a template.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ValueArgs {
    /// A value for a parameter of the template
    #[arg(long = "parameter", value_name = "KEY=VALUE")]
    parameters: Vec<String>,
    /// Parameter values: CloudFormation's JSON list, a JSON or YAML map, or CodePipeline's form
    #[arg(long, value_name = "FILE")]
    parameter_file: Option<PathBuf>,
    /// The region, which is AWS::Region in the template
    #[arg(long)]
    region: Option<String>,
    /// The account, which is AWS::AccountId in the template
    #[arg(long)]
    account: Option<String>,
    /// The name of the stack, which is AWS::StackName in the template
    #[arg(long)]
    stack_name: Option<String>,
}

impl ValueArgs {
    /// All parameter values: the configuration's, then the file's, then the flags'.
    pub fn supplied(&self, config: &Config) -> Result<Supplied, CommandError> {
        supplied(config, self.parameter_file.clone(), &self.parameters)
    }

    /// The pseudo parameters that were given.
    pub fn pseudo(&self, config: &Config) -> Pseudo {
        Pseudo {
            region: self.region.clone().or_else(|| config.region.clone()),
            account: self.account.clone().or_else(|| config.account.clone()),
            stack_name: self.stack_name.clone().or_else(|| config.stack_name.clone()),
        }
    }

    /// The pseudo parameters, with the contract's defaults for what was not given.
    pub fn pseudo_with_defaults(&self, config: &Config, template: &Path) -> Pseudo {
        let given = self.pseudo(config);
        let folder = if template == Path::new("-") {
            Path::new(".")
        } else {
            template.parent().unwrap_or(Path::new("."))
        };
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let name = std::fs::canonicalize(folder)
            .ok()
            .and_then(|path| path.file_name().map(|name| stack_name(&name.to_string_lossy())))
            .filter(|name| !name.is_empty());
        Pseudo {
            region: given.region.or_else(|| Some("us-east-1".to_owned())),
            account: given.account.or_else(|| Some("123456789012".to_owned())),
            stack_name: given.stack_name.or(name).or_else(|| Some("stack".to_owned())),
        }
    }
}

/// All parameter values: the configuration's, then the file's, then the flags'.
pub(super) fn supplied(
    config: &Config,
    file: Option<PathBuf>,
    pairs: &[String],
) -> Result<Supplied, CommandError> {
    let mut supplied = Supplied::new();
    for (name, value) in &config.parameters {
        let text = match value {
            toml::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        supplied.insert(name.clone(), text);
    }
    let from_config = config.parameter_file.as_ref().map(|path| config.path(path));
    if let Some(path) = file.or(from_config) {
        supplied.extend(read_parameter_file(&path)?);
    }
    for pair in pairs {
        let (name, value) = pair
            .split_once('=')
            .ok_or_else(|| CommandError::usage(format!("`--parameter {pair}` is not KEY=VALUE")))?;
        supplied.insert(name.to_owned(), value.to_owned());
    }
    Ok(supplied)
}

/// A folder's name as a stack could be called: letters, digits and hyphens.
fn stack_name(folder: &str) -> String {
    let name: String = folder.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    name.trim_matches('-').to_owned()
}

/// Refuses values for parameters that the template does not declare, and values that its declarations do not allow.
pub fn refuse_unknown(template: &Template, supplied: &Supplied) -> Result<(), CommandError> {
    // What a text declares that can't be read as a whole is not known; that is what must be told first (FH001).
    let is_broken =
        |problem: &ReadProblem| matches!(problem, ReadProblem::Syntax(_) | ReadProblem::TooMuch(_));
    if template.document.problems.iter().any(|(_, problem)| is_broken(problem)) {
        return Ok(());
    }
    for (name, value) in supplied {
        if let Some(parameter) = template.parameter(name) {
            refuse_unfit(template, parameter, value)?;
        } else {
            let known = template.parameters.iter().map(|parameter| &*parameter.name);
            let error =
                CommandError::usage(format!("{} declares no parameter `{name}`", template.source.name));
            return Err(match nearest(name, known) {
                Some(nearest) => error.hint(format!("did you mean `{nearest}`?")),
                None => error.hint("remove it, or declare it under `Parameters`"),
            });
        }
    }
    Ok(())
}

/// Refuses a value as CloudFormation would, before anything is done with it.
fn refuse_unfit(template: &Template, parameter: &Parameter, value: &str) -> Result<(), CommandError> {
    let Some(broken) = constraints::broken(parameter, value) else { return Ok(()) };
    let at = template.source.position(parameter.name_span.start);
    let shown = match parameter.no_echo {
        true => "have the given value".to_owned(),
        false => format!("be `{value}`"),
    };
    let error = CommandError::usage(format!(
        "{}:{}:{}: the parameter `{}` can't {shown}: {}",
        template.source.name, at.line, at.column, parameter.name, broken.wanted
    ));
    let allowed = parameter.allowed.iter().map(String::as_str);
    Err(match (nearest(value, allowed).filter(|_| !parameter.no_echo), broken.constraint) {
        (Some(nearest), _) => error.hint(format!("did you mean `{nearest}`?")),
        (None, Some(constraint)) => error.hint(constraint),
        (None, None) => error,
    })
}

fn read_parameter_file(path: &Path) -> Result<BTreeMap<String, String>, CommandError> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| CommandError::input(format!("{}: {error}", path.display())))?;
    let value: serde_json::Value = serde_yaml::from_str(&text)
        .map_err(|error| CommandError::input(format!("{}: not JSON or YAML: {error}", path.display())))?;
    parameter_values(&value).ok_or_else(|| {
        CommandError::input(format!("{}: not a form of parameter file", path.display()))
            .hint("give a list of {ParameterKey, ParameterValue}, a map, or {Parameters: map}")
    })
}

fn parameter_values(value: &serde_json::Value) -> Option<BTreeMap<String, String>> {
    let scalar = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        serde_json::Value::Bool(value) => Some(value.to_string()),
        serde_json::Value::Array(items) => {
            let items: Option<Vec<&str>> = items.iter().map(serde_json::Value::as_str).collect();
            Some(items?.join(","))
        }
        _ => None,
    };
    match value {
        serde_json::Value::Array(items) => items
            .iter()
            .filter(|item| item.get("UsePreviousValue").and_then(serde_json::Value::as_bool) != Some(true))
            .map(|item| match item {
                serde_json::Value::String(pair) => {
                    pair.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()))
                }
                item => Some((
                    item.get("ParameterKey")?.as_str()?.to_owned(),
                    scalar(item.get("ParameterValue")?)?,
                )),
            })
            .collect(),
        serde_json::Value::Object(map) => match map.get("Parameters") {
            Some(inner @ serde_json::Value::Object(_)) => parameter_values(inner),
            _ => map.iter().map(|(key, value)| Some((key.clone(), scalar(value)?))).collect(),
        },
        _ => None,
    }
}

/// What a path holds.
pub enum Read {
    /// The text of a template.
    Template(String),
    /// A file that claims to be a template and can't be read as text; why, and the text before that place.
    Broken(String, String),
    /// A file without a delivery stream.
    Other,
}

/// Reads a file if it counts as a template: one that contains the type's name. Standard input always counts.
pub fn read_template(path: &Path) -> Result<Read, CommandError> {
    let failed = |error: std::io::Error| CommandError::input(format!("{}: {error}", path.display()));
    let mut bytes = Vec::new();
    let is_stdin = path == Path::new("-");
    if is_stdin {
        let limit = LARGEST_TEXT as u64 + 1;
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        let file = std::fs::File::open(path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        if length > LARGEST_TEXT as u64 {
            return Ok(match holds_marker(file).map_err(failed)? {
                true => Read::Broken(
                    format!("the file has {length} bytes; {LARGEST_TEXT} are read at the most"),
                    String::new(),
                ),
                false => Read::Other,
            });
        }
        { file }.read_to_end(&mut bytes).map_err(failed)?;
    }
    if let Some(text) = utf_16(&bytes).filter(|text| is_stdin || text.contains(DELIVERY_STREAM)) {
        let why =
            format!("the text is UTF-16 ({} characters); CloudFormation takes UTF-8", text.chars().count());
        return Ok(Read::Broken(why, String::new()));
    }
    if !is_stdin && memchr::memmem::find(&bytes, DELIVERY_STREAM.as_bytes()).is_none() {
        return Ok(Read::Other);
    }
    Ok(match String::from_utf8(bytes) {
        Ok(text) => Read::Template(text),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let before = String::from_utf8_lossy(&error.as_bytes()[..at]).into_owned();
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
            Read::Broken(format!("not valid UTF-8 at line {line}, column {column} (byte {at})"), before)
        }
    })
}

/// The text of a file that says by its first two bytes that it is UTF-16, as some editors save it.
fn utf_16(bytes: &[u8]) -> Option<String> {
    let decode: fn([u8; 2]) -> u16 = match bytes.get(..2)? {
        [0xFF, 0xFE] => u16::from_le_bytes,
        [0xFE, 0xFF] => u16::from_be_bytes,
        _ => return None,
    };
    let units: Vec<u16> = bytes[2..].chunks_exact(2).map(|pair| decode([pair[0], pair[1]])).collect();
    Some(String::from_utf16_lossy(&units))
}

/// Looks for the type's name in a file that is too large to be read whole.
fn holds_marker(mut file: std::fs::File) -> std::io::Result<bool> {
    let marker = DELIVERY_STREAM.as_bytes();
    let mut chunk = vec![0; 1 << 20];
    let mut kept = 0;
    loop {
        let read = file.read(&mut chunk[kept..])?;
        if read == 0 {
            return Ok(false);
        }
        let filled = kept + read;
        if memchr::memmem::find(&chunk[..filled], marker).is_some() {
            return Ok(true);
        }
        kept = filled.min(marker.len() - 1);
        chunk.copy_within(filled - kept..filled, 0);
    }
}

/// The template of a command that takes one: as given, as configured, or the first usual name.
pub fn template_path(context: &Context, given: Option<PathBuf>) -> Result<PathBuf, CommandError> {
    if let Some(path) = given {
        return Ok(path);
    }
    if let Some(path) = &context.config.template {
        return Ok(context.config.path(path));
    }
    let usual = ["template.yaml", "template.yml", "template.json"];
    usual.iter().map(PathBuf::from).find(|path| path.exists()).ok_or_else(|| {
        CommandError::usage(
            "no template is named, and there is no template.yaml, template.yml or template.json here",
        )
        .hint("name a file, or `-` for standard input")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Option<BTreeMap<String, String>> {
        parameter_values(&serde_yaml::from_str(text).unwrap())
    }

    #[test]
    fn the_forms_of_parameter_files() {
        let wanted = Some(BTreeMap::from([("A".to_owned(), "1".to_owned())]));
        for text in [
            "[{\"ParameterKey\": \"A\", \"ParameterValue\": \"1\"}]",
            "{\"A\": \"1\"}",
            "A: 1",
            "{\"Parameters\": {\"A\": \"1\"}, \"Tags\": {}}",
            "[\"A=1\"]",
            "[{\"ParameterKey\": \"A\", \"ParameterValue\": \"1\"}, {\"ParameterKey\": \"B\", \"UsePreviousValue\": true}]",
        ] {
            assert_eq!(values(text), wanted, "{text}");
        }
        assert_eq!(values("[[1]]"), None);
    }
}
