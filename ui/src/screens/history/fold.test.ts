import { describe, expect, it } from 'vitest';
import type { Run } from '../../ipc/bindings';
import { fold, foundNothing, needsAttention } from './fold';

const run = (id: number, change: Partial<Run> = {}): Run => ({
  id,
  trigger: 'schedule',
  started: '2026-11-20T06:00:00Z',
  finished: '2026-11-20T06:00:10Z',
  created: 0,
  already_there: 0,
  skipped: 4,
  failed: 0,
  error: null,
  ...change,
});

describe('the folded history', () => {
  it('makes one line of checks that found nothing, and keeps the order', () => {
    const lines = fold([run(9), run(8), run(7, { created: 2 }), run(6), run(5, { failed: 1 }), run(4), run(3), run(2)]);
    const short = lines.map((line) => (line.line === 'run' ? line.run.id : line.runs.map((one) => one.id)));
    expect(short).toEqual([[9, 8], 7, 6, 5, [4, 3, 2]]);
  });

  it('never folds what runs still, failed or was stopped', () => {
    const cancelled = run(1, { error: { kind: 'cancelled', message: '' } });
    const broken = run(2, { error: { kind: 'service_down', message: '' } });
    const still = run(3, { finished: null });
    expect([cancelled, broken, still].map(foundNothing)).toEqual([false, false, false]);
    expect([cancelled, broken, still].map(needsAttention)).toEqual([false, true, false]);
    expect(needsAttention(run(4, { failed: 1 }))).toBe(true);
  });

  it('is empty for no runs', () => expect(fold([])).toEqual([]));
});
