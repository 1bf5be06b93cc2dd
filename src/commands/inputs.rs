//! Templates and parameters as every command takes them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::config::Config;
use super::{CommandError, Context};
use crate::foundation::suggest::nearest;
use crate::template::parameters::Supplied;
use crate::template::read::ReadProblem;
use crate::template::{Parameter, Pseudo, Template, constraints};

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
    #[arg(long, value_parser = region)]
    region: Option<String>,
    /// The account, which is AWS::AccountId in the template
    #[arg(long, value_parser = account)]
    account: Option<String>,
    /// The name of the stack, which is AWS::StackName in the template
    #[arg(long)]
    stack_name: Option<String>,
}

/// A Region's name, as the schema of the settings has it.
pub(super) fn region(text: &str) -> Result<String, String> {
    let lower = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase());
    let parts: Vec<&str> = text.split('-').collect();
    let fits = match parts.as_slice() {
        [first, middle @ .., last] if !middle.is_empty() => {
            (2..=4).contains(&first.len())
                && lower(first)
                && middle.iter().all(|part| lower(part))
                && !last.is_empty()
                && last.chars().all(|c| c.is_ascii_digit())
        }
        _ => false,
    };
    fits.then(|| text.to_owned()).ok_or_else(|| "a Region is called as `eu-west-1` is".to_owned())
}

/// An account's id.
fn account(text: &str) -> Result<String, String> {
    let fits = text.len() == 12 && text.chars().all(|c| c.is_ascii_digit());
    fits.then(|| text.to_owned()).ok_or_else(|| "an account's id has 12 digits".to_owned())
}

impl ValueArgs {
    /// All parameter values: the configuration's, then the file's, then the flags'.
    pub fn supplied(&self, config: &Config) -> Result<Supplied, CommandError> {
        supplied(config, self.parameter_file.clone(), &self.parameters)
    }

    /// The values for parameters that the template declares; others that flags name are refused.
    pub fn fitting(
        &self,
        context: &Context,
        template: &Template,
        supplied: &Supplied,
    ) -> Result<Supplied, CommandError> {
        fitting(context, template, supplied, |config, name| {
            insists_on(config, self.parameter_file.is_some(), &self.parameters, name)
        })
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

/// A folder's name as a stack could be called: a letter, then letters, digits and hyphens, 128 at the most.
/// Source: CloudFormation API reference, `CreateStack`, `StackName`.
fn stack_name(folder: &str) -> String {
    let name: String = folder.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let name = name.trim_matches('-');
    let mut name = match name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        true => name.to_owned(),
        false if name.is_empty() => String::new(),
        false => format!("stack-{name}"),
    };
    name.truncate(128);
    name
}

/// Whether a value was meant for the one template that it is used with: what flags and scenarios name. Settings may stand
/// above several templates, of which not each has all parameters.
pub(super) fn insists_on(config: &Config, has_file: bool, pairs: &[String], name: &str) -> bool {
    let is_flag = pairs.iter().any(|pair| pair.split_once('=').is_some_and(|(key, _)| key == name));
    let is_setting = match has_file || config.is_parameter_file_of_scenario {
        true => config.parameters.contains_key(name),
        false => true,
    };
    is_flag || !is_setting || config.parameters_of_scenario.contains(name)
}

/// The values for parameters that the template declares; those that its declarations do not allow are refused. Others are
/// refused where they were meant for this template, and told with `-v` where not.
pub fn fitting(
    context: &Context,
    template: &Template,
    supplied: &Supplied,
    insists_on: impl Fn(&Config, &str) -> bool,
) -> Result<Supplied, CommandError> {
    // What a text declares that can't be read as a whole is not known; that is what must be told first (FH001).
    let is_broken =
        |problem: &ReadProblem| matches!(problem, ReadProblem::Syntax(_) | ReadProblem::TooMuch(_));
    if template.document.problems.iter().any(|(_, problem)| is_broken(problem)) {
        return Ok(supplied.clone());
    }
    let mut fitting = supplied.clone();
    for (name, value) in supplied {
        if let Some(parameter) = template.parameter(name) {
            refuse_unfit(template, parameter, value)?;
            continue;
        }
        let message = format!("{} declares no parameter `{name}`", template.source.name);
        if !insists_on(&context.config, name) {
            context.terminal.detail(&format!("{message}, which firehose-kit.toml has a value for"));
            fitting.remove(name);
            continue;
        }
        let known = template.parameters.iter().map(|parameter| &*parameter.name);
        let error = CommandError::usage(message);
        return Err(match nearest(name, known) {
            Some(nearest) => error.hint(format!("did you mean `{nearest}`?")),
            None => error.hint("remove it, or declare it under `Parameters`"),
        });
    }
    Ok(fitting)
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
    fn a_folder_gives_a_name_that_a_stack_may_have() {
        assert_eq!(stack_name("clicks"), "clicks");
        assert_eq!(stack_name("my_clicks"), "my-clicks");
        assert_eq!(stack_name("9"), "stack-9");
        assert_eq!(stack_name("_"), "");
        assert_eq!(stack_name(&"a".repeat(200)).len(), 128);
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
