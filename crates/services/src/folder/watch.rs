//! Noticing that a folder changed, by the system's own notifications.

use std::path::Path;

use futures::stream::{self, BoxStream, StreamExt};
use notify::{RecursiveMode, Watcher};
use tokio::sync::mpsc;

/// Something for each time that something in the folder or below it was written, moved or made; several changes may come as
/// one. It ends when the folder itself goes away. `None` where the system cannot tell, as of many network drives. Blocks
/// while it walks the folder.
pub fn changes(folder: &Path) -> Option<BoxStream<'static, ()>> {
    let (tell, told) = mpsc::channel(1);
    let (mut tell, watched) = (Some(tell), folder.to_owned());
    let on_event = move |event: notify::Result<notify::Event>| {
        // Who only reads changes nothing.
        let Some(event) = event.ok().filter(|event| !event.kind.is_access()) else { return };
        if event.kind.is_remove() && event.paths.contains(&watched) {
            tell = None;
        }
        // What is not told because something waits already is told by that.
        if let Some(tell) = &tell {
            let _ = tell.try_send(());
        }
    };
    let mut watcher = notify::recommended_watcher(on_event).ok()?;
    watcher.watch(folder, RecursiveMode::Recursive).ok()?;
    // The watcher lives as long as somebody listens.
    let changes = stream::unfold((told, watcher), |(mut told, watcher)| async move {
        told.recv().await.map(|()| ((), (told, watcher)))
    });
    Some(changes.boxed())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn a_new_file_is_told_also_deep_down() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("2026/11");
        std::fs::create_dir_all(&deep).unwrap();
        let mut changes = changes(folder.path()).unwrap();
        std::fs::write(deep.join("ride.fit"), b"new").unwrap();
        let told = tokio::time::timeout(Duration::from_secs(20), changes.next()).await;
        assert_eq!(told, Ok(Some(())));
        assert!(super::changes(&folder.path().join("none")).is_none());
    }

    #[tokio::test]
    async fn it_ends_with_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let changes = changes(folder.path()).unwrap();
        folder.close().unwrap();
        tokio::time::timeout(Duration::from_secs(20), changes.collect::<Vec<()>>()).await.unwrap();
    }
}
