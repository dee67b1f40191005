import { expect, it } from 'vitest';
import { found } from './licences';
import list from './licences.json';

const lines = [
  ['uplot', '1.6.32', 'MIT'],
  ['aead', '0.6.1', 'MIT OR Apache-2.0'],
];
const names = (search: string) => found(lines, search).map(({ name }) => name);

it('finds by name and licence, in the order of names', () => {
  expect(names('')).toEqual(['aead', 'uplot']);
  expect(names('apache mit')).toEqual(['aead']);
  expect(names('UPL')).toEqual(['uplot']);
  expect(names('gpl')).toEqual([]);
});

it('knows a licence for everything that is listed, each once', () => {
  const all = found([...list.crates, ...list.modules], '');
  expect(all.length).toBeGreaterThan(100);
  expect(new Set(all.map(({ name, version }) => `${name} ${version}`)).size).toBe(all.length);
  for (const { name, version, licence } of all) {
    expect(name !== '' && version !== '' && licence !== '', name).toBe(true);
    expect(licence, name).not.toMatch(/GPL/);
  }
  expect(all.map(({ name }) => name)).toEqual(expect.arrayContaining(['tauri', 'tokio', 'svelte', 'uplot']));
});
