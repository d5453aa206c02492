//! Which events and spans matter here, told once for each place in the program that makes them.

use std::borrow::Cow;
use std::sync::Arc;

use tracing_core::{Interest, Metadata};
use tracing_subscriber::layer::{Context, Filter};

use super::place::Place;

/// What an [`AuthLayer`](super::AuthLayer) looks at: events and spans of its targets, and any span that has a trace id.
///
/// Everything is decided by what stands in the source, so tracing asks once for each event or span there and remembers
/// the answer.
#[derive(Clone, Debug)]
pub struct AuthFilter {
    targets: Arc<[Cow<'static, str>]>,
}

impl AuthFilter {
    pub(super) fn new(targets: impl IntoIterator<Item = Cow<'static, str>>) -> AuthFilter {
        AuthFilter {
            targets: targets.into_iter().collect(),
        }
    }

    /// Whether the target is one of those asked for, or below one: `auth` has `auth::login` below it, but not `authz`.
    pub(super) fn is_target(&self, metadata: &Metadata<'_>) -> bool {
        self.targets.iter().any(|target| {
            let below = metadata.target().strip_prefix(&**target);
            below.is_some_and(|below| below.is_empty() || below.starts_with("::"))
        })
    }

    /// Which fields of a span an event inside it inherits.
    pub(super) fn inherited(&self, span: &Metadata<'_>) -> fn(Place) -> bool {
        match self.is_target(span) {
            true => |place| place.is_inherited() || place.is_trace(),
            false => Place::is_trace,
        }
    }

    /// Whether a span has a field that events inside it inherit.
    pub(super) fn is_source(&self, span: &Metadata<'_>) -> bool {
        let inherited = self.inherited(span);
        let mut names = span.fields().iter().map(|field| field.name());
        names.any(|name| inherited(Place::of(name)))
    }

    fn wants(&self, metadata: &Metadata<'_>) -> bool {
        self.is_target(metadata) || metadata.is_span() && self.is_source(metadata)
    }
}

impl<S> Filter<S> for AuthFilter {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        self.wants(metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        match self.wants(metadata) {
            true => Interest::always(),
            false => Interest::never(),
        }
    }
}
