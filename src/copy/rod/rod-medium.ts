import type { ItNexus } from '../../sam/command.ts';
import type { AccessKind, BlockMedium, PlacedBytes } from '../../sam/medium-access.ts';
import { SenseError } from '../../sense/sense.ts';
import type { RodData } from './rod.ts';

/** A ROD as a disk: blocks from 0 on, of a length that need not be that of their device. */
export class RodMedium implements BlockMedium {
  readonly kind = 'block';
  readonly blockBytes: number;
  readonly #rod: RodData;

  constructor(rod: RodData, blockBytes: number) {
    this.#rod = rod;
    this.blockBytes = blockBytes;
  }

  get blockCount(): number {
    return Math.floor(this.#rod.byteLength / this.blockBytes);
  }

  admit(access: AccessKind, nexus: ItNexus): void {
    this.#rod.admit(access, nexus);
  }

  async reading(lba: number, blockCount: number): Promise<void> {
    const [offset, byteLength] = this.#bytesOf(lba, blockCount);
    await this.#rod.reading(offset, byteLength);
    if (!this.#rod.isLost) return;
    throw new SenseError('mediumError', 'unrecoveredReadError',
      'Cannot read the ROD: there was no room to keep its data', { information: lba });
  }

  places(lba: number, blockCount: number): readonly PlacedBytes[] {
    return this.#rod.places(...this.#bytesOf(lba, blockCount));
  }

  changing(lba: number, blockCount: number): Promise<() => void> {
    return this.#rod.changing(...this.#bytesOf(lba, blockCount));
  }

  written(): Promise<void> {
    return this.#rod.written();
  }

  #bytesOf(lba: number, blockCount: number): [offset: number, byteLength: number] {
    if (lba + blockCount > this.blockCount) {
      throw new SenseError('illegalRequest', 'lbaOutOfRange', `Cannot reach ${blockCount} blocks `
        + `from ${lba} on of the ROD: it has ${this.blockCount}`);
    }
    return [lba * this.blockBytes, blockCount * this.blockBytes];
  }
}
