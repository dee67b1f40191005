// Why something was not sent, in words.

import type { SkipReason } from '../ipc/bindings';
import { word } from './index';

/** Every reason there is; the type keeps it whole. */
const reasons: Record<SkipReason['reason'], true> = {
  delivered: true,
  own_copy: true,
  recorded_elsewhere: true,
  kind_off: true,
  filtered: true,
  too_old: true,
  in_progress: true,
  gave_up: true,
  account_blocked: true,
  unsupported: true,
  superseded: true,
  doubtful: true,
  not_mine: true,
  merged: true,
  same_workout: true,
};

export const skipReasons = Object.keys(reasons) as SkipReason['reason'][];

/** `name` gives the name of a service or account by its id. */
export function skipWords(skip: SkipReason, name: (id: string) => string): string {
  const values = {
    ...('by' in skip ? { by: name(skip.by) } : {}),
    ...('attempts' in skip ? { n: skip.attempts } : {}),
    ...('account' in skip ? { account: name(skip.account), title: skip.title } : {}),
  };
  return word('skip', skip.reason, values) ?? skip.reason;
}
