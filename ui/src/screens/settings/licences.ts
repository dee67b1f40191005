// The list of whose work Baton builds on, and the search in it.

export type Library = { name: string; version: string; licence: string };

/** Libraries whose name or licence holds every word of the search, by name. Each line is name, version and licence. */
export function found(lines: readonly string[][], search: string): Library[] {
  const wanted = search.toLowerCase().split(/\s+/).filter(Boolean);
  return lines
    .map(([name = '', version = '', licence = '']) => ({ name, version, licence }))
    .filter(({ name, licence }) => wanted.every((word) => `${name} ${licence}`.toLowerCase().includes(word)))
    .sort((one, other) => one.name.localeCompare(other.name, 'en'));
}
