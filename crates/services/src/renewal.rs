//! One account's tokens in use: renewed before they end, and kept in use while they live where that has to wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use baton_core::{Result, Time, TokenCell, Tokens};
use chrono::TimeDelta;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// After a renewal that failed for a passing reason the old token goes on for this long before the next try.
const REST: TimeDelta = TimeDelta::minutes(2);

/// What a service keeps of a sign-in, as far as its renewal needs to know it.
pub trait Renewable: Serialize + DeserializeOwned {
    /// Whether it is time to renew it.
    fn is_due(&self, now: Time) -> bool;

    /// Whether it can be used as it is.
    fn still_works(&self, now: Time) -> bool;
}

/// See the module.
pub struct Renewal {
    tokens: Arc<TokenCell>,
    /// Unix seconds before which no renewal is tried that is not needed yet.
    rest_until: AtomicI64,
}

impl Renewal {
    pub fn new(tokens: Arc<TokenCell>) -> Renewal {
        Renewal { tokens, rest_until: AtomicI64::new(i64::MIN) }
    }

    /// What is kept now, as it is.
    ///
    /// # Errors
    /// Those of [`TokenCell::current`].
    pub async fn saved<S: Renewable>(&self) -> Result<(Arc<Tokens>, S)> {
        let tokens = self.tokens.current().await?;
        let saved = tokens.unpack()?;
        Ok((tokens, saved))
    }

    /// What to use now, renewed where it is time to. A renewal that fails for a passing reason leaves the old in use as
    /// long as it lives.
    ///
    /// # Errors
    /// Those of `renew` where the old can no longer be used, and where a person has to do something.
    pub async fn fresh<S, F, Fut>(&self, now: Time, renew: F) -> Result<(Arc<Tokens>, S)>
    where
        S: Renewable,
        F: FnOnce(S) -> Fut,
        Fut: Future<Output = Result<S>>,
    {
        let (tokens, saved) = self.saved::<S>().await?;
        let works = saved.still_works(now);
        let rests = now.timestamp() < self.rest_until.load(Ordering::Relaxed);
        if !saved.is_due(now) || (works && rests) {
            return Ok((tokens, saved));
        }
        match self.renewed(&tokens, renew).await {
            Err(error) if works && !error.kind.needs_person() => {
                tracing::warn!(%error, "a token could not be renewed yet");
                self.rest_until.store((now + REST).timestamp(), Ordering::Relaxed);
                Ok((tokens, saved))
            }
            renewed => renewed,
        }
    }

    /// Replaces what the service refused or what ends soon. Refresh tokens rotate: whoever comes second gets what the
    /// first one brought, and `renew` is not called.
    ///
    /// # Errors
    /// Those of `renew` and [`TokenCell::refresh`].
    pub async fn renewed<S, F, Fut>(&self, stale: &Tokens, renew: F) -> Result<(Arc<Tokens>, S)>
    where
        S: Renewable,
        F: FnOnce(S) -> Fut,
        Fut: Future<Output = Result<S>>,
    {
        let renew = |tokens: Arc<Tokens>| async move { Tokens::pack(&renew(tokens.unpack()?).await?) };
        let tokens = self.tokens.refresh(stale, renew).await?;
        let saved = tokens.unpack()?;
        Ok((tokens, saved))
    }
}
