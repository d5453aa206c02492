//! A connection that is cut off when who is at its other end does not take what it asked for, or takes it too slowly.
//!
//! Only waiting counts: a stream that has nothing to say waits for nobody.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// How long somebody may be waited for, until they have taken so much of what there is for them.
const PATIENCE: Duration = Duration::from_secs(20);
/// Bytes that are taken within a [`PATIENCE`] at least; that is 6.6 kbit/s.
const LEAST: usize = 16 << 10;

/// A stream whose writing does not wait for ever.
pub(super) struct Paced<S> {
    stream: S,
    patience: Duration,
    /// Since when it waits, and until when it will.
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
    /// How long it has waited before, and how many bytes were taken meanwhile.
    waited: Duration,
    taken: usize,
}

impl<S> Paced<S> {
    pub(super) fn new(stream: S) -> Paced<S> {
        Paced::with(stream, PATIENCE)
    }

    fn with(stream: S, patience: Duration) -> Paced<S> {
        Paced {
            stream,
            patience,
            waiting: None,
            waited: Duration::ZERO,
            taken: 0,
        }
    }

    /// An outcome and how many bytes it took, unless they took too long.
    fn within<T>(
        &mut self,
        context: &mut Context<'_>,
        outcome: Poll<io::Result<T>>,
        bytes: impl FnOnce(&T) -> usize,
    ) -> Poll<io::Result<T>> {
        if let Poll::Ready(outcome) = &outcome {
            if let Some((since, _)) = self.waiting.take() {
                self.waited += since.elapsed();
            }
            self.taken += outcome.as_ref().map_or(0, bytes);
            if self.taken >= LEAST {
                (self.waited, self.taken) = (Duration::ZERO, 0);
            }
        } else {
            let left = self.patience.saturating_sub(self.waited);
            let start = || (Instant::now(), Box::pin(sleep(left)));
            let (_, until) = self.waiting.get_or_insert_with(start);
            if until.as_mut().poll(context).is_ready() {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
        }
        outcome
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.within(context, outcome, |taken| *taken)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.within(context, outcome, |taken| *taken)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_flush(context);
        self.within(context, outcome, |()| 0)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_shutdown(context);
        self.within(context, outcome, |()| 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::time::timeout;

    const TRIED: Duration = Duration::from_millis(500);

    /// What becomes of 100 KiB for somebody who takes `bytes` every ten milliseconds.
    fn sent_to(bytes: usize) -> (io::Result<()>, Duration) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        runtime.unwrap().block_on(async {
            let (ours, theirs) = duplex(512);
            let mut paced = Paced::with(ours, TRIED);
            let began = Instant::now();
            let taking = tokio::spawn(take(theirs, bytes));
            let sending = timeout(6 * TRIED, paced.write_all(&[0; 100 << 10]));
            let sent = sending.await.expect("it is over sooner or later");
            taking.abort();
            (sent, began.elapsed())
        })
    }

    async fn take(mut stream: DuplexStream, bytes: usize) {
        let mut taken = vec![0; bytes];
        while bytes == 0 || stream.read_exact(&mut taken).await.is_ok() {
            sleep(Duration::from_millis(10)).await;
        }
    }

    #[test]
    fn who_takes_nothing_or_next_to_nothing_is_cut_off_and_who_takes_enough_is_not() {
        for slow in [0, 1, 32] {
            let (sent, after) = sent_to(slow);
            assert_eq!(sent.unwrap_err().kind(), io::ErrorKind::TimedOut, "{slow}");
            assert!(after >= TRIED, "{slow}: {after:?}");
        }
        let (sent, after) = sent_to(1 << 10);
        sent.unwrap();
        assert!(after > TRIED, "it waited for {after:?}");
    }
}
