//! Hands over to the library and returns its exit code.

fn main() -> std::process::ExitCode {
    firehose_kit::cli::main()
}
