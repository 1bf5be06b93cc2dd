//! `simulate --report`: gathers what the page shows, and writes it so that nothing half-written has its name.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::render::{self, settings};
use super::result_file::ResultFile;
use super::stream::Loaded;
use super::{CommandError, CommandErrorKind, Context};
use crate::model::lower::lanes;
use crate::report::page::{self, Page};
use crate::report::render::Setting;
use crate::simulation::Simulation;
use crate::simulation::expectations::Verdict;
use crate::simulation::report::SimulationReport;
use crate::template::secrets::{self, Secret};

/// What the page shows of the template, gathered before the run takes the stream.
pub struct Sheet {
    file: PathBuf,
    destination: String,
    processors: Vec<String>,
    settings: Vec<Setting>,
    made_up: Vec<(String, String)>,
    not_applied: Vec<String>,
    secrets: Vec<Secret>,
    hidden: Vec<String>,
}

impl Sheet {
    /// Gathers it, and refuses a file that can't be written, before a long run. `output` is the folder that the run makes.
    ///
    /// # Errors
    /// When the file's folder does not exist, or the file is a folder.
    pub fn new(file: PathBuf, loaded: &Loaded, output: Option<&Path>) -> Result<Sheet, CommandError> {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        let shown = file.display();
        if file.is_dir() || file.file_name().is_none() {
            return Err(CommandError::usage(format!("the report `{shown}` is a folder"))
                .hint("name a file, such as `report.html`"));
        }
        // The output folder is made by the run.
        if folder.is_none_or(|folder| folder.is_dir() || Some(folder) != output)
            && let ResultFile::Regular(target) = ResultFile::at(&file)?
            && !is_free(&target)
        {
            return Err(CommandError::usage(format!("{shown} exists and is no report page"))
                .hint("name another file with `--report`"));
        }
        let opened = &loaded.opened;
        let (kind, block) = lanes::destination(&opened.properties)
            .ok_or_else(|| CommandError::input("the stream has no destination"))?;
        // Settings of two blocks that are the same setting are told once.
        let mut not_applied: Vec<String> = Vec::new();
        for setting in &loaded.not_applied {
            if !not_applied.contains(setting) {
                not_applied.push(setting.clone());
            }
        }
        Ok(Sheet {
            file,
            destination: kind.to_owned(),
            processors: settings::processors(block),
            settings: settings::settings(opened, kind, block),
            made_up: loaded.made_up.clone(),
            not_applied,
            secrets: crate::rules::secrets(&opened.template),
            hidden: render::hidden_values(opened),
        })
    }

    /// Whether the page goes to standard output, where no other result can go then.
    pub fn is_for_standard_output(&self) -> bool {
        self.file == Path::new("-")
    }

    /// Writes the page of a run.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn write(
        &self,
        context: &Context,
        simulation: &Simulation,
        report: &SimulationReport,
        expectations: Option<&[Verdict]>,
    ) -> Result<(), CommandError> {
        let mask =
            |text: &str| render::hide_no_echo(&self.hidden, secrets::mask_message(&self.secrets, text));
        let html = page::html(&Page {
            simulation,
            report,
            destination: &self.destination,
            processors: &self.processors,
            settings: &self.settings,
            made_up: &self.made_up,
            not_applied: &self.not_applied,
            expectations,
            mask: &mask,
        });
        let written = ResultFile::at(&self.file).and_then(|file| file.write(context, html.as_bytes()));
        written.map_err(|error| match error.kind {
            CommandErrorKind::ClosedPipe => error,
            _ => error.hint("the run itself is complete; name another file with `--report`"),
        })?;
        if self.is_for_standard_output() {
            return Ok(());
        }
        context.terminal.note(&format!("note: the report page is {}", self.file.display()));
        Ok(())
    }
}

/// Whether nothing is lost when a page is written here: absent, empty, or an earlier page.
fn is_free(file: &Path) -> bool {
    let mut start = Vec::new();
    match fs::File::open(file) {
        Ok(open) => match open.take(4_096).read_to_end(&mut start) {
            Ok(_) => start.is_empty() || page::is_one(&String::from_utf8_lossy(&start)),
            Err(_) => false,
        },
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    }
}
