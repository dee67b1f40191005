// The list of activities: its query, the days it is laid out by, the pages that were read, and what is selected in it.

import { asError, commands } from '../ipc/api';
import type { Commands, DayCount, DeliveryState, EntriesQuery, EntryId, EntryLine, Error, Kind } from '../ipc/bindings';

export type ListCalls = Pick<Commands, 'entries' | 'days'>;
export type Filters = {
  search: string;
  kind: Kind | null;
  account: string | null;
  state: DeliveryState | 'none' | null;
};

export const PAGE = 100;
/** More requests at a time would only delay the page that is looked at. */
const MOST_REQUESTS = 2;

const noFilters: Filters = { search: '', kind: null, account: null, state: null };

/** One text for an entry, to look it up by. */
export const keyOf = (id: EntryId): string => `${id.account}\n${id.key}`;
export const idOf = (line: EntryLine): EntryId => ({ account: line.account, key: line.entry.key });

/**
 * Answers belong to the query and the turn in which they were asked for; what arrives for an older one is dropped. A list that
 * is read again stays as it was until the new one is whole.
 */
export class ActivityList {
  filters = $state.raw<Filters>(noFilters);
  days = $state.raw<DayCount[]>([]);
  status = $state.raw<{ status: 'loading' } | { status: 'ready' } | { status: 'failed'; error: Error }>({
    status: 'loading',
  });
  total = $derived(this.days.reduce((sum, day) => sum + day.entries, 0));
  filtered = $derived(
    this.filters.search.trim() !== '' ||
      this.filters.kind !== null ||
      this.filters.account !== null ||
      this.filters.state !== null,
  );
  selected = $state.raw<ReadonlyMap<string, EntryId>>(new Map());
  /** The row that the keyboard is at. */
  active = $state(0);
  /** Where the list was scrolled to, kept while another screen is shown. */
  scrolled = 0;

  #calls: () => ListCalls;
  #pages = $state.raw<ReadonlyMap<number, EntryLine[]>>(new Map());
  #turn = 0;
  #asking = new Set<number>();
  #wanted = { first: 0, last: 0 };
  #anchor = 0;
  #rereading = false;
  #rereadAgain = false;

  constructor(calls: () => ListCalls) {
    this.#calls = calls;
  }

  /** The entry of a row; undefined while its page is on the way. */
  line(index: number): EntryLine | undefined {
    return this.#pages.get(Math.floor(index / PAGE))?.[index % PAGE];
  }

  /** The row of an entry among the pages that were read; -1 where it is none of them. */
  indexOf(id: EntryId): number {
    for (const [page, lines] of this.#pages) {
      const at = lines.findIndex((line) => line.entry.key === id.key && line.account === id.account);
      if (at >= 0) return page * PAGE + at;
    }
    return -1;
  }

  /** Asks for the rows that are looked at. Pages that were scrolled past before their turn came are never asked for. */
  show(first: number, last: number): void {
    this.#wanted = { first: Math.floor(Math.max(0, first) / PAGE), last: Math.floor(Math.max(0, last) / PAGE) };
    this.#askNext();
  }

  filter(change: Partial<Filters>): Promise<void> {
    this.filters = { ...this.filters, ...change };
    this.selected = new Map();
    this.active = 0;
    this.#anchor = 0;
    this.#wanted = { first: 0, last: 0 };
    return this.#read();
  }

  clearFilters(): Promise<void> {
    return this.filter(noFilters);
  }

  /** Reads days and the pages in view again; calls that come meanwhile are joined into one more. */
  async reread(): Promise<void> {
    if (this.#rereading) {
      this.#rereadAgain = true;
      return;
    }
    this.#rereading = true;
    do {
      this.#rereadAgain = false;
      await this.#read();
    } while (this.#rereadAgain);
    this.#rereading = false;
  }

  async #read(): Promise<void> {
    const turn = (this.#turn += 1);
    this.#asking.clear();
    const wanted = [...new Set([this.#wanted.first, this.#wanted.last])];
    try {
      const [days, ...pages] = await Promise.all([
        this.#calls().days(this.#query(0)),
        ...wanted.map((page) => this.#calls().entries(this.#query(page))),
      ]);
      if (turn !== this.#turn) return;
      this.days = days;
      this.#pages = new Map(wanted.map((page, index) => [page, pages[index] ?? []]));
      this.active = Math.max(0, Math.min(this.active, this.total - 1));
      this.status = { status: 'ready' };
      this.#askNext();
    } catch (thrown) {
      if (turn === this.#turn) this.status = { status: 'failed', error: asError(thrown) };
    }
  }

  #query(page: number): EntriesQuery {
    return { ...this.filters, search: this.filters.search.trim(), limit: PAGE, offset: page * PAGE };
  }

  #askNext(): void {
    if (this.status.status !== 'ready') return;
    const last = Math.min(this.#wanted.last, Math.floor(Math.max(0, this.total - 1) / PAGE));
    for (let page = this.#wanted.first; page <= last && this.#asking.size < MOST_REQUESTS; page += 1) {
      if (!this.#pages.has(page) && !this.#asking.has(page)) void this.#ask(page);
    }
  }

  async #ask(page: number): Promise<void> {
    const turn = this.#turn;
    this.#asking.add(page);
    try {
      const lines = await this.#calls().entries(this.#query(page));
      if (turn !== this.#turn) return;
      this.#pages = new Map(this.#pages).set(page, lines);
    } catch (thrown) {
      if (turn === this.#turn) this.status = { status: 'failed', error: asError(thrown) };
    } finally {
      if (turn === this.#turn) this.#asking.delete(page);
    }
    if (turn === this.#turn) this.#askNext();
  }

  // ---- selection

  isSelected(line: EntryLine): boolean {
    return this.selected.has(keyOf(idOf(line)));
  }

  clearSelection(): void {
    this.selected = new Map();
  }

  /** Goes to a row; what was selected is let go. */
  goTo(index: number): void {
    this.active = this.#anchor = Math.max(0, Math.min(this.total - 1, index));
    if (this.selected.size > 0) this.selected = new Map();
  }

  /** Adds a row to what is selected, or takes it out. The first time the row that was open goes along. */
  toggle(index: number): void {
    const selected = new Map(this.selected);
    const open = this.line(this.active);
    if (selected.size === 0 && open !== undefined && this.active !== index) selected.set(keyOf(idOf(open)), idOf(open));
    const line = this.line(index);
    if (line !== undefined && !selected.delete(keyOf(idOf(line)))) selected.set(keyOf(idOf(line)), idOf(line));
    this.active = this.#anchor = index;
    this.selected = selected;
  }

  /** Selects all from the row where the selection began to this one. */
  async extendTo(index: number): Promise<void> {
    this.active = Math.max(0, Math.min(this.total - 1, index));
    await this.#select(Math.min(this.#anchor, this.active), Math.max(this.#anchor, this.active));
  }

  async selectAll(): Promise<void> {
    await this.#select(0, this.total - 1);
  }

  async #select(first: number, last: number): Promise<void> {
    const turn = this.#turn;
    for (let page = Math.floor(first / PAGE); page <= Math.floor(last / PAGE); page += 1) {
      if (!this.#pages.has(page)) await this.#ask(page);
      if (turn !== this.#turn) return;
    }
    const selected = new Map<string, EntryId>();
    for (let index = first; index <= last; index += 1) {
      const line = this.line(index);
      if (line !== undefined) selected.set(keyOf(idOf(line)), idOf(line));
    }
    // A newer selection overtook this one while pages were read.
    if (last === this.active || first === this.active || selected.size === this.total) this.selected = selected;
  }
}

/** The list of the window: it outlives its screen, so that coming back finds it as it was. */
export const activities = new ActivityList(() => commands);
