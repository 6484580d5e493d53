/** What a soak has done, by name, and what it found wrong. */
export class Tallies {
  readonly counts = new Map<string, number>();
  readonly problems: string[] = [];

  add(name: string, count = 1): void {
    this.counts.set(name, this.of(name) + count);
  }

  of(name: string): number {
    return this.counts.get(name) ?? 0;
  }

  /** The sum of all that begin with a word, as `commands` and `disconnects` have it. */
  sum(prefix: string): number {
    return [...this.counts].filter(([name]) => name.startsWith(prefix))
      .reduce((sum, [, count]) => sum + count, 0);
  }
}
