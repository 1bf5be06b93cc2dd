//! What every command is given: the terminal and the settings of `firehose-kit.toml`.

use anstream::ColorChoice;

use super::CommandError;
use super::config::{self, Colour, Config};
use crate::report::terminal::{Terminal, Verbosity};

/// The terminal and the settings.
#[derive(Debug)]
pub struct Context {
    /// Standard output and error.
    pub terminal: Terminal,
    /// The settings; flags beat them.
    pub config: Config,
}

impl Context {
    /// Finds and reads the configuration. What the command line says of colours and of how much is told beats it.
    pub fn new(
        colour: Option<Colour>,
        verbosity: Option<Verbosity>,
    ) -> Result<Context, (Terminal, CommandError)> {
        let terminal = |config: &Config| {
            let colour = match colour.or(config.color).unwrap_or(Colour::Auto) {
                Colour::Auto => ColorChoice::Auto,
                Colour::Always => ColorChoice::Always,
                Colour::Never => ColorChoice::Never,
            };
            let configured = match (config.quiet, config.verbose) {
                (Some(true), _) => Verbosity::Quiet,
                (_, Some(true)) => Verbosity::Verbose,
                _ => Verbosity::Normal,
            };
            Terminal::new(colour, verbosity.unwrap_or(configured))
        };
        match config::load() {
            Ok(config) => Ok(Context { terminal: terminal(&config), config }),
            Err(error) => Err((terminal(&Config::default()), error)),
        }
    }

    /// `PATH`, for the programs that a function calls.
    #[expect(clippy::disallowed_methods, reason = "this is where the environment is read")]
    pub fn search_path(&self) -> Option<std::ffi::OsString> {
        std::env::var_os("PATH")
    }
}
