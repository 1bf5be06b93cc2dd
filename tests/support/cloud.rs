//! CloudFormation servers from PyPI, started by the tests that need them.
//!
//! A server lives as long as the test process: it ends when its standard input does, also where the process is killed.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

#[path = "python.rs"]
pub mod python;

/// A server.
pub struct Server {
    /// Where it answers.
    pub url: String,
    _process: Child,
}

const MINISTACK: &str = "from ministack.app import main; sys.argv = ['ministack']; main()";
const MOTO: &str =
    "from moto.server import main; main(['-H', '127.0.0.1', '-p', os.environ['GATEWAY_PORT']])";

/// MiniStack, one for the tests of this process.
pub fn ministack() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| start(MINISTACK))
}

/// moto, one for the tests of this process.
pub fn moto() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| start(MOTO))
}

fn start(main: &str) -> Server {
    let python = python::interpreter();
    let watch = "import os, sys, threading\n\
                 threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()\n";
    // The port is free when it is asked for; somebody else may take it before the server does.
    for _ in 0..3 {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut process = Command::new(&python)
            .args(["-c", &format!("{watch}{main}")])
            .env("GATEWAY_PORT", port.to_string())
            .env("BIND_HOST", "127.0.0.1")
            .env("IOT_MTLS_ENABLED", "0")
            .env("PERSIST_STATE", "0")
            .current_dir(Path::new(env!("CARGO_TARGET_TMPDIR")))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Two minutes: it starts within seconds where it has a processor for itself.
        for _ in 0..600 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Server { url: format!("http://127.0.0.1:{port}"), _process: process };
            }
            if process.try_wait().unwrap().is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        let _ = process.kill();
    }
    panic!("the server does not start: {main}");
}
