import { type ItNexus, nexusKey } from '../sam/command.ts';

/** Medium removal is prevented while any nexus prevents it. Source: SBC-3 5.15. */
export class Prevention {
  readonly #preventing = new Set<string>();

  get isPrevented(): boolean {
    return this.#preventing.size > 0;
  }

  prevent(nexus: ItNexus): void {
    this.#preventing.add(nexusKey(nexus));
  }

  allow(nexus: ItNexus): void {
    this.#preventing.delete(nexusKey(nexus));
  }

  clear(): void {
    this.#preventing.clear();
  }
}
