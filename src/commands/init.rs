//! `init`: writes a starter into a folder, all of its files or none.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::json;

use super::{CommandError, Context, Outcome, exit};
use crate::foundation::suggest::nearest;
use crate::template::starters::{self, STARTERS, Starter};

/// Write a starter: a template, its samples and its settings
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  firehose-kit init\n  firehose-kit init s3-gzip\n  \
    firehose-kit init s3-partitioned --output orders --stack-name orders\n\n\
    In the folder, `firehose-kit validate` and `firehose-kit simulate` then work as they are.")]
pub struct Args {
    /// Which starter; without it, they are listed
    kind: Option<String>,
    /// The folder to write into, made where it is missing
    #[arg(short, long, value_name = "DIR", default_value = ".")]
    output: PathBuf,
    /// The name of the stack in firehose-kit.toml; the starter's own name without it
    #[arg(long, value_name = "NAME", value_parser = stack_name)]
    stack_name: Option<String>,
    /// Replace files that stand there already
    #[arg(long)]
    force: bool,
    /// How to say what there is, or what was written
    #[arg(long, default_value = "text", value_parser = ["text", "json"])]
    format: String,
}

/// What CloudFormation takes as the name of a stack.
fn stack_name(text: &str) -> Result<String, String> {
    let fits = text.len() <= 128
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if fits {
        Ok(text.to_owned())
    } else {
        Err("a stack's name is a letter, then at most 127 letters, digits and hyphens".to_owned())
    }
}

/// Runs the command.
pub fn run(context: &Context, args: Args) -> Outcome {
    let Some(kind) = &args.kind else {
        context.terminal.result(&list(&args.format))?;
        return Ok(exit::SUCCESS);
    };
    let Some(starter) = starters::named(kind) else {
        let error = CommandError::usage(format!("no starter is called `{kind}`"));
        let error = match suggestion(kind) {
            Some(name) => error.hint(format!("did you mean `{name}`?")),
            None => error,
        };
        return Err(error.hint("`firehose-kit init` lists them"));
    };
    let files = files(starter, args.stack_name.as_deref());
    let replaced = write(&args.output, &files, args.force)?;
    let text = match args.format.as_str() {
        "json" => {
            let files = files.iter().zip(&replaced).map(
                |((path, text), replaced)| json!({"path": path, "bytes": text.len(), "replaced": replaced}),
            );
            pretty(&json!({
                "version": 1,
                "starter": starter.name,
                "folder": args.output.to_string_lossy(),
                "stack_name": args.stack_name.as_deref().unwrap_or(starter.name),
                "files": files.collect::<Vec<_>>(),
            }))
        }
        _ => written(starter, &args.output, &files, &replaced),
    };
    context.terminal.result(&text)?;
    Ok(exit::SUCCESS)
}

fn pretty(value: &serde_json::Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

fn list(format: &str) -> String {
    if format == "json" {
        let starters = STARTERS.iter().map(|starter| {
            let files: Vec<_> = starter.files.iter().map(|file| file.path).collect();
            json!({"name": starter.name, "summary": starter.summary, "files": files})
        });
        return pretty(&json!({"version": 1, "starters": starters.collect::<Vec<_>>()}));
    }
    let width = STARTERS.iter().map(|starter| starter.name.len()).max().unwrap_or(0);
    let line = |starter: &Starter| format!("{:width$}  {}\n", starter.name, starter.summary);
    STARTERS.iter().map(line).collect::<String>() + "\nWrite one with `firehose-kit init KIND`.\n"
}

/// The nearest starter: by spelling, or the first that has the word in its name.
fn suggestion(wrong: &str) -> Option<&'static str> {
    let names = || STARTERS.iter().map(|starter| starter.name);
    let wrong = wrong.to_lowercase();
    let holds = |name: &&str| name.split('-').any(|part| part == wrong);
    nearest(&wrong, names()).or_else(|| names().find(holds))
}

/// The files to write: path and text.
fn files(starter: &Starter, stack_name: Option<&str>) -> Vec<(&'static str, String)> {
    let text = |file: &starters::StarterFile| match (file.path, stack_name) {
        ("firehose-kit.toml", Some(name)) => starter.settings_for_stack(name),
        _ => file.text.to_owned(),
    };
    starter.files.iter().map(|file| (file.path, text(file))).collect()
}

/// Writes all files or none, and says of each whether it took the place of another.
///
/// Everything is written beside its place first; only then do the files get their names, and a name that is taken in
/// the meantime is left alone too.
fn write(folder: &Path, files: &[(&str, String)], force: bool) -> Result<Vec<bool>, CommandError> {
    let taken: Vec<bool> =
        files.iter().map(|(path, _)| folder.join(path).symlink_metadata().is_ok()).collect();
    let standing: Vec<&str> =
        files.iter().zip(&taken).filter(|(_, taken)| **taken).map(|((path, _), _)| *path).collect();
    if !standing.is_empty() && !force {
        let message = format!("already in {}: {}; nothing was written", shown(folder), standing.join(", "));
        return Err(CommandError::input(message)
            .hint("write into another folder with `--output DIR`, or replace with `--force`"));
    }
    let mut undo = Undo::default();
    let wrong = |path: &Path, error: io::Error| {
        CommandError::input(format!("{}: {error}; nothing was written", path.display()))
    };
    let mut staged = Vec::new();
    for (path, text) in files {
        let target = folder.join(path);
        if target.is_dir() {
            return Err(wrong(&target, io::Error::other("a folder has this name")));
        }
        let parent = target.parent().unwrap_or(folder);
        undo.make_folders(parent).map_err(|error| wrong(parent, error))?;
        let name = path.rsplit('/').next().unwrap_or(path);
        let beside = parent.join(format!(".{name}.firehose-kit-new"));
        undo.stage(&beside, text).map_err(|error| wrong(&beside, error))?;
        staged.push((beside, target));
    }
    let mut placed = Vec::new();
    for ((beside, target), taken) in staged.into_iter().zip(&taken) {
        let outcome = if *taken { fs::rename(&beside, &target) } else { place(&beside, &target) };
        if let Err(error) = outcome {
            // What took the place of another file can't be undone, so it is named.
            return Err(match placed.is_empty() {
                true => wrong(&target, error),
                false => CommandError::input(format!(
                    "{}: {error}; replaced before that: {}",
                    target.display(),
                    placed.join(", ")
                )),
            });
        }
        match taken {
            true => placed.push(target.display().to_string()),
            false => undo.files.push(target),
        }
    }
    undo.keep();
    Ok(taken)
}

/// Gives a file its name, unless the name is taken by now.
fn place(beside: &Path, target: &Path) -> io::Result<()> {
    match fs::hard_link(beside, target) {
        Ok(()) => fs::remove_file(beside),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // A file system without links.
        Err(_) => fs::rename(beside, target),
    }
}

/// What was made so far; taken away when it is dropped, unless it is to be kept.
#[derive(Debug, Default)]
struct Undo {
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
}

impl Undo {
    fn make_folders(&mut self, folder: &Path) -> io::Result<()> {
        let missing: Vec<PathBuf> = folder
            .ancestors()
            .take_while(|path| !path.as_os_str().is_empty() && !path.exists())
            .map(Path::to_owned)
            .collect();
        for path in missing.into_iter().rev() {
            fs::create_dir(&path)?;
            self.folders.push(path);
        }
        Ok(())
    }

    fn stage(&mut self, path: &Path, text: &str) -> io::Result<()> {
        let mut file = fs::File::create_new(path)?;
        self.files.push(path.to_owned());
        file.write_all(text.as_bytes())?;
        file.sync_all()
    }

    fn keep(mut self) {
        self.files.clear();
        self.folders.clear();
    }
}

impl Drop for Undo {
    fn drop(&mut self) {
        // Best effort: a folder that somebody uses by now stays.
        for file in &self.files {
            let _ = fs::remove_file(file);
        }
        for folder in self.folders.iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}

fn shown(folder: &Path) -> String {
    if folder == Path::new(".") { "this folder".to_owned() } else { folder.display().to_string() }
}

fn written(starter: &Starter, folder: &Path, files: &[(&str, String)], replaced: &[bool]) -> String {
    let mut text = format!("{}: {}\n\n", starter.name, starter.summary);
    for ((path, _), replaced) in files.iter().zip(replaced) {
        let place = if folder == Path::new(".") { PathBuf::from(path) } else { folder.join(path) };
        text += &format!("  {} {}\n", if *replaced { "replaced" } else { "wrote" }, place.display());
    }
    text += "\nNext:\n";
    if folder != Path::new(".") {
        text += &format!("  cd {}\n", folder.display());
    }
    text += "  firehose-kit validate\n  firehose-kit simulate\n";
    let made_up: Vec<String> = starter.made_up().into_iter().map(|(name, _)| name).collect();
    if !made_up.is_empty() {
        text += &format!(
            "\nBefore `firehose-kit deploy`, put your own {} into firehose-kit.toml: what stands there is made up.\n",
            made_up.join(" and ")
        );
    }
    text
}
