//! Standard output and standard error: the only file that writes to them.

use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};

use super::Style;

/// What the user wants to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors only.
    Quiet,
    /// Notes too.
    Normal,
    /// Explanations too.
    Verbose,
}

/// The two streams with their colours, width and verbosity.
#[derive(Debug, Clone, Copy)]
pub struct Terminal {
    colour: ColorChoice,
    /// What the user wants to see on standard error.
    pub verbosity: Verbosity,
}

impl Terminal {
    /// A terminal; `colour` is what `--color` says.
    pub fn new(colour: ColorChoice, verbosity: Verbosity) -> Terminal {
        Terminal { colour, verbosity }
    }

    /// How results on standard output look.
    pub fn style(&self) -> Style {
        Style { colour: self.has_colour(&io::stdout()), width: width() }
    }

    /// How messages on standard error look.
    pub fn error_style(&self) -> Style {
        Style { colour: self.has_colour(&io::stderr()), width: width() }
    }

    fn has_colour(&self, stream: &impl anstream::stream::RawStream) -> bool {
        match self.colour {
            ColorChoice::Auto => AutoStream::choice(stream) != ColorChoice::Never,
            ColorChoice::Never => false,
            _ => true,
        }
    }

    /// Writes results to standard output.
    pub fn result(&self, text: &str) -> io::Result<()> {
        let mut out = AutoStream::new(io::stdout().lock(), self.choice(self.style().colour));
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    /// Writes bytes to standard output as they are.
    pub fn result_bytes(&self, bytes: &[u8]) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(bytes)?;
        out.flush()
    }

    /// A line on standard error, unless quiet.
    pub fn note(&self, text: &str) {
        if self.verbosity >= Verbosity::Normal {
            self.error_line(text);
        }
    }

    /// A line on standard error with `-v`.
    pub fn detail(&self, text: &str) {
        if self.verbosity >= Verbosity::Verbose {
            self.error_line(text);
        }
    }

    /// A line on standard error, always.
    pub fn error_line(&self, text: &str) {
        let mut out = AutoStream::new(io::stderr().lock(), self.choice(self.error_style().colour));
        // Nobody is left to be told that standard error is gone.
        let _ = writeln!(out, "{text}");
    }

    fn choice(&self, colour: bool) -> ColorChoice {
        if colour { ColorChoice::AlwaysAnsi } else { ColorChoice::Never }
    }

    /// Whether somebody can be asked: standard input and standard error are terminals.
    pub fn can_ask(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// A question on standard error, without a line end.
    pub fn ask(&self, text: &str) {
        let mut out = AutoStream::new(io::stderr().lock(), self.choice(self.error_style().colour));
        let _ = write!(out, "{text} ").and_then(|()| out.flush());
    }

    /// Whether progress is shown: standard error is a terminal and the user wants notes.
    pub fn shows_progress(&self) -> bool {
        self.verbosity >= Verbosity::Normal && io::stderr().is_terminal()
    }
}

/// The columns of the terminal; 140 where there is none.
fn width() -> usize {
    terminal_size::terminal_size().map_or(140, |(width, _)| usize::from(width.0)).max(40)
}
