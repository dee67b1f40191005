// Where the focus goes when a dialog opens.

/** A dialog's first field, else the button that is meant; never the cross. Null where it has neither. */
export function firstFocus(dialog: HTMLElement | null): HTMLElement | null {
  if (dialog === null) return null;
  const body = dialog.querySelector<HTMLElement>('.body');
  const fields = 'input:not([type="hidden"], :disabled), textarea, [aria-haspopup="listbox"]';
  return (
    dialog.querySelector<HTMLElement>('[autofocus]') ??
    body?.querySelector<HTMLElement>(fields) ??
    dialog.querySelector<HTMLElement>('footer .primary:not(:disabled)') ??
    body?.querySelector<HTMLElement>('button:not(:disabled)') ??
    dialog.querySelector<HTMLElement>('footer button:not(:disabled)')
  );
}
