// Says whether the tree is ready to be released under a tag, and writes the notes of that release.
// Usage: node scripts/check-release.mjs v0.1.0 [--notes FILE]
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Every place that names Baton's version: [file, version]. */
export function versions(read = (path) => readFileSync(here(path), 'utf8')) {
  const workspace = /\[workspace\.package\][^[]*?^version = "([^"]+)"/ms.exec(read('Cargo.toml'));
  const lock = /name = "baton-desktop"\nversion = "([^"]+)"/.exec(read('Cargo.lock'));
  const npmLock = JSON.parse(read('package-lock.json'));
  return [
    ['Cargo.toml', workspace?.[1]],
    ['Cargo.lock', lock?.[1]],
    ['package.json', JSON.parse(read('package.json')).version],
    ['package-lock.json', npmLock.version],
  ];
}

/** The part of docs/changelog.md about one version, without its heading. Throws where there is none, or it is not closed. */
export function notes(version, changelog) {
  const parts = changelog.split(/^## /m).slice(1);
  const part = parts.find((text) => text.split(/\s/, 1)[0] === version);
  if (part === undefined) throw new Error(`docs/changelog.md has no section "## ${version}"`);
  const [heading, ...lines] = part.split('\n');
  if (/not released/i.test(heading)) throw new Error(`docs/changelog.md still says "${heading.trim()}"`);
  const text = lines.join('\n').trim();
  if (text === '') throw new Error(`docs/changelog.md says nothing about ${version}`);
  return text;
}

/** The version that a tag names. Throws where the tag is not `v` and three numbers, with a suffix at most. */
export function versionOfTag(tag) {
  const match = /^v(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)$/.exec(tag);
  if (!match) throw new Error(`"${tag}" is not a tag like v1.2.3`);
  return match[1];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { notes: { type: 'string' } } });
  try {
    const version = versionOfTag(positionals[0] ?? '');
    for (const [file, found] of versions()) {
      if (found !== version) throw new Error(`${file} says ${found}, the tag says ${version}`);
    }
    const text = notes(version, readFileSync(here('docs/changelog.md'), 'utf8'));
    if (values.notes) writeFileSync(values.notes, `${text}\n`);
    console.log(`${version} can be released`);
  } catch (error) {
    console.error(`check-release: ${error.message}`);
    process.exitCode = 1;
  }
}
