//! Writes the place of the libpython that is linked into the shim, so that the loader takes no other one of the same name.

fn main() {
    pyo3_build_config::add_libpython_rpath_link_args();
}
