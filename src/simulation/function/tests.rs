//! Functions that really run.

use std::{fs, path::Path, time::Instant};

use super::*;

const ECHO: &str = "
def handler(event, context):
    return {'records': [dict(recordId=r['recordId'], result='Ok', data=r['data']) for r in event['records']]}
";
const EVENT: &[u8] = br#"{"records":[{"recordId":"1","data":"YQ=="}]}"#;
const ECHOED: &str = r#"{"records": [{"recordId": "1", "result": "Ok", "data": "YQ=="}]}"#;

fn python(code: &str) -> LocalFunction {
    LocalFunction {
        name: "my-function".to_owned(),
        arn: "arn:aws:lambda:eu-west-1:123456789012:function:my-function".to_owned(),
        region: "eu-west-1".to_owned(),
        code: FunctionCode::Inline(code.to_owned()),
        handler: Some("index.handler".to_owned()),
        runtime: Some("python3.12".to_owned()),
        timeout: Duration::from_secs(30),
        memory_mb: 128,
        environment: Vec::new(),
    }
}

/// A Node function, or a visible word that there is no Node here.
fn node(code: &str) -> Option<LocalFunction> {
    let function = LocalFunction { runtime: Some("nodejs22.x".to_owned()), ..python(code) };
    match interpreter::find(&function, interpreter::Language::Node) {
        Ok(_) => Some(function),
        Err(error) => {
            use std::io::Write;
            // Not captured by the test harness: a skipped test is seen.
            let _ = writeln!(std::io::stderr(), "SKIPPED: a test needs Node.js 18 or later: {error}");
            None
        }
    }
}

fn host() -> Host {
    Host { search_path: Some("/usr/local/bin:/usr/bin:/bin".into()), ..Host::default() }
}

fn started(function: LocalFunction) -> Box<dyn Function> {
    start(&FunctionSource::Local(Box::new(function)), &host()).unwrap().function
}

fn text(answer: Answer) -> String {
    match answer {
        Answer::Returned(bytes) => String::from_utf8(bytes).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// The error document and standard error of a failed call.
fn error(answer: Answer) -> (serde_json::Value, String) {
    match answer {
        Answer::FunctionError { payload, stderr } => {
            (serde_json::from_slice(&payload).unwrap(), stderr.to_string())
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_python_function_answers_and_stays_warm() {
    let mut function = started(python(&format!("calls = 0\n{ECHO}")));
    assert_eq!(text(function.invoke(EVENT)), ECHOED);
    assert_eq!(text(function.invoke(EVENT)), ECHOED);
    let counting = "calls = 0\ndef handler(event, context):\n  global calls\n  calls += 1\n  return calls\n";
    let mut function = started(python(counting));
    assert_eq!(text(function.invoke(b"{}")), "1");
    assert_eq!(text(function.invoke(b"{}")), "2");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "this test measures")]
fn a_warm_call_costs_little() {
    let mut function = started(python("def handler(event, context):\n  return 1\n"));
    function.invoke(b"{}");
    let mut times: Vec<Duration> = (0..200)
        .map(|_| {
            let begun = Instant::now();
            assert_eq!(text(function.invoke(b"{}")), "1");
            begun.elapsed()
        })
        .collect();
    times.sort();
    // The median with the function itself; other builds may run beside this test, so the bound is wide.
    let _ = std::io::Write::write_fmt(
        &mut std::io::stderr(),
        format_args!("warm call: median {:?}, 90th percentile {:?}\n", times[100], times[180]),
    );
    assert!(times[100] < Duration::from_millis(10), "{:?}", times[100]);
}

#[test]
fn an_exception_is_a_function_error_and_the_process_lives_on() {
    let code = "
calls = 0
def handler(event, context):
    global calls
    calls += 1
    if event.get('fail'):
        raise ValueError('wrong: ' + context.aws_request_id)
    return calls
";
    let mut function = started(python(code));
    let (document, stderr) = error(function.invoke(br#"{"fail": true}"#));
    assert_eq!(document["errorType"], "ValueError");
    assert_eq!(document["errorMessage"], "wrong: 00000000-0000-4000-8000-000000000001");
    assert!(
        document["stackTrace"][0].as_str().unwrap().contains("index.py\", line 7, in handler"),
        "{document}"
    );
    assert!(stderr.starts_with("[ERROR] ValueError: wrong"), "{stderr}");
    assert_eq!(text(function.invoke(b"{}")), "2");
}

/// `docs/functions.md`: the temporary folder of the code has the name that it has in Lambda.
#[test]
fn stacks_name_the_folder_of_lambda() {
    let mut function =
        started(python("def handler(event, context): print(__file__); raise ValueError(__file__)"));
    let (document, stderr) = error(function.invoke(b"{}"));
    assert_eq!(document["errorMessage"], "/var/task/index.py");
    assert!(stderr.contains("File \"/var/task/index.py\", line 1"), "{stderr}");
    assert!(function.logs().text.starts_with("/var/task/index.py\n"), "{:?}", function.logs());
    let Some(function) = node("exports.handler = async () => { throw new Error(__filename); };") else {
        return;
    };
    let (document, stderr) = error(started(function).invoke(b"{}"));
    assert_eq!(document["errorMessage"], "/var/task/index.js");
    let stack = document["trace"].to_string();
    assert!(stack.contains("/var/task/index.js:1") && !stack.contains("firehose-kit-function"), "{stack}");
    assert!(
        stack.contains("/var/runtime/bootstrap.mjs") && !stderr.contains("firehose-kit-function"),
        "{stderr}"
    );
}

/// Issue 4: what is wrong may stand at the beginning of what a function wrote.
#[test]
fn both_ends_of_standard_error_are_kept() {
    let code = "
import sys
def handler(event, context):
    sys.stderr.write('CAUSE\\n')
    for line in range(9999): sys.stderr.write('line %d of many\\n' % line)
    raise ValueError('no')
";
    let (_, stderr) = error(started(python(code)).invoke(b"{}"));
    assert!(stderr.starts_with("CAUSE\nline 0 of many\n"), "{stderr:.200}");
    assert!(stderr.contains(" bytes left out …\nline ") && stderr.contains("ValueError: no"), "{stderr}");
    assert!((60_000..66_000).contains(&stderr.len()), "{}", stderr.len());
}

#[test]
fn a_process_that_ends_is_a_function_error_and_restarted() {
    let code = "
import os, signal, sys
def handler(event, context):
    if event == 'exit': sys.exit(3)
    if event == 'silent': os._exit(0)
    if event == 'kill': os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()
";
    let mut function = started(python(code));
    let first = text(function.invoke(b"{}"));
    for (event, part) in [
        ("\"exit\"", "exit status 3"),
        ("\"silent\"", "exited without providing a reason"),
        ("\"kill\"", "signal: killed"),
    ] {
        let (document, _) = error(function.invoke(event.as_bytes()));
        assert_eq!(document["errorType"], "Runtime.ExitError");
        assert!(document["errorMessage"].as_str().unwrap().contains(part), "{document}");
    }
    assert_ne!(text(function.invoke(b"{}")), first);
}

#[test]
fn a_process_that_ends_between_calls_is_no_failure() {
    let code = "
import os, threading, time
def handler(event, context):
    if event == 'later': threading.Timer(0.05, lambda: os._exit(1)).start()
    return 1
";
    let mut function = started(python(code));
    assert_eq!(text(function.invoke(b"\"later\"")), "1");
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(text(function.invoke(b"{}")), "1");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "this test measures")]
fn a_timeout_ends_the_call_and_its_processes() {
    let code = "
import subprocess, sys, time
def handler(event, context):
    if event == 'hang':
        print('before', context.get_remaining_time_in_millis() <= 500, flush=True)
        child = subprocess.Popen(['sleep', '1000'])
        print('child', child.pid)
        time.sleep(1000)
    return 1
";
    let mut function = started(LocalFunction { timeout: Duration::from_millis(500), ..python(code) });
    assert_eq!(text(function.invoke(b"{}")), "1");
    let begun = Instant::now();
    assert_eq!(function.invoke(b"\"hang\""), Answer::TimedOut);
    assert!(begun.elapsed() >= Duration::from_millis(500) && begun.elapsed() < Duration::from_secs(5));
    let log = function.logs().text.clone();
    assert!(log.starts_with("before True\nchild "), "{log}");
    assert!(gone(log.trim().rsplit(' ').next().unwrap()), "{log}");
    assert_eq!(text(function.invoke(b"{}")), "1");
}

/// Whether a process has ended, or does so soon.
fn gone(pid: &str) -> bool {
    let ended = || {
        let status = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        status.is_empty() || status.contains(") Z ")
    };
    (0..100).any(|_| {
        ended() || {
            std::thread::sleep(Duration::from_millis(20));
            false
        }
    })
}

#[test]
fn what_cannot_be_loaded_is_told_as_lambda_tells_it() {
    let load = |code: &str, handler: &str| {
        let mut function = started(LocalFunction { handler: Some(handler.to_owned()), ..python(code) });
        let (first, _) = error(function.invoke(b"{}"));
        // Each further call tries again.
        assert_eq!(error(function.invoke(b"{}")).0["errorType"], first["errorType"]);
        format!("{}: {}", first["errorType"].as_str().unwrap(), first["errorMessage"].as_str().unwrap())
    };
    assert_eq!(
        load("import no_such_module\n", "index.handler"),
        "Runtime.ImportModuleError: Unable to import module 'index': No module named 'no_such_module'"
    );
    assert_eq!(
        load(ECHO, "index.missing"),
        "Runtime.HandlerNotFound: Handler 'missing' missing on module 'index'"
    );
    assert!(load(ECHO, "handler").starts_with("Runtime.MalformedHandlerName: Bad handler 'handler'"));
    assert!(load("def x(:\n", "index.handler").starts_with("Runtime.UserCodeSyntaxError: Syntax error"));
    assert_eq!(load("1 / 0\n", "index.handler"), "ZeroDivisionError: division by zero");
    assert!(load("import sys; sys.exit(2)\n", "index.handler").contains("exit status 2"));
}

#[test]
fn answers_are_bounded_and_must_be_json() {
    let code = "
def handler(event, context):
    if event == 'large': return 'x' * (7 << 20)
    if event == 'set': return {1, 2}
    if event == 'unicode': return {'é': '😀', 'lone': '\\ud800'}
    return '😀'
";
    let mut function = started(python(code));
    assert_eq!(function.invoke(b"\"large\""), Answer::TooLarge);
    let (document, _) = error(function.invoke(b"\"set\""));
    assert_eq!(document["errorType"], "Runtime.MarshalError");
    assert_eq!(text(function.invoke("\"€\"".as_bytes())), "\"😀\"");
    assert!(text(function.invoke(b"\"unicode\"")).contains("\\ud800"));
    assert_eq!(function.invoke(&vec![b' '; LARGEST_EVENT + 1]), Answer::TooLarge);
}

#[test]
fn output_is_kept_per_call_and_within_bounds() {
    let code = "
import logging, sys
logging.getLogger().setLevel(logging.INFO)
def handler(event, context):
    if event == 'flood':
        for _ in range(300): sys.stderr.write('e' * 99999 + '\\n'); print('o' * 99999)
        sys.stderr.write('the end')
    else:
        print('to stdout', event); sys.stderr.write('to stderr\\n'); logging.info('logged')
    return 1
";
    let mut function = started(python(code));
    function.invoke(b"1");
    let log = function.logs();
    assert!(log.text.contains("to stdout 1\n") && log.text.contains("to stderr\n"), "{log:?}");
    assert!(log.text.contains("[INFO]\t") && log.text.contains("\tlogged\n"), "{log:?}");
    assert_eq!(log.stderr, Words::new("to stderr\n"));
    function.invoke(b"\"flood\"");
    let log = function.logs();
    assert_eq!(log.text.len(), InvocationLog::LARGEST);
    // One line alone is longer than what is kept of the beginning.
    assert_eq!(log.stderr.head.len(), InvocationLog::FIRST_STDERR);
    assert_eq!(log.stderr.tail, "the end");
    assert_eq!(log.stderr.left_out as usize, 300 * 100_000 - InvocationLog::FIRST_STDERR);
    assert_eq!(log.left_out + log.text.len() as u64, 2 * 300 * 100_000 + 7);
    for number in 2..50 {
        function.invoke(number.to_string().as_bytes());
        assert!(function.logs().text.contains(&format!("to stdout {number}\n")));
        assert_eq!(function.logs().text.matches("to stdout").count(), 1);
    }
}

#[test]
fn the_environment_is_lambdas_and_the_templates() {
    let code = "
import os, sys
def handler(event, context):
    return dict(env=dict(os.environ), cwd=os.getcwd(), path=sys.path[0], name=context.function_name)
";
    let mut function = python(code);
    function.environment =
        vec![("TABLE".to_owned(), "é".to_owned()), ("AWS_REGION".to_owned(), "elsewhere".to_owned())];
    let answer = text(started(function).invoke(b"{}"));
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    let env = answer["env"].as_object().unwrap();
    assert_eq!(env["TABLE"], "é");
    assert_eq!(env["AWS_REGION"], "eu-west-1");
    assert_eq!(env["AWS_LAMBDA_FUNCTION_NAME"], "my-function");
    assert_eq!(env["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"], "128");
    assert_eq!(env["AWS_EXECUTION_ENV"], "AWS_Lambda_python3.12");
    assert_eq!(env["_HANDLER"], "index.handler");
    assert_eq!(answer["cwd"], env["LAMBDA_TASK_ROOT"]);
    assert_eq!(answer["path"], env["LAMBDA_TASK_ROOT"]);
    // Cargo's variables are in ours; none of ours is in its.
    assert!(
        !env.keys().any(|name| name.contains("CARGO") || name.contains("SECRET") || name == "USER"),
        "{env:?}"
    );
    assert!(!env.contains_key("AWS_ACCESS_KEY_ID"));
}

#[test]
fn memory_is_bounded() {
    let code = "
def handler(event, context):
    return len(bytearray(event << 20))
";
    let mut function = started(python(code));
    assert_eq!(text(function.invoke(b"50")), (50 << 20).to_string());
    if cfg!(target_os = "linux") {
        let (document, _) = error(function.invoke(b"1000"));
        assert_eq!(document["errorType"], "MemoryError");
        assert_eq!(text(function.invoke(b"50")), (50 << 20).to_string());
    }
}

#[test]
fn folders_zips_files_and_programs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::create_dir(path.join("pkg")).unwrap();
    fs::write(path.join("pkg/app.py"), format!("from . import other\n{ECHO}")).unwrap();
    fs::write(path.join("pkg/other.py"), "").unwrap();
    fs::write(path.join("one.py"), ECHO.replace("handler", "lambda_handler")).unwrap();
    let mut writer = zip::ZipWriter::new(fs::File::create(path.join("code.zip")).unwrap());
    writer.start_file("app.py", zip::write::SimpleFileOptions::default()).unwrap();
    std::io::Write::write_all(&mut writer, ECHO.as_bytes()).unwrap();
    writer.finish().unwrap();
    let run = |code: &Path, handler: Option<&str>, runtime: Option<&str>| {
        let function = LocalFunction {
            code: FunctionCode::Path(code.to_owned()),
            handler: handler.map(str::to_owned),
            runtime: runtime.map(str::to_owned),
            ..python("")
        };
        start(&FunctionSource::Local(Box::new(function)), &host()).map(|started| {
            let mut function = started.function;
            text(function.invoke(EVENT))
        })
    };
    assert_eq!(run(path, Some("pkg/app.handler"), None).unwrap(), ECHOED);
    assert_eq!(run(path, Some("pkg.app.handler"), Some("python3.12")).unwrap(), ECHOED);
    assert_eq!(run(&path.join("one.py"), None, None).unwrap(), ECHOED);
    assert_eq!(run(&path.join("code.zip"), Some("app.handler"), None).unwrap(), ECHOED);
    // Nothing is written beside the user's sources.
    assert!(!path.join("pkg/__pycache__").exists());
    let bootstrap = path.join("bootstrap");
    let (python, _) = interpreter::find(&python(""), interpreter::Language::Python).unwrap();
    let program = PROGRAM.replace("/usr/bin/env python3", &python.program.to_string_lossy());
    fs::write(&bootstrap, program).unwrap();
    fs::set_permissions(&bootstrap, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let wanted = String::from_utf8(EVENT.to_vec()).unwrap();
    assert_eq!(run(path, None, Some("provided.al2023")).unwrap(), wanted);
    assert_eq!(run(&bootstrap, None, None).unwrap(), wanted);
    for (code, handler, runtime, part) in [
        (path.join("absent"), None, None, "No such file"),
        (path.to_owned(), None, Some("python3.12"), "its handler is not known"),
        (path.join("pkg"), Some("nothing.handler"), None, "holds no nothing.py"),
        (path.to_owned(), Some("a.b"), Some("java21"), "the runtime `java21` can't be run here"),
        (path.join("one.py"), None, Some("nodejs22.x"), "is no code for the runtime `nodejs22.x`"),
        (path.join("pkg"), None, Some("provided.al2023"), "holds no `bootstrap`"),
    ] {
        let error = run(&code, handler, runtime).unwrap_err();
        assert!(error.message.contains(part), "{error}");
    }
}

/// A runtime of its own: answers each event with itself, in chunks.
const PROGRAM: &str = r#"#!/usr/bin/env python3
import http.client, os
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
while True:
    api.request("GET", "/2018-06-01/runtime/invocation/next")
    answer = api.getresponse()
    event = answer.read()
    path = "/2018-06-01/runtime/invocation/%s/response" % answer.headers["Lambda-Runtime-Aws-Request-Id"]
    api.request("POST", path, iter([event[:5], event[5:]]), encode_chunked=True, headers={"Transfer-Encoding": "chunked"})
    api.getresponse().read()
"#;

#[test]
fn another_version_than_the_templates_is_a_warning() {
    let function = LocalFunction { runtime: Some("python3.99".to_owned()), ..python(ECHO) };
    let started = start(&FunctionSource::Local(Box::new(function)), &host()).unwrap();
    let [warning] = started.warnings.as_slice() else { panic!("{:?}", started.warnings) };
    assert!(
        warning.starts_with("function `my-function` is for python3.99; it runs with Python 3."),
        "{warning}"
    );
}

#[test]
fn an_interruption_ends_a_call() {
    let host = host();
    let function = python("import time\ndef handler(event, context):\n  time.sleep(1000)\n");
    let mut function = start(&FunctionSource::Local(Box::new(function)), &host).unwrap().function;
    let flag = Arc::clone(&host.interrupted);
    let later = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        flag.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    assert!(
        matches!(function.invoke(b"{}"), Answer::Unavailable { message, .. } if message == "interrupted")
    );
    later.join().unwrap();
}

#[test]
fn nothing_is_left_behind() {
    let code = "
import os
def handler(event, context):
    open(os.path.join(os.environ['TMPDIR'], 'left'), 'w').write('x')
    return [os.getpid(), os.environ['TMPDIR'], os.environ['LAMBDA_TASK_ROOT']]
";
    let one = || {
        let mut function = started(python(code));
        let answer: (u32, String, String) = serde_json::from_str(&text(function.invoke(b"{}"))).unwrap();
        assert!(Path::new(&answer.1).join("left").exists());
        answer
    };
    let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(one)).collect();
    for thread in threads {
        let (pid, temporary, root) = thread.join().unwrap();
        assert!(gone(&pid.to_string()));
        assert!(!Path::new(&temporary).exists() && !Path::new(&root).exists());
    }
    // One that never was called leaves nothing either.
    drop(started(python(code)));
}

#[test]
fn node_functions_of_each_form() {
    let run = |code: &str, event: &str| {
        let mut function = started(node(code)?);
        Some(function.invoke(event.as_bytes()))
    };
    for (code, wanted) in [
        ("exports.handler = async (event) => ({ got: event });", "{\"got\":\"é😀\"}"),
        (
            "exports.handler = (event, context, callback) => setTimeout(() => callback(null, event), 5);",
            "\"é😀\"",
        ),
        ("exports.handler = (event, context, callback) => { setTimeout(() => {}, 5); };", "null"),
        ("exports.handler = async () => {};", "null"),
        ("exports.handler = (event, context) => context.succeed(context.functionName);", "\"my-function\""),
        ("module.exports = { handler: async () => process.env.AWS_REGION };", "\"eu-west-1\""),
    ] {
        let Some(answer) = run(code, "\"é😀\"") else { return };
        assert_eq!(text(answer), wanted, "{code}");
    }
    for (code, kind, message) in [
        ("exports.handler = async () => { throw new RangeError('no'); };", "RangeError", "no"),
        ("exports.handler = (e, c, callback) => callback(new Error('no'));", "Error", "no"),
        ("exports.handler = (e, c, callback) => callback('no');", "string", "no"),
        (
            "exports.handler = () => { setTimeout(() => { throw new Error('later'); }, 1); };",
            "Error",
            "later",
        ),
        ("exports.handler = async () => ({ big: 1n });", "TypeError", "BigInt"),
        ("exports.handler = async () => process.exit(4);", "Runtime.ExitError", "exit status 4"),
        ("require('no-such-module');", "Runtime.ImportModuleError", "no-such-module"),
        ("exports.other = 1;", "Runtime.HandlerNotFound", "index.handler is undefined or not exported"),
        ("exports.handler = (;", "Runtime.UserCodeSyntaxError", "Unexpected token"),
        (
            "exports.handler = async () => { Promise.reject(new Error('lost')); await new Promise((r) => setTimeout(r, 50)); };",
            "Runtime.UnhandledPromiseRejection",
            "lost",
        ),
    ] {
        let Some(answer) = run(code, "{}") else { return };
        let (document, _) = error(answer);
        assert_eq!(document["errorType"], kind, "{code}: {document}");
        assert!(document["errorMessage"].as_str().unwrap().contains(message), "{code}: {document}");
    }
}

/// CloudFormation reference, `AWS::Lambda::Function Code`: inline code of Node.js is a CommonJS module.
#[test]
fn inline_node_code_is_no_es_module() {
    for code in
        ["export const handler = async () => 1;", "import fs from 'node:fs'; exports.handler = () => fs;"]
    {
        let Some(function) = node(code) else { return };
        let (document, stderr) = error(started(function).invoke(b"{}"));
        assert_eq!(document["errorType"], "Runtime.UserCodeSyntaxError", "{document}");
        // The same words in every run: no number of the process.
        assert!(!stderr.contains("(node:") || stderr.contains("(node:1)"), "{stderr}");
    }
}

/// Loading has 10 seconds; whoever needs more was never asked, whatever its `Timeout`.
#[test]
fn loading_that_never_ends_is_told_apart_from_a_slow_call() {
    let code = "import time\ntime.sleep(60)\ndef handler(event, context): return 1";
    let function = LocalFunction { timeout: Duration::from_millis(300), ..python(code) };
    assert_eq!(started(function).invoke(b"{}"), Answer::LoadingTimedOut);
}

#[test]
fn node_modules_logs_limits_and_timeouts() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("dep.mjs"), "export const answer = 42;").unwrap();
    let code = "import { answer } from './dep.mjs';
        let calls = 0;
        export const handler = async (event, context) => {
          calls += 1;
          console.log('out', calls); console.error('err', calls);
          if (event === 'flood') for (let i = 0; i < 300; i++) { console.log('o'.repeat(99999)); console.error('e'.repeat(99999)); }
          if (event === 'large') return 'x'.repeat(7 << 20);
          if (event === 'hang') await new Promise((r) => setTimeout(r, 100000));
          if (event === 'memory') { const all = []; for (;;) all.push(new Array(1e6).fill(all.length)); }
          return [answer, calls];
        };";
    fs::write(folder.path().join("index.mjs"), code).unwrap();
    let Some(function) = node("") else { return };
    let code = FunctionCode::Path(folder.path().to_owned());
    let mut function = started(LocalFunction { code, timeout: Duration::from_secs(20), ..function });
    assert_eq!(text(function.invoke(b"{}")), "[42,1]");
    assert_eq!(function.logs().text.lines().count(), 2);
    assert_eq!(text(function.invoke(b"\"flood\"")), "[42,2]");
    assert_eq!(function.logs().left_out + function.logs().text.len() as u64, 60_000_000 + 12);
    assert_eq!(function.invoke(b"\"large\""), Answer::TooLarge);
    assert_eq!(text(function.invoke(b"{}")), "[42,4]");
    let (document, stderr) = error(function.invoke(b"\"memory\""));
    assert_eq!(document["errorType"], "Runtime.OutOfMemory");
    assert!(document["errorMessage"].as_str().unwrap().ends_with("MemorySize is 128 MB"), "{document}");
    assert!(stderr.contains("FATAL ERROR: ") && stderr.contains("heap out of memory"), "{stderr}");
    // Neither addresses nor numbers of processes.
    assert!(!stderr.contains("0x"), "{stderr}");
    assert_eq!(text(function.invoke(b"{}")), "[42,1]");
}
