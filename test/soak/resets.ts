/** LOGICAL UNIT RESET by a session that comes and goes; everybody has to know that it happened. */
import { resetUnit } from '../support/e2e-task-management.ts';

export class Resets {
  readonly #portal: string;
  readonly #targetName: string;
  readonly #listeners = new Set<(lun: number) => void>();
  #last: Promise<void> = Promise.resolve();
  /** Grows when a reset begins, and when it has ended. */
  epoch = 0;

  constructor(portal: string, targetName: string) {
    this.#portal = portal;
    this.#targetName = targetName;
  }

  /** Told of each reset once it has ended. Commands of before are not answered any more. */
  listen(listener: (lun: number) => void): void {
    this.#listeners.add(listener);
  }

  /** One after the other: they have the same I_T nexus. */
  reset(lun: number): Promise<void> {
    this.#last = this.#last.then(async () => {
      this.epoch += 1;
      await resetUnit(this.#portal, this.#targetName, lun);
      this.epoch += 1;
      for (const listener of this.#listeners) listener(lun);
    });
    return this.#last;
  }
}
