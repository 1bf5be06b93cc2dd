//! Tells what happens: lines and a progress bar for people, JSON lines for programs.

use crate::commands::{CommandError, Context};
use crate::deploy::DeployEvent;
use crate::deploy::stack::StackOutput;
use crate::foundation::timestamp::Timestamp;
use crate::report::terminal::Terminal;
use crate::report::{change_list, deploy_event, deployment};
use crate::template::secrets::{Secret, mask_message};

/// Where events go.
pub(in crate::commands) struct Listener {
    terminal: Terminal,
    is_json: bool,
    secrets: Vec<Secret>,
    bar: Option<indicatif::ProgressBar>,
    outputs: Vec<StackOutput>,
}

impl Listener {
    /// A listener for a command.
    pub(in crate::commands) fn new(context: &Context, is_json: bool, secrets: Vec<Secret>) -> Listener {
        Listener { terminal: context.terminal, is_json, secrets, bar: None, outputs: Vec::new() }
    }

    /// The outputs that were told.
    pub(in crate::commands) fn outputs(&self) -> &[StackOutput] {
        &self.outputs
    }

    /// Tells an event.
    pub(in crate::commands) fn tell(
        &mut self,
        event: &DeployEvent,
        at: Timestamp,
    ) -> Result<(), CommandError> {
        if let DeployEvent::Outputs(outputs) = event {
            self.outputs.clone_from(outputs);
        }
        if self.is_json {
            let mut value = deploy_event::value(event, at);
            self.mask(&mut value);
            return Ok(self.terminal.result(&format!("{value}\n"))?);
        }
        match event {
            DeployEvent::ChangeSet(summary) => {
                let text = change_list::text(summary, self.terminal.style());
                self.result(&text)?;
            }
            DeployEvent::Outputs(outputs) => {
                self.finish();
                let text = deployment::outputs(outputs, self.terminal.style());
                self.result(&text)?;
            }
            DeployEvent::Progress { done, total } => self.progress(*done, *total),
            DeployEvent::End(_) => self.finish(),
            event => {
                if let Some(line) = deployment::line(event, at, self.terminal.error_style()) {
                    let line = mask_message(&self.secrets, &line);
                    if matches!(event, DeployEvent::SmokeWait { .. }) {
                        self.finish();
                        self.terminal.note(&line);
                        self.spin();
                        return Ok(());
                    }
                    match &self.bar {
                        Some(bar) => bar.suspend(|| self.terminal.note(&line)),
                        None => self.terminal.note(&line),
                    }
                }
            }
        }
        Ok(())
    }

    fn result(&self, text: &str) -> Result<(), CommandError> {
        let text = mask_message(&self.secrets, text);
        Ok(self.terminal.result(&text)?)
    }

    fn progress(&mut self, done: usize, total: usize) {
        if !self.terminal.shows_progress() {
            return;
        }
        let bar = self.bar.get_or_insert_with(|| {
            let bar = indicatif::ProgressBar::new(total as u64);
            let style = indicatif::ProgressStyle::with_template("{bar:30} {pos}/{len} resources, {elapsed}");
            if let Ok(style) = style {
                bar.set_style(style);
            }
            bar
        });
        bar.set_position(done as u64);
        bar.tick();
    }

    /// Shows that something is waited for.
    fn spin(&mut self) {
        if !self.terminal.shows_progress() {
            return;
        }
        let bar = indicatif::ProgressBar::new_spinner();
        if let Ok(style) = indicatif::ProgressStyle::with_template("{spinner} waiting for {elapsed}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(std::time::Duration::from_millis(200));
        self.bar = Some(bar);
    }

    /// Takes the progress bar away.
    pub(in crate::commands) fn finish(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    fn mask(&self, value: &mut serde_json::Value) {
        match value {
            serde_json::Value::String(text) => *text = mask_message(&self.secrets, text),
            serde_json::Value::Array(items) => items.iter_mut().for_each(|item| self.mask(item)),
            serde_json::Value::Object(map) => map.iter_mut().for_each(|(_, value)| self.mask(value)),
            _ => {}
        }
    }
}
