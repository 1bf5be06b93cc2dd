//! What is told of a function's process: the folders of this machine as Lambda names them, and why it ended.

use std::path::Path;

use super::{Words, process::Ended};

/// The folders that a function was given, by the names that they have in Lambda: what is told is the same in every run.
#[derive(Debug)]
pub(super) struct Folders(Vec<(String, &'static str)>);

impl Folders {
    /// The folder that was made for a function, with `code`, `runtime` and `tmp` inside.
    pub fn of(folder: &Path) -> Folders {
        let mut names = vec![folder.to_string_lossy().into_owned()];
        // A path that leads through links is written without them by some.
        names.extend(folder.canonicalize().map(|path| path.to_string_lossy().into_owned()));
        names.extend(names.clone().iter().map(|name| in_url(name)));
        // One may be the end of another.
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        names.dedup();
        let parts = [("/code", "/var/task"), ("/runtime", "/var/runtime"), ("/tmp", "/tmp")];
        let of_name = |name: String| parts.map(|(part, known)| (format!("{name}{part}"), known));
        Folders(names.into_iter().flat_map(of_name).collect())
    }

    /// A text with Lambda's names.
    pub fn renamed(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, known) in &self.0 {
            if text.contains(name.as_str()) {
                text = text.replace(name, known);
            }
        }
        text
    }
}

/// A path as it stands in `file://` addresses.
fn in_url(path: &str) -> String {
    let escaped = path.bytes().map(|byte| match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'/' | b'-' | b'_' | b'.' | b'~' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    });
    escaped.collect()
}

/// What a process that had no memory left writes last: V8, C++, Rust, Go, the C library.
const OUT_OF_MEMORY: [&str; 4] =
    ["out of memory", "std::bad_alloc", "memory allocation of", "annot allocate memory"];

/// Lambda's own error document for a process that ended in the middle of a call.
pub(super) fn exit_error(ended: Ended, request_id: &str, stderr: &Words, memory_mb: u32) -> Vec<u8> {
    let is_out_of_memory =
        ended != Ended::Exited(0) && OUT_OF_MEMORY.iter().any(|words| stderr.contains(words));
    let why = match ended {
        Ended::Exited(0) => "Runtime exited without providing a reason".to_owned(),
        Ended::Exited(code) => format!("Runtime exited with error: exit status {code}"),
        Ended::Killed(signal) => format!("Runtime exited with error: signal: {}", signal_name(signal)),
    };
    let (kind, more) = match (is_out_of_memory, ended) {
        (true, _) => ("Runtime.OutOfMemory", format!("; it ran out of memory: MemorySize is {memory_mb} MB")),
        // Lambda, and systems short of memory, end like this what takes too much.
        (false, Ended::Killed(9)) => {
            ("Runtime.ExitError", format!("; if it is out of memory, MemorySize is {memory_mb} MB"))
        }
        _ => ("Runtime.ExitError", String::new()),
    };
    let message = format!("RequestId: {request_id} Error: {why}{more}");
    serde_json::json!({"errorType": kind, "errorMessage": message}).to_string().into_bytes()
}

/// As Lambda writes it.
fn signal_name(signal: i32) -> String {
    match signal {
        4 => "illegal instruction".to_owned(),
        6 => "aborted".to_owned(),
        8 => "floating point exception".to_owned(),
        9 => "killed".to_owned(),
        11 => "segmentation fault".to_owned(),
        15 => "terminated".to_owned(),
        other => format!("signal {other}"),
    }
}

/// The words of a Node process that died, without its account of collections and its native frames: addresses and numbers
/// of processes, which say nothing and differ from run to run.
pub(super) fn without_native_frames(stderr: &Words) -> Words {
    let strip = |text: &str| {
        if !text.contains("FATAL ERROR:") && !text.contains("<--- Last few GCs --->") {
            return text.to_owned();
        }
        let mut out = String::with_capacity(text.len());
        let mut is_native = false;
        for line in text.split_inclusive('\n') {
            is_native |= line.starts_with("<--- Last few GCs --->") || line.starts_with("FATAL ERROR:");
            if !is_native || line.starts_with("FATAL ERROR:") {
                out.push_str(line);
            }
        }
        out.trim_end().to_owned() + "\n"
    };
    stderr.map(strip)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_have_lambdas_names_in_addresses_too() {
        let base = tempfile::Builder::new().prefix("with space ").tempdir().unwrap();
        let folders = Folders::of(base.path());
        let path = base.path().join("code/index.py");
        let url = format!("file://{}", path.display()).replace(' ', "%20");
        let text = format!("at {} and {url}, {}", path.display(), base.path().join("runtime/x").display());
        let told = folders.renamed(&text);
        assert_eq!(told, "at /var/task/index.py and file:///var/task/index.py, /var/runtime/x");
    }

    #[test]
    fn an_end_for_want_of_memory_is_told_as_such() {
        let document = |ended, stderr: &str| {
            String::from_utf8(exit_error(ended, "id", &Words::new(stderr), 128)).unwrap()
        };
        let node = "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n";
        let told = document(Ended::Killed(6), node);
        assert!(told.contains("Runtime.OutOfMemory") && told.contains("MemorySize is 128 MB"), "{told}");
        assert!(told.contains("signal: aborted"), "{told}");
        assert!(document(Ended::Killed(9), "").contains("signal: killed; if it is out of memory"));
        let other = document(Ended::Exited(3), "no");
        assert!(other.contains("Runtime.ExitError") && !other.contains("MemorySize"), "{other}");
    }

    #[test]
    fn native_frames_of_node_are_left_out() {
        let words = "mine\n\n<--- Last few GCs --->\n\n[77:0x1]  10 ms: Mark-sweep\n\n<--- JS stacktrace --->\n\n\
                     FATAL ERROR: heap out of memory\n----- Native stack trace -----\n\n 1: 0xb090 node::Abort()\n";
        assert_eq!(
            without_native_frames(&Words::new(words)).head,
            "mine\n\nFATAL ERROR: heap out of memory\n"
        );
        assert_eq!(without_native_frames(&Words::new("mine\n")).head, "mine\n");
    }
}
