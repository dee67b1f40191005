// A sync over real time: the events that the engine would send, one activity after another.

import type { Delivery, EntryId, EntryLine, IfSimilar, Run, RunSummary, Similar, SyncScope } from '../bindings';
import { delivery } from './deliveries';
import { refusal, wait } from './sign-in';
import type { World } from './world';

type Step = {
  line: EntryLine;
  route: string;
  to: string;
  /** What is there already and is left. */
  left?: Similar | null;
};

export class Runner {
  #stop = false;

  constructor(
    private readonly world: World,
    /** How long one stage takes, in milliseconds. */
    private readonly pace: number,
  ) {}

  stop(): void {
    this.#stop = true;
  }

  sync(scope: SyncScope): Promise<RunSummary> {
    const { world } = this;
    const inside = (line: EntryLine) =>
      (scope.since === null || line.entry.span.start >= scope.since) &&
      (scope.until === null || line.entry.span.start <= scope.until);
    const steps = world.lines.flatMap((line) =>
      world.routes
        .filter(
          ({ route }) =>
            route.enabled &&
            (scope.route === null || scope.route === route.id) &&
            route.from === line.account &&
            route.kinds.includes(line.entry.kind),
        )
        .flatMap(({ route }): Step[] => {
          const known = line.deliveries.find((one) => one.destination === route.to);
          const open =
            known === undefined
              ? isRecent(world, line, scope)
              : known.state === 'planned' || (known.state === 'failed' && known.next_try !== null);
          return open && inside(line) ? [{ line, route: route.id, to: route.to }] : [];
        }),
    );
    return this.carry(steps.reverse(), 'person');
  }

  /** A person's own choice of what to do where something similar is there goes before the route's. */
  send(entries: EntryId[], destination: string, ifSimilar: IfSimilar | null): Promise<RunSummary> {
    const steps = entries.flatMap((id): Step[] => {
      const line = this.world.line(id.account, id.key);
      if (line === undefined) return [];
      const route = this.world.routes.find((one) => one.route.from === id.account && one.route.to === destination);
      const similar = line.deliveries.find((one) => one.destination === destination)?.similar ?? null;
      const leaves = (ifSimilar ?? route?.route.if_similar ?? 'leave') === 'leave';
      return [{ line, route: '', to: destination, left: leaves ? similar : null }];
    });
    return this.carry(steps, 'person');
  }

  async carry(steps: Step[], trigger: Run['trigger']): Promise<RunSummary> {
    const { world, pace } = this;
    if (world.progress !== null) throw refusal({ kind: 'busy' }, 'A sync is already running');
    this.#stop = false;
    const id = (world.runs[0]?.id ?? 0) + 1;
    const run: Run = {
      id,
      trigger,
      started: new Date().toISOString(),
      finished: null,
      created: 0,
      already_there: 0,
      skipped: 0,
      failed: 0,
      error: null,
    };
    world.runs = [run, ...world.runs];
    world.progress = { run: id, listed: 0, send: null, done: 0, failed: 0, step: null, by_route: {} };
    world.run({ at: 'started', run: id });
    for (const account of new Set(world.routes.map((line) => line.route.from))) {
      await wait(pace);
      const found = world.lines.filter((line) => line.account === account).slice(0, 12).length;
      world.progress = { ...world.progress, listed: world.progress.listed + found };
      world.run({ at: 'listed', account, entries: found });
    }
    await wait(pace);
    world.progress = { ...world.progress, send: steps.length };
    world.run({ at: 'planned', send: steps.length, skip: 3 });
    for (const [index, step] of steps.entries()) {
      if (this.#stop) break;
      await this.#take(step, index, run);
    }
    run.finished = new Date().toISOString();
    if (this.#stop) run.error = { kind: 'cancelled', message: 'Stopped' };
    world.progress = null;
    world.count();
    world.routes = world.routes.map((line) => ({ ...line, checked: run.finished }));
    const { created, already_there, skipped, failed, error } = run;
    world.run({ at: 'finished', run: id, created, already_there, skipped, failed, error });
    world.changed('runs');
    world.changed('entries');
    return { run: id, created, already_there, skipped, failed, beyond_limit: 0, blocked: [], error };
  }

  async #take(step: Step, index: number, run: Run): Promise<void> {
    const { world, pace } = this;
    const title = step.line.entry.title;
    for (const stage of ['fetch', 'encode', 'check', 'deliver'] as const) {
      if (world.progress !== null)
        world.progress = { ...world.progress, step: { title, route: step.route, to: step.to, stage } };
      world.run({ at: 'step', step: index, route: step.route, to: step.to, title, stage });
      await wait(stage === 'deliver' ? pace * 1.6 : pace * 0.5);
    }
    const similar = step.left ?? null;
    const there = similar !== null || index % 5 === 3;
    const made: Delivery = {
      ...delivery(step.line, step.to, step.route, there ? 'already_there' : 'created', 5000 + index),
      similar,
      changed: new Date().toISOString(),
      run: run.id,
    };
    step.line.deliveries = [...step.line.deliveries.filter((one) => one.destination !== step.to), made];
    if (there) run.already_there += 1;
    else run.created += 1;
    world.count();
    if (world.progress !== null)
      world.progress = {
        ...world.progress,
        done: world.progress.done + 1,
        by_route: { ...world.progress.by_route, [step.route]: (world.progress.by_route[step.route] ?? 0) + 1 },
      };
    const key = made.remote ?? { id: String(index), link: null };
    world.run({
      at: 'step_done',
      step: index,
      route: step.route,
      title,
      start: step.line.entry.span.start,
      utc_offset: step.line.entry.utc_offset,
      file: made.file,
      format: 'fit',
      remarks: [],
      outcome: there ? { outcome: 'already_there', key, similar } : { outcome: 'created', key, remarks: [] },
    });
    world.changed('entries');
  }
}

/** What was never decided on is taken where it lies in the period that a sync looks back, or in the one asked for. */
function isRecent(world: World, line: EntryLine, scope: SyncScope): boolean {
  const days = world.config.look_back_days;
  return scope.since !== null || new Date(line.entry.span.start).getTime() > Date.now() - days * 86_400_000;
}
