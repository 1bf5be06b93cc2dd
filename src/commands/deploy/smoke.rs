//! `--smoke`: which stream is tried, and with which records. All that can be refused is refused before anything is deployed.

use std::path::Path;

use crate::commands::inputs::ValueArgs;
use crate::commands::{CommandError, Context, stream};
use crate::deploy::smoke::{self, Record, SmokePlan};
use crate::template::parameters::Supplied;
use crate::template::{Template, conditions, intrinsics};

/// Reads the records, and finds the stream that takes them.
pub(super) fn plan(
    context: &Context,
    file: &Path,
    stream: Option<&str>,
    template: Option<&Template>,
    values: (&ValueArgs, &Supplied),
) -> Result<SmokePlan, CommandError> {
    let template = template.ok_or_else(|| {
        CommandError::usage("`--smoke` needs the template: it says where the records should appear")
    })?;
    let wanted = stream.or(context.config.stream.as_deref());
    let resource = stream::choose(template, wanted)?;
    let logical_id = resource.logical_id.to_string();
    let world = conditions::deployed(values.1, &values.0.pseudo(&context.config));
    let properties = resource.properties().and_then(|node| intrinsics::resolve(template, &world, node));
    if let Some(source) = properties.as_ref().and_then(smoke::other_source) {
        let message = format!(
            "`--smoke` can't put records into `{logical_id}`: it reads them from its source ({source})"
        );
        return Err(CommandError::usage(message)
            .hint("put records into the source instead, and deploy without `--smoke`"));
    }
    Ok(SmokePlan { logical_id, records: read(file)? })
}

fn read(file: &Path) -> Result<Vec<Record>, CommandError> {
    let name = file.display();
    let wrong = |why: String| CommandError::input(format!("{name}: {why}"));
    let size = std::fs::metadata(file).map_err(|error| wrong(error.to_string()))?.len();
    if size > smoke::MOST_BYTES as u64 {
        return Err(wrong(format!("has {size} bytes: a trial takes {} at the most", smoke::MOST_BYTES)));
    }
    let bytes = std::fs::read(file).map_err(|error| wrong(error.to_string()))?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return Err(
            wrong("is compressed; `--smoke` takes a record a line".to_owned()).hint("unpack it first")
        );
    }
    smoke::records(&bytes).map_err(wrong)
}
