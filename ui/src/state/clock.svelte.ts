// The time of day that screens show things relative to; moves every half minute.

class Clock {
  #now = $state.raw(new Date());

  constructor() {
    setInterval(() => (this.#now = new Date()), 30_000);
    // A window that was hidden or slept shows old times otherwise.
    document.addEventListener('visibilitychange', () => (this.#now = new Date()));
  }

  get now(): Date {
    return this.#now;
  }
}

export const clock = new Clock();
