import { concat } from '../bytes/concat.ts';
import { hex } from '../bytes/hex.ts';
import { walk } from '../codec/list.ts';
import { SenseError } from '../sense/sense.ts';
import { modeHeader10, modeHeader6, modePages } from '../wire/spc/mode.ts';
import { type ModePage, PAGE_CONTROL } from './mode-page.ts';
import { invalidCdbField, invalidListField, listLengthError } from './parameter-data.ts';

const ALL_PAGES = 0x3f;
const ALL_SUBPAGES = 0xff;

/** What stands before the pages is the device's own. */
export interface ModeHost {
  /** Page 00h can be asked for: it has nothing in it, but header and block descriptor come. */
  readonly hasPageZero: boolean;
  mediumType(): number;
  deviceSpecific(): number;
  blockDescriptor(longLba: boolean): Uint8Array;
  /** Checks what MODE SELECT asks for; returns what puts it into effect. Throws: SenseError. */
  acceptDeviceSpecific(value: number, at: number): () => void;
  acceptBlockDescriptor(descriptor: Uint8Array, at: number, longLba: boolean): () => void;
}

export interface ModeSenseRequest {
  /** Bytes of the mode parameter header: 4 or 8. */
  readonly form: 6 | 10;
  readonly pageControl: number;
  readonly pageCode: number;
  readonly subpageCode: number;
  readonly withoutDescriptor: boolean;
  readonly longLba: boolean;
}

/** Keeps saved mode pages, by page code. */
export interface ModePageKeeper {
  readonly kept: ReadonlyMap<number, Uint8Array>;
  /** Durable when it returns. Throws: SenseError. */
  keep(pages: ReadonlyMap<number, Uint8Array>): Promise<void>;
}

const PS = 0x80;

/** Pages stand by page code, then by subpage code. */
const placeOf = ({ code }: ModePage): number => ((code & 0xff) << 8) | (code >>> 8);

/** Mode parameters of a logical unit, one set for all nexuses. Source: SPC-4 7.5. */
export class ModeParameters {
  readonly #host: ModeHost;
  readonly #pages: readonly ModePage[];
  readonly #keeper: ModePageKeeper | undefined;

  /** Without a keeper nothing can be saved. */
  constructor(host: ModeHost, pages: readonly ModePage[], keeper?: ModePageKeeper) {
    this.#host = host;
    this.#pages = [...pages].sort((a, b) => placeOf(a) - placeOf(b));
    this.#keeper = keeper;
    for (const page of this.#pages) {
      const saved = keeper?.kept.get(page.code);
      if (saved !== undefined) page.load(saved);
    }
  }

  get canSave(): boolean {
    return this.#keeper !== undefined;
  }

  /** Saves all pages that can be (SP). Throws: SenseError. */
  async save(): Promise<void> {
    const savable = this.#pages.filter(({ isSavable }) => isSavable);
    await this.#keeper?.keep(
      new Map(savable.map((page) => [page.code, page.bytes(PAGE_CONTROL.current)])));
    for (const page of savable) page.save();
  }

  /** The mode parameter list that MODE SENSE returns. Throws: SenseError. */
  sense(request: ModeSenseRequest): Uint8Array {
    if (request.pageControl === PAGE_CONTROL.saved && !this.canSave) {
      throw new SenseError('illegalRequest', 'savingParametersNotSupported',
        'Cannot return saved mode parameters: nothing is saved',
        { fieldPointer: { in: 'cdb', byte: 2, bit: 7 } });
    }
    const pages = this.#chosen(request).map((page) => this.#told(page, request.pageControl));
    const descriptor = request.withoutDescriptor ? new Uint8Array(0)
      : this.#host.blockDescriptor(request.longLba);
    return concat([this.#header(request, descriptor.length, pages), descriptor, ...pages]);
  }

  /** A page as MODE SENSE returns it: with PS, if it can be saved. */
  #told(page: ModePage, pageControl: number): Uint8Array {
    const bytes = page.bytes(pageControl);
    if (!this.canSave || !page.isSavable) return bytes;
    const told = new Uint8Array(bytes);
    told[0]! |= PS;
    return told;
  }

  #chosen({ pageCode, subpageCode }: ModeSenseRequest): readonly ModePage[] {
    const ofCode = this.#pages.filter(
      ({ code }) => pageCode === ALL_PAGES || (code & 0xff) === pageCode);
    const pages = ofCode.filter(
      ({ code }) => subpageCode === ALL_SUBPAGES || code >>> 8 === subpageCode);
    if (pages.length === 0 && subpageCode !== 0 && subpageCode !== ALL_SUBPAGES) {
      throw invalidCdbField(`Cannot return mode page ${hex(pageCode)}: `
        + `it has no subpage ${hex(subpageCode)}`, 3);
    }
    if (pages.length > 0 || (pageCode === 0 && this.#host.hasPageZero)) return pages;
    throw invalidCdbField(`Cannot return mode page ${hex(pageCode)}: it is not supported`, 2, 5);
  }

  #header(
    { form, longLba, withoutDescriptor }: ModeSenseRequest, blockDescriptorLength: number,
    pages: readonly Uint8Array[]): Uint8Array {
    const behind = pages.reduce((sum, page) => sum + page.length, blockDescriptorLength);
    const fields = {
      mediumType: this.#host.mediumType(), deviceSpecific: this.#host.deviceSpecific(),
      blockDescriptorLength,
    };
    return form === 6 ? modeHeader6.encode({ ...fields, modeDataLength: 3 + behind })
      : modeHeader10.encode({
        ...fields, modeDataLength: 6 + behind, longLba: longLba && !withoutDescriptor });
  }

  /**
   * Takes the parameter list of MODE SELECT: all of it, or none if anything in it is wrong.
   *
   * Returns whether there was anything to select. Throws: SenseError.
   */
  select(list: Uint8Array, form: 6 | 10): boolean {
    if (list.length === 0) return false;
    const headerBytes = form === 6 ? modeHeader6.size : modeHeader10.size;
    if (list.length < headerBytes) {
      throw listLengthError(`Cannot select mode parameters: a header has ${headerBytes} bytes, `
        + `the list has ${list.length}`);
    }
    const header = form === 6
      ? { ...modeHeader6.read(list), longLba: false } : modeHeader10.read(list);
    const { blockDescriptorLength, longLba } = header;
    const pagesAt = headerBytes + blockDescriptorLength;
    if (pagesAt > list.length) {
      throw listLengthError(`Cannot select mode parameters: the block descriptor has `
        + `${blockDescriptorLength} bytes, ${list.length - headerBytes} are left`);
    }
    const changes = [
      this.#host.acceptDeviceSpecific(header.deviceSpecific, form === 6 ? 2 : 3)];
    if (blockDescriptorLength > 0) {
      if (blockDescriptorLength !== (longLba ? 16 : 8)) {
        throw invalidListField(`Cannot select mode parameters: a block descriptor of `
          + `${blockDescriptorLength} bytes is not supported`, form === 6 ? 3 : 6);
      }
      changes.push(this.#host.acceptBlockDescriptor(
        list.subarray(headerBytes, pagesAt), headerBytes, longLba));
    }
    changes.push(...this.#acceptPages(list, pagesAt));
    for (const change of changes) change();
    return true;
  }

  #acceptPages(list: Uint8Array, from: number): (() => void)[] {
    const { items, broken } = walk(modePages, list, from, list.length);
    if (broken !== undefined) {
      throw listLengthError(`Cannot select mode parameters: ${broken.message}`);
    }
    return items.map(({ type, at, end }) => {
      const page = this.#pages.find((one) => one.code === type);
      if (page !== undefined) return page.accept(list.subarray(at, end), at);
      throw invalidListField(
        `Cannot select mode page ${hex(type & 0x3f)}: it is not supported`, at, 5);
    });
  }

  /** Back to the saved values of the pages. */
  restore(): void {
    for (const page of this.#pages) page.restore();
  }
}
