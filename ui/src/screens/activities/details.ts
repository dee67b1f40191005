// What there is to know about an entry's file, as lines for the screen and as text to copy.

import type { Preview } from '../../ipc/bindings';
import { app } from '../../state/app.svelte';
import * as format from '../../text/format';
import { t } from '../../text/index';
import { titleOf } from './words';

export type Detail = { term: string; values: string[] };

export function detailsOf(preview: Preview): Detail[] {
  const { line, file, repairs } = preview;
  const details: Detail[] = [];
  if (file !== null && file.name !== '') {
    details.push({ term: t('activities.detail.file'), values: [file.name] });
    details.push({ term: t('activities.detail.size'), values: [format.bytes(file.bytes)] });
    if (line.entry.kind === 'activity') {
      details.push({ term: t('activities.detail.device'), values: [file.device ?? t('activities.detail.noDevice')] });
    }
  }
  details.push({
    term: t('activities.detail.repairs'),
    values: repairs.length > 0 ? repairs : [t('activities.detail.noRepairs')],
  });
  const { recorded_by } = line.entry;
  if (recorded_by !== 'source')
    details.push({ term: t('activities.detail.recordedBy'), values: [recorded_by.elsewhere] });
  details.push({ term: identifierAt(line.account), values: [line.entry.key] });
  for (const delivery of line.deliveries) {
    if (delivery.remote !== null)
      details.push({ term: identifierAt(delivery.destination), values: [delivery.remote.id] });
  }
  return details;
}

const identifierAt = (account: string) => t('activities.detail.identifier', { account: app.accountName(account) });

/** Plain lines: title and time first. */
export function detailsText(preview: Preview): string {
  const { line } = preview;
  const time = `${format.fullDate(line.entry.span.start, line.entry.utc_offset)} ${format.clock(line.entry.span.start, line.entry.utc_offset)}`;
  const lines = detailsOf(preview).map(({ term, values }) => `${term}: ${values.join('; ')}`);
  return [titleOf(line), time, ...lines].join('\n');
}
