/** Numbers without meaning, one after another; 0 is the usual choice, so that cases shrink. */
export class Dice {
  readonly #numbers: readonly number[];
  #next = 0;

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }

  #number(): number {
    this.#next += 1;
    return this.#numbers[this.#next - 1] ?? 0;
  }

  /** 0 to `count` - 1. */
  below(count: number): number {
    return this.#number() % Math.max(1, count);
  }

  /** 0 to `max`. */
  upTo(max: number): number {
    return this.below(max + 1);
  }

  of<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!; // there are items
  }

  /** True in about so many of a hundred cases. */
  seldom(percent: number): boolean {
    return this.#number() % 1000 >= 1000 - 10 * percent;
  }
}

/** Numbers of one throw; none is larger. */
export const DICE_MAX = 0xffff;
