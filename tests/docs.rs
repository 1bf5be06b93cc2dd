//! The documentation stays true: what it shows of the program is what the program writes, and its links lead somewhere.
//!
//! `<!-- run: KIND -->` before a fenced block says that its lines with `$ ` are run in a folder that `init KIND` made
//! (`empty` for an empty one), and that the rest is what they write. Blocks of one page with one KIND share a folder.
//! `quiet` leaves out standard error, `first N` cuts after N lines of output. `<!-- file: KIND NAME -->` before a block
//! puts the block into that folder as a file. `UPDATE_DOCS=1 cargo test --features columnar --test docs` writes the
//! blocks anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// README and the pages of the book; pages of rules are generated and tested elsewhere.
fn pages() -> Vec<PathBuf> {
    let mut found =
        vec![root().join("README.md"), root().join("CONTRIBUTING.md"), root().join("CHANGELOG.md")];
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "md") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn name(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/")
}

/// The lines of a page that are not in fenced blocks.
fn prose(text: &str) -> Vec<&str> {
    let mut is_code = false;
    let is_prose = |line: &&str| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    };
    text.lines().filter(is_prose).collect()
}

/// The anchors of a page, as GitHub makes them of headings.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut found = BTreeMap::<String, u32>::new();
    let mut all = BTreeSet::new();
    for line in prose(text).into_iter().filter(|line| line.starts_with('#')) {
        let heading = line.trim_start_matches('#').trim().to_lowercase();
        let slug: String = heading
            .chars()
            .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
            .map(|c| if c == ' ' { '-' } else { c })
            .collect();
        let before = found.entry(slug.clone()).or_default();
        all.insert(if *before == 0 { slug } else { format!("{slug}-{before}") });
        *before += 1;
    }
    all
}

/// The targets of the links of a line, those inside `code` left out.
fn links(line: &str) -> Vec<String> {
    let outside: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
    let targets = outside.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.map(|target| target.split(' ').next().unwrap_or("").to_owned()).collect()
}

/// A relative link as a path of the repository.
fn target(page: &Path, link: &str) -> PathBuf {
    let mut path = page.parent().unwrap().to_owned();
    for part in Path::new(link).components() {
        match part {
            Component::ParentDir => drop(path.pop()),
            Component::CurDir => {}
            part => path.push(part),
        }
    }
    path
}

#[test]
fn every_link_leads_somewhere() {
    let mut wrong = Vec::new();
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        let links = prose(&text).into_iter().flat_map(links);
        for link in links.filter(|link| !link.contains("://") && !link.starts_with("mailto:")) {
            let (file, anchor) = link.split_once('#').map_or((&*link, None), |(file, at)| (file, Some(at)));
            let path = if file.is_empty() { page.clone() } else { target(&page, file) };
            if !path.exists() {
                wrong.push(format!("{}: {link} does not exist", name(&page)));
            } else if let Some(anchor) = anchor
                && !anchors(&fs::read_to_string(&path).unwrap_or_default()).contains(anchor)
            {
                wrong.push(format!("{}: {link} has no such heading", name(&page)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_contents_lead_to_every_page() {
    let contents = root().join("docs/README.md");
    let text = fs::read_to_string(&contents).unwrap();
    let linked: Vec<PathBuf> = prose(&text)
        .into_iter()
        .flat_map(links)
        .filter(|link| !link.contains("://"))
        .map(|link| target(&contents, link.split('#').next().unwrap()))
        .collect();
    // A folder stands for its pages, and the contents of a folder too.
    let leads_to = |page: &PathBuf| {
        linked.iter().any(|known| {
            let folder = if known.ends_with("README.md") { known.parent().unwrap() } else { known };
            let is_part = folder != root() && folder != root().join("docs");
            known == page || (is_part && folder.is_dir() && page.starts_with(folder))
        })
    };
    let lost: Vec<String> =
        pages().iter().filter(|page| !leads_to(page) && **page != contents).map(|page| name(page)).collect();
    assert!(lost.is_empty(), "docs/README.md does not lead to {lost:?}");
}

#[cfg(all(unix, feature = "columnar"))]
mod shown {
    use super::*;
    use std::os::unix::fs::symlink;
    use std::process::{Command, Stdio};

    /// What a comment before a block asks for.
    #[derive(Debug)]
    struct Wanted {
        folder: String,
        is_quiet: bool,
        first: Option<usize>,
        file: Option<String>,
    }

    fn wanted(line: &str) -> Option<Wanted> {
        let comment = line.strip_prefix("<!-- ")?.strip_suffix(" -->")?;
        let (what, rest) = comment.split_once(": ")?;
        let mut words = rest.split(", ");
        let first = words.next()?;
        match what {
            "file" => {
                let (folder, file) = first.split_once(' ')?;
                let (folder, file) = (folder.to_owned(), Some(file.to_owned()));
                Some(Wanted { folder, is_quiet: false, first: None, file })
            }
            "run" => {
                let mut wanted =
                    Wanted { folder: first.to_owned(), is_quiet: false, first: None, file: None };
                for word in words {
                    match word.strip_prefix("first ") {
                        Some(count) => wanted.first = Some(count.parse().unwrap()),
                        None if word == "quiet" => wanted.is_quiet = true,
                        None => panic!("{line}: `{word}`"),
                    }
                }
                Some(wanted)
            }
            _ => None,
        }
    }

    /// A shell in which `firehose-kit` is ours and nothing of this machine has a part.
    fn shell(tools: &Path, folder: &Path, command: &str, is_quiet: bool) -> String {
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", tools.display());
        let all = if is_quiet { command.to_owned() } else { format!("exec 2>&1; {command}") };
        let output = Command::new("sh")
            .args(["-c", &all])
            .env_clear()
            .env("PATH", path)
            .env("LC_ALL", "C.UTF-8")
            .current_dir(folder)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// The page with its blocks as they should be.
    fn written_anew(text: &str, tools: &Path) -> String {
        let base = tempfile::tempdir().unwrap();
        let mut made = BTreeSet::new();
        let mut page = String::new();
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            page += &format!("{line}\n");
            let Some(wanted) = wanted(line) else { continue };
            let folder = base.path().join(&wanted.folder);
            if made.insert(wanted.folder.clone()) {
                fs::create_dir(&folder).unwrap();
                if wanted.folder != "empty" {
                    let said = shell(tools, &folder, &format!("firehose-kit init {}", wanted.folder), false);
                    assert!(folder.join("template.yaml").exists(), "{said}");
                }
            }
            let fence = lines.next().unwrap_or_else(|| panic!("no block after {line}"));
            assert!(fence.starts_with("```"), "no block after {line}");
            page += &format!("{fence}\n");
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            if let Some(file) = &wanted.file {
                let content: String = block.iter().map(|line| format!("{line}\n")).collect();
                fs::write(folder.join(file), &content).unwrap();
                page += &content;
            } else {
                let commands: Vec<&str> = block.iter().filter_map(|line| line.strip_prefix("$ ")).collect();
                for (at, command) in commands.iter().enumerate() {
                    if at > 0 {
                        page.push('\n');
                    }
                    page += &format!("$ {command}\n");
                    let output = shell(tools, &folder, command, wanted.is_quiet);
                    let output = output.trim_end_matches('\n');
                    let all: Vec<&str> =
                        if output.is_empty() { Vec::new() } else { output.lines().collect() };
                    let count = wanted.first.unwrap_or(all.len());
                    for line in all.iter().take(count) {
                        page += &format!("{}\n", line.trim_end());
                    }
                    if all.len() > count {
                        page += "...\n";
                    }
                }
            }
            page += "```\n";
        }
        page
    }

    #[test]
    fn what_is_shown_is_what_the_program_writes() {
        let tools = tempfile::tempdir().unwrap();
        symlink(env!("CARGO_BIN_EXE_firehose-kit"), tools.path().join("firehose-kit")).unwrap();
        let is_update = updates();
        let mut stale = Vec::new();
        for page in pages() {
            let text = fs::read_to_string(&page).unwrap();
            if !text.contains("<!-- run: ") {
                continue;
            }
            let anew = written_anew(&text, tools.path());
            if anew == text {
                continue;
            }
            if is_update {
                fs::write(&page, anew).unwrap();
            } else {
                let changes = similar::TextDiff::from_lines(&text, &anew);
                stale.push(changes.unified_diff().header(&name(&page), "what is written now").to_string());
            }
        }
        assert!(
            stale.is_empty(),
            "{}\nUPDATE_DOCS=1 cargo test --features columnar --test docs writes the pages anew",
            stale.join("\n")
        );
    }

    #[expect(clippy::disallowed_methods, reason = "asked for by who runs the test")]
    fn updates() -> bool {
        std::env::var_os("UPDATE_DOCS").is_some()
    }
}
