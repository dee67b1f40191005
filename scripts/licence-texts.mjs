// Gathers the licence texts of everybody's work that goes into the programs, as those licences ask: each text once, with
// the packages that it belongs to, packed by gzip. Usage: node scripts/licence-texts.mjs FILE.gz [TARGET-TRIPLE]
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { crates, here, metadata, modules, once } from './licences.mjs';

const TEXT = /^(licen[cs]e|copying|copyright|notice|unlicense)/i;

/** The licence texts that lie in a package's folder, in the order of their names. */
function textsIn(folder) {
  const found = readdirSync(folder, { withFileTypes: true }).filter((one) => one.isFile() && TEXT.test(one.name));
  return found
    .map(({ name }) => name)
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n').trim())
    .filter((text) => text !== '');
}

/**
 * All of them as one text. `packages` are [name, version, licence], `read` gives one's texts. Who carries none is named
 * with the licence that it states.
 */
export function gathered(packages, read) {
  const owners = new Map();
  const without = [];
  for (const [name, version, licence] of packages) {
    const texts = read(name, version);
    if (texts.length === 0) without.push(`${name} ${version}: ${licence}`);
    for (const text of texts) owners.set(text, [...(owners.get(text) ?? []), `${name} ${version}`]);
  }
  const line = '='.repeat(78);
  const parts = [...owners].map(([text, names]) => `${line}\n${names.join(', ')}\n${line}\n\n${text}\n`);
  if (without.length > 0) {
    parts.push(
      `${line}\nThese carry no text of their own; each is under the licence named here\n${line}\n\n${without.join('\n')}\n`,
    );
  }
  return `Baton is made with the work of others. These are their licences.\n\n${parts.join('\n')}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [file, target] = process.argv.slice(2);
  if (!file) throw new Error('usage: licence-texts.mjs FILE.gz [TARGET-TRIPLE]');
  const host = /^host: (.+)$/m.exec(execFileSync('rustc', ['-vV'], { encoding: 'utf8' }))[1];
  const linked = metadata(target ?? host, false);
  const folders = new Map(linked.packages.map((one) => [`${one.name} ${one.version}`, dirname(one.manifest_path)]));
  const rust = gathered(once([crates(linked)]), (name, version) => textsIn(folders.get(`${name} ${version}`)));
  const npm = gathered(modules(JSON.parse(readFileSync(here('package-lock.json'), 'utf8'))), (name) =>
    textsIn(here(`node_modules/${name}`)),
  );
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, gzipSync(`${rust}\n\nThe window:\n\n${npm}`, { level: 9 }));
}
