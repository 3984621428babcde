//! What the command line needs of the system and the standard library has no portable call for.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(crate) use unix::{cache_folder, hear_of_children, make_ordinary, make_private_folder, run_in_place};
#[cfg(windows)]
pub(crate) use windows::{cache_folder, hear_of_children, make_ordinary, make_private_folder, run_in_place};
