//! The `tach` command: see `tach --help`.

fn main() -> std::process::ExitCode {
    tach_supervisor::cli::main()
}
