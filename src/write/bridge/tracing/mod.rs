//! From `tracing` to records: what an application traces with target `auth` is in its log, too.
//!
//! ```
//! use authmeter::bridge::tracing::AuthLayer;
//! use authmeter::{Format, Metrics};
//! use tracing_subscriber::prelude::*;
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("auth.jsonl");
//! let metrics = Metrics::builder().format(Format::File).path(&path).build()?;
//! let subscriber = tracing_subscriber::registry()
//!     .with(tracing_subscriber::fmt::layer()) // whatever else there is
//!     .with(AuthLayer::new(metrics.clone()).filtered());
//! # tracing::subscriber::with_default(subscriber, || {
//! // In a program: subscriber.init();
//!
//! let request = tracing::info_span!(target: "auth", "request", ip = "192.0.2.1", trace_id = "4bf92f3577b34da6");
//! let _inside = request.enter();
//! tracing::info!(target: "auth", user = "user-123", success = true, "auth.login");
//! tracing::warn!(target: "auth::otp", email = "user@example.com", attempts = 3, event = "otp.verification", "Invalid code");
//! # });
//! # assert_eq!(metrics.stats().written, 2);
//! # let log = std::fs::read_to_string(path)?;
//! # let lines: Vec<&str> = log.lines().map(|line| line.split_once("Z\"").unwrap().1).collect();
//! # assert_eq!(lines[0], r#","userId":"user-123","success":true,"metadata":{"ip":"192.0.2.1","traceId":"4bf92f3577b34da6"}}"#);
//! # assert_eq!(lines[1], r#","email":"user@example.com","success":false,"error":"Invalid code","metadata":{"attempts":3,"ip":"192.0.2.1","traceId":"4bf92f3577b34da6"}}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The two lines of the log, without their timestamps:
//!
//! ```json
//! {"event":"auth.login","userId":"user-123","success":true,"metadata":{"ip":"192.0.2.1","traceId":"4bf92f3577b34da6"}}
//! {"event":"otp.verification","email":"user@example.com","success":false,"error":"Invalid code","metadata":{"attempts":3,"ip":"192.0.2.1","traceId":"4bf92f3577b34da6"}}
//! ```
//!
//! # What becomes a record
//!
//! Events whose target is `auth` or begins with `auth::`, whatever their level, or the targets of
//! [`AuthLayer::targets`]. Nothing of other targets is ever written. A filter in front of all layers (a plain
//! `EnvFilter`, `max_level_*` features of `tracing`) decides before this one does: an audit trail should not lie behind it.
//!
//! **The name** is the first there is of: the field `event`; the name given in the macro (`name: "auth.login"`); the
//! message, if it is one word with a dot or an underscore in it; the target, with dots (`auth::login` is `auth.login`).
//!
//! **The fields** go where the product's names say, by any of their aliases (`user`, `user_id`, `sub`, `client`,
//! `client_id`, …, and OpenTelemetry's `user.id`, `client.address`, …); every other field is a metadata pair of its own
//! name. Truths, integers and floats keep their type, except in `userId`, `email` and `error`, which are text. Values
//! given with `%` or `?`, errors, bytes, and integers that need more than 64 bits are text. Use `%` for ids: `?` puts
//! quotes around text. A message that is not the name is the reason of a failure that has none, else `message`.
//!
//! **The outcome** is what the first of these says:
//!
//! 1. the field `success`, a truth, or the text `true` or `false` (anything else is a metadata pair);
//! 2. a reason (`error`, `reason`, `failure_reason`), if it is not empty: it failed;
//! 3. the name, if it is one that says so (`token.pkce_failed`, `auth.logout`);
//! 4. the field `status`: the record has no outcome of its own, and readers go by the status;
//! 5. the level: at `WARN` and `ERROR` it failed;
//! 6. [`AuthLayer::assume_success`], if that was asked for; else the record does not say. An audit trail does not
//!    invent successes.
//!
//! The reason of an event that says `success = true` is a metadata pair `error`.
//!
//! # What comes from spans
//!
//! An event takes from the spans around it what it does not say itself; the innermost that says it counts. From spans of
//! the same targets: user, e-mail, client, tenant, session, ip, user agent. From every span: `traceId` and `spanId`
//! (fields `trace_id`, `traceId`, `trace.id`, and the same of `span`). Values recorded later (`Span::record`) count from
//! then on. OpenTelemetry keeps its ids beside the span and not among its fields: [`AuthLayer::trace_ids`] says how to
//! get them, without this crate depending on any release of it.
//!
//! # Limits
//!
//! An event that is emitted while another is being written by the same thread (by a hook of the writer, or by a value
//! while it is formatted) becomes no record, so that no event can cause itself; other layers see it. Events that the
//! `log` crate's bridge makes have the target `log` and do not come here.

mod filter;
mod pairs;
mod place;
mod record;

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;

use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Event, Subscriber};
use tracing_subscriber::filter::Filtered;
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::{Extensions, LookupSpan, SpanRef};

use super::Destination;
use crate::write::Metrics;
use pairs::{Pairs, Recorder};
use place::Place;

pub use filter::AuthFilter;

/// A layer that writes what is traced with target `auth`; see [the module](self).
#[must_use = "a layer does nothing before it is part of a subscriber"]
pub struct AuthLayer {
    destination: Destination,
    filter: AuthFilter,
    assume_success: bool,
    trace_ids: Option<TraceIdsOf>,
}

type TraceIdsOf = Box<dyn Fn(&Extensions<'_>) -> Option<TraceIds> + Send + Sync>;

/// The ids of a distributed trace and of one span of it, as W3C Trace Context and OpenTelemetry have them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceIds {
    /// The trace; written as 32 hexadecimal digits.
    pub trace: u128,
    /// The span; written as 16 hexadecimal digits.
    pub span: u64,
}

impl AuthLayer {
    /// A layer that writes to `metrics`.
    pub fn new(metrics: Metrics) -> AuthLayer {
        AuthLayer::to(Destination::Writer(metrics))
    }

    /// A layer that writes to the global writer. Events that come before [`init`](crate::init) are dropped and counted.
    pub fn global() -> AuthLayer {
        AuthLayer::to(Destination::Global)
    }

    fn to(destination: Destination) -> AuthLayer {
        AuthLayer {
            destination,
            filter: AuthFilter::new([Cow::Borrowed("auth")]),
            assume_success: false,
            trace_ids: None,
        }
    }

    /// Takes these targets, each with those below it, instead of `auth`: `["auth", "shop::login"]` has
    /// `shop::login::otp`, too.
    pub fn targets(
        mut self,
        targets: impl IntoIterator<Item = impl Into<Cow<'static, str>>>,
    ) -> AuthLayer {
        self.filter = AuthFilter::new(targets.into_iter().map(Into::into));
        self
    }

    /// Takes it that an event below `WARN` that does not say how it ended worked. For applications that trace a success
    /// with `info!` and nothing else.
    pub fn assume_success(mut self) -> AuthLayer {
        self.assume_success = true;
        self
    }

    /// Says where else than in fields trace ids are: `of` is given what layers keep beside a span, for the spans around
    /// an event from the innermost outwards, until it answers. It is asked only if no field has said a trace id.
    ///
    /// ```
    /// use authmeter::bridge::tracing::{AuthLayer, TraceIds};
    ///
    /// // In place of `tracing_opentelemetry::OtelData`, whose `trace_id()` and `span_id()` give bytes.
    /// struct OtelData {
    ///     trace_id: [u8; 16],
    ///     span_id: [u8; 8],
    /// }
    ///
    /// let layer = AuthLayer::global().trace_ids(|extensions| {
    ///     let otel = extensions.get::<OtelData>()?;
    ///     Some(TraceIds { trace: u128::from_be_bytes(otel.trace_id), span: u64::from_be_bytes(otel.span_id) })
    /// });
    /// ```
    pub fn trace_ids(
        mut self,
        of: impl Fn(&Extensions<'_>) -> Option<TraceIds> + Send + Sync + 'static,
    ) -> AuthLayer {
        self.trace_ids = Some(Box::new(of));
        self
    }

    /// The layer with its filter in front: tracing then keeps everything else away from it, and what no other layer
    /// wants costs the application nothing. Without it the layer writes the same, but keeps every event and span of the
    /// program switched on.
    ///
    /// With [`trace_ids`](Self::trace_ids) the filter hides spans of other targets without trace ids among their
    /// fields. Where such spans have the only ids, add the layer as it is.
    pub fn filtered<S: Subscriber>(self) -> Filtered<AuthLayer, AuthFilter, S>
    where
        AuthLayer: Layer<S>,
    {
        let filter = self.filter.clone();
        self.with_filter(filter)
    }

    /// Adds what the spans around the event know.
    fn inherit<S>(&self, event: &Event<'_>, context: &Context<'_, S>, pairs: &mut Pairs)
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let Some(scope) = context.event_scope(event) else {
            return;
        };
        let mut ids = None;
        for span in scope {
            let extensions = span.extensions();
            if let Some(Carried(known)) = extensions.get() {
                pairs.inherit(known, self.filter.inherited(span.metadata()));
            }
            if let (Some(of), None) = (&self.trace_ids, ids) {
                ids = of(&extensions);
            }
        }
        if let Some(TraceIds { trace, span }) = ids
            && pairs.get(Place::Meta("traceId")).is_none()
        {
            pairs.say_text(Place::Meta("traceId"), format_args!("{trace:032x}"));
            pairs.say_text(Place::Meta("spanId"), format_args!("{span:016x}"));
        }
    }

    /// Keeps what a span says for the events inside it. What it said before of the same counts no longer, and takes no
    /// room: a span that records for ever does not grow.
    fn carry<S>(&self, span: &SpanRef<'_, S>, record: impl FnOnce(&mut Recorder<'_>))
    where
        S: for<'a> LookupSpan<'a>,
    {
        let wanted = self.filter.inherited(span.metadata());
        let mut pairs = Pairs::default();
        // Before anything is locked: values may do what they like while they are formatted.
        record(&mut pairs.recorder(wanted));
        if pairs.is_empty() {
            return;
        }
        let mut extensions = span.extensions_mut();
        if let Some(Carried(known)) = extensions.get_mut() {
            pairs.inherit(known, |_| true);
        }
        extensions.replace(Carried(pairs));
    }
}

impl fmt::Debug for AuthLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthLayer")
            .field("destination", &self.destination)
            .field("filter", &self.filter)
            .finish_non_exhaustive()
    }
}

/// What events inside a span inherit from it; kept beside the span, and shared by all layers of this type.
struct Carried(Pairs);

thread_local! {
    /// What the event that is being written says. It is borrowed for as long as that takes: an event within an event
    /// finds it taken.
    static PAIRS: RefCell<Pairs> = RefCell::default();
}

impl<S> Layer<S> for AuthLayer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if self.filter.is_source(attributes.metadata())
            && let Some(span) = context.span(id)
        {
            self.carry(&span, |recorder| attributes.record(recorder));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && self.filter.is_source(span.metadata())
        {
            self.carry(&span, |recorder| values.record(recorder));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if !self.filter.is_target(event.metadata()) || !self.destination.is_enabled() {
            return;
        }
        let write = |pairs: &mut Pairs| {
            pairs.clear();
            event.record(&mut pairs.recorder(|_| true));
            self.inherit(event, &context, pairs);
            self.emit(event.metadata(), pairs);
        };
        // A thread that is ending may have lost its own already.
        let kept =
            PAIRS.try_with(|pairs| pairs.try_borrow_mut().map(|mut pairs| write(&mut pairs)));
        if kept.is_err() {
            write(&mut Pairs::default());
        }
    }
}
