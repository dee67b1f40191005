//! What the window can ask for. Each is one line: nothing is decided here.

use std::path::PathBuf;
use std::sync::Arc;

use baton_core::{Format, IfSimilar, Result, Time};
use baton_engine::{
    DayCount, EntriesQuery, EntryId, EntryLine, ImportLine, Measurement, MeasurementsQuery, Plan, Preview,
    Route, Run, RunLine, RunSummary, SavedRoute, SignedOut, Snapshot, Storage,
};
use tauri::State;
use tauri::ipc::Channel;

use crate::contract::{
    Config, Message, Passphrase, Patch, PlanScope, Preferences, Shown, SignInBegun, SignInReply, Start, Step,
    SyncScope, UpdateState,
};
use crate::shell::Shell;

type Desk<'a> = State<'a, Arc<Shell>>;

/// Everything that the window begins with. The channel hears what comes after; each call renews it.
#[tauri::command]
#[specta::specta]
pub async fn start(desk: Desk<'_>, channel: Channel<Message>) -> Result<Start> {
    desk.start(channel).await
}

#[tauri::command]
#[specta::specta]
pub async fn snapshot(desk: Desk<'_>) -> Result<Snapshot> {
    desk.engine().await?.snapshot().await
}

#[tauri::command]
#[specta::specta]
pub async fn begin_sign_in(
    desk: Desk<'_>,
    service: String,
    method: Option<String>,
    domain: Option<String>,
) -> Result<SignInBegun> {
    desk.begin_sign_in(&service, method.as_deref(), domain.as_deref()).await
}

#[tauri::command]
#[specta::specta]
pub async fn reply_sign_in(desk: Desk<'_>, id: u32, reply: SignInReply) -> Result<Step> {
    desk.reply_sign_in(id, reply).await
}

/// For `window` and `browser` prompts: opens the page and waits until it sends the person back.
#[tauri::command]
#[specta::specta]
pub async fn sign_in_wait(desk: Desk<'_>, id: u32) -> Result<Step> {
    desk.sign_in_wait(id).await
}

#[tauri::command]
#[specta::specta]
pub async fn cancel_sign_in(desk: Desk<'_>, id: u32) -> Result<()> {
    desk.cancel_sign_in(id);
    Ok(())
}

#[tauri::command]
#[specta::specta]
pub async fn sign_out(desk: Desk<'_>, account: String, remove: bool) -> Result<SignedOut> {
    desk.engine().await?.sign_out(&account, remove).await
}

#[tauri::command]
#[specta::specta]
pub async fn unlock_vault(desk: Desk<'_>, passphrase: Passphrase) -> Result<()> {
    desk.engine().await?.unlock(passphrase.0).await
}

/// A system notification at that time, once.
#[tauri::command]
#[specta::specta]
pub async fn remind_me(desk: Desk<'_>, service: String, at: Time) -> Result<()> {
    desk.remind_me(service, at).await
}

#[tauri::command]
#[specta::specta]
pub async fn save_route(desk: Desk<'_>, route: Route) -> Result<SavedRoute> {
    desk.engine().await?.save_route(route).await
}

#[tauri::command]
#[specta::specta]
pub async fn delete_route(desk: Desk<'_>, id: String) -> Result<()> {
    desk.engine().await?.delete_route(&id).await
}

#[tauri::command]
#[specta::specta]
pub async fn plan(desk: Desk<'_>, scope: PlanScope) -> Result<Plan> {
    desk.engine().await?.plan(&scope.into()).await
}

#[tauri::command]
#[specta::specta]
pub async fn sync(desk: Desk<'_>, scope: SyncScope) -> Result<RunSummary> {
    desk.engine().await?.sync(scope.into()).await
}

#[tauri::command]
#[specta::specta]
pub async fn send(
    desk: Desk<'_>,
    entries: Vec<EntryId>,
    destination: String,
    if_similar: Option<IfSimilar>,
) -> Result<RunSummary> {
    desk.engine().await?.send(&entries, &destination, if_similar).await
}

#[tauri::command]
#[specta::specta]
pub async fn stop(desk: Desk<'_>) -> Result<()> {
    desk.engine().await?.cancel();
    Ok(())
}

#[tauri::command]
#[specta::specta]
pub async fn pause(desk: Desk<'_>, until: Option<Time>) -> Result<()> {
    desk.engine().await?.pause(until).await
}

#[tauri::command]
#[specta::specta]
pub async fn resume(desk: Desk<'_>) -> Result<()> {
    desk.engine().await?.resume().await
}

#[tauri::command]
#[specta::specta]
pub async fn entries(desk: Desk<'_>, query: EntriesQuery) -> Result<Vec<EntryLine>> {
    desk.engine().await?.entries(query).await
}

#[tauri::command]
#[specta::specta]
pub async fn days(desk: Desk<'_>, query: EntriesQuery) -> Result<Vec<DayCount>> {
    desk.engine().await?.days(query).await
}

#[tauri::command]
#[specta::specta]
pub async fn preview(desk: Desk<'_>, account: String, key: String) -> Result<Preview> {
    desk.engine().await?.preview(&account, &key).await
}

#[tauri::command]
#[specta::specta]
pub async fn measurements(desk: Desk<'_>, query: MeasurementsQuery) -> Result<Vec<Measurement>> {
    desk.engine().await?.measurements(query).await
}

/// Says whose doubtful measurements are.
#[tauri::command]
#[specta::specta]
pub async fn answer_owner(desk: Desk<'_>, entries: Vec<EntryId>, mine: bool) -> Result<()> {
    desk.engine().await?.answer_owner(&entries, mine).await
}

/// Asks for a folder; `null` where the person chose none. The paths written.
#[tauri::command]
#[specta::specta]
pub async fn save_files(
    desk: Desk<'_>,
    entries: Vec<EntryId>,
    format: Format,
) -> Result<Option<Vec<PathBuf>>> {
    desk.save_files(entries, format).await
}

/// FIT, TCX and GPX files; `null` where the person chose none.
#[tauri::command]
#[specta::specta]
pub async fn pick_files(desk: Desk<'_>) -> Result<Option<Vec<PathBuf>>> {
    desk.pick_files().await
}

#[tauri::command]
#[specta::specta]
pub async fn pick_folder(desk: Desk<'_>) -> Result<Option<PathBuf>> {
    desk.pick_folder().await
}

#[tauri::command]
#[specta::specta]
pub async fn look_into_files(desk: Desk<'_>, paths: Vec<PathBuf>) -> Result<Vec<ImportLine>> {
    desk.engine().await?.look_into(&paths).await
}

#[tauri::command]
#[specta::specta]
pub async fn import_files(desk: Desk<'_>, paths: Vec<PathBuf>, destination: String) -> Result<RunSummary> {
    desk.engine().await?.import(&paths, Some(&destination)).await.map(|imported| imported.summary)
}

#[tauri::command]
#[specta::specta]
pub async fn runs(desk: Desk<'_>, limit: u32) -> Result<Vec<Run>> {
    desk.engine().await?.runs(limit).await
}

#[tauri::command]
#[specta::specta]
pub async fn run_lines(desk: Desk<'_>, run: i64) -> Result<Vec<RunLine>> {
    desk.engine().await?.run_lines(run).await
}

#[tauri::command]
#[specta::specta]
pub async fn config(desk: Desk<'_>) -> Result<Config> {
    desk.engine().await?.config().await.map(Config::from)
}

/// Merges a patch into `config.toml`.
#[tauri::command]
#[specta::specta]
pub async fn update_config(desk: Desk<'_>, patch: Patch) -> Result<()> {
    desk.engine().await?.update_config(patch.0).await
}

#[tauri::command]
#[specta::specta]
pub async fn set_preferences(desk: Desk<'_>, preferences: Preferences) -> Result<()> {
    desk.set_preferences(&preferences)
}

#[tauri::command]
#[specta::specta]
pub async fn set_start_at_login(desk: Desk<'_>, on: bool) -> Result<()> {
    desk.set_start_at_login(on)
}

#[tauri::command]
#[specta::specta]
pub async fn storage(desk: Desk<'_>) -> Result<Storage> {
    desk.engine().await?.storage().await
}

/// Shows a file or folder in the system's file manager.
#[tauri::command]
#[specta::specta]
pub async fn show_file(desk: Desk<'_>, path: Shown) -> Result<()> {
    desk.show_file(path).await
}

/// Redacted text for support: of one run, or of everything.
#[tauri::command]
#[specta::specta]
pub async fn support_text(desk: Desk<'_>, run: Option<i64>) -> Result<String> {
    desk.engine().await?.support_text(run).await
}

/// Asks where to; `null` where the person chose nothing. The path written.
#[tauri::command]
#[specta::specta]
pub async fn save_diagnostics(desk: Desk<'_>) -> Result<Option<PathBuf>> {
    desk.save_diagnostics().await
}

#[tauri::command]
#[specta::specta]
pub async fn forget_everything(desk: Desk<'_>) -> Result<()> {
    desk.forget_everything().await
}

/// Where the history file cannot be read: keeps it aside and begins a new one. Call `start` afterwards.
#[tauri::command]
#[specta::specta]
pub async fn start_new_ledger(desk: Desk<'_>) -> Result<()> {
    desk.start_new_ledger().await
}

/// Only pages of services and Baton's own; a file's folder is shown.
#[tauri::command]
#[specta::specta]
pub async fn open_link(desk: Desk<'_>, url: String) -> Result<()> {
    desk.open_link(&url).await
}

#[tauri::command]
#[specta::specta]
pub async fn copy_text(desk: Desk<'_>, text: String) -> Result<()> {
    desk.copy(text)
}

#[tauri::command]
#[specta::specta]
pub async fn check_for_update(desk: Desk<'_>) -> Result<UpdateState> {
    Ok(desk.check_for_update().await)
}

#[tauri::command]
#[specta::specta]
pub async fn install_update(desk: Desk<'_>) -> Result<()> {
    desk.install_update().await
}

/// Closes the window after it was explained what that means.
#[tauri::command]
#[specta::specta]
pub async fn close_window(desk: Desk<'_>, keep_running: bool) -> Result<()> {
    desk.close_window(keep_running)
}

#[tauri::command]
#[specta::specta]
pub async fn quit(desk: Desk<'_>) -> Result<()> {
    desk.quit();
    Ok(())
}

/// Every command, for the window and for its generated types.
pub fn builder() -> tauri_specta::Builder<tauri::Wry> {
    tauri_specta::Builder::new()
        .commands(tauri_specta::collect_commands![
            start,
            snapshot,
            begin_sign_in,
            reply_sign_in,
            sign_in_wait,
            cancel_sign_in,
            sign_out,
            unlock_vault,
            remind_me,
            save_route,
            delete_route,
            plan,
            sync,
            send,
            stop,
            pause,
            resume,
            entries,
            days,
            preview,
            measurements,
            answer_owner,
            save_files,
            pick_files,
            pick_folder,
            look_into_files,
            import_files,
            runs,
            run_lines,
            config,
            update_config,
            set_preferences,
            set_start_at_login,
            storage,
            show_file,
            support_text,
            save_diagnostics,
            forget_everything,
            start_new_ledger,
            open_link,
            copy_text,
            check_for_update,
            install_update,
            close_window,
            quit,
        ])
        // Counts and identifiers stay far below 2^53.
        .dangerously_cast_bigints_to_number()
        .disable_serde_phases()
        .error_handling(tauri_specta::ErrorHandlingMode::Throw)
}
