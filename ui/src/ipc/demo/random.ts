// Numbers that look random and are the same each time: a picture of the demo never changes by itself.

/** Gives the next number in [0, 1). */
export type Random = () => number;

/** The stream of numbers of a text. */
export function random(seed: string): Random {
  let state = 2_166_136_261;
  for (const letter of seed) state = Math.imul(state ^ letter.charCodeAt(0), 16_777_619) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function pick<T>(list: readonly T[], from: Random): T {
  return list[Math.floor(from() * list.length)] as T;
}

/** About normally distributed around 0, mostly within ±2. */
export function normal(from: Random): number {
  return (from() + from() + from() + from() - 2) * 1.7;
}

export function rounded(value: number, decimals: number): number {
  return Math.round(value * 10 ** decimals) / 10 ** decimals;
}
