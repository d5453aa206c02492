//! Few addresses and tokens, close together and in no order, so that nearly every event has others to be compared with.

use super::agree;
use super::naive::Choices;

#[test]
fn sequences_of_addresses_and_tokens_read_the_same() {
    let mut seed = 7_u64;
    let mut draw = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) % below
    };
    for log in 0..12 {
        let mut all = String::new();
        for _ in 0..150 {
            let event = [
                "otp.sent",
                "otp.verification",
                "otp.verification",
                "token.refresh",
                "otp.generated",
            ][draw(5) as usize];
            let place = draw(6);
            let address =
                ["a@x.org", "A@X.org", "b@x.org", "c@y.net", "d@", "nowhere"][place as usize];
            let success = match draw(8) {
                0..4 => ",\"success\":true",
                4..6 => ",\"success\":false",
                6 => ",\"error\":\"Token reuse\"",
                _ => "",
            };
            // Within two hours; within half a minute; in steps of twenty minutes, give or take a microsecond.
            let micros = match (log % 3, draw(2)) {
                (0, _) => draw(7_200_000) * 1000,
                (1, _) => draw(30) * 1_000_000,
                (_, odd) => draw(4) * 1_200_000_000 + odd,
            };
            let family = ["", ",\"familyId\":\"f\"", ",\"family_id\":\"g\""][draw(3) as usize];
            all += &format!(
                "{{\"event\":\"{event}\",\"ts\":{},\"email\":\"{address}\",\"jti\":\"{}\"{family}{success}}}\n",
                1_736_937_000_000_000 + micros,
                draw(4),
            );
        }
        agree(
            &[("a", all.into_bytes())],
            &Choices::default(),
            &["--chunk-size", "1000"],
        );
    }
}
