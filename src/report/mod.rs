//! Values to text. Every format is one file; only [`terminal`] writes to the screen.

#[cfg(feature = "aws")]
mod after_deployment;
#[cfg(feature = "aws")]
pub mod change_list;
#[cfg(feature = "aws")]
pub mod deploy_event;
#[cfg(feature = "aws")]
pub mod deployment;
#[cfg(feature = "simulate")]
pub mod expectations;
pub mod github;
pub mod json;
pub mod junit;
#[cfg(feature = "simulate")]
pub mod page;
pub mod render;
pub mod rule_page;
pub mod sarif;
#[cfg(feature = "simulate")]
pub mod simulation;
pub mod terminal;
pub mod text;

use std::io;

use crate::foundation::diagnostic::{Diagnostic, Severity};
use crate::foundation::span::Source;

/// The findings of one file.
#[derive(Debug)]
pub struct FileFindings {
    /// The file as shown: secrets are masked, places are the same.
    pub source: Source,
    /// Its findings, in order.
    pub findings: Vec<Diagnostic>,
}

/// Counts over a whole run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Summary {
    /// Templates that were checked.
    pub files: usize,
    /// Files that are no templates with a delivery stream.
    pub skipped: usize,
    /// Delivery streams.
    pub streams: usize,
    /// Findings that were suppressed.
    pub suppressed: usize,
}

/// All that a reporter writes about.
#[derive(Debug, Default)]
pub struct FindingsReport {
    /// The files, in the order they were given.
    pub files: Vec<FileFindings>,
    /// The counts.
    pub summary: Summary,
}

impl FindingsReport {
    /// How many findings have a severity.
    pub fn count(&self, severity: Severity) -> usize {
        let findings = self.files.iter().flat_map(|file| &file.findings);
        findings.filter(|finding| finding.severity == severity).count()
    }

    /// The worst severity found.
    pub fn worst(&self) -> Option<Severity> {
        self.files.iter().flat_map(|file| &file.findings).map(|finding| finding.severity).max()
    }
}

/// How a reporter writes.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// With ANSI colours.
    pub colour: bool,
    /// Columns of the terminal.
    pub width: usize,
}

/// A format of findings.
pub trait Reporter: Sync {
    /// The name that `--format` takes.
    fn name(&self) -> &'static str;
    /// Writes a report. Errors are those of `out`.
    fn write(&self, report: &FindingsReport, style: Style, out: &mut dyn io::Write) -> io::Result<()>;
}

/// The registry of formats.
pub const REPORTERS: &[&dyn Reporter] =
    &[&text::Text, &json::Json, &sarif::Sarif, &junit::Junit, &github::Github];

/// A format by its name.
pub fn find(name: &str) -> Option<&'static dyn Reporter> {
    REPORTERS.iter().copied().find(|reporter| reporter.name() == name)
}
