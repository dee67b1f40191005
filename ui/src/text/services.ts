// What is said of services: words of ours where the table has them by id, else those that the service gives.

import type { Kind, Notice, ServiceInfo } from '../ipc/bindings';
import * as format from './format';
import { locale, t, word } from './index';

/** A service's name in a list of services: "Garmin Connect", "Folder on this computer". */
export const serviceName = ({ id, name }: ServiceInfo): string => word('accounts', `name.${id}`) ?? name;

/** One line of what is there. */
export const serviceHelp = ({ id, reads, writes }: ServiceInfo): string =>
  word('accounts', `tile.${id}`) ?? kindsLine(reads.length > 0 ? reads : writes);

export const kindName = (kind: Kind): string => t(`common.kind.${kind}`);

/** Kinds within a sentence: "activities, weight and blood pressure". */
export const kindNames = (kinds: readonly Kind[]): string =>
  format.list(kinds.map((kind) => t(`accounts.kindIn.${kind}`)));

/** Kinds as a line of their own: "Activities, weight and blood pressure". */
export function kindsLine(kinds: readonly Kind[]): string {
  const names = kindNames(kinds);
  return names.charAt(0).toLocaleUpperCase(locale.value.tag) + names.slice(1);
}

/** What is to be known before signing in at a service, in this language where there are words for it. */
export function noticeOf({ id, notice }: ServiceInfo): Notice | null {
  if (notice === null) return null;
  const of = (part: Exclude<keyof Notice, 'is_official'>): string =>
    word('accounts', `notice.${id}.${part}`) ?? notice[part];
  return {
    is_official: notice.is_official,
    terms: of('terms'),
    limits: of('limits'),
    password: of('password'),
    revoke: of('revoke'),
  };
}

export function methodName(service: ServiceInfo, method: string): string {
  const given = service.sign_in.find(({ id }) => id === method)?.name ?? method;
  return word('accounts', `method.${method}`, { service: service.name }) ?? given;
}

/** How to find what is to be pasted as the first, second or later text; `given` is the service's own English. */
export const pasteHelp = ({ id }: ServiceInfo, method: string, place: number, given: string): string =>
  word('accounts', `pasteHelp.${id}.${method}${place > 1 ? `.${place}` : ''}`) ?? given;

/** Where keys of the person's own are got, in three steps; of some services more is to be known than of most. */
export function keySteps({ id, name }: ServiceInfo): readonly [string, string, string] {
  const step = (number: 1 | 2 | 3) =>
    word('accounts', `appKeys${number}.${id}`, { service: name }) ?? t(`accounts.appKeys${number}`, { service: name });
  return [step(1), step(2), step(3)];
}

/** What to do on the service's page, in the browser or in a window. */
export const waitingWords = ({ id, name }: ServiceInfo, where: 'browser' | 'window'): string =>
  word('accounts', `${where}Body.${id}`, { service: name }) ?? t(`accounts.${where}Body`, { service: name });

/** A sport in FIT's words, "training/yoga" or "running", in the reader's. */
export function sportName(name: string): string {
  const [sport = name, sub] = name.split('/');
  const own = sub === undefined ? word('sports', sport) : word('sports', `sub.${sub}`);
  return word('sports', name) ?? own ?? (sub ?? sport).replaceAll('_', ' ');
}
