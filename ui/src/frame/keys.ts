// The window's keys, in one place: what each does, and how it is written on this system.

import { flushSync } from 'svelte';
import { app } from '../state/app.svelte';
import { body, readsBody } from '../state/body.svelte';
import { view, type Screen } from '../state/view.svelte';

const numbered: Record<string, Screen> = { 1: 'home', 2: 'activities', 3: 'accounts', 4: 'history', 5: 'body' };

/** Whether there is anything for the Body screen, now or at the next sync. */
export const hasBody = (): boolean => body.exists || readsBody(app.accounts);

/** "⌘1" on a Mac, "Ctrl+1" elsewhere. */
export function written(key: string): string {
  return app.start?.system === 'macos' ? `⌘${key}` : `Ctrl+${key}`;
}

/** The search field, where the screen has one and it can be seen. */
function searchField(): HTMLInputElement | undefined {
  const field = document.querySelector<HTMLInputElement>('[data-search]');
  return field !== null && field.getClientRects().length > 0 ? field : undefined;
}

/** Puts the focus in the screen's search field; on a screen without one, in that of Activities. */
function search(): void {
  if (searchField() === undefined) flushSync(() => view.show('activities'));
  // Where there is room for one column only, an open entry stands in the list's place.
  if (searchField() === undefined) flushSync(() => (view.entry = null));
  const field = searchField();
  field?.focus();
  field?.select();
}

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input, textarea, [contenteditable]') !== null;
}

/** Acts on a key of the whole window. Dialogs keep theirs: nothing here fires above an open one but the command box. */
export function actOn(event: KeyboardEvent): void {
  if (event.defaultPrevented || !app.ready || !app.preferences.welcomed || app.vault !== 'ready') return;
  const command = app.start?.system === 'macos' ? event.metaKey : event.ctrlKey;
  const open = view.dialog !== null || view.route !== undefined;
  const act = (what: () => void) => {
    event.preventDefault();
    what();
  };
  if (command && !event.altKey && !event.shiftKey) {
    const key = event.key.toLowerCase();
    if (key === 'k' && (view.dialog === null || view.dialog.dialog === 'commands'))
      return act(() => (view.dialog = view.dialog === null ? { dialog: 'commands' } : null));
    // A page's own reload and search never happen.
    if (key === 'r') return act(() => void (open ? undefined : app.sync()));
    if (key === 'f') return act(() => (open ? undefined : search()));
    if (open) return;
    const screen = numbered[key];
    if (screen !== undefined && (screen !== 'body' || hasBody())) return act(() => view.show(screen));
    if (key === ',') return act(() => view.show('settings'));
    return;
  }
  if (event.key === '?' && !open && !typing(event.target)) act(() => (view.dialog = { dialog: 'keys' }));
}
