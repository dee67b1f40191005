import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Decision, Plan, Snapshot, Verdict } from '../ipc/bindings';
import { FirstSync, type FirstSyncCalls } from './first-sync.svelte';
import { beginOf, countsOf, linesOf } from './plan-lines';
import { newRoute } from './slots';

const send: Verdict = { verdict: 'send', check_first: false, replaces: null, if_similar: 'leave' };
const skip = (reason: 'delivered' | 'own_copy' | 'kind_off' | 'too_old'): Verdict => ({
  verdict: 'skip',
  skip: { reason },
});
const decision = (key: string, verdict: Verdict, day = 1): Decision => ({
  route: 'a-b',
  from: 'a',
  to: 'b',
  entries: [
    {
      key,
      kind: 'activity',
      span: { start: `2026-11-0${day}T07:00:00Z`, end: `2026-11-0${day}T08:00:00Z` },
      revision: '1',
      recorded_by: 'source',
      title: key,
      sport: 'cycling',
      sub_sport: null,
      utc_offset: 0,
      in_progress: false,
      arrived: null,
      owner: 'certain',
      measured: null,
    },
  ],
  verdict,
  merged_with: null,
  note: null,
  last: false,
});
const snapshot = { attention: [] } as unknown as Snapshot;
const route = { ...newRoute('a', 'b'), id: 'a-b' };
const now = new Date(2026, 10, 21, 9, 30);

const calls = {
  plan: vi.fn<FirstSyncCalls['plan']>(),
  snapshot: vi.fn<FirstSyncCalls['snapshot']>(),
  saveRoute: vi.fn<FirstSyncCalls['saveRoute']>(),
  sync: vi.fn<FirstSyncCalls['sync']>(),
  send: vi.fn<FirstSyncCalls['send']>(),
};
const summary = {} as Awaited<ReturnType<FirstSyncCalls['sync']>>;
const plan = (...decisions: Decision[]): Plan => ({ decisions, beyond_limit: 0 });
let first: FirstSync;
const failed = vi.fn();

beforeEach(() => {
  for (const call of [...Object.values(calls), failed]) call.mockReset();
  calls.snapshot.mockResolvedValue(snapshot);
  calls.saveRoute.mockImplementation((route) => Promise.resolve({ route, warnings: [] }));
  calls.sync.mockResolvedValue(summary);
  calls.send.mockResolvedValue(summary);
  first = new FirstSync(calls, () => now);
});

describe('lines', () => {
  it('are the newest first and leave out what the route is not about', () => {
    const lines = linesOf([
      decision('old', send, 1),
      decision('there', skip('delivered'), 2),
      decision('weight', skip('kind_off'), 3),
      decision('before', skip('too_old'), 3),
      decision('mine', skip('own_copy'), 4),
    ]);
    expect(lines.map(({ decision, fate }) => [decision.entries[0]?.key, fate])).toEqual([
      ['mine', 'left'],
      ['there', 'there'],
      ['old', 'send'],
    ]);
    expect(countsOf(lines)).toEqual({ send: 1, there: 1, left: 1 });
    expect(countsOf(lines, [lines[2]?.id ?? ''])).toEqual({ send: 0, there: 1, left: 1 });
  });

  it('begin with whole days', () => {
    expect(new Date(beginOf('days14', now))).toEqual(new Date(2026, 10, 7));
    expect(new Date(beginOf('months3', now))).toEqual(new Date(2026, 7, 21));
  });
});

describe('looking', () => {
  it('asks about what is there and counts what was found meanwhile', async () => {
    let answer!: (plan: Plan) => void;
    calls.plan.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
    const begun = first.begin([route]);
    const listed = (account: string, entries: number) => first.heard({ event: 'run', at: 'listed', account, entries });
    listed('a', 256);
    listed('a', 300);
    listed('elsewhere', 7);
    expect(first.look).toEqual({ look: 'looking', found: 300 });
    answer(plan(decision('x', send)));
    await begun;
    expect(first.counts).toEqual({ send: 1, there: 0, left: 0 });
    const since = beginOf('days14', now);
    expect(calls.plan).toHaveBeenCalledExactlyOnceWith({ route: 'a-b', since, until: null, look: true });
  });

  it('never shows a count that an account is missing from', async () => {
    calls.plan.mockResolvedValue(plan());
    const error = { kind: 'offline', message: '' } as const;
    calls.snapshot.mockResolvedValue({ ...snapshot, attention: [{ account: 'a', error, since: '' }] });
    await first.begin([route]);
    expect(first.look).toEqual({ look: 'failed', error, account: 'a' });
    expect(await first.send(failed)).toBe(false);
    expect(calls.saveRoute).not.toHaveBeenCalled();
  });

  it('drops the answer for a period that is no longer asked for', async () => {
    let answer!: (plan: Plan) => void;
    calls.plan.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
    calls.plan.mockResolvedValueOnce(plan(decision('x', send), decision('y', send)));
    const slow = first.begin([route]);
    await first.choose('all');
    answer(plan());
    await slow;
    expect(first.period).toBe('all');
    expect(first.counts.send).toBe(2);
    expect(first.known.days14).toBeUndefined();
  });
});

describe('sending', () => {
  beforeEach(async () => {
    calls.plan.mockResolvedValue(plan(decision('x', send), decision('y', send, 2)));
    await first.begin([route]);
  });

  it('turns the routes on from the day that was counted from, and syncs', async () => {
    expect(await first.send(failed)).toBe(true);
    expect(calls.saveRoute).toHaveBeenCalledExactlyOnceWith({
      ...route,
      since: beginOf('days14', now),
      enabled: true,
    });
    expect(calls.sync).toHaveBeenCalledOnce();
  });

  it('sends by name where something was left out, and begins with now', async () => {
    const [newest] = first.lines;
    first.toggle(newest?.id ?? '');
    expect(first.counts.send).toBe(1);
    await first.send(failed);
    expect(calls.saveRoute).toHaveBeenCalledExactlyOnceWith({ ...route, since: now.toISOString(), enabled: true });
    expect(calls.send).toHaveBeenCalledExactlyOnceWith([{ account: 'a', key: 'x' }], 'b', null);
    expect(calls.sync).not.toHaveBeenCalled();
  });

  it('can wait for new ones', async () => {
    await first.onlyNew(failed);
    expect(calls.saveRoute).toHaveBeenCalledExactlyOnceWith({ ...route, since: now.toISOString(), enabled: true });
    expect(calls.sync).not.toHaveBeenCalled();
  });

  it('says why a route could not be saved, and sends nothing', async () => {
    const error = { kind: 'storage', message: 'the disk is full' } as const;
    calls.saveRoute.mockRejectedValueOnce(error);
    expect(await first.send(failed)).toBe(false);
    expect(failed).toHaveBeenCalledExactlyOnceWith(error);
    expect(calls.sync).not.toHaveBeenCalled();
    expect(first.busy).toBe(false);
  });
});
