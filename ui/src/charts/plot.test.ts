import { beforeAll, expect, it, vi } from 'vitest';

// uPlot asks for it as it loads.
beforeAll(() => vi.stubGlobal('matchMedia', () => new EventTarget()));

it('leaves as much more room for labels as text is larger', async () => {
  const { roomFor } = await import('./plot');
  expect(roomFor(1)).toEqual({ axis: 38, edge: 7, moment: 90 });
  expect(roomFor(2)).toEqual({ axis: 76, edge: 14, moment: 180 });
  expect(roomFor(1.25).edge * 2).toBeGreaterThanOrEqual(13 * 1.25);
});
