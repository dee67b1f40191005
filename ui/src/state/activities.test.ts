import { describe, expect, it, vi } from 'vitest';
import type { EntriesQuery, EntryLine } from '../ipc/bindings';
import { ActivityList, PAGE, type ListCalls } from './activities.svelte';

const line = (index: number): EntryLine =>
  ({
    account: 'peloton',
    entry: { key: `k${index}`, title: `${index}` },
    headline: null,
    gone: null,
    deliveries: [],
  }) as unknown as EntryLine;

function listOf(total: number, calls: Partial<ListCalls> = {}) {
  const entries = vi.fn(async (query: EntriesQuery) => {
    const length = Math.max(0, Math.min(query.limit, total - query.offset));
    return Array.from({ length }, (_, index) => line(query.offset + index));
  });
  const days = vi.fn(async () => [{ day: '2026-11-20', entries: total }]);
  const list = new ActivityList(() => ({ entries, days, ...calls }));
  return { list, entries, days };
}
const settle = () => new Promise((resolve) => setTimeout(resolve));

describe('pages', () => {
  it('reads days and the first page, then what is looked at', async () => {
    const { list, entries } = listOf(1000);
    await list.reread();
    expect(list.total).toBe(1000);
    expect(list.line(3)?.entry.key).toBe('k3');
    expect(list.line(500)).toBeUndefined();
    list.show(495, 510);
    await settle();
    expect(list.line(500)?.entry.key).toBe('k500');
    expect(entries.mock.calls.map(([query]) => query.offset)).toEqual([0, 400, 500]);
  });

  it('asks for no page that was scrolled past', async () => {
    const { list, entries } = listOf(10_000);
    await list.reread();
    for (let first = 0; first < 9900; first += PAGE) list.show(first, first + 20);
    await settle();
    await settle();
    expect(entries.mock.calls.length).toBeLessThan(8);
    expect(list.line(9810)?.entry.key).toBe('k9810');
  });

  it('drops the answer to an older query', async () => {
    const answers: ((lines: EntryLine[]) => void)[] = [];
    const entries = (query: EntriesQuery) =>
      new Promise<EntryLine[]>((resolve) => answers.push((lines) => resolve(query.search === '' ? lines : [line(7)])));
    const { list } = listOf(1, { entries });
    const first = list.reread();
    const second = list.filter({ search: 'row' });
    answers[1]?.([]);
    await second;
    answers[0]?.([line(1)]);
    await first;
    expect(list.line(0)?.entry.key).toBe('k7');
  });

  it('keeps the old list while it is read again, and says when that fails', async () => {
    const days = vi.fn(async () => [{ day: '2026-11-20', entries: 3 }]);
    const { list } = listOf(3, { days });
    await list.reread();
    days.mockRejectedValueOnce({ kind: 'storage', message: 'locked' });
    await list.reread();
    expect(list.status).toMatchObject({ status: 'failed', error: { kind: 'storage' } });
    expect(list.line(1)?.entry.key).toBe('k1');
  });
});

describe('selection', () => {
  it('takes the open row along when a second is added', async () => {
    const { list } = listOf(10);
    await list.reread();
    list.goTo(2);
    list.toggle(5);
    expect([...list.selected.values()].map((id) => id.key)).toEqual(['k2', 'k5']);
    list.toggle(2);
    expect([...list.selected.values()].map((id) => id.key)).toEqual(['k5']);
    list.goTo(3);
    expect(list.selected.size).toBe(0);
  });

  it('reaches over pages that were not read', async () => {
    const { list } = listOf(450);
    await list.reread();
    list.goTo(1);
    await list.extendTo(301);
    expect(list.selected.size).toBe(301);
    await list.selectAll();
    expect(list.selected.size).toBe(450);
    await list.filter({ kind: 'body' });
    expect(list.selected.size).toBe(0);
  });
});
