import { expect, it } from 'vitest';
import type { Preview, RunSummary } from '../ipc/bindings';
import { OpenEntry, type PreviewCalls } from './preview.svelte';

const previewOf = (key: string) => ({ line: { account: 'a', entry: { key } } }) as unknown as Preview;

function opened(calls: Partial<PreviewCalls>) {
  const all = {
    preview: async (_: string, key: string) => previewOf(key),
    send: async () => ({}) as RunSummary,
    saveFiles: async () => null,
    ...calls,
  };
  return new OpenEntry(() => all);
}

it('shows the entry that was asked for last', async () => {
  const answers = new Map<string, () => void>();
  const entry = opened({
    preview: (_, key) => new Promise((resolve) => answers.set(key, () => resolve(previewOf(key)))),
  });
  const first = entry.open({ account: 'a', key: '1' });
  const second = entry.open({ account: 'a', key: '2' });
  expect(entry.loading).toBe(true);
  answers.get('2')?.();
  await second;
  answers.get('1')?.();
  await first;
  expect(entry.preview?.line.entry.key).toBe('2');
  expect(entry.loading).toBe(false);
});

it('stays visible while it is read again', async () => {
  const entry = opened({});
  await entry.open({ account: 'a', key: '1' });
  const again = entry.reread();
  expect(entry.preview?.line.entry.key).toBe('1');
  await again;
  const other = entry.open({ account: 'a', key: '2' });
  expect(entry.preview).toBeNull();
  await other;
});

it('says what sending and saving came to', async () => {
  const summary = { created: 1 } as RunSummary;
  const said: unknown[] = [];
  const entry = opened({
    send: async (...what) => {
      said.push(what);
      return summary;
    },
    saveFiles: async () => {
      throw { kind: 'storage', message: 'full' };
    },
  });
  await entry.open({ account: 'a', key: '1' });
  await entry.send([{ account: 'a', key: '1' }], 'garmin');
  expect(entry.notice).toEqual({ notice: 'sent', summary });
  expect(entry.sending).toBeNull();
  await entry.send([{ account: 'a', key: '1' }], 'garmin', 'send');
  expect(said).toEqual([
    [[{ account: 'a', key: '1' }], 'garmin', null],
    [[{ account: 'a', key: '1' }], 'garmin', 'send'],
  ]);
  await entry.save([{ account: 'a', key: '1' }], 'fit');
  expect(entry.notice).toMatchObject({ notice: 'failed', error: { kind: 'storage' } });
});
