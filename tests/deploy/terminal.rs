//! The question, on a terminal that is one.

use super::*;

impl Account {
    /// Runs it on a terminal, and answers its question.
    fn answered(&self, answer: &str, args: &[&str]) -> Said {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/terminal.py");
        let mut command = Command::new(cloud::python::interpreter());
        command.env_clear().current_dir(self.path()).env("TERM", "xterm");
        command.env("AWS_ENDPOINT_URL", &self.url).env("AWS_REGION", "us-east-1");
        command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
        command.timeout(std::time::Duration::from_secs(300));
        command.arg(script).args([answer, env!("CARGO_BIN_EXE_firehose-kit"), args[0]]);
        let output = command.args(["--stack-name", self.stack]).args(&args[1..]).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Said {
            code: output.status.code().unwrap_or(-1),
            out: text(output.stdout),
            error: text(output.stderr),
        }
    }
}

#[test]
fn the_default_is_no_and_what_loses_records_wants_the_name() {
    let account = Account::new(cloud::ministack(), "asked");
    account.template(TEMPLATE);
    let said = account.answered("", &["deploy"]);
    assert!(said.code == 6 && said.out.contains("[y/N]"), "{}{}", said.out, said.error);
    assert_eq!(account.run(&["status"]).code, 3, "the shell of the stack is gone");
    let said = account.answered("y", &["deploy"]);
    assert_eq!(said.code, 0, "{}", said.out);
    assert!(
        said.out.contains("2 resources") || said.out.contains("/2 resources"),
        "a bar is shown: {}",
        said.out
    );
    // Another name is another stream: a yes is not enough.
    let said = account.answered("y", &["deploy", "--parameter", "Suffix=b"]);
    assert!(said.code == 6 && said.out.contains("to go on:"), "{}", said.out);
    let said = account.answered("asked", &["deploy", "--parameter", "Suffix=b"]);
    assert_eq!(said.code, 0, "{}", said.out);
    assert!(said.out.contains("asked-b"), "{}", said.out);
    let said = account.answered("no", &["delete"]);
    assert_eq!(said.code, 6, "{}", said.out);
    assert_eq!(account.answered("asked", &["delete"]).code, 0);
}
