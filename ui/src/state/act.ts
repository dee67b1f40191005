// Doing what the words for trouble offer.

import { commands } from '../ipc/api';
import type { Error } from '../ipc/bindings';
import type { TroubleAction } from '../text/trouble';
import { app } from './app.svelte';
import { view } from './view.svelte';

/** `account` is the one that the trouble is about. True where it went well. */
export async function act(action: TroubleAction, error: Error, account: string | null): Promise<boolean> {
  switch (action) {
    case 'sign_in':
      if (account !== null) view.signIn({ account });
      else view.show('accounts');
      return true;
    case 'open': {
      const home = account === null ? undefined : app.service(app.account(account)?.service ?? '')?.home;
      const link = 'link' in error ? error.link : home;
      return link !== undefined && (await app.attempt(() => commands.openLink(link)));
    }
    case 'remind': {
      const until = 'until' in error ? error.until : null;
      const service = account === null ? undefined : app.account(account)?.service;
      return until !== null && service !== undefined && (await app.attempt(() => commands.remindMe(service, until)));
    }
    case 'try':
    case 'try_again':
      await app.sync();
      return true;
    case 'choose':
      app.vault = 'unavailable';
      return true;
    case 'details':
      return await app.attempt(() => commands.showFile('ledger'));
    case 'update':
      return await app.attempt(() => commands.checkForUpdate());
    case 'copy_report':
      return await app.attempt(async () => commands.copyText(await commands.supportText(null)));
  }
}

/** Eight in the morning of the next day, where the computer is. */
export function tomorrowMorning(now: Date): Date {
  const time = new Date(now);
  time.setDate(time.getDate() + 1);
  time.setHours(8, 0, 0, 0);
  return time;
}

export function inAnHour(now: Date): Date {
  return new Date(now.getTime() + 3_600_000);
}
