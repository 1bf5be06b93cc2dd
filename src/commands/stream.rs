//! From a template to the one typed stream that a command runs: judged first, as `validate` does, then lowered.

use std::path::{Path, PathBuf};
use std::sync::Arc;

#[cfg(feature = "simulate")]
use super::functions::{self, DeclaredFunction};
use super::inputs::{self, ValueArgs};
use super::template_text::{self, Read};
use super::{CommandError, CommandErrorKind, Context};
use super::{iceberg_tables, redshift_table, snowflake_table, table};
use crate::foundation::diagnostic::{Diagnostic, Severity};
use crate::foundation::document::{Node, Reference};
use crate::foundation::span::Source;
use crate::foundation::suggest::nearest;
use crate::model::delivery_stream::DeliveryStream;
use crate::model::format::Conversion;
use crate::model::lower::{self, Identity};
use crate::report::text;
use crate::rules::{self, Checks};
use crate::template::{Pseudo, Resource, Template, World, conditions, intrinsics, names};

/// The flags that say which stream.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct StreamArgs {
    /// The template, or `-` for standard input
    #[arg(value_name = "TEMPLATE")]
    pub template: Option<PathBuf>,
    /// The stream's logical id, where the template has several
    #[arg(long, value_name = "LOGICAL_ID")]
    stream: Option<String>,
    /// Go on in spite of error findings, where the stream can be read at all
    #[arg(long)]
    pub no_validate: bool,
    /// The values of the template
    #[command(flatten)]
    values: ValueArgs,
}

/// A stream that is ready to run.
pub struct Loaded {
    /// The stream.
    pub stream: DeliveryStream,
    /// Names that were made up, by logical id.
    pub made_up: Vec<(String, String)>,
    /// Settings that are read but change nothing here.
    pub not_applied: Vec<String>,
    /// The function that transforms its records.
    #[cfg(feature = "simulate")]
    pub function: Option<DeclaredFunction>,
    /// What it was read from.
    pub opened: Opened,
}

/// A stream that was read and judged, and whose values are known.
pub struct Opened {
    /// The template.
    pub template: Template,
    /// Where it was read from.
    pub path: PathBuf,
    /// Where it is known what the template's values are.
    pub world: World,
    /// `AWS::Region` and the like, with their defaults.
    pub pseudo: Pseudo,
    /// The stream's logical id.
    pub logical_id: String,
    /// Its `Properties`, resolved.
    pub properties: Node,
}

impl Opened {
    /// What the surroundings say about the stream.
    pub fn identity(&self) -> Identity {
        identity(&self.template, &self.world, &self.logical_id, &self.pseudo)
    }

    /// The names that were made up so far, by logical id.
    pub fn made_up(&self) -> Vec<(String, String)> {
        self.world.made_up.borrow().clone().into_iter().collect()
    }
}

/// Reads and judges the stream and resolves its properties. Error findings are shown on standard error.
pub fn open(context: &Context, args: &StreamArgs) -> Result<Opened, CommandError> {
    let path = inputs::template_path(context, args.template.clone())?;
    let mut template = read(context, &path)?;
    let supplied = args.values.supplied(&context.config)?;
    let supplied = args.values.fitting(context, &template, &supplied)?;
    template.supply(&supplied);
    let pseudo = args.values.pseudo_with_defaults(&context.config, &path);
    let wanted = args.stream.clone().or_else(|| context.config.stream.clone());
    if !args.no_validate {
        let checks = Checks {
            supplied: supplied.clone(),
            pseudo: args.values.pseudo(&context.config),
            ..Checks::default()
        };
        judge(context, &template, &checks, wanted.as_deref(), false)?;
    }
    let resource = choose(&template, wanted.as_deref())?;
    let world = conditions::deployed(&supplied, &pseudo);
    if let Some(condition) = resource.condition()
        && world.condition(&template, condition) == Some(false)
    {
        let message = format!(
            "`{}` does not exist with these parameters: its condition `{condition}` is false",
            resource.logical_id
        );
        return Err(CommandError::input(message).hint("give parameters with which it holds"));
    }
    let written = resource.properties().ok_or_else(|| {
        CommandError::input(format!(
            "{}: `{}` has no `Properties`",
            template.source.name, resource.logical_id
        ))
    })?;
    let properties = intrinsics::resolve(&template, &world, written)
        .ok_or_else(|| CommandError::input(format!("`{}` resolves to nothing", resource.logical_id)))?;
    let logical_id = resource.logical_id.to_string();
    Ok(Opened { template, path, world, pseudo, logical_id, properties })
}

/// Reads, judges and lowers the stream. Error findings are shown on standard error. `table` is a file with the table of a
/// format conversion.
pub fn load(context: &Context, args: &StreamArgs, table: Option<&Path>) -> Result<Loaded, CommandError> {
    let opened = open(context, args)?;
    let Opened { template, properties, .. } = &opened;
    let (conversion, unused) = conversion(context, &opened, table)?;
    let mut lowered = lower::lower(properties, opened.identity(), conversion);
    lowered.not_applied.extend(unused);
    let Some(mut stream) = lowered.stream else {
        return Err(refused(template, &lowered.problems));
    };
    iceberg_tables::attach(&opened, &mut stream, table, &mut lowered.not_applied)?;
    snowflake_table::attach(&mut stream, table, &mut lowered.not_applied)?;
    redshift_table::attach(context, &opened, &mut stream, table, &mut lowered.not_applied)?;
    #[cfg(feature = "simulate")]
    let function = {
        let folder = opened.path.parent().unwrap_or(Path::new(""));
        functions::declared(template, &opened.world, properties, folder)
    };
    Ok(Loaded {
        stream,
        made_up: opened.made_up(),
        not_applied: lowered.not_applied,
        #[cfg(feature = "simulate")]
        function,
        opened,
    })
}

/// A format conversion, and which of its settings change nothing.
type Converted = (Option<Arc<dyn Conversion>>, Vec<String>);

/// The format conversion that is switched on, and which of its settings change nothing.
fn conversion(context: &Context, opened: &Opened, file: Option<&Path>) -> Result<Converted, CommandError> {
    let Opened { template, world, pseudo, properties, .. } = opened;
    let block = properties
        .get("ExtendedS3DestinationConfiguration")
        .and_then(|destination| destination.get("DataFormatConversionConfiguration"))
        .filter(|block| block.get("Enabled").map_or(Some(true), Node::as_bool) != Some(false));
    let Some(block) = block else {
        // Tables of other destinations are read where the stream is.
        let own = [
            "IcebergDestinationConfiguration",
            "RedshiftDestinationConfiguration",
            "SnowflakeDestinationConfiguration",
        ];
        let has_own = own.iter().any(|name| properties.get(name).is_some());
        let unused = file.filter(|_| !has_own).map(|_| "`--table` (the stream converts nothing)".to_owned());
        return Ok((None, unused.into_iter().collect()));
    };
    let schema = block.get("SchemaConfiguration").unwrap_or(block);
    let name = schema.get("TableName").and_then(Node::as_text);
    let table = match (file, table::in_template(template, world, schema)) {
        (Some(file), _) => {
            let (table, note) = table::from_file(file, &table::Wanted::of(schema, world), pseudo)?;
            note.iter().for_each(|note| context.terminal.note(&format!("note: {note}")));
            table
        }
        (None, Some(Ok(table))) => table,
        (None, Some(Err(problems))) => return Err(refused(template, &problems)),
        (None, None) => {
            let message = format!("the template does not hold the table `{}`", name.unwrap_or_default());
            let problem = lower::Problem { message, span: schema.span };
            return Err(refused(template, &[problem]).hint(
                "name a file that does with `--table FILE`: CloudFormation, `aws glue get-table` JSON, DDL",
            ));
        }
    };
    converted(template, block, &table, pseudo)
}

#[cfg(feature = "columnar")]
fn converted(
    template: &Template,
    block: &Node,
    table: &crate::model::format::table::Table,
    pseudo: &Pseudo,
) -> Result<Converted, CommandError> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    crate::model::format::lower::lower(block, table, &text(&pseudo.account), &text(&pseudo.region))
        .map(|lowered| (Some(lowered.conversion), lowered.not_applied))
        .map_err(|problems| refused(template, &problems))
}

/// Without the feature, lowering refuses the block by name.
#[cfg(not(feature = "columnar"))]
fn converted(
    _: &Template,
    _: &Node,
    _: &crate::model::format::table::Table,
    _: &Pseudo,
) -> Result<Converted, CommandError> {
    Ok((None, Vec::new()))
}

/// Reads a template that holds a delivery stream. That a text can't be read is a finding, which is shown.
pub(super) fn read(context: &Context, path: &Path) -> Result<Template, CommandError> {
    let name = template_text::shown_name(path);
    match template_text::read_template(path)? {
        Read::Template(text) => Ok(Template::read(Source::new(name, text))),
        Read::Broken(why, before) => {
            let (source, finding) = template_text::broken(&name, why, before);
            Err(ended(context, &source, finding.iter()).hint("save it as text that can be read"))
        }
        Read::Other => {
            Err(CommandError::input(format!("{name} holds no {}", crate::template::DELIVERY_STREAM)))
        }
    }
}

/// Shows why a text can't be read as a template (FH001), and ends the command by that.
#[cfg(feature = "aws")]
pub(super) fn refuse_unreadable(context: &Context, template: &Template) -> Result<(), CommandError> {
    let checked = rules::check(template, &Checks::default());
    let unreadable: Vec<_> = checked.findings.iter().filter(|finding| finding.rule == "FH001").collect();
    if unreadable.is_empty() {
        return Ok(());
    }
    let error = ended(context, &rules::shown_source(template), unreadable.into_iter());
    Err(error.hint("mend the template"))
}

/// Shows findings on standard error, and ends the command by them.
fn ended<'a>(
    context: &Context,
    source: &Source,
    findings: impl Iterator<Item = &'a Diagnostic>,
) -> CommandError {
    let mut count = 0;
    for finding in findings {
        count += 1;
        context.terminal.error_line(&text::excerpt(source, finding, context.terminal.error_style()));
        context.terminal.error_line("");
    }
    let message = format!("{count} error finding{} in the template", if count == 1 { "" } else { "s" });
    CommandError::new(CommandErrorKind::Findings, message)
}

/// Shows the error findings, and ends the command if there are any. Findings of FH7xx, permissions, stop `deploy` only;
/// those of other streams do not stop this one.
pub(super) fn judge(
    context: &Context,
    template: &Template,
    checks: &Checks,
    stream: Option<&str>,
    deploys: bool,
) -> Result<(), CommandError> {
    let checked = rules::check(template, checks);
    let others: Vec<&str> = template
        .delivery_streams()
        .map(|resource| &*resource.logical_id)
        .filter(|id| stream.is_some_and(|stream| stream != *id))
        .collect();
    let stops = |finding: &&Diagnostic| {
        finding.severity == Severity::Error
            && (deploys || !finding.rule.starts_with("FH7"))
            && !finding.resource.as_deref().is_some_and(|resource| others.contains(&resource))
    };
    let errors: Vec<_> = checked.findings.iter().filter(stops).collect();
    if errors.is_empty() {
        return Ok(());
    }
    let error = ended(context, &rules::shown_source(template), errors.into_iter());
    Err(error.hint("mend the template, or go on all the same with `--no-validate`"))
}

/// The stream that is meant.
pub(super) fn choose<'a>(template: &'a Template, wanted: Option<&str>) -> Result<&'a Resource, CommandError> {
    let streams: Vec<&Resource> = template.delivery_streams().collect();
    let ids = || streams.iter().map(|resource| &*resource.logical_id).collect::<Vec<_>>();
    match (wanted, streams.as_slice()) {
        (_, []) => Err(CommandError::input(format!("{} has no delivery stream", template.source.name))),
        (None, [only]) => Ok(only),
        (None, _) => {
            let message = format!("{} has {} delivery streams", template.source.name, streams.len());
            Err(CommandError::usage(message).hint(format!("choose with `--stream`: {}", ids().join(", "))))
        }
        (Some(wanted), _) => {
            streams.iter().find(|resource| &*resource.logical_id == wanted).copied().ok_or_else(|| {
                let error = CommandError::usage(format!(
                    "{} has no delivery stream `{wanted}`",
                    template.source.name
                ));
                match nearest(wanted, ids()) {
                    Some(nearest) => error.hint(format!("did you mean `{nearest}`?")),
                    None => error.hint(format!("it has: {}", ids().join(", "))),
                }
            })
        }
    }
}

fn identity(template: &Template, world: &World, logical_id: &str, pseudo: &Pseudo) -> Identity {
    let reference = |attribute: Option<&str>| Reference {
        target: logical_id.into(),
        attribute: attribute.map(Into::into),
    };
    let value = |attribute| names::value(template, world, &reference(attribute)).unwrap_or_default();
    Identity {
        logical_id: logical_id.to_owned(),
        name: value(None),
        arn: value(Some("Arn")),
        region: pseudo.region.clone().unwrap_or_default(),
        account: pseudo.account.clone().unwrap_or_default(),
    }
}

pub(super) fn refused(template: &Template, problems: &[lower::Problem]) -> CommandError {
    let place = |problem: &lower::Problem| {
        let position = template.source.position(problem.span.start);
        format!("{}:{}:{}: {}", template.source.name, position.line, position.column, problem.message)
    };
    let mut error = CommandError::input(match problems {
        [first, ..] => place(first),
        [] => format!("{}: the stream can't be read", template.source.name),
    });
    error.hints.extend(problems.iter().skip(1).map(|problem| format!("also {}", place(problem))));
    error
}
