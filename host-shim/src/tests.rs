//! The whole host over a fake engine: no process, no Python.
