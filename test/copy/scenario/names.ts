/** The ways in which a segment can name a device, right and wrong. */
import { CSCD_ID, idsOf, type ModelCscd, type ModelList } from '../model/ends.ts';
import type { ModelDevice } from '../model/devices.ts';
import type { Dice } from './dice.ts';

const usual = (device: number, isStream: boolean, blockBytes: number, pad: boolean): ModelCscd =>
  ({ device, isStream, pad, blockBytes, nul: false, isMistyped: false, extension: undefined });

const isSame = (a: ModelCscd, b: ModelCscd): boolean =>
  (Object.keys(a) as (keyof ModelCscd)[]).every((key) => a[key] === b[key]);

/** CSCD descriptors as segments come to need them. */
export class CscdNames {
  readonly list: ModelList;
  readonly #cscds: ModelCscd[] = [];

  constructor(list: Omit<ModelList, 'cscds'>) {
    this.list = { ...list, cscds: this.#cscds };
  }

  /** The ID of a descriptor, which is put into the list if it is not there. */
  #idOf(cscd: ModelCscd): number {
    let index = this.#cscds.findIndex((one) => isSame(one, cscd));
    if (index < 0) index = this.#cscds.push(cscd) - 1;
    return idsOf(this.list)[index]!; // it is in the list
  }

  /** Number of the device that an ID names; undefined if it names none. */
  deviceOf(id: number): number | undefined {
    return id === CSCD_ID.receiver ? this.list.receiver
      : this.#cscds[idsOf(this.list).indexOf(id)]?.device;
  }

  /** The ID of what a segment names, most often a device in a way that works. */
  name(dice: Dice, devices: readonly ModelDevice[], device: number, wantsPad?: boolean): number {
    const named = devices[device]!;
    const isStream = named.kind === 'tape';
    const own = isStream ? named.settings.blockBytes : dice.of([0, named.blockBytes]);
    const right = usual(device, isStream, own, wantsPad ?? dice.below(2) === 1);
    if (dice.seldom(5) && this.list.receiver === device) return CSCD_ID.receiver;
    if (dice.seldom(5)) return this.#idOf({ ...right, extension: 0xff });
    if (!dice.seldom(12)) return this.#idOf(right);
    return this.#odd(dice, right);
  }

  #odd(dice: Dice, right: ModelCscd): number {
    const { isStream } = right;
    const nullId = isStream ? CSCD_ID.nullStream : CSCD_ID.nullBlock;
    return dice.of([
      () => nullId,
      () => nullId,
      () => this.#idOf({ ...right, nul: true }),
      () => this.#idOf({ ...right, nul: true, device: undefined }),
      () => this.#idOf({ ...right, blockBytes: right.blockBytes > 0 && isStream ? 0 : 300 }),
      () => this.#idOf({ ...right, blockBytes: right.blockBytes / 2 || 512 }),
      () => this.#idOf({ ...right, blockBytes: right.blockBytes * 2 || 512 }),
      () => this.#idOf({ ...right, blockBytes: right.blockBytes * 2 || 1024 }),
      () => this.#idOf({ ...right, device: undefined }),
      () => this.#idOf({ ...right, isMistyped: true, blockBytes: 0 }),
      () => this.#idOf({ ...right, extension: 0x00 }),
      () => this.#idOf({ ...right, extension: 0xff }) + 1,
      () => (isStream ? CSCD_ID.nullBlock : CSCD_ID.nullStream),
      () => 0,
      () => 0x0100,
      () => 0xf800,
      () => 0x0800 + dice.below(100),
    ])();
  }
}
