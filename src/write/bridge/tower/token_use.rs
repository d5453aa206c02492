//! What an application knows of a call's token, on its way to the layer that logs the call.

use std::sync::{Arc, OnceLock};

/// Which token a call was made with, and whose it is. An application's own authentication puts it where the layer finds
/// it: into the extensions of the request (outside of the layer), of the response (inside of it), or into a
/// [`TokenSlot`]. Of what several of them say, the response's counts before the slot's, and that before the request's;
/// each for itself, so that one may know the token and another the reason.
///
/// Clones are cheap.
///
/// ```
/// use authmeter::bridge::tower::TokenUse;
///
/// let known = TokenUse::of("token-7").user("user-123").tenant("acme").client("ci");
/// let mut request = http::Request::new(());
/// request.extensions_mut().insert(known);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenUse(Arc<Known>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) token: Option<Box<str>>,
    pub(super) user: Option<Box<str>>,
    pub(super) tenant: Option<Box<str>>,
    pub(super) client: Option<Box<str>>,
    pub(super) reason: Option<Box<str>>,
}

impl TokenUse {
    /// A use of the token with this id: its `jti`, or the key of its row. Never the token itself: the text is written as
    /// it is given.
    pub fn of(token_id: impl Into<Box<str>>) -> TokenUse {
        TokenUse::default().with(|known| known.token = Some(token_id.into()))
    }

    /// A use of a token that nobody knows; for a [`reason`](Self::reason) alone.
    pub fn unknown() -> TokenUse {
        TokenUse::default()
    }

    /// The user the token stands for; written as `userId`.
    #[must_use]
    pub fn user(self, id: impl Into<Box<str>>) -> TokenUse {
        self.with(|known| known.user = Some(id.into()))
    }

    /// The tenant it belongs to; written as `tenantId`.
    #[must_use]
    pub fn tenant(self, id: impl Into<Box<str>>) -> TokenUse {
        self.with(|known| known.tenant = Some(id.into()))
    }

    /// The client it was issued to; written as `clientId`.
    #[must_use]
    pub fn client(self, id: impl Into<Box<str>>) -> TokenUse {
        self.with(|known| known.client = Some(id.into()))
    }

    /// Why the call was refused, where the status says too little: `expired`, `missing scope`. It is written as `error`
    /// if the response is a failure.
    #[must_use]
    pub fn reason(self, reason: impl Into<Box<str>>) -> TokenUse {
        self.with(|known| known.reason = Some(reason.into()))
    }

    fn with(mut self, change: impl FnOnce(&mut Known)) -> TokenUse {
        change(Arc::make_mut(&mut self.0));
        self
    }

    pub(super) fn known(&self) -> &Known {
        &self.0
    }
}

/// A place in a request's extensions where a service inside of the layer may say what it knows before there is a
/// response, so that it is known even if there will be none. It is there if
/// [`TokenUseLayer::slot`](super::TokenUseLayer::slot) asked for it.
#[derive(Clone, Debug, Default)]
pub struct TokenSlot(Arc<OnceLock<TokenUse>>);

impl TokenSlot {
    /// Says which token the call was made with. The first who says it counts.
    pub fn set(&self, known: TokenUse) {
        let _ = self.0.set(known);
    }

    pub(super) fn get(&self) -> Option<&TokenUse> {
        self.0.get()
    }
}
