//! The page of `simulate --report`: what it says is what the run came to, data never becomes markup, secrets stay out,
//! its size is bounded, equal runs give equal bytes; and a real browser finds nothing wrong, where there is one.
#![cfg(feature = "simulate")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command as Process;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// Records that would be markup, or would end the script, if somebody forgot to escape them.
const INJECTION: &str = "</script><img src=x onerror=\\\"injected=1\\\"><script>injected=1</script>";

fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firehose-kit"));
    let output = command.env_clear().current_dir(folder).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

/// A starter in a folder of its own.
fn starter(kind: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (code, _, said) = run(folder.path(), &["init", kind]);
    assert_eq!(code, 0, "{said}");
    folder
}

/// The page of a run that succeeds.
fn page(folder: &Path, arguments: &[&str]) -> String {
    let all = [&["simulate", "--report", "report.html", "--force"], arguments].concat();
    let (code, _, said) = run(folder, &all);
    assert_eq!(code, 0, "{said}");
    fs::read_to_string(folder.join("report.html")).unwrap()
}

/// Partitioned records of which one in ten has no tenant, but something evil instead.
fn with_failures(records: usize) -> TempDir {
    let folder = starter("s3-partitioned");
    let mut lines = String::new();
    for number in 0..records {
        let time =
            format!("2026-01-01T{:02}:{:02}:{:02}Z", number / 3600 % 24, number / 60 % 60, number % 60);
        lines += &match number % 10 {
            3 => format!("{{\"time\":\"{time}\",\"evil\":\"{INJECTION}\"}}\n"),
            _ => format!("{{\"time\":\"{time}\",\"tenant\":\"t{}\"}}\n", number % 7),
        };
    }
    fs::write(folder.path().join("samples.jsonl"), lines).unwrap();
    folder
}

/// The content of the element with an id that begins a section, up to the section's end.
fn section<'a>(page: &'a str, id: &str) -> &'a str {
    let start =
        page.find(&format!("<section aria-labelledby=\"{id}\">")).unwrap_or_else(|| panic!("no {id}"));
    let rest = &page[start..];
    &rest[..rest.find("</section>").unwrap()]
}

/// The page without style and script.
fn markup(page: &str) -> String {
    let (before, rest) = page.split_once("<style>").unwrap();
    let (_, rest) = rest.split_once("</style>").unwrap();
    let (body, rest) = rest.split_once("<script>").unwrap();
    let (_, after) = rest.split_once("</script>").unwrap();
    assert!(!after.contains("<script"), "a second script");
    format!("{before}{body}{after}")
}

#[test]
fn the_page_says_what_the_run_came_to() {
    let folder = with_failures(200);
    let page = page(folder.path(), &[]);
    let report: Value =
        serde_json::from_slice(&fs::read(folder.path().join("firehose-out/report.json")).unwrap()).unwrap();
    assert!(page.contains("20 of 200 records failed and went into error objects."));
    let flow = section(&page, "flow");
    for (outcome, count) in [("delivered", "180"), ("processing failed", "20"), ("lost", "0")] {
        let row = format!("{outcome}</th><td class=\"number\">{count}</td>");
        assert!(flow.contains(&row), "{outcome}: {flow}");
    }
    assert!(flow.contains("dropped") == (report["ledger"]["dropped"] != 0));
    let failures = section(&page, "failures");
    let group = &report["failures"][0];
    for member in ["reason", "message", "help"] {
        let words = group[member].as_str().unwrap().split('`').next().unwrap();
        assert!(failures.contains(words), "{member}: {failures}");
    }
    assert!(failures.contains("record 4 (samples.jsonl:4)"), "{failures}");
    assert!(failures.contains("20 records, processing failed"), "{failures}");
    // A folder for each tenant, the largest first.
    let partitions = section(&page, "partitions");
    assert!(partitions.contains("7 folders of delivered objects."), "{partitions}");
    assert!(partitions.contains("events/tenant=t0/day=2026-01-01/"), "{partitions}");
    let settings = section(&page, "settings");
    assert!(settings.contains("BufferingHints") && settings.contains("template, line "), "{settings}");
    assert!(settings.contains("default ("), "{settings}");
    let objects = report["objects"]["count"].as_u64().unwrap();
    assert!(section(&page, "sizes").contains(&format!("{objects} objects by size of the body")));
    assert!(section(&page, "buffers").contains(&format!("{objects} buffers sealed, by reason")));
    for remark in report["warnings"].as_array().unwrap() {
        assert!(section(&page, "warnings").contains(remark["id"].as_str().unwrap()));
    }
}

/// A stream to a bucket that can't be written to for hours, of which each record arrives a second after the other; one in
/// ten has no tenant, one in ten is no JSON.
fn given_up() -> (TempDir, String) {
    let folder = starter("s3-partitioned");
    let settings = folder.path().join("firehose-kit.toml");
    let text = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, text.replace("arrival = \"/time\"\n", "")).unwrap();
    let line = |number: usize| match number % 10 {
        3 => "{\"time\":\"2026-01-01T00:00:00Z\"}\n".to_owned(),
        7 => "{\"time\": what is this\n".to_owned(),
        _ => format!("{{\"time\":\"2026-01-01T00:00:00Z\",\"tenant\":\"t{}\"}}\n", number % 3),
    };
    fs::write(folder.path().join("many.jsonl"), (0..200).map(line).collect::<String>()).unwrap();
    let scenario = "template = \"template.yaml\"\ninput = \"many.jsonl\"\nrate = \"1/s\"\n\
         [[fault]]\nfrom = \"+0s\"\nuntil = \"+3h\"\nerror = \"S3.AccessDenied\"\n";
    fs::write(folder.path().join("closed.scenario.toml"), scenario).unwrap();
    let page = page(folder.path(), &["--scenario", "closed.scenario.toml"]);
    (folder, page)
}

#[test]
fn a_buffer_is_open_from_its_first_record_on_whenever_that_arrived() {
    let (_folder, page) = given_up();
    let buffers = section(&page, "buffers");
    // The input ends after 199 s, what it left is tried for 5 minutes, and then its error documents are buffered.
    let row = buffers.split("<tr>").find(|row| row.contains(">2026-01-01 00:08:19</th>"));
    let row = row.unwrap_or_else(|| panic!("no buffer was opened at 00:08:19: {buffers}"));
    assert!(row.contains(">error</td>"), "{row}");
    // Its interval is 300 s, though its records arrived long before.
    assert!(row.contains("data-label=\"Sealed after\">5 min</td>"), "{row}");
}

#[test]
fn what_did_not_arrive_is_marked_and_its_outcome_stands_beside_its_key() {
    let (_folder, page) = given_up();
    let deliveries = section(&page, "deliveries");
    let heads: Vec<&str> = deliveries
        .split("<th scope=\"col\"")
        .skip(1)
        .map(|head| head.split(['>', '<']).nth(1).unwrap())
        .collect();
    assert_eq!(heads[..2], ["Key or target", "Outcome"]);
    let failed = deliveries.split("<tr>").filter(|row| row.contains("</span>failed</span>"));
    assert_eq!(failed.count(), 3, "{deliveries}");
    // A bar has stripes that did not arrive, and only then.
    let buffers = section(&page, "buffers");
    for row in buffers[buffers.find("id=\"lives\"").unwrap()..].split("<tr>").skip(2) {
        assert_eq!(
            row.contains("<line class=\"undelivered\""),
            row.contains("</span>failed</span>"),
            "{row}"
        );
    }
}

#[test]
fn failures_of_one_code_are_told_apart_by_their_cause() {
    let (folder, page) = given_up();
    let report: Value =
        serde_json::from_slice(&fs::read(folder.path().join("firehose-out/report.json")).unwrap()).unwrap();
    let groups: Vec<(&str, u64, u64)> = report["failures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| {
            let record = group["example"]["place"]["record"].as_u64().unwrap();
            (group["reason"].as_str().unwrap(), group["records"].as_u64().unwrap(), record)
        })
        .collect();
    let extraction = "DynamicPartitioning.MetadataExtractionFailed";
    assert_eq!(groups, [(extraction, 20, 4), (extraction, 20, 8), ("S3.AccessDenied", 160, 1)]);
    let messages = [&report["failures"][0]["message"], &report["failures"][1]["message"]];
    assert!(messages[0].as_str().unwrap().ends_with("null or empty: tenant"), "{messages:?}");
    assert!(messages[1].as_str().unwrap().starts_with("The record is not JSON"), "{messages:?}");
    let failures = section(&page, "failures");
    assert_eq!(failures.matches("20 records, processing failed").count(), 2, "{failures}");
    assert!(failures.contains("many.jsonl:4") && failures.contains("many.jsonl:8"), "{failures}");
}

#[test]
fn a_scenario_without_expectations_has_no_section_of_them() {
    let (_folder, page) = given_up();
    assert!(!page.contains("expectations\""), "{page}");
}

#[test]
fn a_copy_that_was_given_up_left_staged_objects_and_no_error_documents() {
    let folder = starter("redshift");
    let scenario = "template = \"template.yaml\"\ninput = \"samples.jsonl\"\narrival = \"/viewed_at\"\n\
         [[answer]]\nerror = \"Redshift.DiskFull\"\n";
    fs::write(folder.path().join("full.scenario.toml"), scenario).unwrap();
    let page = page(folder.path(), &["--scenario", "full.scenario.toml"]);
    let verdict = "400 of 400 records failed: they lie in the staged objects, which error manifests name.";
    assert!(page.contains(verdict), "{page}");
    assert!(section(&page, "flow").contains("in the staged objects that an error manifest names"));
    assert!(section(&page, "flow").contains("400 given up, left where they are staged"));
    // The buffer's delivery ended with the COPY, not with the object that was staged for it.
    let buffers = section(&page, "buffers");
    assert!(buffers.contains("</span>failed</span> after 1 h, 12 attempts"), "{buffers}");
    // Statements leave no attempts behind, so nobody is sent to look for them.
    let warnings = section(&page, "warnings");
    assert!(warnings.contains("request-errors") && !warnings.contains("attempts in requests/"), "{warnings}");
    // The caption counts what the columns do: the data and the manifest.
    let sizes = section(&page, "sizes");
    assert!(
        sizes.contains("2 objects, staged for requests, manifests among them, by size of the body"),
        "{sizes}"
    );
    let counted: u64 = sizes
        .split("</th><td class=\"number\">")
        .skip(1)
        .filter_map(|cell| cell.split('<').next().unwrap().parse::<u64>().ok())
        .sum();
    assert_eq!(counted, 2, "{sizes}");
}

#[test]
fn data_is_never_markup() {
    let folder = with_failures(60);
    let template = folder.path().join("template.yaml");
    let evil = fs::read_to_string(&template)
        .unwrap()
        .replace("Prefix: events/tenant=", "Prefix: <b>ev&ents</b>/tenant=");
    fs::write(&template, evil).unwrap();
    let page = page(folder.path(), &["--no-validate"]);
    let shown = markup(&page);
    for wrong in ["<img", "<b>ev", "onerror=\"", "injected=1\""] {
        assert!(!shown.contains(wrong), "{wrong}");
    }
    assert!(shown.contains("&lt;/script&gt;&lt;img src=x onerror="), "{shown}");
    assert!(shown.contains("&lt;b&gt;ev&amp;ents&lt;/b&gt;/tenant="), "{shown}");
}

#[test]
fn every_element_is_closed_in_its_order() {
    let folder = with_failures(100);
    fs::write(
        folder.path().join("bad.scenario.toml"),
        "template = \"template.yaml\"\ninput = \"samples.jsonl\"\narrival = \"/time\"\n\
         [[fault]]\nfrom = \"+30s\"\nuntil = \"+26h\"\nerror = \"S3.AccessDenied\"\n\
         [[expect]]\nname = \"<i>nothing is lost\"\n[expect.ledger]\nlost = 0\n",
    )
    .unwrap();
    let arguments =
        ["simulate", "--scenario", "bad.scenario.toml", "--trace", "50", "--report", "report.html"];
    let (code, _, said) = run(folder.path(), &arguments);
    assert_eq!(code, 1, "{said}");
    let page = fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(section(&page, "expectations").contains("&lt;i&gt;nothing is lost"));
    assert!(section(&page, "trace").contains("<b>put</b> record 50"));
    assert!(page.contains("class=\"verdict bad\""));
    let mut open: Vec<&str> = Vec::new();
    let shown = markup(&page);
    for tag in shown.split('<').skip(1) {
        let tag = &tag[..tag.find('>').unwrap_or_else(|| panic!("no end: {tag}"))];
        let name = tag.trim_start_matches('/').split([' ', '\n', '/']).next().unwrap();
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "{tag}"),
            None if tag.ends_with('/') || ["!doctype", "meta", "wbr", "input"].contains(&name) => {}
            None => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn secrets_stay_out_of_the_page() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("template.yaml"),
        r#"Parameters:
  Key: {Type: String, NoEcho: true}
Resources:
  Stream:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      DeliveryStreamName: to-partner
      HttpEndpointDestinationConfiguration:
        RoleARN: arn:aws:iam::123456789012:role/delivery
        EndpointConfiguration: {Url: "https://example.com/in", Name: "in & <out>", AccessKey: !Ref Key}
        S3Configuration:
          RoleARN: arn:aws:iam::123456789012:role/delivery
          BucketARN: arn:aws:s3:::backup
"#,
    )
    .unwrap();
    fs::write(folder.path().join("in.jsonl"), "{\"a\":1}\n{\"a\":2}\n").unwrap();
    let arguments =
        ["template.yaml", "--input", "in.jsonl", "--parameter", "Key=acc&ess\"<key>4711", "--no-validate"];
    let page = page(folder.path(), &arguments);
    for part in ["4711", "acc&amp;ess"] {
        assert!(!page.contains(part), "{part}");
    }
    assert!(section(&page, "settings").contains("<code>***</code>"));
    let template = fs::read_to_string(folder.path().join("template.yaml")).unwrap();
    let literal = template.replace("AccessKey: !Ref Key", "AccessKey: 'to&ken\"<sec>ret'");
    fs::write(folder.path().join("literal.yaml"), literal).unwrap();
    let arguments = ["literal.yaml", "--input", "in.jsonl", "--parameter", "Key=x", "--no-validate"];
    let page = self::page(folder.path(), &arguments);
    for part in ["to&amp;ken", "sec&gt;ret", "to&ken"] {
        assert!(!page.contains(part), "{part}");
    }
    // The way of the requests is told all the same.
    assert!(page.contains("HTTP endpoint") && page.contains("in &amp; &lt;out&gt;"));
    assert!(section(&page, "sizes").contains("1 request by size of the body"));
}

#[test]
fn the_page_of_a_large_run_is_hardly_larger() {
    let folder = with_failures(100);
    let small = page(folder.path(), &[]).len();
    let mut lines = String::new();
    for number in 0..8_000_u32 {
        let time = 1_767_225_600_000_u64 + u64::from(number) * 1_000;
        lines += &format!("{{\"time\":{time},\"tenant\":\"tenant-{}\"}}\n", number % 4_000);
    }
    fs::write(folder.path().join("samples.jsonl"), lines).unwrap();
    let large = page(folder.path(), &["--bodies", "sizes", "--active-partitions", "5000"]);
    assert!(large.contains("The first 40 of 8,0"), "{}", section(&large, "buffers"));
    assert!(
        section(&large, "partitions")
            .contains("4,000 folders of delivered objects; the 50 largest are shown")
    );
    assert!(large.len() < 260_000 && large.len() < small + 200_000, "{} after {small}", large.len());
}

#[test]
fn equal_runs_give_equal_pages() {
    let folder = with_failures(120);
    let one = page(folder.path(), &["--workers", "1"]);
    let four = page(folder.path(), &["--workers", "4", "--output", "elsewhere"]);
    assert!(one == four, "the page depends on the workers or on the output folder");
    let digest = |folder: &Path| -> String {
        let text = fs::read_to_string(folder.join("firehose-out/report.json")).unwrap();
        serde_json::from_str::<Value>(&text).unwrap()["digest"].as_str().unwrap().to_owned()
    };
    let with = digest(folder.path());
    run(folder.path(), &["simulate", "--force"]);
    assert_eq!(with, digest(folder.path()));
    assert!(one.contains(&with));
}

#[test]
fn empty_runs_and_bodies_that_were_not_made_have_pages_too() {
    let folder = starter("s3-gzip");
    let page_without = page(folder.path(), &["--bodies", "none"]);
    assert!(section(&page_without, "sizes").contains("so their sizes are unknown"));
    assert!(section(&page_without, "partitions").contains("<td class=\"number\">unknown</td>"));
    fs::write(folder.path().join("closed.toml"), "[throttle]\nrecords = 0\n").unwrap();
    let empty = page(folder.path(), &["--scenario", "closed.toml"]);
    assert!(empty.contains("No buffer was opened."));
}

#[test]
fn a_page_replaces_nothing_but_a_page() {
    let folder = starter("s3-gzip");
    fs::write(folder.path().join("notes.html"), "<!doctype html>my notes").unwrap();
    for (file, message) in [
        ("notes.html", "exists and is no report page"),
        ("absent/report.html", "does not exist"),
        (".", "is a folder"),
    ] {
        let (code, out, said) = run(folder.path(), &["simulate", "--report", file]);
        assert_eq!((code, out.as_str()), (2, ""), "{said}");
        assert!(said.contains(message), "{said}");
    }
    assert!(!folder.path().join("firehose-out").exists(), "it ran before it looked");
    assert_eq!(fs::read_to_string(folder.path().join("notes.html")).unwrap(), "<!doctype html>my notes");
    // Into the folder of the results, by the settings.
    let settings = folder.path().join("firehose-kit.toml");
    let text = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, text.replace("[simulate]\n", "[simulate]\nreport = \"firehose-out/report.html\"\n"))
        .unwrap();
    for _ in 0..2 {
        let (code, _, said) = run(folder.path(), &["simulate", "--force"]);
        assert_eq!(code, 0, "{said}");
    }
    let left: Vec<String> = fs::read_dir(folder.path().join("firehose-out"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with('.'))
        .collect();
    assert_eq!(left, Vec::<String>::new());
    assert!(folder.path().join("firehose-out/report.html").exists());
}

#[test]
fn the_policy_names_the_style_and_the_script_that_are_there() {
    let folder = starter("s3-gzip");
    let page = page(folder.path(), &[]);
    let between = |start: &str, end: &str| {
        let rest = &page[page.find(start).unwrap() + start.len()..];
        rest[..rest.find(end).unwrap()].to_owned()
    };
    for (kind, text) in
        [("style", between("<style>", "</style>")), ("script", between("<script>", "</script>"))]
    {
        let file = folder.path().join(kind);
        fs::write(&file, text).unwrap();
        let program = "import sys,hashlib,base64;\
                       print(base64.b64encode(hashlib.sha256(open(sys.argv[1],'rb').read()).digest()).decode())";
        let output = Process::new("python3").args(["-c", program]).arg(&file).output().unwrap();
        let digest = String::from_utf8(output.stdout).unwrap();
        let wanted = format!("{kind}-src 'sha256-{}'", digest.trim());
        assert!(page.contains(&wanted), "POLICY in src/report/page/mod.rs must say: {wanted}");
    }
}

/// Chromium under one of its names, or what `FIREHOSE_KIT_BROWSER` says.
#[expect(clippy::disallowed_methods, reason = "a browser is found by `PATH`")]
fn browser() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("FIREHOSE_KIT_BROWSER") {
        return Some(path.into());
    }
    let path = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    std::env::split_paths(&path)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|program| program.is_file())
}

#[test]
#[expect(clippy::disallowed_macros, reason = "what is skipped is said aloud")]
fn a_browser_finds_nothing_wrong() {
    let Some(program) = browser().filter(|_| cfg!(unix)) else {
        eprintln!("SKIPPED: there is no Chromium on this machine (Debian: apt-get install chromium)");
        return;
    };
    let folder = with_failures(300);
    page(folder.path(), &["--trace", "4"]);
    let shots = Path::new(env!("CARGO_TARGET_TMPDIR")).join("report-page");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/browser.py");
    let output = Process::new("python3")
        .arg(script)
        .arg(program)
        .arg(folder.path().join("report.html"))
        .arg(&shots)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let wrong: Vec<String> = serde_json::from_slice(&output.stdout).unwrap();
    assert!(wrong.is_empty(), "{}\npictures: {}", wrong.join("\n"), shots.display());
}
