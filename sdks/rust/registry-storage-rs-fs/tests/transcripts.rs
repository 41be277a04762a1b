//! The recorded conversations of the protocol.

use std::path::Path;

use outrigger_storage_testing::{DriverUnderTest, replay_all};
use serde_json::json;

#[test]
fn answers_as_recorded() {
    let count = replay_all(&DriverUnderTest {
        program: Path::new(env!("CARGO_BIN_EXE_registry-storage-rs-fs")),
        powers: &[
            "walk",
            "copy",
            "atomicMove",
            "atomicDirectoryMove",
            "isolatedWriters",
            "commitTo",
            "localFiles",
            "version",
        ],
        parameters: |store| json!({ "rootdirectory": store }),
    });
    assert!(count >= 36, "only {count} transcripts were played");
}
