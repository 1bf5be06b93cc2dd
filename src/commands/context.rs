//! What every command is given: the terminal and the settings of `firehose-kit.toml`.

use anstream::ColorChoice;

use super::CommandError;
use super::config::{self, Config};
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
    /// Finds and reads the configuration.
    pub fn new(colour: ColorChoice, verbosity: Verbosity) -> Result<Context, (Terminal, CommandError)> {
        let terminal = Terminal::new(colour, verbosity);
        match config::load() {
            Ok(config) => Ok(Context { terminal, config }),
            Err(error) => Err((terminal, error)),
        }
    }

    /// `PATH`, for the programs that a function calls.
    #[expect(clippy::disallowed_methods, reason = "this is where the environment is read")]
    pub fn search_path(&self) -> Option<std::ffi::OsString> {
        std::env::var_os("PATH")
    }
}
