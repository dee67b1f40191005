//! How often an application may call: so many requests a minute for all its users together, and never the same call
//! twice within ten seconds.

use super::envelope::Refusal;
use super::form::Form;
use super::state::Application;
use super::{Options, Shared};

/// The window that the rate is counted in, seconds.
const WINDOW: i64 = 60;
/// Above this many remembered calls, those that no longer matter are forgotten.
const SWEEP_AT: usize = 1000;

impl Application {
    /// Counts a call, or refuses it with 601. `who` is the person where one is known.
    pub(super) fn count(
        &mut self,
        shared: &Shared,
        options: &Options,
        path: &str,
        who: Option<i64>,
        form: &Form,
    ) -> Result<(), Refusal> {
        let now = shared.clock.now();
        while self.calls.front().is_some_and(|&at| at <= now - WINDOW) {
            self.calls.pop_front();
        }
        if let (Some(most), Some(&oldest)) = (options.requests_a_minute, self.calls.front())
            && self.calls.len() >= most as usize
        {
            return Err(Refusal::too_many_requests(oldest + WINDOW - now, "Too Many Requests"));
        }
        let identity = format!("{path} {who:?} {}", form.identity());
        let apart = options.same_call_seconds;
        if let Some(&before) = self.seen.get(&identity)
            && now < before + apart
        {
            let words = format!("Same arguments in less than {apart} seconds");
            return Err(Refusal::too_many_requests(before + apart - now, &words));
        }
        if self.seen.len() >= SWEEP_AT {
            self.seen.retain(|_, &mut at| now < at + apart);
        }
        if apart > 0 {
            self.seen.insert(identity, now);
        }
        self.calls.push_back(now);
        Ok(())
    }
}
