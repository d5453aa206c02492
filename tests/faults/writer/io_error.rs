//! A disk that fails: EIO where the system says so, in strace's words.

use super::scene::Scene;
use super::trial::Trial;

/// strace that injects `what` into calls that reach the log.
pub(crate) fn injecting(scene: &Scene, calls: &str, what: &str) -> String {
    format!(
        "exec strace -f -o trace -P {} -e trace={calls} -e inject={calls}:{what} \"$@\"",
        scene.log().display()
    )
}

#[test]
fn a_write_that_fails_is_counted_and_the_next_ones_are_whole() {
    let mut trial = Trial::new(
        30,
        "a_write_that_fails",
        "EIO on write, `write`",
        "`strace -P auth.jsonl -e inject=write:error=EIO:when=3..4`",
    );
    let scene = Scene::new();
    let wrapper = injecting(&scene, "write,writev", "error=EIO:when=3..4");
    let output = scene
        .application(&wrapper, "a", &["events=20"])
        .output()
        .unwrap();
    trial.expect(output.status.success(), format_args!("{}", output.status));
    let account = scene.check(&[scene.log()]);
    trial.expect_sound(&account);
    let (lost, said) = (account.count("lost"), account.count("gaps_dropped"));
    trial.expect(lost == 2, format_args!("{lost} events are lost, not 2"));
    trial.expect(said == 2, format_args!("log.gap says {said}"));
    trial.expect(account.count("torn") == 0, "a line is torn");
    trial.conclude(&[account]);
}
