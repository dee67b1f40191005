import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SavedRoute } from '../ipc/bindings';
import { PAUSE_MILLISECONDS, RouteEditor, type RouteEditorCalls } from './route-editor.svelte';
import { newRoute } from './slots';

const calls = {
  saveRoute: vi.fn<RouteEditorCalls['saveRoute']>(),
  deleteRoute: vi.fn<RouteEditorCalls['deleteRoute']>(),
};
const known = { ...newRoute('a', 'b'), id: 'a-b', kinds: ['activity' as const] };
let editor: RouteEditor;

beforeEach(() => {
  vi.useFakeTimers();
  calls.saveRoute
    .mockReset()
    .mockImplementation((route) =>
      Promise.resolve({ route: { ...route, id: route.id || `${route.from}-${route.to}` }, warnings: [] }),
    );
  calls.deleteRoute.mockReset().mockResolvedValue(null);
  editor = new RouteEditor(calls);
});
afterEach(() => vi.useRealTimers());

describe('saving', () => {
  it('waits until typing rests and saves once', async () => {
    editor.open(known);
    editor.change({ title: '{ti' });
    editor.change({ title: '{title}' });
    await vi.advanceTimersByTimeAsync(PAUSE_MILLISECONDS - 1);
    expect(calls.saveRoute).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(calls.saveRoute).toHaveBeenCalledExactlyOnceWith({ ...known, title: '{title}' });
    expect(editor.saved).toBe('saved');
  });

  it('makes a new route when it is whole, and only one', async () => {
    let answer!: (saved: SavedRoute) => void;
    calls.saveRoute.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
    editor.openNew({ from: 'a' });
    await vi.advanceTimersByTimeAsync(PAUSE_MILLISECONDS);
    expect(calls.saveRoute).not.toHaveBeenCalled();
    editor.change({ to: 'b', kinds: ['activity'] });
    await vi.advanceTimersByTimeAsync(PAUSE_MILLISECONDS);
    editor.change({ title: '{sport}' });
    editor.close();
    answer({ route: known, warnings: [] });
    await vi.advanceTimersByTimeAsync(PAUSE_MILLISECONDS);
    expect(calls.saveRoute.mock.calls.map(([route]) => [route.id, route.title])).toEqual([
      ['', null],
      ['a-b', '{sport}'],
    ]);
  });

  it('keeps what was typed while it was saving', async () => {
    editor.open(known);
    let answer!: (saved: SavedRoute) => void;
    calls.saveRoute.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
    editor.change({ title: 'one' });
    await vi.advanceTimersByTimeAsync(PAUSE_MILLISECONDS);
    editor.change({ title: 'two' });
    answer({
      route: { ...known, title: 'one' },
      warnings: [{ warning: 'loop', accounts: ['peloton', 'garmin', 'peloton'] }],
    });
    await vi.advanceTimersByTimeAsync(0);
    expect(editor.route?.title).toBe('two');
    expect(editor.warnings).toEqual([{ warning: 'loop', accounts: ['peloton', 'garmin', 'peloton'] }]);
    await vi.advanceTimersByTimeAsync(PAUSE_MILLISECONDS);
    expect(calls.saveRoute).toHaveBeenLastCalledWith({ ...known, title: 'two' });
  });

  it('keeps the choice for what is similar, which leaves it at first', async () => {
    editor.openNew({ from: 'a', to: 'b', kinds: ['activity'] });
    await editor.flush();
    editor.change({ if_similar: 'send' });
    await vi.advanceTimersByTimeAsync(PAUSE_MILLISECONDS);
    expect(calls.saveRoute.mock.calls.map(([route]) => [route.id, route.if_similar])).toEqual([
      ['', 'leave'],
      ['a-b', 'send'],
    ]);
  });

  it('says what the engine refuses and tries again with the next change', async () => {
    const error = { kind: 'bad_input', message: 'a template knows no {titel}' } as const;
    calls.saveRoute.mockRejectedValueOnce(error);
    editor.open(known);
    editor.change({ title: '{titel}' });
    expect(await editor.flush()).toBe(false);
    expect(editor.saved).toBe('failed');
    expect(editor.error).toEqual(error);
    editor.change({ title: '{title}' });
    expect(await editor.flush()).toBe(true);
    expect(editor.error).toBeNull();
  });
});

it('deletes, also what was only just made', async () => {
  editor.openNew({ from: 'a', to: 'b', kinds: ['activity'] });
  await editor.flush();
  await editor.remove();
  expect(calls.deleteRoute).toHaveBeenCalledExactlyOnceWith('a-b');
  expect(editor.isOpen).toBe(false);
  await vi.advanceTimersByTimeAsync(PAUSE_MILLISECONDS);
  expect(calls.saveRoute).toHaveBeenCalledOnce();
});
