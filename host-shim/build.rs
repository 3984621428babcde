//! Writes the place of the libpython that is linked into the shim, so that the loader takes no other one of the same name.

/// Variable that names another place for the loader to look at: a bundle's, relative to the shim (`$ORIGIN/python/lib`).
const PLACE: &str = "TACH_SHIM_RPATH";

fn main() {
    println!("cargo::rerun-if-env-changed={PLACE}");
    match std::env::var(PLACE) {
        Ok(place) => println!("cargo::rustc-link-arg-bins=-Wl,-rpath,{place}"),
        Err(_) => pyo3_build_config::add_libpython_rpath_link_args(),
    }
}
