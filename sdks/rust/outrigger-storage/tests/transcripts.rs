//! The recorded conversations of the protocol, against the driver of the README.

use outrigger_storage_testing::{DriverUnderTest, example, replay_all};
use serde_json::json;

#[test]
fn answers_as_recorded() {
    let count =
        replay_all(&DriverUnderTest { program: &example("memory"), powers: &[], parameters: |_| json!({}) });
    assert!(count >= 30, "only {count} transcripts were played");
}
