// The words of the headline: its sentence, the quieter one below it, its mark, and what can be done.

import type { Snapshot } from '../../ipc/bindings';
import type { Headline } from '../../state/headline';
import * as format from '../../text/format';
import { t } from '../../text/index';
import { troubleWords, type Trouble } from '../../text/trouble';

export type HeadlineWords = {
  mark: 'nothing' | 'ok' | 'busy' | 'paused' | 'waiting' | 'bad';
  title: string;
  text: string;
  action: Trouble['action'];
};

/** `name` gives an account's name by its id. */
export function headlineWords(
  headline: Headline,
  snapshot: Snapshot,
  now: Date,
  name: (account: string) => string,
): HeadlineWords {
  const words = (mark: HeadlineWords['mark'], title: string, text: string): HeadlineWords => ({
    mark,
    title,
    text,
    action: null,
  });
  switch (headline.form) {
    case 'nothing_yet':
      return headline.routes
        ? words('nothing', t('home.ready'), t('home.readyText'))
        : words('nothing', t('home.nothingYet'), '');
    case 'up_to_date': {
      const ago = format.relative(headline.last, now);
      const text =
        headline.next === null
          ? t('home.lastOnly', { ago })
          : t('home.lastAndNext', { ago, time: format.when(headline.next, now) });
      return words('ok', t('home.upToDate'), text);
    }
    case 'waiting': {
      const ago = format.relative(headline.last, now);
      const text =
        headline.next === null
          ? t('home.lastOnly', { ago })
          : t('home.waitingNext', { ago, time: format.when(headline.next, now) });
      return words('waiting', t('home.waiting', { n: headline.waiting }), text);
    }
    case 'some_failed': {
      const ago = format.relative(headline.last, now);
      const text =
        headline.next === null
          ? t('home.lastOnly', { ago })
          : t('home.someFailedNext', { ago, time: format.when(headline.next, now) });
      return words('bad', t('home.someFailed', { n: headline.failed }), text);
    }
    case 'syncing':
      return words('busy', syncingTitle(headline, snapshot), '');
    case 'paused':
      return words(
        'paused',
        headline.until === null ? t('home.paused') : t('home.pausedUntil', { time: format.when(headline.until, now) }),
        t('home.pausedText'),
      );
    case 'held_back':
      return words('waiting', t('home.heldBack'), t('home.heldBackText'));
    case 'offline':
      return words('waiting', t('home.offline'), t('home.offlineText'));
    case 'service_trouble': {
      const service = headline.account === null ? undefined : name(headline.account);
      const down = headline.error.kind === 'service_down' && headline.next !== null;
      // The time stands in the title once; the sentence need not say it again.
      const trouble = troubleWords(headline.error, { now, service, nextTry: down ? null : headline.next });
      const title = down
        ? t('home.troubleUntil', {
            service: service ?? t('trouble.someone'),
            time: format.when(headline.next ?? '', now),
          })
        : trouble.title;
      return { mark: 'waiting', title, text: trouble.sentence, action: trouble.action };
    }
    case 'needs_you': {
      const service = headline.account === null ? undefined : name(headline.account);
      const waiting = snapshot.routes
        .filter((line) => line.route.from === headline.account || line.route.to === headline.account)
        .reduce((sum, line) => sum + line.waiting, 0);
      const trouble = troubleWords(headline.error, { now, service, waiting });
      return {
        mark: 'bad',
        title: t('home.needsYou', { what: trouble.title }),
        text: trouble.sentence,
        action: trouble.action,
      };
    }
  }
}

function syncingTitle(headline: Extract<Headline, { form: 'syncing' }>, snapshot: Snapshot): string {
  if (headline.send === null) {
    const listed = snapshot.progress?.listed ?? 0;
    return listed === 0 ? t('home.syncingListing') : t('home.syncingFound', { n: listed });
  }
  return headline.send === 0
    ? t('home.syncingNothing')
    : t('home.syncingCount', { done: headline.done, send: headline.send });
}

/** What the run does at this moment, as a sentence. */
export function stepWords(snapshot: Snapshot, name: (account: string) => string): string {
  const { progress } = snapshot;
  if (progress === null || progress.send === null) return t('home.stepList');
  const { step } = progress;
  if (step === null) return t('home.stepBetween');
  const values = { title: step.title, service: name(step.to) };
  switch (step.stage) {
    case 'deliver':
    case 'record':
      return t('home.stepSend', values);
    case 'check':
      return t('home.stepCheck', values);
    case 'list':
    case 'plan':
      return t('home.stepList');
    default:
      return t('home.stepFetch', values);
  }
}
