//! Values of parameters, for commands that take no pseudo parameters.

use std::path::PathBuf;

use crate::commands::config::Config;
use crate::commands::inputs;
use crate::commands::{CommandError, Context};
use crate::template::Template;
use crate::template::parameters::Supplied;

/// The flags that give values to parameters.
#[derive(Debug, Clone, clap::Args)]
pub struct ParameterArgs {
    /// A value for a parameter of the template; without one, the stack's is taken
    #[arg(long = "parameter", value_name = "KEY=VALUE")]
    parameters: Vec<String>,
    /// Parameter values: CloudFormation's JSON list, a JSON or YAML map, or CodePipeline's form
    #[arg(long, value_name = "FILE")]
    parameter_file: Option<PathBuf>,
}

impl ParameterArgs {
    /// All parameter values: the configuration's, then the file's, then the flags'.
    pub(in crate::commands) fn supplied(&self, config: &Config) -> Result<Supplied, CommandError> {
        inputs::supplied(config, self.parameter_file.clone(), &self.parameters)
    }

    /// The values for parameters that the template declares; others that flags name are refused.
    pub(in crate::commands) fn fitting(
        &self,
        context: &Context,
        template: &Template,
        supplied: &Supplied,
    ) -> Result<Supplied, CommandError> {
        inputs::fitting(context, template, supplied, |config, name| {
            inputs::insists_on(config, self.parameter_file.is_some(), &self.parameters, name)
        })
    }
}
