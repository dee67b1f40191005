// The route being edited: saved piece by piece as it is changed, one save after the other.

import { asError } from '../ipc/api';
import type { Account, Commands, Error, Kind, Route, RouteWarning } from '../ipc/bindings';

export type RouteEditorCalls = Pick<Commands, 'saveRoute' | 'deleteRoute'>;
export type SaveState = 'unsaved' | 'saving' | 'saved' | 'failed';

/** How long typing rests before it is saved. */
export const PAUSE_MILLISECONDS = 500;

const EMPTY: Route = {
  id: '',
  from: '',
  to: '',
  kinds: [],
  since: null,
  until: null,
  include_sports: [],
  exclude_sports: [],
  format: null,
  title: null,
  description: null,
  gear: null,
  join_gap_seconds: null,
  recorded_elsewhere: false,
  if_similar: 'leave',
  enabled: false,
};

/** The kinds that can go from one account to the other. */
export function kindsBetween(from: Account | undefined, to: Account | undefined): Kind[] {
  if (from === undefined || to === undefined) return from?.reads ?? [];
  return from.reads.filter((kind) => to.writes.includes(kind));
}

/** Whether the route has what the engine needs to save it. */
export const isWhole = (route: Route): boolean =>
  route.from !== '' && route.to !== '' && route.from !== route.to && route.kinds.length > 0;

export class RouteEditor {
  route = $state.raw<Route | null>(null);
  saved = $state.raw<SaveState>('unsaved');
  /** English sentences of the engine, such as a loop that would arise. */
  warnings = $state.raw<RouteWarning[]>([]);
  error = $state.raw<Error | null>(null);
  isOpen = $derived(this.route !== null);

  readonly #calls: RouteEditorCalls;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #dirty = false;
  /** The save under way; the next one waits for it, so that a new route is made once. */
  #chain: Promise<void> = Promise.resolve();
  #turn = 0;
  /** The id that the engine gave to the route that is open, known even after it was closed. */
  #given = { id: '' };

  constructor(calls: RouteEditorCalls) {
    this.#calls = calls;
  }

  open(route: Route): void {
    this.#leave();
    this.route = route;
    this.#given = { id: route.id };
    this.saved = route.id === '' ? 'unsaved' : 'saved';
  }

  openNew(begun: Partial<Pick<Route, 'from' | 'to' | 'kinds'>> = {}): void {
    this.open({ ...EMPTY, ...begun });
    this.#dirty = true;
    this.#later();
  }

  /** Changes the route and saves it in a moment. */
  change(patch: Partial<Route>): void {
    if (this.route === null) return;
    this.route = { ...this.route, ...patch };
    this.#dirty = true;
    this.#later();
  }

  /** Saves now what is not saved yet; `true` where the route stands in the configuration as it is shown. */
  async flush(): Promise<boolean> {
    clearTimeout(this.#timer);
    const turn = this.#turn;
    this.#chain = this.#chain.then(() => this.#save(turn));
    await this.#chain;
    return this.saved === 'saved';
  }

  async remove(): Promise<void> {
    clearTimeout(this.#timer);
    this.#dirty = false;
    await this.#chain;
    const { id } = this.#given;
    if (id !== '') {
      try {
        await this.#calls.deleteRoute(id);
      } catch (error) {
        this.error = asError(error);
        return;
      }
    }
    this.#leave();
    this.route = null;
  }

  close(): void {
    this.#leave();
    this.route = null;
  }

  #later(): void {
    clearTimeout(this.#timer);
    if (this.route !== null && isWhole(this.route))
      this.#timer = setTimeout(() => void this.flush(), PAUSE_MILLISECONDS);
  }

  /** Saves what is open, if it can be saved, and forgets it. */
  #leave(): void {
    clearTimeout(this.#timer);
    const route = this.route;
    const given = this.#given;
    if (route !== null && this.#dirty && isWhole(route)) {
      // Nobody is there any more to be told; what the engine refuses was shown while it was typed.
      const calls = this.#calls;
      this.#chain = this.#chain.then(async () => {
        await calls.saveRoute({ ...route, id: given.id }).catch(() => undefined);
      });
    }
    this.#turn += 1;
    this.#dirty = false;
    this.warnings = [];
    this.error = null;
  }

  async #save(turn: number): Promise<void> {
    const route = this.route;
    const given = this.#given;
    if (turn !== this.#turn || route === null || !this.#dirty || !isWhole(route)) return;
    this.#dirty = false;
    this.saved = 'saving';
    this.error = null;
    try {
      const { route: kept, warnings } = await this.#calls.saveRoute({ ...route, id: given.id });
      given.id = kept.id;
      if (turn !== this.#turn) return;
      // What was typed meanwhile stays; only the name that the engine gave is taken over.
      this.route = { ...(this.route ?? kept), id: kept.id };
      this.warnings = warnings;
      this.saved = this.#dirty ? 'saving' : 'saved';
    } catch (error) {
      if (turn !== this.#turn) return;
      this.#dirty = true;
      this.saved = 'failed';
      this.error = asError(error);
    }
  }
}
