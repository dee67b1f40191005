// The examples for servers: systemd's own checker accepts the units, the image's steps run in a clean folder, Kubernetes'
// own schemas accept the objects, and these say what they must.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
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

test(
  'the image builds from what it copies, and its program runs for the user that it names',
  { timeout: 1_800_000 },
  () => {
    const lines = text('container/Containerfile').split('\n');
    const last = lines.findLastIndex((line) => line.startsWith('FROM '));
    const [build, image] = [lines.slice(0, last), lines.slice(last)];
    const words = (name, of) =>
      of.filter((line) => line.startsWith(`${name} `)).map((line) => line.split(/\s+/).slice(1));
    // The folder is always the same, and libraries come from where all others are built: what was built once is used
    // again. It holds what is copied and nothing else.
    const libraries = process.env.CARGO_TARGET_DIR ?? join(tree, 'target');
    const target = join(libraries, 'container');
    const root = join(target, 'root');
    rmSync(root, { recursive: true, force: true });
    assert.deepEqual(words('WORKDIR', build), [['/src']]);
    const source = join(root, 'src');
    for (const copied of words('COPY', build)) {
      const to = copied.pop();
      for (const path of copied) {
        const place = to.endsWith('/') ? join(source, to, path.split('/').at(-1)) : join(source, to);
        mkdirSync(dirname(place), { recursive: true });
        cpSync(join(tree, path), place, { recursive: true, preserveTimestamps: true });
      }
    }
    // The build step itself, but that it does not optimise, which takes minutes, and reaches nothing outside.
    const [[...step]] = words('RUN', build);
    assert.deepEqual(step.splice(step.indexOf('--release'), 1), ['--release']);
    const { PATH, HOME, CARGO_HOME = join(HOME, '.cargo'), RUSTUP_HOME = join(HOME, '.rustup') } = process.env;
    const clean = { PATH, HOME, CARGO_HOME, RUSTUP_HOME, CARGO_TARGET_DIR: target, CARGO_BUILD_BUILD_DIR: libraries };
    execFileSync('sh', ['-c', `${step.join(' ')} --offline`], {
      cwd: source,
      env: clean,
      stdio: 'pipe',
      maxBuffer: 1e9,
    });

    const [[from, built, program]] = words('COPY', image);
    assert.deepEqual([from, built], ['--from=build', '/src/target/release/baton']);
    assert.deepEqual(words('ENTRYPOINT', image), [[JSON.stringify([program])]]);
    const installed = join(root, program);
    mkdirSync(dirname(installed), { recursive: true });
    cpSync(join(target, 'debug/baton'), installed);
    // A user by number, so that Kubernetes can tell that it is not root.
    const [[user]] = words('USER', image);
    assert.match(user, /^[1-9]\d*$/);
    assert.ok(image.some((line) => line.includes(`useradd --uid ${user} --create-home --home-dir /data `)));
    assert.deepEqual(words('VOLUME', image), [['/data']]);
    inFolder((folder) => {
      // As an image has it: everything is readable, and the volume is the user's.
      chmodSync(folder, 0o755);
      const data = join(folder, 'data');
      mkdirSync(data);
      cpSync(installed, join(folder, 'baton'));
      writeFileSync(join(folder, 'passphrase'), 'a long sentence');
      const env = Object.fromEntries(words('ENV', image)[0].map((pair) => pair.split('=')));
      assert.equal(env.BATON_HOME, '/data');
      Object.assign(env, { BATON_HOME: data, BATON_VAULT_PASSPHRASE_FILE: join(folder, 'passphrase') });
      const identity = process.getuid() === 0 ? { uid: Number(user), gid: Number(user) } : {};
      if (identity.uid) chownSync(data, identity.uid, identity.gid);
      const run = (...words) =>
        spawnSync(join(folder, 'baton'), words, { cwd: '/', env, encoding: 'utf8', ...identity });
      assert.match(run('--version').stdout, /^baton \d/);
      const doctor = run('doctor');
      assert.equal(doctor.status, 0, doctor.stderr);
      assert.match(doctor.stdout, new RegExp(data));
      const [[command]] = words('CMD', image);
      const watching = run(...JSON.parse(command));
      assert.equal(watching.status, 2, 'nothing is set up yet, and it says so');
      assert.match(watching.stderr, /there are no routes yet/);
    });
  },
);

test("Kubernetes' own schemas accept the objects", () => {
  const python = process.env.BATON_PYTHON ?? join(tree, '.venv/bin/python');
  const check = (...paths) =>
    spawnSync(python, [join(tree, 'tests/python/check_kubernetes.py'), ...paths], { encoding: 'utf8' });
  const files = ['baton.yaml', 'sign-in.yaml'].map((name) => join(examples, 'kubernetes', name));
  const checked = check(...files);
  assert.equal(checked.status, 0, checked.error?.message ?? checked.stderr);
  assert.deepEqual(checked.stdout.trim().split('\n'), ['Secret', 'PersistentVolumeClaim', 'CronJob', 'Pod']);
  inFolder((folder) => {
    const broken = join(folder, 'broken.yaml');
    writeFileSync(broken, text('kubernetes/baton.yaml').replace('concurrencyPolicy', 'concurencyPolicy'));
    const refused = check(broken);
    assert.equal(refused.status, 1, 'the checker would find a fault');
    assert.match(refused.stderr, /concurencyPolicy/);
  });
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
