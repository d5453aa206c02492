//! The `authmeter` program.

fn main() {}
