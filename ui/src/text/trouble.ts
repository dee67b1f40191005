// Words for trouble: what happened, whose move it is, what happens next. One table for the whole window.

import type { Error, ErrorKind, Time } from '../ipc/bindings';
import { when } from './format';
import { t, word, type Values } from './index';

/** What can be done about it; screens know how. */
export type TroubleAction =
  'sign_in' | 'open' | 'remind' | 'try' | 'try_again' | 'choose' | 'details' | 'update' | 'copy_report';

export type Trouble = {
  title: string;
  sentence: string;
  action: { action: TroubleAction; label: string } | null;
};

/** What the words are filled with. */
export type TroubleContext = {
  now: Date;
  /** The service's name; "The service" where none is concerned. */
  service?: string | undefined;
  /** How many activities wait because of it. */
  waiting?: number;
  /** When it is tried again, where the error itself does not say. */
  nextTry?: Time | null;
};

const actions: Record<ErrorKind['kind'], TroubleAction | null> = {
  sign_in_required: 'sign_in',
  consent_required: 'open',
  login_cool_down: 'remind',
  rate_limited: null,
  offline: null,
  service_down: 'try',
  rejected: 'try_again',
  incomplete: null,
  unsupported: null,
  unsettled: null,
  vault_locked: 'choose',
  storage: 'details',
  service_changed: 'update',
  bad_input: null,
  busy: null,
  cancelled: null,
  bug: 'copy_report',
};

export const errorKinds = Object.keys(actions) as ErrorKind['kind'][];

export function troubleWords(error: Error, context: TroubleContext): Trouble {
  const told = 'until' in error ? error.until : (context.nextTry ?? null);
  // A time that has passed says nothing about what happens next.
  const until = told !== null && Date.parse(told) > context.now.getTime() ? told : null;
  const waiting = context.waiting ?? 0;
  const values: Values = {
    service: context.service ?? t('trouble.someone'),
    time: until === null ? '' : when(until, context.now),
    reason: 'reason' in error ? error.reason : error.message,
    message: error.message,
    n: waiting,
  };
  /** Some words have a form of their own where no time is known, or nothing waits. */
  const form = (part: 'title' | 'sentence') =>
    (until === null ? word('trouble', `${error.kind}.${part}Soon`, values) : undefined) ??
    (waiting === 0 ? word('trouble', `${error.kind}.${part}None`, values) : undefined) ??
    word('trouble', `${error.kind}.${part}`, values) ??
    error.message;
  const action = actions[error.kind];
  return {
    title: form('title'),
    sentence: form('sentence'),
    action: action === null ? null : { action, label: word('trouble', `action.${action}`, values) ?? '' },
  };
}
