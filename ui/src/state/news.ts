// The news of this version, in the window's language: common.news1 to common.news5, as many as there are.

import { word } from '../text/index';

export function newsLines(): string[] {
  return [1, 2, 3, 4, 5].map((number) => word('common', `news${number}`)).filter((line) => line !== undefined);
}

/** Whether the news are worth showing: to someone who saw those of another version, once. */
export function newsDue(seen: string, version: string, welcomed: boolean): boolean {
  return welcomed && seen !== version && newsLines().length > 0;
}
