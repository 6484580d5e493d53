import { distance, plus } from './serial.ts';

/**
 * The command numbers that the target takes: from ExpCmdSN to MaxCmdSN.
 *
 * A number that is taken keeps its place until its command is answered, so MaxCmdSN never goes
 * back. Source: RFC 7143 4.2.2.1.
 */
export class CommandWindow {
  #expCmdSn: number;
  #maxCmdSn: number;

  constructor(firstCmdSn: number, commandCountMax: number) {
    this.#expCmdSn = firstCmdSn;
    this.#maxCmdSn = plus(firstCmdSn, commandCountMax - 1);
  }

  get expCmdSn(): number {
    return this.#expCmdSn;
  }

  get maxCmdSn(): number {
    return this.#maxCmdSn;
  }

  /** Where a number lies; commands outside are dropped without an answer. */
  placeOf(cmdSn: number): 'next' | 'ahead' | 'outside' {
    if (distance(cmdSn, this.#maxCmdSn) < 0) return 'outside';
    const ahead = distance(this.#expCmdSn, cmdSn);
    return ahead === 0 ? 'next' : ahead > 0 ? 'ahead' : 'outside';
  }

  /** Takes the next number. */
  advance(): void {
    this.#expCmdSn = plus(this.#expCmdSn, 1);
  }

  /** A command that had a number is answered: another may come. */
  release(): void {
    this.#maxCmdSn = plus(this.#maxCmdSn, 1);
  }
}
