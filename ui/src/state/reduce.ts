// What the window knows, and how each message changes it: a pure function, so that it is tested without a window.

import type {
  Changed,
  Message,
  Preferences,
  Progress,
  RouteLine,
  Run,
  RunEvent,
  Snapshot,
  Start,
  UpdateState,
} from '../ipc/bindings';

/** What `start` said, kept up to date by messages. */
export type Known = {
  snapshot: Snapshot;
  preferences: Preferences;
  update: UpdateState;
  /** Counts up whenever that thing changed: what shows it reads it again. */
  versions: Record<Changed, number>;
  /** How many entries each account has listed in the run of this moment: it grows while one listing goes on. */
  listed: Record<string, number>;
};

export function known(start: Start): Known {
  return {
    snapshot: start.snapshot,
    preferences: start.preferences,
    update: start.update,
    versions: { accounts: 0, routes: 0, entries: 0, runs: 0, config: 0, schedule: 0 },
    listed: {},
  };
}

/** The parts of a snapshot that are read again when this changed; the rest the window asks for where it shows it. */
export const readsSnapshot: Record<Changed, boolean> = {
  accounts: true,
  routes: true,
  schedule: true,
  runs: true,
  config: true,
  entries: false,
};

/** What is known after this message. `go` and `closing` are about the view and change nothing here. */
export function reduce(before: Known, message: Message): Known {
  switch (message.message) {
    case 'preferences':
      return { ...before, preferences: message.preferences };
    case 'update':
      return { ...before, update: message.state };
    case 'engine':
      switch (message.event.event) {
        case 'changed':
          return {
            ...before,
            versions: { ...before.versions, [message.event.what]: before.versions[message.event.what] + 1 },
          };
        case 'attention':
          return { ...before, snapshot: { ...before.snapshot, attention: message.event.list } };
        case 'run':
          return reduceRun(before, message.event);
      }
      return before;
    case 'go':
    case 'closing':
      return before;
  }
}

function reduceRun(before: Known, event: RunEvent): Known {
  const { snapshot } = before;
  if (event.at === 'started') {
    const progress: Progress = { run: event.run, listed: 0, send: null, done: 0, failed: 0, step: null, by_route: {} };
    return { ...before, listed: {}, snapshot: { ...snapshot, progress } };
  }
  const { progress } = snapshot;
  // A plan that is only looked at lists and plans as well: without a run there is no progress to tell of.
  if (progress === null) return before;
  const to = (change: Partial<Progress>): Known => ({
    ...before,
    snapshot: { ...snapshot, progress: { ...progress, ...change } },
  });
  switch (event.at) {
    case 'listed': {
      const listed = { ...before.listed, [event.account]: event.entries };
      const sum = Object.values(listed).reduce((all, entries) => all + entries, 0);
      // A window that was opened during the run has not heard of the accounts before.
      return { ...to({ listed: Math.max(progress.listed, sum) }), listed };
    }
    case 'planned':
      return to({ send: event.send });
    case 'step': {
      const { title, route, to: destination, stage } = event;
      return to({ step: { title, route, to: destination, stage } });
    }
    case 'step_done': {
      const outcome = event.outcome.outcome;
      // What was skipped was not among those to send.
      if (outcome === 'skipped') return before;
      const sent = outcome === 'created' || outcome === 'already_there';
      const after = to({
        done: progress.done + 1,
        failed: progress.failed + (outcome === 'failed' ? 1 : 0),
        step: progress.step?.title === event.title ? null : progress.step,
        by_route: sent
          ? { ...progress.by_route, [event.route]: (progress.by_route[event.route] ?? 0) + 1 }
          : progress.by_route,
      });
      if (!sent) return after;
      const routes = snapshot.routes.map((line) => fewerWaiting(line, event.route));
      return { ...after, snapshot: { ...after.snapshot, routes } };
    }
    case 'finished':
      return { ...before, snapshot: { ...snapshot, progress: null, last_run: finishedRun(snapshot.last_run, event) } };
  }
}

function fewerWaiting(line: RouteLine, route: string): RouteLine {
  return line.route.id === route && line.waiting > 0 ? { ...line, waiting: line.waiting - 1 } : line;
}

/** Until the snapshot is read again its times stay the old ones: a pure function knows no clock. */
function finishedRun(last: Run | null, event: Extract<RunEvent, { at: 'finished' }>): Run | null {
  if (last === null) return null;
  const { created, already_there, skipped, failed, error } = event;
  return { ...last, id: event.run, created, already_there, skipped, failed, error };
}

/** Whether somebody has just signed in to an account again for which entries wait: then they go on at once. */
export function goesOn(before: Snapshot, after: Snapshot): boolean {
  if (after.schedule.paused || after.progress !== null) return false;
  const needed = (id: string) =>
    before.accounts.some((account) => account.id === id && account.state.state === 'needs_person');
  const freed = after.accounts.filter(({ id, state }) => state.state === 'connected' && needed(id)).map(({ id }) => id);
  return after.routes.some(
    ({ route, waiting }) => route.enabled && waiting > 0 && (freed.includes(route.from) || freed.includes(route.to)),
  );
}
