// The examples for servers: systemd's own checker accepts the units, the image copies all that its build needs, and the
// Kubernetes objects say what they must.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const tree = fileURLToPath(new URL('../..', import.meta.url));
const examples = join(tree, 'docs/examples');
const text = (path) => readFileSync(join(examples, path), 'utf8');

/** Runs `work` with a folder that is gone afterwards. */
function inFolder(work) {
  const folder = mkdtempSync(join(tmpdir(), 'baton-examples-'));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("systemd's own checker accepts the units", (context) => {
  if (spawnSync('systemd-analyze', ['--version']).status !== 0) return context.skip('no systemd-analyze here');
  inFolder((folder) => {
    // It wants the program to be there, and manual pages too.
    for (const name of readdirSync(join(examples, 'systemd'))) {
      const unit = text(`systemd/${name}`)
        .replaceAll('/usr/bin/baton', '/bin/true')
        .replace(/^Documentation=.*\n/m, '');
      writeFileSync(join(folder, name), unit);
    }
    for (const name of readdirSync(folder)) {
      const checked = spawnSync('systemd-analyze', ['verify', '--recursive-errors=no', join(folder, name)], {
        encoding: 'utf8',
      });
      assert.equal(checked.status, 0, `${name}: ${checked.stderr}`);
      assert.equal(checked.stderr, '', name);
    }
    writeFileSync(join(folder, 'broken.service'), '[Service]\nExecStart=\n');
    const broken = spawnSync('systemd-analyze', ['verify', '--recursive-errors=no', join(folder, 'broken.service')]);
    assert.notEqual(broken.status, 0, 'the checker would find a fault');
  });
});

test('the image copies all that its build needs, and nobody in it is root', () => {
  const lines = text('container/Containerfile').split('\n');
  const build = lines.slice(
    0,
    lines.findLastIndex((line) => line.startsWith('FROM ')),
  );
  inFolder((folder) => {
    for (const line of build.filter((it) => it.startsWith('COPY '))) {
      const [to, ...from] = line.split(/\s+/).slice(1).reverse();
      for (const path of from) {
        const target = to.endsWith('/') ? join(folder, to, path.split('/').at(-1)) : join(folder, to);
        mkdirSync(dirname(target), { recursive: true });
        cpSync(join(tree, path), target, { recursive: true, filter: (source) => !source.includes('node_modules') });
      }
    }
    const cargo = (...words) =>
      execFileSync('cargo', [...words, '--locked', '--offline'], {
        cwd: folder,
        encoding: 'utf8',
        stdio: 'pipe',
        maxBuffer: 1e9,
      });
    const metadata = JSON.parse(cargo('metadata', '--format-version', '1', '--no-deps'));
    const program = metadata.packages.find(({ name }) => name === 'baton-cli');
    assert.ok(build.some((line) => line.includes(`--package ${program.name}`)));
    // Everything that the program is made of reads no file outside of what was copied.
    for (const { name, manifest_path: manifest } of metadata.packages.filter(({ name }) =>
      /^baton-(cli|core|engine|fit|services)$/.test(name),
    )) {
      const sources = readdirSync(join(dirname(manifest), 'src'), { recursive: true }).filter((path) =>
        path.endsWith('.rs'),
      );
      for (const path of sources) {
        const source = readFileSync(join(dirname(manifest), 'src', path), 'utf8');
        for (const [, included] of source.matchAll(/include_(?:str|bytes)!\("([^"]+)"\)/g)) {
          const found = join(dirname(join(dirname(manifest), 'src', path)), included);
          assert.doesNotThrow(() => readFileSync(found), `${name} reads ${included}, which is not copied`);
        }
      }
    }
  });
  const image = lines.slice(build.length);
  assert.ok(
    image.some((line) => /^USER [1-9]\d*$/.test(line)),
    'a user by number, so that Kubernetes can tell that it is not root',
  );
  assert.deepEqual(
    image.filter((line) => line.startsWith('VOLUME')),
    ['VOLUME /data'],
  );
});

test('the Kubernetes objects fit together', () => {
  const documents = text('kubernetes/baton.yaml').split(/^---$/m);
  const kinds = documents.map((document) => /^kind: (\S+)$/m.exec(document)?.[1]);
  assert.deepEqual(kinds, ['Secret', 'PersistentVolumeClaim', 'CronJob']);
  const [secret, claim, job] = documents;
  assert.match(job, new RegExp(`secretName: ${/name: (\S+)/.exec(secret)[1]}$`, 'm'));
  assert.match(job, new RegExp(`claimName: ${/name: (\S+)/.exec(claim)[1]}$`, 'm'));
  for (const needed of [
    /concurrencyPolicy: Forbid/,
    /runAsNonRoot: true/,
    /readOnlyRootFilesystem: true/,
    /restartPolicy: Never/,
  ])
    assert.match(job, needed);
});
