//! Lambda runtimes and when they end.
//!
//! Source: Lambda developer guide, "Lambda runtimes", read in copies of its tables from July 2026, and the table of
//! cfn-lint 1.51 (May 2026) for runtimes that those copies lack. In between, the guide moved blocks of June and July
//! 2026 to August 31 and September 30; CHOICE: so for all runtimes of that group, of which Python 3.7 to 3.9 and
//! Node.js 20 were seen.
//!
//! Deprecation ends patches; from the next date no function can be created, from the last none be updated.

/// The day that [`LambdaRuntime::state`] speaks of: when this table was made. Nothing here looks at a clock, so a
/// template gets the same answer on every day, until the table is renewed.
pub const AS_OF: &str = "2026-11-21";

/// A runtime with its dates as `YYYY-MM-DD`, which compare as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LambdaRuntime {
    /// The identifier, such as `python3.12`.
    pub id: &'static str,
    /// From when on it gets no patches; empty while no date is announced.
    pub deprecated: &'static str,
    /// From when on functions can't be created; empty where not known.
    pub create_blocked: &'static str,
    /// From when on functions can't be updated.
    pub update_blocked: &'static str,
    /// What to use instead.
    pub successor: &'static str,
}

/// How far a runtime's end has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RuntimeState {
    /// It gets patches.
    Supported,
    /// It gets no patches any more.
    Deprecated,
    /// No function can be created with it.
    CreateBlocked,
    /// No function can be created or updated with it.
    UpdateBlocked,
}

const fn runtime(
    id: &'static str,
    deprecated: &'static str,
    create_blocked: &'static str,
    update_blocked: &'static str,
    successor: &'static str,
) -> LambdaRuntime {
    LambdaRuntime { id, deprecated, create_blocked, update_blocked, successor }
}

const PYTHON: &str = "python3.14";
const NODE: &str = "nodejs24.x";
const JAVA: &str = "java25";
const DOTNET: &str = "dotnet10";
const RUBY: &str = "ruby3.4";
const OS_ONLY: &str = "provided.al2023";

/// All runtimes with a known date; others are taken as supported.
pub const RUNTIMES: [LambdaRuntime; 45] = [
    runtime("python2.7", "2021-07-15", "2021-07-15", "2022-05-30", PYTHON),
    runtime("python3.6", "2022-07-18", "2022-07-18", "2022-08-29", PYTHON),
    runtime("python3.7", "2023-12-04", "2024-01-09", "2026-09-30", PYTHON),
    runtime("python3.8", "2024-10-14", "2026-08-31", "2026-09-30", PYTHON),
    runtime("python3.9", "2025-12-15", "2026-08-31", "2026-09-30", PYTHON),
    runtime("python3.10", "2026-10-31", "2026-11-30", "2027-01-15", PYTHON),
    runtime("python3.11", "2027-06-30", "2027-07-31", "2027-08-31", PYTHON),
    runtime("python3.12", "2028-10-31", "2028-11-30", "2029-01-10", PYTHON),
    runtime("python3.13", "2029-06-30", "2029-07-31", "2029-08-31", PYTHON),
    runtime("python3.14", "2029-06-30", "2029-07-31", "2029-08-31", PYTHON),
    runtime("nodejs", "2016-10-31", "2016-10-31", "2016-10-31", NODE),
    runtime("nodejs4.3", "2020-03-05", "2020-02-03", "2020-03-05", NODE),
    runtime("nodejs6.10", "2019-08-12", "2019-07-12", "2019-08-12", NODE),
    runtime("nodejs8.10", "2020-03-06", "2020-02-04", "2020-03-06", NODE),
    runtime("nodejs10.x", "2021-07-30", "2021-07-30", "2022-02-14", NODE),
    runtime("nodejs12.x", "2023-03-31", "2023-03-31", "2023-04-30", NODE),
    runtime("nodejs14.x", "2023-12-04", "2024-01-09", "2026-09-30", NODE),
    runtime("nodejs16.x", "2024-06-12", "2026-08-31", "2026-09-30", NODE),
    runtime("nodejs18.x", "2025-09-01", "2026-08-31", "2026-09-30", NODE),
    runtime("nodejs20.x", "2026-04-30", "2026-08-31", "2026-09-30", NODE),
    runtime("nodejs22.x", "2027-04-30", "2027-06-01", "2027-07-01", NODE),
    runtime("nodejs24.x", "2028-04-30", "2028-06-01", "2028-07-01", NODE),
    runtime("java8", "2024-01-08", "2024-02-08", "2026-09-30", JAVA),
    runtime("java8.al2", "2027-06-30", "2027-07-31", "2027-08-31", JAVA),
    runtime("java11", "2027-06-30", "2027-07-31", "2027-08-31", JAVA),
    runtime("java17", "2027-06-30", "2027-07-31", "2027-08-31", JAVA),
    runtime("java21", "2029-06-30", "2029-07-31", "2029-08-31", JAVA),
    runtime("java25", "2029-06-30", "2029-07-31", "2029-08-31", JAVA),
    runtime("dotnetcore1.0", "2019-06-27", "2019-06-30", "2019-07-30", DOTNET),
    runtime("dotnetcore2.0", "2019-05-30", "2019-04-30", "2019-05-30", DOTNET),
    runtime("dotnetcore2.1", "2022-01-05", "2022-01-05", "2022-04-13", DOTNET),
    runtime("dotnetcore3.1", "2023-04-03", "2023-04-03", "2023-05-03", DOTNET),
    runtime("dotnet6", "2024-12-20", "2026-08-31", "2026-09-30", DOTNET),
    runtime("dotnet8", "2026-11-10", "2026-12-10", "2027-01-11", DOTNET),
    runtime("dotnet10", "2028-11-14", "", "2029-01-15", DOTNET),
    runtime("ruby2.5", "2021-07-30", "2021-07-30", "2022-03-31", RUBY),
    runtime("ruby2.7", "2023-12-07", "2024-01-09", "2026-09-30", RUBY),
    runtime("ruby3.2", "2026-03-31", "2026-08-31", "2026-09-30", RUBY),
    runtime("ruby3.3", "2027-03-31", "2027-04-30", "2027-05-31", RUBY),
    runtime("ruby3.4", "2028-03-31", "2028-04-30", "2028-05-31", RUBY),
    runtime("go1.x", "2024-01-08", "2024-02-08", "2026-09-30", OS_ONLY),
    runtime("provided", "2024-01-08", "2024-02-08", "2026-09-30", OS_ONLY),
    runtime("provided.al2023", "2029-06-30", "2029-07-31", "2029-08-31", OS_ONLY),
    runtime("nodejs4.3-edge", "2019-04-30", "2019-03-31", "2019-04-30", NODE),
    // Its end stands in no table that was read.
    runtime("provided.al2", "", "", "", OS_ONLY),
];

/// A runtime by its identifier; `None` for one that the table does not have.
pub fn find(id: &str) -> Option<&'static LambdaRuntime> {
    RUNTIMES.iter().find(|runtime| runtime.id == id)
}

impl LambdaRuntime {
    /// How far its end has come on a day, given as `YYYY-MM-DD`.
    pub fn state(&self, day: &str) -> RuntimeState {
        let passed = |date: &str| !date.is_empty() && date <= day;
        match () {
            () if passed(self.update_blocked) => RuntimeState::UpdateBlocked,
            () if passed(self.create_blocked) => RuntimeState::CreateBlocked,
            () if passed(self.deprecated) => RuntimeState::Deprecated,
            () => RuntimeState::Supported,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_successors_are_supported() {
        for (at, runtime) in RUNTIMES.iter().enumerate() {
            assert!(RUNTIMES[at + 1..].iter().all(|other| other.id != runtime.id), "{}", runtime.id);
            let successor = find(runtime.successor).expect("a successor is in the table");
            assert_eq!(successor.state(AS_OF), RuntimeState::Supported, "{}", runtime.id);
        }
    }

    #[test]
    fn states_follow_the_dates() {
        let state = |id: &str, day: &str| find(id).map(|runtime| runtime.state(day));
        assert_eq!(state("python3.9", "2025-12-14"), Some(RuntimeState::Supported));
        assert_eq!(state("python3.9", "2025-12-15"), Some(RuntimeState::Deprecated));
        assert_eq!(state("python3.9", "2026-09-01"), Some(RuntimeState::CreateBlocked));
        assert_eq!(state("python3.9", AS_OF), Some(RuntimeState::UpdateBlocked));
        assert_eq!(state("provided.al2", AS_OF), Some(RuntimeState::Supported));
        assert_eq!(state("python9", AS_OF), None);
    }
}
