//! Processes that end, in whatever way: what was accepted arrives, once.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use authmeter::fields;

use crate::receiver::{Receiver, Reply};
use crate::{LONG, child, emit, eventually, run, spooled, words, writer};

/// Emits until it is killed; after each event, says so in a file.
fn emit_until_killed(words: &[String]) {
    let [folder, url, writer_name] = words else {
        panic!("{words:?}");
    };
    let metrics = writer(Path::new(folder), url).build().unwrap();
    let said = Path::new(folder).join(format!("{writer_name}.said"));
    let mut said = OpenOptions::new()
        .create(true)
        .append(true)
        .open(said)
        .unwrap();
    for number in 0_u64.. {
        let about = fields().user(writer_name).meta("n", number);
        metrics.track_success("token.used", about);
        said.write_all(b".").unwrap();
        if number % 50 == 0 {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// The events of each writer, as they came in batches that came first.
fn by_writer(receiver: &Receiver) -> BTreeMap<String, Vec<u64>> {
    let mut writers: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    receiver.seen(|seen| {
        for body in seen.order.iter().map(|id| &seen.batches[id]) {
            for event in crate::receiver::lines(body) {
                let writer = event["userId"].as_str().unwrap().to_owned();
                let number = event["metadata"]["n"].as_u64().unwrap();
                writers.entry(writer).or_default().push(number);
            }
        }
    });
    writers
}

/// Kills its process when it is dropped.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Twenty times a process is killed at a random moment, under an endpoint that fails at random.
#[test]
fn a_kill_at_any_moment_loses_nothing_that_was_accepted_and_repeats_only_batches() {
    const TEST: &str =
        "crash::a_kill_at_any_moment_loses_nothing_that_was_accepted_and_repeats_only_batches";
    const KILLS: u32 = 24;
    if let Some(words) = words() {
        return emit_until_killed(&words);
    }
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::new(|number, _| match number % 7 {
        2 => Reply::AcceptAndLose,
        4 => Reply::Reset,
        5 => Reply::Status(503, "Retry-After: 0\r\n"),
        _ => Reply::AcceptAfter(Duration::from_millis(10)),
    });
    let mut delay = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), "a seed");
    for kill in 0..KILLS {
        let name = format!("writer-{kill}");
        let words = [
            folder.path().as_os_str(),
            receiver.url().as_ref(),
            name.as_ref(),
        ]
        .map(OsStr::to_owned);
        let words: Vec<&OsStr> = words.iter().map(AsRef::as_ref).collect();
        let process = child(TEST, &words).stdout(Stdio::null()).spawn().unwrap();
        let process = Killed(process);
        let said = folder.path().join(format!("{name}.said"));
        eventually(|| said.exists(), |exists| *exists);
        delay = delay
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        // Every third is killed in its first moments, others after batches have gone.
        let longest = if kill % 3 == 0 { 20 } else { 1500 };
        thread::sleep(Duration::from_millis((delay >> 33) % longest));
        drop(process);
    }
    let metrics = writer(folder.path(), &receiver.url()).build().unwrap();
    // A hundred batches, of which three in seven fail at first.
    let all = metrics.flush(4 * LONG);
    assert!(all, "{:?}", metrics.endpoint_stats());

    let arrived = by_writer(&receiver);
    let mut events = 0;
    for kill in 0..KILLS {
        let name = format!("writer-{kill}");
        let said = fs::metadata(folder.path().join(format!("{name}.said")))
            .unwrap()
            .len();
        let numbers = arrived.get(&name).map_or(&[][..], Vec::as_slice);
        let has = numbers.len() as u64;
        assert!(
            numbers.iter().copied().eq(0..has),
            "{name}: not each once, in order"
        );
        // The last one may have been accepted, and the process killed before it could say so.
        assert!((said..=said + 1).contains(&has), "{name}: {has} of {said}");
        events += has;
    }
    assert!(events > 1000, "only {events}");
    let (differing, repeated) = receiver.seen(|seen| (seen.differing.clone(), seen.repeated));
    assert_eq!(differing, [""; 0]);
    assert!(repeated > 0, "no answer was lost: this proves little");
    assert_eq!(spooled(folder.path()), [""; 0]);
}

#[test]
fn what_waits_at_the_end_is_delivered_at_the_next_start_under_the_same_ids() {
    let folder = tempfile::tempdir().unwrap();
    let away = Receiver::new(|_, _| Reply::Status(503, ""));
    let metrics = writer(folder.path(), &away.url()).build().unwrap();
    emit(&metrics, 0..5000);
    eventually(|| away.seen(|seen| seen.requests.len()), |count| *count > 1);
    // An endpoint that is known to be away is not waited for.
    let began = Instant::now();
    metrics.shutdown(LONG);
    assert!(began.elapsed() < LONG / 2, "{:?}", began.elapsed());
    let left = spooled(folder.path()).len();
    assert!(left > 1, "{left}");
    let stats = metrics.endpoint_stats().unwrap();
    assert_eq!(stats.waiting_batches as usize, left);
    // After the end nothing is taken, and that is counted.
    emit(&metrics, 0..1);
    assert_eq!(metrics.endpoint_stats().unwrap().dropped, 1);

    let back = Receiver::accepting();
    let next = writer(folder.path(), &back.url()).build().unwrap();
    emit(&next, 5000..5010);
    assert!(next.flush(LONG));
    back.has_exactly(0..5010);
    let tried = away.seen(|seen| seen.requests[0].clone());
    assert!(back.seen(|seen| seen.batches[tried.id()] == tried.body));
    let stats = next.endpoint_stats().unwrap();
    assert_eq!(
        (stats.adopted, stats.spooled, stats.delivered),
        (5000, 10, 5010)
    );
}

#[test]
fn a_process_that_exits_sends_what_it_can_and_does_not_wait_for_an_endpoint_that_is_away() {
    const TEST: &str = "crash::a_process_that_exits_sends_what_it_can_and_does_not_wait_for_an_endpoint_that_is_away";
    if let Some(words) = words() {
        let metrics = writer(Path::new(&words[0]), &words[1]).build().unwrap();
        emit(&metrics, 0..10);
        std::mem::forget(metrics);
        std::process::exit(0);
    }
    let folder = tempfile::tempdir().unwrap();
    let exits = |receiver: &Receiver| {
        let began = Instant::now();
        let url = receiver.url();
        let mut command = child(TEST, &[folder.path().as_ref(), url.as_ref()]);
        assert!(command.stdout(Stdio::null()).status().unwrap().success());
        began.elapsed()
    };
    let away = Receiver::new(|_, _| Reply::Status(503, ""));
    // The quickest of three: the machine may be busy.
    let took = (0..3).map(|_| exits(&away)).min().unwrap();
    assert!(took < Duration::from_millis(1900), "{took:?}");
    let left = spooled(folder.path()).len();
    assert!((1..=3).contains(&left), "{left}");
    // One that says nothing is waited for, but not for long.
    let took = exits(&Receiver::new(|_, _| Reply::Nothing));
    assert!((1900..15_000).contains(&took.as_millis()), "{took:?}");
    assert!(!spooled(folder.path()).is_empty());
    let here = Receiver::accepting();
    exits(&here);
    eventually(|| here.numbers().len(), |count| *count == 50);
    assert_eq!(spooled(folder.path()), [""; 0]);
}

#[test]
fn a_torn_tail_is_cut_at_the_last_newline() {
    let folder = tempfile::tempdir().unwrap();
    let away = Receiver::accepting();
    let url = away.url();
    drop(away);
    let metrics = writer(folder.path(), &url).build().unwrap();
    emit(&metrics, 0..100);
    metrics.shutdown(LONG);
    let [segment] = &spooled(folder.path())[..] else {
        panic!("one segment");
    };
    // As a process leaves it that is killed inside a write.
    let segment = folder.path().join("auth.jsonl.spool").join(segment);
    let mut file = OpenOptions::new().append(true).open(segment).unwrap();
    file.write_all(br#"{"event":"token.used","metadata":{"n":10"#)
        .unwrap();

    let receiver = Receiver::accepting();
    let next = writer(folder.path(), &receiver.url()).build().unwrap();
    assert!(next.flush(LONG));
    receiver.has_exactly(0..100);
    assert_eq!(spooled(folder.path()), [""; 0]);
}

#[test]
fn a_segment_that_somebody_removes_is_counted_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::new(|number, _| match number {
        0 => Reply::Status(503, "Retry-After: 1\r\n"),
        _ => Reply::Accept,
    });
    let metrics = writer(folder.path(), &receiver.url()).build().unwrap();
    emit(&metrics, 0..5000);
    eventually(
        || receiver.seen(|seen| seen.requests.len()),
        |count| *count == 1,
    );
    let last = spooled(folder.path()).pop().unwrap();
    fs::remove_file(folder.path().join("auth.jsonl.spool").join(last)).unwrap();
    assert!(metrics.flush(LONG));
    let stats = metrics.endpoint_stats().unwrap();
    assert!(stats.missing > 0);
    assert_eq!(stats.delivered + stats.missing, 5000);
    receiver.has_exactly(0..stats.delivered);
}

#[test]
fn a_spool_that_somebody_removes_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::new(|number, _| match number {
        0 => Reply::Status(503, "Retry-After: 1\r\n"),
        _ => Reply::Accept,
    });
    let metrics = writer(folder.path(), &receiver.url()).build().unwrap();
    emit(&metrics, 0..5000);
    eventually(
        || receiver.seen(|seen| seen.requests.len()),
        |count| *count == 1,
    );
    fs::remove_dir_all(folder.path().join("auth.jsonl.spool")).unwrap();
    // The file that is open takes events that nobody will find; they are counted, too.
    emit(&metrics, 5000..10_000);
    assert!(metrics.flush(LONG));
    let stats = metrics.endpoint_stats().unwrap();
    assert_eq!(
        (stats.dropped, stats.delivered + stats.missing),
        (0, 10_000)
    );
    assert!(stats.missing > 0 && stats.delivered > 1000, "{stats:?}");
    assert_eq!(receiver.numbers().last(), Some(&9999));
    // It is locked as before.
    let next = writer(folder.path(), &receiver.url()).build().unwrap();
    emit(&metrics, 10_000..10_001);
    assert!(next.flush(LONG) && next.endpoint_stats().unwrap().adopted == 0);
}

/// Emits 5,000 events under its own name; half of the processes end in order, the others as if killed.
fn emit_and_end(words: &[String]) {
    let [folder, url, name] = words else {
        panic!("{words:?}");
    };
    let metrics = writer(Path::new(folder), url).build().unwrap();
    for number in 0_u64..5000 {
        let about = fields().user(name).meta("n", number);
        metrics.track_success("token.used", about);
    }
    match name.ends_with('0') {
        true => drop(metrics.shutdown(LONG)),
        false => std::process::abort(),
    }
}

#[test]
fn processes_share_a_path_and_each_has_a_spool_of_its_own() {
    const TEST: &str = "crash::processes_share_a_path_and_each_has_a_spool_of_its_own";
    if let Some(words) = words() {
        return emit_and_end(&words);
    }
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::new(|number, _| match number % 3 {
        1 => Reply::AcceptAndLose,
        _ => Reply::Accept,
    });
    let processes: Vec<Child> = (0..4)
        .map(|index| {
            let url = receiver.url();
            let name = format!("process-{index}-{}", index % 2);
            let words: [&OsStr; 3] = [folder.path().as_ref(), url.as_ref(), name.as_ref()];
            let mut command = child(TEST, &words);
            command
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut process in processes {
        process.wait().unwrap();
    }
    let metrics = writer(folder.path(), &receiver.url()).build().unwrap();
    assert!(metrics.flush(LONG));
    let arrived = by_writer(&receiver);
    assert_eq!(arrived.len(), 4);
    for (name, numbers) in arrived {
        assert!(numbers.iter().copied().eq(0..5000), "{name}");
    }
    assert_eq!(receiver.seen(|seen| seen.differing.clone()), [""; 0]);
}

/// Forks: both sides go on.
#[allow(unsafe_code)]
fn fork_and_emit(words: &[String]) {
    let [folder, url] = words else {
        panic!("{words:?}");
    };
    let metrics = writer(Path::new(folder), url).build().unwrap();
    emit(&metrics, 0..10);
    // SAFETY: the only other thread is the sender, and whatever it holds the child has to do without: that is tested.
    let pid = unsafe { libc::fork() };
    assert!(pid >= 0);
    if pid == 0 {
        emit(&metrics, 10..20);
        let is_delivered = metrics.flush(LONG);
        metrics.shutdown(LONG);
        // SAFETY: ends the child at once, as a child that must not run its parent's test harness has to.
        unsafe { libc::_exit(i32::from(!is_delivered)) }
    }
    let mut status = 0;
    // SAFETY: waits for the child it has just made.
    assert_eq!(unsafe { libc::waitpid(pid, &raw mut status, 0) }, pid);
    assert_eq!(status, 0, "the child has delivered its events");
    emit(&metrics, 20..30);
    assert!(metrics.flush(LONG));
    assert_eq!(metrics.endpoint_stats().unwrap().delivered, 20);
}

#[test]
fn a_forked_child_has_a_spool_of_its_own_and_leaves_its_parents_alone() {
    const TEST: &str = "crash::a_forked_child_has_a_spool_of_its_own_and_leaves_its_parents_alone";
    if let Some(words) = words() {
        return fork_and_emit(&words);
    }
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::accepting();
    let url = receiver.url();
    for _ in 0..10 {
        run(&mut child(TEST, &[folder.path().as_ref(), url.as_ref()]));
    }
    let mut numbers = receiver.numbers();
    numbers.sort_unstable();
    let expected: Vec<u64> = (0..30).flat_map(|number| [number; 10]).collect();
    assert_eq!(numbers, expected);
    assert_eq!(receiver.seen(|seen| seen.differing.clone()), [""; 0]);
    let instances = receiver.seen(|seen| {
        let ids = seen
            .order
            .iter()
            .map(|id| id.split('-').next().unwrap().to_owned());
        ids.collect::<std::collections::BTreeSet<_>>().len()
    });
    assert_eq!(instances, 20);
}

/// Goes into the background: the parent ends, the child goes on.
#[allow(unsafe_code)]
fn daemonize(words: &[String]) {
    let [folder, url] = words else {
        panic!("{words:?}");
    };
    let metrics = writer(Path::new(folder), url).build().unwrap();
    emit(&metrics, 0..10);
    // SAFETY: as above.
    let pid = unsafe { libc::fork() };
    assert!(pid >= 0);
    if pid > 0 {
        // SAFETY: ends the parent at once, before its sender has sent anything.
        unsafe { libc::_exit(0) }
    }
    // Its parent's lock is free once the parent has ended.
    thread::sleep(Duration::from_millis(300));
    emit(&metrics, 10..20);
    metrics.flush(LONG);
    metrics.shutdown(LONG);
    // SAFETY: ends the child at once, without its parent's test harness.
    unsafe { libc::_exit(0) }
}

#[test]
fn a_process_that_goes_into_the_background_delivers_what_its_parent_had() {
    const TEST: &str =
        "crash::a_process_that_goes_into_the_background_delivers_what_its_parent_had";
    if let Some(words) = words() {
        return daemonize(&words);
    }
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::accepting();
    let url = receiver.url();
    let status = child(TEST, &[folder.path().as_ref(), url.as_ref()])
        .stdout(Stdio::null())
        .status();
    assert!(status.unwrap().success());
    eventually(|| receiver.numbers().len(), |count| *count == 20);
    receiver.has_exactly(0..20);
    // Its folder and its parent's are gone.
    let spool = folder.path().join("auth.jsonl.spool");
    eventually(
        || fs::read_dir(&spool).unwrap().count(),
        |count| *count == 0,
    );
}
