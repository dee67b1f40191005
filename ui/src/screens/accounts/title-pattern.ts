// Title patterns as the engine fills them, for the live example: `{title}[ with {instructor}]`.

export const WORDS = [
  'title',
  'instructor',
  'sport',
  'date',
  'time',
  'weekday',
  'minutes',
  'distance_km',
  'distance_mi',
  'gear',
  'notes',
] as const;
export type Word = (typeof WORDS)[number];
/** What each word stands for in one activity; absent where it has nothing to say. */
export type Example = Partial<Record<Word, string>>;

const isWord = (name: string): name is Word => (WORDS as readonly string[]).includes(name);

/** The first word in braces that the engine does not know ("{titel}", or "{title" without its end); null where all is well. */
export function unknownWord(pattern: string): string | null {
  for (const [whole, name, close] of pattern.matchAll(/\{([^}]*)(\}?)/g)) {
    if (close !== '}' || !isWord(name ?? '')) return whole;
  }
  return null;
}

/** The pattern filled: square brackets hold what is left out when a word inside has nothing to say. */
export function render(pattern: string, example: Example): string {
  let text = '';
  let rest = pattern;
  for (let open = rest.indexOf('['); open >= 0; open = rest.indexOf('[')) {
    text += fill(rest.slice(0, open), example).text;
    const close = rest.indexOf(']', open);
    const inside = fill(rest.slice(open + 1, close < 0 ? undefined : close), example);
    if (inside.whole) text += inside.text;
    rest = close < 0 ? '' : rest.slice(close + 1);
  }
  text += fill(rest, example).text;
  return text.split(/\s+/).filter(Boolean).join(' ') || (example.title ?? '');
}

function fill(part: string, example: Example): { text: string; whole: boolean } {
  let whole = true;
  const text = part.replace(/\{([^}]*)\}/g, (_, name: string) => {
    const value = isWord(name) ? example[name] : undefined;
    if (value === undefined) whole = false;
    return value ?? '';
  });
  return { text, whole };
}
