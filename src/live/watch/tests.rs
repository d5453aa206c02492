use super::*;
use crate::engine::Observer;
use crate::event::{Event, Field, Kind, Outcome};

const NOW: i64 = 1_736_937_000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::new(seconds, 0).unwrap()
}

fn login(time: i64, outcome: Outcome) -> Event<'static> {
    let mut event = Event::new(Kind::Login);
    event.time = Some(at(time));
    event.outcome = outcome;
    event
}

fn recent() -> Recent {
    let mut recent = Recent::new();
    recent.at(at(NOW));
    recent
}

#[test]
fn sums_are_of_the_stretch_that_ends_now_and_nothing_older() {
    let mut recent = recent();
    for (age, outcome) in [
        (0, Outcome::Success),
        (59, Outcome::Failure),
        (60, Outcome::Success),
        (3500, Outcome::Success),
        (86_000, Outcome::Failure),
        (200_000, Outcome::Success),
    ] {
        recent.observe(&[login(NOW - age, outcome)]);
    }
    let events = |seconds| {
        let counts = recent.last(at(NOW), seconds);
        (counts.events, counts.logins_ok, counts.logins_failed)
    };
    assert_eq!(events(60), (2, 1, 1));
    assert_eq!(events(3600), (4, 3, 1));
    assert_eq!(events(86_400), (5, 3, 2));
    assert_eq!(recent.total().events, 6);
    // An hour later, what was of the last hour is not.
    assert_eq!(recent.last(at(NOW + 7200), 3600), Counts::default());
    let series = recent.series(at(NOW), 1, 60);
    let events: Vec<u64> = series.iter().map(|counts| counts.events).collect();
    assert_eq!((events.len(), events[59], events[0]), (60, 1, 1));
}

#[test]
fn an_event_of_tomorrow_counts_now_and_hides_nothing() {
    let mut recent = recent();
    recent.observe(&[
        login(NOW + 86_400, Outcome::Success),
        login(NOW, Outcome::Success),
    ]);
    let mut undated = Event::new(Kind::Login);
    undated.outcome = Outcome::Success;
    recent.observe(&[undated]);
    assert_eq!(recent.last(at(NOW), 60).events, 3);
}

#[test]
fn two_workers_see_what_one_sees() {
    let events: Vec<Event<'_>> = (0..500)
        .map(|index| {
            let outcome = [Outcome::Success, Outcome::Failure][index % 2];
            let mut event = login(NOW - (index as i64 * 7919) % 90_000, outcome);
            event.set(Field::Reason, ["a", "b", "c"][index % 3].into());
            event
        })
        .collect();
    let (mut one, mut left, mut right) = (recent(), recent(), recent());
    one.observe(&events);
    left.observe(&events[..170]);
    right.observe(&events[170..]);
    left.merge(right);
    for seconds in [60, 3600, 86_400] {
        assert_eq!(one.last(at(NOW), seconds), left.last(at(NOW), seconds));
    }
    assert_eq!(one.reasons(at(NOW)), left.reasons(at(NOW)));
    assert_eq!(one.total(), left.total());
    let times = |recent: &Recent| recent.newest().map(|row| row.time).collect::<Vec<_>>();
    assert_eq!(times(&one), times(&left));
    assert!(times(&one).is_sorted_by(|newer, older| newer >= older));
}

#[test]
fn a_million_different_events_take_no_more_room_than_a_thousand() {
    let mut recent = recent();
    let texts: Vec<String> = (0..3000).map(|index| format!("reason {index}")).collect();
    for (index, text) in texts.iter().enumerate() {
        let mut event = login(NOW - 3000 + index as i64, Outcome::Failure);
        event.set(Field::Reason, text.as_str().into());
        recent.observe(&[event]);
    }
    assert_eq!(recent.newest().count(), Recent::ROWS);
    assert!(recent.failed().len() <= 400, "{}", recent.failed().len());
    // What failed last is still known.
    assert!(recent.failed().contains_key("reason 2999"));
}

#[test]
fn alarms_are_raised_by_what_is_unusual_and_by_nothing_else() {
    let mut usual = recent();
    for index in 0..2000 {
        let outcome = if index % 20 == 0 {
            Outcome::Failure
        } else {
            Outcome::Success
        };
        usual.observe(&[login(NOW - 40_000 + index * 20, outcome)]);
    }
    assert_eq!(alarms(&usual, at(NOW)), []);
    let mut failing = usual.clone();
    for index in 0..15 {
        failing.observe(&[login(NOW - 60 + index, Outcome::Failure)]);
    }
    assert!(matches!(
        alarms(&failing, at(NOW))[..],
        [Alarm::Failures { .. }]
    ));
    // Every 20 seconds there was one: after 200 seconds without, somebody should look.
    assert_eq!(alarms(&usual, at(NOW + 170)), []);
    assert_eq!(alarms(&usual, at(NOW + 300)), [Alarm::Silence(320)]);
    assert_eq!(alarms(&recent(), at(NOW)), []);
}

#[test]
fn a_pipe_is_read_while_it_delivers_and_is_over_when_it_ends() {
    use std::io::Write;
    let (reader, mut writer) = std::io::pipe().unwrap();
    let mut pipe = Pipe::new(File::from(std::os::fd::OwnedFd::from(reader)));
    let lines = |pipe: &mut Pipe, all| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        let input = pipe.lines(all)?;
        let mut text = String::new();
        let mut content = input.open(&crate::read::Reading::default()).unwrap();
        std::io::Read::read_to_string(&mut content, &mut text).unwrap();
        Some(text)
    };
    writer.write_all(b"{\"a\":1}\n{\"b\"").unwrap();
    assert_eq!(lines(&mut pipe, false).as_deref(), Some("{\"a\":1}\n"));
    assert_eq!(lines(&mut pipe, false), None);
    writer.write_all(b":2}\n{").unwrap();
    assert_eq!(lines(&mut pipe, false).as_deref(), Some("{\"b\":2}\n"));
    assert!(!pipe.is_over());
    drop(writer);
    assert_eq!(lines(&mut pipe, false).as_deref(), Some("{"));
    assert!(pipe.is_over());
}

#[test]
fn a_line_longer_than_what_is_taken_at_a_time_comes_to_its_end() {
    use std::io::Write;
    let (reader, mut writer) = std::io::pipe().unwrap();
    let mut pipe = Pipe::new(File::from(std::os::fd::OwnedFd::from(reader)));
    let long = 10 << 20;
    let writing = std::thread::spawn(move || {
        writer.write_all(&vec![b'x'; long]).unwrap();
        writer.write_all(b"\n{").unwrap();
    });
    let mut sizes = Vec::new();
    let begun = std::time::Instant::now();
    while !pipe.is_over() && begun.elapsed().as_secs() < 60 {
        sizes.extend(pipe.lines(false).and_then(|input| input.size()));
    }
    writing.join().unwrap();
    assert_eq!(sizes.iter().sum::<u64>(), long as u64 + 2);
    assert_eq!(sizes[0], long as u64 + 1 + (sizes.len() == 1) as u64);
}

#[test]
fn at_the_end_everything_counts_that_a_pipe_has_delivered() {
    use std::io::Write;
    let (reader, mut writer) = std::io::pipe().unwrap();
    let mut pipe = Pipe::new(File::from(std::os::fd::OwnedFd::from(reader)));
    let line = [&[b'x'; 49_999][..], b"\n"].concat();
    for _ in 0..4 {
        writer.write_all(&line).unwrap();
    }
    std::thread::sleep(std::time::Duration::from_millis(300));
    let size = pipe.lines(true).and_then(|input| input.size());
    assert_eq!(size, Some(200_000));
}

// ---- slices

#[test]
fn in_slices_it_is_what_it_is_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let lines: String = (0..20_000)
        .map(|n| {
            let (user, ok) = (n % 700, n % 3 > 0);
            format!(
                "{{\"event\":\"auth.login\",\"timestamp\":{},\"userId\":\"u{user}\",\"success\":{ok},\"error\":\"{}\"}}\n",
                NOW - n, "x".repeat(n as usize % 300)
            )
        })
        .collect();
    // Large enough to be read in parts; a torn last line, and a line longer than a slice.
    let large = lines.clone()
        + &format!("{{\"event\":\"{}\"}}\n", "y".repeat(200_000))
        + "{\"event\":\"z\"";
    let paths = ["a", "b"].map(|name| folder.path().join(name));
    for (path, text) in paths.iter().zip([&large, &lines[..2000]]) {
        std::fs::write(path, text).unwrap();
    }
    let watched = |slice: u64, threads: usize| {
        let plan = Plan {
            reports: crate::report::REPORTS.iter().take(4).collect(),
            options: crate::report::Options::default(),
            filter: Filter::default(),
            audience: crate::engine::Audience::default(),
            reading: crate::read::Reading::default(),
            threads: std::num::NonZeroUsize::new(threads).unwrap(),
        };
        let mut watching = Watching::new(plan, paths.to_vec(), None).unwrap();
        watching.slice = slice;
        watching.poll();
        let left = watching.left();
        watching.finish();
        (
            left,
            watching.lines(),
            format!("{:?}", watching.answer().document),
            watching.recent().total(),
        )
    };
    let (left, lines, document, total) = watched(u64::MAX, 1);
    assert_eq!((left, lines.malformed), (0, 2));
    for (slice, threads) in [(100_000, 2), (3_000_000, 2), (30_000, 1)] {
        let (left, in_slices, same, sum) = watched(slice, threads);
        assert!(left > 1_000_000, "{left} bytes are left after a slice");
        assert_eq!((&in_slices, &same, sum), (&lines, &document, total));
    }
}
