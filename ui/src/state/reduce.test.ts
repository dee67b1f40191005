import { describe, expect, it } from 'vitest';
import type { Message, RunEvent, Snapshot, Start } from '../ipc/bindings';
import { goesOn, known, reduce, type Known } from './reduce';

const route = (id: string, waiting: number) => ({
  route: {
    id,
    from: 'peloton',
    to: 'garmin',
    kinds: ['activity' as const],
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
    if_similar: 'leave' as const,
    enabled: true,
  },
  checked: null,
  waiting,
  failed: 0,
});

function begin(): Known {
  const start = {
    snapshot: {
      accounts: [],
      routes: [route('one', 2), route('two', 1)],
      schedule: { interval_minutes: 60, after_waking: true, on_metered: false, paused: false, paused_until: null },
      progress: null,
      last_run: null,
      next_sync: null,
      held_back: false,
      attention: [],
    },
    preferences: { theme: 'system' },
    update: { update: 'none' },
  } as unknown as Start;
  return known(start);
}

const run = (event: RunEvent): Message => ({ message: 'engine', event: { event: 'run', ...event } });
const after = (before: Known, ...events: RunEvent[]) => events.map(run).reduce(reduce, before);
const done = (route: string, outcome: 'created' | 'failed' | 'skipped'): RunEvent => ({
  at: 'step_done',
  step: 0,
  route,
  title: 'A ride',
  start: null,
  utc_offset: null,
  file: null,
  format: null,
  remarks: [],
  outcome:
    outcome === 'created'
      ? { outcome, key: { id: '1', link: null }, remarks: [] }
      : outcome === 'failed'
        ? { outcome, error: { kind: 'service_down', message: 'no answer' } }
        : { outcome, skip: { reason: 'delivered' } },
});

describe('reduce', () => {
  it('follows a run from its start to its end', () => {
    let state = after(begin(), { at: 'started', run: 7 });
    expect(state.snapshot.progress).toMatchObject({ run: 7, listed: 0, send: null, done: 0 });
    state = after(
      state,
      { at: 'listed', account: 'peloton', entries: 10 },
      { at: 'listed', account: 'peloton', entries: 25 },
      { at: 'listed', account: 'withings', entries: 3 },
      { at: 'planned', send: 3, skip: 25 },
      { at: 'step', step: 0, route: 'one', to: 'garmin', title: 'A ride', stage: 'deliver' },
    );
    // A listing that grows is not counted twice.
    expect(state.snapshot.progress).toMatchObject({ listed: 28, send: 3, step: { title: 'A ride', stage: 'deliver' } });
    state = after(state, done('one', 'created'), done('two', 'failed'), done('two', 'skipped'));
    expect(state.snapshot.progress).toMatchObject({ done: 2, failed: 1, step: null, by_route: { one: 1 } });
    expect(state.snapshot.routes.map((line) => line.waiting)).toEqual([1, 1]);
    state = after(state, { at: 'finished', run: 7, created: 1, already_there: 0, skipped: 25, failed: 1, error: null });
    expect(state.snapshot.progress).toBeNull();
  });

  it('does not take a plan that is only looked at for a run', () => {
    const before = begin();
    const state = after(before, { at: 'listed', account: 'peloton', entries: 10 }, { at: 'planned', send: 3, skip: 7 });
    expect(state).toBe(before);
  });

  it('starts each run from nothing', () => {
    const state = after(
      begin(),
      { at: 'started', run: 1 },
      { at: 'listed', account: 'peloton', entries: 10 },
      { at: 'finished', run: 1, created: 0, already_there: 0, skipped: 0, failed: 0, error: null },
      { at: 'started', run: 2 },
      { at: 'listed', account: 'withings', entries: 4 },
    );
    expect(state.snapshot.progress).toMatchObject({ run: 2, listed: 4 });
  });

  it('counts what changed and leaves the rest alone', () => {
    const before = begin();
    const state = reduce(before, { message: 'engine', event: { event: 'changed', what: 'entries' } });
    expect(state.versions).toEqual({ ...before.versions, entries: 1 });
    expect(state.snapshot).toBe(before.snapshot);
  });

  it('takes attention, updates and preferences as they come', () => {
    const attention = [
      { account: 'garmin', error: { kind: 'sign_in_required' as const, message: '' }, since: '2026-11-20T06:00:00Z' },
    ];
    let state = reduce(begin(), { message: 'engine', event: { event: 'attention', list: attention } });
    expect(state.snapshot.attention).toBe(attention);
    state = reduce(state, { message: 'update', state: { update: 'ready', version: '2.0.0', notes: '' } });
    expect(state.update).toMatchObject({ update: 'ready', version: '2.0.0' });
    const preferences = { ...state.preferences, theme: 'dark' as const };
    expect(reduce(state, { message: 'preferences', preferences }).preferences.theme).toBe('dark');
  });

  it('changes nothing for what is about the view', () => {
    const before = begin();
    expect(reduce(before, { message: 'closing' })).toBe(before);
    expect(reduce(before, { message: 'go', place: { place: 'home' } })).toBe(before);
  });
});

describe('going on after a new sign-in', () => {
  const needs = { id: 'garmin', state: { state: 'needs_person' } };
  const fine = { id: 'garmin', state: { state: 'connected' } };
  const with_ = (account: unknown, change: Partial<Snapshot> = {}) =>
    ({ ...begin().snapshot, accounts: [account], ...change }) as Snapshot;

  it('happens once the account is connected again and entries wait for it', () => {
    expect(goesOn(with_(needs), with_(fine))).toBe(true);
    expect(goesOn(with_(fine), with_(fine))).toBe(false);
    expect(goesOn(with_(needs), with_(needs))).toBe(false);
  });

  it('does not happen during a pause, with nothing waiting, or on a route that is off', () => {
    const paused = { interval_minutes: 60, after_waking: true, on_metered: false, paused: true, paused_until: null };
    expect(goesOn(with_(needs), with_(fine, { schedule: paused }))).toBe(false);
    expect(goesOn(with_(needs), with_(fine, { routes: [route('one', 0)] }))).toBe(false);
    const off = route('one', 2);
    off.route.enabled = false;
    expect(goesOn(with_(needs), with_(fine, { routes: [off] }))).toBe(false);
  });
});
