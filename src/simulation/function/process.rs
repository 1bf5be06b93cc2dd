//! One process of a function: started in a process group of its own, ended with all that it started.

use std::{
    io,
    path::Path,
    process::{Child, Command, Stdio},
};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, WaitIdStatus};

use super::output::Output;

/// A process. Dropping it kills its group.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    pid: Option<Pid>,
    pub output: Output,
}

/// What is started.
#[derive(Debug, Clone)]
pub(super) struct Program {
    /// The program and its arguments.
    pub command: Vec<std::ffi::OsString>,
    /// All variables that it gets.
    pub environment: Vec<(String, std::ffi::OsString)>,
    /// Most bytes of private memory; not enforced where the system has no such bound for others.
    pub memory: u64,
}

impl Process {
    /// Starts a program with its folder as the current one.
    pub fn start(program: &Program, folder: &Path, more: &[(&str, &str)]) -> io::Result<Process> {
        use std::os::unix::process::CommandExt;

        let [name, arguments @ ..] = program.command.as_slice() else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "no program"));
        };
        let mut command = Command::new(name);
        command.args(arguments).current_dir(folder).env_clear();
        command.envs(program.environment.iter().map(|(name, value)| (name, value)));
        command.envs(more.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut child = spawn(&mut command)?;
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        bound_memory(pid, program.memory);
        let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(io::Error::other("the process has no output"));
        };
        match Output::read(stdout, stderr) {
            Ok(output) => Ok(Process { child, pid, output }),
            Err(error) => {
                end(&mut child, pid);
                Err(error)
            }
        }
    }

    /// Its number.
    pub fn number(&self) -> Option<i32> {
        self.pid.map(|pid| pid.as_raw_nonzero().get())
    }

    /// How the process ended, if it has; it stays there as long, so that its group's number can't be another's.
    pub fn ended(&self) -> Option<Ended> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let status = rustix::process::waitid(WaitId::Pid(self.pid?), options).ok()??;
        Some(Ended::of(&status))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        end(&mut self.child, self.pid);
    }
}

/// Starts a program; one that was just unpacked may still seem to be open for writing, in a child that another thread
/// is about to start.
fn spawn(command: &mut Command) -> io::Result<Child> {
    for _ in 0..20 {
        match command.spawn() {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => {
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
            result => return result,
        }
    }
    command.spawn()
}

fn end(child: &mut Child, pid: Option<Pid>) {
    if let Some(pid) = pid {
        // A group that is gone needs no end.
        let _ = rustix::process::kill_process_group(pid, Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    Exited(i32),
    Killed(i32),
}

impl Ended {
    fn of(status: &WaitIdStatus) -> Ended {
        match (status.exit_status(), status.terminating_signal()) {
            (Some(code), _) => Ended::Exited(code),
            (None, signal) => Ended::Killed(signal.unwrap_or_default()),
        }
    }
}

/// Bounds private memory (the data segment with all private writable mappings).
#[cfg(target_os = "linux")]
fn bound_memory(pid: Option<Pid>, bytes: u64) {
    use rustix::process::{Resource, Rlimit};
    let limit = Rlimit { current: Some(bytes), maximum: Some(bytes) };
    // Without the bound the function runs all the same: it is an approximation in any case.
    let _ = rustix::process::prlimit(pid, Resource::Data, limit);
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    // No core files in the user's folders.
    let _ = rustix::process::prlimit(pid, Resource::Core, none);
}

/// Other systems have no such bound for another process.
#[cfg(not(target_os = "linux"))]
fn bound_memory(_: Option<Pid>, _: u64) {}
