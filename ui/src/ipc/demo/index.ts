// The demo's engine: every command on canned but lively data, for a plain browser. `?demo=` names the scenario.

import type { Commands, Decision, EntryLine, ImportLine, Plan, PlanScope, Route, RunLine, Start } from '../bindings';
import { daysOf, demoFiles, pageOf } from './activities';
import { answerOwner, measurementsOf } from './measurements';
import { demoPreview } from './preview';
import { Runner } from './run';
import { furnish, noKeychain, preferences, scenarioOf, start } from './scenario';
import { refusal, SignIns, wait } from './sign-in';
import { World } from './world';

export function demoCommands(parameters: URLSearchParams): Commands {
  const scenario = scenarioOf(parameters.get('demo'));
  const world = new World(preferences(parameters, scenario));
  furnish(world, scenario, new Date());
  const runner = new Runner(world, 450);
  const offline = () => scenario === 'offline';
  const signIns = new SignIns(offline, (account) => {
    const taken = world.accounts.find((one) => one.id === account.id);
    const again = taken !== undefined && taken.state.state !== 'connected';
    const kept = taken === undefined || again ? account : { ...account, id: `${account.id}-${world.accounts.length}` };
    world.accounts = again ? world.accounts.map((one) => (one.id === kept.id ? kept : one)) : [...world.accounts, kept];
    world.attend(world.attention.filter((one) => one.account !== kept.id));
    world.changed('accounts');
    return kept;
  });
  const needsNetwork = () => {
    if (offline()) throw refusal({ kind: 'offline' }, 'There is no way to the internet');
  };

  let locked = scenario === 'no-keychain';
  const needsVault = () => {
    if (locked) throw noKeychain;
  };

  return {
    async start(channel) {
      if (scenario === 'loading') await new Promise<Start>(() => undefined);
      world.tell(channel);
      const first = start(world, scenario, parameters);
      const screen = parameters.get('screen');
      if (screen === 'activities' || screen === 'accounts' || screen === 'history' || screen === 'settings')
        first.place = { place: screen };
      const entry = parameters.get('entry');
      const opened =
        entry === null
          ? undefined
          : world.lines.find((line) => line.entry.key === entry || line.entry.title.includes(entry));
      if (opened !== undefined) first.place = { place: 'entry', account: opened.account, key: opened.entry.key };
      if (scenario === 'syncing') setTimeout(() => void runner.sync({ route: null, since: null, until: null }), 100);
      if (scenario === 'closing') setTimeout(() => world.say({ message: 'closing' }), 100);
      return first;
    },
    snapshot: async () => world.snapshot(),

    async beginSignIn(service, method) {
      needsVault();
      return signIns.begin(service, method);
    },
    replySignIn: (id, reply) => signIns.reply(id, reply),
    signInWait: (id) => signIns.waitForBrowser(id),
    async cancelSignIn(id) {
      signIns.cancel(id);
      return null;
    },
    async signOut(account, remove) {
      await wait(300);
      world.accounts = world.accounts.filter((one) => one.id !== account);
      const removed = remove ? world.forget(account) : 0;
      world.changed('accounts');
      return { removed, untold: null };
    },
    async unlockVault(passphrase) {
      await wait(400);
      if (passphrase === 'wrong') throw refusal({ kind: 'bad_input' }, 'That is not the passphrase');
      locked = false;
      world.attend([]);
      return null;
    },
    remindMe: async () => null,

    async saveRoute(route) {
      if (route.from === route.to) throw refusal({ kind: 'bad_input' }, 'A route cannot end where it begins');
      const saved: Route = {
        ...route,
        id: route.id === '' ? `${route.from}-${route.to}-${world.routes.length}` : route.id,
      };
      const known = world.routes.some((line) => line.route.id === saved.id);
      world.routes = known
        ? world.routes.map((line) => (line.route.id === saved.id ? { ...line, route: saved } : line))
        : [...world.routes, { route: saved, checked: null, waiting: 0, failed: 0 }];
      world.changed('routes');
      const back = world.routes.some((line) => line.route.from === saved.to && line.route.to === saved.from);
      return {
        route: saved,
        warnings: back ? [{ warning: 'loop', accounts: [route.from, route.to, route.from] }] : [],
      };
    },
    async deleteRoute(id) {
      world.routes = world.routes.filter((line) => line.route.id !== id);
      world.changed('routes');
      return null;
    },

    async plan(scope) {
      needsNetwork();
      for (const route of world.routes.filter((line) => scope.route === null || line.route.id === scope.route)) {
        await wait(500);
        world.run({ at: 'listed', account: route.route.from, entries: 21 });
      }
      return planOf(world, scope);
    },
    async sync(scope) {
      needsVault();
      needsNetwork();
      return runner.sync(scope);
    },
    async send(entries, destination, ifSimilar) {
      needsNetwork();
      return runner.send(entries, destination, ifSimilar);
    },
    async stop() {
      runner.stop();
      return null;
    },
    async pause(until) {
      world.schedule = { ...world.schedule, paused: true, paused_until: until };
      world.next = null;
      world.changed('schedule');
      return null;
    },
    async resume() {
      world.schedule = { ...world.schedule, paused: false, paused_until: null };
      world.next = new Date(Date.now() + 20_000).toISOString();
      world.changed('schedule');
      return null;
    },

    async entries(query) {
      await wait(15);
      return structuredClone(pageOf(world.lines, query));
    },
    async days(query) {
      await wait(15);
      return daysOf(world.lines, query);
    },
    async preview(account, key) {
      await wait(60);
      const line = world.line(account, key);
      if (line === undefined) throw refusal({ kind: 'bad_input' }, 'There is no such activity');
      if (offline() && line.deliveries.every((one) => one.file === null))
        return {
          line: structuredClone(line),
          item: null,
          file: null,
          merged_with: null,
          repairs: [],
          error: refusal({ kind: 'offline' }, 'There is no way to the internet'),
        };
      return demoPreview(structuredClone(line));
    },
    async measurements(query) {
      await wait(30);
      if (scenario === 'body-failed') throw refusal({ kind: 'storage' }, 'The ledger does not answer');
      if (scenario === 'body-waits') await new Promise<never>(() => undefined);
      return structuredClone(measurementsOf(world.lines, query));
    },
    async answerOwner(entries, mine) {
      await wait(250);
      answerOwner(world, entries, mine);
      return null;
    },
    async saveFiles(entries, format) {
      await wait(300);
      return entries.map((id) => `~/Documents/${id.key}.${format}`);
    },
    pickFiles: async () => demoFiles.map((file) => file.path),
    pickFolder: async () => '~/Documents/FIT',
    async lookIntoFiles(paths) {
      await wait(400);
      return paths.map((path, index) => ({
        ...(demoFiles[index % demoFiles.length] as ImportLine),
        path,
        name: path.split('/').at(-1) ?? path,
      }));
    },
    async importFiles(paths) {
      needsNetwork();
      const steps = world.lines.slice(0, paths.length).map((line) => ({ line, route: '', to: 'garmin' }));
      return runner.carry(steps, 'person');
    },

    runs: async (limit) => structuredClone(world.runs.slice(0, limit)),
    async runLines(run) {
      await wait(80);
      return runLines(world, run);
    },

    config: async () => ({ preferences: structuredClone(world.config), schedule: { ...world.schedule } }),
    async updateConfig(patch) {
      const { preferences: changed, schedule } = patch as { preferences?: object; schedule?: object };
      world.config = { ...world.config, ...changed };
      world.schedule = { ...world.schedule, ...schedule };
      world.changed('config');
      return null;
    },
    async setPreferences(next) {
      world.preferences = next;
      return null;
    },
    setStartAtLogin: async () => null,
    storage: async () => ({
      archive_bytes: 48_371_200,
      archive_files: world.lines.length,
      ledger_bytes: 3_145_728,
      archive: '~/.local/share/baton/archive',
    }),
    showFile: async () => null,
    supportText: async (run) =>
      `Baton 1.4.0 on Linux\n${run === null ? 'All syncs' : `Sync ${run}`}\nNothing secret is in this text.`,
    saveDiagnostics: async () => '~/Documents/baton-diagnostics.zip',
    async forgetEverything() {
      await wait(600);
      location.search = '?demo=first-run';
      return null;
    },
    async startNewLedger() {
      await wait(600);
      location.search = '?demo=full';
      return null;
    },
    async openLink(url) {
      window.open(url, '_blank', 'noopener');
      return null;
    },
    async copyText(text) {
      await navigator.clipboard.writeText(text).catch(() => undefined);
      return null;
    },
    async checkForUpdate() {
      await wait(900);
      return { update: 'none' };
    },
    installUpdate: async () => null,
    closeWindow: async () => null,
    quit: async () => null,
  };
}

function planOf(world: World, scope: PlanScope): Plan {
  const since = scope.since ?? new Date(Date.now() - world.config.look_back_days * 86_400_000).toISOString();
  const decide = (line: EntryLine, route: Route, index: number): Decision => {
    const sent = line.deliveries.some(
      (one) => one.destination === route.to && (one.state === 'created' || one.state === 'already_there'),
    );
    const elsewhere = line.entry.recorded_by !== 'source';
    const verdict: Decision['verdict'] = elsewhere
      ? { verdict: 'skip', skip: { reason: 'recorded_elsewhere', by: 'garmin' } }
      : sent || (scope.look && index % 4 === 2)
        ? { verdict: 'skip', skip: { reason: 'delivered' } }
        : { verdict: 'send', check_first: true, replaces: null, if_similar: route.if_similar };
    return {
      route: route.id,
      from: route.from,
      to: route.to,
      entries: [structuredClone(line.entry)],
      verdict,
      merged_with: null,
      note: null,
      last: true,
    };
  };
  const decisions = world.routes
    .map((line) => line.route)
    .filter((route) => (scope.route === null ? route.enabled : route.id === scope.route))
    .flatMap((route) =>
      world.lines
        .filter(
          (line) =>
            line.account === route.from && route.kinds.includes(line.entry.kind) && line.entry.span.start >= since,
        )
        .filter((line) => scope.until === null || line.entry.span.start <= scope.until)
        .map((line, index) => decide(line, route, index)),
    );
  return { decisions, beyond_limit: 0 };
}

function runLines(world: World, id: number): RunLine[] {
  const told = (line: EntryLine): RunLine[] =>
    line.deliveries
      .filter((one) => one.run === id)
      .map((delivery) => ({
        title: line.entry.title,
        start: line.entry.span.start,
        utc_offset: line.entry.utc_offset,
        delivery: structuredClone(delivery),
      }));
  const real = world.lines.flatMap(told);
  const run = world.runs.find((one) => one.id === id);
  if (real.length > 0 || run === undefined) return real;
  // Runs of long ago: as many steps as they say, from the activities before them.
  const before = world.lines.filter((line) => line.account === 'peloton' && line.entry.span.end < run.started);
  const outcomes = [
    ...Array<'created'>(run.created).fill('created'),
    ...Array<'already_there'>(run.already_there).fill('already_there'),
    ...Array<'skipped'>(run.skipped).fill('skipped'),
  ];
  return outcomes.flatMap((state, index): RunLine[] => {
    const line = before[index];
    const base = line?.deliveries[0];
    if (line === undefined || base === undefined) return [];
    const skip = state === 'skipped' ? { reason: 'recorded_elsewhere' as const, by: 'garmin' } : null;
    const changed = new Date(new Date(run.started).getTime() + (index + 1) * 8000).toISOString();
    return [
      {
        title: line.entry.title,
        start: line.entry.span.start,
        utc_offset: line.entry.utc_offset,
        delivery: { ...base, state, skip, changed, run: id },
      },
    ];
  });
}
