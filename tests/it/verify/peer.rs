//! A second verifier, in another language and from the published format alone, says the same.

use crate::harness::{PROGRAM, Scratch};

#[test]
fn a_verifier_written_from_the_format_agrees() {
    let scratch = Scratch::new();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/seals.py");
    let ended = scratch.shell(&format!("python3 {script} agree {PROGRAM} 150"));
    ended.exit(0);
    let told = ended.text();
    ended.expect(told.contains("agree on 150 logs"), "all logs were compared");
}
