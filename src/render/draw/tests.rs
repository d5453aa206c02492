use super::*;

const PLAIN: Look = Look::PLAIN;
const ASCII: Look = Look {
    ascii: true,
    ..Look::PLAIN
};

#[test]
fn a_bar_has_eighths_and_little_is_more_than_nothing() {
    assert_eq!(bar(0.5, 4, PLAIN), "██");
    assert_eq!(bar(0.53, 4, PLAIN), "██▏");
    assert_eq!(bar(1e-9, 4, PLAIN), "▏");
    assert_eq!([bar(0.0, 4, PLAIN), bar(f64::NAN, 4, PLAIN)], ["", ""]);
    assert_eq!(bar(7.0, 4, PLAIN), "████");
    assert_eq!([bar(1e-9, 4, ASCII), bar(1.0, 4, ASCII)], ["#", "####"]);
}

#[test]
fn a_line_over_time_shows_peaks_however_narrow_it_is() {
    assert_eq!(spark(&[0, 1, 4, 8], 10, PLAIN), " ▁▄█");
    let mut numbers = vec![1; 1000];
    numbers[777] = 100;
    let line = spark(&numbers, 20, PLAIN);
    assert_eq!(line.chars().filter(|letter| *letter == '█').count(), 1);
    assert_eq!(line.chars().count(), 20);
    assert_eq!(spark(&[u64::MAX, 1], 2, ASCII), "#.");
    assert_eq!(spark(&[], 5, PLAIN), "");
}

fn one_busy_hour() -> Week {
    let mut counts = [[0; 24]; 7];
    counts[1][23] = 8;
    counts[0][0] = 1;
    Week {
        name: "events",
        days: [
            "monday",
            "tuesday",
            "wednesday",
            "thursday",
            "friday",
            "saturday",
            "sunday",
        ],
        counts,
    }
}

#[test]
fn a_week_is_a_line_a_day_as_wide_as_there_is_room() {
    let wide = week(&one_busy_hour(), 80, PLAIN);
    assert_eq!(wide.len(), 8);
    assert_eq!(wide[0], "     00    03    06    09    12    15    18    21");
    assert_eq!(wide[1], format!("Mon  ░░{}", "·".repeat(46)));
    assert_eq!(wide[2], format!("Tue  {}██", "·".repeat(46)));
    let narrow = week(&one_busy_hour(), 30, PLAIN);
    assert_eq!(narrow[0], "     00    06    12    18");
    assert_eq!(narrow[2], format!("Tue  {}█", "·".repeat(23)));
    assert_eq!(week(&one_busy_hour(), 28, PLAIN), [""; 0]);
}

#[test]
fn one_legend_tells_what_shades_mean() {
    let legend = legend(&[one_busy_hour()], 80, PLAIN).join(" ");
    assert_eq!(
        legend,
        "░ to 25 % ▒ 50 % ▓ 75 % █ 100 % of the most in an hour: 8 events"
    );
}

#[test]
fn a_timeline_has_its_least_most_and_last() {
    let start = crate::document::Value::Missing;
    let line = Series {
        every: "1h",
        gaps: false,
        starts: vec![&start, &start],
        lines: vec![("logins_failed", vec![3, 1200])],
    };
    let lines = series(&line, 60, PLAIN);
    assert_eq!(lines[1], "logins failed  ▁█    3  1,200  1,200");
    assert_eq!(series(&line, 12, PLAIN), [""; 0]);
}
