// The list of runs as it is read: runs that found nothing, one after another, become one line.

import type { Run } from '../../ipc/bindings';

export type HistoryLine = { line: 'run'; run: Run } | { line: 'quiet'; runs: Run[] };

/** Whether a run ended badly: somebody may want to know. What a person stopped did not. */
export function needsAttention(run: Run): boolean {
  return run.failed > 0 || (run.error !== null && run.error.kind !== 'cancelled');
}

/** Whether a run is over and changed nothing. */
export function foundNothing(run: Run): boolean {
  return (
    run.finished !== null && run.created === 0 && run.already_there === 0 && run.failed === 0 && run.error === null
  );
}

/** Newest first, as the runs come. One run alone that found nothing stays a line of its own. */
export function fold(runs: Run[]): HistoryLine[] {
  const lines: HistoryLine[] = [];
  let quiet: Run[] = [];
  const flush = () => {
    const [only] = quiet;
    if (quiet.length === 1 && only !== undefined) lines.push({ line: 'run', run: only });
    else if (quiet.length > 1) lines.push({ line: 'quiet', runs: quiet });
    quiet = [];
  };
  for (const run of runs) {
    if (foundNothing(run)) quiet.push(run);
    else {
      flush();
      lines.push({ line: 'run', run });
    }
  }
  flush();
  return lines;
}
