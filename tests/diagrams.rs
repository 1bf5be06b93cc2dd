//! What `render --diagram` draws is Mermaid: parsed by Mermaid itself, where Node.js and npm are installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use firehose_kit::template::starters::STARTERS;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A folder with Mermaid and its parser script; `None`, and why, where it can't be had.
fn mermaid() -> Result<PathBuf, String> {
    let source = root().join("tests/support/mermaid");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("test-mermaid");
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let wanted = fs::read_to_string(source.join("package.json")).unwrap();
    let stamp = folder.join("installed.stamp");
    fs::copy(source.join("parse.js"), folder.join("parse.js")).map_err(|error| error.to_string())?;
    if fs::read_to_string(&stamp).ok().as_deref() != Some(&*wanted) {
        fs::write(folder.join("package.json"), &wanted).map_err(|error| error.to_string())?;
        let arguments = ["install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"];
        let output = Command::new("npm").args(arguments).current_dir(&folder).output();
        let output = output.map_err(|error| format!("npm: {error}"))?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        // Last: a folder without a stamp is one that was not finished.
        fs::write(&stamp, wanted).map_err(|error| error.to_string())?;
    }
    Ok(folder)
}

fn drawing(folder: &Path) -> String {
    let arguments = ["render", "-q", "--diagram", "--no-validate"];
    let output = Command::new(env!("CARGO_BIN_EXE_firehose-kit"))
        .env_clear()
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Names and prefixes that would end a label, a line or the drawing.
const EVIL: &str = r##"Resources:
  Stream:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      DeliveryStreamName: "end\"] --> x; %% [( <b>`&"
      ExtendedS3DestinationConfiguration:
        RoleARN: arn:aws:iam::123456789012:role/r
        BucketARN: arn:aws:s3:::bucket
        Prefix: "a\"]\nend ünïcode 漢字 #35; <script>/!{timestamp:yyyy}/"
        ErrorOutputPrefix: "subgraph !{firehose:error-output-type}|x|/"
"##;

#[test]
#[expect(clippy::disallowed_macros, reason = "what is skipped is said aloud")]
fn mermaid_takes_every_drawing() {
    let mermaid = match mermaid() {
        Ok(folder) => folder,
        Err(why) => {
            eprintln!("SKIPPED: Mermaid can't be had (Node.js 20, npm and a registry are needed): {why}");
            return;
        }
    };
    let drawings = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    let mut draw = |name: &str, folder: &Path| {
        let file = drawings.path().join(format!("{name}.mmd"));
        fs::write(&file, drawing(folder)).unwrap();
        files.push(file);
    };
    for starter in STARTERS {
        draw(starter.name, &root().join("templates").join(starter.name));
    }
    let evil = tempfile::tempdir().unwrap();
    fs::write(evil.path().join("template.yaml"), EVIL).unwrap();
    draw("evil", evil.path());
    let parse = |files: &[PathBuf]| {
        Command::new("node").arg("parse.js").args(files).current_dir(&mermaid).output().unwrap()
    };
    let output = parse(&files);
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}{}", said(&output.stdout), said(&output.stderr));
    // The parser does refuse what is none.
    let broken = drawings.path().join("broken.mmd");
    fs::write(&broken, "flowchart LR\n    a[(\"x\" ]\n").unwrap();
    assert!(!parse(&[broken]).status.success());
}
