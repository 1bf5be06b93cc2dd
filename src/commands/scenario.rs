//! Scenario files as the commands meet them: settings between flags and configuration, paths seen from the current folder.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::CommandError;
use super::config::{Config, OneOrMany};
use crate::model::delivery_stream::DeliveryStream;
use crate::simulation::SimulationOptions;
use crate::simulation::function::spec;
use crate::simulation::scenario::Scenario;
use crate::simulation::trace::Selector;

/// Reads a scenario file.
pub fn read(path: &Path) -> Result<Scenario, CommandError> {
    Scenario::read(path).map_err(|error| {
        let refusal = CommandError::input(error.message);
        match error.hint {
            Some(hint) => refusal.hint(hint),
            None => refusal,
        }
    })
}

/// The configuration with the scenario's settings over it. Its paths are seen from the current folder.
pub fn settings(config: &Config, scenario: &Scenario, file: &Path) -> Config {
    let folder = file.parent().unwrap_or(Path::new(""));
    let here = |path: &PathBuf| folder.join(path);
    let mut all = config.clone();
    let below = |path: &PathBuf| config.path(path);
    all.folder = PathBuf::new();
    all.template = scenario.template.as_ref().map(here).or_else(|| config.template.as_ref().map(below));
    all.parameter_file =
        scenario.parameter_file.as_ref().map(here).or_else(|| config.parameter_file.as_ref().map(below));
    all.stream = scenario.stream.clone().or(all.stream);
    all.region = scenario.region.clone().or(all.region);
    all.account = scenario.account.clone().or(all.account);
    all.stack_name = scenario.stack_name.clone().or(all.stack_name);
    all.parameters.extend(scenario.parameters.clone());
    all.parameters_of_scenario = scenario.parameters.keys().cloned().collect();
    all.is_parameter_file_of_scenario = scenario.parameter_file.is_some();
    let simulate = &mut all.simulate;
    let inputs: Vec<PathBuf> = match &scenario.input[..] {
        [] => simulate.input.values().iter().map(below).collect(),
        input => input.iter().map(here).collect(),
    };
    simulate.input = OneOrMany::Many(inputs);
    simulate.output = simulate.output.as_ref().map(below);
    simulate.report = simulate.report.as_ref().map(below);
    simulate.input_format = scenario.input_format.clone().or(simulate.input_format.take());
    simulate.keep_newline = scenario.keep_newline.or(simulate.keep_newline);
    simulate.start = scenario.start.clone().or(simulate.start.take());
    if scenario.rate.is_some() || scenario.arrival.is_some() {
        (simulate.rate, simulate.arrival) = (scenario.rate.clone(), scenario.arrival.clone());
    }
    simulate.channels = scenario.channels.or(simulate.channels);
    simulate.shards = scenario.shards.or(simulate.shards);
    simulate.source_retention = scenario.source_retention.or(simulate.source_retention);
    simulate.active_partitions = scenario.active_partitions.or(simulate.active_partitions);
    let nearer = |own: &Option<PathBuf>, other: Option<&PathBuf>| {
        own.as_ref().map(here).or_else(|| other.map(|path| config.path(path)))
    };
    simulate.table = nearer(&scenario.table, simulate.table.as_ref());
    simulate.jsonpaths = nearer(&scenario.jsonpaths, simulate.jsonpaths.as_ref());
    // All paths are seen from the current folder from here on.
    for spec in simulate.function.values_mut() {
        *spec = spec::below(spec, &config.folder);
    }
    let own = scenario.function.iter().map(|(id, text)| (id.clone(), spec::below(text, folder)));
    simulate.function.extend(own);
    simulate.run_functions = scenario.run_functions.or(simulate.run_functions);
    simulate.seed = scenario.seed.or(simulate.seed);
    all
}

/// Adds a folder for the rows of converted objects to a run, where an expectation of the scenario may ask for them. It is
/// taken away when dropped.
pub fn keep_rows(
    options: &mut SimulationOptions,
    scenario: &Scenario,
    stream: &DeliveryStream,
) -> Result<Option<TempDir>, CommandError> {
    let is_converted = stream.destination.processing().conversion.is_some();
    if !is_converted || !scenario.expectations().any(|(expect, _)| expect.needs_bodies()) {
        return Ok(None);
    }
    let folder = tempfile::Builder::new().prefix("firehose-kit-rows-").tempdir().map_err(|error| {
        CommandError::input(format!("no folder can be made in {}: {error}", std::env::temp_dir().display()))
    })?;
    options.rows = Some(folder.path().to_owned());
    Ok(Some(folder))
}

/// Adds what the scenario does to a run, and which records its expectations follow.
pub fn apply(options: &mut SimulationOptions, scenario: &Scenario) -> Result<(), CommandError> {
    options.script = scenario.script();
    let records = scenario.expectations().filter_map(|(expect, _)| expect.record.as_ref());
    let selectors: Result<Vec<Selector>, String> = records.map(|record| record.selector()).collect();
    options.watch.selectors = selectors.map_err(CommandError::input)?;
    Ok(())
}
