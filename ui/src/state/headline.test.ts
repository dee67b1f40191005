import { describe, expect, it } from 'vitest';
import type { Error, Progress, RouteLine, Run, Snapshot } from '../ipc/bindings';
import { headline } from './headline';

const run: Run = {
  id: 3,
  trigger: 'schedule',
  started: '2026-11-20T06:00:00Z',
  finished: '2026-11-20T06:00:30Z',
  created: 1,
  already_there: 0,
  skipped: 0,
  failed: 0,
  error: null,
};
const progress: Progress = { run: 4, listed: 9, send: 9, done: 3, failed: 0, step: null, by_route: {} };
const line = { route: { id: 'r', from: 'peloton', to: 'garmin', enabled: true }, checked: null, waiting: 0, failed: 0 };
const calm: Snapshot = {
  accounts: [],
  routes: [line as unknown as RouteLine],
  schedule: { interval_minutes: 60, after_waking: true, on_metered: false, paused: false, paused_until: null },
  progress: null,
  last_run: run,
  next_sync: '2026-11-20T07:00:00Z',
  held_back: false,
  attention: [],
};
const about = (account: string | null, error: Error) => ({ account, error, since: '2026-11-20T05:00:00Z' });
const signIn: Error = { kind: 'sign_in_required', message: '' };
const down: Error = { kind: 'service_down', message: '' };
const offline: Error = { kind: 'offline', message: '' };
const paused = { ...calm.schedule, paused: true, paused_until: '2026-11-21T08:00:00Z' };

describe('headline', () => {
  it.each<[string, Partial<Snapshot>, object]>([
    ['calm', {}, { form: 'up_to_date', last: run.finished, next: calm.next_sync }],
    ['no route', { routes: [] }, { form: 'nothing_yet', routes: false }],
    ['never followed', { last_run: null }, { form: 'nothing_yet', routes: true }],
    ['failed the last time', { last_run: { ...run, failed: 2 } }, { form: 'some_failed', failed: 2 }],
    ['still failing', { routes: [{ ...calm.routes[0], failed: 1 } as RouteLine] }, { form: 'some_failed', failed: 1 }],
    ['stopped early', { routes: [{ ...calm.routes[0], waiting: 4 } as RouteLine] }, { form: 'waiting', waiting: 4 }],
    ['under way', { progress }, { form: 'syncing', done: 3, send: 9 }],
    ['paused', { schedule: paused }, { form: 'paused', until: paused.paused_until }],
    ['on a metered network', { held_back: true }, { form: 'held_back' }],
    ['syncing there all the same', { held_back: true, progress }, { form: 'syncing' }],
    ['offline', { attention: [about(null, offline)] }, { form: 'offline' }],
    ['a service is down', { attention: [about('garmin', down)] }, { form: 'service_trouble', next: calm.next_sync }],
    ['needs a person', { attention: [about('garmin', signIn)] }, { form: 'needs_you', account: 'garmin', more: 0 }],
  ])('says it when %s', (_, change, expected) => {
    expect(headline({ ...calm, ...change })).toMatchObject(expected);
  });

  it('lets the worst win, one at a time', () => {
    const everything: Snapshot = {
      ...calm,
      progress,
      schedule: paused,
      last_run: { ...run, failed: 1 },
      attention: [about(null, offline), about('withings', down), about('garmin', signIn)],
    };
    const without = (count: number) =>
      headline({ ...everything, attention: everything.attention.slice(0, count) }).form;
    expect([without(3), without(2), without(1), without(0)]).toEqual([
      'needs_you',
      'service_trouble',
      'offline',
      'syncing',
    ]);
    const still = { ...everything, attention: [], progress: null };
    expect(headline(still).form).toBe('paused');
    expect(headline({ ...still, schedule: calm.schedule }).form).toBe('some_failed');
  });

  it('takes the time that the error itself tells', () => {
    const until = '2026-11-20T12:40:00Z';
    const resting: Error = { kind: 'login_cool_down', until, message: '' };
    expect(headline({ ...calm, attention: [about('garmin', resting)] })).toMatchObject({
      form: 'service_trouble',
      next: until,
    });
  });

  it('hears of an account whose state alone says that it needs somebody', () => {
    const account = { id: 'garmin', state: { state: 'needs_person', error: signIn, since: '2026-11-20T05:00:00Z' } };
    const accounts = [account] as unknown as Snapshot['accounts'];
    expect(headline({ ...calm, accounts })).toMatchObject({ form: 'needs_you', account: 'garmin', more: 0 });
    // Told twice, it is still one trouble.
    expect(headline({ ...calm, accounts, attention: [about('garmin', signIn)] })).toMatchObject({ more: 0 });
  });

  it('is not troubled by what only concerns one activity', () => {
    const rejected: Error = { kind: 'rejected', reason: 'too short', message: '' };
    expect(headline({ ...calm, attention: [about('garmin', rejected)] }).form).toBe('up_to_date');
  });
});
