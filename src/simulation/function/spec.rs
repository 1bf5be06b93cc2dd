//! `ID=SPEC` of `--function`: which way a function runs.

use std::path::{Path, PathBuf};

/// A SPEC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spec {
    /// A folder, zip file, source file or program, with the handler if one is named.
    Path {
        /// Where it is.
        path: PathBuf,
        /// What stands behind the `:`.
        handler: Option<String>,
    },
    /// `http://host:port`: `host:port`.
    Endpoint(String),
    /// `arn:...`: a function in AWS.
    Arn(FunctionArn),
    /// `recorded:FILE`.
    Recorded(PathBuf),
    /// The template's own `ZipFile` or `InlineCode`.
    Inline,
    /// Records pass unchanged.
    Skip,
}

/// The ARN of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionArn {
    /// All of it.
    pub text: String,
    /// Such as `aws` or `aws-cn`.
    pub partition: String,
    /// The Region that the function is in.
    pub region: String,
}

impl FunctionArn {
    /// Reads `arn:PARTITION:lambda:REGION:ACCOUNT:function:NAME`, a version or alias behind it or not.
    fn of(text: &str) -> Option<FunctionArn> {
        let parts: Vec<&str> = text.split(':').collect();
        let (["arn", partition, "lambda", region, account, "function", name], rest) =
            parts.split_at_checked(7)?
        else {
            return None;
        };
        let is_word = |text: &&str| {
            !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_$".contains(c))
        };
        let fits = [partition, region, account, name].into_iter().chain(rest).all(is_word) && rest.len() <= 1;
        fits.then(|| FunctionArn {
            text: text.to_owned(),
            partition: (*partition).to_owned(),
            region: (*region).to_owned(),
        })
    }
}

/// Why a SPEC can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SpecError {
    /// Why.
    pub message: String,
    /// What to do.
    pub hint: &'static str,
}

/// Reads `ID=SPEC`; relative paths are seen from `base`.
///
/// # Errors
/// When it has not that form, or names a way that this version has not got.
pub fn parse_pair(text: &str, base: &Path) -> Result<(String, Spec), SpecError> {
    const HINT: &str = "write `--function MyFunction=src/:app.handler`, with the function's logical id";
    match text.split_once('=') {
        Some((id, spec)) if !id.is_empty() && !id.contains(['/', ':']) => {
            Ok((id.to_owned(), parse(spec, base)?))
        }
        _ => Err(SpecError { message: format!("`--function {text}` is not ID=SPEC"), hint: HINT }),
    }
}

/// Reads a SPEC; relative paths are seen from `base`.
///
/// # Errors
/// When it names a way that this version has not got.
pub fn parse(text: &str, base: &Path) -> Result<Spec, SpecError> {
    let refused = |message: String, hint| Err(SpecError { message, hint });
    match text {
        "" => {
            return refused(
                "a function's SPEC is empty".to_owned(),
                "give a folder, file or zip, `http://host:port`, `arn:...`, `recorded:FILE`, `inline` or `skip`",
            );
        }
        "inline" => return Ok(Spec::Inline),
        "skip" => return Ok(Spec::Skip),
        _ => {}
    }
    if let Some(file) = text.strip_prefix("recorded:") {
        return match file {
            "" => refused("`recorded:` names no file".to_owned(), "write `recorded:FILE`"),
            file => Ok(Spec::Recorded(base.join(file))),
        };
    }
    if let Some(rest) = text.strip_prefix("http://") {
        let authority = rest.trim_end_matches('/');
        let is_plain = !authority.is_empty()
            && authority.chars().all(|c| c.is_ascii_alphanumeric() || "-._:[]".contains(c));
        return match is_plain {
            true => Ok(Spec::Endpoint(match has_port(authority) {
                true => authority.to_owned(),
                false => format!("{authority}:80"),
            })),
            false => refused(format!("`{text}` is not `http://host:port`"), "leave path and user out"),
        };
    }
    if text.starts_with("https://") {
        return refused(
            format!("`{text}`: this version calls functions over plain http only"),
            "name an emulator's `http://host:port`, or run the code with a folder or zip",
        );
    }
    if text.starts_with("arn:") {
        return match FunctionArn::of(text) {
            Some(arn) => Ok(Spec::Arn(arn)),
            None => refused(
                format!("`{text}` is not the ARN of a function"),
                "write `arn:aws:lambda:REGION:ACCOUNT:function:NAME`, and its version or alias where that matters",
            ),
        };
    }
    Ok(path(text, base))
}

/// The same SPEC, seen from one folder further out: relative paths start with `folder` then.
pub fn below(text: &str, folder: &Path) -> String {
    let path = |text: &str| folder.join(text).to_string_lossy().into_owned();
    match parse(text, folder) {
        Ok(Spec::Path { .. }) => path(text),
        Ok(Spec::Recorded(path)) => format!("recorded:{}", path.to_string_lossy()),
        Ok(Spec::Endpoint(_) | Spec::Arn(_) | Spec::Inline | Spec::Skip) | Err(_) => text.to_owned(),
    }
}

/// Whether `host:port` or `[v6]:port` has a port.
fn has_port(authority: &str) -> bool {
    let rest = authority.rsplit(']').next().unwrap_or(authority);
    rest.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok())
}

/// A path, with a handler behind the last `:`. Something that exists by its whole name is taken whole.
fn path(text: &str, base: &Path) -> Spec {
    let whole = base.join(text);
    match text.rsplit_once(':') {
        Some((path, handler)) if !path.is_empty() && !handler.is_empty() && !whole.exists() => {
            Spec::Path { path: base.join(path), handler: Some(handler.to_owned()) }
        }
        _ => Spec::Path { path: whole, handler: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_a_spec() {
        let spec = |text: &str| parse(text, Path::new("base")).unwrap();
        let path = |path: &str, handler: Option<&str>| Spec::Path {
            path: Path::new("base").join(path),
            handler: handler.map(str::to_owned),
        };
        assert_eq!(spec("inline"), Spec::Inline);
        assert_eq!(spec("skip"), Spec::Skip);
        assert_eq!(spec("recorded:a.jsonl"), Spec::Recorded("base/a.jsonl".into()));
        assert_eq!(spec("http://127.0.0.1:3001/"), Spec::Endpoint("127.0.0.1:3001".into()));
        assert_eq!(spec("http://[::1]"), Spec::Endpoint("[::1]:80".into()));
        let text = "arn:aws-cn:lambda:cn-north-1:444455556666:function:f:live";
        let arn = FunctionArn {
            text: text.to_owned(),
            partition: "aws-cn".to_owned(),
            region: "cn-north-1".to_owned(),
        };
        assert_eq!(spec(text), Spec::Arn(arn));
        assert_eq!(spec("src/"), path("src/", None));
        assert_eq!(spec("src/:app.handler"), path("src/", Some("app.handler")));
        assert_eq!(spec("f.zip:pkg/app.handler"), path("f.zip", Some("pkg/app.handler")));
    }

    #[test]
    fn what_is_not_there_is_refused_by_name() {
        for (text, part) in [
            ("arn:aws:lambda:eu-west-1:1:function", "is not the ARN of a function"),
            ("arn:aws:iam:eu-west-1:1:function:f", "is not the ARN of a function"),
            ("arn:aws:lambda:eu-west-1:1:function:f/../x", "is not the ARN of a function"),
            ("https://x", "plain http only"),
            ("recorded:", "names no file"),
            ("http://a/b", "is not `http://host:port`"),
            ("", "is empty"),
        ] {
            let error = parse(text, Path::new("")).unwrap_err();
            assert!(error.message.contains(part), "{error}");
        }
        assert!(parse_pair("src/:app.handler", Path::new("")).is_err());
        assert_eq!(parse_pair("F=skip", Path::new("")), Ok(("F".to_owned(), Spec::Skip)));
    }
}
