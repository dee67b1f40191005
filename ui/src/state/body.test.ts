import { describe, expect, it, vi } from 'vitest';
import type { Measurement, MeasurementsQuery } from '../ipc/bindings';
import { BodyData, readsBody } from './body.svelte';
import { OwnerAnswers, type Asked } from './owner.svelte';

const now = new Date('2026-11-21T10:00:00Z');
const day = 86_400_000;

function measurement(time: string): Measurement {
  const pressure = { time, utc_offset: 0, systolic: 120, diastolic: 80, heart_rate: null, more: [] };
  return {
    account: 'cuff',
    key: time,
    measured: { kind: 'blood_pressure', ...pressure },
    owner: 'certain',
    gone: null,
  };
}
const answering = (measurements: Measurement[]) => ({
  measurements: vi.fn(async (query: MeasurementsQuery) => (query.kind === null ? measurements : [])),
  entries: vi.fn(async () => []),
});

describe('the data of the Body screen', () => {
  it('is read from well before the period, which begins at midnight', async () => {
    const calls = answering([measurement('2026-11-20T06:00:00Z')]);
    const data = new BodyData(() => calls);
    await data.read(now);
    const from = Date.parse(calls.measurements.mock.calls[0]?.[0].from ?? '');
    const first = new Date(now);
    first.setHours(0, 0, 0, 0);
    expect(first.getTime() - 29 * day - from).toBe(60 * day);
    expect(data.shown?.period).toBe('30');
    expect((data.shown?.to ?? 0) - (data.shown?.from ?? 0)).toBe(30 * 86_400);
    expect(data.exists).toBe(true);
  });

  it('is read whole for everything, and begins with the first measurement', async () => {
    const calls = answering([measurement('2019-03-01T06:00:00Z'), measurement('2026-11-20T06:00:00Z')]);
    const data = new BodyData(() => calls);
    await data.choose('all', now);
    expect(calls.measurements).toHaveBeenCalledExactlyOnceWith({ account: null, kind: null, from: null, until: null });
    expect(data.shown?.from).toBe(Date.parse('2019-03-01T06:00:00Z') / 1000);
  });

  it('drops the answer that a later choice has overtaken', async () => {
    const late: ((found: Measurement[]) => void)[] = [];
    const measurements = vi.fn(() => new Promise<Measurement[]>((resolve) => late.push(resolve)));
    const data = new BodyData(() => ({ measurements, entries: async () => [] }));
    const first = data.read(now);
    const second = data.choose('365', now);
    late[1]?.([measurement('2026-11-20T06:00:00Z')]);
    late[0]?.([]);
    await Promise.all([first, second]);
    expect(data.shown?.period).toBe('365');
    expect(data.shown?.measurements).toHaveLength(1);
  });

  it('is read once more for all that changed while it was read', async () => {
    const late: (() => void)[] = [];
    const measurements = vi.fn(() => new Promise<Measurement[]>((resolve) => late.push(() => resolve([]))));
    const data = new BodyData(() => ({ measurements, entries: async () => [] }));
    const done = [data.reread(), data.reread(), data.reread(), data.reread()];
    expect(measurements).toHaveBeenCalledTimes(1);
    late[0]?.();
    await vi.waitFor(() => expect(measurements).toHaveBeenCalledTimes(2));
    late[1]?.();
    await Promise.all(done);
    expect(measurements).toHaveBeenCalledTimes(2);
  });

  it('keeps what it shows where a reading fails, and says why', async () => {
    const calls = answering([measurement('2026-11-20T06:00:00Z')]);
    const data = new BodyData(() => calls);
    await data.read(now);
    calls.measurements.mockRejectedValueOnce({ kind: 'storage', message: 'no' });
    await data.read(now);
    expect(data.error?.kind).toBe('storage');
    expect(data.shown?.measurements).toHaveLength(1);
    await data.read(now);
    expect(data.error).toBeNull();
  });

  it('is there for accounts that are read for it, and for what was measured once', async () => {
    const account = { reads: ['activity', 'blood_pressure'] } as never;
    expect(readsBody([account])).toBe(true);
    expect(readsBody([{ reads: ['activity'] } as never])).toBe(false);
    const data = new BodyData(() => ({ measurements: async () => [], entries: async () => [{} as never] }));
    await data.look();
    expect(data.exists).toBe(true);
  });
});

describe('answers to whose it is', () => {
  const asked: Asked[] = [{ account: 'scale', key: 'a', measured: measurement('2026-11-12T06:04:00Z').measured }];

  it('are given by entry, kept, and taken back by the other answer', async () => {
    const answerOwner = vi.fn(async () => null);
    const answers = new OwnerAnswers(() => ({ answerOwner }));
    expect(await answers.answer(asked, false)).toBeUndefined();
    expect(answerOwner).toHaveBeenLastCalledWith([{ account: 'scale', key: 'a' }], false);
    expect(answers.last).toEqual({ asked, mine: false });
    await answers.answer(asked, true);
    expect(answerOwner).toHaveBeenLastCalledWith([{ account: 'scale', key: 'a' }], true);
    expect(answers.last?.mine).toBe(true);
    answers.putAway();
    expect(answers.last).toBeNull();
  });

  it('that were refused change nothing', async () => {
    const answers = new OwnerAnswers(() => ({ answerOwner: () => Promise.reject({ kind: 'storage', message: 'no' }) }));
    expect((await answers.answer(asked, true))?.kind).toBe('storage');
    expect(answers.last).toBeNull();
    expect(answers.busy).toBe(false);
  });
});
