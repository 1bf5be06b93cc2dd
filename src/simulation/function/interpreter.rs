//! Which interpreter runs a function: the one that its `Runtime` names where it is installed, else the usual one.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use super::{LocalFunction, StartError};

/// What a function is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Python,
    Node,
    /// A program that speaks the Runtime API itself.
    Program,
}

impl Language {
    /// The language of a `Runtime`; `None` where its functions can't be run here.
    pub fn of_runtime(runtime: &str) -> Option<Language> {
        match runtime {
            _ if runtime.starts_with("python") => Some(Language::Python),
            _ if runtime.starts_with("nodejs") => Some(Language::Node),
            _ if runtime.starts_with("provided") => Some(Language::Program),
            _ => None,
        }
    }
}

/// An interpreter that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Interpreter {
    /// The program itself, with all wrappers resolved.
    pub program: PathBuf,
    /// Its version.
    pub version: Version,
}

/// Major and minor number.
pub(super) type Version = (u32, u32);

/// Finds the interpreter, and says where its version is not the template's.
pub(super) fn find(
    function: &LocalFunction,
    language: Language,
) -> Result<(Interpreter, Option<String>), StartError> {
    choose(function, language, &|name| probe(name, language))
}

fn choose(
    function: &LocalFunction,
    language: Language,
    probe: &dyn Fn(&str) -> Option<Interpreter>,
) -> Result<(Interpreter, Option<String>), StartError> {
    let runtime = function.runtime.as_deref();
    let wanted = runtime.and_then(version_of_runtime);
    let (names, shown, oldest) = match language {
        Language::Node => (vec!["node".to_owned(), "nodejs".to_owned()], "Node.js", (18, 0)),
        _ => {
            let named = wanted.map(|(major, minor)| format!("python{major}.{minor}"));
            let usual = ["python3".to_owned(), "python".to_owned()];
            (named.into_iter().chain(usual).collect(), "Python", (3, 9))
        }
    };
    let mut too_old = None;
    for name in &names {
        match probe(name) {
            Some(found) if found.version >= oldest => {
                let differs = wanted.filter(|wanted| !same(*wanted, found.version, language));
                let warning = differs.map(|_| {
                    let (major, minor) = found.version;
                    let runtime = runtime.unwrap_or_default();
                    format!(
                        "function `{}` is for {runtime}; it runs with {shown} {major}.{minor}",
                        function.name
                    )
                });
                return Ok((found, warning));
            }
            Some(found) => too_old = too_old.or(Some(found)),
            None => {}
        }
    }
    let message = match too_old {
        Some(Interpreter { version: (major, minor), .. }) => {
            format!(
                "{shown} {major}.{minor} is too old to run it; {}.{} is the oldest that can",
                oldest.0, oldest.1
            )
        }
        None => format!("{shown} is not installed: there is no {} on the PATH", names.join(", no ")),
    };
    let hint = format!(
        "install {shown}, or run the function through an endpoint (`http://host:port`) or from `recorded:FILE`"
    );
    Err(StartError::new(&function.name, message).hint(hint))
}

fn same(wanted: Version, found: Version, language: Language) -> bool {
    match language {
        Language::Node => wanted.0 == found.0,
        _ => wanted == found,
    }
}

/// `python3.12` is (3, 12), `nodejs22.x` is (22, 0).
fn version_of_runtime(runtime: &str) -> Option<Version> {
    let digits = runtime.trim_start_matches(|c: char| !c.is_ascii_digit());
    let (major, minor) = digits.split_once('.')?;
    Some((major.parse().ok()?, if minor == "x" { 0 } else { minor.parse().ok()? }))
}

/// Asks a program for its own path and version. A wrapper (of a version manager, say) that has nothing behind it fails.
fn probe(name: &str, language: Language) -> Option<Interpreter> {
    let arguments: &[&str] = match language {
        Language::Node => &["-p", "process.execPath + '\\n' + process.versions.node"],
        _ => &["-I", "-S", "-c", "import sys; print(sys.executable); print('%d.%d' % sys.version_info[:2])"],
    };
    let output =
        Command::new(name).args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok().filter(|_| output.status.success())?;
    let mut lines = text.lines();
    let (program, version) = (PathBuf::from(lines.next()?), lines.next()?);
    let mut numbers = version.split('.').map(|number| number.parse().ok());
    let version = (numbers.next()??, numbers.next()??);
    program.is_absolute().then_some(Interpreter { program, version })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runtimes_have_versions_and_languages() {
        assert_eq!(version_of_runtime("python3.12"), Some((3, 12)));
        assert_eq!(version_of_runtime("nodejs22.x"), Some((22, 0)));
        assert_eq!(version_of_runtime("provided.al2023"), None);
        assert_eq!(Language::of_runtime("provided.al2023"), Some(Language::Program));
        assert_eq!(Language::of_runtime("java21"), None);
    }

    #[test]
    fn the_named_version_then_the_usual_one_then_none() {
        let function = |runtime: &str| LocalFunction {
            name: "f".to_owned(),
            arn: String::new(),
            region: String::new(),
            code: super::super::FunctionCode::Inline(String::new()),
            handler: None,
            runtime: Some(runtime.to_owned()),
            timeout: LocalFunction::DEFAULT_TIMEOUT,
            memory_mb: LocalFunction::DEFAULT_MEMORY_MB,
            environment: Vec::new(),
        };
        let installed = |programs: &'static [(&'static str, Version)]| {
            move |name: &str| {
                let (_, version) = programs.iter().find(|(known, _)| *known == name)?;
                Some(Interpreter { program: PathBuf::from("/bin").join(name), version: *version })
            }
        };
        let chosen = |runtime: &str, programs| {
            let language = Language::of_runtime(runtime).unwrap();
            let probe = installed(programs);
            choose(&function(runtime), language, &probe).map(|(found, warning)| (found.program, warning))
        };
        let both: &[_] = &[("python3", (3, 13)), ("python3.12", (3, 12))];
        assert_eq!(chosen("python3.12", both).unwrap(), ("/bin/python3.12".into(), None));
        let warning = "function `f` is for python3.11; it runs with Python 3.13".to_owned();
        assert_eq!(chosen("python3.11", both).unwrap(), ("/bin/python3".into(), Some(warning)));
        assert_eq!(chosen("nodejs22.x", &[("node", (22, 4))]).unwrap(), ("/bin/node".into(), None));
        assert!(chosen("nodejs22.x", &[("node", (20, 0))]).unwrap().1.unwrap().contains("Node.js 20.0"));
        let none = chosen("python3.12", &[]).unwrap_err();
        assert_eq!(
            none.message,
            "Python is not installed: there is no python3.12, no python3, no python on the PATH"
        );
        let old = chosen("nodejs22.x", &[("node", (16, 2))]).unwrap_err();
        assert_eq!(old.message, "Node.js 16.2 is too old to run it; 18.0 is the oldest that can");
    }

    #[test]
    fn python_is_found_and_nothing_is_not() {
        let found = probe("python3", Language::Python).expect("tests need Python 3");
        assert!(found.version >= (3, 9), "{found:?}");
        assert_eq!(probe("firehose-kit-has-no-such-interpreter", Language::Python), None);
        assert_eq!(probe("false", Language::Python), None);
    }
}
