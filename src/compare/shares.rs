//! Two shares: by how much they differ, and how likely chance alone makes them differ so.
//!
//! * The difference has Newcombe's interval: the Wilson intervals of both shares, combined (Newcombe 1998, *Statistics
//!   in Medicine* 17:873, method 10). It stays inside -1 and 1 and is sound for shares of 0 and 1.
//! * The p value is two-sided, of the two-proportion z test with the pooled share (Pearson's chi-square without a
//!   correction). Where one of the four expected counts is below 5 (Cochran 1954, *Biometrics* 10:417) it is Fisher's
//!   exact test: the sum of all tables with the same margins that are no more likely.
//! * Events of one user come in bursts, so `n` events weigh less than `n` independent ones: both sides are divided by
//!   what that does to the variance, and tested as if they were that much smaller (Rao & Scott 1992, *Biometrics*
//!   48:577). As that is itself estimated, the z test is one with Student's distribution (Wallace 1959, *Annals of
//!   Mathematical Statistics* 30:1121, turns it into the normal one: z is too small by less than 2 %, and so on the careful side).

use libm::erfc;

/// A share: `part` of `whole`. No integers, once divided by a design effect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Share {
    pub(super) part: f64,
    pub(super) whole: f64,
}

/// How much the events of a share tell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Weight {
    /// How many events tell as much as one independent one; at least 1.
    pub(super) design_effect: f64,
    /// Degrees of freedom of that estimate.
    pub(super) freedom: f64,
}

impl Weight {
    /// Events that know nothing of each other.
    #[cfg(test)]
    const INDEPENDENT: Weight = Weight {
        design_effect: 1.0,
        freedom: f64::INFINITY,
    };
}

/// The 0.975 quantile of the standard normal distribution.
const Z: f64 = 1.959_963_984_540_054;
/// With an expected count below this, no approximation is good enough.
const LEAST_EXPECTED: f64 = 5.0;
/// Fisher's sum ends where what is left is this much smaller than what is there.
const NEGLIGIBLE: f64 = 1e-18;
/// Tables as likely as the observed one count too; this much they may differ by rounding.
const ALIKE: f64 = 1e-7;

impl Share {
    fn rate(self) -> f64 {
        self.part / self.whole
    }

    fn weighed(self, weight: Weight) -> Share {
        Share {
            part: self.part / weight.design_effect,
            whole: self.whole / weight.design_effect,
        }
    }

    /// The Wilson interval.
    fn interval(self) -> (f64, f64) {
        let (n, p) = (self.whole, self.rate());
        let centre = p + Z * Z / (2.0 * n);
        let spread = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        let scale = 1.0 + Z * Z / n;
        (
            ((centre - spread) / scale).clamp(0.0, p),
            ((centre + spread) / scale).clamp(p, 1.0),
        )
    }
}

/// The difference between the second share and the first, and its 95 % interval. Neither may be a share of nothing.
pub(super) fn difference(sides: [Share; 2], weight: Weight) -> (f64, f64, f64) {
    let [a, b] = sides.map(|share| share.weighed(weight));
    let change = b.rate() - a.rate();
    let ((a_low, a_high), (b_low, b_high)) = (a.interval(), b.interval());
    let below = (b.rate() - b_low).hypot(a_high - a.rate());
    let above = (b_high - b.rate()).hypot(a.rate() - a_low);
    (
        change,
        (change - below).max(-1.0),
        (change + above).min(1.0),
    )
}

/// How likely two shares differ at least so much by chance alone. Neither may be a share of nothing.
pub(super) fn p_value(sides: [Share; 2], weight: Weight) -> f64 {
    let [a, b] = sides.map(|share| share.weighed(weight));
    let (whole, part) = (a.whole + b.whole, a.part + b.part);
    let rarer = part.min(whole - part);
    if rarer * a.whole.min(b.whole) / whole < LEAST_EXPECTED {
        return fisher(sides.map(|share| share.weighed(weight)));
    }
    let pooled = part / whole;
    let error = (pooled * (1.0 - pooled) * (1.0 / a.whole + 1.0 / b.whole)).sqrt();
    let t = (b.rate() - a.rate()) / error;
    erfc(normal(t, weight.freedom).abs() / std::f64::consts::SQRT_2)
}

/// The normal deviate that is as unlikely as `t` of Student's distribution (Wallace 1959).
fn normal(t: f64, freedom: f64) -> f64 {
    if freedom.is_infinite() {
        return t;
    }
    let shrunk = (8.0 * freedom + 1.0) / (8.0 * freedom + 3.0);
    shrunk * (freedom * (t * t / freedom).ln_1p()).sqrt()
}

/// Fisher's exact test, of counts rounded to integers.
fn fisher(sides: [Share; 2]) -> f64 {
    let rounded = sides.map(|Share { part, whole }| {
        let whole = whole.round().max(1.0);
        (part.round().min(whole), whole)
    });
    // The cell with the smallest expectation is the one that is counted up: the sum is short.
    let [(part, whole), (other_part, other_whole)] = match rounded {
        [a, b] if a.1 <= b.1 => [a, b],
        [a, b] => [b, a],
    };
    let all = whole + other_whole;
    let (seen, marked) = match part + other_part {
        marked if 2.0 * marked <= all => (part, marked),
        marked => (whole - part, all - marked),
    };
    // Neither is more than half of all, so there may be none in that cell. Each table follows from the one before.
    let tables = || {
        let next = move |(count, likely): &(f64, f64)| {
            let ways = (marked - count) * (whole - count);
            let likely = likely * ways / ((count + 1.0) * (all - marked - whole + count + 1.0));
            (likely > 0.0).then_some((count + 1.0, likely))
        };
        std::iter::successors(Some((0.0, 1.0)), next)
    };
    // What is too unlikely for a number has nothing beyond it.
    let observed = tables().find(|(count, _)| *count >= seen);
    let observed = observed.map_or(0.0, |(_, likely)| likely);
    let told =
        tables().take_while(|(count, likely)| *count <= seen || *likely > observed * NEGLIGIBLE);
    let (mut sum, mut total) = (0.0, 0.0);
    for (_, likely) in told {
        total += likely;
        if likely <= observed * (1.0 + ALIKE) {
            sum += likely;
        }
    }
    (sum / total).min(1.0)
}

/// The most extreme p value that shares with these margins could have, as its logarithm: everything on the smaller side.
pub(super) fn log_least_p_value(part: u64, wholes: [u64; 2]) -> f64 {
    let [a, b] = wholes.map(|whole| whole as f64);
    let rarer = (part as f64).min(a + b - part as f64);
    rarer * (a.min(b) / (a + b)).ln()
}

#[cfg(test)]
mod tests;
