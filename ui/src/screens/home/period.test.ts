import { describe, expect, it } from 'vitest';
import type { Decision } from '../../ipc/bindings';
import { countPlan, dayEnd, dayStart } from './period';

describe('a period', () => {
  it('holds whole days where the computer is', () => {
    const start = new Date(dayStart('2026-11-20') ?? '');
    const end = new Date(dayEnd('2026-11-20') ?? '');
    expect([start.getFullYear(), start.getMonth(), start.getDate(), start.getHours()]).toEqual([2026, 10, 20, 0]);
    expect([end.getDate(), end.getHours()]).toEqual([21, 0]);
    expect(new Date(dayEnd('2026-12-31') ?? '').getFullYear()).toBe(2027);
  });

  it('is none where the field is empty', () => {
    expect(dayStart('')).toBeNull();
    expect(dayEnd('yesterday')).toBeNull();
  });
});

describe('a plan counted', () => {
  it('tells what would be sent, what is there, what is left out', () => {
    const decision = (verdict: Decision['verdict']) => ({ verdict }) as Decision;
    const decisions = [
      decision({ verdict: 'send', check_first: true, replaces: null, if_similar: 'leave' }),
      decision({ verdict: 'skip', skip: { reason: 'delivered' } }),
      decision({ verdict: 'skip', skip: { reason: 'delivered' } }),
      decision({ verdict: 'skip', skip: { reason: 'filtered' } }),
    ];
    expect(countPlan({ decisions, beyond_limit: 0 })).toEqual({ send: 1, there: 2, left: 1 });
  });
});
