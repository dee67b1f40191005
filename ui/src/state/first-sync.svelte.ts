// What a first sync of routes would send: looked up period by period, counted, and sent only when the person says so.

import { asError } from '../ipc/api';
import type { Commands, Decision, Error, Event, Route, Time } from '../ipc/bindings';
import {
  beginOf,
  countsOf,
  linesOf,
  obstacle,
  PERIODS,
  present,
  sendsOf,
  type Counts,
  type Look,
  type Period,
} from './plan-lines';

export type FirstSyncCalls = Pick<Commands, 'plan' | 'snapshot' | 'saveRoute' | 'sync' | 'send'>;

export class FirstSync {
  routes = $state.raw<Route[]>([]);
  period = $state.raw<Period>('days14');
  /** Lines that the person took the checkmark from. */
  without = $state.raw<string[]>([]);
  busy = $state.raw(false);
  #looks = $state.raw<Partial<Record<Period, Look>>>({});
  look = $derived<Look>(this.#looks[this.period] ?? { look: 'looking', found: 0 });
  lines = $derived(this.look.look === 'known' ? this.look.lines : []);
  counts = $derived(countsOf(this.lines, this.without));
  /** What each period would send, where it is known by now. */
  known = $derived.by(() => {
    const known: Partial<Record<Period, Counts>> = {};
    for (const period of PERIODS) {
      const look = this.#looks[period];
      if (look?.look === 'known') known[period] = countsOf(look.lines);
    }
    return known;
  });

  readonly #calls: FirstSyncCalls;
  readonly #now: () => Date;
  #turn = 0;
  /** Entries that the listing under way has told of, by account. */
  #found: Record<string, number> = {};

  constructor(calls: FirstSyncCalls, now: () => Date = present) {
    this.#calls = calls;
    this.#now = now;
  }

  /** Looks anew for these routes, which are saved and turned off. */
  async begin(routes: Route[], period: Period = this.period): Promise<void> {
    this.routes = routes;
    this.#looks = {};
    await this.choose(period);
  }

  async choose(period: Period): Promise<void> {
    this.period = period;
    this.without = [];
    if (this.#looks[period]?.look === 'known') return;
    const turn = ++this.#turn;
    this.#found = {};
    this.#put(period, { look: 'looking', found: 0 });
    const look = await this.#find(beginOf(period, this.#now()));
    if (turn === this.#turn) this.#put(period, look);
  }

  /** Looks again at the chosen period. */
  async again(): Promise<void> {
    this.#put(this.period, { look: 'looking', found: 0 });
    await this.choose(this.period);
  }

  /** What is under way no longer counts. */
  leave(): void {
    this.#turn += 1;
  }

  /** A plan tells how many entries it was shown until now. */
  heard(event: Event): void {
    if (event.event !== 'run' || event.at !== 'listed') return;
    if (this.look.look !== 'looking' || !this.routes.some((route) => route.from === event.account)) return;
    this.#found[event.account] = event.entries;
    const found = Object.values(this.#found).reduce((sum, entries) => sum + entries, 0);
    this.#put(this.period, { look: 'looking', found });
  }

  toggle(id: string): void {
    const { without } = this;
    this.without = without.includes(id) ? without.filter((other) => other !== id) : [...without, id];
  }

  /** Turns the routes on from the start of the chosen period and sends. Resolves when they are saved; the run goes on. */
  async send(failed: (error: Error) => void): Promise<boolean> {
    if (this.look.look !== 'known') return false;
    const { since, lines } = this.look;
    if (this.without.length === 0) {
      const sync = (): Promise<unknown> => {
        const [only, ...others] = this.routes;
        return this.#calls.sync({ route: others.length === 0 ? (only?.id ?? null) : null, since: null, until: null });
      };
      return this.#turnOn(since, sync, failed);
    }
    // What is not wanted stays behind for good: the routes begin now, and what is wanted is sent by name.
    const wanted = sendsOf(lines.filter(({ id }) => !this.without.includes(id)));
    const sendEach = async (): Promise<void> => {
      for (const [to, entries] of wanted) await this.#calls.send(entries, to, null);
    };
    return this.#turnOn(this.#now().toISOString(), sendEach, failed);
  }

  /** Turns the routes on for what begins from now on. */
  onlyNew(failed: (error: Error) => void): Promise<boolean> {
    return this.#turnOn(this.#now().toISOString(), async () => undefined, failed);
  }

  async #turnOn(since: Time, run: () => Promise<unknown>, failed: (error: Error) => void): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    try {
      const saved: Route[] = [];
      for (const route of this.routes) {
        saved.push((await this.#calls.saveRoute({ ...route, since, enabled: true })).route);
      }
      this.routes = saved;
    } catch (error) {
      failed(asError(error));
      return false;
    } finally {
      this.busy = false;
    }
    run().catch(failed);
    return true;
  }

  async #find(since: Time): Promise<Look> {
    const decisions: Decision[] = [];
    try {
      for (const { id } of this.routes) {
        const plan = await this.#calls.plan({ route: id, since, until: null, look: true });
        decisions.push(...plan.decisions);
      }
      const between = obstacle(await this.#calls.snapshot(), this.routes);
      if (between !== null) return { look: 'failed', ...between };
    } catch (error) {
      return { look: 'failed', error: asError(error), account: null };
    }
    return { look: 'known', since, lines: linesOf(decisions) };
  }

  #put(period: Period, look: Look): void {
    this.#looks = { ...this.#looks, [period]: look };
  }
}
