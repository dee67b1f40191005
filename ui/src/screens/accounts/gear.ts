// Gear is named by its identifier at the destination; people have its page's address.

/** The identifier in what was typed or pasted: the last part of an address, or the text itself. `null` where nothing is left. */
export function gearNamed(text: string): string | null {
  const path = text.trim().split(/[?#]/)[0] ?? '';
  return (
    path
      .split('/')
      .findLast((part) => part.trim() !== '')
      ?.trim() ?? null
  );
}
