// What can be done with entries, as lines of a menu.

import type { MenuItem } from '../../components/menu';
import type { EntryId, EntryLine, Format, Kind } from '../../ipc/bindings';
import { app } from '../../state/app.svelte';
import { openEntry } from '../../state/preview.svelte';
import { t, type TextKey } from '../../text/index';

/** Accounts that take this entry (anything, where none is given), without the one it comes from. */
export function destinationsFor(line: EntryLine | null): string[] {
  return app.accounts
    .filter((account) => (line === null ? account.writes.length > 0 : account.writes.includes(line.entry.kind)))
    .filter((account) => line === null || account.id !== line.account)
    .map((account) => account.id);
}

export function sendItems(entries: EntryId[], line: EntryLine | null): MenuItem[] {
  return destinationsFor(line).map((account) => ({
    item: 'action',
    label: app.accountName(account),
    onselect: () => void openEntry.send(entries, account),
  }));
}

const formats: [Format, TextKey][] = [
  ['fit', 'activities.saveFitHelp'],
  ['tcx', 'activities.saveTcxHelp'],
  ['gpx', 'activities.saveGpxHelp'],
  ['json', 'activities.saveJsonHelp'],
];
/** TCX and GPX know activities alone. */
export const formatsFor = (kinds: readonly Kind[]): Format[] =>
  kinds.every((kind) => kind === 'activity') ? ['fit', 'tcx', 'gpx'] : ['fit', 'json'];

/** `kinds` are those of the entries. */
export function saveItems(entries: EntryId[], kinds: readonly Kind[]): MenuItem[] {
  const fitting = formatsFor(kinds);
  return formats
    .filter(([format]) => fitting.includes(format))
    .map(([format, label]) => ({
      item: 'action',
      label: t(label),
      onselect: () => void openEntry.save(entries, format),
    }));
}
