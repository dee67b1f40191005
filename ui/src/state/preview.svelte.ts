// The entry that is looked at: its numbers at once, its samples when they are there; and what is done with entries.

import { asError, commands } from '../ipc/api';
import type { Commands, EntryId, Error, Format, IfSimilar, Preview, RunSummary } from '../ipc/bindings';
import { keyOf } from './activities.svelte';

export type PreviewCalls = Pick<Commands, 'preview' | 'send' | 'saveFiles'>;
/** What an action came to, until the next one. */
export type Notice =
  { notice: 'sent'; summary: RunSummary } | { notice: 'saved'; files: number } | { notice: 'failed'; error: Error };

export class OpenEntry {
  id = $state.raw<EntryId | null>(null);
  preview = $state.raw<Preview | null>(null);
  /** Why nothing at all can be shown. */
  error = $state.raw<Error | null>(null);
  loading = $state(false);
  /** The destination that is being sent to. */
  sending = $state<string | null>(null);
  notice = $state.raw<Notice | null>(null);
  #calls: () => PreviewCalls;
  #turn = 0;

  constructor(calls: () => PreviewCalls) {
    this.#calls = calls;
  }

  /** Opens an entry. The one that is open already is read again and stays visible meanwhile. */
  async open(id: EntryId | null): Promise<void> {
    const turn = (this.#turn += 1);
    const same = id !== null && this.id !== null && keyOf(id) === keyOf(this.id);
    if (!same) {
      this.id = id;
      this.preview = null;
      this.error = null;
    }
    if (id === null) {
      this.loading = false;
      return;
    }
    this.loading = true;
    try {
      const preview = await this.#calls().preview(id.account, id.key);
      if (turn !== this.#turn) return;
      this.preview = preview;
      this.error = null;
    } catch (thrown) {
      if (turn !== this.#turn) return;
      this.error = asError(thrown);
    }
    this.loading = false;
  }

  async reread(): Promise<void> {
    if (this.id !== null) await this.open(this.id);
  }

  /** `ifSimilar` is what to do where something like it is there already; `null` is as the route says. */
  async send(entries: EntryId[], destination: string, ifSimilar: IfSimilar | null = null): Promise<void> {
    if (this.sending !== null || entries.length === 0) return;
    this.sending = destination;
    this.notice = null;
    try {
      this.notice = { notice: 'sent', summary: await this.#calls().send(entries, destination, ifSimilar) };
    } catch (thrown) {
      this.#failed(thrown);
    } finally {
      this.sending = null;
    }
    await this.reread();
  }

  async save(entries: EntryId[], format: Format): Promise<void> {
    this.notice = null;
    try {
      const files = await this.#calls().saveFiles(entries, format);
      if (files !== null) this.notice = { notice: 'saved', files: files.length };
    } catch (thrown) {
      this.#failed(thrown);
    }
  }

  #failed(thrown: unknown): void {
    const error = asError(thrown);
    if (error.kind !== 'cancelled') this.notice = { notice: 'failed', error };
  }
}

export const openEntry = new OpenEntry(() => commands);
