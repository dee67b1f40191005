//! Shows and removes the system's notifications, and wakes up who asked to be reminded.

use std::sync::Arc;
use std::time::Duration;

use baton_core::{Error, Result, Time};
use serde::{Deserialize, Serialize};
use tauri_plugin_notification::NotificationExt;

use crate::contract::Place;
use crate::notifications::{Order, id_of};
use crate::shell::Shell;
use crate::windows;

/// What a click on a notification carries.
const PLACE: &str = "place";
/// Under this name the preferences' file keeps who wants to be reminded.
const REMINDERS: &str = "reminders";
/// A sleep this long is begun anew, so that a computer that slept in between is not late by its sleep.
const NAP: Duration = Duration::from_mins(1);

/// A promise: the service can be signed in to again from then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Reminder {
    service: String,
    at: Time,
}

impl Shell {
    /// Carries out what is to be notified.
    pub fn notify(&self, orders: impl IntoIterator<Item = Order>) {
        for order in orders {
            let done = match order {
                Order::Show { id, title, body, place } => self
                    .app
                    .notification()
                    .builder()
                    .id(id)
                    .title(title)
                    .body(body)
                    .extra(PLACE, &place)
                    .show(),
                Order::Remove { id } => self.app.notification().remove_active(vec![id]),
            };
            if let Err(error) = done {
                tracing::warn!(%error, "a notification cannot be shown");
            }
        }
    }

    /// A click on a notification opens what it is about. What was promised before the last end still holds.
    pub fn listen_to_notifications(self: &Arc<Self>) {
        let shell = self.clone();
        let heard = self.app.notification().on_action(move |performed| {
            let place = performed.notification().and_then(|shown| shown.extra().get(PLACE).cloned());
            windows::open(&shell, place.and_then(|place| serde_json::from_value::<Place>(place).ok()));
        });
        if let Err(error) = heard {
            tracing::warn!(%error, "clicks on notifications are not heard");
        }
        for reminder in self.file.memory::<Vec<Reminder>>(REMINDERS) {
            tauri::async_runtime::spawn(self.clone().remind(reminder));
        }
    }

    /// Shows a notification at that time, once; a restart in between does not forget it.
    ///
    /// # Errors
    /// `BadInput` for an unknown service, `Storage` where the promise cannot be kept.
    pub async fn remind_me(self: &Arc<Self>, service: String, at: Time) -> Result<()> {
        if !self.engine().await?.services().iter().any(|info| info.id == service) {
            return Err(Error::bad_input(format!("there is no service “{service}”")));
        }
        let reminder = Reminder { service, at };
        let mut reminders: Vec<Reminder> = self.file.memory(REMINDERS);
        if !reminders.contains(&reminder) {
            reminders.push(reminder.clone());
            self.file.remember(REMINDERS, &reminders)?;
            tauri::async_runtime::spawn(self.clone().remind(reminder));
        }
        Ok(())
    }

    async fn remind(self: Arc<Self>, reminder: Reminder) {
        while let Ok(left) = (reminder.at - chrono::Utc::now()).to_std() {
            tokio::time::sleep(left.min(NAP)).await;
        }
        let mut reminders: Vec<Reminder> = self.file.memory(REMINDERS);
        reminders.retain(|other| *other != reminder);
        if self.file.remember(REMINDERS, &reminders).is_err() {
            tracing::warn!("a reminder cannot be forgotten");
        }
        let Ok(engine) = self.engine().await else { return };
        let Some(info) = engine.services().into_iter().find(|info| info.id == reminder.service) else {
            return;
        };
        let words = self.words();
        self.notify([Order::Show {
            id: id_of(&format!("reminder/{}", info.id)),
            title: words.say("notifyReady", &[("service", info.name)]),
            body: words.say("notifyReadyBody", &[]),
            place: Place::Accounts,
        }]);
    }
}
