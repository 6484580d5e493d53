import {
  type ElementKind, type ElementName, elementsOf, type MagazineLayout,
} from '../media/magazine-elements.ts';
import { SenseError } from '../sense/sense.ts';
import { ELEMENT_TYPE } from '../wire/smc/fields.ts';

/** The first address of each kind of element; up to the next there are as many as it can have. */
export const FIRST_ADDRESS =
  { transport: 0x0001, mail: 0x0010, drive: 0x0100, slot: 0x0400 } as const;
/** In MOVE MEDIUM and others: whichever transport there is. */
const DEFAULT_TRANSPORT = 0;

const TYPES = {
  mail: ELEMENT_TYPE.importExport, drive: ELEMENT_TYPE.dataTransfer, slot: ELEMENT_TYPE.storage,
} as const satisfies Record<ElementKind, number>;

/** An element as initiators see it. */
export interface Element {
  readonly address: number;
  /** One of ELEMENT_TYPE. */
  readonly type: number;
  /** Undefined for the medium transport element, which never keeps a cartridge. */
  readonly name: ElementName | undefined;
}

/** The elements of a changer, by ascending address. */
export class ChangerElements {
  readonly all: readonly Element[];
  readonly #byAddress: ReadonlyMap<number, Element>;
  readonly #addresses: ReadonlyMap<ElementName, number>;

  constructor(layout: MagazineLayout) {
    const named = (['mail', 'drive', 'slot'] as const).flatMap((kind) =>
      elementsOf(layout, kind).map((name, i): Element & { readonly name: ElementName } =>
        ({ address: FIRST_ADDRESS[kind] + i, type: TYPES[kind], name })));
    this.all = [
      { address: FIRST_ADDRESS.transport, type: ELEMENT_TYPE.transport, name: undefined },
      ...named];
    this.#byAddress = new Map(this.all.map((element) => [element.address, element]));
    this.#addresses = new Map(named.map(({ name, address }) => [name, address]));
  }

  addressOf(name: ElementName): number {
    return this.#addresses.get(name)!; // every name of the layout has one
  }

  /** The element at an address that stands at `byte` of a CDB. Throws: SenseError. */
  at(address: number, byte: number): Element {
    const element = this.#byAddress.get(address);
    if (element === undefined) throw invalidAddress(address, byte, 'there is no such element');
    return element;
  }

  /** Throws: SenseError unless it is an element that keeps cartridges. */
  storing(address: number, byte: number): ElementName {
    const { name } = this.at(address, byte);
    if (name === undefined) throw invalidAddress(address, byte, 'a transport keeps no cartridge');
    return name;
  }

  /** Throws: SenseError unless it is the medium transport element, or stands for it. */
  assertTransport(address: number, byte: number): void {
    if (address === DEFAULT_TRANSPORT || this.at(address, byte).name === undefined) return;
    throw invalidAddress(address, byte, 'it is no medium transport element');
  }
}

/** INVALID ELEMENT ADDRESS, naming the place in the CDB. */
export const invalidAddress = (address: number, byte: number, why: string): SenseError =>
  new SenseError('illegalRequest', 'invalidElementAddress',
    `Cannot use element ${address}: ${why}`, { fieldPointer: { in: 'cdb', byte } });
