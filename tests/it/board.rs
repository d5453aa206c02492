//! `authmeter watch` on a terminal: what it draws while somebody looks, and what it leaves behind.

use crate::harness::{LOGIN, Scratch};

/// Leaves the alternate screen.
const LEFT: &str = "\x1b[?1049l";

/// Shows the cursor.
const CURSOR: &str = "\x1b[?25h";

/// Runs `authmeter watch` with some words on a terminal of 80 columns and 24 rows, does what a shell script says once the
/// dashboard shows an event, and returns all that came out. In the script, `$watch` is the program, and what is echoed to
/// `keys` is typed.
#[track_caller]
fn looked_at(scratch: &Scratch, words: &str, script: &str) -> String {
    scratch.write("auth.log", format!("{LOGIN}\n"));
    let ended = scratch.shell(&format!(
        r#"set -u
        mkfifo keys
        exec 3<> keys
        cat > run <<'END'
stty cols 80 rows 24; stty -a > before; echo $$ > pid; "$AUTHMETER" watch --count-copies {words} auth.log; echo "exit $?"; stty -a > after
END
        TERM=xterm-256color timeout 60 script -qfec 'sh run' screen < keys > /dev/null 2>&1 & script=$!
        seen() {{ for n in $(seq 200); do grep -qa "$1" screen 2> /dev/null && return; sleep 0.05; done; echo "not seen: $1" >&2; exit 1; }}
        seen 'auth.login'
        watch=$(pgrep -P "$(cat pid)")
        {script}
        wait $script
        cmp before after"#
    ));
    let screen =
        String::from_utf8_lossy(&std::fs::read(scratch.path("screen")).unwrap()).into_owned();
    ended.exit(0);
    screen
}

/// Expects the terminal restored, and the report of so many logins after that, on the screen there was before.
#[track_caller]
fn assert_left_clean(screen: &str, logins: &str) {
    let (drawn, after) = screen.rsplit_once(LEFT).expect("the screen is left");
    assert!(drawn.contains("\x1b[?1049h"), "{screen:?}");
    assert!(after.contains(CURSOR), "{after:?}");
    let (_, ordered) = drawn.rsplit_once("\x1b[8").expect("text is in order");
    assert!(
        drawn.contains("\x1b[8l") && ordered.starts_with('h'),
        "{drawn:?}"
    );
    assert!(after.contains(&format!("{logins}\r\n")), "{after:?}");
    assert!(after.contains("exit 0"), "{after:?}");
    assert!(!after.contains("\x1b[?25l"), "the cursor stays: {after:?}");
}

#[test]
fn keys_that_interrupt_leave_the_terminal_clean_and_print_the_report() {
    for key in [r"\003", "q"] {
        let scratch = Scratch::new();
        let screen = looked_at(
            &scratch,
            "--get logins.success",
            &format!(
                "cat auth.log >> auth.log.new; cat auth.log.new >> auth.log; sleep 1; printf '{key}' > keys"
            ),
        );
        assert_left_clean(&screen, "2");
    }
}

#[test]
fn signals_leave_the_terminal_clean_and_print_the_report() {
    for signal in ["INT", "TERM"] {
        let screen = looked_at(
            &Scratch::new(),
            "--get logins.success",
            &format!("kill -{signal} $watch"),
        );
        assert_left_clean(&screen, "1");
    }
}

#[test]
fn what_a_key_chooses_is_drawn() {
    let screen = looked_at(
        &Scratch::new(),
        "--get logins.success",
        "printf '?' > keys; seen 'closes'; printf 'xfoutcom=failed\\r' > keys; seen 'mean'; \
         printf '\\033' > keys; sleep 0.5; printf 'p' > keys; seen 'PAUSED'; printf 'q' > keys",
    );
    assert_left_clean(&screen, "1");
}

#[test]
fn a_log_does_not_act_on_the_terminal_it_is_watched_on() {
    let scratch = Scratch::new();
    let screen = looked_at(
        &scratch,
        "--get logins.success",
        r#"printf '{"event":"auth.login","success":false,"error":"\\u001b]0;owned\\u0007\\u001b[2Jred","userId":"\\u202eu"}\n' >> auth.log
        seen 'owned'; sleep 0.5; printf q > keys"#,
    );
    assert!(screen.contains(r"\u{1b}"), "{screen:?}");
    assert!(
        !screen.contains("\x1b]0;owned") && !screen.contains('\u{202e}'),
        "{screen:?}"
    );
    assert_left_clean(&screen, "1");
}

#[test]
fn a_terminal_that_cannot_be_drawn_on_gets_lines() {
    let scratch = Scratch::new();
    scratch.write("auth.log", format!("{LOGIN}\n"));
    let ended = scratch.shell(
        r#"TERM=dumb timeout 60 script -qfec 'echo $$ > pid; exec "$AUTHMETER" watch --period 100ms auth.log' screen < /dev/null > /dev/null 2>&1 & script=$!
        for n in $(seq 200); do grep -qa 'events 1' screen 2> /dev/null && break; sleep 0.05; done
        kill -TERM "$(cat pid)"; wait $script; cat screen"#,
    );
    let text = ended.text();
    ended.expect(
        text.contains("events 1") && !text.contains('\x1b'),
        "expected lines",
    );
}

/// Runs `authmeter watch` on a terminal, does what a shell script says, in which the file `much` is much to read, `now` tells
/// a time in milliseconds, and `keys` and `$watch` are as above, and returns what was shown and what the script printed.
#[track_caller]
fn busy(script: &str) -> (String, String) {
    let scratch = Scratch::new();
    let ended = scratch.shell(&format!(
        r#"set -u
        mkfifo keys
        exec 3<> keys
        # Half a gigabyte: it takes longer to read than to test.
        "$AUTHMETER" generate --events 3000 > some
        for n in $(seq 20); do cat some; done > more
        for n in $(seq 50); do cat more; done > much
        now() {{ echo $(($(date +%s%N) / 1000000)); }}
        cat > run <<'END'
stty cols 80 rows 24; stty -a > before; echo $$ > pid; "$AUTHMETER" watch auth.log; echo "exit $?"; stty -a > after
END
        start() {{ TERM=xterm-256color timeout 60 script -qfec 'sh run' screen < keys > /dev/null 2>&1 & script=$!; }}
        seen() {{ for n in $(seq 2000); do grep -qa "$1" screen 2> /dev/null && return; sleep 0.005; done; echo "not seen: $1" >&2; exit 1; }}
        {script}
        wait $script
        cmp before after"#
    ));
    let screen =
        String::from_utf8_lossy(&std::fs::read(scratch.path("screen")).unwrap()).into_owned();
    (screen, ended.exit(0).text().to_owned())
}

/// Milliseconds that a script printed, a line each. One in four must be below a second, and all below five: reading takes
/// more, and whoever waits for it would wait for all. On an idle machine they are 15 to 90 ms; how long they take elsewhere
/// is no matter of a test.
#[track_caller]
fn assert_at_once(printed: &str) {
    let mut times: Vec<u64> = printed.lines().map(|line| line.parse().unwrap()).collect();
    times.sort_unstable();
    let (some, most) = (times[times.len() / 4], times[times.len() - 1]);
    assert!(some < 1000 && most < 5000, "{times:?} ms");
}

#[test]
fn keys_are_answered_at_once_while_much_is_read() {
    let (screen, times) = busy(
        r#"touch auth.log; start; seen 'to read\|no events'; watch=$(pgrep -P "$(cat pid)")
        cat much >> auth.log; seen 'MB to read'
        helps=0
        for n in 1 2 3 4 5 6 7; do
            from=$(now); printf '?' > keys; helps=$((helps + 1))
            until [ "$(grep -ao 'any key closes' screen | wc -l)" -ge $helps ]; do sleep 0.002; done
            echo $(($(now) - from)); printf 'x' > keys; sleep 0.1
        done
        from=$(now); printf '\003' > keys; seen '1049l'; echo $(($(now) - from))
        kill -TERM $watch"#,
    );
    assert_at_once(&times);
    let (_, after) = screen.rsplit_once(LEFT).expect("the screen is left");
    assert!(after.len() < 1000, "there should be no report");
    assert!(after.contains("exit 143"), "{after:?}");
}

#[test]
fn it_is_drawn_at_once_and_ends_at_once_where_it_starts_on_much() {
    let (screen, times) = busy(
        r#"mv much auth.log; start; seen 'MB to read'
        watch=$(pgrep -P "$(cat pid)"); from=$(now); kill -TERM $watch; seen '1049l'; echo $(($(now) - from))
        seen 'not counted yet; Ctrl-C ends'; kill -TERM $watch"#,
    );
    let time: u64 = times.trim().parse().unwrap();
    assert!(time < 5000, "{time} ms");
    let (_, after) = screen.rsplit_once(LEFT).expect("the screen is left");
    assert!(after.len() < 1000, "there should be no report");
    assert!(after.contains("exit 143"), "{after:?}");
}
