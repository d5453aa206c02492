//! Programs that trace: threads, tasks, other layers beside ours, and values that do what they should not.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;

use authmeter::bridge::tracing::AuthLayer;
use serde_json::{Value, json};
use tracing::{Dispatch, Instrument as _, info, info_span, instrument, warn};
use tracing_subscriber::prelude::*;

use crate::{Log, alone};

/// Where the other layer writes.
#[derive(Clone, Default)]
struct Screen(Arc<Mutex<Vec<u8>>>);

impl io::Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One request of the program.
#[instrument(target = "auth", fields(client = "web", tenant = tracing::field::Empty), skip_all)]
fn log_in(user: &str, number: u32) {
    tracing::Span::current().record("tenant", ["even", "odd"][number as usize % 2]);
    tracing::debug!("looking for {user}");
    check_code(user, number);
}

#[instrument]
fn check_code(user: &str, number: u32) {
    info!(number, "a code is checked");
    match number % 5 {
        0 => warn!(target: "auth::otp", user, number, event = "otp.verification", "Invalid code"),
        _ => info!(target: "auth", user, number, success = true, "auth.login"),
    }
}

const THREADS: u32 = 4;
const REQUESTS: u32 = 500;

#[test]
fn a_program_of_many_threads_and_layers_has_each_event_once_and_nothing_else() {
    let (log, screen) = (Log::new(), Screen::default());
    let other = screen.clone();
    let subscriber = tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer().with_writer(move || other.clone()))
        .with(AuthLayer::new(log.metrics.clone()).filtered());
    let dispatch = Dispatch::new(subscriber);
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let dispatch = &dispatch;
            scope.spawn(move || tracing::dispatcher::with_default(dispatch, || program(thread)));
        }
    });

    let mut seen = BTreeMap::new();
    for event in log.events() {
        let number = event["metadata"]["number"].as_u64().unwrap() as u32;
        let user = event["userId"].as_str().unwrap().to_owned();
        assert_eq!(seen.insert((user, number), event), None);
    }
    for thread in 0..THREADS {
        for number in 0..REQUESTS {
            let event = &seen[&(format!("user-{thread}"), number)];
            assert_eq!(*event, expected(thread, number));
        }
    }
    assert_eq!(seen.len(), (THREADS * REQUESTS) as usize);
    let lines = String::from_utf8(screen.0.lock().unwrap().clone()).unwrap();
    let others = lines
        .lines()
        .filter(|line| line.contains("a code is checked"))
        .count();
    assert_eq!(
        others,
        (THREADS * REQUESTS) as usize,
        "the other layer has its own"
    );
}

fn program(thread: u32) {
    let user = format!("user-{thread}");
    for number in 0..REQUESTS {
        let request = info_span!("request", trace_id = %format_args!("{thread:x}-{number:x}"), path = "/login");
        request.in_scope(|| log_in(&user, number));
    }
}

fn expected(thread: u32, number: u32) -> Value {
    let failed = number.is_multiple_of(5);
    let tenant = ["even", "odd"][number as usize % 2];
    let mut event = json!({
        "event": if failed { "otp.verification" } else { "auth.login" },
        "timestamp": "2025-01-15T10:30:00.000Z",
        "userId": format!("user-{thread}"),
        "success": !failed,
        "metadata": {"number": number, "clientId": "web", "tenantId": tenant, "traceId": format!("{thread:x}-{number:x}")},
    });
    if failed {
        event["error"] = json!("Invalid code");
    }
    event
}

/// Is ready at its second poll.
#[derive(Default)]
struct Later(bool);

impl Future for Later {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        match std::mem::replace(&mut self.0, true) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    }
}

#[test]
fn tasks_that_take_turns_on_one_thread_keep_their_spans_apart() {
    let log = Log::new();
    let subscriber =
        tracing_subscriber::registry().with(AuthLayer::new(log.metrics.clone()).filtered());
    tracing::subscriber::with_default(subscriber, || {
        let task =
            |number: u32| {
                let work = async move {
                    for _ in 0..3 {
                        Later::default().await;
                        info!(target: "auth", number, "auth.login");
                    }
                };
                Box::pin(work.instrument(
                    info_span!(target: "auth", "task", user = number, trace_id = number),
                ))
            };
        let mut tasks: Vec<_> = (0..5).map(task).collect();
        let mut context = Context::from_waker(Waker::noop());
        while !tasks.is_empty() {
            tasks.retain_mut(|task| task.as_mut().poll(&mut context).is_pending());
        }
        let nobody = pin!(async { info!(target: "auth", "auth.login") });
        assert!(nobody.poll(&mut context).is_ready());
    });
    let mut events = log.events();
    let nobody = events.pop().unwrap();
    assert_eq!(
        (&nobody["userId"], &nobody["metadata"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(events.len(), 15);
    for event in events {
        let number = event["metadata"]["number"].as_u64().unwrap();
        assert_eq!(event["userId"], number.to_string());
        assert_eq!(event["metadata"]["traceId"], number);
    }
}

/// Traces while it is shown.
struct Talkative;

impl fmt::Display for Talkative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        info!(target: "auth", value = %Talkative, "otp.sent");
        f.write_str("said")
    }
}

/// A log of everything that is traced in this process.
fn globally() -> Log {
    let log = Log::new();
    let layer = AuthLayer::new(log.metrics.clone()).filtered();
    tracing_subscriber::registry().with(layer).init();
    log
}

#[test]
fn an_event_within_an_event_does_not_go_round_in_circles() {
    alone(
        "applications::an_event_within_an_event_does_not_go_round_in_circles",
        || {
            let log = globally();
            info!(target: "auth", value = %Talkative, "auth.login");
            assert_eq!(
                log.event(),
                json!({"event": "auth.login", "metadata": {"value": "said"}})
            );
        },
    );
}

/// Cannot be shown.
struct Broken(bool);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("half")?;
        assert!(!self.0, "a value that panics");
        Err(fmt::Error)
    }
}

#[test]
fn a_value_that_cannot_be_shown_harms_no_other_event() {
    alone(
        "applications::a_value_that_cannot_be_shown_harms_no_other_event",
        || {
            let log = globally();
            let panics = || info!(target: "auth", value = %Broken(true), "lost.event");
            assert!(
                std::panic::catch_unwind(panics).is_err(),
                "the application's own panic is its own"
            );
            info!(target: "auth", value = %Broken(false), after = 1, "auth.login");
            assert_eq!(
                log.event(),
                json!({"event": "auth.login", "metadata": {"value": "half", "after": 1}})
            );
        },
    );
}

#[test]
fn the_global_writer_is_the_one_there_is_at_the_time() {
    const TEST: &str = "applications::the_global_writer_is_the_one_there_is_at_the_time";
    alone(TEST, || {
        let log = Log::new();
        let layer = tracing_subscriber::registry().with(AuthLayer::global().filtered());
        tracing::subscriber::with_default(layer, || {
            info!(target: "auth", "too.early");
            let guard = authmeter::init(log.metrics.clone()).unwrap();
            info!(target: "auth", "auth.login");
            assert_eq!(authmeter::stats().emitted, 2);
            drop(guard);
        });
        assert_eq!(log.event(), json!({"event": "auth.login"}));
    });
}
