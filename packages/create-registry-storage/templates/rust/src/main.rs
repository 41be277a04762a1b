//! The storage driver __NAME__ of the Outrigger registry.

mod driver;
mod factory;
mod store;

use std::process::ExitCode;

/// The library speaks the protocol on stdin and stdout. What is printed goes to the registry's log.
fn main() -> ExitCode {
    outrigger_storage::serve(factory::Factory)
}
