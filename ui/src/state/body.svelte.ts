// What the Body screen shows: the measurements of a period, read once for each and again when entries changed.

import { asError, commands } from '../ipc/api';
import type { Account, Commands, Error, Kind, Measurement } from '../ipc/bindings';
import * as format from '../text/format';

export type BodyCalls = Pick<Commands, 'measurements' | 'entries'>;
export const periods = ['30', '365', 'all'] as const;
export type Period = (typeof periods)[number];

/** What was read, and of which period; both in seconds by the wall clock. */
export type Shown = { period: Period; from: number; to: number; measurements: Measurement[] };

export const bodyKinds: readonly Kind[] = ['body', 'blood_pressure'];
const day = 86_400_000;
/** Days before the period that are read along, so that the moving mean is whole from its first day on. */
const LEAD = 60;

export class BodyData {
  period = $state<Period>('30');
  /** Stays what it was until the next is there. */
  shown = $state.raw<Shown | null>(null);
  error = $state.raw<Error | null>(null);
  /** The account that is looked at alone. */
  account = $state<string | null>(null);
  /** Whether anything was ever measured. */
  exists = $state(false);
  #calls: () => BodyCalls;
  #turn = 0;
  #rereading = false;
  #rereadAgain = false;

  constructor(calls: () => BodyCalls) {
    this.#calls = calls;
  }

  choose(period: Period, now: Date): Promise<void> {
    this.period = period;
    return this.read(now);
  }

  /** Reads the chosen period. An answer that a later reading has overtaken is dropped. */
  async read(now: Date): Promise<void> {
    const turn = (this.#turn += 1);
    const { period } = this;
    const midnight = new Date(now);
    midnight.setHours(0, 0, 0, 0);
    const first = period === 'all' ? null : new Date(midnight.getTime() - (Number(period) - 1) * day);
    const from = first === null ? null : new Date(first.getTime() - LEAD * day).toISOString();
    try {
      const measurements = await this.#calls().measurements({ account: null, kind: null, from, until: null });
      if (turn !== this.#turn) return;
      const times = measurements.map(({ measured }) => format.wallSeconds(measured.time, measured.utc_offset));
      // Scales whose clock is ahead measure tomorrow.
      const to = Math.max(format.wallSeconds(new Date(midnight.getTime() + day).toISOString()), times.at(-1) ?? 0);
      const begin = first === null ? (times[0] ?? to - day / 1000) : format.wallSeconds(first.toISOString());
      this.shown = { period, from: begin, to, measurements };
      this.error = null;
      this.exists ||= measurements.length > 0;
    } catch (thrown) {
      if (turn === this.#turn) this.error = asError(thrown);
    }
  }

  /** Reads again; calls that come meanwhile are joined into one more, for a sync changes entries many times over. */
  async reread(): Promise<void> {
    this.#rereadAgain = true;
    if (this.#rereading) return;
    this.#rereading = true;
    while (this.#rereadAgain) {
      this.#rereadAgain = false;
      await this.read(new Date());
    }
    this.#rereading = false;
  }

  /** Finds out whether anything was ever measured, for those whose accounts read none of it any more. */
  async look(): Promise<void> {
    if (this.exists) return;
    for (const kind of bodyKinds) {
      const query = { search: '', account: null, kind, state: null, limit: 1, offset: 0 };
      const lines = await this.#calls()
        .entries(query)
        .catch(() => []);
      if (lines.length > 0) this.exists = true;
    }
  }
}

/** Whether one of these accounts is read for what the screen shows. */
export const readsBody = (accounts: readonly Account[]): boolean =>
  accounts.some(({ reads }) => reads.some((kind) => bodyKinds.includes(kind)));

/** The screen's data: it outlives the screen, so that coming back finds it as it was. */
export const body = new BodyData(() => commands);
